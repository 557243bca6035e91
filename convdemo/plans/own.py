"""Which plans does the lab have itself? Their files lie beside this one."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_ORDER = ("chapter", "exercises", "receptive_fields", "guess_the_kernel")

OWN_PLANS: Mapping[str, Path] = MappingProxyType({name: Path(__file__).with_name(f"{name}.toml") for name in _ORDER})
"""Their files by their names, in the order of the menu."""

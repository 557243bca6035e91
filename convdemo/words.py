"""How does a table of names and notes in a file become one in Python?

What people read about each kernel and each known network is data, and stands in a TOML file beside the module that
needs it (`kernels.toml`, `receptive_field/networks.toml`): it can be translated without touching the code. The page
reads its texts with the same function. An error needs no file: it is said where its rule is checked.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any


def read_tables(path: Path) -> Mapping[str, Any]:
    """Return the tables of a file, read-only."""
    return _read_only(read_file(path))


def read_file(path: Path) -> dict[str, Any]:
    """Return a file of words as plain data."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _read_only(table: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(
        {key: _read_only(value) if isinstance(value, dict) else value for key, value in table.items()}
    )

"""Where do the sentences stand that people read?

In text/, one file a module, so that they can be translated without touching the code. The code names the rule that was
broken, `_WORDS["ragged_row"]`, and the file of that name says it. A sentence is a template of `str.format`: what stands
in braces is filled in, and a translation may move it, but not leave it out.

>>> read_words("kernel_text")["ragged_row"].format(row=2, numbers=4, width=3)
'row 2 has 4 numbers but row 1 has 3; make every row equally long'
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

TEXT = Path(__file__).parent / "text"
"""The folder of the core's words; the page has its own."""


@cache
def read_words(name: str) -> Mapping[str, Any]:
    """Return the words of text/<name>.toml, read once and read-only: sentences by their keys, or tables of them."""
    return _read_only(read_file(TEXT / f"{name}.toml"))


def read_file(path: Path) -> dict[str, Any]:
    """Return a file of words as plain data."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _read_only(table: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(
        {key: _read_only(value) if isinstance(value, dict) else value for key, value in table.items()}
    )

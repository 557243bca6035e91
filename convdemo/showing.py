"""How does a result show itself, in a notebook and on the page?

As HTML from the macros in showing.html: what is text stays text.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from convdemo.numbers import format_number

_NEGATIVE, _POSITIVE = "#2166ac", "#b2182b"  # of the one palette of signed values, before it gets dark

_NOISE = 1e-7  # of the largest: what float32 cannot tell from 0


@cache
def _macros() -> Any:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    templates = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    return templates.get_template("showing.html").module


def fill(macro: str, **values: Any) -> str:
    """Return what a macro makes of values."""
    return str(getattr(_macros(), macro)(**values))


def show_matrix(weights: Sequence[Sequence[float]], title: str, note: str = "", limit: float | None = None) -> str:
    """Return a matrix as a table: blue negative, red positive, white 0.

    Args:
        weights: its rows.
        title: what it is.
        note: what is to be said of it.
        limit: where the colours end; at the largest magnitude if not given.
    """
    limit = limit or max((abs(value) for row in weights for value in row), default=0) or 1.0

    def cell(value: float) -> tuple[str, str, float]:
        share = min(1.0, abs(value) / limit)
        return format_number(value if share > _NOISE else 0.0), _POSITIVE if value > 0 else _NEGATIVE, share

    rows = [[cell(float(value)) for value in row] for row in weights]
    return fill("matrix", rows=rows, title=title, note=note)

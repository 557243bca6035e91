"""Is what a control sends a value that can be worked with?

Numbers arrive as they were typed (`preprocess=False`): nothing at all, text, halves, anything.
"""

from typing import Any

from convdemo.checks import check_choice, check_whole
from convdemo.ui.widgets import read_text

__all__ = ["check_choice", "read_whole"]

_WORDS = read_text("controls")


def read_whole(name: str, value: Any, least: int, most: int) -> int:
    """Return a whole number from `least` to `most`.

    Raises:
        ValueError: what it is, in one sentence.

    >>> read_whole("side", None, 1, 9)
    Traceback (most recent call last):
    ValueError: side is empty: type a whole number from 1 to 9
    """
    if value is None or value == "":
        raise ValueError(_WORDS["empty"].format(name=name, least=least, most=most))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return check_whole(name, value, least, most)

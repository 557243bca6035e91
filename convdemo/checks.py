"""Is this number one that can be worked with?

One sentence for whatever is out of range: the argument, its value, the rule, a remedy.
"""

from numbers import Real

import numpy as np


def check_whole(name: str, value: int, least: int, most: int) -> int:
    """Return a whole number from `least` to `most` as an int.

    Raises:
        ValueError: It is none.

    >>> check_whole("side", 40, 4, 16)
    Traceback (most recent call last):
    ValueError: side is 40, but it must be a whole number from 4 to 16: use 16
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not least <= value <= most:
        nearest = most if whole and value > most else least
        raise ValueError(
            f"{name} is {value!r:.40}, but it must be a whole number from {least} to {most}: use {nearest}"
        )
    return int(value)


def check_number(name: str, value: float, least: float, most: float, remedy: str | None = None) -> float:
    """Return a number from `least` to `most` as a float; nan is within no limits.

    Args:
        name: what an error calls it.
        value: what is checked.
        least: the lower limit.
        most: the upper limit.
        remedy: what an error says to use instead; the nearest limit, if it is None.

    Raises:
        ValueError: It is none.

    >>> check_number("angle", float("nan"), -360, 360)
    Traceback (most recent call last):
    ValueError: angle is nan, but it must be a number from -360 to 360: use -360
    """
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not least <= value <= most:
        nearest = most if number and value > most else least
        remedy = f"{nearest:g}" if remedy is None else remedy
        raise ValueError(f"{name} is {value!r:.40}, but it must be a number from {least:g} to {most:g}: use {remedy}")
    return float(value)


def check_choice(name: str, value: object, choices: tuple) -> None:
    """Accept one of a few values.

    Raises:
        ValueError: It is none of them.

    >>> check_choice("mode", "mirror", ("wrap", "zeros"))
    Traceback (most recent call last):
    ValueError: mode is 'mirror', but the choices are wrap, zeros: use wrap
    """
    if value not in choices:
        listed = ", ".join(map(str, choices))
        raise ValueError(f"{name} is {value!r:.40}, but the choices are {listed}: use {choices[0]}")

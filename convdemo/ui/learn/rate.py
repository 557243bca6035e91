"""Where does a learning rate stand on a scale of powers of ten?"""

import math
from typing import Any

RATES = (-8.0, 2.0)
"""The powers of ten that the slider of the learning rate, and the meter below it, reach."""


def from_exponent(exponent: Any) -> float | None:
    """Return the learning rate of a place on the slider, with three digits; None for what is no place on it.

    >>> from_exponent(-0.4), from_exponent(None), from_exponent(400)
    (0.398, None, None)
    """
    if isinstance(exponent, bool) or not isinstance(exponent, int | float) or not RATES[0] <= exponent <= RATES[1]:
        return None
    return float(f"{10.0**exponent:.3g}")


def to_exponent(rate: Any) -> float | None:
    """Return the place of a learning rate on the slider; None for what is no learning rate.

    >>> to_exponent(0.4), to_exponent(1e-30), to_exponent("a")
    (-0.4, -8.0, None)
    """
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not rate > 0:
        return None
    return min(max(round(math.log10(rate), 2), RATES[0]), RATES[1])

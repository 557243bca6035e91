"""How is a number written so that people can read it?

The browser does the same (ui/parts/values.js); tests/number_cases.json holds both to it.
"""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def format_number(value: float, digits: int = 3) -> str:
    """Writes a number for people: `digits` significant digits, a true minus sign, no "-0".

    Digits before the decimal point are never rounded away (12345 stays 12345), zeros at the end are not
    written, and what lies halfway is rounded away from zero. Below 0.00001 and from a million on, a power of
    ten takes over. A run that diverged may ask for "∞" or "NaN" and gets it.

    >>> [format_number(value) for value in (0.1 + 0.2, -1 / 9, -0.0, 1234.56, 1234567, 1e-7)]
    ['0.3', '−0.111', '0', '1235', '1.23×10⁶', '1×10⁻⁷']
    """
    value = float(value)
    size = abs(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        text = "∞"
    elif size == 0 or 1e-5 <= size < 999_999.5:
        text = _plain(_rounded(size, max(digits, len(str(int(size))))))
    else:
        rounded = _rounded(size, digits)
        exponent = rounded.adjusted()
        text = f"{_plain(rounded.scaleb(-exponent))}×10{str(exponent).translate(_SUPERSCRIPTS)}"
    return f"−{text}" if value < 0 else text


def _rounded(size: float, digits: int) -> Decimal:
    return Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(size)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def grouped(number: int) -> str:
    r"""Write a whole number with a narrow space, which no line breaks, before every three digits; four stay together.

    >>> grouped(1_000_000) == "1\u202f000\u202f000"
    True
    >>> grouped(1024)
    '1024'
    """
    return f"{number:,}".replace(",", "\u202f") if abs(number) >= 10_000 else str(number)

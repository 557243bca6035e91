"""How is a large whole number written so that it can be read?"""


def grouped(number: int) -> str:
    r"""Write a whole number with a narrow space, which no line breaks, before every three digits.

    >>> grouped(1_000_000) == "1\u202f000\u202f000"
    True
    """
    return f"{number:,}".replace(",", "\u202f")

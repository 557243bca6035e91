"""Which plain signs did someone mean who pasted a text from a book, a chat or a page?

Programs that write for people put typographic signs in place of those of a keyboard, and signs that nobody sees.
"""

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u201b\u00b4\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201f", '"'),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000", " "),
        **dict.fromkeys("\ufeff\u200b\u200c\u200d\u2060"),
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if code != 0xFF0D},  # of full width
    }
)


def to_plain_signs(text: str) -> str:
    r"""Return a text with hyphens, quotes, blanks and line ends as a keyboard has them; what has no width is left out.

    >>> to_plain_signs("\u22121\uff0c \u201cSAME\u201d\r\n") == '-1, "SAME"\n'
    True
    """
    return text.translate(_ALIKE).replace("\r\n", "\n").replace("\r", "\n")

"""How is a text from elsewhere written with plain signs?

Word processors, web pages, LaTeX and programs write minus signs, fractions, percents and matrices each in their own
way. `plain` writes them as the readers of lines and brackets know them; it never changes which numbers there are.
"""

import re
import unicodedata
from fractions import Fraction

from convdemo.signs import to_plain_signs

_MEANT = str.maketrans(
    {
        **dict.fromkeys("\u00d7\u00b7\u2217\u2219\u22c5\u2715\u2716", "*"),
        **dict.fromkeys("\u00f7\u2044\u2215", "/"),
        # Matrices that are drawn with pieces of brackets.
        **dict.fromkeys("\u239b\u239c\u239d\u239e\u239f\u23a0\u23a1\u23a2\u23a3\u23a4\u23a5\u23a6", " "),
        **dict.fromkeys("\u2502\u2503\u2551", "|"),
    }
)
_DIGITS = r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+"
_VULGAR = re.compile(r"(?:(?<![0-9])([0-9]+))?([\u00bc-\u00be\u2150-\u215e\u2189])")
_PERCENT = re.compile(rf"(?<![\w.])({_DIGITS})%(?!\w)")
_SUFFIXED = re.compile(r"(?<![\w.])((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFL](?!\w)")
_SCALAR = re.compile(r"\b(?:\w+\.)?(?:float|int|uint)[0-9]+\(\s*([^\s(),]+)\s*\)")
_RATIONAL = re.compile(r"(?<=[0-9])//(?=[0-9])")
_COMMENTS = re.compile(r"//[^\n]*|#[^\n]*|(?:(?<=\s)|^)%[^\n]*|^```.*$", re.MULTILINE)
_TENSOR = re.compile(r"<(?:tf\.)?(?:Tensor|Variable|KerasVariable)\b[^\[]{0,200}?\b(?:numpy|value)=(.*)>", re.DOTALL)

_LATEX = (
    (r"\\(?:[dtc]?frac|nicefrac|sfrac)\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"(\1/\2)"),
    (r"\\[dtc]?frac\s*([0-9])\s*([0-9])", r"(\1/\2)"),
    (r"\\(?:begin|end)\{(?:equation|align|aligned|gather|gathered|displaymath|math)\*?\}", " "),
    (r"\\begin\{(?:[bpvBV]?matrix\*?|smallmatrix|array)\}(?:\s*[\[{][^\]}]*[\]}])?", "["),
    (r"\\end\{(?:[bpvBV]?matrix\*?|smallmatrix|array)\}", "]"),
    (r"\\(?:left|right|[bB]igg?[lr]?)\s*(?:\\[{}|]|[\[\]().|])", " "),
    (r"\\\\(?:\s{0,9}\[[^\]]{0,20}\])?", ";"),
    (r"\\(?:cdot|times|ast)\b", "*"),
    (r"\\[\[\]()]|\$|\\[hq]?quad\b|\\hline\b|\\displaystyle\b|\\(?:,|;|:|!|\s)|~", " "),
    (r"\\(?:math(?:bf|rm|it|cal|bb)|text|operatorname)\s*\{([^{}]*)\}", r"\1"),
    (r"\{\s*([+-]?[0-9./]+)\s*\}", r"\1"),
    (r"&", ","),
)


def plain(text: str) -> str:
    r"""Write a text with ASCII signs, without comments, and LaTeX's matrices with brackets.

    >>> plain("\u22121 \u00bd 25%  # a row")
    '-1 1/2 25/100  '
    >>> plain(r"\frac{1}{9} \begin{bmatrix} 1 & 1 \\ 1 & 1 \end{bmatrix}")
    '(1/9) [ 1 , 1 ; 1 , 1 ]'
    """
    text = to_plain_signs(_VULGAR.sub(_write_fraction, text)).translate(_MEANT)
    if re.search(r"\\[a-zA-Z\\]", text):
        for pattern, replacement in _LATEX:
            text = re.sub(pattern, replacement, text)
    text = _PERCENT.sub(r"\1/100", _RATIONAL.sub("/", text))
    text = _COMMENTS.sub("", _without_blocks(text))
    text = _SUFFIXED.sub(r"\1", _SCALAR.sub(r"\1", text))
    if tensor := _TENSOR.search(text):
        text = text[: tensor.start()] + tensor[1] + text[tensor.end() :]
    return text


def _without_blocks(text: str) -> str:
    """Leave out comments of C, from /* to */."""
    first, *others = text.split("/*")
    parts = [part.partition("*/") for part in others]
    return first + "".join(rest if end else f"/*{comment}" for comment, end, rest in parts)


def _write_fraction(match: re.Match) -> str:
    """Write ½ as 1/2, and 1½ as 3/2."""
    top, _, bottom = unicodedata.normalize("NFKC", match[2]).partition("\u2044")
    total = int(match[1] or 0) + Fraction(int(top), int(bottom or 1))
    return f"{total.numerator}/{total.denominator}"

"""How are ImageMagick's own kernels read?

"3x3: 0,-1,0 -1,5,-1 0,-1,0": width, height, and the numbers row by row (its documentation of -morphology).
"""

import re

from convdemo.kernel_text import KernelError, quote

_USER_DEFINED = re.compile(
    r"\s*(?:['\"]\s*)?([0-9]+)(?:x([0-9]+))?([+-][0-9]+[+-][0-9]+)?\s*(?:([@!^%<>]+)\s*)?:([^'\"]*)['\"]?\s*", re.DOTALL
)
_NAMES = (
    "unity", "gaussian", "dog", "log", "blur", "comet", "binomial", "laplacian", "sobel", "freichen", "roberts",
    "prewitt", "compass", "kirsch", "diamond", "square", "rectangle", "disk", "octagon", "plus", "cross", "ring",
    "peaks",
)  # fmt: skip
_NAMED = re.compile(rf"\s*['\"]?({'|'.join(_NAMES)})\s*(?:[@!^%<>]+\s*)?:[-0-9 .x,+@!^%<>]*['\"]?\s*", re.IGNORECASE)


def read_magick(text: str) -> list[tuple[list[list[str]], str]]:
    """Read ImageMagick's own kernels: "3x3: 0,-1,0 -1,5,-1 0,-1,0", width first.

    Raises:
        KernelError: the numbers do not fill it, or it asks ImageMagick for more.
    """
    if _NAMED.fullmatch(text):
        raise KernelError(
            f"{quote(text.strip())} names a kernel that ImageMagick makes; pick one from the menu, or paste its numbers"
        )
    match = _USER_DEFINED.fullmatch(text)
    if not match:
        return []
    width, height = int(match[1]), int(match[2] or match[1])
    middle = f"+{(width - 1) // 2}+{(height - 1) // 2}"
    if match[3] not in (None, middle):
        raise KernelError(f'"{match[3]}" moves the middle of the kernel, which is at {middle} here; leave it out')
    if match[4]:
        raise KernelError(
            f'"{match[4]}" asks ImageMagick to turn or scale the kernel; leave it out, and paste the numbers'
        )
    numbers = [one for one in re.split(r"[\s,]+", match[5].strip()) if one]
    if len(numbers) != width * height:
        raise KernelError(
            f"{len(numbers)} numbers do not fill {width} columns and {height} rows; "
            f'"{width}x{height}:" wants {width * height}'
        )
    return [([numbers[start : start + width] for start in range(0, len(numbers), width)], "")]

"""How does a kernel become text, and text a kernel?

Rows of numbers are the lab's own way: `parse_rows` reads them, and an error points at the row and the column.
`format_kernel` writes a kernel so that reading it back gives exactly the same float32 weights. Nothing is ever
evaluated: a weight is a number or a fraction of two numbers, and anything else is refused. What people paste from
elsewhere, `convdemo.kernel_notation` reads.
"""

import functools
import math
import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

MAX_SIZE = 31
"""Most rows, and most columns, of a kernel."""

MAX_WEIGHT = 1e6
"""Largest magnitude of a weight: sums of 31 * 31 such weights are still far from the end of float32."""

MAX_CHARACTERS = 50_000
"""Longest text that is read, with room for 31 * 31 weights of 50 characters each."""

_MAX_CELL = 50
_MAX_DENOMINATOR = 512
_MINUS_SIGN = "\u2212"
# ASCII digits only, and no two ways to match the same text, so that hostile text is refused in linear time.
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_WEIGHT = re.compile(rf"({_NUMBER})(?:\s*/\s*({_NUMBER}))?")
NUMBER_HINT = "write a number such as -1, 0.5 or 1/9"
"""The remedy for what is no number."""


class KernelError(ValueError):
    """A kernel that cannot be read or made, told in one sentence.

    Attributes:
        row: The row that is wrong, counted from 1, or None when the sentence is about the whole kernel.
        column: The column that is wrong, counted from 1, or None when it is about a row or the whole kernel.
    """

    def __init__(self, message: str, row: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.row = row
        self.column = column


def parse_rows(text: str) -> np.ndarray:
    """Read rows of numbers.

    Rows end at a newline or a semicolon, numbers at spaces, tabs or commas. A number may be a decimal, have an
    exponent, be a fraction such as 1/9, and use the typographic minus sign. Blank rows are skipped, and not counted.

    Args:
        text: At most `MAX_CHARACTERS` characters.

    Returns:
        float32 [height, width], at most `MAX_SIZE` a side, every weight within plus or minus `MAX_WEIGHT`.

    Raises:
        KernelError: The text is not a kernel; the sentence says where and why, and what to write instead.

    >>> parse_rows("1 0 -1; 2 0 -2; 1 0 -1")
    array([[ 1.,  0., -1.],
           [ 2.,  0., -2.],
           [ 1.,  0., -1.]], dtype=float32)
    >>> parse_rows("1 2; 3")
    Traceback (most recent call last):
    convdemo.kernel_text.KernelError: row 2 has 1 number but row 1 has 2; make every row equally long
    """
    check_length(text)
    return parse_cells(split_cells(text))


def check_length(text: str) -> None:
    """Refuse a text that is too long to be a kernel.

    Raises:
        KernelError: It has more than `MAX_CHARACTERS` characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise KernelError(
            f"the text has {len(text)} characters, which is too long for a kernel; "
            f"write at most {MAX_SIZE} rows of {MAX_SIZE} numbers"
        )


def split_cells(text: str) -> list[list[str]]:
    """Cut rows of numbers into the texts of their cells, as `parse_cells` takes them; blank rows are left out."""
    return [_split_row(row) for row in text.replace(";", "\n").splitlines() if row.strip()]


def parse_cells(cells: Sequence[Sequence[str]], factor: float = 1) -> np.ndarray:
    """Read a kernel from the texts of a grid of cells, one number or fraction in each.

    Args:
        cells: Rows of equal length, at most `MAX_SIZE` a side.
        factor: What every weight is multiplied with, before it is rounded to float32.

    Returns:
        float32 [height, width], as from `parse_rows`.

    Raises:
        KernelError: The grid is empty, too large or ragged, or a cell does not hold a number.

    >>> parse_cells([["0", "1/2"]])
    array([[0. , 0.5]], dtype=float32)
    """
    if not any(len(row) for row in cells):
        raise KernelError("the kernel is empty; write rows of numbers such as 1 0 -1")
    if len(cells) > MAX_SIZE:
        raise KernelError(f"the kernel has {len(cells)} rows; keep at most {MAX_SIZE}")
    width = len(cells[0])
    for row, texts in enumerate(cells, start=1):
        if len(texts) > MAX_SIZE:
            raise KernelError(f"row {row} has {len(texts)} numbers; keep at most {MAX_SIZE}", row)
        if len(texts) != width:
            numbers = "1 number" if len(texts) == 1 else f"{len(texts)} numbers"
            raise KernelError(f"row {row} has {numbers} but row 1 has {width}; make every row equally long", row)
    return check_weights(
        [
            [factor * _parse_cell(text, row, column) for column, text in enumerate(texts, start=1)]
            for row, texts in enumerate(cells, start=1)
        ]
    )


def format_weight(weight: float) -> str:
    """Write one weight as the shortest text that reads back to exactly the same float32.

    The text is a decimal, or a fraction with a denominator up to 512 where that is shorter. It has no plus
    sign, which a link would read as a space.

    Args:
        weight: A number within plus or minus `MAX_WEIGHT`.

    Raises:
        KernelError: The weight is larger, infinite or not a number.

    >>> [format_weight(weight) for weight in (2, -0.5, 1 / 9, 1 / 16, 0.1, 1e-7)]
    ['2', '-0.5', '1/9', '1/16', '0.1', '1e-7']
    """
    with np.errstate(over="ignore"):
        single = np.float32(weight) + np.float32(0)  # -0 becomes 0
    if not abs(single) <= MAX_WEIGHT:
        raise KernelError(f"{weight} cannot be a weight; stay between -{MAX_WEIGHT:.0f} and {MAX_WEIGHT:.0f}")
    return _write(single)


@functools.lru_cache(maxsize=4096)  # a kernel has many weights twice, and is drawn again and again
def _write(single: np.float32) -> str:
    if single == 0 or abs(single) >= 1e-4:
        decimal = np.format_float_positional(single, trim="-")
    else:
        decimal = np.format_float_scientific(single, trim="-", exp_digits=1)
    ratio = Fraction(float(single)).limit_denominator(_MAX_DENOMINATOR)
    fraction = f"{ratio.numerator}/{ratio.denominator}"
    is_exact = np.float32(ratio.numerator / ratio.denominator) == single
    return fraction if is_exact and len(fraction) < len(decimal) else decimal


def to_cells(weights: np.ndarray) -> list[list[str]]:
    """Write a kernel as a grid of cell texts, the inverse of `parse_cells`.

    Args:
        weights: A [height, width] array, as `check_weights` wants it.

    >>> to_cells([[1, -2, 1]])
    [['1', '-2', '1']]
    """
    return [[format_weight(weight) for weight in row] for row in check_weights(weights)]


def format_kernel(weights: np.ndarray) -> str:
    """Write a kernel in one line, the inverse of `parse_rows`.

    Args:
        weights: A [height, width] array, as `check_weights` wants it.

    >>> format_kernel([[0, 1], [-1, 1 / 3]])
    '0 1; -1 1/3'
    """
    return "; ".join(" ".join(row) for row in to_cells(weights))


def check_weights(weights: np.ndarray) -> np.ndarray:
    """Make sure that an array can be a kernel.

    Args:
        weights: Anything that NumPy reads as a [height, width] array of numbers.

    Returns:
        A C-contiguous float32 copy, from 1x1 to `MAX_SIZE` a side, finite, within plus or minus `MAX_WEIGHT`,
        with -0 written as 0.

    Raises:
        KernelError: The array is none of that.
    """
    with np.errstate(over="ignore"):  # 1e300 becomes infinite, and is refused below
        array = np.array(weights, dtype=np.float32, order="C") + np.float32(0)  # -0 becomes 0
    if array.ndim != 2 or array.size == 0 or max(array.shape) > MAX_SIZE:
        shape = "x".join(map(str, array.shape)) or "single number"
        raise KernelError(f"weights of shape {shape} are not a kernel; give 1 to {MAX_SIZE} rows and columns")
    # Written so that not-a-number fails the comparison too.
    wrong = np.argwhere(~(np.abs(array) <= MAX_WEIGHT))
    if wrong.size:
        row, column = map(int, wrong[0])
        problem = f"{array[row, column]} cannot be a weight; stay between -{MAX_WEIGHT:.0f} and {MAX_WEIGHT:.0f}"
        raise _error_in_cell(row + 1, column + 1, problem)
    return array


def exact_sum(weights: np.ndarray) -> np.float64:
    """Return the exact sum, rounded once to float64: every order of adding, in every language, gives the same."""
    return np.float64(math.fsum(weights.ravel().tolist()))


def weight_sum(weights: np.ndarray) -> float:
    """Return the exact sum of the weights; what rounding leaves of a sum that should be 0 is 0.

    >>> weight_sum(np.float32([[0.1, 0.2, -0.3]]))
    0.0
    """
    total = exact_sum(weights)
    return 0.0 if abs(total) < 1e-6 * exact_sum(np.abs(weights)) else float(total)


def _split_row(row: str) -> list[str]:
    """Cut a row into its cells: between two commas, or two tabs of a spreadsheet, stands one that may be empty."""
    tabbed = [cell.strip().removesuffix(",") for cell in row.split("\t")]
    if len(tabbed) > 1 and not any(cell.split()[1:] for cell in tabbed):
        return tabbed  # so a decimal comma stays in its cell, where it is told
    row = "/".join(part.strip() for part in row.split("/"))
    row = row.strip().removesuffix(",")
    return [cell for chunk in row.split(",") for cell in chunk.split() or [""]]


def _parse_cell(text: str, row: int, column: int) -> float:
    """Read one cell, or say where it stands."""
    try:
        return _parse_weight(text.strip())
    except ValueError as problem:
        raise _error_in_cell(row, column, problem) from None


def _error_in_cell(row: int, column: int, problem: object) -> KernelError:
    return KernelError(f"row {row}, column {column}: {problem}", row, column)


def _parse_weight(text: str) -> float:
    """Read a number, or a fraction of two."""
    if not text:
        raise ValueError(f"the cell is empty; {NUMBER_HINT}")
    match = _WEIGHT.fullmatch(text.replace(_MINUS_SIGN, "-")) if len(text) <= _MAX_CELL else None
    if match is None:
        has_comma = re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text)
        remedy = "write it with a point" if has_comma else NUMBER_HINT
        raise ValueError(f"{quote(text)} is not a number; {remedy}")
    numerator, denominator = float(match[1]), float(match[2] or 1)
    if denominator == 0:
        raise ValueError(f"{quote(text)} divides by zero; {NUMBER_HINT}")
    # So written that infinity / infinity, which is not a number, is refused too.
    if not abs(numerator / denominator) <= MAX_WEIGHT:
        raise ValueError(f"{quote(text)} is too large; stay between -{MAX_WEIGHT:.0f} and {MAX_WEIGHT:.0f}")
    return numerator / denominator


def quote(text: str) -> str:
    """Show what was typed in quotation marks, shortened."""
    return f'"{text}"' if len(text) <= 20 else f'"{text[:20]}…"'

"""Does the kernel have a place in the picture?

How far each control of the Feature map tab can go, by the core's own formula; and where one was set beyond, the
arithmetic and the nearest settings that work, in the words of the page.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from convdemo import correlation
from convdemo.correlation import FitError, output_size, same_padding
from convdemo.kernels import MAX_SIZE
from convdemo.ui.layer.state import MAX_STEP
from convdemo.ui.parts.widgets import read_text

_EXPLAINED = read_text("layer")["fit"]

Pair = tuple[int, int]


@dataclass(frozen=True)
class Limits:
    """The largest values that work, each with everything else as it is."""

    rows: int
    columns: int
    stride: int
    dilation: int


def padding_sides(kernel_shape: Pair, padding: str, dilation: int) -> tuple[Pair, Pair]:
    """Return the padded pixels as ((top, bottom), (left, right)); `padding` as in a link."""
    return ((0, 0), (0, 0)) if padding == "none" else same_padding(kernel_shape, dilation)


def fits(size: Pair, kernel_shape: Pair, padding: str, dilation: int) -> bool:
    """Tell whether a kernel has a place in a picture of `size` (height, width), and its padding enough to show."""
    try:
        _judge(size, kernel_shape, padding, dilation)
    except FitError:
        return False
    return True


def _judge(size: Pair, kernel_shape: Pair, padding: str, dilation: int) -> None:
    sides, mode = padding_sides(kernel_shape, padding, dilation), "zeros" if padding == "none" else padding
    correlation.check_fit(size, kernel_shape, padding=sides, padding_mode=mode, dilation=dilation)


def _largest(most: int, works: Callable[[int], bool]) -> int:
    """Return the last number from 1 to most that works, or 1; what fits a larger number fits every smaller one."""
    return max(1, bisect_left(range(1, most + 1), True, key=lambda number: not works(number)))


def find_limits(size: Pair, kernel_shape: Pair, padding: str, dilation: int) -> Limits:
    """Return how far each control can go for a picture of `size` (height, width)."""
    height, width = kernel_shape
    most_dilation = _largest(MAX_STEP, lambda step: fits(size, kernel_shape, padding, step))
    possible = min(most_dilation, dilation)
    try:
        sides = padding_sides(kernel_shape, padding, possible)
        whole = output_size(size, kernel_shape, padding=sides, dilation=possible)
    except ValueError:
        whole = size
    return Limits(
        rows=_largest(MAX_SIZE, lambda side: fits(size, (side, width), padding, dilation)),
        columns=_largest(MAX_SIZE, lambda side: fits(size, (height, side), padding, dilation)),
        stride=min(MAX_STEP, max(whole)),
        dilation=most_dilation,
    )


def check_fit(size: Pair, kernel_shape: Pair, padding: str, dilation: int) -> None:
    """Make sure that a kernel has a place in a picture of `size` (height, width).

    Raises:
        ValueError: it has none: the arithmetic of an axis where it has none, and the nearest settings that work.

    >>> check_fit((48, 64), (5, 5), "none", 16)
    Traceback (most recent call last):
    ValueError: 5 rows span 16·(5 − 1) + 1 = 65 pixels, but the picture's height is 48: \
use dilation 11, a kernel of at most 3 rows and 4 columns, or padding “zeros”
    """
    try:
        _judge(size, kernel_shape, padding, dilation)
    except FitError as error:
        raise ValueError(_explain(error, size, kernel_shape, padding, dilation)) from error


def _explain(error: FitError, size: Pair, kernel_shape: Pair, padding: str, dilation: int) -> str:
    """Return the sentence of the page: its words, and as remedies the settings that the judge lets pass."""
    is_mirrored = padding == "reflect"
    rows = _largest(kernel_shape[0], lambda cells: fits(size, (cells, 1), padding, dilation))
    columns = _largest(kernel_shape[1], lambda cells: fits(size, (1, cells), padding, dilation))
    possible = _largest(MAX_STEP, lambda step: fits(size, kernel_shape, padding, step))
    other_padding = _EXPLAINED["replicate" if is_mirrored else "zeros"]
    remedies = _EXPLAINED[
        "remedies" if fits(size, kernel_shape, padding, possible) else "remedies_without_dilation"
    ].format(dilation=possible, rows=rows, columns=columns, padding=other_padding)
    name, cells = ("rows", "columns")[error.axis], kernel_shape[error.axis]
    return _EXPLAINED[f"{name}_mirrored" if is_mirrored else name].format(
        cells=cells,
        span=f"{dilation}·({cells} − 1) + 1 = {error.span}" if dilation > 1 else error.span,
        pixels=size[error.axis],
        border=error.span // 2,
        behind=size[error.axis] - 1,
        remedies=remedies,
    )

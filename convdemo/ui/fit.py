"""Does the kernel have a place in the picture?

How far each control of the Feature map tab can go, by the core's own formula; and where one was set beyond, the
arithmetic and the nearest settings that work, in the words of the page.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from convdemo.correlation import output_size, same_padding
from convdemo.kernels import MAX_SIZE
from convdemo.links import MAX_STEP
from convdemo.ui.widgets import read_text

_WORDS = read_text("fit")

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
    sides = padding_sides(kernel_shape, padding, dilation)
    try:
        output_size(size, kernel_shape, padding=sides, dilation=dilation)
    except ValueError:
        return False
    # A mirrored border has at most all but one of the pixels to show.
    return padding != "reflect" or all(max(pair) < pixels for pair, pixels in zip(sides, size, strict=True))


def find_limits(size: Pair, kernel_shape: Pair, padding: str, dilation: int) -> Limits:
    """Return how far each control can go for a picture of `size` (height, width)."""

    def largest(most: int, works: Callable[[int], bool]) -> int:
        """The last number from 1 to most that works; what fits a larger number fits every smaller one."""
        return max(1, bisect_left(range(1, most + 1), True, key=lambda number: not works(number)))

    height, width = kernel_shape
    most_dilation = largest(MAX_STEP, lambda step: fits(size, kernel_shape, padding, step))
    possible = min(most_dilation, dilation)
    try:
        sides = padding_sides(kernel_shape, padding, possible)
        whole = output_size(size, kernel_shape, padding=sides, dilation=possible)
    except ValueError:
        whole = size
    return Limits(
        rows=largest(MAX_SIZE, lambda side: fits(size, (side, width), padding, dilation)),
        columns=largest(MAX_SIZE, lambda side: fits(size, (height, side), padding, dilation)),
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
use dilation 11, a kernel of at most 3 × 4 weights, or padding “zeros”
    """
    if fits(size, kernel_shape, padding, dilation):
        return
    mirrored = padding == "reflect"
    # The kernel must fit into the picture; where that is padded with its mirror image, a half of it must.
    room = [1 + (2 if mirrored else 1) * (pixels - 1) // dilation for pixels in size]
    axis = next(at for at in (0, 1) if kernel_shape[at] > room[at])
    rows, columns = (min(cells, most) for cells, most in zip(kernel_shape, room, strict=True))
    possible = find_limits(size, kernel_shape, padding, dilation).dilation
    remedies = _WORDS["remedies" if fits(size, kernel_shape, padding, possible) else "remedies_without_dilation"]
    name = ("rows", "columns")[axis]
    cells, span = kernel_shape[axis], dilation * (kernel_shape[axis] - 1) + 1
    raise ValueError(
        _WORDS[f"{name}_mirrored" if mirrored else name].format(
            cells=cells,
            span=f"{dilation}·({cells} − 1) + 1 = {span}" if dilation > 1 else span,
            pixels=size[axis],
            border=span // 2,
            behind=size[axis] - 1,
            remedies=remedies.format(
                dilation=possible, rows=rows, columns=columns, padding=_WORDS["replicate" if mirrored else "zeros"]
            ),
        )
    )

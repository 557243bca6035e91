"""Which pixel of the picture after belongs to which window of the picture before?

A program may leave out the border ("valid"), keep the size ("same"), or let the kernel hang over the border ("full").
For a kernel with an even side nothing lies in its middle: the chapter's windows begin one pixel less to the left than
those of OpenCV and scipy.ndimage, so that their pictures after lie one column further to the right. Nobody writes down
which it was, but the error of the best kernel tells.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convdemo.learning.least_squares import MAX_SIDE, LeastSquares, solve

SHIFTS = tuple((down, right) for down in (0, -1, 1) for right in (0, -1, 1))
"""How far windows may begin from where the chapter's do, in rows and columns; those of the chapter first."""

CLEARLY = 2.0
"""So many times less must be unexplained before something else is believed than what is usual."""

EXACT = 1e-10
"""The mean squared error below which nothing is left to explain: a hundredth of what rounding to 16 bits leaves."""

_SAMPLE = 40_000  # windows
_SAMPLE_NUMBERS = 4_000_000  # in all windows together


@dataclass(frozen=True)
class Alignment:
    """Which part of both pictures is learned from, so that it has as many outputs as the part before has windows.

    Attributes:
        before: ((first row, last row + 1), (first column, last column + 1)) of the picture before.
        after: the same of the picture after.
        shift: one of `SHIFTS`, how many rows and columns earlier (-1) or later (1) than the chapter's windows begin.
        turned: whether the picture after had to be turned by 180 degrees first.
    """

    before: tuple[tuple[int, int], tuple[int, int]]
    after: tuple[tuple[int, int], tuple[int, int]]
    shift: tuple[int, int] = (0, 0)
    turned: bool = False

    def cut(self, before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return both parts, as views."""
        if self.turned:
            after = after[::-1, ::-1]
        return tuple(
            picture[tuple(slice(*ends) for ends in sides)]
            for picture, sides in ((before, self.before), (after, self.after))
        )


def border_of(size: int, after: int, side: int) -> int | None:
    """Return with how many pixels of border a kernel makes `after` outputs of `size` pixels; None if it cannot.

    >>> border_of(100, 98, 3), border_of(100, 100, 3), border_of(100, 102, 3), border_of(100, 99, 3)
    (0, 1, 2, None)
    >>> border_of(100, 100, 2), border_of(100, 101, 2)  # the chapter's: nothing before, one pixel after
    (0, 1)
    """
    if after == size:
        return (side - 1) // 2
    twice = after - size + side - 1
    return twice // 2 if twice % 2 == 0 and 0 <= twice <= 2 * (side - 1) else None


def fitting_sizes(size: Sequence[int], shape: Sequence[int]) -> list[tuple[int, int]]:
    """Return the (height, width) of pictures after that a kernel of a shape can make: the same, valid, full.

    >>> fitting_sizes((30, 40), (3, 3)), fitting_sizes((30, 40), (1, 1))
    ([(30, 40), (28, 38), (32, 42)], [(30, 40)])
    """
    sides = list(zip(size, shape, strict=True))
    valid, full = (tuple(have + sign * (side - 1) for have, side in sides) for sign in (-1, 1))
    return list(dict.fromkeys([tuple(size), *([valid] if min(valid) > 0 else []), full]))


def fitting_shape(size: Sequence[int], after: Sequence[int]) -> tuple[int, int] | None:
    """Return the (height, width) of the kernel whose valid or full picture after has a size; None if there is none.

    >>> fitting_shape((30, 40), (26, 36)), fitting_shape((30, 40), (15, 20))
    ((5, 5), None)
    """
    lost = [have - left for have, left in zip(size, after, strict=True)]
    shape = tuple(abs(more) + 1 for more in lost)
    return shape if max(shape) <= MAX_SIDE and (min(lost) >= 0 or max(lost) <= 0) and any(lost) else None


def align(before: np.ndarray, after: np.ndarray, shape: tuple[int, int], *, bias: bool) -> Alignment | None:
    """Find out how two pictures lie on each other: as the kernel explains most.

    The windows may begin up to a pixel from where the chapter's do, and the picture after may be turned by 180 degrees;
    either is believed only if it leaves clearly less unexplained.

    >>> image = np.random.default_rng(0).random((20, 30))
    >>> moved = image - np.roll(image, 1, axis=1)  # as OpenCV does it: a pixel less the one on its left
    >>> align(image, moved, (1, 2), bias=False).shift
    (0, -1)

    Args:
        before: [height, width].
        after: [height, width].
        shape: (height, width) of the kernel.
        bias: whether a bias is learned.

    Returns:
        The alignment; None where a kernel of this shape makes no picture of this size.
    """
    borders = [border_of(*sides) for sides in zip(before.shape, after.shape, shape, strict=True)]
    if None in borders or min(have - side for have, side in zip(before.shape, shape, strict=True)) < 0:
        return None
    found = _best_shift(before, after, borders, shape, bias)
    if found is None:  # too small to compare
        return _alignment(before.shape, after.shape, borders, shape, (0, 0))
    (shift, error), turned, variance = found, False, float(np.var(after))
    if error > 0.2 * variance and variance > EXACT:
        other, error_turned = _best_shift(before, after[::-1, ::-1], borders, shape, bias)
        if CLEARLY**2 * error_turned < error:
            shift, turned = other, True
    return _alignment(before.shape, after.shape, borders, shape, shift, turned=turned)


def _best_shift(before, after, borders, shape, bias):
    """The shift with the least error, if it is clearly better than none, and its mean squared error.

    None if there are too few windows to compare.
    """
    # Windows that are one pixel larger on every side hold those of all shifts.
    starts, frame = [border + 1 for border in borders], tuple(side + 2 for side in shape)
    sample = sample_windows(before, after, starts, frame)
    if sample is None or len(sample[1]) < 3 * (math.prod(frame) + 1):
        return None
    sums, count = fit_windows(*sample, bias=bias), len(sample[1])
    errors = {shift: sums.part(shape, shift).floor / count for shift in SHIFTS}
    best = min(errors, key=errors.get)
    is_better = errors[0, 0] > EXACT and CLEARLY * errors[best] < errors[0, 0]
    # A larger kernel that explains much more has its middle where it is, and only looks like one that lies off.
    is_all = errors[best] <= max(EXACT, CLEARLY * sums.part(frame).floor / count)
    if is_better and is_all:
        return best, errors[best]
    return (0, 0), errors[0, 0]


def _alignment(before, after, borders, shape, shift, *, turned=False):
    """The largest parts in which every output has its whole window."""
    cut_before, cut_after = [], []
    for have, left, border, side, moved in zip(before, after, borders, shape, shift, strict=True):
        start = border - moved  # output r has the window that begins at pixel r - start
        first, last = max(0, start), min(left - 1, have - side + start)
        cut_before.append((first - start, last - start + side))
        cut_after.append((first, last + 1))
    return Alignment(tuple(cut_before), tuple(cut_after), shift, turned)


# ---- a sample of windows -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Sums:
    """The sums over windows that say everything about the squared error of every kernel on them.

    Attributes:
        gram: float64 [cells + 1, cells + 1], with the bias as last.
        towards: float64 [cells + 1].
        energy: of the outputs that are wanted.
        count: the number of windows.
        shape: (height, width) of a window.
        bias: whether a bias is fitted.
    """

    gram: np.ndarray
    towards: np.ndarray
    energy: float
    count: int
    shape: tuple[int, int]
    bias: bool

    def part(
        self, shape: tuple[int, int], shift: tuple[int, int] = (0, 0), *, bias: bool | None = None
    ) -> LeastSquares:
        """Fit a kernel to the middle of the windows, or so many rows and columns from it."""
        bias = self.bias if bias is None else bias
        first = [(most - side) // 2 + moved for most, side, moved in zip(self.shape, shape, shift, strict=True)]
        cells = np.arange(math.prod(self.shape)).reshape(self.shape)
        chosen = cells[first[0] : first[0] + shape[0], first[1] : first[1] + shape[1]].ravel()
        chosen = np.append(chosen, len(self.towards) - 1) if bias else chosen
        gram = self.gram[np.ix_(chosen, chosen)]
        return solve(gram, self.towards[chosen], self.energy, self.count, shape, bias)


def fit_windows(windows: np.ndarray, wanted: np.ndarray, *, bias: bool) -> Sums:
    """Gather the sums over windows, [count, height, width], and the outputs that are wanted, [count]."""
    met = np.ones((len(wanted), math.prod(windows.shape[1:]) + 1))
    met[:, :-1] = windows.reshape(len(wanted), -1)
    wanted = wanted.astype(np.float64)
    return Sums(_gram(met), met.T @ wanted, float(wanted @ wanted), len(wanted), windows.shape[1:], bias)


def _gram(met):
    """The products of all columns. In pieces, as small products do not wait for each other's threads."""
    unknowns, at_once = met.shape[1], 200_000 // met.shape[1] ** 2
    if at_once < 16:
        return met.T @ met
    whole = len(met) // at_once * at_once
    pieces, rest = met[:whole].reshape(-1, at_once, unknowns), met[whole:]
    return (pieces.transpose(0, 2, 1) @ pieces).sum(axis=0) + rest.T @ rest


def sample_windows(
    before: np.ndarray, after: np.ndarray, starts: Sequence[int], shape: tuple[int, int], *, most: int = _SAMPLE
) -> tuple[np.ndarray, np.ndarray] | None:
    """Draw windows of a shape, and the outputs that belong to them, from all over a picture; the same ones every time.

    Args:
        before: [height, width], or with channels behind.
        after: [height, width].
        starts: output (r, c) has the window that begins at pixel (r - starts[0], c - starts[1]).
        shape: (height, width) of the windows.
        most: how many, at most.

    Returns:
        float32 [count, height, width] and [count], with the channels behind the width; None if no window fits.
    """
    ranges = []
    for have, left, start, side in zip(before.shape[:2], after.shape, starts, shape, strict=True):
        ranges.append((max(0, start), min(left - 1, have - side + start) + 1))
    rows, columns = (last - first for first, last in ranges)
    if rows <= 0 or columns <= 0:
        return None
    channels = math.prod(before.shape[2:])
    count = min(most, rows * columns, max(2000, _SAMPLE_NUMBERS // (math.prod(shape) * channels)))
    rng = np.random.default_rng(0)
    flat = np.arange(rows * columns) if count == rows * columns else rng.integers(0, rows * columns, count)
    r, c = flat // columns + ranges[0][0], flat % columns + ranges[1][0]
    windows = sliding_window_view(before, shape, axis=(0, 1))[r - starts[0], c - starts[1]]
    if before.ndim == 3:  # [count, channels, height, width]
        windows = np.moveaxis(windows, 1, -1)
    return np.ascontiguousarray(windows, np.float32), np.asarray(after[r, c], np.float32)

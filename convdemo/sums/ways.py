"""Which way is the quickest for a kernel?

- DOWN, ACROSS: a single column of weights that slides down, or a single row that slides across, by matrix products
  (`bands`).
- SEPARABLE: a kernel of low rank is a sum of a few terms, each a row that slides across and a column that slides down.
- FOURIER: transforms of tiles, by XLA, for a large kernel (`fourier`).
- CELLS: shifted pictures, times a weight each, are added up by XLA (`programs`). Always so where sums must be exact:
  each window is added up by itself and in one order, and has the same sum, bit for bit, wherever it lies.

Cells, columns and rows that are zero are left out. What a way costs is an estimate in nanoseconds for a sum: medians of
pictures of 1080x1920, on two cores with AVX-512. One of 512x512 has the same order, and so has one of 3000x4000.
"""

import dataclasses
import enum
import math

import numpy as np

from convdemo.sums.bands import ACROSS, DOWN
from convdemo.sums.fourier import shape_for
from convdemo.sums.programs import GROUP

CALLS, XLA_GROUP = 1.4, 0.4
"""XLA's programs: to ask for them and to bring sums to their place; and to add GROUP cells. 3x3, 7x7, 15x15 and 21x21
take 3.8, 7.1, 17 and 33 ms."""

PRODUCT, PIXEL, TURNED = 0.8, 0.025, 0.1
"""A banded product, each pixel that it multiplies, and what one across takes beside that, as it takes few pixels of
many rows. 31 cells take 2.5 ms down and 3.8 across; separable kernels of 5x5, 7x7 and 15x15 take 5.6, 5.2 and 5.0,
where all their cells take 4.5, 6.4 and 18."""

FOURIER = 12.0
"""Transforms there and back, for each pixel of the tiles: 21x21 and 31x31 take 28 ms, and all their cells 41 and 69."""

MOST_TERMS = 4
"""Terms that are looked for."""

ROUNDING = 4 * 2.0**-24
"""A cell is known to half a step of float32, and three of them make one cell of a product of a column and a row."""


class Way(enum.Enum):
    """How the sums are made."""

    CELLS = enum.auto()
    DOWN = enum.auto()
    ACROSS = enum.auto()
    SEPARABLE = enum.auto()
    FOURIER = enum.auto()


@dataclasses.dataclass(frozen=True)
class Terms:
    """A kernel as a sum of columns times rows: float64, [terms, height] and [terms, width]."""

    columns: np.ndarray
    rows: np.ndarray


def choose(kernel, windows, *, is_exact=False):
    """Return the `Way` for a kernel that slides as `windows` say, and the `Terms` of one that is separable."""
    if is_exact:
        return Way.CELLS, None
    used = kernel != 0
    costs = {Way.CELLS: CALLS + XLA_GROUP * math.ceil(np.count_nonzero(used) / GROUP)}
    across, down = (_product(windows, axis) for axis in (1, 0))
    if np.count_nonzero(used.any(axis=1)) == 1:
        costs[Way.ACROSS] = across
    if np.count_nonzero(used.any(axis=0)) == 1 and windows.stride[1] == 1:  # BLAS takes no columns that lie apart
        costs[Way.DOWN] = down
    terms = None
    if min(costs.values()) > across + down and (terms := factors(kernel)):
        costs[Way.SEPARABLE] = len(terms.rows) * (across + down)
    if windows.stride == (1, 1) and min(costs.values()) > FOURIER:
        costs[Way.FOURIER] = FOURIER * shape_for(windows)[1] / math.prod(windows.output)
    way = min(costs, key=costs.get)
    return way, terms if way == Way.SEPARABLE else None


def _product(windows, axis):
    """What one product costs that slides along an axis."""
    count = (DOWN, ACROSS)[axis]
    pixels = (count - 1) * windows.stride[axis] + windows.span[axis]
    return PRODUCT + PIXEL * pixels + TURNED * axis


def factors(kernel):
    """Return the terms of a kernel of low rank, or None where more than MOST_TERMS are needed.

    So too for a kernel of whole numbers whose terms are not whole: of whole pixels its sums must be whole.

    Each takes the row and the column of the largest cell that is left, as in Gaussian elimination: zeros stay zeros,
    and the factors of whole numbers such as Sobel's are whole. One term must be each cell to its rounding; several, to
    that of the largest cell.

    >>> factors(np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])).rows.tolist()
    [[1.0, 0.0, -1.0]]
    """
    left = kernel.astype(np.float64)
    size = np.abs(left)
    columns, rows = [], []
    for _ in range(MOST_TERMS):
        row, column = np.unravel_index(np.abs(left).argmax(), left.shape)
        if not left[row, column]:
            break
        rows.append(left[row] / (np.gcd.reduce(left[row].astype(int)) if _are_whole(left[row]) else 1))
        columns.append(left[:, column] / rows[-1][column])
        left = left - np.outer(columns[-1], rows[-1])
        if (np.abs(left) <= ROUNDING * (size if len(rows) == 1 else size.max())).all():
            terms = Terms(np.array(columns), np.array(rows))
            return terms if _are_whole(terms.columns, terms.rows) or not _are_whole(kernel) else None
    return None


def _are_whole(*arrays):
    """Tell whether all are whole numbers of which float32 knows each."""
    return all((np.abs(array) <= 2**24).all() and (array == np.rint(array)).all() for array in arrays)

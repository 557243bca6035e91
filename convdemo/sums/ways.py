"""Which way is the quickest for a kernel?

- CELLS: pictures that are shifted, times a weight each, are added up, by XLA (`programs`). Always so where sums must be
  exact: each window is added up by itself and in one order, and has the same sum, bit for bit, wherever it lies.
- NUMPY: the same by NumPy, as long as there are so few cells that to prepare anything else costs more.
- DOWN, ACROSS: columns of the kernel that slide down, or rows that slide across, by matrix products (`bands`).
- SEPARABLE: a kernel of low rank is a sum of a few terms, each a column that slides down and a row that slides across.
- FOURIER: transforms of tiles, by XLA, for a kernel that is very large (`fourier`).

Cells, columns and rows that are zero are left out. What a way costs is an estimate in nanoseconds of one processor for
a sum, from medians on 1080x1920 and 512x512 (two cores with AVX-512, pieces of 65,536 sums that are in the cache).
"""

import dataclasses
import enum
import math

import numpy as np

from convdemo.sums.bands import ACROSS, ALONE, DOWN
from convdemo.sums.fourier import pixels_for
from convdemo.sums.programs import GROUP

PASS = 0.11
"""NumPy's multiplication of a piece with a number, or addition of two."""

PRODUCT, PIXEL = 0.10, 0.019
"""A banded product: itself, and for each pixel that it multiplies. Columns down take 0.23, 0.29, 0.48 and 0.76 for 3,
7, 15 and 31 cells."""

TURNED = 0.08
"""What a product across takes beside that: each takes few pixels of many rows."""

BETWEEN = 0.25
"""What lies between the two products of a term is written and read."""

CALLS, XLA_GROUP = 3.0, 0.8
"""XLA's programs: to ask for them and to bring sums to their place; and to add GROUP cells."""

FOURIER = 40.0
"""Transforms there and back, for each pixel of the tiles."""

MOST_TERMS = 4
"""Terms that are looked for."""

ROUNDING = 4 * 2.0**-24
"""A cell is known to half a step of float32, and three of them make one cell of a product of a column and a row."""


class Way(enum.Enum):
    """How the sums are made."""

    NUMPY = enum.auto()
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
    cells, columns, rows = (
        np.count_nonzero(used),
        np.count_nonzero(used.any(axis=0)),
        np.count_nonzero(used.any(axis=1)),
    )
    down, across = _product(windows, 0), _product(windows, 1)
    costs = {
        Way.NUMPY: (2 * cells - 1) * PASS,
        Way.CELLS: CALLS + XLA_GROUP * math.ceil(cells / GROUP),
        Way.ACROSS: rows * (across + PASS),
    }
    if windows.stride[1] == 1:  # BLAS takes no columns that lie apart
        costs[Way.DOWN] = columns * (down + PASS)
    terms, a_term = None, down + across + BETWEEN + PASS
    if min(costs.values()) > a_term and (terms := factors(kernel)):
        costs[Way.SEPARABLE] = len(terms.rows) * a_term
    if windows.stride == (1, 1) and min(costs.values()) > FOURIER:
        costs[Way.FOURIER] = FOURIER * pixels_for(windows) / math.prod(windows.output)
    way = min(costs, key=costs.get)
    return way, terms if way == Way.SEPARABLE else None


def _product(windows, axis):
    """What one product costs that slides along an axis."""
    count = (DOWN, ACROSS)[axis]
    pixels = (count - 1) * windows.stride[axis] + windows.span[axis]
    return PRODUCT + PIXEL * pixels + TURNED * axis if count * count * pixels <= ALONE else math.inf


def factors(kernel):
    """Return the terms of a kernel of low rank, or None where more than MOST_TERMS are needed.

    Each takes the row and the column of the largest cell that is left, as in Gaussian elimination: zeros stay zeros,
    and the factors of whole numbers such as Sobel's are whole. One term must be each cell to its rounding; several, to
    that of the largest cell.

    >>> factors(np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])).rows.tolist()
    [[2.0, 0.0, -2.0]]
    """
    left = kernel.astype(np.float64)
    size = np.abs(left)
    columns, rows = [], []
    for _ in range(MOST_TERMS):
        row, column = np.unravel_index(np.abs(left).argmax(), left.shape)
        if not left[row, column]:
            break
        columns.append(left[:, column] / left[row, column])
        rows.append(left[row].copy())
        left = left - np.outer(columns[-1], rows[-1])
        if (np.abs(left) <= ROUNDING * (size if len(rows) == 1 else size.max())).all():
            return Terms(np.array(columns), np.array(rows))
    return None

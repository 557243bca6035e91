"""Which way is the quickest for a kernel?

- DOWN, ACROSS: columns of the kernel that slide down, or rows that slide across, by matrix products (`bands`).
- SEPARABLE: a kernel of low rank is a sum of a few terms, each a row that slides across and a column that slides down.
- FOURIER: transforms of tiles, by XLA, for a large kernel (`fourier`).
- CELLS: shifted pictures, times a weight each, are added up by XLA (`programs`), for few cells that lie far apart. It
  is the way where sums must be exact: each window is added up by itself and in one order, and has the same sum, bit for
  bit, wherever it lies.

Cells, columns and rows that are zero are left out. What a way costs is an estimate in nanoseconds for a sum: medians of
pictures of 512x512, on a processor with AVX-512. One of 1080x1920 has the same order, but for CELLS, which is up to a
tenth ahead of DOWN from 5x5 to 11x11.
"""

import dataclasses
import enum
import math

import numpy as np

from convdemo.sums.bands import ACROSS, DOWN
from convdemo.sums.fourier import pixels_for
from convdemo.sums.programs import GROUP

PRODUCT, PIXEL = 0.25, 0.025
"""A banded product, with what adds it to the others, and each pixel that it multiplies. In all, kernels of 3x3, 7x7,
15x15 and 31x31 take 3, 6, 13 and 43 ns down."""

TURNED = 0.1
"""What a product across takes beside that: each takes few pixels of many rows."""

CALLS, XLA_GROUP = 3.0, 0.7
"""XLA's programs: to ask for them and to bring sums to their place; and to add GROUP cells."""

FOURIER = 14.0
"""Transforms there and back, for each pixel of the tiles. 21x21 takes 5.4 ms, and 5.8 down; on 1080x1920 40 and 44."""

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
    used, (down, across) = kernel != 0, (_product(windows, axis) for axis in (0, 1))
    costs = {
        Way.CELLS: CALLS + XLA_GROUP * math.ceil(np.count_nonzero(used) / GROUP),
        Way.ACROSS: across * np.count_nonzero(used.any(axis=1)),
    }
    if windows.stride[1] == 1:  # BLAS takes no columns that lie apart
        costs[Way.DOWN] = down * np.count_nonzero(used.any(axis=0))
    terms, a_term = None, down + across
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
    return PRODUCT + PIXEL * pixels + TURNED * axis


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

"""Which way is the quickest for a kernel?

- Up to IN_NUMPY cells and FEW_OUTPUTS: NumPy, as long as to ask XLA for anything costs more than the sum.
- Any other kernel: a sum of shifted pictures, cell by cell (`programs.sum_few`, `programs.sum_many`).
- A kernel of low rank is a sum of a few terms, each a column times a row, and slides as two passes for each.
- A large kernel: Fourier transforms of tiles.

Cells that are zero are left out. Cell by cell, each window is added up by itself and in one order, so that it has the
same sum, bit for bit, wherever it lies and whatever the stride.

The costs were measured as processor time for pictures of 1080x1920 on two cores without AVX-512. Their unit is one pass
over memory that adds GROUP cells, 0.6 ns for an output.
"""

import dataclasses
import enum
import math

import numpy as np

from convdemo.sums.fourier import side_for
from convdemo.sums.programs import GROUP

IN_NUMPY = 2
"""Cells up to which NumPy adds, as long as there are few outputs. On 512x512 1x2 takes 0.2 ms, and by XLA 0.5."""

FEW_OUTPUTS = 2**19
"""Outputs from which XLA is quicker even for 1x2: 1080x1920 takes it 2.3 ms, and NumPy 3.3."""

SEPARABLE = 2
"""What the two passes of a term cost beside their cells: what lies between them is written and read again, and a strip
needs more rows of it than it has outputs. Cell by cell is as quick at 7x7, and takes 1.9 times as long at 11x11."""

FOURIER = 15
"""What transforms there and back cost for each pixel of the tiles. Cell by cell is as quick at 14x14 or 15x15."""

MOST_TERMS = 4
"""Terms that are looked for: five would take longer than transforms at any size."""

REACH = 1000
"""How far the row of a separable kernel may reach: `programs.SEPARABLE_SIZES` have room for it."""

ROUNDING = 4 * 2.0**-24
"""A cell is known to half a step of float32, and three of them make one cell of a product of a column and a row."""


class Way(enum.Enum):
    """How the sums are made."""

    NUMPY = enum.auto()
    CELLS = enum.auto()
    SEPARABLE = enum.auto()
    FOURIER = enum.auto()


@dataclasses.dataclass(frozen=True)
class Terms:
    """A kernel as a sum of columns times rows: float64, [terms, height] and [terms, width]."""

    columns: np.ndarray
    rows: np.ndarray


def choose(kernel, windows, *, is_exact=False):
    """Return the `Way` for a kernel that slides as `windows` say; also its `Terms`, or the side of the tiles."""
    cells = np.count_nonzero(kernel)
    if cells <= IN_NUMPY and math.prod(windows.output) <= FEW_OUTPUTS and not is_exact:
        return Way.NUMPY, None
    best, cost, terms = Way.CELLS, groups_of(cells), None
    height, width = kernel.shape
    a_term = groups_of(height) + groups_of(width) + SEPARABLE
    if is_exact or windows.stride != (1, 1) or cost <= a_term:  # the other ways compute what a stride skips
        return best, None
    if min(height, width) > 1 and windows.span[1] <= REACH:
        terms = factors(kernel)
        if terms and len(terms.rows) * a_term < cost:
            best, cost = Way.SEPARABLE, len(terms.rows) * a_term
    side, pixels = side_for(windows)
    if cost * math.prod(windows.output) > FOURIER * pixels:
        return Way.FOURIER, side
    return best, terms


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


def groups_of(cells):
    """Return how many passes of GROUP cells there are for so many."""
    return -(-int(cells) // GROUP)

"""How do matrix products make the sums of windows?

A column of weights that slides down is one product: a banded matrix, in each of whose rows the column stands further to
the right, times the pixels. A row that slides across is the same, turned. A kernel of low rank is a sum of a few terms,
each a row that slides across and then a column that slides down.

Half of such a matrix is zeros or more, and BLAS multiplies with them too. It is quicker all the same: what it adds up
stays in registers, it takes pixels where they lie, and writes sums where they belong.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

DOWN, ACROSS = 8, 16
"""Sums of one product: rows of a column that slides down, columns of a row that slides across. 7 cells took 0.23, 0.26
and 0.35 ns a sum with 4, 8 and 16 down; 0.75, 0.43 and 0.58 with 8, 16 and 32 across (31 cells 1.8, 0.8 and 0.9)."""

ALONE = 2**18
"""Multiplications of one product that OpenBLAS makes in the thread that asks for it, if they are no more. Others
it shares out, and waits for threads of its own while all processors are busy with other pieces: on a busy machine
3000x4000 with a separable 31x31 took 6 s so, and 0.05 s in pieces of a row."""


class Slide:
    """A column of weights that slides down."""

    def __init__(self, column, stride, dilation, count, *, first=0):
        """Prepare the matrix.

        Args:
            column: float32 [cells].
            stride: pixels from one window to the next, (down, across).
            dilation: pixels from one cell to the next.
            count: sums of one product.
            first: where the column stands in its windows, across.
        """
        (self._down, self._across), self._count, self._first = stride, count, first
        self._span = (len(column) - 1) * dilation + 1
        self._band = np.zeros((self._pixels_of(count), count), np.float32).T
        for number in range(count):
            begin = number * self._down
            self._band[number, begin : begin + self._span : dilation] = column

    def fill(self, pixels, sums):
        """Write the sums, [rows, columns], of the pixels under their windows."""
        rows, columns = sums.shape
        whole = rows // self._count * self._count
        for first, end, count in ((0, whole, self._count), (whole, rows, rows - whole)):
            if first < end:
                blocks = ((end - first) // count, self._pixels_of(count), pixels.shape[1])
                strides = (count * self._down * pixels.strides[0], *pixels.strides)
                seen = as_strided(pixels[first * self._down :], blocks, strides)
                self._multiply(seen, sums[first:end].reshape(blocks[0], count, columns))

    def _pixels_of(self, count):
        """How many pixels so many windows see."""
        return (count - 1) * self._down + self._span

    def _multiply(self, seen, sums):
        """Fill [blocks, count, columns] with the products of the band and [blocks, pixels, ...]."""
        band, columns = self._band[: sums.shape[1], : seen.shape[1]], sums.shape[2]
        at_once = math.ceil(columns / math.ceil(columns * band.size / ALONE))
        for start in range(0, columns, at_once):
            part = sums[:, :, start : start + at_once]
            begin = self._first + start * self._across
            reach = (part.shape[2] - 1) * self._across + 1
            np.matmul(band, seen[:, :, begin : begin + reach : self._across], out=part)

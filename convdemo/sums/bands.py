"""How do matrix products make the sums of windows?

A column of weights that slides down is one product: a banded matrix, in each of whose rows the column stands further to
the right, times the pixels. A row that slides across is the same, turned. A kernel is a sum of its columns, or of its
rows; one of low rank is a sum of a few terms, each a row that slides across and then a column that slides down.

Half of such a matrix is zeros or more, and BLAS multiplies with them too. It is quicker all the same: what it adds up
stays in registers, it takes pixels where they lie, and writes sums where they belong.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convdemo.sums.memory import scratch

DOWN, ACROSS = 8, 16
"""Sums of one product: rows of a column that slides down, columns of a row that slides across. 7 cells took 0.23, 0.26
and 0.35 ns a sum with 4, 8 and 16 down; 0.75, 0.43 and 0.58 with 8, 16 and 32 across (31 cells 1.8, 0.8 and 0.9)."""

ALONE = 2**18
"""Multiplications of one product that OpenBLAS makes in the thread that asks for it, if they are no more. Others
it shares out, and waits for threads of its own while all processors are busy with other pieces: on a busy machine
3000x4000 with a separable 31x31 took 6 s so, and 0.05 s in pieces of a row."""


class Slide:
    """Columns of weights, each of which slides down over pixels of its own; what they make is added up."""

    def __init__(self, columns, firsts, stride, dilation, count):
        """Prepare the matrices.

        Args:
            columns: float32 [columns, cells].
            firsts: where each one's pixels begin, across.
            stride: pixels from one window to the next, (down, across).
            dilation: pixels from one cell to the next.
            count: sums of one product.
        """
        columns = np.asarray(columns, np.float32)
        self._firsts, (self._down, self._across), self._count = [int(first) for first in firsts], stride, count
        self._span = (columns.shape[1] - 1) * dilation + 1
        size = self._pixels_of(count)
        shape, order = (len(columns), size, count), (0, 2, 1)
        self._bands = np.zeros(shape, np.float32).transpose(order)
        for number in range(count):
            first = number * self._down
            self._bands[:, number, first : first + self._span : dilation] = columns

    def fill(self, pixels, sums):
        """Write the sums, [rows, columns], of the pixels under their windows."""
        rows, columns = sums.shape
        whole = rows // self._count * self._count
        for first, end, count in ((0, whole, self._count), (whole, rows, rows - whole)):
            if first < end:
                blocks = ((end - first) // count, self._pixels_of(count), pixels.shape[1])
                strides = (count * self._down * pixels.strides[0], *pixels.strides)
                seen = as_strided(pixels[first * self._down :], blocks, strides)
                self._add(seen, sums[first:end].reshape(blocks[0], count, columns))

    def _pixels_of(self, count):
        """How many pixels so many windows see."""
        return (count - 1) * self._down + self._span

    def _add(self, seen, sums):
        """Fill [blocks, count, columns] with the sum of the products of bands and [blocks, pixels, ...]."""
        bands, columns = self._bands[:, : sums.shape[1], : seen.shape[1]], sums.shape[2]
        at_once = math.ceil(columns / math.ceil(columns * math.prod(bands.shape[1:]) / ALONE))
        for start in range(0, columns, at_once):
            part = sums[:, :, start : start + at_once]
            reach = (part.shape[2] - 1) * self._across + 1
            firsts = (first + start * self._across for first in self._firsts)
            unders = (seen[:, :, first : first + reach : self._across] for first in firsts)
            np.matmul(bands[0], next(unders), out=part)
            if len(bands) > 1:
                self._add_others(bands[1:], unders, part)

    @staticmethod
    def _add_others(bands, unders, sums):
        """Add the products of more bands."""
        with scratch(sums.shape) as product:
            for band, under in zip(bands, unders, strict=True):
                np.matmul(band, under, out=product)
                sums += product

"""How are sums with large kernels made by Fourier transforms?

A product of transforms is a sum over windows that go round: one that does not reach over the edge of a tile is the one
that is wanted. So the picture is cut into tiles that overlap by the kernel's span, and of each only those sums are kept
(overlap-save). The cost does not depend on the kernel, but for the overlap.

What this cannot do: a sum is exact to the rounding of the largest pixel of its tile, not of those in its window. A
pixel that is 1e7 times as large as the others of its tile drowns them.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np

from convdemo.sums.memory import borrow, copy

SIDE = 512
"""Rows and columns of a tile, of which a call takes one."""


def pixels_for(windows):
    """Return how many pixels the tiles have in all for these windows; without end if a window does not fit one."""
    if max(windows.span) > SIDE:
        return math.inf
    return math.prod(
        math.ceil(n / (SIDE - span + 1)) * SIDE for n, span in zip(windows.output, windows.span, strict=True)
    )


class Tiles:
    """How a picture is cut into tiles, with the methods of `strips.Strips`.

    Attributes:
        rows: outputs of a tile.
        columns: likewise.
        places: the (first row, first column) of each tile. The last of a row or column reaches back.
    """

    def __init__(self, windows):
        self.windows = windows
        self.rows, self.columns = (
            math.ceil(count / math.ceil(count / (SIDE - span + 1)))
            for count, span in zip(windows.output, windows.span, strict=True)
        )
        rows, columns = windows.output
        self.places = [
            (min(row, rows - self.rows), min(column, columns - self.columns))
            for row in range(0, rows, self.rows)
            for column in range(0, columns, self.columns)
        ]

    def pixels(self, image, place):
        """Return the pixels that a tile sees, float32 [SIDE, SIDE] with zeros beside them. They are borrowed."""
        tile = borrow((SIDE, SIDE))
        height, width = (n + span - 1 for n, span in zip((self.rows, self.columns), self.windows.span, strict=True))
        self.windows.pixels(image, place, (self.rows, self.columns), out=tile[:height, :width])
        tile[height:], tile[:height, width:] = 0, 0
        return tile, True

    def write(self, result, place, sums):
        """Write the sums of a tile where they belong."""
        row, column = place
        sums = np.asarray(sums)[: self.rows, : self.columns]
        copy(result[row : row + self.rows, column : column + self.columns], sums)


def spectrum_of(kernel, dilation):
    """Return what `sum_fourier` takes of a kernel, complex64 [SIDE, SIDE // 2 + 1]."""
    spread = np.zeros((SIDE, SIDE), np.float32)
    (down, across), (height, width) = dilation, kernel.shape
    spread[: down * height : down, : across * width : across] = kernel
    return _spectrum(spread)


@jax.jit
def _spectrum(spread):
    return jnp.conj(jnp.fft.rfft2(spread))


@jax.jit
def sum_fourier(tile, spectrum, bias):
    """Return the sums of the windows that begin at each pixel of a tile, float32 [SIDE, SIDE].

    Those that would reach over the lower or right edge go round. The tile is divided by its largest pixel, so that
    nothing overflows that would not do so in a plain sum.
    """
    largest = jnp.max(jnp.abs(tile))
    largest = jnp.where(largest > 0, largest, jnp.ones_like(largest))
    return jnp.fft.irfft2(jnp.fft.rfft2(tile / largest) * spectrum) * largest + bias

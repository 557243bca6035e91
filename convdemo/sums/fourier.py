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

SIDE = 256
"""Rows and columns of a tile. 31x31 on 1080x1920 takes 30 ms of processor with 128, 21 with 256."""

AT_ONCE = 4
"""Tiles of one call: as many pixels as a strip of MIDDLE. The time for each is the same with 4 and with 8."""


class Tiles:
    """How a picture is cut into tiles, with the methods of `strips.Strips`.

    Attributes:
        rows: outputs of a tile.
        columns: likewise.
        places: the (first row, first column) of up to AT_ONCE tiles each. The last of a row or column reaches back.
    """

    def __init__(self, windows):
        self.windows = windows
        self.rows, self.columns = (
            math.ceil(count / math.ceil(count / (SIDE - span + 1)))
            for count, span in zip(windows.output, windows.span, strict=True)
        )
        rows, columns = windows.output
        tiles = [
            (min(row, rows - self.rows), min(column, columns - self.columns))
            for row in range(0, rows, self.rows)
            for column in range(0, columns, self.columns)
        ]
        self.places = [tiles[first : first + AT_ONCE] for first in range(0, len(tiles), AT_ONCE)]

    def pixels(self, image, places):
        """Return the pixels that tiles see, float32 [AT_ONCE, SIDE, SIDE], and whether they are borrowed.

        Beside them are zeros; a tile that is not in use is anything.
        """
        tiles = borrow((AT_ONCE, SIDE, SIDE))
        height, width = (n + span - 1 for n, span in zip((self.rows, self.columns), self.windows.span, strict=True))
        for tile, place in zip(tiles, places, strict=False):
            self.windows.pixels(image, place, (self.rows, self.columns), out=tile[:height, :width])
        tiles[:, height:], tiles[:, :height, width:] = 0, 0
        return tiles, True

    def write(self, result, places, sums):
        """Write the sums of tiles where they belong."""
        for tile, (row, column) in zip(np.asarray(sums), places, strict=False):
            copy(result[row : row + self.rows, column : column + self.columns], tile[: self.rows, : self.columns])


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
def sum_fourier(tiles, spectrum, bias):
    """Return the sums of the windows that begin at each pixel of some tiles, float32 [AT_ONCE, SIDE, SIDE].

    Those that would reach over the lower or right edge go round. Each tile is divided by its largest pixel, so that
    nothing overflows that would not do so in a plain sum.
    """
    largest = jnp.max(jnp.abs(tiles), axis=(1, 2), keepdims=True)
    largest = jnp.where(largest > 0, largest, jnp.ones_like(largest))
    return jnp.fft.irfft2(jnp.fft.rfft2(tiles / largest) * spectrum[jnp.newaxis]) * largest + bias

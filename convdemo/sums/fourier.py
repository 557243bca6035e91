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

SIDES = (256, 512)
"""Rows and columns of a tile. 31x31 on 1080x1920 takes 30 ms of processor with 128, 21 with 256, as much with 512; but
a picture of 512x512 is one tile of 512, and nine of 256."""

PIXELS = 512 * 512
"""Those of the tiles of one call: one or four, as many as in a strip of MIDDLE."""


def side_for(windows):
    """Return the side of the tiles that have the fewest pixels in all for these windows, and how many that is."""
    costs = {
        side: math.prod(math.ceil(n / (side - span + 1)) for n, span in zip(windows.output, windows.span, strict=True))
        for side in SIDES
        if side >= max(windows.span)
    }
    if not costs:
        return None, math.inf
    pixels = {side: math.ceil(tiles * side * side / PIXELS) * PIXELS for side, tiles in costs.items()}
    side = min(pixels, key=pixels.get)
    return side, pixels[side]


class Tiles:
    """How a picture is cut into tiles, with the methods of `strips.Strips`.

    Attributes:
        rows: outputs of a tile.
        columns: likewise.
        places: the (first row, first column) of the tiles of each call. The last of a row or column reaches back.
    """

    def __init__(self, windows, side):
        self.windows = windows
        self._shape = (PIXELS // (side * side), side, side)
        self.rows, self.columns = (
            math.ceil(count / math.ceil(count / (side - span + 1)))
            for count, span in zip(windows.output, windows.span, strict=True)
        )
        rows, columns = windows.output
        tiles = [
            (min(row, rows - self.rows), min(column, columns - self.columns))
            for row in range(0, rows, self.rows)
            for column in range(0, columns, self.columns)
        ]
        at_once = self._shape[0]
        self.places = [tiles[first : first + at_once] for first in range(0, len(tiles), at_once)]

    def pixels(self, image, places):
        """Return the pixels that tiles see, float32 [tiles, side, side], and whether they are borrowed.

        Beside them are zeros; a tile that is not in use is anything.
        """
        tiles = borrow(self._shape)
        height, width = (n + span - 1 for n, span in zip((self.rows, self.columns), self.windows.span, strict=True))
        for tile, place in zip(tiles, places, strict=False):
            self.windows.pixels(image, place, (self.rows, self.columns), out=tile[:height, :width])
        tiles[:, height:], tiles[:, :height, width:] = 0, 0
        return tiles, True

    def write(self, result, places, sums):
        """Write the sums of tiles where they belong."""
        for tile, (row, column) in zip(np.asarray(sums), places, strict=False):
            copy(result[row : row + self.rows, column : column + self.columns], tile[: self.rows, : self.columns])


def spectrum_of(kernel, dilation, side):
    """Return what `sum_fourier` takes of a kernel, complex64 [side, side // 2 + 1]."""
    spread = np.zeros((side, side), np.float32)
    (down, across), (height, width) = dilation, kernel.shape
    spread[: down * height : down, : across * width : across] = kernel
    return _spectrum(spread)


@jax.jit
def _spectrum(spread):
    return jnp.conj(jnp.fft.rfft2(spread))


@jax.jit
def sum_fourier(tiles, spectrum, bias):
    """Return the sums of the windows that begin at each pixel of some tiles, float32 [tiles, side, side].

    Those that would reach over the lower or right edge go round. Each tile is divided by its largest pixel, so that
    nothing overflows that would not do so in a plain sum.
    """
    largest = jnp.max(jnp.abs(tiles), axis=(1, 2), keepdims=True)
    largest = jnp.where(largest > 0, largest, jnp.ones_like(largest))
    return jnp.fft.irfft2(jnp.fft.rfft2(tiles / largest) * spectrum[jnp.newaxis]) * largest + bias

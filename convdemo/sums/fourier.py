"""How are sums with large kernels made by Fourier transforms?

A product of transforms is a sum over windows that go round: one that does not reach over the edge of a tile is the one
that is wanted. So the picture is cut into tiles that overlap by the kernel's span, and of each only those sums are kept
(overlap-save). The cost does not depend on the kernel, but for the overlap. Transforms of the last kernels are kept.

What this cannot do: a sum is exact to the rounding of the largest pixel of its tile, not of those in its window. A
pixel that is 1e7 times as large as the others of its tile drowns them.
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

from convdemo.sums.memory import borrow, copy

SHAPES = ((512, 512), (576, 512))
"""Rows and columns of tiles, of which a call takes one. A picture has those that cover it with the fewest pixels: for
31x31 on 1080x1920 these are 8 of the second shape, instead of 12 of the first."""


def shape_for(windows):
    """Return the shape of the tiles for these windows and the pixels of all; None and inf if a window fits no tile."""
    fitting = [shape for shape in SHAPES if all(n >= span for n, span in zip(shape, windows.span, strict=True))]
    return min(
        ((shape, _pixels(shape, windows)) for shape in fitting), key=lambda one: one[1], default=(None, math.inf)
    )


def _pixels(shape, windows):
    axes = zip(shape, windows.output, windows.span, strict=True)
    return math.prod(math.ceil(n / (side - span + 1)) * side for side, n, span in axes)


class Tiles:
    """How a picture is cut into tiles, with the methods of `strips.Strips`.

    Attributes:
        shape: of a tile, in pixels.
        rows: outputs of a tile.
        columns: likewise.
        places: the (first row, first column) of each tile. The last of a row or column reaches back.
    """

    def __init__(self, windows):
        self.windows = windows
        self.shape, _ = shape_for(windows)
        self.rows, self.columns = (
            math.ceil(count / math.ceil(count / (side - span + 1)))
            for side, count, span in zip(self.shape, windows.output, windows.span, strict=True)
        )
        rows, columns = windows.output
        self.places = [
            (min(row, rows - self.rows), min(column, columns - self.columns))
            for row in range(0, rows, self.rows)
            for column in range(0, columns, self.columns)
        ]

    def pixels(self, image, place):
        """Return the pixels that a tile sees, with zeros beside them. They are borrowed."""
        tile = borrow(self.shape)
        height, width = (n + span - 1 for n, span in zip((self.rows, self.columns), self.windows.span, strict=True))
        self.windows.pixels(image, place, (self.rows, self.columns), out=tile[:height, :width])
        tile[height:], tile[:height, width:] = 0, 0
        return tile, True

    def write(self, result, place, sums):
        """Write the sums of a tile where they belong."""
        row, column = place
        sums = np.asarray(sums)[: self.rows, : self.columns]
        copy(result[row : row + self.rows, column : column + self.columns], sums)


def spectrum_of(kernel, dilation, shape):
    """Return what `sum_fourier` takes of a float32 kernel for tiles of a shape: complex64, about half as wide."""
    return _spectrum_of(kernel.tobytes(), kernel.shape, dilation, shape)


@functools.lru_cache(maxsize=8)  # 1 MB each
def _spectrum_of(weights, kernel_shape, dilation, shape):
    spread = np.zeros(shape, np.float32)
    (down, across), (height, width) = dilation, kernel_shape
    spread[: down * height : down, : across * width : across] = np.frombuffer(weights, np.float32).reshape(kernel_shape)
    return _spectrum(spread)


@jax.jit
def _spectrum(spread):
    return jnp.conj(jnp.fft.rfft2(spread))


@jax.jit
def sum_fourier(tile, spectrum, bias):
    """Return the sums of the windows that begin at each pixel of a tile, float32 of its shape.

    Those that would reach over the lower or right edge go round. The tile is divided by its largest pixel, so that
    nothing overflows that would not do so in a plain sum.
    """
    largest = jnp.max(jnp.abs(tile))
    largest = jnp.where(largest > 0, largest, jnp.ones_like(largest))
    return jnp.fft.irfft2(jnp.fft.rfft2(tile / largest) * spectrum, tile.shape) * largest + bias

"""Does the feature map move with the picture?

It does where all places share their weights: translation equivariance ("From Fully Connected Layers to Convolutions"
and "Convolutions for Images", Dive into Deep Learning). `shift_test` moves a picture and a feature map, and compares.
It takes either layer: `Convolution`, which also strides and pools, or `FullyConnected`, with random weights.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from convdemo.checks import check_choice, check_whole
from convdemo.correlation import as_float32, cross_correlate, output_size
from convdemo.numbers import grouped
from convdemo.why_convolution.weights import MAX_SIDE, as_pair

# --- Layers -------------------------------------------------------------------------------------------------


class MapLayer(Protocol):
    """What can be tested: from an image [height, width] to a feature map, with the windows of its outputs.

    Output (i, j) looks at the `span` (rows, columns) of pixels from row i * step and column j * step on; that of a
    fully connected layer at all others too.
    """

    span: tuple[int, int]
    step: int

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """The feature map of an image."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """Cross-correlation without padding; then, if asked for, the maximum of each `pooling` x `pooling` outputs.

    Attributes:
        kernel: [height, width].
        stride: pixels from one window to the next, at least 1.
        pooling: outputs a side that the maximum is taken of, as far apart; 1 for none.
    """

    kernel: np.ndarray
    stride: int = 1
    pooling: int = 1

    def __post_init__(self) -> None:
        """Refuse what is no kernel, no stride or no pooling."""
        object.__setattr__(self, "kernel", np.asarray(as_float32("kernel", self.kernel, dimensions=2)))
        check_whole("stride", self.stride, 1, MAX_SIDE)
        check_whole("pooling", self.pooling, 1, MAX_SIDE)

    @property
    def span(self) -> tuple[int, int]:
        """(rows, columns) of pixels that an output sees."""
        rows, columns = (side + (self.pooling - 1) * self.stride for side in self.kernel.shape)
        return rows, columns

    @property
    def step(self) -> int:
        """Pixels from the window of one output to that of the next."""
        return self.stride * self.pooling

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """The feature map of an image [height, width]: float32 [rows, columns].

        Raises:
            ValueError: the image is refused by `cross_correlate`, or too small to pool.
        """
        output_size(np.shape(image), self.span, self.step)  # refuses an image that is too small
        sums, size = cross_correlate(image, self.kernel, stride=self.stride, is_exact=True), self.pooling
        feature_map = np.asarray(sums)
        rows, columns = (length // size for length in feature_map.shape)
        return feature_map[: rows * size, : columns * size].reshape(rows, size, columns, size).max(axis=(1, 3))


MAX_FULL_WEIGHTS = 2**20
"""The most weights of a fully connected layer that is tried: 8 MB as float64. A 32x32 picture with a 3x3 kernel
needs 921,600."""


class FullyConnected:
    """A fully connected layer with random weights, whose outputs are laid out as the map of a convolution.

    Each output is a sum over all pixels, with weights of its own from N(0, 1 / pixels).

    Attributes:
        weights: float64 [outputs, pixels], read-only.
        span: (rows, columns) of the window that the convolution with as many outputs has.
        step: 1.

    Args:
        size: (height, width) of the image.
        outputs: (height, width) of the map, at most those of the image.
        seed: where the weights come from, at least 0.

    Raises:
        ValueError: a number is not as described, or there would be more than `MAX_FULL_WEIGHTS` weights.
    """

    step = 1

    def __init__(self, size: tuple[int, int], outputs: tuple[int, int], *, seed: int = 0):
        self.size = tuple(check_whole("size", side, 1, MAX_SIDE) for side in as_pair("size", size))
        self.outputs = tuple(
            check_whole("outputs", side, 1, most)
            for side, most in zip(as_pair("outputs", outputs), self.size, strict=True)
        )
        check_whole("seed", seed, 0, 2**32 - 1)
        pixels, places = math.prod(self.size), math.prod(self.outputs)
        if pixels * places > MAX_FULL_WEIGHTS:
            height, width = self.size
            raise ValueError(
                f"size is {height}x{width}, which needs {grouped(pixels * places)} weights, "
                f"but at most {grouped(MAX_FULL_WEIGHTS)} are drawn: make the picture smaller first"
            )
        self.span = tuple(side - places + 1 for side, places in zip(self.size, self.outputs, strict=True))
        self.weights = np.random.default_rng(seed).normal(scale=pixels**-0.5, size=(places, pixels))
        self.weights.flags.writeable = False

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """The outputs for an image [height, width] of the layer's size: float32 [rows, columns].

        Raises:
            ValueError: the image is not finite, or has another size.
        """
        image = np.asarray(as_float32("image", image, dimensions=2))
        if image.shape != self.size:
            raise ValueError(f"image is {image.shape}, but the layer has weights for {self.size}: make another layer")
        return (self.weights @ image.ravel().astype(np.float64)).reshape(self.outputs).astype(np.float32)


def small_version(image: np.ndarray, longest: int = 32) -> np.ndarray:
    """Make a picture so small that a fully connected layer on it has few weights, by averaging.

    Args:
        image: [height, width].
        longest: pixels of its longer side afterwards, at least 4; a smaller image stays as it is.

    Returns:
        float32 [height, width], each side at least 1.
    """
    image = np.asarray(as_float32("image", image, dimensions=2))
    check_whole("longest", longest, 4, MAX_SIDE)
    scale = longest / max(image.shape)
    if scale >= 1:
        return image
    height, width = (max(1, round(side * scale)) for side in image.shape)
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BOX))


# --- Translation --------------------------------------------------------------------------------------------

MODES = ("wrap", "zeros")
"""What comes in at one border when a picture moves: what went out at the other, or zeros."""


def shift(image: np.ndarray, rows: int, columns: int, mode: str = "wrap") -> np.ndarray:
    """Move a picture down by so many rows and right by so many columns; negative is up and left.

    >>> shift(np.array([[1, 2, 3]]), 0, 1)
    array([[3, 1, 2]])
    >>> shift(np.array([[1, 2, 3]]), 0, -1, "zeros")
    array([[2, 3, 0]])

    Args:
        image: [height, width] or [height, width, channels].
        rows: how far down, a whole number.
        columns: how far to the right.
        mode: one of `MODES`.

    Returns:
        A new array of the same shape and dtype.

    Raises:
        ValueError: the mode is unknown, or a number is not whole, or larger than `MAX_SIDE`.
    """
    check_choice("mode", mode, MODES)
    rows = check_whole("rows", rows, -MAX_SIDE, MAX_SIDE)
    columns = check_whole("columns", columns, -MAX_SIDE, MAX_SIDE)
    moved = np.roll(image, (rows, columns), axis=(0, 1))
    if mode == "zeros":
        height, width = moved.shape[:2]
        moved[: max(rows, 0)] = 0
        moved[max(height + min(rows, 0), 0) :] = 0
        moved[:, : max(columns, 0)] = 0
        moved[:, max(width + min(columns, 0), 0) :] = 0
    return moved


@dataclass(frozen=True, eq=False)
class ShiftTest:
    """A picture moved before a layer, and its feature map moved after it.

    Attributes:
        image: float32 [height, width], the moved picture.
        map_of_shifted: float32 [rows, columns], what the layer makes of it.
        shifted_map: float32 [rows, columns], what it makes of the picture at rest, moved by `moves`.
        difference: float32 [rows, columns], the first less the second.
        inside: bool [rows, columns], where the window of `map_of_shifted` holds only pixels that were in the picture,
            side by side, before it moved, and `shifted_map` holds an output that was in the map. There a convolution
            has no excuse.
        moves: (rows, columns) that the map was moved by: the shift divided by the layer's step, rounded down.
        whole: Whether the shift is a multiple of the step, so that nothing was rounded.
    """

    image: np.ndarray
    map_of_shifted: np.ndarray
    shifted_map: np.ndarray
    difference: np.ndarray
    inside: np.ndarray
    moves: tuple[int, int]
    whole: bool

    @property
    def largest(self) -> float | None:
        """The largest magnitude of the difference inside; None when the shift leaves nothing inside."""
        return float(np.abs(self.difference[self.inside]).max()) if self.inside.any() else None


def shift_test(layer: MapLayer, image: np.ndarray, rows: int, columns: int, mode: str = "wrap") -> ShiftTest:
    """Compare the feature map of the moved picture with the moved feature map of the picture.

    Inside, a convolution makes no difference, not even one of rounding. A layer with a step makes none if the shift
    is a multiple of it; if not, its map would have to move by a fraction. A fully connected layer makes one at any
    shift.

    >>> picture = np.random.default_rng(0).random((12, 16), np.float32)
    >>> shift_test(Convolution([[1, -1]]), picture, 2, -3).largest
    0.0
    >>> [shift_test(Convolution([[1, -1]], stride=2), picture, 0, columns).largest == 0 for columns in range(5)]
    [True, False, True, False, True]

    Args:
        layer: a `Convolution` or a `FullyConnected`.
        image: [height, width].
        rows: how far the picture moves down, as in `shift`.
        columns: how far it moves to the right.
        mode: one of `MODES`, for the picture and for the map.

    Raises:
        ValueError: as in `shift`, or the layer refuses the image.
    """
    image = np.asarray(as_float32("image", image, dimensions=2))
    moved = shift(image, rows, columns, mode)
    moves = rows // layer.step, columns // layer.step
    map_of_shifted, shifted_map = layer(moved), shift(layer(image), *moves, mode)
    row_inside, column_inside = (
        _inside(*axis, layer.step)
        for axis in zip(image.shape, map_of_shifted.shape, layer.span, (rows, columns), strict=True)
    )
    return ShiftTest(
        image=moved,
        map_of_shifted=map_of_shifted,
        shifted_map=shifted_map,
        difference=map_of_shifted - shifted_map,
        inside=row_inside[:, None] & column_inside[None, :],
        moves=moves,
        whole=rows % layer.step == 0 == columns % layer.step,
    )


def _inside(length: int, outputs: int, span: int, moved: int, step: int) -> np.ndarray:
    """Along an axis: which outputs see only pixels of the picture, and were in the map?"""
    output = np.arange(outputs)
    first, before = output * step - moved, output - moved // step
    return (first >= 0) & (first + span <= length) & (before >= 0) & (before < outputs)

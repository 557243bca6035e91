"""Why convolution, and not one weight for each pixel and each output?

Because of two things that are true of pictures ("From Fully Connected Layers to Convolutions" and "Convolutions for
Images", Dive into Deep Learning). An object may stand anywhere, so all places share their weights: when the picture
moves, the feature map moves with it (translation equivariance). And what belongs together is close together, so an
output looks at a small window (locality).

`count_weights` says what both save. `shift_test` moves a picture and a feature map, and compares; `locality_test`
changes a few pixels and looks which outputs change. Both take either layer: `Convolution`, which also strides and
pools, or `FullyConnected`, with random weights. What a kernel answers to a turned picture is in `direction`.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from convdemo.checks import check_choice, check_whole
from convdemo.correlation import as_float32, cross_correlate, output_size
from convdemo.words import read_words

_WORDS = read_words("why_convolution")

# --- Weights ------------------------------------------------------------------------------------------------

MAX_SIDE = 100_000
"""The longest side of a picture whose weights are counted."""

MAX_CHANNELS = 10_000


@dataclass(frozen=True)
class WeightCount:
    """How many weights something has, as a product.

    Attributes:
        name: "unit", one fully connected output; "fully_connected", "locally_connected" or "convolution", a layer.
        factors: What is multiplied, and what each number counts: "pixels" and "channels" of the picture, "cells" of the
            kernel, "outputs" (places of the feature map), "filters".
        biases: One for each output that has weights of its own; not among the weights.
    """

    name: str
    factors: tuple[tuple[int, str], ...]
    biases: int

    @property
    def weights(self) -> int:
        """The product, exact however large."""
        return math.prod(number for number, _ in self.factors)

    @property
    def arithmetic(self) -> str:
        """The product written out, as "9 × 3 = 27"."""
        return f"{' × '.join(f'{number:,}' for number, _ in self.factors)} = {self.weights:,}"

    @property
    def memory(self) -> int:
        """Bytes that the weights take as float32, 4 each; without the biases."""
        return 4 * self.weights


def count_weights(
    size: int | tuple[int, int], kernel: int | tuple[int, int], *, channels: int = 1, filters: int = 1
) -> tuple[WeightCount, ...]:
    """Count the weights of four ways to look at the same picture, from the most wasteful to the thriftiest.

    One output that sees every pixel; a layer of such outputs, as many as the convolution has; the same outputs, each
    with a window and weights of its own (a locally connected layer); the same windows with shared weights (a
    convolution). No padding, stride 1.

    >>> for count in count_weights((1000, 1000), 3, channels=3):
    ...     print(f"{count.name:17} {count.arithmetic}")
    unit              1,000,000 × 3 = 3,000,000
    fully_connected   1,000,000 × 3 × 996,004 = 2,988,012,000,000
    locally_connected 9 × 3 × 996,004 = 26,892,108
    convolution       9 × 3 = 27

    Args:
        size: (height, width) of the picture in pixels, or one int for both, up to `MAX_SIDE`.
        kernel: (height, width) of the kernel, or one int for both.
        channels: of the picture: 1 for grey, 3 for colour.
        filters: how many feature maps the layers make. The single unit belongs to one.

    Raises:
        ValueError: a number is not whole or out of range, or the kernel is larger than the picture.
    """
    height, width = (check_whole("size", side, 1, MAX_SIDE) for side in _pair("size", size))
    kernel = tuple(check_whole("kernel", side, 1, MAX_SIDE) for side in _pair("kernel", kernel))
    check_whole("channels", channels, 1, MAX_CHANNELS)
    check_whole("filters", filters, 1, MAX_CHANNELS)
    places = math.prod(output_size((height, width), kernel))

    whole = ((height * width, "pixels"), (channels, "channels"))
    window = ((math.prod(kernel), "cells"), (channels, "channels"))
    outputs, many = ((places, "outputs"),), ((filters, "filters"),) if filters > 1 else ()
    return (
        WeightCount("unit", whole, 1),
        WeightCount("fully_connected", whole + outputs + many, places * filters),
        WeightCount("locally_connected", window + outputs + many, places * filters),
        WeightCount("convolution", window + many, filters),
    )


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
        feature_map, size = np.asarray(cross_correlate(image, self.kernel, stride=self.stride)), self.pooling
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
        self.size = tuple(check_whole("size", side, 1, MAX_SIDE) for side in _pair("size", size))
        self.outputs = tuple(
            check_whole("outputs", side, 1, most)
            for side, most in zip(_pair("outputs", outputs), self.size, strict=True)
        )
        check_whole("seed", seed, 0, 2**32 - 1)
        pixels, places = math.prod(self.size), math.prod(self.outputs)
        if pixels * places > MAX_FULL_WEIGHTS:
            height, width = self.size
            problem = _WORDS["too_many_weights"].format(
                height=height, width=width, weights=pixels * places, most=MAX_FULL_WEIGHTS
            )
            raise ValueError(problem)
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
            raise ValueError(_WORDS["other_size"].format(image=image.shape, size=self.size))
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


# --- Locality -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LocalityTest:
    """Which outputs a few pixels have a say in.

    Attributes:
        image: float32 [height, width], with the painted patch.
        difference: float32 [rows, columns], the new feature map less the old one.
        changed: bool [rows, columns], where it is not zero. A weight of zero sees no change: of the 3x3 outputs around
            a pixel, Sobel's kernel changes six.
        rows, columns: The outputs whose window meets the patch: for one pixel, k x k of them away from the border.
    """

    image: np.ndarray
    difference: np.ndarray
    changed: np.ndarray
    rows: range
    columns: range


def locality_test(layer: MapLayer, image: np.ndarray, row: int, column: int, side: int = 1) -> LocalityTest:
    """Paint a patch of a picture, and see which outputs change.

    The patch becomes white, or black where the picture is bright (above 1/2) on average, so that it does change.

    >>> test = locality_test(Convolution(np.ones((3, 3))), np.zeros((8, 10)), row=4, column=5)
    >>> int(test.changed.sum()), test.rows, test.columns
    (9, range(2, 5), range(3, 6))

    Args:
        layer: a `Convolution` or a `FullyConnected`.
        image: [height, width], in [0, 1].
        row: the patch's first row, within the image.
        column: its first column.
        side: its rows and columns, at least 1; what sticks out of the image is cut off.

    Raises:
        ValueError: a number is not as described, or the layer refuses the image.
    """
    image = np.asarray(as_float32("image", image, dimensions=2))
    height, width = image.shape
    row, column = check_whole("row", row, 0, height - 1), check_whole("column", column, 0, width - 1)
    check_whole("side", side, 1, MAX_SIDE)
    patch = slice(row, row + side), slice(column, column + side)
    painted = image.copy()
    painted[patch] = 0 if image[patch].mean() > 1 / 2 else 1
    before, after = layer(image), layer(painted)
    meeting = zip((row, column), image.shape, before.shape, layer.span, strict=True)
    rows, columns = (
        _meeting(first, min(first + side, length) - 1, outputs, span, layer.step)
        for first, length, outputs, span in meeting
    )
    return LocalityTest(painted, after - before, after != before, rows, columns)


def _meeting(first: int, last: int, outputs: int, span: int, step: int) -> range:
    """Along an axis: the outputs whose windows, from i * step to i * step + span - 1, meet pixels `first` to `last`."""
    return range(max(0, math.ceil((first - span + 1) / step)), min(outputs, last // step + 1))


def _pair(name: str, value: int | tuple[int, int]) -> tuple[int, int]:
    """`value` for both axes; a pair as it is."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2:
        raise ValueError(_WORDS["not_a_pair"].format(name=name, value=value))
    return pair

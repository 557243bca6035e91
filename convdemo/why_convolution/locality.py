"""Which outputs does a pixel have a say in?

An output of a convolution looks at a small window, so nothing far away matters to it: locality ("From Fully Connected
Layers to Convolutions", Dive into Deep Learning). `locality_test` changes a few pixels, and looks which outputs change:
of a `Convolution` those nearby, of a `FullyConnected` layer all.
"""

import math
from dataclasses import dataclass

import numpy as np

from convdemo.checks import check_whole
from convdemo.correlation import as_float32
from convdemo.why_convolution.equivariance import MapLayer
from convdemo.why_convolution.weights import MAX_SIDE


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

    >>> from convdemo.why_convolution.equivariance import Convolution
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

"""How is a large picture worked through, without memory or a compiled program of its size?

Strip by strip: some rows of outputs need only the rows of pixels that their windows see. Pictures up to `MOST_PIXELS`
are one strip, and what larger ones are cut into is no larger than that.
"""

import numpy as np

from convdemo.correlation import PADDING_MODES, output_size

MOST_PIXELS = 1024 * 1024
"""Pixels of a strip: those of the lab's working size, for which everything is compiled (`correlation.BLOCK`)."""


def in_strips(make, image, kernel, *, stride=1, padding=0, padding_mode="zeros", dilation=1):
    """Return what `make(image, kernel, ...)` returns, worked out strip by strip where the image is large.

    >>> from convdemo.correlation import cross_correlate
    >>> in_strips(cross_correlate, np.ones((3, 4)), np.ones((2, 2))).tolist()
    [[4.0, 4.0, 4.0], [4.0, 4.0, 4.0]]

    Args:
        make: a function as `cross_correlate` or `edge_strength`, in which every output depends on its window only.
        image: [height, width].
        kernel: a square, or any other [height, width] that `make` takes as it is.
        stride: an int, likewise dilation.
        padding: ((top, bottom), (left, right)), or one int for all sides.
        padding_mode: as for `cross_correlate`.
        dilation: as the stride.

    Returns:
        A float32 NumPy array, as `output_size` counts.
    """
    image, layer = np.asarray(image), {"stride": stride, "dilation": dilation}
    if image.size <= MOST_PIXELS:
        return np.asarray(make(image, kernel, padding=padding, padding_mode=padding_mode, **layer))
    rows, columns = output_size(image.shape, kernel.shape, stride, padding, dilation)
    if np.any(padding):
        image = np.pad(image, padding, mode=PADDING_MODES[padding_mode])
    span = dilation * (kernel.shape[0] - 1) + 1
    at_once = max(1, (MOST_PIXELS // image.shape[1] - span) // stride)
    result = np.empty((rows, columns), np.float32)
    for first in range(0, rows, at_once):
        last = min(first + at_once, rows) - 1
        result[first : last + 1] = make(image[first * stride : last * stride + span], kernel, **layer)
    return result

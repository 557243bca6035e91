"""How small must a photo be, so that a face fits into what the network sees?"""

import numpy as np
from PIL import Image

from convdemo.checks import check_whole
from convdemo.small_network.network import FIELD

HEIGHTS = (24, 512)
"""Rows that a photo can be reduced to."""

MOST_PIXELS = 512 * 1024
"""The most pixels that the network is run on at once."""

PYRAMID = (24, 34, 48, 60, 68, 80, 96, 136, 192, 272, 384, 512)
"""Heights that stand for all: each at most about 1.4 times the one before it, as a face need not fit exactly."""


def heights_of(size: tuple[int, int]) -> tuple[int, int]:
    """Return the least and the largest height that a photo of this size (height, width) can be reduced to.

    >>> heights_of((400, 600)), heights_of((100, 1000)), heights_of((1000, 100))
    ((24, 512), (24, 228), (120, 512))

    Raises:
        ValueError: it is so narrow or so wide that there is none.
    """
    height, width = size
    least = max(HEIGHTS[0], -(-FIELD * height // width))
    most = min(HEIGHTS[1], int((MOST_PIXELS * height / width) ** 0.5))
    while most * round(most * width / height) > MOST_PIXELS:
        most -= 1
    if least > most:
        raise ValueError(
            f"a photo of {height} x {width} pixels is too narrow for a network that sees {FIELD} x {FIELD}: cut it"
        )
    return least, most


def reduce_to_height(pixels: np.ndarray, height: int) -> np.ndarray:
    """Return a photo with so many rows, as Pillow's BILINEAR makes it of 8 bits; larger, if it has fewer.

    Args:
        pixels: [height, width, 1 or 3] in [0, 1].
        height: what `heights_of` allows.

    Returns:
        uint8 [height, width, 3]: grey is the same in all three colours.

    Raises:
        ValueError: the height cannot be.
    """
    rows, columns = pixels.shape[:2]
    height = check_whole("height", height, *heights_of((rows, columns)))
    eight = np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8)
    eight = np.repeat(eight, 3, axis=2) if eight.shape[2] == 1 else eight
    width = max(FIELD, round(height * columns / rows))
    return np.asarray(Image.fromarray(eight).resize((width, height), Image.Resampling.BILINEAR))

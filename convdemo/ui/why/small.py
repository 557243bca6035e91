"""What can a fully connected layer be tried on?

Not on the photo: each of its outputs has a weight for every pixel. A small version of the picture will do.
"""

import numpy as np

from convdemo.ui.parts.once import once
from convdemo.ui.why.state import SMALL_SIDE
from convdemo.why_convolution import FullyConnected, small_version


def small_picture(image: np.ndarray) -> np.ndarray:
    """Return the small version of a picture [height, width]."""
    return small_version(image, SMALL_SIDE)


@once(maxsize=4)
def full_layer(size: tuple[int, int]) -> FullyConnected:
    """Return the fully connected layer of a small version, with as many outputs as a 3x3 kernel has."""
    return FullyConnected(size, tuple(max(1, side - 2) for side in size))

"""How is memory come by that XLA takes as it is, filled, copied and looked through without waste?"""

import contextlib
import math
from collections import defaultdict, deque

import numpy as np

ALIGNED = 64
"""Bytes: XLA takes memory that begins at a multiple of it as it is, and copies other."""

KEPT = 4
"""Pieces of memory of one size that are kept for the next picture: to ask the system for 2 MB takes as long as to fill
them. All that is kept is some 30 MB."""

INFINITE, MINUS_INFINITE = 0x7F800000, 0xFF800000
"""The bits of float32's infinities. Those of nan are larger, those of finite numbers smaller; the highest is a sign."""

LARGEST = 2**20
"""Floats of what is kept: cells that lie very far apart may need more."""

_kept = defaultdict(lambda: deque(maxlen=KEPT))


def aligned_empty(shape):
    """Return an empty float32 array that begins where XLA wants it."""
    room = np.empty(4 * math.prod(shape) + ALIGNED, np.uint8)
    skip = -room.ctypes.data % ALIGNED
    return room[skip : skip + 4 * math.prod(shape)].view(np.float32).reshape(shape)


def floats_past_alignment(array):
    """Return how many floats before the array such memory began."""
    return array.ctypes.data % ALIGNED // 4


def borrow(shape):
    """Return an array as `aligned_empty` does, of memory that was used before if there is some."""
    try:
        return _kept[shape].pop()
    except IndexError:
        return aligned_empty(shape)


def give_back(array):
    """Keep the memory of a borrowed array for the next one, if it is not too much. Nobody may look at it any more."""
    if array.size <= LARGEST:
        _kept[array.shape].append(array)


@contextlib.contextmanager
def scratch(shape):
    """Lend an array of this shape for as long as the block lasts. What stands in it is anything."""
    count = math.prod(shape)
    room = borrow((1 << (count - 1).bit_length(),))
    yield room[:count].reshape(shape)
    give_back(room)


def copy(to, pixels):
    """Copy pixels: as bytes where rows are whole, which NumPy does in half of the time."""
    if to.strides[-1] == pixels.strides[-1] == 4 and to.shape[-1] > 1:
        to, pixels = to.view(np.uint8), pixels.view(np.uint8)
    np.copyto(to, pixels)


def all_finite(array):
    """Return whether all numbers are finite: the largest of their bits says it, in a third of `np.isfinite`'s time."""
    bits = array.view(np.uint32)
    largest = bits.max(initial=0)
    if largest < INFINITE:
        return True
    return largest < MINUS_INFINITE and bits.view(np.int32).max(initial=0) < INFINITE

"""How do all processors work on one picture? Each takes the next piece of its sums, until none is left."""

import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from convdemo.sums.memory import all_finite

SUMS = 2**16
"""Sums of a piece: what it takes stays in the processor's own cache, and NumPy works on it for longer than Python."""

ROWS = 8
"""Pieces have a multiple of so many rows: as many as a product of `bands` makes."""

PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

_others = ThreadPoolExecutor(max(1, PROCESSORS - 1), thread_name_prefix="sums")


def work_through(image, windows, result, fill, columns):
    """Fill `result` piece by piece; return whether all pixels of the image are finite.

    Args:
        image: float32 [height, width].
        windows: how windows lie on it.
        result: float32 [output height, output width].
        fill: writes the sums of a piece, from the pixels that its windows see.
        columns: those of a piece, at most.
    """
    places = cut(windows.output, columns)
    waiting = iter(list(enumerate(places, 1)))  # the next of a list's iterator is one thread's only

    def work():
        is_finite = True
        with np.errstate(over="ignore", invalid="ignore"):
            for number, (rows, columns) in waiting:
                to_check = image[len(image) * (number - 1) // len(places) : len(image) * number // len(places)]
                if not (is_finite := all_finite(to_check)):
                    break
                sums = result[rows, columns]
                fill(windows.pixels(image, (rows.start, columns.start), sums.shape), sums)
        return is_finite

    helpers = [_others.submit(work) for _ in range(min(PROCESSORS, len(places)) - 1)]
    is_finite = work()
    # One that has not begun, as others are at work on other pictures, has nothing left to do.
    return all([is_finite, *(helper.result() for helper in helpers if not helper.cancel())])


def cut(output, columns):
    """Return the (rows, columns) slices of pieces, all about alike."""
    height, width = output
    across = math.ceil(width / math.ceil(width / columns))
    down = max(1, SUMS // across // ROWS) * ROWS
    down = -(-math.ceil(height / math.ceil(height / down)) // ROWS) * ROWS
    return [
        (slice(row, min(row + down, height)), slice(column, min(column + across, width)))
        for row in range(0, height, down)
        for column in range(0, width, across)
    ]

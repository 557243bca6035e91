"""How do all processors work on one picture? Each takes the next piece of its sums, until none is left."""

import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from convdemo.sums.memory import all_finite

SUMS = 3 * 2**17
"""Sums of a piece, at most. Smaller ones would stay in the cache, but threads wait for Python's lock, some 30 us each
time: with two, 3x3 on 1080x1920 took 9.9, 7.3, 5.4, 3.6 and 3.0 ms in pieces of 2**15 to 2**19, and 3.6 to 4.5 with
one; up to that size one is as quick."""

ROWS = 8
"""Pieces have a multiple of so many rows: as many as a product of `bands` makes."""

PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

_others = ThreadPoolExecutor(max(1, PROCESSORS - 1), thread_name_prefix="sums")


def work_through(image, windows, result, fill):
    """Fill `result` piece by piece; return whether all pixels of the image are finite.

    Args:
        image: float32 [height, width].
        windows: how windows lie on it.
        result: float32 [output height, output width].
        fill: writes the sums of a piece, from the pixels that its windows see.
    """
    places = cut(windows.output)
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


def cut(output):
    """Return the (rows, columns) slices of pieces, all about alike: whole rows, where they are not very long."""
    height, width = output
    across = math.ceil(width / math.ceil(width * ROWS / SUMS))
    down = SUMS // across // ROWS * ROWS
    down = -(-math.ceil(height / math.ceil(height / down)) // ROWS) * ROWS
    return [
        (slice(row, min(row + down, height)), slice(column, min(column + across, width)))
        for row in range(0, height, down)
        for column in range(0, width, across)
    ]

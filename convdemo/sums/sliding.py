"""How are the sums of all windows of a picture worked out: in NumPy, or by XLA strip by strip?

XLA works on several strips at once, on all processors, while the sums of an earlier one are written where they belong.
"""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np

from convdemo.sums.fourier import PIXELS, SIDES, Tiles, spectrum_of, sum_fourier
from convdemo.sums.memory import aligned_empty, all_finite, give_back
from convdemo.sums.programs import (
    FEW,
    FEW_FROM,
    SEPARABLE_SIZES,
    SIZES,
    few_cells,
    many_cells,
    sum_few,
    sum_many,
    sum_separable,
)
from convdemo.sums.strips import strips_for, used_cells
from convdemo.sums.ways import MOST_TERMS, REACH, Way, choose

AHEAD = 2
"""Strips that XLA is asked for before the first is waited for: that keeps two processors busy."""

IN_CACHE = 2**17
"""Outputs that NumPy adds up while they stay in the cache."""


def slide(image, kernel, bias, windows, *, is_exact=False):
    """Return the sums of all windows of an image: the bias, plus each cell of the kernel times what lies under it.

    Args:
        image: float32 [height, width].
        kernel: float32 [height, width], finite.
        bias: float32, added to every sum.
        windows: `Windows` that fit them.
        is_exact: whether a window must have the same sum, bit for bit, wherever it lies and whatever the stride.

    Returns:
        A float32 NumPy array [output height, output width], or None if a pixel is not finite.
    """
    result = aligned_empty(windows.output)
    way, how = choose(kernel, windows, is_exact=is_exact)
    if way == Way.NUMPY:
        _in_numpy(result, image, kernel, bias, windows)
        return result if all_finite(image) else None
    if way == Way.FOURIER:
        with jax.ensure_compile_time_eval():
            cut, run = _by_fourier(kernel, bias, windows, how)
    elif way == Way.SEPARABLE:
        cut, run = _separable(image, kernel, bias, windows, how)
    else:
        cut, run = _cell_by_cell(image, kernel, bias, windows)
    with jax.ensure_compile_time_eval():  # now, even if this call stands in a function that is being traced
        return result if _work_through(image, cut, run, result) else None


def _work_through(image, cut, run, result):
    """Fill `result` piece by piece; return whether all pixels are finite."""
    waiting, checked = deque(), 0
    for number, place in enumerate(cut.places, 1):
        to_check = image[checked : (checked := len(image) * number // len(cut.places))]
        if not all_finite(to_check):
            return False
        pixels, is_borrowed = cut.pixels(image, place)
        waiting.append((place, run(pixels), pixels if is_borrowed else None))
        if len(waiting) > AHEAD:
            _finish(cut, result, *waiting.popleft())
    for one in waiting:
        _finish(cut, result, *one)
    return True


def _finish(cut, result, place, sums, borrowed):
    cut.write(result, place, sums)  # waits for XLA
    if borrowed is not None:
        give_back(borrowed)


def _cell_by_cell(image, kernel, bias, windows):
    """The strips, and the program that makes the sums of one from its pixels."""
    strips = strips_for(image, windows, kernel)
    weights, length = kernel[used_cells(kernel)], strips.size.length
    if len(weights) <= FEW and length >= FEW_FROM:
        few = few_cells(strips.shifts, weights)
        return strips, lambda flat: sum_few(flat, *few, bias, length=length)
    many = many_cells(strips.shifts, weights)
    return strips, lambda flat: sum_many(flat, *many, bias, length=length)


def _separable(image, kernel, bias, windows, terms):
    """Likewise for two passes a term."""
    strips = strips_for(image, windows, kernel, sizes=SEPARABLE_SIZES, spare=REACH)
    length, between = strips.size.length, strips.size.pixels - REACH
    (down, below), (across, beside) = _used(terms.columns), _used(terms.rows)
    columns = many_cells(down * windows.dilation[0] * strips.width, below)
    rows = many_cells(strips.skip + across * windows.dilation[1], beside)
    count = np.int32(len(terms.rows))
    return strips, lambda flat: sum_separable(flat, rows, columns, count, bias, length=length, between=between)


def _by_fourier(kernel, bias, windows, side):
    """Likewise for tiles."""
    spectrum = spectrum_of(kernel, windows.dilation, side)
    return Tiles(windows, side), lambda tiles: sum_fourier(tiles, spectrum, bias)


def _used(vectors):
    """The places where any of some vectors is not zero, and what stands there; filled up to MOST_TERMS vectors."""
    places = np.flatnonzero(vectors.any(axis=0))
    return places, np.pad(vectors[:, places], ((0, MOST_TERMS - len(vectors)), (0, 0)))


def _in_numpy(result, image, kernel, bias, windows):
    """Fill `result`, some rows of it at a time."""
    rows, columns = windows.output
    at_once = max(1, IN_CACHE // columns)
    cells = [(cell, kernel[tuple(cell)]) for cell in np.argwhere(kernel)]
    for first in range(0, rows, at_once):
        sums = result[first : first + at_once]
        seen = windows.pixels(image, (first, 0), sums.shape)
        parts = [(windows.under(seen, cell, sums.shape), weight) for cell, weight in cells]
        if parts:
            np.multiply(*parts[0], out=sums)
        else:
            sums[...] = 0
        for part in parts[1:]:
            sums += np.multiply(*part)
        if bias:
            sums += bias


def warm_up():
    """Compile every program, all processors at once, so that nobody waits for one."""
    bias, weights, shifts = np.float32(0), np.ones(1, np.float32), np.zeros(1, np.int32)
    few, many, terms = few_cells(shifts, weights), many_cells(shifts, weights), many_cells(*_used(np.ones((1, 1))))

    def compile_for(size):
        flat, length = aligned_empty((size.pixels,)), size.length
        with jax.ensure_compile_time_eval():
            sum_many(flat, *many, bias, length=length)
            if length >= FEW_FROM:
                sum_few(flat, *few, bias, length=length)
            if size in SEPARABLE_SIZES:
                between = size.pixels - REACH
                sum_separable(flat, terms, terms, np.int32(0), bias, length=length, between=between)

    def compile_transforms(side):
        with jax.ensure_compile_time_eval():
            spectrum = spectrum_of(np.ones((1, 1), np.float32), (1, 1), side)
            sum_fourier(np.zeros((PIXELS // (side * side), side, side), np.float32), spectrum, bias)

    with ThreadPoolExecutor() as threads:
        compiling = [threads.submit(compile_for, size) for size in SIZES[::-1]]
        compiling += [threads.submit(compile_transforms, side) for side in SIDES]
        for one in compiling:
            one.result()

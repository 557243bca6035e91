"""How are the sums of all windows of a picture worked out, by the way that is chosen?

NumPy's ways fill the pieces of `pieces.work_through`. XLA takes strips or tiles, several at once, while the sums of an
earlier one are written where they belong.
"""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np

from convdemo.sums.bands import ACROSS, DOWN, Slide
from convdemo.sums.fourier import SHAPES, Tiles, spectrum_of, sum_fourier
from convdemo.sums.memory import aligned_empty, all_finite, give_back, scratch
from convdemo.sums.pieces import work_through
from convdemo.sums.programs import MIDDLE, SIZES, Cells
from convdemo.sums.rows import STEP, Rows
from convdemo.sums.strips import strips_for, used_cells
from convdemo.sums.ways import Way, choose

AHEAD = 2
"""Strips that XLA is asked for before the first is waited for: that keeps two processors busy."""


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
    way, terms = choose(kernel, windows, is_exact=is_exact)
    if way in (Way.CELLS, Way.FOURIER):
        with jax.ensure_compile_time_eval():  # now, even if this call stands in a function that is being traced
            cut, run = (_by_cells if way == Way.CELLS else _by_fourier)(image, kernel, bias, windows)
            return result if _by_xla(image, cut, run, result) else None
    fill = _separable(terms, windows) if terms else _WAYS[way](kernel, windows)

    def fill_with_bias(pixels, sums):
        fill(pixels, sums)
        if bias:
            sums += bias

    return result if work_through(image, windows, result, fill_with_bias) else None


# ---- by NumPy: functions that fill a piece of the sums from the pixels that it sees -------------------------


def _down(kernel, windows):
    """The only column of the kernel, which slides down."""
    (column,) = np.flatnonzero(kernel.any(axis=0))
    first = column * windows.dilation[1]
    return Slide(kernel[:, column], windows.stride, windows.dilation[0], DOWN, first=first).fill


def _across(kernel, windows):
    """The only row of the kernel, which slides across."""
    (row,) = np.flatnonzero(kernel.any(axis=1))
    first = row * windows.dilation[0]
    slide = Slide(kernel[row], windows.stride[::-1], windows.dilation[1], ACROSS, first=first)
    return lambda pixels, sums: slide.fill(pixels.T, sums.T)


def _separable(terms, windows):
    """Term by term, a row that slides across and then a column that slides down."""
    (down, across), columns, rows = windows.stride, np.float32(terms.columns), np.float32(terms.rows)
    slides = [
        (Slide(row, (across, 1), windows.dilation[1], ACROSS), Slide(column, (down, 1), windows.dilation[0], DOWN))
        for column, row in zip(columns, rows, strict=True)
    ]

    def fill(pixels, sums):
        with scratch((len(pixels), sums.shape[1])) as between:
            for number, (slide_across, slide_down) in enumerate(slides):
                slide_across.fill(pixels.T, between.T)
                if not number:
                    slide_down.fill(between, sums)
                    continue
                with scratch(sums.shape) as term:
                    slide_down.fill(between, term)
                    sums += term

    return fill


_WAYS = {Way.DOWN: _down, Way.ACROSS: _across}


# ---- by XLA: how a picture is cut, and the program that makes the sums of a piece from its pixels --------------------


def _by_cells(image, kernel, bias, windows):
    used = used_cells(kernel)
    if windows.stride == (1, 1) and not windows.is_padded and image.flags.c_contiguous:
        rows, columns = np.nonzero(used)
        shifts = rows * windows.dilation[0] * image.shape[1] + columns * windows.dilation[1]
        if (furthest := int(shifts[-1])) + STEP <= MIDDLE.room:
            cells = Cells(shifts, kernel[used], bias)
            return Rows(image, windows, furthest), lambda one, flat: cells.sum(flat, one.first, one.size.length)
    strips = strips_for(windows, kernel)
    cells = Cells(strips.shifts, kernel[used], bias)
    return strips, lambda _, flat: cells.sum(flat, 0, strips.size.length)


def _by_fourier(_image, kernel, bias, windows):
    tiles = Tiles(windows)
    spectrum = spectrum_of(kernel, windows.dilation, tiles.shape)
    return tiles, lambda _, tile: sum_fourier(tile, spectrum, bias)


def _by_xla(image, cut, run, result):
    """Fill `result` piece by piece; return whether all pixels are finite."""
    waiting, checked = deque(), 0
    for number, place in enumerate(cut.places, 1):
        pixels, is_borrowed = cut.pixels(image, place)
        waiting.append((place, run(place, pixels), pixels if is_borrowed else None))
        to_check = image[checked : (checked := len(image) * number // len(cut.places))]
        if not all_finite(to_check):
            return False
        while len(waiting) > (AHEAD if number < len(cut.places) else 0):
            _finish(cut, result, *waiting.popleft())
    return True


def _finish(cut, result, place, sums, borrowed):
    cut.write(result, place, sums)  # waits for XLA
    if borrowed is not None:
        give_back(borrowed)


def warm_up():
    """Compile every program, all processors at once, so that nobody waits for one."""
    bias, cells = np.float32(0), Cells(np.zeros(1, np.int32), np.ones(1, np.float32), 0)

    def compile_for(size):
        with jax.ensure_compile_time_eval():
            cells.sum(aligned_empty((size.pixels,)), 0, size.length)

    def compile_transforms(shape):
        with jax.ensure_compile_time_eval():
            spectrum = spectrum_of(np.ones((1, 1), np.float32), (1, 1), shape)
            sum_fourier(np.zeros(shape, np.float32), spectrum, bias)

    with ThreadPoolExecutor() as threads:
        work = [(compile_for, size) for size in SIZES[::-1]] + [(compile_transforms, shape) for shape in SHAPES]
        for one in [threads.submit(*each) for each in work]:
            one.result()

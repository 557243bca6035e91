"""How a picture after lies on the one before, against pictures that SciPy and OpenCV's rule made of a photo."""

import numpy as np
import pytest
from scipy import ndimage, signal

from convdemo.correlation import cross_correlate_loops
from convdemo.learning.alignment import align, border_of, fitting_shape, fitting_sizes
from convdemo.learning.least_squares import least_squares


def picture(height=70, width=90, seed=3):
    """Smooth noise with detail, as a photo has."""
    rng = np.random.default_rng(seed)
    noise = sum(ndimage.gaussian_filter(rng.standard_normal((height, width)), sigma) * sigma for sigma in (0.6, 3))
    return np.float32(0.5 + 0.15 * noise / noise.std()).clip(0.02, 0.98)


def rounded(values):
    """As a file of 8 bits holds them."""
    return np.float32(np.rint(255 * np.clip(values, 0, 1)) / 255)


def learned(before, after, shape, bias=False):
    alignment = align(before, after, shape, bias=bias)
    return alignment, least_squares(*alignment.cut(before, after), shape, bias=bias)


KERNELS = {
    (1, 2): [[0.7, 0.3]],
    (2, 1): [[0.6], [0.4]],
    (2, 2): [[0.4, 0.3], [0.2, 0.1]],
    (2, 3): [[0.375, 0.25, 0.125], [0.125, 0, 0.125]],
    (4, 3): np.arange(12).reshape(4, 3) / 66,
    (4, 4): np.arange(16).reshape(4, 4) / 120,
    (3, 3): np.arange(9).reshape(3, 3) / 36,
    (1, 5): [[0.1, 0.3, 0.2, 0.25, 0.15]],
}


@pytest.mark.parametrize("shape", KERNELS)
def test_a_kernel_is_found_however_a_program_puts_its_result(shape):
    before, kernel = picture(), np.asarray(KERNELS[shape], float)
    # scipy.ndimage and OpenCV: the middle of an even side is the pixel after the middle, side // 2; the chapter's is
    # (side - 1) // 2, so their windows begin a pixel earlier. scipy.ndimage.convolve turns the kernel and its middle.
    later = tuple(-(side % 2 == 0) for side in shape)
    for after, expected, shift in (
        (ndimage.correlate(before, kernel, mode="nearest"), kernel, later),
        (ndimage.convolve(before, kernel, mode="nearest"), kernel[::-1, ::-1], (0, 0)),
        (signal.correlate2d(before, kernel, "valid"), kernel, (0, 0)),
        (signal.convolve2d(before, kernel, "full"), kernel[::-1, ::-1], (0, 0)),
        (signal.correlate2d(before, kernel, "full"), kernel, (0, 0)),
    ):
        alignment, fit = learned(before, rounded(after), shape)
        assert (alignment.shift, alignment.turned) == (shift, False)
        np.testing.assert_allclose(fit.kernel, expected, atol=0.02)
        assert fit.floor / fit.positions < 1.2 / 255**2 / 12  # what rounding leaves


def test_a_layer_with_a_border_of_half_an_even_kernel_makes_one_pixel_more():
    before, kernel = picture(), np.asarray(KERNELS[4, 4], float)
    padded = np.pad(before, 2)  # as padding=2 in PyTorch: 70 + 4 - 3 = 71 rows
    alignment, fit = learned(before, np.float32(signal.correlate2d(padded, kernel, "valid")), (4, 4))
    assert alignment.shift == (0, 0)
    np.testing.assert_allclose(fit.kernel, kernel, atol=1e-3)


@pytest.mark.parametrize("shift", [(0, 1), (1, 0), (-1, 1), (1, 1)])
def test_a_picture_that_lies_a_pixel_off_is_moved_back(shift):
    before, kernel = picture(), np.asarray(KERNELS[3, 3], float)
    after = ndimage.shift(ndimage.correlate(before, kernel, mode="nearest"), [-by for by in shift], order=0)
    alignment, fit = learned(before, rounded(after), (3, 3))
    assert alignment.shift == shift
    np.testing.assert_allclose(fit.kernel, kernel, atol=0.02)


def test_a_picture_that_is_turned_by_180_degrees_is_turned_back():
    before, kernel = picture(), np.asarray(KERNELS[3, 3], float)
    alignment, fit = learned(before, rounded(ndimage.correlate(before, kernel))[::-1, ::-1], (3, 3))
    assert alignment.turned
    np.testing.assert_allclose(fit.kernel, kernel, atol=0.02)


def test_nothing_is_moved_without_need():
    before = picture()
    noisy = before + np.float32(np.random.default_rng(1).normal(0, 0.05, before.shape))
    for after in (before, before[::-1, ::-1] * 0 + 0.5, noisy, rounded(ndimage.uniform_filter(before, 7))):
        alignment = align(before, after, (3, 3), bias=False)
        assert (alignment.shift, alignment.turned) == ((0, 0), False)
    tiny = before[:4, :5]
    image, target = align(tiny, tiny, (3, 3), bias=False).cut(tiny, tiny)
    assert (image.shape, target.shape) == ((4, 5), (2, 3))
    np.testing.assert_array_equal(target, tiny[1:-1, 1:-1])


def test_a_kernel_that_is_larger_than_asked_for_is_not_taken_for_one_that_lies_off():
    before, kernel = picture(), np.zeros((5, 5))
    kernel[0, 0], kernel[0, 1], kernel[4, 4] = 0.5, 0.3, 0.2  # most of it lies up and to the left
    after = rounded(ndimage.correlate(before, kernel, mode="nearest"))
    assert align(before, after, (3, 3), bias=True).shift == (0, 0)
    assert align(before, after, (5, 5), bias=True).shift == (0, 0)


def test_parts_belong_together_for_every_shift_and_size():
    before = picture(20, 23)
    for shape in ((1, 1), (2, 3), (4, 2), (5, 5)):
        kernel = np.random.default_rng(7).random(shape)
        for after in (before, before[: 20 - shape[0] + 1, : 23 - shape[1] + 1]):
            alignment = align(before, after, shape, bias=False)
            image, target = alignment.cut(before, after)
            assert cross_correlate_loops(image, kernel).shape == target.shape


def test_sizes_that_no_kernel_of_the_shape_makes_are_none():
    before = picture(30, 40)
    for size in ((30, 39), (15, 20), (24, 34), (40, 30), (33, 43)):
        assert align(before, np.zeros(size, np.float32), (3, 3), bias=False) is None
    assert fitting_sizes((30, 40), (2, 5)) == [(30, 40), (29, 36), (31, 44)]
    assert fitting_shape((30, 40), (24, 34)) == (7, 7)
    assert fitting_shape((30, 40), (10, 20)) is None
    assert border_of(30, 33, 3) is None

"""Moving pictures, against what SciPy makes of them."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage, signal

from convdemo.kernels import KERNELS
from convdemo.why_convolution import (
    Convolution,
    FullyConnected,
    shift,
    shift_test,
    small_version,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
SOBEL = KERNELS["sobel_x"].weights


def picture(height, width, seed=0):
    return np.random.default_rng(seed).random((height, width), np.float32)


def grey(name):
    with Image.open(EXAMPLES / name) as file:
        return np.asarray(file.convert("L"), np.float32) / 255


@pytest.mark.parametrize("moved", [(0, 0), (2, 0), (0, -3), (-1, 4), (7, 1), (-7, -9), (50, -50)])
@pytest.mark.parametrize("shape", [(7, 9), (7, 9, 3)])
def test_shifting_is_what_scipy_does(moved, shape):
    image = np.random.default_rng(1).random(shape)
    for mode, scipy_mode in (("wrap", "grid-wrap"), ("zeros", "grid-constant")):
        expected = ndimage.shift(image, (*moved, 0)[: image.ndim], order=0, mode=scipy_mode)
        np.testing.assert_array_equal(shift(image, *moved, mode), expected)


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="mode is 'mirror', but the choices are wrap, zeros: use wrap"):
        shift(picture(3, 4), 1, 1, "mirror")
    with pytest.raises(ValueError, match=r"columns is 1\.5, but it must be a whole number from -100000 to 100000"):
        shift(picture(3, 4), 1, 1.5)


@settings(max_examples=60)
@given(
    size=st.tuples(st.integers(6, 40), st.integers(6, 40)),
    kernel=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    rows=st.integers(-12, 12),
    columns=st.integers(-12, 12),
    mode=st.sampled_from(["wrap", "zeros"]),
    step=st.tuples(st.integers(1, 2), st.integers(1, 2)),
)
def test_a_convolution_is_exactly_equivariant_inside(size, kernel, rows, columns, mode, step):
    rows, columns = rows * math.prod(step), columns * math.prod(step)
    image, weights = picture(*size), np.random.default_rng(2).normal(size=kernel)
    span = max(kernel) + (step[1] - 1) * step[0]
    if span > min(size):
        return
    test = shift_test(Convolution(weights, *step), image, rows, columns, mode)
    assert test.whole
    assert test.largest in (0, None)
    # What is left inside, by hand: the windows that the moved picture covers.
    for axis in (0, 1):
        reach = kernel[axis] + (step[1] - 1) * step[0]
        there = sum(
            0 <= output * math.prod(step) - (rows, columns)[axis] <= size[axis] - reach
            for output in range(test.inside.shape[axis])
        )
        assert test.inside.any(axis=1 - axis).sum() in (0, there)


@pytest.mark.parametrize("mode", ["wrap", "zeros"])
def test_on_a_photo_the_difference_is_zero_inside_and_only_there(mode):
    image = grey("coffee.png")
    test = shift_test(Convolution(SOBEL), image, 31, -17, mode)
    assert test.largest == 0
    assert test.inside.sum() == (398 - 31) * (598 - 17)
    assert np.abs(test.difference[~test.inside]).max() > 0.1  # the seam, or the border that came in
    expected = signal.correlate2d(test.image, SOBEL, mode="valid")
    np.testing.assert_allclose(test.map_of_shifted, expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(1024, 900), (701, 1023)])
@pytest.mark.parametrize("size", [2, 7, 31])
def test_no_rounding_differs_on_large_pictures(shape, size):
    kernel = np.random.default_rng(size).normal(size=(size, size))
    assert shift_test(Convolution(kernel), picture(*shape), 13, -101).largest == 0


@pytest.mark.parametrize("layer", [Convolution(SOBEL, stride=2), Convolution(SOBEL, pooling=2)])
def test_stride_and_pooling_follow_only_every_second_shift(layer):
    tests = [shift_test(layer, grey("chelsea.png"), 0, columns, "zeros") for columns in range(-4, 5)]
    assert [test.largest == 0 for test in tests] == [True, False] * 4 + [True]
    assert [test.whole for test in tests] == [True, False] * 4 + [True]
    assert [test.moves[1] for test in tests] == [-2, -2, -1, -1, 0, 0, 1, 1, 2]
    assert all(test.inside.any() for test in tests)


def test_stride_and_pooling_together_take_every_fourth():
    layer = Convolution(SOBEL, stride=2, pooling=2)
    zero = [shift_test(layer, grey("chelsea.png"), rows, 0).largest == 0 for rows in range(9)]
    assert [rows for rows in range(9) if zero[rows]] == [0, 4, 8]


def test_pooling_is_the_maximum_of_each_square():
    image = picture(11, 14)
    responses = signal.correlate2d(image, SOBEL, mode="valid")  # 9 x 12: the last row has no partner
    expected = [[responses[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max() for j in range(6)] for i in range(4)]
    np.testing.assert_allclose(Convolution(SOBEL, pooling=2)(image), expected, atol=1e-5)


@pytest.mark.parametrize("mode", ["wrap", "zeros"])
def test_a_fully_connected_layer_is_not_equivariant(mode):
    image = small_version(grey("coffee.png"))
    assert image.shape == (21, 32)
    layer = FullyConnected(image.shape, (19, 30), seed=3)
    test = shift_test(layer, image, 1, 2, mode)
    convolution = shift_test(Convolution(SOBEL), image, 1, 2, mode)
    np.testing.assert_array_equal(test.inside, convolution.inside)
    assert convolution.largest == 0
    assert test.largest > 0.1
    assert shift_test(layer, image, 0, 0, mode).largest == 0


def test_a_shift_out_of_the_picture_leaves_nothing_inside():
    test = shift_test(Convolution(SOBEL), picture(8, 12), 6, 0, "zeros")
    assert not test.inside.any()
    assert test.largest is None


def test_the_same_seed_gives_the_same_layer_and_another_seed_another():
    one, again, other = (FullyConnected((5, 6), (3, 4), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.weights, again.weights)
    assert not np.array_equal(one.weights, other.weights)
    assert one.weights.shape == (12, 30)


def test_a_fully_connected_layer_is_a_sum_over_all_pixels():
    layer, image = FullyConnected((5, 6), (3, 4)), picture(5, 6)
    expected = np.tensordot(layer.weights.reshape(3, 4, 5, 6), image.astype(np.float64), axes=2)
    np.testing.assert_allclose(layer(image), expected, rtol=1e-5, atol=1e-6)


def test_fully_connected_layers_of_photos_are_refused():
    with pytest.raises(ValueError, match="size is 400x600, which needs 57 120 960 000 weights, but at most 1 048 576"):
        FullyConnected((400, 600), (398, 598))
    with pytest.raises(ValueError, match=r"image is .*, but the layer has weights for"):
        FullyConnected((5, 6), (3, 4))(picture(6, 5))
    FullyConnected(32, 30)  # what small_version makes always fits
    with pytest.raises(ValueError, match="outputs is 7, but it must be a whole number from 1 to 5: use 5"):
        FullyConnected((5, 6), (7, 4))


def test_a_small_version_averages():
    image = picture(8, 64)
    np.testing.assert_allclose(
        small_version(image), image.reshape(4, 2, 32, 2).mean(axis=(1, 3)), atol=1e-6
    )  # half the size: the mean of each 2x2
    assert small_version(image, 64) is image
    assert small_version(picture(3, 900)).shape == (1, 32)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Convolution([1, 2, 3]), "kernel has shape"),
        (lambda: Convolution(SOBEL, stride=0), "stride is 0"),
        (lambda: Convolution(SOBEL, pooling=1.5), "pooling is 1.5"),
        (lambda: Convolution(SOBEL, pooling=4)(picture(5, 9)), "kernel 6x6 spans 6 pixels, but the padded image"),
    ],
)
def test_layers_that_cannot_be_are_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()

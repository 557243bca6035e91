"""Painting pictures, and counting by hand which outputs change."""

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convdemo.kernels import KERNELS
from convdemo.why_convolution import Convolution, FullyConnected, locality_test, small_version

EXAMPLES = Path(__file__).parents[2] / "examples"
SOBEL = KERNELS["sobel_x"].weights


def picture(height, width, seed=0):
    return np.random.default_rng(seed).random((height, width), np.float32)


def grey(name):
    with Image.open(EXAMPLES / name) as file:
        return np.asarray(file.convert("L"), np.float32) / 255


def test_one_pixel_changes_k_by_k_outputs_of_a_convolution_and_all_of_a_fully_connected_layer():
    image = small_version(grey("coffee.png"))
    for side in (1, 2, 3, 5):
        test = locality_test(Convolution(np.full((side, side), 0.3)), image, 9, 14)
        assert test.changed.sum() == side**2
        assert (len(test.rows), len(test.columns)) == (side, side)
        assert test.changed[test.rows.start : test.rows.stop, test.columns.start : test.columns.stop].all()
    assert locality_test(FullyConnected(image.shape, (19, 30)), image, 9, 14).changed.all()


def test_where_a_weight_is_zero_nothing_changes():
    test = locality_test(Convolution(SOBEL), picture(9, 12), 4, 5)
    # The output at (4 - a, 5 - b) changes by weight (a, b): the kernel's own pattern, flipped.
    np.testing.assert_array_equal(test.changed[2:5, 3:6], SOBEL[::-1, ::-1] != 0)
    assert test.changed.sum() == 6
    delta = test.image[4, 5] - picture(9, 12)[4, 5]
    np.testing.assert_allclose(test.difference[2:5, 3:6], SOBEL[::-1, ::-1] * delta, atol=1e-5)


@pytest.mark.parametrize(
    ("row", "column", "side", "expected"),
    [
        (4, 5, 3, (5, 5)),  # p + k - 1 each way
        (0, 0, 1, (1, 1)),  # a corner is seen by one window
        (0, 5, 1, (1, 3)),
        (8, 11, 4, (1, 1)),  # what sticks out is cut off
        (0, 0, 50, (7, 10)),
    ],
)
def test_a_patch_reaches_as_far_as_the_windows_that_meet_it(row, column, side, expected):
    test = locality_test(Convolution(np.ones((3, 3))), picture(9, 12), row, column, side)
    assert (len(test.rows), len(test.columns)) == expected
    assert test.changed.sum() == math.prod(expected)


@pytest.mark.parametrize(("stride", "pooling"), [(2, 1), (1, 2), (3, 2)])
def test_the_reach_holds_every_change_with_stride_and_pooling(stride, pooling):
    layer = Convolution(np.ones((3, 2)), stride, pooling)
    image = picture(19, 23)
    reached = np.zeros(layer(image).shape, bool)
    for row in range(0, 19, 3):
        for column in range(0, 23, 4):
            test = locality_test(layer, image, row, column)
            reached[:] = False
            reached[test.rows.start : test.rows.stop, test.columns.start : test.columns.stop] = True
            assert not (test.changed & ~reached).any()
            if pooling == 1:
                np.testing.assert_array_equal(test.changed, reached)


def test_a_patch_outside_is_refused():
    with pytest.raises(ValueError, match="row is 9, but it must be a whole number from 0 to 8: use 8"):
        locality_test(Convolution(SOBEL), picture(9, 12), 9, 0)

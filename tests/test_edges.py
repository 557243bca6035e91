"""Edge pictures, against SciPy: two of its maps, squared, added, and the root taken, in float64."""

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal

from convdemo.correlation import convolve
from convdemo.edges import both_directions, edge_strength
from convdemo.kernels import KERNELS


def random_image(height=23, width=34, seed=0):
    return np.random.default_rng(seed).random((height, width), dtype=np.float32)


def test_sobel_is_the_gradient_of_scipy():
    image = random_image()
    # scipy.ndimage.sobel correlates with [-1, 0, 1] along one axis and [1, 2, 1] along the other; "mirror" is our
    # "reflect".
    across, down = (scipy.ndimage.sobel(image.astype(float), axis, mode="mirror") for axis in (1, 0))
    expected = np.sqrt(across**2 + down**2)
    edges = edge_strength(image, KERNELS["sobel_x"].weights, padding=1, padding_mode="reflect")
    assert edges.dtype == np.float32
    np.testing.assert_allclose(edges, expected, atol=1e-5)
    other = edge_strength(image, KERNELS["sobel_y"].weights, padding=1, padding_mode="reflect")
    np.testing.assert_allclose(other, expected, atol=1e-5)  # whichever of the two is chosen


@pytest.mark.parametrize("slide", ["correlate2d", "convolve2d"])
@pytest.mark.parametrize(("height", "width"), [(3, 3), (1, 2), (4, 1), (2, 5)])
def test_any_kernel_and_its_transpose(slide, height, width):
    image, kernel = random_image(seed=1), np.random.default_rng(2).normal(size=(height, width))
    side = max(height, width)
    square = np.zeros((side, side))  # by hand: half of what is missing before, the odd one after
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = kernel
    maps = [getattr(scipy.signal, slide)(image.astype(float), weights, mode="valid") for weights in (square, square.T)]
    expected = np.sqrt(maps[0] ** 2 + maps[1] ** 2)[::2, ::2]
    options = {"slide": convolve} if slide == "convolve2d" else {}
    np.testing.assert_allclose(edge_strength(image, kernel, stride=2, **options), expected, atol=1e-4)


def test_an_edge_is_as_strong_in_every_direction():
    rows, columns = np.mgrid[:31, :40]
    ramps = [np.cos(angle) * columns + np.sin(angle) * rows for angle in np.radians([0, 30, 90, 200])]
    for ramp in ramps:  # of slope 1: Sobel's answer is 8, the sum of its weights times their distances
        np.testing.assert_allclose(edge_strength(ramp, KERNELS["sobel_x"].weights), 8, rtol=1e-5)


def test_numbers_whose_squares_float32_cannot_hold():
    edges = edge_strength([[0, 3e30], [4e30, 0]], [[-1, 1]])
    np.testing.assert_allclose(edges, [[5e30]], rtol=1e-6)


def test_what_is_no_kernel_is_refused():
    with pytest.raises(ValueError, match="kernel is empty"):
        both_directions(np.zeros((0, 3)))

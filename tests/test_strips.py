"""Large pictures strip by strip, against SciPy on the whole picture."""

import numpy as np
import pytest
import scipy.signal

from convdemo import strips
from convdemo.correlation import cross_correlate
from convdemo.edges import edge_strength
from convdemo.strips import in_strips

NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}  # np.pad's names


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate"])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (3, 2), (5, 1)])
def test_strips_together_are_the_map_of_the_whole_picture(mode, stride, dilation, monkeypatch):
    monkeypatch.setattr(strips, "MOST_PIXELS", 400)  # some rows of 53 pixels and the padding
    rng = np.random.default_rng(0)
    image, kernel = rng.random((61, 47), dtype=np.float32), rng.normal(size=(4, 3))
    sides = ((3, 4), (2, 4))
    spread = np.zeros((dilation * 3 + 1, dilation * 2 + 1))
    spread[::dilation, ::dilation] = kernel
    padded = np.pad(image.astype(float), sides, mode=NUMPY_MODES[mode])
    expected = scipy.signal.correlate2d(padded, spread, mode="valid")[::stride, ::stride]
    layer = {"stride": stride, "padding": sides, "padding_mode": mode, "dilation": dilation}
    result = in_strips(cross_correlate, image, kernel, **layer)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_no_strip_is_larger_than_the_limit(monkeypatch):
    monkeypatch.setattr(strips, "MOST_PIXELS", 1000)
    sizes = []

    def make(image, kernel, **layer):
        sizes.append(image.shape)
        return cross_correlate(image, kernel, **layer)

    in_strips(make, np.zeros((97, 50)), np.ones((3, 3)))
    assert len(sizes) > 1
    assert max(rows * columns for rows, columns in sizes) <= 1000


def test_an_edge_picture_in_strips_is_that_of_the_whole_picture(monkeypatch):
    image, kernel = np.random.default_rng(1).random((70, 41)), np.array([[-1.0, 0, 1]])
    square = np.zeros((3, 3))
    square[1] = kernel  # by hand: filled up to a square
    maps = [scipy.signal.correlate2d(image, weights, mode="valid") for weights in (square, square.T)]
    monkeypatch.setattr(strips, "MOST_PIXELS", 500)
    np.testing.assert_allclose(in_strips(edge_strength, image, square), np.hypot(*maps), atol=1e-5)

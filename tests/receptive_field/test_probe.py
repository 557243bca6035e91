"""Which pixels a unit depends on, where the answer is plain to see."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from convdemo.layers import Conv2D
from convdemo.receptive_field import StackError, measure_receptive_field


def places(depends):
    return list(map(tuple, np.argwhere(depends).tolist()))


def test_a_layer_of_ours_depends_on_its_window():
    depends = measure_receptive_field(Conv2D((2, 3), stride=2, rngs=nnx.Rngs(0)), (7, 10), (1, 2))
    assert depends.shape == (7, 10)
    assert depends.dtype == bool
    assert places(depends) == [(row, column) for row in (2, 3) for column in (4, 5, 6)]


def test_a_weight_of_zero_and_a_relu_that_is_off_still_count():
    def function(image):
        return jax.nn.relu(0 * image[:, 1:] - image[:, :-1] - 100)

    assert places(measure_receptive_field(function, (2, 4), (1, 2))) == [(1, 2), (1, 3)]


def test_every_pixel_under_a_maximum_counts_and_padding_does_not():
    def function(image):
        return nnx.max_pool(image, (3, 3), strides=(2, 2), padding=((1, 1), (1, 1)))

    assert places(measure_receptive_field(function, (5, 7, 1), (0, 3))) == [(0, 5), (0, 6), (1, 5), (1, 6)]


@pytest.mark.parametrize("side", [1, 2, 3])
def test_a_maximum_over_windows_that_do_not_overlap_counts_each_pixel(side):
    # XLA's max pooling on a CPU drops nan here.
    depends = measure_receptive_field(lambda image: nnx.max_pool(image, (side,) * 2, (side,) * 2), (12, 18, 1), (2, 3))
    assert places(depends) == [(2 * side + row, 3 * side + column) for row in range(side) for column in range(side)]


def test_a_relu_that_is_written_by_hand_counts():
    assert places(measure_receptive_field(lambda image: jnp.where(image > 0.5, image, 0), (4, 5), (1, 2))) == [(1, 2)]


def test_any_channel_of_a_pixel_counts():
    assert places(measure_receptive_field(lambda image: image[..., 1:] + 0, (2, 3, 2), (1, 2))) == [(1, 2)]


def test_a_unit_may_depend_on_nothing():
    assert not measure_receptive_field(jnp.zeros_like, (3, 4), (0, 0)).any()


@pytest.mark.parametrize(
    ("function", "shape", "unit", "said"),
    [
        (lambda image: image / 0 * 0, (3, 4), (0, 0), "function gives nan or inf for an image in"),
        (lambda image: image.sum(), (3, 4), (0, 0), "function gives shape \\(\\)"),
        (lambda image: image, (3, 4), (3, 0), "unit is \\(3, 0\\), but the map is 3x4"),
        (lambda image: image, (3,), (0, 0), "input_shape is \\(3,\\), but it must be"),
        (lambda image: image, (0, 4), (0, 0), "input_shape is"),
        (lambda image: image, (4000, 4000), (0, 0), "at most 65 536 pixels"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(function, shape, unit, said):
    with pytest.raises(StackError, match=said):
        measure_receptive_field(function, shape, unit)

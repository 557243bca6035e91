"""How much each pixel counts: against jax.grad, and against what Luo et al. (2016) derive on paper."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from convdemo.receptive_field import (
    MODELS,
    NETWORKS,
    Layer,
    Parallel,
    StackError,
    effective_receptive_field,
    effective_receptive_fields,
    receptive_field,
    uniform_spread,
    used_pixels,
)
from convdemo.receptive_field.gradient import CHANNELS

THREE = Layer(3, padding=1)


def boxes(layers, axis):
    """Luo et al., section 2.2, along an axis: a box for each layer, its cells dilation times jump apart, convolved."""
    result, jump = np.ones(1), 1
    for layer in layers:
        box = np.zeros((layer.kernel[axis] - 1) * layer.dilation[axis] * jump + 1)
        box[:: layer.dilation[axis] * jump] = 1 / layer.kernel[axis]
        result, jump = np.convolve(result, box), jump * layer.stride[axis]
    return result


def deviation(weights):
    places = np.arange(len(weights))
    mean = np.average(places, weights=weights)
    return np.sqrt(np.average((places - mean) ** 2, weights=weights))


# --- Uniform weights: known on paper ---

STACKS = [
    [THREE] * 5,
    [Layer((3, 5)), Layer(2, stride=(2, 1)), Layer((1, 4), dilation=3)],
    [Layer(3, dilation=2)] * 2,
    [Layer(7, 2, 3), Layer(3, 2, 1, kind="pooling"), THREE, Layer(2, 2, kind="pooling")],
    [],
]


@pytest.mark.parametrize("layers", STACKS)
def test_uniform_weights_spread_the_influence_by_boxes(layers):
    field = effective_receptive_field(layers)
    expected = np.outer(boxes(layers, 0), boxes(layers, 1))
    assert field.influence.dtype == np.float32
    np.testing.assert_allclose(field.influence, expected, atol=1e-6)
    assert field.influence.shape == receptive_field(layers).size == (len(field.rows), len(field.columns))
    assert (field.rows, field.columns) == receptive_field(layers).window()
    assert field.spread == pytest.approx([deviation(boxes(layers, axis)) for axis in (0, 1)], abs=1e-5)
    assert field.draws == 1


@pytest.mark.parametrize("layers", STACKS)
def test_the_spread_of_uniform_weights_is_the_root_of_the_sum_of_variances(layers):
    found = uniform_spread(layers)
    assert len(found) == len(layers)
    for depth, spread in enumerate(found, start=1):
        assert spread == pytest.approx([deviation(boxes(layers[:depth], axis)) for axis in (0, 1)])


def test_the_spread_grows_like_the_root_of_the_depth_while_the_field_grows_like_the_depth():
    # Each 3-wide box has the variance 2/3.
    spreads = [rows for rows, _ in uniform_spread([THREE] * 40)]
    np.testing.assert_allclose(spreads, np.sqrt(np.arange(1, 41) * 2 / 3))
    shares = [effective_receptive_field([THREE] * depth).share for depth in (1, 5, 20, 40)]
    assert shares == sorted(shares, reverse=True)
    # A Gaussian in the plane, sigma = sqrt(40 * 2/3) = 5.16: the square that holds 95 % has half a side of 2.236 sigma.
    field = effective_receptive_field([THREE] * 40)
    assert field.side == pytest.approx(2 * 2.236 * 5.164 + 1, abs=2)
    assert field.share == pytest.approx(field.side**2 / 81**2)


def test_parallel_paths_count_alike():
    layers = [Parallel(((Layer(5, padding=2),), (), (THREE, THREE)))]
    expected = np.zeros((5, 5))
    expected[2, 2] += 1
    expected += np.full((5, 5), 1 / 25) + np.outer(boxes([THREE] * 2, 0), boxes([THREE] * 2, 0))
    field = effective_receptive_field(layers)
    np.testing.assert_allclose(field.influence, expected / 3, atol=1e-6)
    assert uniform_spread(layers)[0] == pytest.approx(field.spread, abs=1e-5)
    # Centres that do not line up widen it too: boxes around 0 and around 1.
    layers = [Parallel(((THREE,), (Layer(3),)))]
    field = effective_receptive_field(layers)
    np.testing.assert_allclose(field.influence.sum(axis=0), np.array([1, 2, 2, 1]) / 6, atol=1e-6)
    assert uniform_spread(layers)[0] == pytest.approx(field.spread, abs=1e-5)


def test_the_square_holds_95_percent():
    # One 5x5 box: of the squares around its middle, only the whole holds 95 %; of a long one, by hand, too.
    assert (effective_receptive_field([Layer(5)]).side, effective_receptive_field([Layer(5)]).share) == (5, 1)
    field = effective_receptive_field([Layer((1, 40))])
    assert field.side == 38  # 38 of 40 are 95 %
    assert field.share == pytest.approx(38 / 40)
    # Around the middle of an even field, which lies between two pixels.
    assert effective_receptive_field([Layer(2)]).side == 2


# --- The gradient, against automatic differentiation ---


def gradient_by_jax(layers, model, weights, image, unit):
    """The gradient of channel 0 of a unit, by jax.grad through lax.conv and reduce_window."""

    def run(layers, image, last):
        for layer in layers:
            if isinstance(layer, Parallel):
                paths = [run(path, image, last) for path in layer.paths]
                image = sum(paths[1:], paths[0]) / jnp.float32(len(paths))
                continue
            window, stride = (*layer.kernel, 1), (*layer.stride, 1)
            padding = (*layer.sides(image.shape[:2]), (0, 0))
            if layer.kind == "convolution":
                image = lax.conv_general_dilated(
                    image[None], next(weights), layer.stride, padding[:2], rhs_dilation=layer.dilation,
                    dimension_numbers=("NHWC", "HWIO", "NHWC"),
                )[0]  # fmt: skip
                image = jax.nn.relu(image) if model == "relu" and layer is not last else image
            elif model == "relu":
                image = lax.reduce_window(image, -jnp.inf, lax.max, window, stride, padding)
            else:
                total = lax.reduce_window(image, 0.0, lax.add, window, stride, padding)
                image = total / jnp.float32(np.prod(layer.kernel))
        return image

    return jax.grad(lambda image: run(layers, image, layers[-1])[(*unit, 0)])(image)


def drawn_weights(layers, model, numbers):
    """The weights in the order in which the module draws them: path after path, layer after layer."""
    for layer in layers:
        if isinstance(layer, Parallel):
            for path in layer.paths:
                yield from drawn_weights(path, model, numbers)
        elif layer.kind == "convolution":
            gain = (2 if model == "relu" else 1) / (np.prod(layer.kernel) * CHANNELS)
            drawn = numbers.standard_normal((*layer.kernel, CHANNELS, CHANNELS), np.float32)
            yield jnp.asarray(drawn * np.float32(np.sqrt(gain)))


@pytest.mark.parametrize("unit", [(0, 0), (3, 2), (5, 8)])
@pytest.mark.parametrize("model", ["linear", "relu"])
def test_the_influence_is_the_gradient_that_jax_computes(model, unit):
    layers = [
        Layer((3, 2), padding=1),
        Layer((2, 3), stride=(2, 1), padding=(0, 1), kind="pooling"),
        Parallel(((Layer(3, padding="SAME", dilation=2), Layer((1, 3), padding="SAME")), ())),
        Layer(3, padding=((1, 1), (0, 1)), stride=(1, 2)),
    ]
    size = (12, 17)
    field = effective_receptive_field(layers, model, unit=unit, input_size=size, draws=1, seed=5)
    numbers = np.random.default_rng((5, 0))
    image = np.zeros((*size, CHANNELS), np.float32)
    place = np.ix_(field.rows, field.columns)
    if model == "relu":  # what the unit does not see is not drawn, and does not matter
        image[place] = numbers.standard_normal((len(field.rows), len(field.columns), CHANNELS), np.float32)
    gradient = gradient_by_jax(layers, model, drawn_weights(layers, model, numbers), image, unit)
    expected = np.sqrt(np.mean(np.square(gradient), axis=-1))
    np.testing.assert_allclose(field.influence, (expected / expected.sum())[place], rtol=1e-3, atol=1e-6)
    outside = np.ones(size, bool)
    outside[place] = False
    assert np.all(expected[outside] == 0)
    assert expected.any()


# --- Random weights ---


def test_the_variance_of_the_random_gradient_is_the_repeated_box():
    # Luo et al., section 2.3: so its root mean square is the root of the boxes of section 2.2.
    layers = [THREE, Layer((5, 3), 2), THREE]
    field = effective_receptive_field(layers, "linear", draws=300)
    expected = np.sqrt(np.outer(boxes(layers, 0), boxes(layers, 1)))
    expected /= expected.sum()
    np.testing.assert_allclose(field.influence, expected, rtol=0.15, atol=0.1 * expected.mean())
    assert field.spread == pytest.approx([deviation(np.sqrt(boxes(layers, axis))) for axis in (0, 1)], rel=0.02)


@pytest.mark.parametrize("model", ["linear", "relu"])
def test_random_fields_grow_like_the_root_of_the_depth_too(model):
    # Luo et al., theorem 1 and figure 1: from 4 to 16 layers the width doubles, while the field is 3.7 times as large.
    shallow, deep = (effective_receptive_field([THREE] * depth, model, draws=60) for depth in (4, 16))
    for axis in (0, 1):
        assert deep.spread[axis] / shallow.spread[axis] == pytest.approx(2, rel=0.15)
    assert deep.share < shallow.share


def test_random_fields_lie_around_the_middle_and_are_wider_than_uniform_ones():
    uniform, linear = (effective_receptive_field([THREE] * 16, model, draws=60) for model in ("uniform", "linear"))
    assert np.unravel_index(linear.influence.argmax(), linear.influence.shape) == pytest.approx((16, 16), abs=4)
    assert linear.spread[0] / uniform.spread[0] == pytest.approx(np.sqrt(2), rel=0.1)  # the root of a Gaussian


def test_the_same_seed_gives_the_same_field_and_another_seed_another():
    one, again, other = (effective_receptive_field([THREE] * 3, "relu", draws=3, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.influence, again.influence)
    assert not np.array_equal(one.influence, other.influence)
    # The first draws do not depend on how many follow.
    first, *_ = effective_receptive_fields([THREE] * 3, "relu", draws=9, seed=1)
    last = effective_receptive_field([THREE] * 3, "relu", draws=1, seed=1)
    np.testing.assert_array_equal(first.influence, last.influence)


def test_the_field_comes_draw_by_draw_and_can_be_stopped():
    fields = effective_receptive_fields([THREE] * 3, "linear", draws=1000)
    assert [next(fields).draws for _ in range(3)] == [1, 2, 3]
    fields.close()
    assert len(list(effective_receptive_fields([THREE], "uniform", draws=20))) == 1


# --- On a photo ---


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("unit", [(0, 0), (2, 5), None])
def test_only_pixels_of_the_photo_that_are_used_have_an_influence(model, unit):
    layers = [Layer(3, 2, "SAME", 1), Layer((5, 3), 1, 2, 2), Layer(3, padding=1)]
    field = effective_receptive_field(layers, model, unit=unit, input_size=(14, 23), draws=4)
    assert 0 <= field.rows.start <= field.rows.stop <= 14
    assert 0 <= field.columns.start <= field.columns.stop <= 23
    rows, columns = used_pixels(layers, (1, 5) if unit is None else unit, (14, 23))  # the middle of 4x12
    influence = field.influence > 0
    assert [field.rows[row] for row in np.flatnonzero(influence.any(axis=1))] == list(rows)
    assert [field.columns[column] for column in np.flatnonzero(influence.any(axis=0))] == list(columns)
    assert field.influence.sum() == pytest.approx(1, abs=1e-5)


def test_zeros_around_the_photo_take_influence_away():
    # By hand, along a row: unit 0 of the second layer averages units -1 (padding), 0 and 1 of the first.
    field = effective_receptive_field([THREE, THREE], unit=(0, 8), input_size=(20, 20))
    assert (field.rows, field.columns) == (range(3), range(6, 11))
    np.testing.assert_allclose(field.influence.sum(axis=1), np.array([2, 2, 1]) / 5, atol=1e-6)


def test_a_unit_that_sees_only_padding_has_no_field():
    field = effective_receptive_field([Layer(3, padding=9), THREE], "relu", unit=(0, 4), input_size=(8, 12), draws=2)
    assert field.influence.size == 0
    assert (field.spread, field.side, field.share) == ((0, 0), 0, 0)


def test_a_deep_network_on_a_photo():
    layers = NETWORKS["ResNet-18"].layers
    field = effective_receptive_field(layers, input_size=(300, 400))
    assert field.influence.shape == (300, 400)
    assert field.spread[1] < uniform_spread(layers)[-1][1]  # the photo cuts the tails
    assert 0 < field.share < 0.5


# --- What is refused ---


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"model": "sigmoid"}, "model is 'sigmoid', but the models are uniform, linear, relu: use uniform"),
        ({"draws": 0}, "draws is 0, but it must be a whole number from 1 to 1000"),
        ({"draws": 10**9}, "draws is 1000000000"),
        ({"draws": 2.5}, "draws is 2.5"),
        ({"seed": -1}, "seed is -1"),
        ({"unit": (9, 0), "input_size": 9, "layers": [Layer(3)]}, "unit is \\(9, 0\\), but the map is 7x7"),
        ({"layers": [Layer(3, 2, "SAME")]}, "the padding is undetermined"),
        ({"layers": [Layer(9)], "input_size": (8, 20)}, "layer 1: spans 9x9 pixels, but only 8x20"),
        ({"layers": [Layer(3, 3)] * 9}, "choose a layer less deep, a smaller picture$"),
        ({"layers": [THREE] * 300, "model": "relu"}, "choose a layer less deep, a smaller picture, or uniform weights"),
        ({"layers": [3]}, "layer 1: 3 is not a layer"),
    ],
)
def test_what_cannot_be_measured_is_said_at_once_in_a_sentence(arguments, said):
    with pytest.raises(StackError, match=said):
        effective_receptive_fields(**{"layers": [THREE], **arguments})


def test_uniform_spread_needs_the_padding_only_where_paths_are_joined():
    assert uniform_spread([Layer(3, 2, "SAME")])[0][0] == pytest.approx(np.sqrt(2 / 3))
    block = Parallel(((Layer(3, 2, "SAME"),), (Layer(1, 2),)))
    with pytest.raises(StackError, match="the padding of parallel paths is undetermined: give input_size"):
        uniform_spread([block])
    assert uniform_spread([block], 9)[0][0] == pytest.approx(np.sqrt(1 / 3))  # half of 2/3; both centres are at 0

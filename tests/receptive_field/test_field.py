"""The arithmetic, against published tables, against counting by hand, and against what Flax modules depend on.

"Araujo" stands for google-research/receptive_field, whose tests compute the same small graphs with TensorFlow.
"""

import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from convdemo import receptive_field as module
from convdemo.receptive_field import (
    Layer,
    Parallel,
    StackError,
    effective_receptive_fields,
    growth,
    measure_receptive_field,
    output_sizes,
    parse_stack,
    receptive_field,
    uniform_spread,
    used_pixels,
)


def rows(layers, input_size=None):
    """Size, jump and padding after each layer, along the rows."""
    return [(field.size[0], field.jump[0], field.padding[0]) for field in growth(layers, input_size)]


def stack(*layers):
    """Layers from (kernel, stride, padding)."""
    return [Layer(*layer) for layer in layers]


# --- FACTS, sections 1 and 2 ---


@pytest.mark.parametrize("depth", range(1, 8))
def test_layers_of_3x3_see_two_pixels_more_each(depth):
    assert receptive_field([Layer(3)] * depth).size == (2 * depth + 1,) * 2  # FACTS, section 1: 2 L + 1


def test_three_3x3_layers_see_what_one_7x7_sees():
    assert rows([Layer(3)] * 3)[-1] == rows([Layer(7)])[-1] == (7, 1, 0)
    assert rows([Layer(3)] * 2)[-1] == (5, 1, 0)


def test_alexnet_typed_by_hand():
    layers = stack((11, 4, 0), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 0))
    assert rows(layers)[-1] == (195, 32, 64)


def test_a_resnet_stem():
    found = rows(stack((7, 2, 3), (3, 2, 1), (3, 2, 1)))
    assert [(size, jump) for size, jump, _ in found] == [(7, 2), (11, 4), (19, 8)]


def test_pairs_of_3x3_and_pooling():
    found = rows(stack((3, 1), (3, 1), (2, 2)) * 3)
    assert [found[i][:2] for i in (2, 5, 8)] == [(6, 2), (16, 4), (36, 8)]


def test_dilations_that_double():
    assert [size for size, *_ in rows([Layer(3, dilation=2**n) for n in range(5)])] == [3, 7, 15, 31, 63]


def test_every_second_layer_strides():
    assert [size for size, *_ in rows([Layer(3, stride=1 + n % 2) for n in range(5)])] == [3, 5, 9, 13, 21]


def test_rows_and_columns_are_counted_separately():
    # Araujo, test network 5 has 3x5 and 3x1 with strides 2: 7 and 5, jumps 4 (its x is the column).
    field = receptive_field([Layer((3, 5), stride=2), Layer((3, 1), stride=2)])
    assert (field.size, field.jump, field.padding) == ((7, 5), (4, 4), (0, 0))
    # By hand.
    field = receptive_field([Layer((1, 3), (1, 2), (0, 1)), Layer((5, 2), (3, 1), (2, (1, 0)), (1, 4))])
    assert (field.size, field.jump, field.padding) == ((5, 11), (3, 2), (2, 3))


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 3), st.integers(1, 3)), max_size=6))
def test_the_closed_formula(numbers):
    # FACTS, section 1: r = 1 + sum of (k_i - 1) d_i times the product of the strides before.
    layers = [Layer(kernel, stride=stride, dilation=dilation) for kernel, stride, dilation in numbers]
    expected = 1 + sum((k - 1) * d * math.prod(s for _, s, _ in numbers[:i]) for i, (k, _, d) in enumerate(numbers))
    assert receptive_field(layers).size == (expected, expected)
    assert receptive_field(layers).jump[0] == math.prod(s for _, s, _ in numbers)


def test_a_stack_without_layers_sees_one_pixel():
    field = receptive_field([])
    assert (field.size, field.jump, field.padding) == ((1, 1), (1, 1), (0, 0))
    assert field.window((3, -4)) == (range(3, 4), range(-4, -3))
    assert growth([]) == ()


def test_two_stacks_one_after_the_other_are_like_one():
    layers = stack((3, 2, 1), (5, 1, 2), (2, 2, 0), (3, 3, 1))
    for cut in range(5):
        first, second = receptive_field(layers[:cut], (64, 48)), layers[cut:]
        assert first.then(receptive_field(second, first.output_size)) == receptive_field(layers, (64, 48))


# --- SAME ---


def test_same_padding_with_unknown_size_is_undetermined_and_says_so():
    field = receptive_field(parse_stack("3,1,1,SAME;3,2,1,SAME"))
    assert (field.size, field.jump, field.padding) == ((5, 5), (2, 2), (None, None))
    for question in (field.window, field.centre, lambda: field.units_seeing((0, 0))):
        with pytest.raises(StackError, match="the padding is undetermined"):
            question()
    with pytest.raises(StackError, match="since SAME with a stride depends on the size of the input: give input_size"):
        used_pixels(parse_stack("3,1,1,SAME;3,2,1,SAME"))


def test_same_padding_is_resolved_as_in_tensorflow():
    # TensorFlow: for an even size and stride 2, a 3x3 kernel gets one pixel, and it goes after; for an odd size two.
    layers = [Layer(3, stride=2, padding="SAME")]
    assert receptive_field(layers, (8, 9)).padding == (0, 1)
    assert receptive_field(layers, (8, 9)).output_size == (4, 5)
    # With stride 1 the size does not matter.
    assert receptive_field([Layer((3, 4), padding="SAME")]).padding == (1, 1)


# --- Branches ---

# Araujo's test networks 1 and 3: 1x1 with stride 4 beside 3x3 and 1x1 with stride 2 each, padded before only.
ALIGNED = Parallel(((Layer(1, 4),), (Layer(3, 2, ((1, 0), (1, 0))), Layer(1, 2))))
MISALIGNED = Parallel(((Layer(5, 2, ((2, 1), (2, 1))),), (Layer(3), Layer(3, 2))))


def test_paths_see_their_union():
    field = receptive_field([ALIGNED])
    assert (field.size, field.jump, field.padding, field.aligned) == ((3, 3), (4, 4), (1, 1), True)


def test_two_joins_one_after_the_other():
    # Araujo, test network 8.
    further = Parallel(((Layer(1, 2),), (Layer(3, 2, ((1, 0), (1, 0))),)))
    field = receptive_field([ALIGNED, further])
    assert (field.size, field.jump, field.padding, field.aligned) == ((11, 11), (8, 8), (5, 5), True)
    # Araujo, test network 9: the same with SAME, on 17x17.
    layers = [
        Parallel(((Layer(1, 4, "SAME"),), (Layer(3, 2, "SAME"), Layer(1, 2, "SAME")))),
        Parallel(((Layer(1, 2, "SAME"),), (Layer(3, 2, "SAME"),))),
    ]
    field = receptive_field(layers, 17)
    assert (field.size, field.jump, field.padding, field.aligned) == ((11, 11), (8, 8), (5, 5), True)


def test_undetermined_padding_leaves_the_alignment_undetermined():
    # Araujo, test network 4: undetermined; aligned on 9x9; misaligned on 8x8, where theirs raises and ours tells.
    layers = [Parallel(((Layer(1, 4),), (Layer(3, 2, "SAME"), Layer(1, 2))))]
    field = receptive_field(layers)
    assert (field.size, field.jump, field.padding, field.aligned) == ((3, 3), (4, 4), (None, None), None)
    field = receptive_field(layers, 9)
    assert (field.padding, field.aligned) == ((1, 1), True)
    field = receptive_field(layers, 8)
    assert (field.padding, field.aligned) == ((0, 0), False)


def test_centres_that_do_not_line_up_are_flagged_and_all_is_covered():
    # By hand: one path sees -2..2, the other 0..4.
    field = receptive_field([MISALIGNED, Layer(1)])
    assert (field.size, field.padding, field.aligned) == ((7, 7), (2, 2), False)


def test_strides_that_do_not_line_up_are_refused():
    with pytest.raises(StackError) as caught:
        receptive_field([Layer(3), Parallel(((Layer(3, 2, 1),), ()))])
    assert caught.value.layer == 2
    assert "its paths move on by 2x2 and 1x1 input units a step" in str(caught.value)
    assert "make the strides of all paths equal" in str(caught.value)


def test_inception_modules():
    # TF-Slim's inception_v2 at 224, in Araujo's table: MaxPool_3a_3x3 27/8/6, Mixed_3b 59/8/22, Mixed_3c 91/8/38,
    # Mixed_4a 123/16/46. In 4a the 1x1 path is gone and all others stride.
    reduce, three, pool = Layer(1), Layer(3, padding="SAME"), Layer(3, padding="SAME", kind="pooling")
    module_3 = Parallel(((reduce,), (reduce, three), (reduce, three, three), (pool, reduce)))
    strided = Layer(3, 2, "SAME")
    module_4a = Parallel(((reduce, strided), (reduce, three, strided), (strided,)))
    stem = parse_stack("7,2,1,SAME;3,2,1,SAME;1,1,1,0;3,1,1,SAME;3,2,1,SAME")
    assert rows([*stem, module_3, module_3, module_4a], 224)[4:] == [
        (27, 8, 6), (59, 8, 22), (91, 8, 38), (123, 16, 46),
    ]  # fmt: skip
    assert receptive_field([*stem, module_3], 224).aligned


# --- Coordinates, both ways ---


def test_what_a_unit_sees_and_where_its_centre_is():
    field = receptive_field(stack((7, 2, 3), (3, 2, 1)), (40, 64))
    # By hand: r = 11, j = 4, P = 5.
    assert field.window((0, 0)) == (range(-5, 6), range(-5, 6))
    assert field.window((3, 7)) == (range(7, 18), range(23, 34))
    assert field.centre() == (0, 0)
    assert field.centre((3, 7)) == (12, 28)
    assert receptive_field([Layer((2, 3))]).centre() == (0.5, 1.0)


def test_what_a_unit_sees_is_told_apart_into_pixels_and_padding():
    field = receptive_field(stack((7, 2, 3), (3, 2, 1)), (40, 64))
    sight = field.sight((0, 15))
    # By hand: columns 55..65 of 64; 6 of 11 rows and 9 of 11 columns are real.
    assert (sight.rows, sight.columns) == (range(-5, 6), range(55, 66))
    assert (sight.real_rows, sight.real_columns) == (range(6), range(55, 64))
    assert sight.padding_share == pytest.approx(1 - 6 * 9 / 121)
    assert field.sight((5, 7)).padding_share == 0


def test_a_field_larger_than_the_photo_and_a_unit_that_sees_only_padding():
    field = receptive_field([Layer(31, padding=20)], (8, 12))
    sight = field.sight((10, 12))
    assert (sight.real_rows, sight.real_columns) == (range(8), range(12))
    assert sight.padding_share == pytest.approx(1 - 96 / 961)
    field = receptive_field([Layer(3, padding=9)], (8, 12))
    assert len(field.sight((0, 20)).real_rows) == 0
    assert field.sight((0, 20)).padding_share == 1


@given(
    st.lists(st.builds(Layer, st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2)), max_size=4),
    st.tuples(st.integers(0, 19), st.integers(0, 29)),
)
def test_the_units_that_see_a_pixel_are_those_whose_window_holds_it(layers, pixel):
    try:
        field = receptive_field(layers, (20, 30))
    except StackError:
        assume(False)
    # Asked one by one.
    expected = [
        [unit for unit in range(length) if place in field.window((unit, unit) if not axis else (0, unit))[axis]]
        for axis, (length, place) in enumerate(zip((min(field.output_size), field.output_size[1]), pixel, strict=True))
    ]
    rows, columns = field.units_seeing(pixel)
    assert [unit for unit in rows if unit < min(field.output_size)] == expected[0]
    assert list(columns) == expected[1]


@pytest.mark.parametrize("unit", [(0,), 3, (1.5, 0), ("a", 0), None])
def test_a_unit_is_a_pair_of_whole_numbers(unit):
    with pytest.raises(StackError, match=re.escape("must be a (row, column) pair of whole numbers: use (0, 0)")):
        receptive_field([Layer(3)]).window(unit)


def test_a_unit_or_pixel_off_the_map_is_refused():
    field = receptive_field([Layer(3)], (8, 9))
    with pytest.raises(StackError, match=re.escape("unit is (6, 0), but the map is 6x7: use a unit from (0, 0) to")):
        field.window((6, 0))
    with pytest.raises(StackError, match=re.escape("unit is (0, 9), but the map is 8x9")):
        field.units_seeing((0, 9))
    with pytest.raises(StackError, match="input_size is unknown"):
        receptive_field([Layer(3)]).sight()


def test_a_shrunken_photo_is_reported_with_its_layer():
    with pytest.raises(StackError, match="layer 2: spans 3x3 pixels, but only 2x3 are left to it") as caught:
        growth([Layer(7), Layer(3)], (8, 9))
    assert caught.value.layer == 2


def test_a_field_beyond_all_photos_is_refused():
    for question in (effective_receptive_fields, uniform_spread, used_pixels):
        with pytest.raises(StackError, match="but more than 1 000 000 is on no photo"):
            question([Layer(999, 999)] * 400)
    with pytest.raises(StackError) as caught:
        growth([Layer(999, 999)] * 400)
    assert caught.value.layer == 3  # 1 + 998 (1 + 999 + 999^2) is the first above a million
    assert "but more than 1 000 000 is on no photo: use smaller kernels, strides or dilations" in str(caught.value)


# --- The set of pixels ---


def test_two_dilated_layers_span_9_pixels_and_use_5():
    layers = [Layer(3, padding=2, dilation=2)] * 2
    assert receptive_field(layers).size == (9, 9)
    assert used_pixels(layers) == ((-4, -2, 0, 2, 4),) * 2  # FACTS, section 2
    assert used_pixels(layers, (3, 4), (8, 9)) == ((1, 3, 5, 7), (0, 2, 4, 6, 8))


def test_doubling_dilations_leave_no_holes():
    assert used_pixels([Layer(3, dilation=2**n) for n in range(4)])[0] == tuple(range(31))


def test_strides_larger_than_kernels_leave_holes():
    assert used_pixels([Layer(2, 3), Layer((2, 1))])[0] == (0, 1, 3, 4)  # by hand
    assert used_pixels([Layer(2, 3), Layer((2, 1))])[1] == (0, 1)


def test_padding_between_layers_hides_pixels_that_the_window_covers():
    # By hand: the unit sees the units -1 and 0 between, of which -1 is padding; unit -1 would see pixels 1 and -5.
    layers = [Layer(2, 2, 3, 6), Layer(2, 1, 1)]
    assert receptive_field(layers).window()[0] == range(-5, 4)
    assert used_pixels(layers)[0] == (-5, -3, 1, 3)
    assert used_pixels(layers, input_size=10)[0] == (3,)


# --- The arithmetic against what modules of Flax depend on ---


def flax(layers):
    """The stack as a function of an image [height, width, channels], with convolutions and poolings of Flax.

    The weights are positive, so that no ReLU and no cancelling hides a pixel.
    """

    def run(image):
        for layer in layers:
            if isinstance(layer, Parallel):
                image = jnp.concatenate([flax(path)(image) for path in layer.paths], axis=-1)
            elif layer.kind == "pooling":
                pool = nnx.max_pool if sum(layer.kernel) % 2 else nnx.avg_pool
                with jax.numpy_dtype_promotion("standard"):  # Flax divides floats by an int
                    image = pool(image, layer.kernel, strides=layer.stride, padding=layer.padding)
            else:
                convolution = nnx.Conv(
                    image.shape[-1], 2, layer.kernel, layer.stride, padding=layer.padding,
                    kernel_dilation=layer.dilation, kernel_init=nnx.initializers.ones, rngs=nnx.Rngs(0),
                )  # fmt: skip
                image = nnx.relu(convolution(image))
        return image

    return run


GENERATE = [Phase.generate]  # each example compiles a network: to shrink one would take minutes

sides = st.tuples(st.integers(0, 2), st.integers(0, 2))
paddings = st.one_of(st.integers(0, 2), st.tuples(sides, sides), st.just("SAME"))
kernels = st.tuples(st.integers(1, 4), st.integers(1, 4))
strides = st.tuples(st.integers(1, 3), st.integers(1, 2))
convolutions = st.builds(Layer, kernels, strides, paddings, st.tuples(st.integers(1, 2), st.integers(1, 3)))
poolings = st.builds(Layer, kernels, strides, st.sampled_from([0, "SAME"]), kind=st.just("pooling"))
input_sizes = st.tuples(st.integers(9, 12), st.integers(8, 15))

plain = st.lists(
    st.builds(
        lambda kernel, dilation, kind: Layer(kernel, 1, "SAME", 1 if kind == "pooling" else dilation, kind=kind),
        kernels,
        st.integers(1, 2),
        st.sampled_from(["convolution", "pooling"]),
    ),
    max_size=2,
).map(tuple)  # a path that keeps the size of the map


def compare(layers, size, data):
    """Measure a unit; its rows and columns must be the used ones, and within the window."""
    try:
        field = receptive_field(layers, size)
    except StackError:
        assume(False)
    unit = tuple(data.draw(st.integers(0, length - 1)) for length in field.output_size)
    depends = measure_receptive_field(flax(layers), (*size, 1), unit)
    used = used_pixels(layers, unit, size)
    if not depends.any():
        assert not all(used)
        return None
    assert [np.flatnonzero(depends.any(axis=1 - axis)).tolist() for axis in (0, 1)] == [list(places) for places in used]

    for places, window in zip(used, field.window(unit), strict=True):
        assert set(places) <= set(window)
    return depends, used


@settings(max_examples=12, derandomize=True, phases=GENERATE)
@given(st.lists(st.one_of(convolutions, poolings), min_size=1, max_size=3), input_sizes, st.data())
def test_a_unit_of_a_random_flax_stack_depends_on_exactly_the_used_pixels(layers, size, data):
    found = compare(layers, size, data)
    if found:
        depends, (used_rows, used_columns) = found
        expected = np.zeros(size, bool)
        expected[np.ix_(used_rows, used_columns)] = True
        np.testing.assert_array_equal(depends, expected)


@settings(max_examples=8, derandomize=True, phases=GENERATE)
@given(convolutions, plain, plain, plain, poolings, input_sizes, st.data())
def test_a_unit_of_a_random_branching_flax_stack_depends_on_the_used_rows_and_columns(
    first, path, other, nested, last, size, data
):
    # An inception module with a residual unit inside, between layers that stride.
    block = Parallel((path, (*other, Parallel((nested, ()))), (Layer(1),)))
    compare([first, block, last], size, data)


@given(st.lists(convolutions.filter(lambda layer: layer.padding != "SAME"), max_size=4), st.integers(0, 3))
def test_the_window_reaches_from_the_first_used_pixel_to_the_last(layers, unit):
    field = receptive_field(layers)
    for window, used in zip(field.window((unit, unit)), used_pixels(layers, (unit, unit)), strict=True):
        assert (window[0], window[-1]) == (used[0], used[-1])


def test_a_residual_flax_module_depends_on_the_window():
    class Residual(nnx.Module):
        def __init__(self, rngs):
            self.first = nnx.Conv(1, 4, (3, 3), strides=2, padding=1, rngs=rngs)
            self.second = nnx.Conv(4, 4, (5, 3), padding="SAME", rngs=rngs)
            self.shortcut = nnx.Conv(1, 4, (1, 1), strides=2, padding="VALID", rngs=rngs)

        def __call__(self, image):
            return nnx.relu(self.second(nnx.relu(self.first(image))) + self.shortcut(image))

    layers = [Parallel(((Layer(3, 2, 1), Layer((5, 3), 1, "SAME")), (Layer(1, 2),)))]
    depends = measure_receptive_field(Residual(nnx.Rngs(0)), (20, 26, 1), (4, 6))
    window = receptive_field(layers, (20, 26)).window((4, 6))
    expected = np.zeros((20, 26), bool)
    expected[np.ix_(*window)] = True
    np.testing.assert_array_equal(depends, expected)


# --- The module ---


def test_the_names_of_the_issue_are_here():
    for name in (
        "Layer", "receptive_field", "ReceptiveField", "growth", "NETWORKS", "effective_receptive_field",
        "measure_receptive_field", "parse_stack", "format_stack", "Parallel", "used_pixels",
    ):  # fmt: skip
        assert name in module.__all__
    for name in module.__all__:
        assert hasattr(module, name)


def test_the_output_sizes_come_with_the_growth():
    layers = stack((7, 2, 3), (3, 2, 1), (3, 1, 1))
    assert tuple(field.output_size for field in growth(layers, (50, 70))) == output_sizes(layers, (50, 70))
    assert [field.output_size for field in growth(layers)] == [None] * 3

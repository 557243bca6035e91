"""Layers and stacks: what is accepted, what is refused and how, and the sizes of the maps."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax import lax

from convdemo.receptive_field import MAX_LAYERS, MAX_NUMBER, Layer, Parallel, StackError, output_sizes
from convdemo.receptive_field.stacks import check_field


def test_a_layer_keeps_pairs_rows_first():
    layer = Layer((3, 5), stride=2, padding=(0, (1, 2)), dilation=[2, np.int64(1)], name="wide", kind="pooling")
    assert (layer.kernel, layer.stride, layer.dilation) == ((3, 5), (2, 2), (2, 1))
    assert layer.padding == ((0, 0), (1, 2))
    assert Layer(3) == Layer((3, 3), padding="valid")
    assert Layer(3, padding="same").padding == "SAME"
    with pytest.raises(AttributeError):
        layer.kernel = 3


def test_the_span_counts_the_holes():
    # d (k - 1) + 1, by hand: 2 * 2 + 1 and 3 * 4 + 1.
    assert Layer((3, 5), dilation=(2, 3)).span == (5, 13)


def test_weights_a_channel_pair_three_small_kernels_have_fewer_than_a_large_one():
    # The issue: three 3x3 against one 7x7 are 27 and 49.
    assert sum(layer.weights for layer in [Layer(3)] * 3) == 27
    assert Layer(7).weights == 49
    assert Layer((3, 5), dilation=4).weights == 15
    assert Layer(2, stride=2, kind="pooling").weights == 0
    assert Parallel(((Layer(3), Parallel(((Layer(5),), ()))), ())).weights == 9 + 25


@pytest.mark.parametrize(
    ("arguments", "field", "said"),
    [
        ({"kernel": 0}, "kernel", "kernel is 0, but it must be a whole number from 1 to 999"),
        ({"kernel": -3}, "kernel", "kernel is -3"),
        ({"kernel": 1000}, "kernel", "kernel is 1000"),
        ({"kernel": 3.0}, "kernel", "kernel is 3.0"),
        ({"kernel": True}, "kernel", "kernel is True"),
        ({"kernel": "3"}, "kernel", "kernel is '3'"),
        ({"kernel": None}, "kernel", "kernel is None"),
        ({"kernel": (3, 3, 3)}, "kernel", "pair of them: use 3"),
        ({"kernel": 3, "stride": 0}, "stride", "stride is 0"),
        ({"kernel": 3, "dilation": (1, 0)}, "dilation", "dilation is (1, 0)"),
        ({"kernel": 3, "padding": -1}, "padding", "padding is -1, but it must be a whole number from 0 to 999"),
        ({"kernel": 3, "padding": "REFLECT"}, "padding", "SAME or VALID: use 0 for none"),
        ({"kernel": 3, "padding": (1, 2, 3)}, "padding", "padding is (1, 2, 3)"),
        ({"kernel": 3, "padding": ((1, 2, 3), 0)}, "padding", "padding is ((1, 2, 3), 0)"),
        ({"kernel": 3, "padding": None}, "padding", "padding is None"),
        ({"kernel": 3, "kind": "dense"}, "kind", "must be one of convolution, pooling"),
        ({"kernel": 3, "name": "a,b"}, "name", "no comma and no semicolon"),
        ({"kernel": 3, "name": "a" * 41}, "name", "at most 40 characters"),
        ({"kernel": 10**400}, "kernel", "must be a whole number"),
    ],
)
def test_a_wrong_argument_is_named_with_its_value_the_rule_and_a_remedy(arguments, field, said):
    with pytest.raises(StackError) as caught:
        Layer(**arguments)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 250
    assert (caught.value.layer, caught.value.field) == (None, field)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ("3,1,1,SAME", "layers is '3,1,1,SAME', but it must be a list"),
        (Layer(3), "must be a list of Layer or Parallel"),
        ([Layer(3), 3], "layer 2: 3 is not a layer"),
        ([Layer(1)] * (MAX_LAYERS + 1), "the stack has 501 layers, but it may have 500"),
    ],
)
def test_what_is_no_stack_is_refused(layers, said):
    with pytest.raises(StackError, match=said):
        output_sizes(layers, 9)


@pytest.mark.parametrize("size", [0, -1, (4,), 2.5, "9"])
def test_a_size_is_a_whole_number_or_two(size):
    with pytest.raises(StackError, match="input_size is"):
        output_sizes([Layer(1)], size)


def test_output_sizes_of_a_picture_that_is_not_square():
    # By hand: floor((size + 2 padding - span) / stride) + 1.
    layers = [Layer((3, 5), stride=(2, 1)), Layer(2, stride=2, kind="pooling"), Layer(3, padding=1)]
    assert output_sizes(layers, (21, 30)) == ((10, 26), (5, 13), (5, 13))
    assert output_sizes([], (21, 30)) == ()


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 5), st.integers(1, 4))
def test_same_is_what_xla_calls_same(length, kernel, stride, dilation):
    # lax.padtype_to_pads is the code that Flax's "SAME" goes through.
    layer = Layer((kernel, 1), stride, "SAME", dilation)
    expected = lax.padtype_to_pads((length,), layer.span[:1], (stride,), "SAME")
    assert [layer.sides((length, 5))[0]] == [tuple(map(int, sides)) for sides in expected]
    assert layer.output_size((length, 5))[0] == -(-length // stride)


def test_same_is_determined_without_a_size_only_where_the_size_does_not_matter():
    assert Layer((3, 4), padding="SAME").sides(None) == ((1, 1), (1, 2))
    assert Layer((3, 1), stride=2, padding="SAME").sides(None) == (None, (0, 0))
    with pytest.raises(StackError, match="the padding is undetermined, since SAME with a stride depends on the size"):
        Layer(3, stride=2, padding="SAME").known_sides(None)


@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 5), st.integers(0, 4), st.integers(1, 3))
def test_ceil_counts_the_windows_that_begin_before_the_end(length, kernel, stride, padding, dilation):
    # PyTorch on MaxPool2d: windows may go off-bounds if they start within the left padding or the input. Its padding is
    # at most half of the kernel.
    padding = min(padding, kernel // 2)
    layer = Layer(kernel, stride, padding, dilation, kind="pooling", ceil=True)
    span, padded = layer.span[0], length + 2 * padding
    if span > padded:
        return  # too few pixels for one window
    windows = 1
    while (windows - 1) * stride + span < padded and windows * stride < length + padding:
        windows += 1  # the end is not reached yet, and another window begins before it
    assert layer.output_size((length, length)) == (windows, windows)
    assert layer.sides((length, length))[0][0] == padding


def test_ceil_gives_the_maps_of_known_networks():
    # SqueezeNet 1.0 (Iandola et al. 2016, as in torchvision): 109, 54, 27, 13 of 224. GoogLeNet, table 1: 56 of 112.
    pool = Layer(3, stride=2, kind="pooling", ceil=True)
    assert output_sizes([Layer(7, stride=2), pool, pool, pool], 224) == ((109, 109), (54, 54), (27, 27), (13, 13))
    assert output_sizes([pool], 112) == ((56, 56),)
    assert output_sizes([Layer(3, stride=2, kind="pooling")], 112) == ((55, 55),)
    assert Layer(3, padding="SAME", stride=2, ceil=True) == Layer(3, padding="SAME", stride=2)
    assert Layer(3, ceil=True) == Layer(3)


def test_a_stack_that_shrinks_the_photo_to_nothing_says_which_layer_did_it_and_what_would_help():
    layers = [Layer(3, stride=4), Layer(3, stride=4), Layer((5, 3), name="last")]
    with pytest.raises(StackError) as caught:
        output_sizes(layers, (64, 48))  # 16x12, then 4x3 is left
    assert caught.value.layer == 3
    assert str(caught.value) == (
        "layer 3: last spans 5x3 pixels, but only 4x3 are left to it: use a smaller kernel, padding 1, smaller strides "
        "before it, or a larger picture"
    )
    # The remedy is true.
    assert output_sizes([*layers[:2], Layer((5, 3), padding=1)], (64, 48))[-1] == (2, 3)


def test_a_field_beyond_all_photos_is_told_in_numbers_as_far_as_people_read_them():
    check_field(1_000_000, 1_000_000)
    rule = "but more than 1 000 000 is on no photo: use smaller kernels, strides or dilations"
    for size, jump, said in (
        (1_000_001, 3, "1 000 001 pixels with steps of 3"),
        (7, 10**12 - 1, "7 pixels with steps of 999 999 999 999"),
        (10**12, 10**900, "more than 10^12 pixels with steps of more than 10^12"),
    ):
        with pytest.raises(StackError) as caught:
            check_field(size, jump)
        assert str(caught.value) == f"here a unit sees {said}, {rule}"


def test_joined_paths_must_have_equal_sizes():
    block = Parallel(((Layer(3, padding=1), Parallel(((Layer(3, padding=1),), ()))), ()))
    assert output_sizes([block], (8, 9)) == ((8, 9),)
    with pytest.raises(StackError, match="layer 2: its paths give 6x7 and 8x9, which cannot be joined: make"):
        output_sizes([block, Parallel(((Layer(3),), ()))], (8, 9))
    with pytest.raises(StackError, match="layer 1: path 2, layer 1: spans 9x9 pixels, but only 8x9"):
        output_sizes([Parallel(((), (Layer(9),)))], (8, 9))
    with pytest.raises(StackError, match="Parallel has no paths"):
        Parallel(())


def test_output_sizes_are_those_of_lax_conv():
    layers = [Layer((3, 2), (2, 1), ((0, 1), 2)), Layer(2, 2, "SAME"), Layer(3, dilation=(1, 2), padding=1)]
    image = jnp.zeros((1, 1, 17, 23))
    for layer, size in zip(layers, output_sizes(layers, (17, 23)), strict=True):
        kernel = jnp.zeros((1, 1, *layer.kernel))
        image = lax.conv_general_dilated(image, kernel, layer.stride, layer.padding, rhs_dilation=layer.dilation)
        assert image.shape[2:] == size


def test_the_largest_numbers_are_accepted():
    assert Layer(MAX_NUMBER, MAX_NUMBER, MAX_NUMBER, MAX_NUMBER).span == (997_003, 997_003)  # 999 * 998 + 1

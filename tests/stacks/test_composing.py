"""The one kernel of a linear stack: what is known on paper, and both ways on random pictures."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convdemo.correlation import cross_correlate, same_padding
from convdemo.receptive_field import StackError, receptive_field
from convdemo.stacks import Convolution, Pooling, as_seen, composed_kernel, run_stack

RANDOM = np.random.default_rng(3)
PHOTO = RANDOM.random((40, 53), np.float32)
BOX = Convolution(np.ones((3, 3)) / 9)


def test_two_boxes_are_a_tent():
    tent = np.array([1, 2, 3, 2, 1]) / 9  # 1 2 3 2 1 by hand: [1 1 1] * [1 1 1]
    np.testing.assert_allclose(composed_kernel([BOX, BOX]).weights, np.outer(tent, tent), atol=1e-7)


def test_five_boxes_are_nearly_a_gaussian_and_one_is_not():
    bell = composed_kernel([BOX] * 5).bell
    assert bell.sigma == pytest.approx((np.sqrt(5 * 2 / 3),) * 2, rel=1e-5)  # the variance of [1 1 1]/3 is 2/3
    # The middle by hand: (51 / 243)^2 of the boxes, (0.2185)^2 of the Gaussian: 8 % more, and 9 of the former.
    assert bell.apart == pytest.approx((0.2185 * 243 / 51) ** 2 - 1, abs=0.01)
    assert composed_kernel([BOX]).bell.apart > 1
    assert composed_kernel([BOX] * 8).bell.apart < bell.apart


def test_steps_of_pascals_triangle_are_binomials():
    step = Convolution([[0.5, 0.5]])
    composed = composed_kernel([step] * 6)
    np.testing.assert_allclose(composed.weights, [[comb(6, k) / 64 for k in range(7)]])
    assert composed.bell is None  # of one row: nothing is spread down


def test_sobel_is_a_step_down_and_a_step_across():
    composed = composed_kernel([Convolution([[1], [2], [1]]), Convolution([[-1, 0, 1]])])
    assert composed.weights.tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert composed.bell is None


def test_a_bias_is_passed_on_by_the_weights_after_it():
    # (x + 3) twice, plus 1: each value 2 x' + 2 * 3 + 1.
    composed = composed_kernel([Convolution([[1.0]], bias=3), Convolution([[1.0, 1.0]], bias=1)])
    assert (composed.weights.tolist(), composed.bias) == ([[1, 1]], 7)


def test_strides_multiply_and_the_steps_of_later_kernels_grow_with_them():
    composed = composed_kernel([Pooling(2, "average"), Convolution([[1, -1]])])
    assert composed.weights.tolist() == [[0.25, 0.25, -0.25, -0.25], [0.25, 0.25, -0.25, -0.25]]
    assert composed.stride == (2, 2)


def test_dilation_leaves_holes():
    composed = composed_kernel([Convolution(np.ones((3, 3)), dilation=2)] * 2)
    assert composed.weights.shape == (9, 9)
    assert not composed.weights[1::2].any()
    assert not composed.weights[:, 1::2].any()
    assert np.count_nonzero(composed.weights) == 25


layers = st.lists(
    st.one_of(
        st.builds(
            lambda h, w, seed, bias, stride, dilation, same: Convolution(
                np.random.default_rng(seed).normal(size=(h, w)), bias=bias, stride=stride, dilation=dilation,
                padding=same_padding((h, w), dilation) if same else 0,
            ),
            st.integers(1, 3), st.integers(1, 3), st.integers(0, 99), st.sampled_from([0.0, 0.5, -2.0]),
            st.integers(1, 2), st.integers(1, 2), st.booleans(),
        ),
        st.builds(lambda size, stride: Pooling(size, "average", stride=stride), st.integers(1, 3), st.integers(1, 2)),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@given(layers=layers)
def test_the_one_kernel_does_the_same_wherever_no_padding_is_seen(layers):
    try:
        last = run_stack(PHOTO, layers)[-1]
    except StackError:
        return  # nothing is left
    composed, field = composed_kernel(layers), receptive_field(as_seen(layers), PHOTO.shape)
    assert composed.weights.shape == field.size
    assert composed.stride == field.jump
    assert tuple(before for before, _ in composed.padding) == field.padding
    alone = composed.apply(PHOTO)
    assert alone.shape == last.shape
    rows, columns = composed.inside(PHOTO.shape)
    limit = 1e-4 * max(1, np.abs(last).max())
    inside = np.s_[rows.start : rows.stop, columns.start : columns.stop]
    np.testing.assert_allclose(last[inside], alone[inside], atol=limit)
    if composed.is_padded_once:
        np.testing.assert_allclose(last, alone, atol=limit)
    # And these are all that see no padding.
    for axis, units in enumerate((rows, columns)):
        seen = [field.window(unit)[axis] for unit in ((0, 0), tuple(at - 1 for at in last.shape))]
        sees_none = [window.start >= 0 and window.stop <= PHOTO.shape[axis] for window in seen]
        assert sees_none == [0 in units, last.shape[axis] - 1 in units]


def test_at_the_borders_padding_twice_is_not_padding_once():
    layers = [Convolution(np.ones((3, 3)), padding=1)] * 2
    composed, last = composed_kernel(layers), run_stack(PHOTO, layers)[-1]
    assert not composed.is_padded_once
    assert composed.padding == ((2, 2), (2, 2))
    # The corner: the second layer sees 4 values of the first instead of the 9 that there would be around.
    apart = np.abs(last - composed.apply(PHOTO))
    assert apart[0, 0] > 1
    assert apart[2:-2, 2:-2].max() < 1e-4


def test_it_is_laid_on_a_picture_as_any_kernel():
    composed = composed_kernel([BOX, Convolution([[1, -1]], stride=2)])
    alone = np.asarray(cross_correlate(PHOTO, composed.weights, stride=2, padding=2, padding_mode="reflect"))
    padded = composed_kernel([Convolution(composed.weights, stride=2, padding=2)])
    np.testing.assert_allclose(padded.apply(PHOTO, "reflect"), alone, atol=1e-5)


@pytest.mark.parametrize(
    ("layers", "layer", "said"),
    [
        ([BOX, Convolution([[1]], relu=True)], 2, "layer 2: it has a ReLU, which is no weighted sum"),
        ([Pooling(2, "max"), Convolution([[1]], relu=True)], 1, "layer 1: it takes the largest value of a window"),
        ([Convolution(np.ones((31, 31)), dilation=9)] * 3, None, "the one kernel would have 811x811 weights"),
    ],
)
def test_what_is_no_one_kernel_is_said(layers, layer, said):
    with pytest.raises(StackError, match=said) as raised:
        composed_kernel(layers)
    assert raised.value.layer == layer


def test_a_picture_that_is_too_small_is_refused():
    with pytest.raises(StackError, match="has too few pixels to mirror"):
        composed_kernel([Convolution(np.ones((9, 9)), padding=4)]).apply(np.ones((4, 20)), "reflect")
    with pytest.raises(StackError, match="the kernel has"):
        composed_kernel([BOX]).apply(np.ones((2, 9)))

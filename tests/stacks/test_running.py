"""Every map of a stack, against SciPy and plain loops, which share no code with it."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter
from scipy.signal import correlate2d

from convdemo.correlation import cross_correlate, same_padding
from convdemo.receptive_field import Layer, StackError, measure_receptive_field, used_pixels
from convdemo.stacks import Convolution, Pooling, as_seen, run_layer, run_stack

RANDOM = np.random.default_rng(7)
PHOTO = RANDOM.random((41, 57), np.float32)
SCIPY_MODES = {"zeros": "constant", "reflect": "mirror", "replicate": "nearest"}


def holes(kernel, dilation):
    """A kernel with zeros between its cells."""
    spread = np.zeros([(side - 1) * dilation + 1 for side in kernel.shape])
    spread[::dilation, ::dilation] = kernel
    return spread


def expected(image, layer):
    """A layer by SciPy in float64."""
    modes = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}
    sides = layer.padding if isinstance(layer.padding, tuple) else ((layer.padding,) * 2,) * 2
    padded = np.pad(image.astype(np.float64), sides, mode=modes[layer.padding_mode])
    if isinstance(layer, Convolution):
        values = correlate2d(padded, holes(layer.kernel.astype(np.float64), layer.dilation), "valid") + layer.bias
        values = np.maximum(values, 0) if layer.relu else values
    elif layer.kind == "average":
        side = np.ones((layer.size, layer.size)) / layer.size**2
        values = correlate2d(padded, holes(side, layer.dilation), "valid")
    else:
        footprint = holes(np.ones((layer.size, layer.size)), layer.dilation) > 0
        span = footprint.shape[0]
        whole = maximum_filter(padded, footprint=footprint, mode="constant", cval=-np.inf)
        start = span // 2  # where SciPy has the window that begins at the corner
        rows, columns = (length - span + 1 for length in padded.shape)
        values = whole[start : start + rows, start : start + columns]
    stride = layer.stride
    return values[::stride, ::stride]


STACKS = {
    "three": [Convolution(RANDOM.normal(size=(3, 3))) for _ in range(3)],
    "relu and bias": [Convolution(RANDOM.normal(size=(3, 5)), bias=-0.4, relu=True), Convolution([[1, -1]], bias=2.0)],
    "strides": [Convolution(RANDOM.normal(size=(4, 3)), stride=2), Pooling(3, "max", stride=2), Pooling(2, "average")],
    "holes": [Convolution(RANDOM.normal(size=(3, 3)), dilation=2), Pooling(2, "max", stride=1, dilation=3)],
    "padded": [
        Convolution(RANDOM.normal(size=(3, 3)), padding=same_padding(3), padding_mode="reflect"),
        Convolution(RANDOM.normal(size=(2, 4)), padding=same_padding((2, 4)), padding_mode="replicate", relu=True),
        Convolution(RANDOM.normal(size=(5, 5)), padding=same_padding(5, 2), dilation=2),
        Pooling(3, "average", stride=2, padding=1, padding_mode="replicate"),
        Pooling(3, "max", stride=1, padding=1),
    ],
    "eight": [Convolution(RANDOM.normal(size=(3, 3)) / 3, relu=number % 2 == 0) for number in range(8)],
}


@pytest.mark.parametrize("name", STACKS)
def test_every_map_is_that_of_scipy(name):
    values = PHOTO
    for layer, made in zip(STACKS[name], run_stack(PHOTO, STACKS[name]), strict=True):
        values = expected(values, layer)
        assert made.dtype == np.float32
        assert made.shape == values.shape
        np.testing.assert_allclose(made, values, rtol=1e-4, atol=1e-4 * max(1, np.abs(values).max()))


@given(
    side=st.integers(1, 4), stride=st.integers(1, 3), dilation=st.integers(1, 3), padding=st.integers(0, 2),
    kind=st.sampled_from(["max", "average"]), mode=st.sampled_from(list(SCIPY_MODES)),
)  # fmt: skip
def test_every_pooling_is_that_of_scipy(side, stride, dilation, padding, kind, mode):
    layer = Pooling(side, kind, stride=stride, dilation=dilation, padding=padding, padding_mode=mode)
    np.testing.assert_allclose(run_layer(PHOTO, layer), expected(PHOTO, layer), atol=1e-6)


def test_what_a_layer_sees_is_what_it_depends_on():
    layers = [Convolution(np.ones((3, 2)), stride=2, dilation=2), Convolution(np.ones((2, 2)), padding=1)]
    size, unit = (15, 13), (1, 2)

    def last(image):  # traced, as `run_stack` is not
        first = cross_correlate(image, layers[0].kernel, stride=2, dilation=2)
        return cross_correlate(first, layers[1].kernel, padding=1)

    rows, columns = used_pixels(as_seen(layers), unit, size)
    found = measure_receptive_field(last, size, unit)
    assert np.array_equal(found, np.isin(np.arange(15), rows)[:, None] & np.isin(np.arange(13), columns))
    np.testing.assert_allclose(run_stack(np.ones(size), layers)[-1], last(np.ones(size, np.float32)))


def test_a_layer_with_nothing_left_says_which_and_what_to_change():
    # 9 -> 7 -> 5 -> 3 -> 1: nothing is left to the fifth.
    with pytest.raises(StackError) as raised:
        run_stack(np.zeros((9, 20)), [Convolution(np.ones((3, 3)))] * 6)
    assert raised.value.layer == 5
    assert str(raised.value) == (
        "layer 5: spans 3x3 pixels, but only 1x12 are left to it: use a smaller kernel, padding 1, smaller strides "
        "before it, or a larger picture"
    )


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (
            [Pooling(2), Convolution([[1, 1]], padding=6, padding_mode="reflect")],
            "layer 2: .*mirror only 4 rows",
        ),
        ([Convolution([[3e38]]), Convolution([[3e38]])], "layer 2: its values are larger than float32 holds"),
        (["blur"], "layer 1: 'blur' is not a layer: use Convolution or Pooling"),
        ([Layer(3)], "layer 1: .* is not a layer"),
    ],
)
def test_what_cannot_be_run_is_said(layers, said):
    with pytest.raises(StackError, match=said):
        run_stack(np.ones((10, 12)), layers)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Convolution([[np.nan]]), "kernel holds nan"),
        (lambda: Convolution([[1]], bias=np.inf), "bias holds inf"),
        (lambda: Convolution([[1]], stride=0), "stride is 0"),
        (lambda: Convolution([[1]], padding_mode="wrap"), "padding_mode is 'wrap', but the modes are zeros"),
        (lambda: Pooling(2, "median"), "kind is 'median', but it must be one of max, average"),
        (lambda: Pooling(0), "kernel is 0"),
    ],
)
def test_what_is_no_layer_is_said(make, said):
    with pytest.raises(StackError, match=said):
        make()


def test_a_picture_that_is_none_is_refused():
    with pytest.raises(ValueError, match=re.escape("image has shape (2, 2, 3)")):
        run_stack(np.ones((2, 2, 3)), [Pooling(2)])


def test_a_stack_without_layers_has_no_maps():
    assert run_stack(PHOTO, []) == ()

"""What the page computes, against SciPy.

The pictures are small, random and never square. SciPy sums in float64 what the page sums in float32, so two feature
maps differ by rounding: at most about n * 2^-24 times the sum of |weight| * |pixel|, for sums of n products (the usual
bound of a recursive sum, here with pixels of at most 1). `rounding` is twice that, and covers the luminance as well.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.signal import convolve2d, correlate2d

from convdemo.images import Photo
from convdemo.kernels import KERNELS, custom_kernel
from convdemo.ui.layer.settings import Settings, display_of, limits_of, make_feature_map

HEIGHT, WIDTH = 19, 26
NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}  # np.pad's names


def random_photo(height=HEIGHT, width=WIDTH, channels=3, seed=0):
    """A photo as a PNG makes it: whole bytes divided by 255."""
    values = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    return Photo(values / np.float32(255), (height, width))


def random_kernel(height, width, seed=1):
    return custom_kernel(np.random.default_rng(seed).normal(size=(height, width)))


def luminance(pixels):
    """Grey in float64: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601), as Pillow documents its mode "L"."""
    pixels = pixels.astype(np.float64)
    red, green, blue = (pixels[..., channel] for channel in (0, 1, 2))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def expected_map(plane, kernel, settings):
    """One channel by SciPy in float64, written down from the words of the page and not from its code."""
    height, width = kernel.weights.shape
    step = settings.dilation
    spread = np.zeros((step * (height - 1) + 1, step * (width - 1) + 1))  # dilation puts zeros between the weights
    spread[::step, ::step] = kernel.weights
    if settings.padding != "none":  # as many pixels as a window takes off, half on each side, an odd one after
        sides = [((span - 1) // 2, span - 1 - (span - 1) // 2) for span in spread.shape]
        plane = np.pad(plane, sides, mode=NUMPY_MODES[settings.padding])
    slide = convolve2d if settings.flip == "yes" else correlate2d
    sums = slide(plane.astype(np.float64), spread, mode="valid")
    result = sums[:: settings.stride, :: settings.stride] + settings.bias
    return np.maximum(result, 0) if settings.activation == "relu" else result


def rounding(kernel, settings):
    products = kernel.weights.size + 8  # and the few roundings of the luminance and the bias
    return 2 * products * 2**-24 * (np.abs(kernel.weights).sum(dtype=np.float64) + abs(settings.bias))


def check(photo, kernel, settings):
    """The page's feature map is SciPy's."""
    feature_map = make_feature_map(photo, kernel, settings)
    if settings.channels == "colour" and photo.pixels.shape[2] == 3:
        planes = [photo.pixels[..., channel] for channel in range(3)]
        expected = np.stack([expected_map(plane, kernel, settings) for plane in planes], axis=2)
    else:
        grey = photo.pixels[..., 0] if photo.pixels.shape[2] == 1 else luminance(photo.pixels)
        expected = expected_map(grey, kernel, settings)
    assert feature_map.dtype == np.float32
    assert feature_map.shape == expected.shape
    np.testing.assert_allclose(feature_map, expected, rtol=0, atol=rounding(kernel, settings))
    return feature_map


# ---- the feature map -----------------------------------------------------------------------------------------------


KERNELS_AND_OWN = st.sampled_from(list(KERNELS.values())) | st.builds(
    random_kernel, st.integers(1, 19), st.integers(1, 26), st.integers(0, 1000)
)
SETTINGS = st.builds(
    Settings,
    stride=st.integers(1, 16),
    padding=st.sampled_from(["none", *NUMPY_MODES]),
    dilation=st.integers(1, 3),
    bias=st.floats(-4, 4),
    activation=st.sampled_from(["none", "relu"]),
    flip=st.sampled_from(["no", "yes"]),
    channels=st.sampled_from(["grey", "colour"]),
)


@given(KERNELS_AND_OWN, SETTINGS, st.sampled_from([1, 3]))
@example(KERNELS["sobel_x"], Settings(), 3)
@settings(max_examples=200)
def test_every_feature_map_is_that_of_scipy(kernel, chosen, channels):
    spans = [chosen.dilation * (side - 1) + 1 for side in kernel.weights.shape]
    # A window fits; and NumPy mirrors more than once where the page says that it cannot.
    assume(chosen.padding != "none" or (spans[0] <= HEIGHT and spans[1] <= WIDTH))
    assume(chosen.padding != "reflect" or (spans[0] // 2 < HEIGHT and spans[1] // 2 < WIDTH))
    check(random_photo(channels=channels), kernel, chosen)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (2, 2), (4, 2), (3, 5), (15, 15), (19, 26), (19, 1)])
@pytest.mark.parametrize("channels", ["grey", "colour"])
def test_kernels_of_all_shapes(shape, channels):
    check(random_photo(), random_kernel(*shape), Settings(channels=channels))


@pytest.mark.parametrize("padding", ["none", "zeros", "reflect", "replicate"])
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("shape", [(3, 3), (1, 2), (4, 2)])
@pytest.mark.parametrize("flip", ["no", "yes"])
def test_padding_with_dilation(padding, dilation, shape, flip):
    feature_map = check(random_photo(), random_kernel(*shape), Settings(padding=padding, dilation=dilation, flip=flip))
    if padding != "none":
        assert feature_map.shape == (HEIGHT, WIDTH)  # "to keep the size"


@pytest.mark.parametrize(
    "settings",
    [
        Settings(stride=2),
        Settings(stride=3, padding="zeros"),
        Settings(stride=16),
        Settings(stride=16, padding="reflect", dilation=4),
        Settings(bias=-1.25),
        Settings(bias=4.0, stride=2, flip="yes"),
        Settings(activation="relu"),
        Settings(activation="relu", bias=-0.5, channels="colour"),
        Settings(activation="relu", bias=0.5, padding="replicate", stride=2, dilation=3, flip="yes"),
        Settings(channels="colour", stride=2, padding="reflect", dilation=2, bias=0.3, flip="yes", activation="relu"),
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(3, 3), (2, 5)])
def test_stride_bias_relu_and_all_together(settings, shape):
    check(random_photo(), random_kernel(*shape), settings)


def test_relu_comes_after_the_bias():
    # By hand: pixels 0.2 and 0.6, weight 1, bias -0.5: -0.3 becomes 0, 0.1 stays.
    photo = Photo(np.float32([[[0.2], [0.6]]]), (1, 2))
    feature_map = make_feature_map(photo, custom_kernel([[1]]), Settings(bias=-0.5, activation="relu"))
    np.testing.assert_allclose(feature_map, [[0, 0.1]], atol=1e-7)


def test_the_map_is_signed_and_not_clipped():
    feature_map = make_feature_map(random_photo(), custom_kernel([[9, -9]]), Settings())
    assert feature_map.min() < -2
    assert feature_map.max() > 2


@pytest.mark.parametrize("weights", [[[1]], [[1, -1]], [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]])
def test_grey_is_the_grey_that_pillow_makes(weights):
    # Pillow rounds its "L" to whole bytes (half a byte), with weights rounded to 1/65536 (far below 0.1 byte).
    photo, kernel = random_photo(), custom_kernel(weights)
    image = Image.fromarray(np.rint(photo.pixels * 255).astype(np.uint8))
    grey = np.asarray(image.convert("L"), np.float64) / 255
    feature_map = make_feature_map(photo, kernel, Settings())
    tolerance = 0.6 / 255 * np.abs(kernel.weights).sum()
    np.testing.assert_allclose(feature_map, expected_map(grey, kernel, Settings()), rtol=0, atol=tolerance)


def test_each_colour_is_taken_by_itself():
    kernel, photo = random_kernel(2, 3), random_photo()
    feature_map = make_feature_map(photo, kernel, Settings(channels="colour"))
    for channel in range(3):
        alone = Photo(photo.pixels[..., channel : channel + 1], photo.original_size)
        np.testing.assert_array_equal(feature_map[..., channel], make_feature_map(alone, kernel, Settings()))


def test_a_grey_picture_has_one_map_even_for_each_colour():
    photo = random_photo(channels=1)
    feature_map = check(photo, random_kernel(3, 2), Settings(channels="colour"))
    assert feature_map.shape == (HEIGHT - 2, WIDTH - 1)


def test_what_only_changes_the_drawing_does_not_change_the_numbers():
    kernel, photo = random_kernel(3, 3), random_photo()
    maps = [
        make_feature_map(photo, kernel, Settings(display=display, scale=scale))
        for display in ("auto", "signed", "absolute", "clipped")
        for scale in ("vivid", "full")
    ]
    for feature_map in maps[1:]:
        np.testing.assert_array_equal(feature_map, maps[0])


@pytest.mark.parametrize(
    ("weights", "display"),
    [
        ([[1]], "marked"),
        ([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], "marked"),
        ([[0.33, 0.33, 0.33]], "marked"),  # as typed: 0.99
        ([[1.02]], "signed"),
        ([[1, -1]], "signed"),
        ([[1, 1, 1]], "signed"),
        ([[-1]], "signed"),
    ],
)
@pytest.mark.parametrize(
    "others",
    [
        {},
        {"bias": -4.0},
        {"activation": "relu"},
        {"flip": "yes", "channels": "colour"},
        {"padding": "zeros", "stride": 3, "dilation": 2, "scale": "full"},
    ],
    ids=str,
)
def test_auto_hangs_on_the_kernel_alone(weights, display, others):
    assert display_of(custom_kernel(weights), Settings(**others)) == display


@pytest.mark.parametrize("display", ["signed", "absolute", "clipped"])
@pytest.mark.parametrize("name", ["identity", "sobel_x"])
def test_a_display_that_is_chosen_stays(display, name):
    assert display_of(KERNELS[name], Settings(display=display)) == display


@pytest.mark.parametrize("padding", ["none", "zeros", "reflect", "replicate"])
@pytest.mark.parametrize("flip", ["no", "yes"])
def test_all_directions_are_the_root_of_two_squared_maps(padding, flip):
    photo, settings = random_photo(), Settings(padding=padding, flip=flip, stride=2, dilation=3)
    square = np.zeros((3, 3))
    square[:, :2] = random_kernel(3, 2).weights  # filled up: the odd column goes after
    grey = luminance(photo.pixels)
    maps = [expected_map(grey, custom_kernel(weights), settings) for weights in (square, square.T)]
    edges = make_feature_map(photo, random_kernel(3, 2), replace(settings, directions="all"))
    np.testing.assert_allclose(edges, np.hypot(*maps), atol=1e-5)


def test_bias_and_relu_do_not_count_for_all_directions():
    photo, kernel = random_photo(), random_kernel(3, 3)
    plain = make_feature_map(photo, kernel, Settings(directions="all", channels="colour"))
    moved = make_feature_map(photo, kernel, Settings(directions="all", channels="colour", bias=2.0, activation="relu"))
    assert plain.shape == (HEIGHT - 2, WIDTH - 2, 3)
    np.testing.assert_array_equal(moved, plain)


def test_the_other_direction_is_the_map_of_the_transpose():
    photo, kernel = random_photo(), random_kernel(3, 2)
    settings = Settings(padding="reflect", flip="yes", bias=0.25, activation="relu")
    expected = expected_map(luminance(photo.pixels), custom_kernel(kernel.weights.T), settings)
    other = make_feature_map(photo, kernel, replace(settings, directions="other"))
    np.testing.assert_allclose(other, expected, atol=1e-5)


def test_the_strength_of_a_change_is_drawn_as_such():
    assert display_of(KERNELS["identity"], Settings(directions="all")) == "absolute"
    assert display_of(KERNELS["sobel_x"], Settings(directions="other")) == "signed"
    assert display_of(KERNELS["sobel_x"], Settings(directions="all", display="clipped")) == "clipped"


def test_how_far_a_kernel_can_grow_where_both_directions_must_fit():
    kernel = custom_kernel(np.ones((2, 3)))
    size = (9, 30)  # by hand: at dilation 2 a side of 5 spans 9 pixels, one of 15 spans 29
    limits = {name: limits_of(size, kernel, Settings(dilation=2, directions=name)) for name in ("one", "other", "all")}
    assert {name: (one.rows, one.columns) for name, one in limits.items()} == {
        "one": (5, 15), "other": (15, 5), "all": (5, 5)
    }  # fmt: skip


def test_the_photo_is_left_as_it_was():
    photo = random_photo()
    before = photo.pixels.copy()
    make_feature_map(photo, random_kernel(3, 3), Settings(padding="zeros", activation="relu"))
    np.testing.assert_array_equal(photo.pixels, before)

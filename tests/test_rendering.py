"""What a colour means: expected numbers are worked out by hand from the definition of each display."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from convdemo.rendering import (
    ABSOLUTE,
    ABSOLUTE_PALETTE,
    CLIPPED,
    DISPLAYS,
    MARKED,
    MARKED_PALETTE,
    PALETTE,
    PHOTO_PALETTE,
    SIGNED,
    Picture,
    encode_png,
    format_number,
    to_picture,
    vivid_limit,
)

WHITE = [255, 255, 255]
BLACK = [0, 0, 0]


def signed_map(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def only_picture(rendered):
    (picture,) = rendered.pictures
    return picture


def tick_texts(rendered):
    return [tick.text for tick in rendered.legend.ticks]


def lightness(colours):
    """CIE L*, 0 (black) to 100 (white), of RGB colours, by OpenCV."""
    return cv2.cvtColor((np.float32(colours) / 255).reshape(1, -1, 3), cv2.COLOR_RGB2LAB)[0, :, 0]


# The palettes


def test_the_signed_palette_is_brewers_red_blue_with_white_at_zero():
    """End colours of the 11-class RdBu of colorbrewer2.org: #053061 and #67001f."""
    assert PALETTE.shape == (255, 3)
    assert PALETTE[0].tolist() == [0x05, 0x30, 0x61]
    assert PALETTE[127].tolist() == WHITE
    assert PALETTE[254].tolist() == [0x67, 0x00, 0x1F]
    # The second and tenth of the eleven classes are a tenth of the way in: 25.4 entries.
    np.testing.assert_allclose(PALETTE[25], [0x21, 0x66, 0xAC], atol=2)
    np.testing.assert_allclose(PALETTE[229], [0xB2, 0x18, 0x2B], atol=2)


def test_further_from_zero_is_darker_in_every_palette():
    assert (np.diff(lightness(PALETTE[:128])) > 0).all()
    assert (np.diff(lightness(PALETTE[127:])) < 0).all()
    assert (np.diff(lightness(ABSOLUTE_PALETTE)) <= 0).all()  # near white, neighbours share one of 256 greys


def test_equal_strengths_of_either_sign_are_about_equally_dark():
    negative, positive = lightness(PALETTE[126::-1]), lightness(PALETTE[128:])
    assert np.abs(negative - positive).max() < 7


def test_negative_is_bluish_and_positive_is_reddish():
    red, blue = PALETTE[:, 0].astype(int), PALETTE[:, 2].astype(int)
    assert (blue[:127] > red[:127]).all()
    assert (red[128:] > blue[128:]).all()


def test_a_strength_without_sign_has_no_hue():
    np.testing.assert_array_equal(np.ptp(ABSOLUTE_PALETTE, axis=1), 0)
    assert ABSOLUTE_PALETTE[0].tolist() == WHITE
    assert ABSOLUTE_PALETTE[255].tolist() == BLACK


@pytest.mark.parametrize("palette", [PALETTE, ABSOLUTE_PALETTE, PHOTO_PALETTE, MARKED_PALETTE])
def test_palettes_cannot_be_changed(palette):
    with pytest.raises(ValueError, match="read-only"):
        palette[0] = 0


# Signed


def test_zero_is_white_and_the_ends_are_the_ends_of_the_palette():
    picture = only_picture(to_picture([[-2.0, 0.0, 2.0], [0.0, -2.0, 0.0]]))
    assert picture.size == (2, 3)
    assert picture.pixels.tolist() == [[0, 127, 254], [127, 0, 127]]
    assert picture.rgb[0].tolist() == [PALETTE[0].tolist(), WHITE, PALETTE[254].tolist()]


@given(
    values=arrays.arrays(np.float32, (3, 4), elements=st.floats(-(2.0**100), 2.0**100, width=32)),
    limit=st.none() | st.floats(2.0**-100, 2.0**100, width=32),
)
@settings(derandomize=True)
def test_opposite_values_get_mirrored_colours(values, limit):
    positive = only_picture(to_picture(values, limit=limit)).pixels.astype(int)
    negative = only_picture(to_picture(-values, limit=limit)).pixels.astype(int)
    np.testing.assert_array_equal(positive + negative, 254)
    assert (positive[values == 0] == 127).all()


@given(values=arrays.arrays(np.float32, (2, 9), elements=st.floats(-100, 100, width=32)))
@settings(derandomize=True)
def test_a_larger_value_is_never_drawn_as_a_smaller_one(values):
    for display in DISPLAYS:
        shown = np.abs(values) if display == ABSOLUTE else values
        order = np.argsort(shown, axis=None)
        pixels = only_picture(to_picture(values, display=display)).pixels.ravel()[order]
        assert (np.diff(pixels.astype(int)) >= 0).all()


def test_a_map_without_negative_values_still_has_a_symmetric_scale():
    rendered = to_picture(np.full((3, 4), 5.0))
    assert (rendered.legend.low, rendered.legend.high) == (-5, 5)
    assert (only_picture(rendered).pixels == 254).all()
    assert (rendered.minimum, rendered.maximum) == (5, 5)


def test_a_scale_can_be_given_so_that_two_pictures_compare():
    """With the limit 4, 1 is a quarter of the way: 127 + round(127 / 4) = 127 + 32."""
    rendered = to_picture([[1.0, -1.0, 0.0]], limit=4)
    assert only_picture(rendered).pixels.tolist() == [[159, 95, 127]]
    assert tick_texts(rendered) == ["−4", "0", "4"]
    assert (rendered.minimum, rendered.maximum) == (-1, 1)


def test_three_channels_are_three_pictures_on_one_scale():
    feature_map = np.zeros((2, 5, 3))
    feature_map[0, 1] = [8.0, -4.0, 2.0]
    rendered = to_picture(feature_map)
    assert [picture.size for picture in rendered.pictures] == [(2, 5)] * 3
    # 8 is the end of the scale, -4 half way to the other end, 2 a quarter: 127 + 127, 127 - 63.5, 127 + 31.75.
    assert [int(picture.pixels[0, 1]) for picture in rendered.pictures] == [254, 63, 159]
    assert tick_texts(rendered) == ["−8", "0", "8"]


def test_one_channel_may_have_its_axis_or_not():
    feature_map = signed_map(4, 7)
    without = only_picture(to_picture(feature_map))
    np.testing.assert_array_equal(only_picture(to_picture(feature_map[:, :, np.newaxis])).pixels, without.pixels)


def test_integers_and_plain_lists_are_numbers_too():
    assert only_picture(to_picture([[1, -1]])).pixels.tolist() == [[254, 0]]
    assert only_picture(to_picture(np.array([[3, -3]], np.int8))).pixels.tolist() == [[254, 0]]


# Absolute and clipped


def test_absolute_shows_the_strength_alone():
    """Of 255 steps, half is 127.5, to the even 128."""
    rendered = to_picture([[-4.0, 0.0, 2.0]], display=ABSOLUTE)
    assert only_picture(rendered).pixels.tolist() == [[255, 0, 128]]
    assert only_picture(rendered).rgb[0, :2].tolist() == [BLACK, WHITE]
    assert tick_texts(rendered) == ["0", "4"]
    assert (rendered.minimum, rendered.maximum) == (-4, 2)


def test_clipped_does_what_photo_programs_do():
    """0.2 is 51 of 255; what lies outside 0 to 1 is lost, and the legend says so."""
    rendered = to_picture([[-3.0, 0.0, 0.2, 1.0, 1.5]], display=CLIPPED)
    assert only_picture(rendered).rgb[0].tolist() == [BLACK, BLACK, [51, 51, 51], WHITE, WHITE]
    assert tick_texts(rendered) == ["≤ 0", "≥ 1"]


def test_a_clipped_colour_image_is_one_picture():
    rgb = np.array([[[0.2, 0.4, 0.6], [-1, 0.5, 2]]])
    assert only_picture(to_picture(rgb, display=CLIPPED)).rgb.tolist() == [[[51, 102, 153], [0, 128, 255]]]


def test_bytes_survive_the_way_to_floats_and_back():
    photo = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    np.testing.assert_array_equal(only_picture(to_picture(photo / 255, display=CLIPPED)).rgb, photo)
    grey = only_picture(to_picture(photo[:, :, 0] / 255, display=CLIPPED))
    np.testing.assert_array_equal(grey.rgb, np.repeat(photo[:, :, :1], 3, axis=2))


# Marked

BLUE, RED = [0x21, 0x66, 0xAC], [0xB2, 0x18, 0x2B]  # the second and the tenth of the eleven classes of RdBu


def test_a_marked_picture_is_grey_and_shows_and_counts_what_lies_outside():
    """By hand: of 254 greys from 0 to 1, 0.2 is number round(50.6) = 51, whose byte is round(255 * 51 / 253) = 51."""
    rendered = to_picture([[-3.0, -0.01, 0.0, 0.2], [1.0, 1.02, 1.5, 9.0]], display=MARKED)
    assert only_picture(rendered).rgb.tolist() == [[BLUE, BLUE, BLACK, [51, 51, 51]], [WHITE, RED, RED, RED]]
    assert (rendered.below, rendered.above) == (2, 3)
    assert tick_texts(rendered) == ["0", "1"]
    assert rendered.legend.outside == ("#2166ac", "#b2182b")


def test_a_marked_colour_image_is_one_picture_and_its_values_are_counted_in_all_colours():
    rgb = np.array([[[0.2, 0.4, 0.6], [-1, 0.5, -2], [0.1, 0.2, 1.1], [-1, 0.5, 2]]])
    rendered = to_picture(rgb, display=MARKED)
    assert only_picture(rendered).rgb.tolist() == [[[51, 102, 153], BLUE, RED, RED]]
    assert (rendered.below, rendered.above) == (3, 2)


@pytest.mark.parametrize("shape", [(397, 601), (149, 83, 1), (211, 307, 3)])
def test_marks_and_counts_are_those_of_numpy_at_full_size(shape):
    values = np.random.default_rng(3).normal(0.5, 0.4, shape).astype(np.float32)
    rendered = to_picture(values, display=MARKED)
    planes = values.reshape(*shape[:2], -1)
    assert rendered.below == np.sum(planes < -1e-5) > 0
    assert rendered.above == np.sum(planes > 1 + 1e-5) > 0
    pixels = only_picture(rendered).rgb
    red, blue = (planes > 1 + 1e-5).any(axis=2), (planes < -1e-5).any(axis=2)
    assert (pixels[red] == RED).all()
    assert (pixels[blue & ~red] == BLUE).all()
    inside = ~(red | blue)
    shown = np.broadcast_to(255 * planes[inside].astype(float), pixels[inside].shape)
    # Half a byte off at most; a grey that shares its palette with the marks half a step of 253 more.
    most = 0.5 if planes.shape[2] == 3 else 0.5 + 0.5 * 255 / 253
    assert np.abs(pixels[inside] - shown).max() <= most + 1e-3


def test_a_picture_with_nothing_outside_is_a_photo_to_the_byte():
    photo = np.random.default_rng(0).integers(0, 256, (53, 37, 3), dtype=np.uint8)
    rendered = to_picture(photo / 255, display=MARKED)
    np.testing.assert_array_equal(only_picture(rendered).rgb, photo)
    assert (rendered.below, rendered.above) == (0, 0)
    grey = to_picture(photo[:, :, 0] / 255, display=MARKED)
    np.testing.assert_array_equal(only_picture(grey).rgb, np.repeat(photo[:, :, :1], 3, axis=2))


def test_rounding_is_not_outside():
    """An average of 961 ones in float32, in whatever order, is off by less than 1e-5."""
    rendered = to_picture([[np.float32(1) + np.float32(4e-6), -4e-6, 0.5]], display=MARKED)
    assert (rendered.below, rendered.above) == (0, 0)
    assert only_picture(rendered).rgb[0, :2].tolist() == [WHITE, BLACK]


def test_the_marks_are_told_from_every_grey():
    greys, marks = MARKED_PALETTE[1:255].astype(int), MARKED_PALETTE[[0, 255]].astype(int)
    assert (np.ptp(greys, axis=1) == 0).all()
    assert (greys[0].tolist(), greys[-1].tolist()) == (BLACK, WHITE)
    assert (np.diff(greys[:, 0]) > 0).all()
    assert np.ptp(marks, axis=1).min() > 100


# The legend


@pytest.mark.parametrize("display", DISPLAYS)
def test_a_gradient_through_the_legends_colours_has_the_pictures_colours(display):
    """A CSS gradient through evenly spaced stops runs in straight lines in sRGB; so each number finds its colour."""
    values = np.linspace(-1, 1.5, 51)[np.newaxis]
    rendered = to_picture(values, display=display)
    legend = rendered.legend
    shown = np.abs(values) if display == ABSOLUTE else np.clip(values, legend.low, legend.high)
    stops = np.array([[int(colour[start : start + 2], 16) for start in (1, 3, 5)] for colour in legend.colours])
    position = (shown[0] - legend.low) / (legend.high - legend.low) * (len(stops) - 1)
    gradient = np.stack([np.interp(position, np.arange(len(stops)), stops[:, channel]) for channel in range(3)], 1)
    # Half a palette step, 1/254 of the scale, is at most 2.3 of 255 where RdBu is steepest.
    if display == MARKED:  # what lies outside has the colours that the legend names beside the gradient
        for side, colour in zip((values[0] < 0, values[0] > 1), legend.outside, strict=True):
            gradient[side] = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    else:
        assert legend.outside is None
    np.testing.assert_allclose(only_picture(rendered).rgb[0], gradient, atol=2.8)


def test_ticks_stand_where_their_numbers_are():
    legend = to_picture([[0.5, -0.25]]).legend
    assert legend.display == SIGNED
    assert [(tick.value, tick.position) for tick in legend.ticks] == [(-0.5, 0.0), (0.0, 0.5), (0.5, 1.0)]
    assert legend.colours[0] == "#053061"
    assert legend.colours[5] == "#ffffff"
    assert legend.colours[10] == "#67001f"


def test_numbers_beyond_the_scale_are_not_hidden():
    assert tick_texts(to_picture([[-5.0, 0.5]], limit=1.2)) == ["≤ −1.2", "0", "1.2"]
    assert tick_texts(to_picture([[-0.5, 5.0]], limit=1.2)) == ["−1.2", "0", "≥ 1.2"]
    assert tick_texts(to_picture([[-5.0, 5.0]], limit=1.2)) == ["≤ −1.2", "0", "≥ 1.2"]
    assert tick_texts(to_picture([[-5.0, 0.5]], display=ABSOLUTE, limit=1.2)) == ["0", "≥ 1.2"]
    assert tick_texts(to_picture([[0.1, -0.1]], limit=0.1)) == ["−0.1", "0", "0.1"]  # float32 0.1 is a little more


@pytest.mark.parametrize("display", [SIGNED, ABSOLUTE])
def test_a_blank_map_is_a_white_picture_and_a_legend_that_says_0(display):
    rendered = to_picture(np.zeros((3, 5, 1)), display=display)
    assert (only_picture(rendered).rgb == 255).all()
    assert tick_texts(rendered) == ["0"]
    assert (rendered.legend.low, rendered.legend.high) == (0, 0)
    assert (rendered.minimum, rendered.maximum) == (0, 0)


@pytest.mark.parametrize("display", [CLIPPED, MARKED])
def test_a_blank_map_is_black_as_a_photo(display):
    assert (only_picture(to_picture(np.zeros((3, 5)), display=display)).rgb == 0).all()


def test_the_smallest_numbers_have_a_scale_too():
    tiny = np.float32(1e-45)  # the smallest float32 above zero
    assert only_picture(to_picture([[tiny, -tiny, 0]])).pixels.tolist() == [[254, 0, 127]]
    assert only_picture(to_picture([[tiny, -tiny, 0]], limit=float(tiny))).pixels.tolist() == [[254, 0, 127]]


def test_a_vivid_scale_leaves_out_the_strongest_hundredth():
    """Of the strengths 1 to 200, 198 are at most 198; the zeros around them do not count."""
    feature_map = np.zeros((40, 50))
    feature_map[10:20, 5:25] = -np.random.default_rng(0).permutation(np.arange(1, 201)).reshape(10, 20)
    assert vivid_limit(feature_map) == 198
    assert tick_texts(to_picture(feature_map, limit=vivid_limit(feature_map))) == ["≤ −198", "0", "198"]
    assert vivid_limit(np.zeros((3, 4))) is None
    # A flat wall with a door: 6e-8 is what rounding leaves of a difference, 0.5 the step of the door, in 1 % of it.
    assert vivid_limit(np.array([[6e-8] * 989 + [0.5] * 10 + [2.0]])) == 0.5


# What cannot be drawn


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e300])
def test_a_number_without_a_place_is_refused(wrong):
    with pytest.raises(ValueError, match="feature_map holds 1 numbers of 6 that are not finite in float32"):
        to_picture(np.array([[0, 1, 2], [3, wrong, 4]]))


@pytest.mark.parametrize("shape", [(4,), (0, 3), (3, 0), (2, 3, 2), (2, 3, 4), (1, 2, 3, 1)])
def test_a_shape_that_is_no_picture_is_refused(shape):
    with pytest.raises(ValueError, match=r"feature_map has shape .*: it must be \[height, width\]"):
        to_picture(np.zeros(shape))


@pytest.mark.parametrize("limit", [0, -1, np.nan, np.inf, 1e300, 1e-300])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(ValueError, match=r"limit is .*: it must be finite and above 0"):
        to_picture([[1.0, 2.0]], limit=limit)


def test_an_unknown_display_and_a_limit_that_would_be_ignored_are_refused():
    displays = "'signed', 'absolute', 'clipped', 'marked'"
    with pytest.raises(ValueError, match=f"display is 'rainbow': it must be one of {displays}"):
        to_picture([[1.0, 2.0]], display="rainbow")
    for display in (CLIPPED, MARKED):
        with pytest.raises(ValueError, match=f"limit is 2, but the {display} scale always runs from 0 to 1"):
            to_picture([[1.0, 2.0]], display=display, limit=2)


# Numbers for people


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1, "1"),
        (-1, "−1"),
        (0.1 + 0.2, "0.3"),
        (np.float32(0.1), "0.1"),
        (1 / 3, "0.333"),
        (-2 / 3, "−0.667"),
        (9.994, "9.99"),
        (9.999, "10"),
        (99.96, "100"),
        (100, "100"),
        (1234.56, "1235"),
        (123456.7, "123457"),
        (999999.4, "999999"),
        (999999.6, "1×10⁶"),
        (1234567, "1.23×10⁶"),
        (-1.5e12, "−1.5×10¹²"),
        (0.000123456, "0.000123"),
        (0.00001234, "0.0000123"),
        (0.000001234, "1.23×10⁻⁶"),
        (1e-7, "1×10⁻⁷"),
        (np.inf, "∞"),
        (-np.inf, "−∞"),
        (np.nan, "NaN"),
    ],
)
def test_three_significant_digits(value, text):
    assert format_number(value) == text


def test_another_number_of_digits():
    assert [format_number(np.pi, digits) for digits in (1, 2, 6)] == ["3", "3.1", "3.14159"]


# PNG files


def png_by_opencv(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_file_is_lossless(display, channels):
    for picture in to_picture(signed_map(37, 53, channels), display=display).pictures:
        np.testing.assert_array_equal(png_by_opencv(encode_png(picture)), picture.rgb)


def test_a_feature_map_travels_with_its_palette():
    """One byte a pixel, and white stays white without any alpha."""
    with Image.open(io.BytesIO(encode_png(only_picture(to_picture(signed_map(37, 53)))))) as image:
        assert image.mode == "P"
        assert image.size == (53, 37)
        assert not image.has_transparency_data


def test_a_picture_of_a_single_pixel_and_a_plain_rgb_picture_are_files_too():
    assert png_by_opencv(encode_png(only_picture(to_picture([[0.0]])))).tolist() == [[WHITE]]
    rgb = np.random.default_rng(0).integers(0, 256, (2, 3, 3), dtype=np.uint8)
    np.testing.assert_array_equal(png_by_opencv(encode_png(Picture(rgb))), rgb)


@pytest.mark.parametrize("size", [1, 2, 15, 99, 100, 101, 5_000, 240_000])
def test_where_the_colours_end_is_numpys_percentile(size):
    generator = np.random.default_rng(size)
    periodic = np.where(np.arange(size) % 16, 5, 1) + generator.random(size)  # every sixteenth is not like the others
    for numbers in (generator.standard_normal(size), generator.integers(1, 4, size), periodic, np.ones(size)):
        expected = np.percentile(np.abs(numbers).astype(np.float32), 99, method="lower")
        assert vivid_limit(numbers[np.newaxis]) == expected


def test_a_map_travels_in_fewer_bytes_with_runs_only_and_is_the_same_picture():
    drawn = to_picture(np.random.default_rng(0).standard_normal((90, 110)).cumsum(axis=1)).pictures[0]
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png(drawn))).convert("RGB")), drawn.rgb)

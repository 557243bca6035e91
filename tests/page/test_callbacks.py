"""The page's callbacks, called as a request calls them, with no server: what a good request gets."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from PIL import Image
from scipy.signal import convolve2d, correlate2d
from starlette.datastructures import QueryParams

from convdemo.correlation import output_size
from convdemo.images import Photo, read_photo
from convdemo.kernels import KERNELS
from convdemo.links import DEFAULTS, from_query
from convdemo.rendering import ABSOLUTE_PALETTE, PALETTE, PHOTO_PALETTE, format_number
from convdemo.ui.feature_map.lesson import DEFAULT_SETTINGS
from convdemo.ui.feature_map.view import spell_out
from convdemo.ui.kernel.value import kernel_value
from convdemo.ui.layer.fit import Limits
from convdemo.ui.layer.panel import limit_sliders
from convdemo.ui.layer.settings import Settings, make_feature_map
from convdemo.ui.picture.opening import open_picture
from tests.page.request import COFFEE, SOBEL, ask, cells, random_bytes, save
from tests.page.uploads import upload

pytestmark = pytest.mark.usefixtures("upload_folder")


def value_of(expression):
    """The value of an arithmetic that the page prints, by Python's own rules."""
    python = expression.translate(str.maketrans({"−": "-", "·": "*", "⌊": "(", "⌋": ")"})).replace(" / ", " // ")
    assert re.fullmatch(r"[0-9+*/() -]+", python)
    return eval(python, {"__builtins__": {}})  # noqa: S307 - digits and operators only


# ---- the good case -------------------------------------------------------------------------------------------------


def test_the_first_answer_has_everything_that_is_on_screen():
    answer = ask()
    assert answer["picture"]["shown"]["size"] == [400, 600]
    assert answer["picture"]["shown"]["caption"] == "Coffee cup: 600 × 400 pixels, colour, values 0 to 1"
    assert answer["picture"]["shown"]["error"] is None
    assert answer["kernel"]["shown"]["cells"] == [["-1", "0", "1"], ["-2", "0", "2"], ["-1", "0", "1"]]
    assert answer["kernel"]["shown"]["error"] is None
    assert answer["figure"]["stale"] is False
    assert answer["figure"]["error"] == ""
    assert "feature_map" in answer["code"]["value"]
    assert answer["header"] == {"page_query": "", "uploaded": False}
    # An event sets the picture and the kernel of nobody: what someone is typing stays.
    assert "value" not in answer["picture"]
    assert "value" not in answer["kernel"]


def test_the_facts_of_the_chapter_stand_under_the_figure():
    # 600 - 3 + 1 and 400 - 3 + 1; 9 weights and a bias against one weight from each pixel to each output.
    size, weights = ask()["figure"]["value"]["facts"]
    assert size["lines"] == ["width 600 − 3 + 1 = 598", "height 400 − 3 + 1 = 398"]
    here, full = (line.replace("\u202f", "") for line in weights["lines"])
    assert here == "this layer: 3 × 3 + 1 bias = 10"
    assert full == "fully connected, on grey: 240000 pixels × 238004 outputs = 57120960000"
    assert 598 * 398 == 238_004
    assert 240_000 * 238_004 == 57_120_960_000


@pytest.mark.parametrize(
    ("kernel", "controls"),
    [
        (SOBEL, {"stride": 2}),
        (SOBEL, {"stride": 3, "padding": "zeros"}),
        (SOBEL, {"dilation": 16}),
        (cells("1 -1"), {"padding": "reflect", "dilation": 3, "stride": 16}),
        (cells("1; 2; 3; 4"), {"padding": "replicate", "stride": 2}),
    ],
)
def test_the_arithmetic_of_the_facts_is_right_and_is_that_of_the_picture(kernel, controls):
    value = ask(kernel=kernel, **controls)["figure"]["value"]
    (height, width) = value["pictures"][0]["size"]
    for line, pixels, axis in zip(value["facts"][0]["lines"], (width, height), ("width", "height"), strict=True):
        name, _, arithmetic = line.partition(" ")
        left, right = arithmetic.split(" = ")
        assert (name, value_of(left), int(right)) == (axis, pixels, pixels)


def test_the_caption_has_the_size_and_the_range_of_the_numbers():
    feature_map = make_feature_map(open_picture(COFFEE).photo, KERNELS["sobel_x"], Settings(bias=0.5))
    low, high = (format_number(number) for number in (feature_map.min(), feature_map.max()))
    assert ask(bias=0.5)["figure"]["value"]["caption"] == f"Coffee cup, Sobel x: 598 × 398 values from {low} to {high}"


@pytest.mark.parametrize("kernel", ["sobel_x", "sharpen"])
def test_the_map_of_a_photo_has_a_preview_that_is_much_lighter_and_looks_alike(kernel):
    with Image.open(Path("examples", "coffee.png")) as picture:
        smooth = np.asarray(picture.convert("RGB").resize((900, 600)), int)
    pixels = np.clip(smooth + random_bytes(600, 900, 3) % 21 - 10, 0, 255).astype(np.uint8)  # the grain of a camera
    kernel = kernel_value(KERNELS[kernel])
    [drawn] = ask(upload(pixels), kernel)["figure"]["value"]["pictures"]
    [small] = ask(upload(pixels[:90]), kernel)["figure"]["value"]["pictures"]
    assert small["preview"] is None
    whole, preview = (Path(drawn[name]["path"]) for name in ("file", "preview"))
    assert 3 * preview.stat().st_size < whole.stat().st_size
    with Image.open(whole) as one, Image.open(preview) as other:
        assert one.size == (898, 598)
        assert other.size == (449, 299)  # every second pixel
        one, other = (np.asarray(image.convert("RGB"), int) for image in (one, other))
    assert np.abs(one[::2, ::2] - other).mean() < 10  # of 255; nearly all of it grain


# The palette, whose own tests are in test_rendering.py; the entry of zero; and the entries from there to the limit.
SCALES = {
    "signed": (PALETTE, 127, 127),
    "absolute": (ABSOLUTE_PALETTE, 0, 255),
    "clipped": (PHOTO_PALETTE, 0, 255),
}


@pytest.mark.parametrize("display", ["signed", "absolute", "clipped"])
@pytest.mark.parametrize("scale", ["vivid", "full"])
@pytest.mark.parametrize("channels", ["grey", "colour"])
def test_the_pictures_are_those_of_the_numbers(display, scale, channels):
    pixels = random_bytes(11, 17, 3)
    value = ask(upload(pixels), display=display, scale=scale, channels=channels)["figure"]["value"]
    # The numbers by SciPy; grey by Rec. 601.
    planes = np.moveaxis(pixels / 255, 2, 0) if channels == "colour" else [pixels / 255 @ [0.299, 0.587, 0.114]]
    sobel_x = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    numbers = np.stack([correlate2d(plane, sobel_x, mode="valid") for plane in planes])
    # Colours end at the largest strength, or leave the strongest hundredth beyond the end; a photo's at 1.
    strengths = np.sort(np.abs(numbers), axis=None)
    limit = (
        1 if display == "clipped" else strengths[-1] if scale == "full" else strengths[int(0.99 * (numbers.size - 1))]
    )
    palette, zero, entries = SCALES[display]
    shown = np.abs(numbers) if display == "absolute" else numbers
    places = zero + entries * np.clip(shown / limit, 0 if zero == 0 else -1, 1)

    drawn = []
    for item in value["pictures"]:
        assert item["size"] == [9, 15]
        with Image.open(item["file"]["path"]) as image:
            assert image.format == "PNG"
            drawn.append(np.asarray(image.convert("RGB")))
    one_in_colour = channels == "colour" and display == "clipped"
    labels = [item["label"] for item in value["pictures"]]
    assert labels == (["red", "green", "blue"] if channels == "colour" and not one_in_colour else [None])
    if one_in_colour:
        drawn = [np.repeat(drawn[0][:, :, channel, np.newaxis], 3, axis=2) for channel in range(3)]
    for picture, place in zip(drawn, places, strict=True):
        near = [palette[np.rint(place + side).astype(int).clip(0, len(palette) - 1)] for side in (-1e-3, 1e-3)]
        assert ((picture == near[0]) | (picture == near[1])).all()  # float32 may round a half the other way

    ends = {"signed": ("#053061", "#67001f"), "absolute": ("#ffffff", "#000000"), "clipped": ("#000000", "#ffffff")}
    assert (value["legend"]["colours"][0], value["legend"]["colours"][-1]) == ends[display]
    texts, positions = zip(*value["legend"]["ticks"], strict=True)
    marks = [-limit, 0, limit] if display == "signed" else [0, limit]
    assert positions == tuple(np.linspace(0, 1, len(marks)))
    written = [float(text.lstrip("≤≥ ").replace("−", "-")) for text in texts]
    assert written == pytest.approx(marks, rel=0.005)  # three digits
    is_beyond = (shown.min() < marks[0] - 1e-6, shown.max() > limit + 1e-6)
    assert (texts[0].startswith("≤"), texts[-1].startswith("≥")) == is_beyond


BLUE, RED = (0x21, 0x66, 0xAC), (0xB2, 0x18, 0x2B)  # of RdBu in 11 classes


def opened(item):
    with Image.open(item["file"]["path"]) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def counts(legend):
    """How many values lie below 0 and above 1, as the legend has it, from left to right."""
    (below, left), (above, right) = legend["ticks"]
    assert (left, right) == (0.0, 1.0)
    below, above = (re.fullmatch(r"values (below 0|above 1): ([\d\u202f]+)", text) for text in (below, above))
    assert (below[1], above[1]) == ("below 0", "above 1")
    return [int(found[2].replace("\u202f", "")) for found in (below, above)]


@pytest.mark.parametrize("channels", ["grey", "colour"])
@pytest.mark.parametrize("name", ["identity", "box_blur", "gaussian_3x3", "sharpen", "emboss"])
@pytest.mark.parametrize("others", [{}, {"bias": 0.25}, {"relu": True}], ids=str)
def test_a_kernel_that_sums_to_1_makes_a_picture(name, channels, others):
    """The numbers by SciPy in float64, on a whole photo; a byte of the picture is 255 times its number."""
    with Image.open(Path("examples", "coffee.png")) as picture:
        pixels = np.asarray(picture.convert("RGB"), float) / 255
    planes = np.moveaxis(pixels, 2, 0) if channels == "colour" else [pixels @ [0.299, 0.587, 0.114]]
    numbers = np.stack([correlate2d(plane, KERNELS[name].weights, mode="valid") for plane in planes], axis=2)
    numbers += others.get("bias", 0)
    numbers = np.maximum(numbers, 0) if others.get("relu") else numbers
    value = ask(kernel=kernel_value(KERNELS[name]), channels=channels, **others)["figure"]["value"]

    [item] = value["pictures"]
    assert item["label"] is None
    drawn = opened(item)
    assert drawn.shape == (*numbers.shape[:2], 3)
    margin = 2e-5  # of float32, and what counts as rounding: nearer than that to an end, either is right
    below, above = numbers < -margin, numbers > 1 + margin
    assert (drawn[above.any(axis=2)] == RED).all()
    assert (drawn[below.any(axis=2) & ~(numbers > 1).any(axis=2)] == BLUE).all()
    inside = ((numbers >= 0) & (numbers <= 1)).all(axis=2)
    assert np.abs(drawn[inside] - 255 * numbers[inside]).max() <= 1.01  # half a byte, and half of one of 254 greys
    for count, surely, perhaps in zip(counts(value["legend"]), (below, above), (numbers < 0, numbers > 1), strict=True):
        assert surely.sum() <= count <= perhaps.sum()
    assert (value["legend"]["colours"], value["legend"]["outside"]) == (["#000000", "#ffffff"], ["#2166ac", "#b2182b"])
    assert value["legend"]["title"].startswith("Drawn as a picture because the weights sum to 1: ")
    assert ("each colour" in value["legend"]["title"]) == (channels == "colour")


def test_the_identity_is_the_picture_itself():
    grey, colour = random_bytes(11, 17), random_bytes(11, 17, 3)
    kernel = cells("1")
    [item] = ask(upload(grey), kernel)["figure"]["value"]["pictures"]
    np.testing.assert_array_equal(opened(item), np.repeat(grey[:, :, np.newaxis], 3, axis=2))
    [item] = ask(upload(colour), kernel, channels="colour")["figure"]["value"]["pictures"]
    np.testing.assert_array_equal(opened(item), colour)


@pytest.mark.parametrize(
    ("kernel", "title"),
    [
        ("0 0.99", "Drawn as a picture because the weights sum to about 1 (0.99): black 0, white 1"),
        ("2 -1", "Drawn as a picture because the weights sum to 1: black 0, white 1"),
        ("1 -1", "Drawn signed because the weights sum to 0, not 1: blue negative, white 0, red positive"),
        ("1 1 1", "Drawn signed because the weights sum to 3, not 1: blue negative, white 0, red positive"),
        ("0 -1", "Drawn signed because the weights sum to −1, not 1: blue negative, white 0, red positive"),
        ("0.98", "Drawn signed because the weights sum to 0.98, not 1: blue negative, white 0, red positive"),
    ],
)
@pytest.mark.parametrize("picture", ["noise", "black"])
@pytest.mark.parametrize("others", [{}, {"bias": -4.0}, {"relu": True}, {"padding": "zeros", "stride": 2}], ids=str)
def test_the_legend_says_which_way_and_why_whatever_the_values_are(kernel, title, picture, others):
    pixels = random_bytes(11, 17) if picture == "noise" else np.zeros((11, 17), np.uint8)
    assert ask(upload(pixels), cells(kernel), **others)["figure"]["value"]["legend"]["title"] == title


@pytest.mark.parametrize("display", ["signed", "absolute", "clipped"])
def test_a_display_that_is_chosen_counts_for_more_than_the_kernel(display):
    chosen = ask(kernel=cells("1"), display=display)["figure"]["value"]["legend"]
    assert "outside" not in chosen
    assert "because" not in chosen["title"]


def test_a_full_scale_ends_at_the_largest_value():
    picture = upload(random_bytes(11, 17))
    feature_map = make_feature_map(read_photo(picture["upload"]), KERNELS["sobel_x"], Settings())
    end = format_number(np.abs(feature_map).max())
    ticks = ask(picture, scale="full")["figure"]["value"]["legend"]["ticks"]
    assert ticks == [[f"−{end}", 0.0], ["0", 0.5], [end, 1.0]]


@pytest.mark.parametrize(
    ("picture", "kernel"),
    [
        (random_bytes(5, 8), cells("0 0; 0 0")),
        (np.zeros((5, 8), np.uint8), SOBEL),
        (random_bytes(5, 8), cells("1e-30")),
    ],
    ids=["a zero kernel", "a black picture", "a tiny weight"],
)
@pytest.mark.parametrize("display", ["auto", "signed", "absolute", "clipped"])
def test_a_blank_feature_map_is_drawn(picture, kernel, display):
    assert ask(upload(picture), kernel, display=display)["figure"]["error"] == ""


def test_the_inspector_gets_the_layer_that_was_computed():
    """What the browser is told about the layer makes the numbers that the page saves: here SciPy computes from it."""
    values = np.random.default_rng(9).integers(0, 65536, (9, 14), dtype=np.uint16)
    chosen = {"stride": 2, "dilation": 2, "padding": "replicate", "bias": 0.25, "flip": "yes", "relu": True}
    picture, kernel = upload(values), cells("1 -2 0.5; 1/3 0 4")
    layer = ask(picture, kernel, **chosen)["figure"]["value"]["layer"]
    saved = save("npy", picture, kernel, **chosen)["saved"]
    feature_map = np.load(saved["file"]["path"], allow_pickle=False)

    with Image.open(layer["picture"]["path"]) as image:
        red, green, blue = np.moveaxis(np.asarray(image).astype(np.float64), 2, 0)
    assert layer["packed"] is True
    pixels = (65536 * red + 256 * green + blue) / 0xFFFFFF  # 24 bits of grey over three channels
    np.testing.assert_allclose(pixels, values / 65535, atol=1e-7)  # half of 2^-24, and float32's own rounding

    (top, bottom), (left, right) = layer["padding"]
    padded = np.pad(pixels, ((top, bottom), (left, right)), mode={"replicate": "edge"}[layer["mode"]])
    spread = np.zeros([layer["dilation"] * (count - 1) + 1 for count in layer["shape"]])
    spread[:: layer["dilation"], :: layer["dilation"]] = layer["weights"]
    sums = (convolve2d if layer["flip"] else correlate2d)(padded, spread, mode="valid")
    expected = np.maximum(sums[:: layer["stride"], :: layer["stride"]] + layer["bias"], 0)
    assert layer["relu"] is True
    np.testing.assert_allclose(feature_map, expected, atol=1e-5)  # sums of 6 products up to 4, in float32
    assert layer["size"] == [9, 14]
    assert abs(feature_map[tuple(layer["strongest"])]) == np.abs(feature_map).max()
    assert layer["largest"] == 4


@pytest.mark.parametrize("channels", ["grey", "colour"])
def test_the_inspector_reads_the_file_on_screen_where_that_has_all_the_bits(channels):
    picture = upload(random_bytes(9, 14, 3))
    answer = ask(picture, channels=channels)
    layer = answer["figure"]["value"]["layer"]
    assert (layer["packed"], layer["colour"]) == (False, channels == "colour")
    assert layer["picture"] == answer["picture"]["shown"]["file"]
    feature_map = make_feature_map(open_picture(picture).photo, KERNELS["sobel_x"], Settings(channels=channels))
    assert abs(feature_map[tuple(layer["strongest"])]) == np.abs(feature_map).max()


def test_an_edge_picture_says_what_it_is():
    answer = ask(directions="all")
    value = answer["figure"]["value"]
    assert value["caption"].startswith("Coffee cup, Sobel x, all directions: 598 × 398 values from 0 to ")
    assert value["legend"]["title"].startswith("Strength of the change, in any direction: √(a² + b²)")
    assert "sum" not in value["legend"]["title"]
    assert value["legend"]["colours"][0] == "#ffffff"
    assert value["legend"]["ticks"][0] == ["0", 0.0]
    assert value["facts"][1]["lines"][0] == "two kernels: 2 × 3 × 3 = 18, no bias"
    assert value["layer"]["edges"] is True
    assert answer["bias"]["interactive"] is answer["relu"]["interactive"] is False
    plain = ask()
    assert "edges" not in plain["figure"]["value"]["layer"]
    assert plain["bias"]["interactive"] is plain["relu"]["interactive"] is True


@pytest.mark.parametrize(
    ("kernel", "controls", "said"),
    [
        ("identity", {}, "The weights sum to 1, so even areas answer too"),
        ("laplacian_4", {}, "This kernel is its own transpose"),
        ("sobel_x", {"bias": 0.5}, "Bias and ReLU do not count here"),
        ("sobel_x", {"relu": True}, "Bias and ReLU do not count here"),
    ],
)
def test_an_edge_picture_says_what_is_odd_about_it(kernel, controls, said):
    answer = ask(kernel=kernel_value(KERNELS[kernel]), directions="all", **controls)
    assert said in answer["figure"]["value"]["legend"]["title"]


def test_the_query_restores_what_is_on_screen():
    kernel = {"name": "gabor", "parameters": {"angle": 30}, "cells": None, "text": None}
    controls = {"stride": 2, "padding": "zeros", "dilation": 3, "bias": -0.25, "flip": "yes", "channels": "colour"}
    controls |= {"directions": "other", "display": "absolute", "scale": "full"}
    answer = ask({"example": "rocket"}, kernel, relu=True, **controls)
    state, notices = from_query(QueryParams(answer["header"]["page_query"]))
    assert notices == ()
    expected = {"picture": "rocket", "kernel": KERNELS["gabor"].with_parameters(angle=30), "activation": "relu"}
    assert state == DEFAULTS | expected | controls


def test_a_photo_whose_colours_are_all_grey_has_one_channel():
    # So a browser sends a large grey scan: it reduces it as a JPEG in colour.
    grey = random_bytes(6, 9)
    as_colour, as_grey = ask(upload(np.stack([grey] * 3, axis=-1), "a.png")), ask(upload(grey, "b.png"))
    assert ", grey, " in as_colour["picture"]["shown"]["caption"]
    assert as_colour["figure"]["value"]["layer"]["strongest"] == as_grey["figure"]["value"]["layer"]["strongest"]
    assert "luminance" not in as_colour["code"]["value"]  # the program opens the same grey picture
    red = np.stack([grey, grey // 2, grey], axis=-1)
    assert ", colour, " in ask(upload(red, "c.png"))["picture"]["shown"]["caption"]


def test_an_upload_is_not_part_of_the_link():
    header = ask(upload(random_bytes(6, 9, 3)), stride=2)["header"]
    assert header == {"page_query": "stride=2", "uploaded": True}


@pytest.mark.parametrize("example_name", [None, "nosuch"])
def test_a_reference_with_an_upload_and_no_real_example_makes_a_link_that_opens(example_name):
    answer = ask(upload(random_bytes(6, 9, 3)) | {"example": example_name})
    assert answer["header"]["page_query"] == ""


def test_the_code_names_the_file_that_can_be_saved():
    answer = ask(upload(random_bytes(6, 9, 3)))
    assert f"Image.open({answer['picture']['shown']['save_as']!r})" in answer["code"]["value"]
    assert "Image.open('coffee.png')" in ask()["code"]["value"]


def test_the_sliders_end_where_the_settings_end():
    # By hand: 9 rows and 14 columns; a 3x3 kernel spans 2d + 1 <= 9, so d <= 4; 7 x 12 places, so stride 12.
    answer = ask(upload(random_bytes(9, 14)))
    assert (answer["stride"]["maximum"], answer["dilation"]["maximum"]) == (12, 4)
    assert answer["stride"]["interactive"] is answer["dilation"]["interactive"] is True
    assert answer["kernel"]["shown"]["limits"] == {"rows": 9, "columns": 14}
    # A slider from 1 to 1 cannot be drawn: it is switched off instead.
    for update in limit_sliders(Limits(rows=1, columns=1, stride=1, dilation=1), stride=1, dilation=1).values():
        assert (update["maximum"], update["interactive"]) == (2, False)


# ---- the arithmetic ------------------------------------------------------------------------------------------------


@given(st.integers(1, 2000), st.integers(1, 31), st.integers(1, 16), st.integers(0, 480), st.integers(1, 16))
@example(600, 3, 1, 0, 1)
@example(600, 3, 2, 2, 1)
@example(6, 2, 3, 0, 5)
def test_what_is_spelled_out_is_the_output_size(size, kernel, stride, padding, dilation):
    span = dilation * (kernel - 1) + 1
    assume(span <= size + padding)
    text = spell_out(size, kernel, stride, padding, dilation)
    left, right = text.split(" = ")
    sides = (padding // 2, padding - padding // 2)
    expected, _ = output_size((size, size), kernel, stride, (sides, sides), dilation)
    assert int(right) == expected
    assert value_of(left) == expected


def test_the_arithmetic_leaves_out_what_does_nothing():
    assert spell_out(600, 3, 1, 0, 1) == "600 − 3 + 1 = 598"  # issue 2
    assert spell_out(8, 2, 1, 0, 1) == "8 − 2 + 1 = 7"  # the chapter's edge image
    assert spell_out(8, 1, 1, 0, 1) == "8 − 1 + 1 = 8"
    assert "⌊" not in spell_out(600, 3, 1, 2, 2)


def test_the_page_opens_with_the_settings_of_an_empty_link():
    assert vars(DEFAULT_SETTINGS).items() <= DEFAULTS.items()
    assert Settings() == DEFAULT_SETTINGS
    assert isinstance(open_picture({"example": DEFAULTS["picture"]}).photo, Photo)

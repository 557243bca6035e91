"""The page's callbacks, called as a request calls them, with no server: good answers, wrong settings, hostile values.

An upload is a file below Gradio's upload folder, which is a new one for every test.
"""

import io
import json
import math
import re
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from gradio.utils import get_upload_folder
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.signal import convolve2d, correlate2d
from starlette.datastructures import QueryParams

from convdemo.correlation import output_size
from convdemo.images import Photo, read_photo
from convdemo.kernels import KERNELS, KernelError, custom_kernel, parse_kernel, to_cells
from convdemo.links import DEFAULTS, EXAMPLES, MAX_STEP, STEP_DEFAULTS, from_query
from convdemo.rendering import format_number, to_picture, vivid_limit
from convdemo.ui.feature_map import (
    DEFAULT_SETTINGS,
    draw,
    kernel_value,
    limit_sliders,
    read_kernel_value,
    save_map,
    spell_out,
)
from convdemo.ui.fit import Limits
from convdemo.ui.page import restore, restore_link
from convdemo.ui.picture import EXAMPLE_FOLDER, PictureGoneError, open_picture
from convdemo.ui.settings import Settings, make_feature_map, read_settings
from convdemo.ui.step import step_value
from convdemo.ui.widgets import read_text

COFFEE = {"example": "coffee"}  # 600 x 400, colour
SOBEL = kernel_value(KERNELS["sobel_x"])
CONTROLS = {
    "stride": 1, "padding": "none", "dilation": 1, "bias": 0.0, "relu": False, "flip": "no", "channels": "grey",
    "display": "signed", "scale": "vivid",
}  # fmt: skip
ANSWERS = ("picture", "kernel", "figure", "code", "header", "stride", "dilation")
LONGEST_SENTENCE = 500  # characters that fit under a control


@pytest.fixture(autouse=True)
def _own_upload_folder(tmp_path, monkeypatch):
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))


def ask(picture=COFFEE, kernel=SOBEL, **controls):
    """What `draw` answers, by name; as the browser gets it, it must be JSON."""
    answer = dict(zip(ANSWERS, draw(picture, kernel, *(CONTROLS | controls).values()), strict=True))
    json.dumps(answer, allow_nan=False, ensure_ascii=False).encode()
    return answer


def upload(content, name="mine.png"):
    """The reference that a browser sends for a picture it has uploaded."""
    path = Path(get_upload_folder()) / "0123456789abcdef" / name
    path.parent.mkdir(exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        Image.fromarray(content).save(path)
    return {"upload": str(path), "name": name, "original": None}


def random_bytes(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def cells(text):
    """A kernel as someone types it cell by cell."""
    rows = [row.split() for row in text.split(";")]
    return {"name": "custom", "parameters": {}, "cells": rows, "text": None}


def value_of(expression):
    """The value of an arithmetic that the page prints, by Python's own rules."""
    python = expression.translate(str.maketrans({"−": "-", "·": "*", "⌊": "(", "⌋": ")"})).replace(" / ", " // ")
    assert re.fullmatch(r"[0-9+*/() -]+", python)
    return eval(python, {"__builtins__": {}})  # noqa: S307 - digits and operators only


def is_skipped(update):
    return update == gr.skip()


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
    assert "feature_map" in answer["code"]
    assert answer["header"]["value"] == {"query": "", "uploaded": False, "notices": []}
    # An event sets the picture and the kernel of nobody: what someone is typing stays.
    assert "value" not in answer["picture"]
    assert "value" not in answer["kernel"]


def test_the_facts_of_the_chapter_stand_under_the_figure():
    # 600 - 3 + 1 and 400 - 3 + 1; 9 weights and a bias against one weight from each pixel to each output.
    size, weights = ask()["figure"]["value"]["facts"]
    assert size["lines"] == ["width 600 − 3 + 1 = 598", "height 400 − 3 + 1 = 398"]
    here, full = (line.replace("\u202f", "") for line in weights["lines"])
    assert here == "this layer: 3 × 3 + 1 bias = 10"
    assert full == "fully connected: 240000 pixels × 238004 outputs = 57120960000"
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


@pytest.mark.parametrize("display", ["signed", "absolute", "clipped"])
@pytest.mark.parametrize("scale", ["vivid", "full"])
@pytest.mark.parametrize("channels", ["grey", "colour"])
def test_the_pictures_are_those_of_the_numbers(display, scale, channels):
    picture = upload(random_bytes(11, 17, 3))
    value = ask(picture, display=display, scale=scale, channels=channels)["figure"]["value"]
    photo = read_photo(picture["upload"])
    feature_map = make_feature_map(photo, KERNELS["sobel_x"], Settings(channels=channels))
    limit = vivid_limit(feature_map) if scale == "vivid" and display != "clipped" else None
    expected = to_picture(feature_map, display=display, limit=limit)

    labels = [item["label"] for item in value["pictures"]]
    assert labels == (["red", "green", "blue"] if channels == "colour" and display != "clipped" else [None])
    for item, drawn in zip(value["pictures"], expected.pictures, strict=True):
        assert item["size"] == [9, 15]
        with Image.open(item["file"]["path"]) as image:
            assert image.format == "PNG"
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), drawn.rgb)
    assert value["legend"]["colours"] == list(expected.legend.colours)
    assert value["legend"]["ticks"] == [[tick.text, tick.position] for tick in expected.legend.ticks]


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
@pytest.mark.parametrize("display", ["signed", "absolute", "clipped"])
def test_a_blank_feature_map_is_drawn(picture, kernel, display):
    assert ask(upload(picture), kernel, display=display)["figure"]["error"] == ""


def test_the_inspector_gets_the_layer_that_was_computed():
    """What the browser is told about the layer makes the feature map that is on screen: here SciPy computes from it."""
    values = np.random.default_rng(9).integers(0, 65536, (9, 14), dtype=np.uint16)
    chosen = {"stride": 2, "dilation": 2, "padding": "replicate", "bias": 0.25, "flip": "yes"}
    layer = ask(upload(values), cells("1 -2 0.5; 1/3 0 4"), relu=True, **chosen)["figure"]["value"]["layer"]
    feature_map = make_feature_map(
        Photo((values / np.float32(65535))[..., np.newaxis], (9, 14)),
        custom_kernel([[1, -2, 0.5], [1 / 3, 0, 4]]),
        Settings(activation="relu", **chosen),
    )

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


def test_the_query_restores_what_is_on_screen():
    kernel = {"name": "gabor", "parameters": {"angle": 30}, "cells": None, "text": None}
    controls = {"stride": 2, "padding": "zeros", "dilation": 3, "bias": -0.25, "flip": "yes", "channels": "colour"}
    answer = ask({"example": "rocket"}, kernel, relu=True, display="absolute", scale="full", **controls)
    state, notices = from_query(QueryParams(answer["header"]["value"]["query"]))
    assert notices == ()
    expected = {"picture": "rocket", "kernel": KERNELS["gabor"].with_parameters(angle=30), "activation": "relu"}
    assert state == DEFAULTS | expected | controls | {"display": "absolute", "scale": "full"}


def test_a_photo_whose_colours_are_all_grey_has_one_channel():
    # So a browser sends a large grey scan: it reduces it as a JPEG in colour.
    grey = random_bytes(6, 9)
    as_colour, as_grey = ask(upload(np.stack([grey] * 3, axis=-1), "a.png")), ask(upload(grey, "b.png"))
    assert ", grey, " in as_colour["picture"]["shown"]["caption"]
    assert as_colour["figure"]["value"]["layer"]["strongest"] == as_grey["figure"]["value"]["layer"]["strongest"]
    assert "luminance" not in as_colour["code"]  # the program opens the same grey picture
    red = np.stack([grey, grey // 2, grey], axis=-1)
    assert ", colour, " in ask(upload(red, "c.png"))["picture"]["shown"]["caption"]


def test_an_upload_is_not_part_of_the_link():
    header = ask(upload(random_bytes(6, 9, 3)), stride=2)["header"]["value"]
    assert header == {"query": "stride=2", "uploaded": True, "notices": []}


@pytest.mark.parametrize("example_name", [None, "nosuch"])
def test_a_reference_with_an_upload_and_no_real_example_makes_a_link_that_opens(example_name):
    answer = ask(upload(random_bytes(6, 9, 3)) | {"example": example_name})
    assert answer["header"]["value"]["query"] == ""


def test_the_code_names_the_file_that_can_be_saved():
    answer = ask(upload(random_bytes(6, 9, 3)))
    assert f"Image.open({answer['picture']['shown']['save_as']!r})" in answer["code"]
    assert "Image.open('coffee.png')" in ask()["code"]


def test_the_sliders_end_where_the_settings_end():
    # By hand: 9 rows and 14 columns; a 3x3 kernel spans 2d + 1 <= 9, so d <= 4; 7 x 12 places, so stride 12.
    answer = ask(upload(random_bytes(9, 14)))
    assert (answer["stride"]["maximum"], answer["dilation"]["maximum"]) == (12, 4)
    assert answer["stride"]["interactive"] is answer["dilation"]["interactive"] is True
    assert answer["kernel"]["shown"]["limits"] == {"rows": 9, "columns": 14}
    # A slider from 1 to 1 cannot be drawn: it is switched off instead.
    for update in limit_sliders(Limits(rows=1, columns=1, stride=1, dilation=1), stride=1, dilation=1):
        assert (update["maximum"], update["interactive"]) == (2, False)


# ---- a wrong kernel ------------------------------------------------------------------------------------------------


def check_old_figure_stays(answer):
    assert answer["figure"]["stale"] is True
    assert "value" not in answer["figure"]  # an update without a value leaves the one on screen
    assert is_skipped(answer["code"])
    assert is_skipped(answer["header"])


def test_a_bad_cell_is_named_and_the_old_figure_stays_marked_as_old():
    answer = ask(kernel=cells("1 2 3; 4 5 abc"))
    shown = answer["kernel"]["shown"]
    assert shown["error"].startswith('row 2, column 3: "abc" is not a number')
    assert (shown["row"], shown["column"]) == (2, 3)
    assert "cells" not in shown  # what was typed stays
    check_old_figure_stays(answer)
    assert answer["figure"]["error"] == ""  # it is said once, where it is wrong
    assert answer["picture"]["shown"]["error"] is None


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        ({"cells": None, "text": "1 2; 3"}, "row 2 has 1 number but row 1 has 2"),
        ({"cells": None, "text": "1 2; 3 x"}, 'row 2, column 2: "x" is not a number'),
        ({"cells": None, "text": ""}, "empty"),
        ({"cells": [["1", ""]]}, "row 1, column 2: the cell is empty"),
        ({"cells": [["1/0"]]}, "divides by zero"),
        ({"cells": [["nan"]]}, "not a number"),
        ({"cells": [["1"] * 32]}, "at most 31"),
        ({"name": "gaussian", "parameters": {"sigma": 99}}, "from 0.3 to 5"),
        ({"name": "gaussian", "parameters": {"sigma": None}}, "choose a number from 0.3 to 5"),
        ({"name": "gaussian", "parameters": {"size": 3}}, 'no parameter "size"'),
        ({"name": "box_blur", "parameters": {"size": 4}}, "in steps of 2"),
    ],
)
def test_each_wrong_kernel_gets_its_sentence(kernel, words):
    answer = ask(kernel={"name": "custom", "parameters": {}} | kernel)
    assert words in answer["kernel"]["shown"]["error"]
    check_old_figure_stays(answer)


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_survives_the_way_to_the_browser_and_back(name):
    back = read_kernel_value(json.loads(json.dumps(kernel_value(KERNELS[name]))))
    assert back == KERNELS[name]
    assert back.values == KERNELS[name].values


def test_cells_and_text_are_read_alike():
    expected = custom_kernel([[1, -0.5], [1 / 3, 0]])
    assert read_kernel_value(cells("1 -0.5; 1/3 0")) == expected
    assert read_kernel_value({"name": "custom", "cells": None, "text": "1 -0.5; 1/3 0"}) == expected
    assert read_kernel_value({"name": "custom", "cells": [[1, -0.5], ["1/3", 0]]}) == expected  # numbers as well


# ---- wrong settings ------------------------------------------------------------------------------------------------

NUMBERS = {
    "stride": ("1", "16", [0, 40, 17, -1, None, 1.5, "x", "", math.nan, math.inf, True, [2], {}]),
    "dilation": ("1", "16", [0, 40, 17, -1, None, 2.25, "x", "", math.nan, -math.inf, False, [2], {}]),
    "bias": ("-4", "4", [4.01, -99, None, "x", "", math.nan, math.inf, True, [2], {}]),
}


@pytest.mark.parametrize(("name", "wrong"), [(name, value) for name in NUMBERS for value in NUMBERS[name][2]])
def test_a_wrong_number_gets_the_rule_and_a_remedy_that_works(name, wrong):
    answer = ask(**{name: wrong})
    sentence = answer["figure"]["error"]
    assert sentence.startswith(f"{name} is ")
    low, high, _ = NUMBERS[name]
    assert f"from {low} to {high}" in sentence or "counts pixels" in sentence
    check_old_figure_stays(answer)
    if remedy := re.search(r"try (-?[0-9.]+)$", sentence):
        assert ask(**{name: float(remedy[1])})["figure"]["error"] == ""
    else:
        assert f"type a number from {low} to {high}" in sentence


@pytest.mark.parametrize("name", ["padding", "flip", "channels", "display", "scale"])
@pytest.mark.parametrize("wrong", ["nosuch", "", None, 1, [], ["none"], {}, "x" * 100_000])
def test_an_unknown_choice_gets_the_choices(name, wrong):
    answer = ask(**{name: wrong})
    sentence = answer["figure"]["error"]
    assert sentence.startswith(f"{name} is ")
    assert str(DEFAULTS[name]) in sentence.partition("one of")[2]
    assert len(sentence) <= LONGEST_SENTENCE
    check_old_figure_stays(answer)


def test_whole_numbers_may_come_as_floats():
    assert read_settings(CONTROLS | {"stride": 2.0, "dilation": 3.0, "bias": 1, "scale": "full"}) == Settings(
        stride=2, dilation=3, bias=1.0, scale="full"
    )


@pytest.mark.parametrize(
    ("shape", "kernel", "controls", "arithmetic"),
    [
        # (rows, columns) of the upload; the span is dilation * (cells - 1) + 1 along each axis.
        ((5, 9), SOBEL, {"dilation": 4}, "3 rows span 4·(3 − 1) + 1 = 9 pixels, but the picture's height is 5"),
        (
            (9, 5),
            cells("1 2 3 4"),
            {"dilation": 3},
            "4 columns span 3·(4 − 1) + 1 = 10 pixels, but the picture's width is 5",
        ),
        ((3, 4), {"name": "box_blur", "parameters": {"size": 5}}, {}, "5 rows span 5 pixels"),
        (
            (3, 9),
            {"name": "box_blur", "parameters": {"size": 5}},
            {"dilation": 2},
            "5 rows span 2·(5 − 1) + 1 = 9 pixels",
        ),
        ((4, 3), {"name": "gaussian", "parameters": {"sigma": 2}}, {"stride": 2}, "13 rows span 13 pixels"),
    ],
)
def test_a_kernel_that_does_not_fit_gets_the_arithmetic_and_remedies_that_work(shape, kernel, controls, arithmetic):
    picture = upload(random_bytes(*shape))
    answer = ask(picture, kernel, **controls)
    sentence = answer["figure"]["error"]
    assert arithmetic in sentence
    check_old_figure_stays(answer)

    remedies = sentence.partition("use ")[2]
    smaller = re.search(r"kernel of at most (\d+) × (\d+)", remedies)
    dilation = re.search(r"dilation (\d+)", remedies)
    assert smaller or dilation
    if dilation:
        assert ask(picture, kernel, **controls | {"dilation": int(dilation[1])})["figure"]["error"] == ""
    else:
        fewer = custom_kernel(np.ones((int(smaller[1]), int(smaller[2]))))
        assert ask(picture, kernel_value(fewer), **controls)["figure"]["error"] == ""
    assert "padding “zeros”" in remedies
    assert ask(picture, kernel, **controls | {"padding": "zeros"})["figure"]["error"] == ""


def test_a_border_that_cannot_be_mirrored_gets_a_remedy_that_works():
    picture, kernel = upload(random_bytes(2, 9)), {"name": "box_blur", "parameters": {"size": 5}}
    answer = ask(picture, kernel, padding="reflect")
    assert "a picture of height 2 has 1 to mirror" in answer["figure"]["error"]
    check_old_figure_stays(answer)
    (remedy,) = re.findall(r"padding “(\w+)”$", answer["figure"]["error"])
    assert ask(picture, kernel, padding=remedy)["figure"]["error"] == ""


@pytest.mark.parametrize(("shape", "dilation"), [((5, 9), 4), ((5, 7), 2), ((5, 7), 16)])
def test_a_dilation_that_is_too_large_can_be_turned_back(shape, dilation):
    """The remedy is a smaller dilation: a slider that is switched off would not let anybody follow it."""
    kernel = {"name": "box_blur", "parameters": {"size": 5}}
    answer = ask(upload(random_bytes(*shape)), kernel, dilation=dilation)
    (remedy,) = re.findall(r"use dilation (\d+)", answer["figure"]["error"])
    update = answer["dilation"]
    assert update["interactive"] or update.get("value") == int(remedy)


def test_the_limits_come_with_an_error_as_well():
    answer = ask(upload(random_bytes(5, 9)), SOBEL, dilation=4)
    assert answer["dilation"]["maximum"] == 2  # 2 * 2 + 1 = 5 rows
    # As it is, with dilation 4: 2 rows span 5, so that 3 columns (9 pixels) fit; 3 rows never do, with any column.
    assert answer["kernel"]["shown"]["limits"] == {"rows": 2, "columns": 1}


# ---- pictures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_opens_with_its_title_and_its_pixels(name):
    shown = ask({"example": name})["picture"]["shown"]
    title = read_text("picture")["example_names"][name]
    assert shown["caption"].startswith(f"{title}: ")
    assert shown["alt"].endswith(title)
    (shipped,) = [path for path in EXAMPLE_FOLDER.glob(f"{name}.*") if path.suffix in (".png", ".jpg")]
    with Image.open(shown["file"]["path"]) as on_screen, Image.open(shipped) as original:
        np.testing.assert_array_equal(np.asarray(on_screen), np.asarray(original))
    assert shown["save_as"] == shipped.name


def outside_references(tmp_path):
    inside = Path(get_upload_folder())
    secret = tmp_path / "secret.png"
    Image.fromarray(random_bytes(4, 6)).save(secret)
    (inside / "link.png").symlink_to(secret)
    (inside / "folder").symlink_to(tmp_path, target_is_directory=True)
    return {
        "an absolute path": "/etc/passwd",
        "a picture outside": str(secret),
        "two dots": str(inside / ".." / "secret.png"),
        "a relative path": "../secret.png",
        "a symbolic link to a file": str(inside / "link.png"),
        "a symbolic link to a folder": str(inside / "folder" / "secret.png"),
        "a folder that begins alike": f"{inside}2/secret.png",
        "an example's own path": str(open_picture(COFFEE).file),
        "a URL": f"file://{secret}",
        "nothing": "",
    }


@pytest.mark.parametrize("kind", [
    "an absolute path", "a picture outside", "two dots", "a relative path", "a symbolic link to a file",
    "a symbolic link to a folder", "a folder that begins alike", "an example's own path", "a URL", "nothing",
])  # fmt: skip
def test_a_picture_outside_of_the_upload_folder_is_refused(kind, tmp_path):
    path = outside_references(tmp_path)[kind]
    answer = ask({"upload": path, "name": "holiday.png"})
    assert answer["picture"]["shown"] == {
        "error": "The picture “holiday.png” is not one of the examples and was not uploaded here: "
        "choose an example or upload a photo."
    }
    check_old_figure_stays(answer)


def test_what_is_refused_does_not_tell_whether_the_file_exists(tmp_path):
    (tmp_path / "real.png").write_bytes(b"secret")
    real, unreal = (ask({"upload": str(tmp_path / f"{name}.png"), "name": "a"}) for name in ("real", "unreal"))
    assert real == unreal


def test_an_upload_that_is_gone_asks_the_browser_to_send_it_again():
    picture = upload(random_bytes(4, 6))
    assert ask(picture, padding="zeros")["picture"]["shown"]["error"] is None
    Path(picture["upload"]).unlink()
    answer = ask(picture)
    assert answer["picture"]["shown"] == {
        "error": "The photo is no longer on the server: choose it again.",
        "gone": True,
    }
    check_old_figure_stays(answer)
    with pytest.raises(PictureGoneError):
        open_picture(picture)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello, this is no picture", "text file"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "damaged or cut short"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 60, "damaged or cut short"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_a_corrupt_upload_gets_one_sentence(content, words):
    answer = ask(upload(content))
    assert answer["picture"]["shown"].keys() == {"error"}
    assert words in answer["picture"]["shown"]["error"]
    check_old_figure_stays(answer)
    assert answer["kernel"]["shown"]["error"] is None


def test_a_picture_that_was_cut_short_on_its_way():
    file = io.BytesIO()
    Image.fromarray(random_bytes(40, 60, 3)).save(file, "PNG")
    assert "damaged or cut short" in ask(upload(file.getvalue()[:2000]))["picture"]["shown"]["error"]


def test_a_picture_of_one_pixel_is_a_picture():
    answer = ask(upload(np.uint8([[200]])), kernel_value(KERNELS["identity"]), padding="zeros")
    assert answer["figure"]["value"]["pictures"][0]["size"] == [1, 1]


def test_two_uploads_of_the_same_name_are_two_pictures():
    first = upload(random_bytes(4, 6))
    size = ask(first)["picture"]["shown"]["size"]
    second = upload(random_bytes(5, 9), "other.png") | {"name": "mine.png"}
    assert (size, ask(second)["picture"]["shown"]["size"]) == ([4, 6], [5, 9])


def test_the_working_file_is_written_again_when_the_cache_folder_was_emptied():
    picture = upload(random_bytes(4, 6, 3))
    first = open_picture(picture).file
    first.unlink()
    assert open_picture(picture).file.is_file()


def test_a_16_bit_grey_upload_keeps_its_16_bits():
    values = np.random.default_rng(2).integers(0, 65536, (7, 11), dtype=np.uint16)
    picture = open_picture(upload(values))
    with Image.open(picture.file) as working:
        kept = np.asarray(working)
    assert kept.dtype == np.uint16
    np.testing.assert_array_equal(kept, values)
    identity = make_feature_map(picture.photo, KERNELS["identity"], Settings(padding="zeros"))
    np.testing.assert_array_equal(identity, values.astype(np.float32) / np.float32(65535))


def test_an_8_bit_upload_keeps_its_bytes():
    for values in (random_bytes(7, 11), random_bytes(7, 11, 3)):
        with Image.open(open_picture(upload(values)).file) as working:
            np.testing.assert_array_equal(np.asarray(working), values)


def test_a_reduced_photo_says_how_large_it_was():
    # The browser reduces the long side to 1024 and keeps the shape: 3000 x 2250 becomes 1024 x 768.
    picture = upload(random_bytes(768, 1024)) | {"original": [2250, 3000]}
    assert ask(picture)["picture"]["shown"]["caption"].endswith("(reduced from 3000 × 2250)")
    # Rounding: 4032 x 3023 becomes 1024 x 767.746, so 768.
    picture = upload(random_bytes(768, 1024)) | {"original": [3023, 4032]}
    assert ask(picture)["picture"]["shown"]["caption"].endswith("(reduced from 4032 × 3023)")


def test_a_photo_that_the_server_reduced_says_how_large_it_was():
    shown = ask(upload(random_bytes(60, 2048)))["picture"]["shown"]
    assert shown["size"] == [30, 1024]
    assert shown["caption"].endswith("(reduced from 2048 × 60)")


@pytest.mark.parametrize(
    "claim",
    [
        None, [], [2250], [2250, 3000, 3], "2250x3000", {"height": 2250}, 5, True, ["2250", "3000"], [None, None],
        [700, 900], [2250, 900], [700, 3000], [-2250, -3000], [0, 0], [768, 1024], [2250.5, 3000.5],
    ],
    ids=str,
)  # fmt: skip
def test_an_original_size_that_cannot_be_is_not_shown(claim):
    picture = upload(random_bytes(768, 1024)) | {"original": claim}
    assert "reduced" not in ask(picture)["picture"]["shown"]["caption"]


@pytest.mark.parametrize(
    ("size", "claim"),
    [
        ((768, 1024), [3000, 2250]),  # lying against standing
        ((768, 1024), [9000, 1024]),  # another shape
        ((20, 30), [10**30, 15 * 10**29]),  # more pixels than there are
    ],
)
def test_an_original_size_that_no_reduction_explains_is_not_shown(size, claim):
    picture = upload(random_bytes(*size)) | {"original": claim}
    assert "reduced" not in ask(picture)["picture"]["shown"]["caption"]


def test_a_long_or_odd_name_is_shown_shortened_as_text():
    picture = upload(random_bytes(4, 6)) | {"name": "/home/me/" + "a" * 200 + "{x}<b>.png"}
    caption = ask(picture)["picture"]["shown"]["caption"]
    assert caption.startswith("a" * 80 + ": 6 × 4 pixels")
    caption = ask(picture | {"name": "<b>{width}.png"})["picture"]["shown"]["caption"]
    assert caption.startswith("<b>{width}.png: 6 × 4 pixels")  # as text: nothing is filled in twice


def test_half_a_character_in_a_name_does_not_break_the_answer():
    ask(upload(random_bytes(4, 6)) | {"name": "\ud800.png"})  # JSON can say it, UTF-8 cannot


@pytest.mark.parametrize("name", ["/", "", None])
def test_a_picture_without_a_name_has_one_all_the_same(name):
    caption = ask(upload(random_bytes(4, 6)) | {"name": name})["picture"]["shown"]["caption"]
    assert re.match(r"[^:]*\w[^:]*: 6 × 4 pixels", caption)


# ---- hostile values ------------------------------------------------------------------------------------------------


def check_told(answer):
    """Something is wrong, and the page says so in at most a few lines."""
    told = [
        answer["picture"]["shown"].get("error"),
        answer["kernel"]["shown"].get("error"),
        answer["figure"]["error"],
    ]
    sentences = [sentence for sentence in told if sentence]
    assert sentences
    assert max(map(len, sentences)) <= LONGEST_SENTENCE
    check_old_figure_stays(answer)


NOT_MAPPINGS = [None, [], "sobel_x", 5, True, [["name", "sobel_x"]]]


@pytest.mark.parametrize("value", NOT_MAPPINGS, ids=str)
def test_a_kernel_that_is_no_object_is_told(value):
    check_told(ask(kernel=value))


@pytest.mark.parametrize("value", NOT_MAPPINGS, ids=str)
def test_a_picture_that_is_no_object_is_told(value):
    check_told(ask(picture=value))


HOSTILE_KERNELS = {
    "no keys": {},
    "only a name": {"name": "nosuch"},
    "a name of another type": {"name": 5},
    "a name that is a list": {"name": ["sobel_x"]},
    "a name that is an object": {"name": {}},
    "parameters that are a text": {"name": "gaussian", "parameters": "sigma"},
    "parameters that are a number": {"name": "gaussian", "parameters": 5},
    "parameters that are a list": {"name": "gaussian", "parameters": [1]},
    "a parameter called self": {"name": "gaussian", "parameters": {"self": 1}},
    "a parameter with a long name": {"name": "gaussian", "parameters": {"s" * 100_000: 1}},
    "a parameter that is a list": {"name": "gaussian", "parameters": {"sigma": [1]}},
    "a parameter that is a long text": {"name": "gaussian", "parameters": {"sigma": "9" * 100_000}},
    "a parameter that is huge": {"name": "gaussian", "parameters": {"sigma": 10**400}},
    "a parameter that is nan": {"name": "gaussian", "parameters": {"sigma": math.nan}},
    "cells that are a number": {"cells": 5},
    "cells that are true": {"cells": True},
    "a row that is a number": {"cells": [5]},
    "a row that is nothing": {"cells": [None]},
    "no rows": {"cells": []},
    "an empty row": {"cells": [[]]},
    "cells that are an object": {"cells": {"a": 1}},
    "cells that are a text": {"cells": "abc"},
    "a cell that is a list": {"cells": [["1", ["2"]]]},
    "a cell that is nothing": {"cells": [["1", None]]},
    "a cell that is true": {"cells": [["1", True]]},
    "a cell that is nan": {"cells": [["1", math.nan]]},
    "many rows": {"cells": [["1"] * 31] * 20_000},
    "many columns": {"cells": [["1"] * 500_000]},
    "a long cell": {"cells": [["1" * 1_000_000]]},
    "a long text": {"cells": None, "text": "1 " * 1_000_000},
    "brackets": {"cells": None, "text": "[" * 49_000},
    "code": {"cells": None, "text": "__import__('os').getcwd()"},
    "a text that is an object": {"cells": None, "text": {"a": 1}},
}


@pytest.mark.parametrize("kind", HOSTILE_KERNELS)
def test_a_hostile_kernel_is_told(kind):
    with pytest.raises(KernelError):
        read_kernel_value(HOSTILE_KERNELS[kind])
    check_told(ask(kernel=HOSTILE_KERNELS[kind]))


@pytest.mark.parametrize("sent", [None, [], "sobel_x", {"cells": 5}, {"name": "gaussian", "parameters": 5}])
def test_what_is_no_kernel_at_all_is_told(sent):
    with pytest.raises(KernelError, match=r"^the kernel that was sent is not one: pick one from the menu$"):
        read_kernel_value(sent)


HOSTILE_PATHS = {
    "a null byte": "{folder}/a\0.png",
    "a null byte alone": "\0",
    "half a character": "{folder}/\ud800.png",
    "a name that is too long": "{folder}/" + "a" * 300,
    "a path that is too long": "{folder}" + "/aaaa" * 20_000,
    "a new line": "{folder}/a\nb.png",
    "the folder itself": "{folder}",
    "the home of somebody": "~/.ssh/id_rsa",
}


@pytest.mark.parametrize("kind", HOSTILE_PATHS)
def test_a_hostile_path_is_told(kind):
    check_told(ask({"upload": HOSTILE_PATHS[kind].format(folder=get_upload_folder()), "name": "a.png"}))


@pytest.mark.parametrize(
    "value", [5, True, [], ["/etc/passwd"], {"path": "/etc/passwd"}, "x" * 100_000], ids=lambda v: str(v)[:20]
)
@pytest.mark.parametrize("key", ["example", "upload", "name"])
def test_a_hostile_reference_is_told(key, value):
    check_told(ask({key: value}))


@pytest.mark.parametrize("name", ["stride", "dilation", "bias"])
@pytest.mark.parametrize("value", [10**19, 10**20, -(10**400)], ids=["10^19", "10^20", "-10^400"])
def test_a_number_beyond_64_bits_is_told(name, value):
    check_told(ask(**{name: value}))


@pytest.mark.parametrize("name", ["stride", "dilation", "bias", "padding", "flip", "channels", "display", "scale"])
@pytest.mark.parametrize(
    "value", ["x" * 100_000, ["x"] * 100_000, {"x": ["x"] * 100_000}], ids=["text", "list", "object"]
)
def test_a_huge_setting_is_told_in_a_short_sentence(name, value):
    check_told(ask(**{name: value}))


@pytest.mark.parametrize("value", ["false", [0], 7], ids=str)
def test_relu_is_a_truth_value_or_refused(value):
    check_told(ask(relu=value))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(json_values, min_size=7, max_size=7), st.booleans())
@settings(deadline=None)
def test_any_settings_are_read_or_refused(values, relu):
    names = ("stride", "padding", "dilation", "bias", "flip", "channels", "display")
    try:
        read = read_settings(CONTROLS | dict(zip(names, values, strict=True)) | {"relu": relu})
    except ValueError:  # and nothing else is raised
        return
    assert read.stride in range(1, MAX_STEP + 1)


# ---- links ---------------------------------------------------------------------------------------------------------

CHOSEN = ("padding", "bias", "relu", "flip", "channels", "display", "scale")


def restored(query, picture=None, kernel=None):
    """What a link changes on the page: first the tabs, last this tab's components; other tabs stand between."""
    updates = restore(picture, kernel, SimpleNamespace(query_params=QueryParams(query)))
    mine = (*ANSWERS, *CHOSEN)
    return {"tabs": updates[0]} | dict(zip(mine, updates[-len(mine) :], strict=True))


@pytest.mark.parametrize("query", ["", "__theme=dark", "__theme=dark&__lang=de"])
def test_without_a_link_nothing_changes(query):
    assert all(is_skipped(update) for update in restored(query).values())


def test_a_link_without_a_word_answers_for_as_many_components_as_any():
    assert len(restore_link({})) == len(restore_link({"stride": "2"})) >= 1 + len(ANSWERS) + len(CHOSEN)
    tabs, step, *others = restore_link({"__theme": "dark"})
    assert is_skipped(tabs)
    assert all(is_skipped(update) for update in others)
    # The one exception: an empty update would empty the props of a tab that has not been opened.
    assert step["module"].endswith("/step.js")
    assert step["value"] == step_value(STEP_DEFAULTS)


def test_a_link_restores_every_component():
    updates = restored(
        "picture=rocket&kernel=gabor:angle=30&stride=2&padding=reflect&dilation=3&bias=-0.25&activation=relu&flip=yes"
        "&channels=colour&display=absolute&scale=full"
    )
    kernel = KERNELS["gabor"].with_parameters(angle=30)
    assert updates["tabs"]["selected"] == "feature_map"
    assert updates["picture"]["value"] == {"example": "rocket"}
    assert updates["picture"]["shown"]["size"] == [427, 640]
    assert updates["kernel"]["value"] == kernel_value(kernel)
    assert updates["kernel"]["value"]["parameters"]["angle"] == 30
    assert updates["kernel"]["shown"]["cells"] == to_cells(kernel.weights)
    assert (updates["stride"]["value"], updates["dilation"]["value"]) == (2, 3)
    plain = {name: updates[name] for name in CHOSEN}
    assert plain == {
        "padding": "reflect", "bias": -0.25, "relu": True, "flip": "yes", "channels": "colour", "display": "absolute",
        "scale": "full",
    }  # fmt: skip
    # By hand: padded, the size is kept, and every second of 427 rows and 640 columns is 214 x 320.
    assert [item["size"] for item in updates["figure"]["value"]["pictures"]] == [[214, 320]] * 3
    assert updates["figure"]["stale"] is False
    assert updates["header"]["value"]["notices"] == []


def test_a_restored_link_is_the_link_of_what_is_on_screen():
    query = "picture=chelsea&kernel=1,0;0,-1&stride=2&bias=0.5"
    assert restored(query)["header"]["value"] == {"query": query, "uploaded": False, "notices": []}


def test_after_a_reload_what_the_browser_has_counts_for_more_than_the_link():
    picture, kernel = upload(random_bytes(6, 9)), cells("1 -2; 0 1") | {"operations": [], "request": 7}
    updates = restored("picture=rocket&kernel=sobel_y&stride=2", picture, kernel)
    assert updates["figure"] == ask(picture, kernel, stride=2)["figure"]
    assert updates["picture"]["value"] == picture
    assert updates["kernel"]["value"] == kernel
    plain = restored("__theme=dark", None, kernel)  # also where there is no link
    assert plain["figure"] == ask(COFFEE, kernel)["figure"]


def test_after_a_reload_a_kernel_that_was_wrong_is_still_there_and_still_told():
    kernel = cells("1 abc")
    updates = restored("", None, kernel)
    assert updates["kernel"]["value"] == kernel
    assert '"abc" is not a number' in updates["kernel"]["shown"]["error"]
    assert updates["figure"]["stale"]


def test_after_a_reload_a_photo_that_is_gone_gives_way_to_the_link_with_a_notice():
    picture = upload(random_bytes(4, 6))
    Path(picture["upload"]).unlink()
    updates = restored("picture=rocket", picture, None)
    assert updates["picture"]["value"] == {"example": "rocket"}
    assert updates["header"]["value"]["notices"] == [read_text("picture")["gone"]]


def test_a_restored_state_answers_as_draw_does():
    updates = restored("picture=camera&kernel=1,0;0,-1;2,2&dilation=2")
    answer = ask({"example": "camera"}, kernel_value(custom_kernel(parse_kernel("1 0; 0 -1; 2 2"))), dilation=2)
    for name in ("figure", "code"):
        assert updates[name] == answer[name]


def test_what_is_wrong_in_a_link_is_told_and_the_rest_restored():
    updates = restored("kernel=sobel_z&stride=99&padding=zeros&hat=red")
    notices = updates["header"]["value"]["notices"]
    assert [notice.partition("=")[0] for notice in notices] == ["kernel", "stride", "hat"]
    assert updates["header"]["value"]["query"] == "padding=zeros"
    assert updates["padding"] == "zeros"
    assert updates["stride"]["value"] == 1
    assert updates["kernel"]["value"]["name"] == "sobel_x"


def test_a_link_to_a_kernel_that_does_not_fit_says_so():
    # chelsea has 300 rows, and 16 * 30 + 1 = 481.
    updates = restored("picture=chelsea&kernel=box_blur:size=31&dilation=16&hat=red")
    assert "31 rows span 16·(31 − 1) + 1 = 481 pixels" in updates["figure"]["error"]
    assert updates["figure"]["stale"] is True
    assert updates["dilation"]["value"] == 16  # what the link says stays to be changed
    assert updates["dilation"]["maximum"] == 9  # 9 * 30 + 1 = 271 <= 300 < 301
    assert len(updates["header"]["value"]["notices"]) == 1


def test_no_link_stops_the_page_from_opening():
    for query in ("kernel=gaussian:self=1", "kernel=" + "9" * 60_000, "%00=%00", "kernel=%ff", "=", "&&", "picture=/"):
        assert restored(query)["header"].get("value", {"query": ""})["query"] == ""  # "=" says nothing: no update


# ---- the map as a file ---------------------------------------------------------------------------------------------


def save(kind, *request):
    """What the page answers when a file of this kind is asked for."""
    return save_map(gr.EventData(None, {"kind": kind}), *request)


@pytest.mark.parametrize("channels", ["grey", "colour"])
def test_the_saved_numbers_are_the_feature_map(channels):
    picture = upload(random_bytes(9, 14, 3))
    controls = CONTROLS | {"channels": channels, "bias": 0.5, "stride": 2, "padding": "zeros"}
    update = save("npy", picture, cells("1 -2; 0 1"), *controls.values())
    path = Path(update["saved"]["file"]["path"])
    saved = np.load(path, allow_pickle=False)
    chosen = Settings(channels=channels, bias=0.5, stride=2, padding="zeros")
    expected = make_feature_map(read_photo(picture["upload"]), custom_kernel([[1, -2], [0, 1]]), chosen)
    assert saved.dtype == np.float32
    np.testing.assert_array_equal(saved, expected)
    assert saved.shape == ((5, 7, 3) if channels == "colour" else (5, 7))
    assert path.is_relative_to(Path(get_upload_folder()).resolve())  # where Gradio may serve it, and clean up
    assert update["saved"]["name"] == path.name == "feature-map-custom.npy"


@pytest.mark.parametrize("display", ["signed", "absolute", "clipped"])
@pytest.mark.parametrize("channels", ["grey", "colour"])
def test_the_saved_picture_is_the_one_on_screen(channels, display):
    request = (
        upload(random_bytes(9, 14, 3)),
        cells("1 -2; 0 1"),
        *(CONTROLS | {"channels": channels, "display": display}).values(),
    )
    shown = dict(zip(ANSWERS, draw(*request), strict=True))["figure"]["value"]["pictures"]
    saved = save("png", *request)["saved"]
    assert saved["name"] == "feature-map-custom.png"
    tiles = [np.asarray(Image.open(one["file"]["path"]).convert("RGB")) for one in shown]
    np.testing.assert_array_equal(np.asarray(Image.open(saved["file"]["path"]).convert("RGB")), np.hstack(tiles))


@pytest.mark.parametrize(
    ("picture", "kernel", "controls", "words"),
    [
        ({"upload": "/etc/passwd", "name": "a"}, SOBEL, {}, "not uploaded here"),
        (COFFEE, cells("abc"), {}, '"abc" is not a number'),
        (COFFEE, SOBEL, {"stride": 0}, "stride is 0"),
        (COFFEE, {"name": "box_blur", "parameters": {"size": 31}}, {"dilation": 16}, "31 rows span"),
    ],
)
def test_numbers_that_there_are_not_cannot_be_saved(picture, kernel, controls, words):
    with pytest.raises(gr.Error, match=re.escape(words)):
        save("npy", picture, kernel, *(CONTROLS | controls).values())


def test_the_numbers_of_an_upload_that_is_gone_cannot_be_saved():
    picture = upload(random_bytes(4, 6))
    Path(picture["upload"]).unlink()
    with pytest.raises(gr.Error, match="no longer on the server"):
        save("npy", picture, SOBEL, *CONTROLS.values())


# ---- the arithmetic ------------------------------------------------------------------------------------------------


@given(st.integers(1, 2000), st.integers(1, 31), st.integers(1, 16), st.integers(0, 480), st.integers(1, 16))
@settings(deadline=None)
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

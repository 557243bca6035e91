"""The tab "Why convolution" without a browser: what is counted, what moves, who notices, and what is refused.

Weights are multiplied out by hand, feature maps come from the two loops of the definition.
"""

import html
import json
import re
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdemo.correlation import cross_correlate_loops
from convdemo.kernels import KERNELS, custom_kernel
from convdemo.ui.kernel.value import kernel_value
from convdemo.ui.lesson import Shared
from convdemo.ui.page import restored_places, restoring
from convdemo.ui.parts.hashed import Hashed
from convdemo.ui.state import from_query
from convdemo.ui.why import lesson as tab
from convdemo.ui.why.direction import draw_chapter
from convdemo.ui.why.locality import draw_locality, pixel_at
from convdemo.ui.why.shift import draw_shift
from convdemo.ui.why.state import MAX_SHIFT, STATE
from convdemo.ui.why.weights import format_bytes
from tests.page.request import run_async
from tests.page.uploads import upload

COFFEE = {"example": "coffee"}
SOBEL = kernel_value(KERNELS["sobel_x"])
LONGEST = 900  # characters of a sentence in its markup, whatever was sent


pytestmark = pytest.mark.usefixtures("upload_folder")


def noise(shape=(27, 38), seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def draw(*sections, picture=COFFEE, weights=SOBEL, **changes):
    """The answer of an event by the names of its places, with the text of HTML as it is read."""
    request = {"picture": picture, "page_kernel": weights, **STATE.defaults, **changes}
    answer = tab.draw(sections or tuple(tab.SECTIONS), request)
    assert set(answer) <= {*tab.PLACES, "query"}
    places = {name: answer.get(name, gr.skip()) for name in (*tab.PLACES, "query")}
    return {name: html.unescape(value) if isinstance(value, str) else value for name, value in places.items()}


# ---- weights -------------------------------------------------------------------------------------------------------


def test_the_weights_of_the_chapter():
    said = draw("weights", count="other", side=1000, channels=3, kernel=3)["weights"]
    # The issue: a 1-megapixel RGB image needs 3,000,000 weights a unit, 3x3 needs nine, here for each of 3 channels.
    assert "1\u202f000\u202f000 × 3 = 3\u202f000\u202f000" in said
    assert "9 × 3 = 27" in said
    assert "12 MB" in said  # 4 bytes each
    assert "108 B" in said
    assert "saves another factor of 996\u202f004" in said  # 998 x 998 places


def test_the_shared_photo_is_counted_by_default():
    said = draw("weights")["weights"]
    assert "240\u202f000 × 3 = 720\u202f000" in said  # coffee.png is 600 x 400 in colour
    assert "9 × 3 × 238\u202f004 = 6\u202f426\u202f108" in said  # 598 x 398 places
    assert "1 channel," in draw("weights", picture=upload(noise()))["weights"]


def test_weights_are_areas_and_what_is_too_small_for_them_says_so():
    said = draw("weights")["weights"]
    squares = [float(width) for width in re.findall(r'<rect x="[^"]*" y="[^"]*" width="([^"]*)"', said)]
    assert squares == [2, 2]  # as small as a dot is drawn
    # By hand: 6 426 108 of 171 362 880 000 is 1 of 26 666.7, the square of 163.3; 150 pixels less that is 0.92.
    assert "163 times as wide" in said
    assert "The left dot would be 0.92 pixels wide" in said
    # 27 of 6 426 108 is 1 of 238 004, the square of 487.9.
    assert "The right dot would be 0.31 pixels wide" in said
    # 6 x 6 pixels, 3 x 3 cells: 36 x 16 and 9 x 16 weights, of which 9 are shared: a half, and a quarter, of the side.
    said = draw("weights", count="other", side=6, channels=1, kernel=3)["weights"]
    squares = [float(width) for width in re.findall(r'<rect x="[^"]*" y="[^"]*" width="([^"]*)"', said)]
    assert squares == [75, 37.5]
    assert "would be" not in said


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (999, "999 B"), (4096, "4.1 kB"), (685_451_520_000, "685 GB")])
def test_bytes_are_written_with_three_digits(count, text):
    assert format_bytes(count) == text


# ---- translation ---------------------------------------------------------------------------------------------------


def largest(places):
    return re.search(r"Largest difference inside:</b> <b>([^<]*)<", places["shift_words"])[1]


@pytest.mark.parametrize("mode", ["wrap", "zeros"])
@pytest.mark.parametrize("shift", [(0, 0), (1, 0), (-7, 20), (20, -20)])
def test_the_convolution_moves_with_the_picture_exactly(mode, shift):
    given = draw("shift", mode=mode, rows=shift[0], columns=shift[1])
    assert largest(given) == "0"


@pytest.mark.parametrize("layer", ["stride", "pooling"])
def test_with_a_step_of_two_only_even_shifts_are_exact(layer):
    for rows, columns in ((2, -4), (0, 6)):
        given = draw("shift", layer=layer, rows=rows, columns=columns)
        assert largest(given) == "0"
        assert "every second pixel only" in given["shift_words"]
    for rows, columns in ((1, 0), (2, 3)):
        given = draw("shift", layer=layer, rows=rows, columns=columns)
        assert largest(given) != "0"
        assert "half an output" in given["shift_words"]


def test_a_fully_connected_layer_does_not_move_with_the_picture():
    given = draw("shift", layer="full", rows=1, columns=0)
    assert float(largest(given)) > 0.01
    # coffee.png is 32 x 21 with a longer side of 32; 3x3 windows have 30 x 19 places: 672 * 570 weights.
    assert "32 × 21" in given["shift_words"]
    assert "383\u202f040 weights" in given["shift_words"]


def test_the_map_on_screen_is_that_of_the_definition():
    image = noise((9, 12)) / np.float32(255)
    kernel = np.float32([[1, -2, 0.5]])
    loops = cross_correlate_loops(np.roll(image, (2, 3), (0, 1)), kernel)
    given = draw_shift(image, kernel, layer="convolution", mode="wrap", rows=2, columns=3)
    text = html.unescape(given["map_of_shifted"])
    for end in (loops.min(), loops.max()):
        assert f"{abs(end):.3g}" in text
    assert "10 × 9" in text  # width by height


def test_a_shift_that_leaves_nothing_inside_says_so():
    given = draw("shift", picture=upload(noise((12, 15))), rows=MAX_SHIFT, columns=0)
    assert "leaves nothing inside" in given["shift_words"]


# ---- locality ------------------------------------------------------------------------------------------------------


def test_one_pixel_changes_the_windows_that_hold_it_and_every_fully_connected_output():
    ones = kernel_value(custom_kernel(np.ones((3, 3), np.float32)))
    given = draw("local", weights=ones, row=10, column=12)
    assert "9 of 570 outputs changed" in given["local_convolution"]  # k x k
    assert "570 of 570 outputs changed" in given["local_full"]
    # Sobel's kernel has a column of zeros, which sees nothing.
    given = draw("local", row=10, column=12)
    assert "6 of 570" in given["local_convolution"]
    assert "3 × 3 windows hold this pixel" in given["local_convolution"]
    for place in ("local_convolution", "local_full"):
        assert re.search(r"pixel was painted (white: from 0\.\d+ to 1|black: from 0\.\d+ to 0)\.", given[place])


def test_a_patch_changes_more_and_a_corner_less():
    ones = kernel_value(custom_kernel(np.ones((3, 3), np.float32)))
    # A patch of 4 meets 4 + 3 - 1 = 6 windows along each axis; the corner pixel lies in one window.
    assert "36 of 570" in draw("local", weights=ones, row=8, column=12, patch=4)["local_convolution"]
    assert "1 of 570" in draw("local", weights=ones, row=1, column=1)["local_convolution"]


@pytest.mark.parametrize(
    ("index", "place"),
    [([0, 0], (1, 1)), ([1, 2], (3, 2)), ([31, 20], (21, 32)), ([-1, 3], None), ([9999, 0], None), (None, None),
     ([1], None), (["a", 2], None), ([float("nan"), 1], None), ([1.5, 2], None)],
)  # fmt: skip
def test_a_click_is_a_pixel(index, place):
    assert pixel_at(index) == place


# ---- direction -----------------------------------------------------------------------------------------------------


def test_the_chapters_kernel_finds_two_edges_and_nothing_in_the_transposed_picture():
    found = {name: html.unescape(drawn) for name, drawn in draw_chapter().items()}
    assert "7 × 6, −1 … 1" in found["chapter_map"]  # 8 columns, less 2, plus 1
    assert "5 × 8, 0 … 0" in found["transposed_map"]


def test_the_response_against_the_angle_of_a_picture_of_stripes():
    stripes = np.tile(np.uint8([0, 0, 255, 255]), (40, 12))  # upright: 40 high, 48 wide
    said = draw(
        "direction",
        picture=upload(stripes),
        kernel=kernel_value(custom_kernel(np.float32([[1, -1]]))),
        subject="photo",
        angle=90,
    )
    # Turned by a quarter the stripes lie, and neighbours in a row are equal.
    assert "At 90° the kernel answers 0;" in said["direction_words"]
    assert re.search(r"weakest 0, at (90|270)°", said["direction_words"])


def test_the_curve_opens_on_stripes_that_the_kernel_finds_at_one_angle_and_not_at_another():
    said = draw("direction", angle=90)  # Sobel x
    assert "At 90° the kernel answers 0;" in said["direction_words"]
    assert re.search(r"strongest answer of the curve is [0-9.]+, at (0|180|360)°", said["direction_words"])
    assert "Stripes, turned by 90°" in said["turned"]


def test_a_black_picture_is_answered_at_no_angle():
    said = draw(picture=upload(np.zeros((30, 41), np.uint8)), subject="photo")
    assert "answers nothing" in said["direction_words"]
    assert largest(said) == "0"


# ---- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "place", "said"),
    [
        ((40, 64), {"row": 21, "column": 32}, "row is 21, but this picture is reduced to 20 rows: use 20"),
        ((64, 40), {"row": 32, "column": 21}, "column is 21, but this picture is reduced to 20 columns: use 20"),
    ],
)
def test_a_pixel_beside_the_reduced_picture_is_told(shape, place, said):
    with pytest.raises(ValueError, match=re.escape(said)) as error:
        draw_locality(np.zeros(shape, np.float32), np.ones((3, 3), np.float32), patch=1, **place)
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("section", "change", "pieces"),
    [
        ("weights", {"kernel": None}, ("kernel is empty", "from 1 to 31")),
        ("weights", {"count": "other", "side": 2, "kernel": 5}, ("kernel side is 5", "2 × 2 pixels", "at most 2")),
        (
            "weights",
            {"side": 10**9},
            ("side is 1\u202f000\u202f000\u202f000", "from 1 to 4000", "try 4000"),
        ),
        ("weights", {"count": "all"}, ("count is 'all'",)),
        ("shift", {"rows": 2.5}, ("rows is 2.5", "whole number")),
        ("shift", {"columns": "abc"}, ("columns is 'abc'",)),
        ("shift", {"layer": None}, ("layer is None", "convolution, stride, pooling, full")),
        ("shift", {"mode": ["wrap"]}, ("mode is ['wrap']",)),
        ("local", {"row": 30}, ("row is 30", "21 rows", "use 21")),
        ("local", {"patch": True}, ("patch is True",)),
        ("direction", {"angle": float("nan")}, ("angle is nan",)),
        ("direction", {"angle": 361}, ("angle is 361", "try 360")),
    ],
)
def test_what_is_wrong_is_told_in_its_section_and_the_rest_stays(section, change, pieces):
    given = draw(**change)
    filled = list(tab.SECTIONS[section].places)
    for piece in pieces:
        assert piece in given[filled[-1]], given[filled[-1]]
    assert "problem" in given[filled[-1]]
    assert len(given[filled[-1]]) <= LONGEST
    for name in filled[:-1]:
        assert given[name] == gr.skip(), name
    others = set(tab.SECTIONS) - {section}
    assert not [name for other in others for name in tab.SECTIONS[other].places if "problem" in str(given[name])]


def test_a_picture_smaller_than_the_kernel_is_told():
    given = draw(
        picture=upload(noise((4, 5))), weights=kernel_value(KERNELS["gabor"]), row=1, column=1, subject="photo"
    )
    for place in ("shift_words", "local_full", "direction_words"):
        assert "problem" in given[place]


def test_a_broken_kernel_and_a_picture_that_is_gone_are_told():
    broken = {"name": "custom", "cells": [["1", "x"]]}
    assert "problem" in draw("shift", weights=broken)["shift_words"]
    assert "problem" in draw("weights", picture={"upload": "/etc/passwd"})["weights"]
    gone = upload(noise())
    Path(gone["upload"]).unlink()
    assert "problem" in draw("shift", picture=gone)["shift_words"]


@given(
    st.lists(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9), min_size=13, max_size=13)
)
@settings(max_examples=40)
def test_whatever_is_sent_is_answered(values):
    controls = dict(zip(STATE.defaults, values, strict=True))
    answer = tab.draw(tuple(tab.SECTIONS), {"picture": COFFEE, "page_kernel": SOBEL, **controls})
    assert {list(section.places)[-1] for section in tab.SECTIONS.values()} <= set(answer) <= {*tab.PLACES, "query"}


# ---- the page ------------------------------------------------------------------------------------------------------


def test_a_section_leaves_the_others_alone():
    given = draw("direction", angle=45)
    assert [name for name in tab.PLACES if given[name] != gr.skip()] == list(tab.SECTIONS["direction"].places)
    assert given["query"] == "why_angle=45"
    json.dumps({name: value for name, value in given.items() if isinstance(value, str)}, allow_nan=False)


def test_a_link_restores_every_control():
    query = (
        "why_count=other&why_side=64&why_channels=1&why_kernel=5&why_layer=stride&why_mode=zeros&why_rows=-3&"
        "why_columns=4&why_row=2&why_column=9&why_patch=2&why_subject=photo&why_angle=75"
    )
    linked, notices = from_query(dict(parse_qsl(query)), STATE.in_links)
    assert notices == ()
    assert STATE.query(STATE.of(linked)) == query
    updates = tab.restore(linked, {})
    opened = {name: updates.pop(name)["open"] for name in tab.FOLDED}
    assert opened == {"local_fold": True, "direction_fold": True}  # the link speaks of both
    assert {name: update["value"] for name, update in updates.items()} == STATE.of(linked)
    assert updates["side"]["visible"] is updates["channels"]["visible"] is True
    assert tab.restore(from_query({}, STATE.in_links)[0], {}) == {}  # the visitor may have moved something meanwhile
    assert from_query({"why_rows": "--3"}, STATE.in_links)[1] != ()


@pytest.fixture(scope="module")
def page():
    """The room, and what lessons share."""

    async def build():  # where no loop runs, Gradio starts one, and leaves it open
        with gr.Blocks():
            shared = Shared(gr.HTML(), gr.HTML(), kernel=gr.JSON())
            return tab.build(shared), shared

    return run_async(build())


def restored(page, query):
    """What a link changes on the page of this lesson alone."""
    rooms, shared = [page[0]], page[1]
    restore = restoring(rooms, [tab.LESSON], shared)
    updates = restore({"picture": None, "kernel": None}, SimpleNamespace(query_params=dict(parse_qsl(query))))
    assert set(updates) <= set(restored_places(rooms, shared))
    return updates


def test_the_kernel_of_the_page_and_the_kernel_side_are_restored_each_by_itself(page):
    updates = restored(page, "kernel=gabor&why_kernel=5")
    assert updates["kernel"]["value"]["name"] == "gabor"
    assert updates["why.kernel"]["value"] == 5
    assert updates["header"]["why_query"] == "why_kernel=5"
    assert updates["why.drawn"] == []  # it is drawn when it is opened
    assert {name for name in restored(page, "kernel=gabor") if name.startswith("why.")} == {"why.drawn"}


def test_another_size_has_sliders_of_its_own():
    assert [update["visible"] for update in tab.show_sizes({"count": "other"}).values()] == [True, True]
    assert [update["visible"] for update in tab.show_sizes({"count": "photo"}).values()] == [False, False]


def test_a_click_sets_the_sliders_of_the_pixel_and_beside_the_picture_nothing():
    assert tab.choose_pixel({}, SimpleNamespace(index=[1, 2])) == {"row": 3, "column": 2}
    assert tab.choose_pixel({}, SimpleNamespace(index=[-1, 3])) == {}


def test_arrays_are_equal_by_shape_and_numbers():
    one = Hashed(np.arange(6.0).reshape(2, 3))
    assert one == Hashed(np.arange(6.0).reshape(2, 3))
    assert one != Hashed(np.arange(6.0).reshape(3, 2))
    assert one != Hashed(np.arange(6, dtype=np.float32).reshape(2, 3))


def test_the_picture_to_paint_is_the_small_one_with_a_frame_around_the_patch():
    drawn = draw("local", row=3, column=5, patch=4)["pixel"]
    assert 'viewBox="0 0 32 21"' in drawn  # 600 x 400 with a longer side of 32
    assert drawn.count('<rect x="4" y="2" width="4" height="4"') == 2


def test_a_drag_moves_the_sliders_as_far_as_they_go():
    def dragged(index):
        return tab.drag({"rows": 9, "columns": 15}, SimpleNamespace(index=index))

    assert dragged([-12, 30]) == {"rows": -3, "columns": 45}
    assert dragged([0, 9999]) == {"rows": 9, "columns": MAX_SHIFT}
    for nothing in (None, [], [1], ["a", 1], [float("nan"), 0]):
        assert dragged(nothing) == {}

"""The Step by step tab without a browser: what it accepts, what it says otherwise, and its way into links and back.

The chapter is "Convolutions for Images" (Dive into Deep Learning). Every link goes the whole way: `to_query`, then the
standard library's `parse_qsl`, then `from_query`.
"""

import base64
import io
import json
import math
from fractions import Fraction
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import signal

from convdemo.correlation import convolve, cross_correlate_loops
from convdemo.links import PADDINGS, from_query, to_query
from convdemo.ui.step.lesson import check, follow, restore, step_props
from convdemo.ui.step.state import LARGEST_STEP, PRESETS, STATE
from convdemo.ui.step.value import StepError, step_value

LONGEST = 400  # characters: a sentence, whatever was sent
FIGURE = {
    "preset": "figure",
    "image": [["0", "1", "2"], ["3", "4", "5"], ["6", "7", "8"]],
    "kernel": [["0", "1"], ["2", "3"]],
    "stride": 1,
    "padding": "none",
    "dilation": 1,
    "flip": False,
    "predict": False,
    "row": 0,
    "column": 0,
}  # what the tab opens with: the chapter's figure


def query_of(state):
    """A state as a link, by the names that it has there."""
    return to_query({"step" if name == "step" else f"step_{name}": value for name, value in state.items()})


def through_a_link(state):
    """The state after a visit to a link; nothing in the link may be refused."""
    opened, notices = from_query(dict(parse_qsl(query_of(state), keep_blank_values=True)))
    assert notices == ()
    return STATE.of(opened)


def answer(value):
    """What the widget is told about a value of it, and the link's part of this tab; None if that stays."""
    told = follow({"widget": value})
    assert set(told) <= {"widget", "query"}
    return told["widget"]["shown"], told.get("query")


def cells(rows):
    """A matrix as texts."""
    return [[str(value) for value in row] for row in rows]


def numbers(texts):
    """What the texts of a matrix mean, as float32, by Python's own fractions."""
    return np.array([[float(Fraction(text)) for text in row] for row in texts], np.float32)


# ---- the presets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("figure", [[19, 25], [37, 43]]),  # the chapter's figure
        ("edge", [[0, 1, 0, 0, 0, -1, 0]] * 6),  # the chapter's edge map
        ("transposed", [[0] * 5] * 8),  # the chapter: the kernel finds nothing in the transposed image
        # x[r, c] = [c >= r] by hand: x[r, c] - x[r, c + 1] is -1 where c + 1 = r, else 0.
        ("diagonal", [[-1 if column + 1 == row else 0 for column in range(7)] for row in range(6)]),
        # Cross-correlation answers an impulse with the flipped kernel.
        ("impulse", [[0, 9, 8, 7, 0], [0, 6, 5, 4, 0], [0, 3, 2, 1, 0]]),
    ],
)
def test_a_preset_gives_the_numbers_of_the_chapter(name, expected):
    assert set(PRESETS) == {"figure", "edge", "transposed", "diagonal", "impulse"}
    image, kernel = (np.float32(matrix) for matrix in PRESETS[name])
    np.testing.assert_array_equal(cross_correlate_loops(image, kernel), expected)
    # A true convolution with the flipped kernel is the same, by its definition.
    np.testing.assert_array_equal(convolve(image, kernel[::-1, ::-1]), expected)


def test_the_chapter_s_images():
    edge, kernel = PRESETS["edge"]
    expected = np.ones((6, 8))
    expected[:, 2:6] = 0  # the chapter: X[:, 2:6] = 0
    np.testing.assert_array_equal(edge, expected)
    assert kernel == ((1, -1),)
    np.testing.assert_array_equal(PRESETS["transposed"][0], expected.T)


def test_a_true_convolution_answers_an_impulse_with_the_kernel():
    image, kernel = PRESETS["impulse"]
    np.testing.assert_array_equal(
        convolve(np.float32(image), np.float32(kernel)), [[0, 1, 2, 3, 0], [0, 4, 5, 6, 0], [0, 7, 8, 9, 0]]
    )


def test_the_tab_opens_on_the_figure_and_its_link_is_empty():
    assert step_value(STATE.defaults) == FIGURE
    assert query_of(check(FIGURE)[0]) == ""


def test_the_widget_gets_every_preset_as_the_links_know_it():
    props = step_props(step_value(STATE.defaults))
    assert {preset["name"]: (preset["image"], preset["kernel"]) for preset in props["presets"]} == {
        name: (cells(image), cells(kernel)) for name, (image, kernel) in PRESETS.items()
    }
    shown = props["shown"]
    assert shown["error"] == ""
    assert json.loads(shown["asked"]).items() <= FIGURE.items()  # the widget waits for the answer to its last change


def test_an_answer_says_to_what_it_is_one():
    # All but the output that is looked at and the name of the example: of these the browser knows by itself.
    value = FIGURE | {"image": [["1/2", "abc"]], "stride": 1.5, "row": 7}
    asked = json.loads(answer(value)[0]["asked"])
    assert asked == {name: value[name] for name in ("image", "kernel", "stride", "padding", "dilation", "flip")}
    assert list(asked) == ["image", "kernel", "stride", "padding", "dilation", "flip"]  # step.js compares texts
    # What was sent comes back as text only: in a structure Gradio would look for files to serve.
    file = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    assert all(isinstance(told, str | int | None) for told in answer(FIGURE | {"image": file})[0].values())


def test_the_browser_gets_the_numbers_that_were_typed_and_the_two_products():
    layer = answer(FIGURE | {"kernel": [["1/2", "-3", "0"]], "padding": "reflect", "dilation": 2})[0]["layer"]
    assert layer["image"] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert layer["weights"] == [[0.5, -3, 0]]
    assert (layer["size"], layer["shape"], layer["brightest"], layer["largest"]) == ([3, 3], [1, 3], 8, 3)
    assert (layer["mode"], layer["padding"], layer["dilation"]) == ("reflect", [[0, 0], [2, 2]], 2)
    # By hand: each row is mirrored to 2 1 0 1 2 1 0, and 3 5 7 as the others; then 0.5 a - 3 b, two pixels apart.
    expected = [1 - 0, 0.5 - 3, 0 - 6, 2.5 - 9, 2 - 12, 1.5 - 15, 4 - 18, 3.5 - 21, 3 - 24]
    assert layer["products"] == {"im2col": expected, "toeplitz": expected}
    with Image.open(io.BytesIO(base64.b64decode(layer["band"].partition(",")[2]))) as band:
        assert band.size == (9, 9)  # nine pixels, nine outputs


@pytest.mark.parametrize("name", list(PRESETS))
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("flip", [False, True])
def test_the_products_are_the_output_row_after_row(name, padding, flip):
    image, kernel = (np.float32(matrix) for matrix in PRESETS[name])
    value = FIGURE | {"image": cells(image), "kernel": cells(kernel), "padding": padding, "flip": flip}
    sides = [((count - 1) // 2, count // 2) if padding != "none" else (0, 0) for count in kernel.shape]
    padded = np.pad(image, sides, mode={"none": "edge", "zeros": "constant", "replicate": "edge"}.get(padding, padding))
    expected = (signal.convolve2d if flip else signal.correlate2d)(padded, kernel, mode="valid").ravel()
    products = answer(value)[0]["layer"]["products"]
    assert products == {"im2col": expected.tolist(), "toeplitz": expected.tolist()}  # whole numbers


def test_an_image_of_zeros_is_drawn_on_a_scale_to_1():
    assert answer(FIGURE | {"image": [["0"] * 3] * 3})[0]["layer"]["brightest"] == 1


@pytest.mark.parametrize("name", list(PRESETS))
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("flip", [False, True])
def test_every_preset_survives_a_link(name, padding, flip):
    image, kernel = (cells(matrix) for matrix in PRESETS[name])
    value = FIGURE | {"preset": name, "image": image, "kernel": kernel, "stride": 2, "padding": padding, "flip": flip}
    state = check(value)[0]
    assert state["image"] is None  # the name says it all
    assert state["kernel"] is None
    assert step_value(through_a_link(state)) == value


# ---- matrices of one's own -----------------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.integers(-1_000_000, 1_000_000).map(str),
    st.floats(-1e6, 1e6, width=32).map(repr),
    st.builds("{}/{}".format, st.integers(-500, 500), st.integers(1, 500)),
)


def matrices(side, smallest=1):
    """Texts of numbers, up to side × side."""
    return st.tuples(st.integers(smallest, side), st.integers(smallest, side)).flatmap(
        lambda shape: st.lists(
            st.lists(NUMBERS, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
        )
    )


VALUES = st.fixed_dictionaries(
    {
        "preset": st.just("own"),
        "image": matrices(12),
        "kernel": matrices(5),
        "stride": st.integers(1, LARGEST_STEP),
        "padding": st.sampled_from(PADDINGS),
        "dilation": st.integers(1, LARGEST_STEP),
        "flip": st.booleans(),
        "predict": st.booleans(),
        "row": st.integers(0, 11),
        "column": st.integers(0, 11),
    }
)


def outputs_by_hand(value):
    """[rows, columns] of the output, or None where no window fits, or too little can be mirrored."""
    sides = []
    for size, count in zip(np.shape(value["image"]), np.shape(value["kernel"]), strict=True):
        added = value["dilation"] * (count - 1)
        if value["padding"] == "none":
            if size < added + 1:
                return None
            sides.append((size - added - 1) // value["stride"] + 1)
        else:
            if value["padding"] == "reflect" and math.ceil(added / 2) >= size:
                return None
            sides.append((size - 1) // value["stride"] + 1)
    return sides


@settings(max_examples=150)
@given(VALUES)
@example(FIGURE | {"preset": "own", "kernel": [["-0", "1/3"], ["1e-7", "0.1"]]})
def test_ones_own_matrices_survive_a_link_to_the_last_bit(value):
    size = outputs_by_hand(value)
    if size is None:
        with pytest.raises(StepError):
            check(value)
        return
    state = through_a_link(check(value)[0])
    opened = step_value(state)
    for name in ("image", "kernel"):
        np.testing.assert_array_equal(numbers(opened[name]), numbers(value[name]))
    for name in ("preset", "stride", "padding", "dilation", "flip", "predict"):
        assert opened[name] == value[name]
    # The chosen cell stays, or moves to the nearest that there is.
    assert opened["row"] == min(value["row"], size[0] - 1)
    assert opened["column"] == min(value["column"], size[1] - 1)
    assert check(opened)[0].keys() == state.keys()
    assert query_of(check(opened)[0]) == query_of(state)  # and from there on nothing changes any more


def test_the_cell_of_the_link_is_counted_from_1():
    assert query_of(check(FIGURE | {"row": 1, "column": 0})[0]) == "step_cell=2,1"
    assert check(FIGURE | {"row": 99, "column": -7})[0]["cell"] == (2, 1)


def test_a_link_sets_all_that_the_widget_needs_also_where_it_has_not_been_opened():
    linked, _ = from_query({"step": "edge", "step_cell": "2,3"})
    (name, update), *others = restore(linked, {}).items()
    assert (name, others) == ("widget", [])
    assert update["module"].endswith("/step/step.js")
    assert update["value"] == step_value(STATE.of(linked))
    assert json.loads(update["shown"]["asked"]).items() <= update["value"].items()


def test_follow_answers_with_the_part_of_the_link():
    shown, query = answer(FIGURE | {"stride": 2, "padding": "zeros", "flip": True})
    assert shown["error"] == ""
    assert query == "step_stride=2&step_padding=zeros&step_flip=yes"


@pytest.mark.parametrize("name", ["image", "kernel"])
def test_a_link_with_a_matrix_and_no_word_about_whose_keeps_the_matrix(name):
    # A link that someone wrote by hand: the next change on the tab must not lose the matrix.
    linked, _ = from_query({f"step_{name}": "1,2;3,4"})
    value = step_value(STATE.of(linked))
    assert value[name] == [["1", "2"], ["3", "4"]]
    assert step_value(through_a_link(check(value)[0]))[name] == [["1", "2"], ["3", "4"]]


# ---- what is wrong, and where --------------------------------------------------------------------------------------


def with_cell(name, row, column, text):
    """The figure with one other cell, counted from 1."""
    matrix = [list(texts) for texts in FIGURE[name]]
    matrix[row - 1][column - 1] = text
    return {name: matrix}


SENTENCES = [
    (with_cell("image", 2, 3, "abc"), ("image", 2, 3), ["image", "row 2, column 3", '"abc" is not a number']),
    (with_cell("image", 1, 1, ""), ("image", 1, 1), ["row 1, column 1", "the cell is empty"]),
    (with_cell("image", 3, 1, "   "), ("image", 3, 1), ["row 3, column 1", "the cell is empty"]),
    (with_cell("kernel", 2, 1, "1e999"), ("kernel", 2, 1), ["kernel", "row 2, column 1", '"1e999" is too large']),
    (with_cell("kernel", 1, 2, "1/0"), ("kernel", 1, 2), ["row 1, column 2", "divides by zero"]),
    (with_cell("kernel", 2, 2, "1,5"), ("kernel", 2, 2), ["row 2, column 2", "write it with a point"]),
    (with_cell("image", 2, 2, "nan"), ("image", 2, 2), ["row 2, column 2", "not a number"]),
    (with_cell("image", 2, 2, "9" * 4000), ("image", 2, 2), ["row 2, column 2", "not a number"]),
    ({"image": [["1", "2"], ["3"]]}, ("image", 2, None), ["row 2 has 1 number but row 1 has 2"]),
    ({"image": [["1"] * 13] * 12}, ("image", None, None), ["13 × 12", "at most 12 × 12"]),
    ({"kernel": [["1"] * 5] * 6}, ("kernel", None, None), ["5 × 6", "at most 5 × 5"]),
    ({"stride": 0}, (None, None, None), ["stride is 0", "from 1 to 4"]),
    ({"stride": 5}, (None, None, None), ["stride is 5", "from 1 to 4"]),
    ({"stride": 1.5}, (None, None, None), ["stride is 1.5", "whole number"]),
    ({"dilation": -1}, (None, None, None), ["dilation is -1", "from 1 to 4"]),
    ({"dilation": True}, (None, None, None), ["dilation", "whole number"]),
    ({"stride": None}, (None, None, None), ["stride", "whole number from 1 to 4"]),  # an emptied box
    ({"padding": "same"}, (None, None, None), ["same", "none, zeros, reflect, replicate"]),
    # 4 * (2 - 1) + 1 = 5 pixels in 3; the largest that fits is 2 * (2 - 1) + 1 = 3.
    ({"dilation": 4}, (None, None, None), ["2x2", "dilation 4", "spans 5 pixels", "image is 3x3", "use dilation 2"]),
    ({"kernel": cells([[1] * 4] * 4)}, (None, None, None), ["4x4", "spans 4 pixels", "3x3", "at most 3x3"]),
    # 2 * (5 - 1) = 8 pixels of padding, 4 on each side; 3 pixels have 2 to mirror.
    (
        {"kernel": cells([[1] * 5] * 5), "dilation": 2, "padding": "reflect"},
        (None, None, None),
        ["only 2 rows and 2 columns", "3x3", "replicate"],
    ),
]


@pytest.mark.parametrize(("change", "place", "pieces"), SENTENCES)
def test_every_sentence_says_what_and_where(change, place, pieces):
    with pytest.raises(StepError) as caught:
        check(FIGURE | change)
    error = caught.value
    assert (error.matrix, error.row, error.column) == place
    for piece in pieces:
        assert piece in error.sentence
    assert len(error.sentence) <= LONGEST
    # And the page gets the same; the link stays what it was.
    shown, query = answer(FIGURE | change)
    assert shown.pop("asked")
    assert shown == {"error": error.sentence, "matrix": place[0], "row": place[1], "column": place[2]}
    assert query is None


@pytest.mark.parametrize("image", [[], [[]], [["1"] * 40] * 40, [["1"] * 40]], ids=["none", "empty", "40x40", "1x40"])
def test_what_is_said_of_the_input_is_about_the_input(image):
    with pytest.raises(StepError) as caught:
        check(FIGURE | {"image": image})
    assert "image" in caught.value.sentence
    assert "kernel" not in caught.value.sentence  # of which nothing is wrong
    assert "31" not in caught.value.sentence  # 12 rows and columns fit


HOSTILE = [
    {"image": None},
    {"image": 5},
    {"image": "12"},
    {"image": [5]},
    {"image": [None]},
    {"image": {"a": 1}},
    {"image": [["1", None], [{}, []]]},
    {"image": [["1"] * 100_000]},
    {"image": [["1"]] * 100_000},
    {"kernel": None},
    {"kernel": [[[["1"]]]]},
    {"kernel": []},
    {"stride": "2"},
    {"stride": [1]},
    {"stride": {}},
    {"stride": 10**300},
    {"stride": "x" * 1_000_000},
    {"stride": float("nan")},
    {"dilation": None},
    {"dilation": float("inf")},
    {"padding": None},
    {"padding": ["none"]},
    {"padding": {}},
    {"padding": "x" * 1_000_000},
    {"preset": None},
    {"preset": []},
    {"preset": {"a": 1}},
    {"preset": "x" * 1_000_000},
    {"flip": []},
    {"flip": "yes"},
    {"predict": "yes"},
    {"row": None},
    {"row": "one"},
    {"row": []},
    {"row": float("nan")},
    {"row": float("inf")},
    {"column": {}},
    {"column": 10**300},
]


def is_answered(value):
    """Check one value: a state that a link can hold, or a short sentence; never anything else."""
    try:
        state = check(value)[0]
    except StepError as error:
        assert error.sentence  # noqa: PT017
        assert len(error.sentence) <= LONGEST  # noqa: PT017
        shown, query = answer(value)
        assert shown["error"] == error.sentence  # noqa: PT017
        assert query is None
    else:
        assert through_a_link(state)["cell"] == state["cell"]
        assert answer(value)[0]["error"] == ""


@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: repr(change)[:40])
def test_a_hostile_value_is_answered(change):
    is_answered(FIGURE | change)


@pytest.mark.parametrize("missing", list(FIGURE))
def test_a_missing_part_is_answered(missing):
    is_answered({name: value for name, value in FIGURE.items() if name != missing})


@pytest.mark.parametrize("value", [None, [], "figure", 5, {}])
def test_what_is_no_state_at_all_is_answered(value):
    is_answered(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.sampled_from(list(FIGURE)), JSON)
def test_any_json_in_any_place_is_answered(name, junk):
    is_answered(FIGURE | {name: junk})


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"step": "circle"}, "figure"),
        ({"step_image": "1,2;3"}, "row 2"),
        ({"step_image": ";".join(["1"] * 13)}, "12 × 12"),
        ({"step_kernel": "1,2,3,4,5,6"}, "5 × 5"),
        ({"step_kernel": "abc"}, "not a number"),
        ({"step_stride": "5"}, "from 1 to 4"),
        ({"step_dilation": "0"}, "from 1 to 4"),
        ({"step_padding": "same"}, "zeros"),
        ({"step_flip": "maybe"}, "yes"),
        ({"step_cell": "0,1"}, "from 1 to 99"),
        ({"step_cell": "3"}, "from 1 to 99"),
    ],
)
def test_what_a_link_says_wrongly_is_named_and_the_rest_of_it_opens(query, word):
    state, (notice,) = from_query(query | {"tab": "step"})
    (name,) = query
    assert notice.startswith(f"{name}=")
    assert word in notice
    assert state["tab"] == "step"
    assert step_value(STATE.of(state)) == FIGURE

"""What one lesson has is taken to another, as a piece of a link."""

from types import SimpleNamespace

import gradio as gr
import pytest

from convdemo.kernels import KERNELS, parse_kernel
from convdemo.ui.feature_map.state import STATE as FEATURE_MAP
from convdemo.ui.kernel.value import kernel_value
from convdemo.ui.lesson import Shared, _hand_over
from convdemo.ui.page import LESSONS, VARIABLES, restored_places, taking
from convdemo.ui.state import from_query
from tests.page.request import CONTROLS, ask, cells, random_bytes, run_async
from tests.page.uploads import upload

pytestmark = pytest.mark.usefixtures("upload_folder")

PIECE = "tab=step&step=own&step_image=1,2,3;4,5,6&step_kernel=1,-1&step_cell=2,1"


@pytest.fixture(scope="module")
def page():
    """The rooms of the whole page, and what they share."""

    async def build():  # Gradio opens a loop for itself where none runs, and does not close it
        with gr.Blocks():
            shared = Shared(gr.HTML(), gr.HTML(), gr.Tabs())
            return [lesson.build(shared) for lesson in LESSONS], shared

    return run_async(build())


@pytest.fixture
def taken(page):
    """What changes, by name, when a piece of a link is taken from the lesson on screen."""
    take = taking(page[0], LESSONS, page[1])

    def ask_for(piece, link=None, screen="feature_map", **shared):
        kernel = kernel_value(KERNELS["emboss"])
        given = {"screen": screen, "picture": {"example": "coffee"}, "kernel": kernel, **CONTROLS, **shared}
        updates = take(given, SimpleNamespace(query=piece, link=piece if link is None else link))
        assert set(updates) <= set(restored_places(*page))
        return updates

    return ask_for


def test_step_by_step_takes_a_patch_and_says_so(taken):
    updates = taken(PIECE, f"kernel=emboss&cell=120,233&{PIECE}")
    assert set(updates) == {"header", "step.widget"}  # nothing else is drawn
    value = updates["step.widget"]["value"]
    assert value["image"] == [["1", "2", "3"], ["4", "5", "6"]]
    assert (value["kernel"], value["row"], value["column"]) == ([["1", "-1"]], 1, 0)
    header = updates["header"]
    assert header["value"] == "step"
    assert header["step_query"] == PIECE.removeprefix("tab=step&")
    sentence = "Taken from the feature map: kernel Emboss, pixels around row 120, column 233."
    assert header["taken"]["sentence"] == sentence
    assert (header["taken"]["giver"], header["taken"]["back"]) == ("feature_map", "Back to the map")


def test_receptive_field_takes_the_unit_over_a_pixel_and_keeps_its_stack(taken):
    piece = "tab=receptive&receptive_pixel=121,234"
    updates = taken(piece, f"cell=120,233&receptive_stack=AlexNet&receptive_unit=3,7&{piece}")
    assert updates["receptive.network"] == "AlexNet"
    assert updates["receptive.was"]["pixel"] == (121, 234)
    assert updates["receptive.drawn"] == []  # it is drawn when it is on screen
    sentence = "Taken from the feature map: the unit over the value in row 120, column 233."
    assert updates["header"]["taken"]["sentence"] == sentence


def test_the_map_takes_a_kernel_and_keeps_its_photo_and_the_rest_of_its_layer(taken):
    picture, piece = upload(random_bytes(6, 9)), "kernel=1,0;0,-1&bias=0.5"
    updates = taken(piece, f"{piece}&cell=2,3", "learn", picture=picture, stride=2)
    kernel = updates["kernel"]["value"]
    assert kernel == kernel_value(_custom("1 0; 0 -1"))
    assert updates["bias"]["value"] == 0.5
    assert not [name for name in ("relu", "padding") if "value" in updates.get(name, {})]  # they stay as they are
    drawn = dict(updates["feature_map.figure"]["value"])
    assert (drawn.pop("restored"), drawn.pop("cell")) == (True, [1, 2])
    assert drawn == ask(picture, kernel, stride=2, bias=0.5)["figure"]["value"]
    assert updates["header"]["value"] == "feature_map"
    assert updates["header"]["taken"]["back"] == "Back to Learn a kernel"


def _custom(text):
    return from_query({"kernel": text.replace("; ", ";").replace(" ", ",")}, VARIABLES)[0]["kernel"]


def test_what_a_lesson_hands_over_is_a_piece_of_a_link_also_where_it_is_at_its_default():
    kernel = _custom("1 2; 3 4")
    handed = _hand_over(lambda _given: {"kernel": kernel, "bias": 0.0}, {})
    assert handed["header"]["go"]["query"] == "directions=one&kernel=1,2;3,4&bias=0"
    assert (kernel.weights == parse_kernel("1 2; 3 4")).all()


def test_the_same_twice_is_a_change_each_time(taken):
    first, second = (taken(PIECE)["header"]["taken"] for _ in range(2))
    assert first != second
    assert {**first, "click": 0} == {**second, "click": 0}


@pytest.mark.parametrize("screen", [None, "", "nowhere", {"tab": "step"}, "../step", "header"])
def test_a_giver_that_is_none_is_not_told(taken, screen):
    assert taken(PIECE, screen=screen)["header"]["taken"] == {}


@pytest.mark.parametrize(
    "link",
    ["", "tab=nowhere", "step=own&step_image=a", "%00&&==", "kernel=1,2;3", "cell=0,0", "=" * 9999],
)
def test_no_piece_makes_an_error(taken, link):
    updates = taken(link, link)
    assert updates["header"]["value"] == "feature_map" or updates["header"]["notices"]


def test_a_call_that_tells_nothing_shows_the_first_lesson(page):
    take = taking(page[0], LESSONS, page[1])
    given = {"screen": "step", "picture": {"example": "coffee"}, "kernel": cells("1"), **CONTROLS}
    assert take(given, SimpleNamespace())["header"]["value"] == "feature_map"


def test_a_cell_stands_in_a_link_as_row_and_column_from_1():
    assert from_query({"cell": "120,233"}, VARIABLES)[0]["cell"] == (120, 233)
    assert FEATURE_MAP.query({"cell": (120, 233)}) == "cell=120,233"
    assert FEATURE_MAP.query({"cell": None}) == ""
    for wrong in ("0,1", "1", "1,2,3", "-1,2", "a,b", "1,99999"):
        state, notices = from_query({"cell": wrong}, VARIABLES)
        assert state["cell"] is None
        assert len(notices) == 1

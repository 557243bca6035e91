"""What a link, or a page that is loaded again, sets on the page."""

from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from starlette.datastructures import QueryParams

from convdemo.kernels import KERNELS, custom_kernel, parse_kernel, to_cells
from convdemo.ui.kernel.value import kernel_value
from convdemo.ui.lesson import Shared
from convdemo.ui.page import LESSONS, restored_places, restoring
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.step.lesson import step_value
from convdemo.ui.step.state import STATE as STEP
from tests.page.request import COFFEE, ask, cells, random_bytes, run_async
from tests.page.uploads import upload

pytestmark = pytest.mark.usefixtures("upload_folder")


def header_of(updates):
    return {name: updates["header"][name] for name in ("page_query", "uploaded", "notices")}


def drawn(updates):
    """The figure, as `draw` answers it: it is told that it was restored beside."""
    figure = updates["feature_map.figure"]
    value = dict(figure["value"])
    assert value.pop("restored") is True
    return {**figure, "value": value}


CHOSEN = ("padding", "bias", "relu", "flip", "channels", "directions", "display", "scale")


@pytest.fixture(scope="module")
def page():
    """The rooms of the whole page, and what they share."""

    async def build():  # Gradio opens a loop for itself where none runs, and does not close it
        with gr.Blocks():
            shared = Shared(gr.HTML(), gr.HTML(), gr.Tabs())
            return [lesson.build(shared) for lesson in LESSONS], shared

    return run_async(build())


@pytest.fixture
def restored(page):
    """What a link changes, by name: of a lesson as "lesson.part"."""
    restore = restoring(page[0], LESSONS, page[1])

    def ask_for(query, picture=None, kernel=None):
        given = {"picture": picture, "kernel": kernel}
        updates = restore(given, SimpleNamespace(query_params=QueryParams(query)))
        places = restored_places(*page)
        assert set(updates) <= set(places)
        return {name: updates.get(name, gr.skip()) for name in places}

    return ask_for


@pytest.mark.parametrize("query", ["", "__theme=dark", "utm_source=mail", "tab=feature_map&__lang=de"])
def test_a_link_that_says_nothing_restores_what_the_page_opens_with(query, restored):
    updates = restored(query)
    assert drawn(updates) == ask()["figure"]
    assert updates["picture"]["value"] == COFFEE
    assert header_of(updates) == {"page_query": "", "uploaded": False, "notices": []}
    # An update of a tab that has not been opened would empty its props if it did not carry them all.
    assert updates["step.widget"]["module"].endswith("/step.js")
    assert updates["step.widget"]["value"] == step_value(STEP.defaults)


def test_a_link_restores_every_component(restored):
    updates = restored(
        "picture=rocket&kernel=gabor:angle=30&stride=2&padding=reflect&dilation=3&bias=-0.25&activation=relu&flip=yes"
        "&channels=colour&directions=other&display=absolute&scale=full"
    )
    kernel = KERNELS["gabor"].with_parameters(angle=30)
    assert updates["header"]["value"] == "feature_map"
    assert updates["picture"]["value"] == {"example": "rocket"}
    assert updates["picture"]["shown"]["size"] == [427, 640]
    assert updates["kernel"]["value"] == kernel_value(kernel)
    assert updates["kernel"]["value"]["parameters"]["angle"] == 30
    assert updates["kernel"]["shown"]["cells"] == to_cells(kernel.weights)
    assert (updates["stride"]["value"], updates["dilation"]["value"]) == (2, 3)
    plain = {name: updates[name]["value"] for name in CHOSEN}
    assert plain == {
        "padding": "reflect", "bias": -0.25, "relu": True, "flip": "yes", "channels": "colour", "directions": "other",
        "display": "absolute", "scale": "full",
    }  # fmt: skip
    # By hand: padded, the size is kept, and every second of 427 rows and 640 columns is 214 x 320.
    assert [item["size"] for item in updates["feature_map.figure"]["value"]["pictures"]] == [[214, 320]] * 3
    assert updates["feature_map.figure"]["stale"] is False
    assert updates["header"]["notices"] == []


def test_a_restored_link_is_the_link_of_what_is_on_screen(restored):
    query = "picture=chelsea&kernel=1,0;0,-1&stride=2&bias=0.5"
    assert header_of(restored(query)) == {"page_query": query, "uploaded": False, "notices": []}


def test_after_a_reload_what_the_browser_has_counts_for_more_than_the_link(restored):
    picture, kernel = upload(random_bytes(6, 9)), cells("1 -2; 0 1")
    updates = restored("picture=rocket&kernel=sobel_y&stride=2", picture, kernel)
    assert drawn(updates) == ask(picture, kernel, stride=2)["figure"]
    assert updates["picture"]["value"] == picture
    assert updates["kernel"]["value"] == kernel
    plain = restored("__theme=dark", None, kernel)  # also where there is no link
    assert drawn(plain) == ask(COFFEE, kernel)["figure"]


def test_after_a_reload_a_kernel_that_was_wrong_is_still_there_and_still_told(restored):
    kernel = cells("1 abc")
    updates = restored("", None, kernel)
    assert updates["kernel"]["value"] == kernel
    assert '"abc" is not a number' in updates["kernel"]["shown"]["error"]
    assert updates["feature_map.figure"]["stale"]


def test_after_a_reload_a_photo_that_is_gone_gives_way_to_the_link_and_is_told(restored):
    picture = upload(random_bytes(4, 6))
    Path(picture["upload"]).unlink()
    updates = restored("picture=rocket", picture, None)
    assert updates["picture"]["value"] == {"example": "rocket"}
    # The browser sends it again, if it has kept it; else it tells this.
    assert updates["picture"]["shown"]["lost"] == {"upload": picture["upload"], "problem": read_text("picture")["gone"]}
    assert updates["header"]["notices"] == []


def test_a_restored_state_answers_as_draw_does(restored):
    updates = restored("picture=camera&kernel=1,0;0,-1;2,2&dilation=2")
    answer = ask({"example": "camera"}, kernel_value(custom_kernel(parse_kernel("1 0; 0 -1; 2 2"))), dilation=2)
    assert drawn(updates) == answer["figure"]
    assert updates["feature_map.code"] == answer["code"]


def test_what_is_wrong_in_a_link_is_told_and_the_rest_restored(restored):
    updates = restored("kernel=sobel_z&stride=99&padding=zeros&hat=red")
    notices = updates["header"]["notices"]
    assert [notice.partition("=")[0] for notice in notices] == ["kernel", "stride", "hat"]
    assert updates["header"]["page_query"] == "padding=zeros"
    assert updates["padding"]["value"] == "zeros"
    assert updates["stride"]["value"] == 1
    assert updates["kernel"]["value"]["name"] == "sobel_x"


def test_a_link_to_a_kernel_that_does_not_fit_says_so(restored):
    # chelsea has 300 rows, and 16 * 30 + 1 = 481.
    updates = restored("picture=chelsea&kernel=box_blur:size=31&dilation=16&hat=red")
    assert "31 rows span 16·(31 − 1) + 1 = 481 pixels" in updates["feature_map.figure"]["error"]
    assert updates["feature_map.figure"]["stale"] is True
    assert updates["dilation"]["value"] == 16  # what the link says stays to be changed
    assert updates["dilation"]["maximum"] == 9  # 9 * 30 + 1 = 271 <= 300 < 301
    assert len(updates["header"]["notices"]) == 1


def test_no_link_stops_the_page_from_opening(restored):
    for query in ("kernel=gaussian:self=1", "kernel=" + "9" * 60_000, "%00=%00", "kernel=%ff", "=", "&&", "picture=/"):
        assert restored(query)["header"]["page_query"] == ""

"""What a link, or a page that is loaded again, sets on the page."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.datastructures import QueryParams

from convdemo.kernels import KERNELS, custom_kernel, parse_kernel, to_cells
from convdemo.links import STEP_DEFAULTS
from convdemo.ui.feature_map import kernel_value
from convdemo.ui.page import restore
from convdemo.ui.step import step_value
from convdemo.ui.widgets import read_text
from tests.page.request import ANSWERS, COFFEE, ask, cells, random_bytes
from tests.page.uploads import upload

pytestmark = pytest.mark.usefixtures("upload_folder")

CHOSEN = ("padding", "bias", "relu", "flip", "channels", "display", "scale")


def restored(query, picture=None, kernel=None):
    """What a link changes of the tabs, of Step by step and of the Feature map; other tabs come after."""
    updates = restore(picture, kernel, SimpleNamespace(query_params=QueryParams(query)))
    return dict(zip(("tabs", "step", *ANSWERS, *CHOSEN), updates, strict=False))


@pytest.mark.parametrize("query", ["", "__theme=dark", "utm_source=mail", "tab=feature_map&__lang=de"])
def test_a_link_that_says_nothing_restores_what_the_page_opens_with(query):
    updates = restored(query)
    assert updates["figure"] == ask()["figure"]
    assert updates["picture"]["value"] == COFFEE
    assert updates["header"]["value"] == {"query": "", "uploaded": False, "notices": []}
    # An update of a tab that has not been opened would empty its props if it did not carry them all.
    assert updates["step"]["module"].endswith("/step.js")
    assert updates["step"]["value"] == step_value(STEP_DEFAULTS)


def test_every_link_answers_for_as_many_components():
    lengths = {
        len(restore(None, None, SimpleNamespace(query_params=QueryParams(query))))
        for query in ("", "stride=2", "tab=learn&learn_rate=0.1", "field_stack=AlexNet", "why_angle=5", "tab=filters")
    }
    assert len(lengths) == 1


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

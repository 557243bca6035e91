"""The map that the browser makes while something changes, and the answer of the core that replaces it.

The page itself compares the two, and an error of its console fails each of these tests (conftest.py).
"""

import json
from pathlib import Path

import pytest

from tests.test_live_cases import TABLE
from tests.ui.lab import Held, settle
from tests.ui.test_lost_and_found import photo

ASKED = "**/gradio_api/run/predict*"
"""Where the page asks the server for an answer."""

LIVE = ".figure-panel .stage.live canvas"
SCRIPT = Path(__file__).with_name("live.js")


@pytest.fixture
def live(open_lab):
    """Opens labs in which all is loaded that follows a hand."""

    def open_page(query="", **options):
        lab = open_lab(query, **options)
        lab.page.locator(".kernel-panel .grid").hover()
        settle(lab.page)
        lab.page.add_script_tag(path=SCRIPT)
        return lab

    return open_page


def test_every_case_through_the_worker_of_the_page(live):
    table = json.loads(TABLE.read_text())
    wrong = live().page.evaluate("table => live.run(table)", {"scales": table["scales"], "cases": table["cases"]})
    assert wrong == []


def type_weight(lab):
    lab.cell(2, 2).fill("0.35")


CHANGES = {
    "a weight": ("", type_weight),
    "a kernel that makes a picture": ("", lambda lab: lab.pick("sharpen")),
    "a parameter": (
        "?kernel=gaussian",
        lambda lab: lab.page.locator(".parameters label:visible [type=number]").first.fill("2.3"),
    ),
    "bias": ("?relu=yes", lambda lab: lab.page.get_by_label("Bias", exact=False).first.fill("0.5")),
    "stride": ("?padding=reflect", lambda lab: lab.page.get_by_label("Stride", exact=False).first.fill("3")),
    "each colour": ("?kernel=emboss", lambda lab: lab.page.get_by_label("each colour").check()),
    "all directions": ("?flip=yes&scale=full", lambda lab: lab.page.get_by_label("edges, all directions").check()),
    "display": ("?dilation=4&padding=replicate", lambda lab: lab.page.get_by_label("clipped to 0…1").check()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_the_browser_shows_is_what_the_core_answers(change, live):
    query, act = CHANGES[change]
    lab = live(query)
    held = Held(lab.page, ASKED)
    before = lab.page.evaluate("live.told()")
    act(lab)
    lab.page.evaluate("live.isLive()")
    shown, colours = lab.page.evaluate("live.told()"), lab.page.evaluate("live.colours()")
    box = lab.page.locator(".figure-panel .stage").bounding_box()
    with lab.redraw():
        held.let_go()
    settle(lab.page)
    assert lab.page.locator(LIVE).count() == 0
    answered = lab.page.evaluate("live.told()")
    assert answered == shown
    assert answered != before
    for mine, theirs in zip(colours, lab.page.evaluate("live.colours()"), strict=True):
        assert len(mine) == len(theirs)
        assert sum(abs(a - b) > 3 for a, b in zip(mine, theirs, strict=True)) <= len(mine) / 1e4
    assert lab.page.locator(".figure-panel .stage").bounding_box() == box


def test_where_there_is_no_worker_the_page_makes_the_map_itself(live):
    lab = live()
    lab.page.add_init_script("delete window.Worker")
    lab.reload()
    held = Held(lab.page, ASKED)
    type_weight(lab)
    lab.page.locator(LIVE).wait_for()
    with lab.redraw():
        held.let_go()
    settle(lab.page)


def test_what_cannot_be_is_not_shown_live_and_the_live_map_goes_when_the_server_refuses(live):
    lab = live()
    lab.cell(1, 1).click()
    lab.page.keyboard.type("x")
    lab.page.locator(".figure-panel .stage.old").wait_for()
    assert lab.page.locator(LIVE).count() == 0
    with lab.redraw():
        lab.page.keyboard.press("Backspace")
        lab.page.keyboard.type("4")
    settle(lab.page)
    assert lab.page.locator(".figure-panel .stage.old, .figure-panel .stage.live").count() == 0


@pytest.mark.browser_says("507")
def test_a_live_map_is_not_compared_with_the_map_of_another_photo(live):
    lab = live()
    lab.page.route(ASKED, lambda route: route.fulfill(status=507, json={"detail": "The disk is full."}))
    type_weight(lab)
    lab.page.locator(LIVE).wait_for()
    settle(lab.page)
    lab.page.unroute(ASKED)
    with lab.redraw():
        lab.page.set_input_files("[data-part=file]", photo(60, 41))
    settle(lab.page)
    assert lab.page.locator(LIVE).count() == 0

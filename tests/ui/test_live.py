"""The map that the browser makes while something changes, and the answer of the core that replaces it.

The page itself compares the two, and an error of its console fails each of these tests (conftest.py).
"""

import json
from pathlib import Path

import pytest

from tests.test_live_cases import TABLE
from tests.ui.lab import Held, Lab, settle
from tests.ui.test_lost_and_found import photo

ASKED = "**/gradio_api/run/predict*"
"""Where the page asks the server for an answer."""

LIVE = ".figure-panel .stage.live canvas"
SCRIPT = Path(__file__).with_name("live.js")


@pytest.fixture
def live(open_map):
    """Opens labs in which all is loaded that follows a hand."""

    def open_page(query="", **options):
        lab = open_map(query, **options)
        lab.page.locator(".kernel-panel .grid").hover()
        settle(lab.page)
        lab.page.add_script_tag(path=SCRIPT)
        return lab

    return open_page


def test_every_case_through_the_worker_of_the_page_which_makes_the_map_itself_where_there_is_none(live):
    lab = live()
    table = json.loads(TABLE.read_text())
    wrong = lab.page.evaluate("table => live.run(table)", {"scales": table["scales"], "cases": table["cases"]})
    assert wrong == []

    lab.page.add_init_script("delete window.Worker")
    lab.reload()
    held = Held(lab.page, ASKED)
    type_weight(lab)
    lab.page.locator(LIVE).wait_for()
    with lab.redraw():
        held.let_go()
    settle(lab.page)


def type_weight(lab):
    lab.cell(2, 2).fill("0.35")


CHANGES = {
    "a weight": ((), type_weight),
    "a kernel that makes a picture": ((), lambda lab: lab.pick("sharpen")),
    "a parameter": (
        (lambda lab: lab.pick("gaussian"),),
        lambda lab: lab.page.locator(".parameters label:visible [type=number]").first.fill("2.3"),
    ),
    "bias": (
        (lambda lab: lab.page.get_by_label("ReLU", exact=False).check(),),
        lambda lab: lab.page.get_by_label("Bias", exact=False).first.fill("0.5"),
    ),
    "stride": (
        (lambda lab: lab.page.get_by_label("reflect").check(),),
        lambda lab: lab.page.get_by_label("Stride", exact=False).first.fill("3"),
    ),
    "each colour": (
        (lambda lab: lab.pick("emboss"),),
        lambda lab: lab.page.get_by_label("each colour").check(),
    ),
    "all directions": (
        (
            lambda lab: lab.page.get_by_label("true convolution").check(),
            lambda lab: lab.page.get_by_label("full range").check(),
        ),
        lambda lab: lab.page.get_by_label("edges, all directions").check(),
    ),
    "display": (
        (
            lambda lab: lab.page.get_by_label("number input for Dilation").fill("4"),
            lambda lab: lab.page.get_by_label("replicate").check(),
        ),
        lambda lab: lab.page.get_by_label("clipped to 0…1").check(),
    ),
}
"""What is changed, one after the other: what leads to it, and the change itself."""


def test_what_the_browser_shows_is_what_the_core_answers(live):
    lab = live()
    for change, (before, act) in CHANGES.items():
        for prepare in before:
            with lab.redraw():
                prepare(lab)
            settle(lab.page)
        check_change(lab, change, act)


def check_change(lab: Lab, change: str, act) -> None:
    """Change something: what is told and shown before the answer of the core must be what it answers."""
    held = Held(lab.page, ASKED)
    before = lab.page.evaluate("live.told()")
    act(lab)
    lab.page.evaluate("live.isLive()")
    shown, colours = lab.page.evaluate("live.told()"), lab.page.evaluate("live.colours()")
    box = lab.page.locator(".figure-panel .stage").bounding_box()
    with lab.redraw():
        held.let_go()
    settle(lab.page)
    assert lab.page.locator(LIVE).count() == 0, change
    answered = lab.page.evaluate("live.told()")
    assert answered == shown, change
    assert answered != before, change
    for mine, theirs in zip(colours, lab.page.evaluate("live.colours()"), strict=True):
        assert len(mine) == len(theirs), change
        assert sum(abs(a - b) > 3 for a, b in zip(mine, theirs, strict=True)) <= len(mine) / 1e4, change
    assert lab.page.locator(".figure-panel .stage").bounding_box() == box, change


@pytest.mark.browser_says("507")
def test_what_cannot_be_is_not_shown_live_and_a_live_map_is_not_compared_with_that_of_another_photo(live):
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

    # Nor is the map compared with the map of another photo.
    lab.page.route(ASKED, lambda route: route.fulfill(status=507, json={"detail": "The disk is full."}))
    type_weight(lab)
    lab.page.locator(LIVE).wait_for()
    settle(lab.page)
    lab.page.unroute(ASKED)
    with lab.redraw():
        lab.page.set_input_files("[data-part=file]", photo(60, 41))
    settle(lab.page)
    assert lab.page.locator(LIVE).count() == 0

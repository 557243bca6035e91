"""A visit stays light: the bytes on the wire of what is ours, and the number of requests.

Gradio's own files are counted only by their number: each component that is used adds some. The limits lie 3 to 5 %
above what one run in a Chromium with a cold cache measured, heads of the answers included; it is told beside each. What
makes a visit lighter lowers them. `python -m tests.benchmarks.first_visit --list --only` tells what a visit is made of.
"""

from tests.ui.lab import Lab, settle
from tests.ui.wire import Wire, total

MOST_HTML = 60_000  # measured: 57,649
MOST_SCRIPTS = 29_500  # measured: 28,560
MOST_LATER = 3_300  # measured: 3,170, what comes after the first map: the cells and the magnifier of the inspector
MOST_PICTURES = 545_000  # measured: 526,079; of these photo 339,337, feature map 167,351, the thumbnails 19,391
MOST_REQUESTS = 69  # measured: 67, of them 43 of Gradio's own files, and its style sheets in one

MOST_HAND = 18_500  # measured: 18,062, what follows a hand, once: the live map, undo and dragging; a fifth are heads
MOST_ANSWER = 2_200  # measured: 2,149, what the kernel's event is answered with
MOST_CHANGE = 187_000  # measured: 181,624, with the picture of the new feature map
MOST_ASKED = 4  # the event, the picture, and once the scripts of the place for the program and of the groups of choices


def settled(page, wire):
    """The requests so far, when all is answered and the browser has told all of it."""
    settle(page)
    while wire.is_waiting:
        page.wait_for_function("() => true")  # lets what the browser tells arrive
    return wire.requests


def by_size(requests):
    """What a failure tells: the largest first."""
    return sorted(((asked.bytes, asked.path) for asked in requests), reverse=True)


COUNT_FRAMES = """{
    const ask = (window.frameOfTheBrowser = window.requestAnimationFrame);
    window.asked = 0;
    window.requestAnimationFrame = (callback) => {
        window.asked += 1;
        return ask(callback);
    };
}"""
COMES_TO_REST = """async () => {
    for (let second = 0; second < 30; second += 1) {
        const before = window.asked;
        for (let left = 60; left; left -= 1) await new Promise((resolve) => window.frameOfTheBrowser(resolve));
        if (window.asked === before) return true;
    }
    return false;
}"""


def test_a_first_visit_and_a_change_of_the_kernel_are_light(new_page, lab):
    page = new_page(is_fresh=True)
    visit, wire = Lab(page, lab.address), Wire(page)
    page.add_init_script(COUNT_FRAMES)
    visit.open()
    asked = settled(page, wire)
    files = [one for one in asked if one.path.startswith("/lab/")]
    html = [one for one in asked if one.kind == "Document"]
    later = [one for one in files if one.path.endswith("/feature_map/closeup.js")]
    scripts = [one for one in files if one.kind == "Script" and one not in later]
    pictures = [one for one in files if one.kind == "Image"]
    styles = [one for one in files if one.kind == "Stylesheet"]
    assert {one.path for one in files} == {one.path for one in scripts + later + pictures + styles}
    assert 0 < total(html) <= MOST_HTML
    assert 0 < total(scripts) <= MOST_SCRIPTS, by_size(scripts)
    assert 0 < total(later) <= MOST_LATER, by_size(later)
    assert 0 < total(pictures) <= MOST_PICTURES, by_size(pictures)
    assert len(asked) <= MOST_REQUESTS, by_size(asked)

    # A page at rest asks for no frames, and so takes nothing of a battery.
    assert page.evaluate(COMES_TO_REST)
    assert page.evaluate("window.asked") > 0

    wire.forget()
    with visit.redraw():
        visit.pick("sobel_y")
    asked = settled(page, wire)
    assert 0 < total([one for one in asked if one.is_event]) <= MOST_ANSWER, by_size(asked)
    asked = [one for one in asked if one.path != "/favicon.ico"]  # which the browser asks for when it likes
    hand = [one for one in asked if one.path.startswith("/lab/") and one.path.endswith(".js")]
    assert 0 < total(hand) <= MOST_HAND, by_size(hand)
    asked = [one for one in asked if one not in hand]
    assert total(asked) <= MOST_CHANGE, by_size(asked)
    assert len(asked) <= MOST_ASKED, by_size(asked)

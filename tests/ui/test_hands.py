"""Weights that the hand turns, undo and redo, and the menu under the pointer."""

import pytest
from playwright.sync_api import expect

from tests.ui.lab import PHONE, Held, settle


@pytest.fixture
def asked(open_map):
    """Opens labs whose hands are loaded, and counts what is asked of the server from then on."""

    def open_page(query="", **options):
        lab = open_map(query, **options)
        lab.page.locator(".kernel-panel .grid").hover()  # the first view does without hands.js
        settle(lab.page)
        posts = []
        lab.page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
        return lab, posts

    return open_page


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_kernels_are_looked_at_undone_redone_dragged_and_turned(asked):
    lab, posts = asked()
    # A kernel of the menu is seen before it is picked, and nothing is sent.
    page = lab.page
    held = Held(page, "**/live/live.js")  # what it is told is all that counts here
    page.click(".menu-button")
    page.locator('.menu-list [data-name="emboss"]').hover()
    page.wait_for_function("() => true")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    held.let_go()
    settle(page)
    assert posts == []
    assert lab.text(".kernel-panel [data-part=name]") == "Sobel x"
    assert lab.cells() == [["-1", "0", "1"], ["-2", "0", "2"], ["-1", "0", "1"]]

    # Changes are undone and redone.
    with lab.redraw():
        lab.cell(2, 2).fill("5")
    with lab.redraw():
        lab.cell(2, 2).fill("50")  # one step: the cell was not left
    with lab.redraw():
        lab.page.get_by_role("button", name="Rotate").click()
    with lab.redraw():
        lab.pick("gaussian")
    slider = lab.page.locator('.parameters label:not([hidden]) input[type="range"]')
    slider.focus()
    with lab.redraw():
        lab.page.keyboard.press("ArrowRight")
    sigma = slider.input_value()
    settle(lab.page)
    shown = []
    undo, redo = (lab.page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    for _ in range(4):
        posts.clear()
        with lab.redraw():
            lab.page.keyboard.press("Control+z")
        settle(lab.page)
        assert len(posts) == 1
        shown.append(lab.text(".kernel-panel [data-part=name]"))
    assert shown == ["Gaussian, any sigma", "Your kernel", "Your kernel", "Sobel x"]
    assert lab.cells() == [["-1", "0", "1"], ["-2", "0", "2"], ["-1", "0", "1"]]
    expect(undo).to_be_disabled()
    lab.cell(1, 1).focus()
    with lab.redraw():
        lab.page.keyboard.press("Control+Shift+z")
    assert lab.cells() == [["-1", "0", "1"], ["-2", "50", "2"], ["-1", "0", "1"]]
    for _ in range(3):
        with lab.redraw():
            redo.click()
        settle(lab.page)
    assert slider.input_value() == sigma
    expect(redo).to_be_disabled()
    lab.linked("kernel=gaussian:")

    # A weight is dragged with the mouse, and the server is asked when it is let go.
    with lab.redraw():
        lab.pick("sobel_x")
    settle(page)
    posts.clear()
    mouse = lab.page.mouse
    x, y = middle(lab.cell(1, 1))
    mouse.move(x, y)
    mouse.down()
    mouse.move(x, y - 4)
    assert lab.cells()[0][0] == "-1"  # no more than a click may move
    mouse.move(x, y - 20, steps=32)
    assert lab.cells()[0][0] == "-0.5"  # five steps of 4 pixels, of a tenth: the largest is 2
    with lab.redraw():
        lab.page.keyboard.down("Shift")
        mouse.move(x, y - 12)
        assert lab.cells()[0][0] == "-0.52"
        lab.page.keyboard.up("Shift")
        mouse.up()
    settle(lab.page)
    assert len(posts) <= 6  # of 33 moves: at the end, and where the hand rested, as on a busy machine
    assert "Your kernel" in lab.caption
    lab.linked("kernel=-0.52,0,1")
    with lab.redraw():
        mouse.click(*middle(lab.cell(1, 3)))
        lab.page.keyboard.type("7")  # a click is for typing, as it was
    assert lab.cells()[0] == ["-0.52", "0", "7"]

    # It is turned by keys and by the wheel where the focus is.
    with lab.redraw():
        lab.pick("sobel_x")
    settle(page)
    lab.cell(1, 1).focus()
    for key in ("Alt+ArrowUp", "PageUp", "Shift+Alt+ArrowDown"):
        lab.page.keyboard.press(key)
    assert lab.cells()[0][0] == "-0.81"
    lab.cell(1, 1).hover()
    lab.page.mouse.wheel(0, 100)
    lab.page.wait_for_function("() => document.querySelector('.kernel-panel .grid input').dataset.exact === '-0.9'")
    lab.linked("kernel=-0.9,0,1")
    lab.page.keyboard.press("ArrowDown")  # alone it goes to the next cell
    assert lab.cell(2, 1).evaluate("cell => cell === document.activeElement")


def test_a_weight_is_dragged_by_touch_on_a_phone(asked):
    lab, _ = asked(**PHONE)
    page = lab.page
    lab.cell(1, 1).scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    x, y = middle(lab.cell(1, 1))
    cdp = page.context.new_cdp_session(page)

    def touch(kind, *points):
        touches = [{"x": at, "y": down, "id": number} for number, (at, down) in enumerate(points)]
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    with lab.redraw():
        touch("touchStart", (x, y))
        for moved in (10, 20, 30, 40):
            touch("touchMove", (x, y - moved))
        expect(lab.cell(1, 1)).to_have_attribute("data-exact", "0")  # ten steps of a tenth
        touch("touchStart", (x, y - 40), (x + 150, y))
        touch("touchMove", (x, y - 60), (x + 150, y))
        expect(lab.cell(1, 1)).to_have_attribute("data-exact", "0.05")  # five fine ones
        touch("touchEnd")
    assert page.evaluate("scrollY") == before
    assert not lab.cell(1, 1).evaluate("cell => cell === document.activeElement")  # no keyboard comes up
    lab.linked("kernel=0.05,0,1")


def test_the_edges_in_all_directions_are_undone_and_redone_with_their_kernel(open_lab):
    lab = open_lab("?kernel=emboss", "feature_map")
    chosen = lab.page.locator(".lab-directions :checked")
    with lab.redraw():
        lab.pick("edges")
    settle(lab.page)
    assert chosen.input_value() == "all"
    undo, redo = (lab.page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    for button, caption, directions in (
        (undo, "Coffee cup, Emboss: 598", "one"),
        (redo, "Sobel x, all directions", "all"),
        (undo, "Coffee cup, Emboss: 598", "one"),
    ):
        button.click()
        lab.has_caption(caption)
        settle(lab.page)
        assert chosen.input_value() == directions
    lab.linked("kernel=emboss")
    assert "directions" not in lab.page.url

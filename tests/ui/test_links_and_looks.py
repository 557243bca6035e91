"""Links that restore a state, light and dark, phone width, and access for everybody, in a real browser."""

import io
import re
from itertools import pairwise

import numpy as np
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests.ui.lab import PHONE, settle


def test_a_link_restores_exactly_its_state(open_map):
    query = "?picture=chelsea&kernel=gabor:angle=30,wavelength=6&stride=2&padding=reflect&dilation=2&bias=-0.5"
    lab = open_map(query + "&activation=relu&flip=yes&channels=colour&display=absolute&scale=full")
    page = lab.page
    assert "451 × 300 pixels" in lab.text(".picture-panel .caption")
    assert "Gabor" in lab.caption
    assert page.locator('.parameters label:not([hidden]) input[type="number"]').first.input_value() == "30"
    assert page.get_by_label("number input for Stride").input_value() == "2"
    assert page.get_by_label("number input for Dilation").input_value() == "2"
    assert page.get_by_label("number input for Bias").input_value() == "-0.5"
    for label in ("ReLU", "reflect", "true convolution", "each colour", "absolute"):
        expect(page.get_by_label(label)).to_be_checked()
    expect(page.get_by_label("full range")).to_be_checked()
    assert page.locator(".figure-panel .pictures img").count() == 3


def test_a_broken_link_names_what_was_ignored_and_nothing_in_it_or_typed_runs_as_code(open_map):
    markup = "picture=%3Cimg%20src=x%20onerror=alert(1)%3E&display=$%7Balert(1)%7D"
    lab = open_map(f"?kernel=1,2;3&stride=zero&colour=blue&padding=zeros&{markup}")
    notice = lab.page.locator('[data-part="notices"]')
    notice.wait_for(state="visible")
    for name in ("kernel=1,2;3", "stride=zero", "colour=blue", "<img src=x", "${alert(1)}"):
        assert name in notice.inner_text()
    assert notice.locator("img").count() == 0
    assert "Sobel x: 600 × 400" in lab.caption  # the default kernel, and the padding that was understood

    # An upload is not in the link, and Share says so, also where it was pressed before the upload was there.
    lab.page.click('[data-part="share"]')
    link = lab.page.locator('[data-part="link"]')
    expect(link).to_have_value(re.compile("padding=zeros"))
    with lab.redraw():
        lab.page.set_input_files('[data-part="file"]', "examples/rocket.jpg")
    expect(lab.page.locator('[data-part="without_upload"]')).to_be_visible()
    expect(link).to_be_visible()
    assert "picture" not in link.input_value()

    # What is typed never runs as code.
    lab.page.click(".as-text summary")
    lab.page.fill(".as-text textarea", "${window.hacked = 1} {{value}} <img src=x onerror='window.hacked = 1'>")
    lab.page.locator(".kernel-panel .problem").wait_for(state="visible")
    lab.cell(1, 1).fill("`${window.hacked = 1}`")
    lab.page.locator(".figure-panel .stale").wait_for(state="visible")
    assert lab.page.evaluate("window.hacked") is None


def check_the_browsers_menu_prints_a_hand_out(lab) -> None:
    """Once the page was touched, whatever else was asked of it."""
    printing = "name => { dispatchEvent(new Event(name)); return document.querySelectorAll('.hand-out').length; }"
    lab.page.wait_for_function(f"() => ({printing})('beforeprint')")
    expect(lab.page.locator(".hand-out")).to_contain_text("Your kernel: 598 × 398 values")
    assert lab.page.evaluate(printing, "afterprint") == 0


def check_nothing_scrolls_sideways_on_a_phone(lab) -> None:
    """All fits into the width, and stands in its order."""
    assert lab.page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = [
        lab.page.locator(selector).bounding_box()["y"]
        for selector in ("[role=tablist]", ".picture-panel .stage", ".figure-panel .stage", ".kernel-panel .grid")
    ]
    assert tops == sorted(tops)  # lessons, picture, feature map, kernel, in this order


def test_the_lab_works_by_touch_and_fits_on_a_phone(open_lab):
    lab = open_lab(**PHONE)
    # All lessons stand in a row that scrolls, none behind "…"; what is shown comes into sight.
    tabs = lab.page.get_by_role("tab")
    assert tabs.count() == 7
    expect(lab.page.get_by_label("More tabs")).to_be_hidden()
    in_sight = (
        "tab => { const { left, right } = tab.getBoundingClientRect(); return left >= 0 && right <= innerWidth; }"
    )
    assert not tabs.last.evaluate(in_sight)
    tabs.nth(2).tap()  # cut at the edge
    expect(tabs.nth(2)).to_be_in_viewport(ratio=1)
    tabs.first.tap()
    settle(lab.page)
    lab.page.tap(".menu-button")
    with lab.redraw():
        lab.page.tap('.menu-list [data-name="outline"]')
    with lab.redraw():
        lab.page.tap('.kernel-panel [data-operation="negate"]')
    assert lab.cells()[1][1] == "-8"

    check_feature_map_stays_in_sight(lab)
    check_the_browsers_menu_prints_a_hand_out(lab)

    with lab.redraw():
        lab.pick("gabor")
    lab.page.evaluate("scrollTo(0, 0)")
    check_nothing_scrolls_sideways_on_a_phone(lab)
    # The narrowest phone has room for the parameters of a kernel.
    lab.page.set_viewport_size({"width": 320, "height": 700})
    assert lab.page.evaluate("document.documentElement.scrollWidth") <= 320
    number = lab.page.locator('.parameters label:not([hidden]) input[type="number"]').first.bounding_box()
    assert number["x"] + number["width"] <= 320
    lab.page.set_viewport_size(PHONE["viewport"])

    # The parts of a tall figure stand below each other.
    with lab.redraw():
        lab.page.get_by_label("number input for Stride").fill("3")
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (900, 300), dtype=np.uint8)).save(file, "PNG")
    photo = {"name": "tall.png", "mimeType": "image/png", "buffer": file.getvalue()}
    with lab.redraw():
        lab.page.set_input_files(".picture-panel [data-part=file]", photo)
    lab.page.evaluate("scrollTo(0, 0)")
    parts = (".stage", ".legend", ".inspector", ".caption", "details")
    boxes = [lab.page.locator(f".figure-panel {part}").bounding_box() for part in parts]
    for above, below in pairwise(boxes):
        assert above["y"] + above["height"] <= below["y"]


def test_a_broken_link_with_three_maps_fits_on_a_phone(open_lab):
    check_nothing_scrolls_sideways_on_a_phone(open_lab("?channels=colour&kernel=abc", **PHONE))


def check_feature_map_stays_in_sight(lab) -> None:
    """While the layer is changed, the feature map is on screen and nothing covers it."""
    slider = lab.page.get_by_label("range slider for Bias")
    height, top = lab.page.viewport_size["height"], slider.bounding_box()["y"]
    lab.page.evaluate("distance => window.scrollBy(0, distance)", top - height + 100)  # near the lower end
    stage = lab.page.locator(".figure-panel .stage").bounding_box()
    assert 0 <= stage["y"] < slider.bounding_box()["y"] < height
    with lab.redraw():
        slider.fill("0.5")
    assert stage["y"] + stage["height"] < height
    hit = "([x, y]) => document.elementFromPoint(x, y).closest('.stage') !== null"
    assert lab.page.evaluate(hit, [stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2])  # uncovered


def brightness(lab, selector: str) -> float:
    """The mean of the red, green and blue of an element's text colour, 0 to 255."""
    colour = lab.page.eval_on_selector(selector, "element => getComputedStyle(element).color")
    red, green, blue = (float(part) for part in colour.strip("rgb()").split(",")[:3])
    return (red + green + blue) / 3


def test_light_and_dark_show_the_same_values_and_can_be_read_by_everybody(open_map):
    light, dark = open_map("?__theme=light"), open_map("?__theme=dark")
    for selector in (".lab-title h1", ".picture-panel .caption", ".figure-panel .caption", ".kernel-panel .note"):
        assert brightness(light, selector) < 130, selector
        assert brightness(dark, selector) > 130, selector
    assert light.pixels() == dark.pixels()
    style = "cell => [cell.style.backgroundColor, cell.style.color]"
    assert light.cell(2, 3).evaluate(style) == dark.cell(2, 3).evaluate(style)

    # Our own parts have no serious accessibility findings.
    for theme, lab in (("light", light), ("dark", dark)):
        with lab.redraw():
            lab.pick("gaussian")
        settle(lab.page)
        for opened in (False, True):
            if opened:
                lab.page.click(".menu-button")
            results = Axe().run(lab.page, context=".lab-widget")
            serious = [
                (finding["id"], node["html"][:120], node["failureSummary"])
                for finding in results.response["violations"]
                for node in finding["nodes"]
                if finding["impact"] in ("serious", "critical")
            ]
            assert serious == [], f"{theme}, with the menu {'open' if opened else 'closed'}"


def test_nothing_moves_while_the_page_loads_a_new_feature_map_which_stays_in_sight(open_map):
    lab = open_map()
    places = [
        lab.page.locator(selector).bounding_box() for selector in (".figure-panel summary", ".lab-layer >> nth=0")
    ]
    shifts = lab.page.evaluate_handle(
        """() => {
            const seen = [];
            new PerformanceObserver((list) => {
                for (const shift of list.getEntries()) if (!shift.hadRecentInput) seen.push(shift.value);
            }).observe({ type: "layout-shift" });
            return seen;
        }"""
    )
    with lab.redraw():
        lab.pick("sobel_y")
    settle(lab.page)
    after = [lab.page.locator(selector).bounding_box() for selector in (".figure-panel summary", ".lab-layer >> nth=0")]
    assert after == places
    assert shifts.json_value() == []

    check_feature_map_stays_in_sight(lab)

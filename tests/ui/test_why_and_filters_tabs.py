"""The tabs "Why convolution" and "Filters" in a real browser: moved, clicked, turned, learned, stopped, carried over.

Numbers come from the chapter, from the issue, and from counting by hand, as in the tests of the callbacks.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests.ui.lab import Held, ready, settle

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


class Tab:
    """A tab as a visitor uses it."""

    def __init__(self, lab):
        self.lab, self.page, self.linked = lab, lab.page, lab.linked

    def says(self, pattern):
        """Waits until this is to be read."""
        line = self.page.locator(".lab-widget p").filter(visible=True, has_text=re.compile(pattern)).first
        line.wait_for()
        return line.inner_text()

    def unfold(self, title):
        """Opens a section."""
        self.page.get_by_role("button", name=title).click()

    def set(self, label, value):
        """Types a number into the box of a slider."""
        ready(self.page.get_by_label(f"number input for {label}")).fill(str(value))

    def press(self, label, key, times=1):
        """Presses a key on a slider."""
        ready(self.page.get_by_label(f"range slider for {label}")).focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def click_tile(self, picture, row, column, rows, columns):
        """Clicks into the middle of a tile of a mosaic, counted from 1."""
        mosaic = self.page.get_by_role("img", name=picture)
        assert mosaic.evaluate("picture => getComputedStyle(picture).cursor") == "pointer"
        mosaic.scroll_into_view_if_needed()
        box = mosaic.bounding_box()
        place = {"x": box["width"] * (column - 0.5) / columns, "y": box["height"] * (row - 0.5) / rows}
        mosaic.click(position=place)

    def ends_at(self, label, most):
        """Waits until a slider reaches as far as this."""
        self.page.wait_for_function(
            "([label, most]) => document.querySelector(`[aria-label='range slider for ${label}']`).max === most",
            arg=[label, str(most)],
        )


@pytest.fixture
def open_why(open_lab):
    return lambda query="", **options: Tab(open_lab(f"?{query}", "why", **options))


def test_the_four_arguments_can_be_tried(open_why):
    why = open_why()
    lab = why.lab
    why.says(r"240\s000 × 3 × 238\s004 = 171\s362\s880\s000")  # coffee.png, 600 x 400 in colour
    lab.page.get_by_label("another size").check()
    why.says(r"1\s000\s000 × 3 = 3\s000\s000")  # the issue
    # The picture moves by arrow keys, and the feature map with it.
    why.says("Largest difference inside: 0$")
    why.press("Move down by rows", "ArrowDown", 2)
    why.linked("why_rows=7")
    why.says("Exactly zero")
    # It is dragged as well: a tenth of its 600 columns to the right, from where the sliders were.
    moved = lab.page.get_by_role("img", name="The moved picture")
    moved.scroll_into_view_if_needed()
    box = moved.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x + box["width"] / 10, y, steps=3)
    lab.page.mouse.up()
    why.linked("why_columns=75")
    why.says("Exactly zero")
    why.set("Move right by columns", 15)  # the small version has 32 columns
    lab.page.get_by_label("convolution, stride 2").check()
    why.says("not both multiples of 2")
    lab.page.get_by_label("fully connected, on a small version").check()
    why.says("Not zero: every weight belongs to one pixel")
    why.unfold("Change one pixel")
    # A pixel is clicked: a quarter of 32 columns and of 21 rows.
    picture = lab.page.get_by_role("img", name="The picture, reduced: click a pixel", exact=False)
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] * 0.26, "y": box["height"] * 0.26})
    why.linked("why_row=6&why_column=9")
    why.says("6 of 570 outputs changed")  # Sobel's nine weights without its three zeros
    why.says("570 of 570 outputs changed")
    why.unfold("Turn the picture")
    why.set("Angle in degrees, clockwise", 90)
    why.says("At 90° the kernel answers 0;")  # stripes that lie, and Sobel's vertical edges
    why.page.get_by_label("the shared photo").last.check()
    why.says("Between quarter turns pixels are interpolated")
    lab.page.get_by_role("img", name="The picture, turned by 90°").wait_for()


def test_the_tab_follows_the_picture_and_the_kernel_and_says_what_is_wrong(open_why):
    why = open_why("picture=camera&kernel=laplacian_of_gaussian&why_layer=pooling&why_rows=4&why_columns=2")
    why.says(r"262\s144 × 1 = 262\s144")  # camera.png is 512 x 512 and grey
    why.says("are multiples of 2")
    why.page.click('.examples [data-name="rocket"]')
    why.says(r"273\s280 × 3")  # rocket.jpg is 640 x 427 in colour
    why.unfold("Change one pixel")
    why.set("Pixel row", 30)
    why.says("row is 30, but this picture is reduced to 21 rows: use 21")
    why.set("Pixel row", 5)
    why.says("outputs changed, and no other can")


def test_filters_are_looked_at_learned_stopped_and_carried_over(open_lab):
    filters = Tab(open_lab("?tab=filters&filters_count=16&filters_side=8"))
    page = filters.page
    filters.says("Done: [0-9]+ iterations")
    filters.unfold("What they are tuned to")
    filters.says("of 16 filters")
    filters.says("of 64 filters")  # the network's
    assert page.get_by_role("img", name="Direction and frequency of the filters").is_visible()
    # The bank: another filter, another number of orientations.
    filters.unfold("One filter up close")
    filters.set("Filter to look at", 5)
    page.get_by_role("img", name="Filter 5: 90°, wavelength 4, phase 0°").wait_for()  # the fifth of eight directions
    filters.click_tile("32 filters", 4, 7, 4, 8)  # the seventh of eight directions
    page.get_by_role("img", name="Filter 31: 135°, wavelength 8, phase 90°").wait_for()
    filters.linked("filters_filter=31")
    page.get_by_label("90", exact=True).uncheck()
    page.get_by_role("img", name="Filter 16: 158°, wavelength 8, phase 0°").wait_for()  # the last of those left
    filters.ends_at("Filter to look at", 16)
    page.get_by_label("90", exact=True).check()
    page.get_by_role("img", name="32 filters").wait_for()
    filters.click_tile("Their responses to the photo", 1, 2, 4, 8)
    page.get_by_role("img", name="Filter 2: 22.5°, wavelength 4, phase 0°").wait_for()
    filters.set("Orientations", 16)
    filters.says("16 directions")
    page.get_by_label("7", exact=True).check()
    filters.says("make 96 filters, but at most 64")
    page.get_by_label("7", exact=True).uncheck()
    # A run on the photo is asked for, and stopped.
    page.get_by_label("this photo").check()
    filters.says("Ready: press Learn")
    page.get_by_role("button", name="▶ Learn").filter(visible=True).click()
    filters.says("Done|Iteration [0-9]+")
    page.get_by_role("button", name="■ Stop").filter(visible=True).click()
    filters.says("Done|Stopped at iteration")
    filters.linked("filters_source=photo")
    # A filter of the network goes to the Feature map tab.
    filters.ends_at("Filter number", 16)
    filters.click_tile("64 filters learned by a network", 6, 5, 8, 8)
    page.get_by_role("img", name="Filter 45", exact=True).wait_for()
    filters.linked("filters_from=network&filters_pick=45")
    filters.ends_at("Filter number", 64)
    expect(page.get_by_label("the network")).to_be_checked()
    filters.click_tile("16 filters learned by independent", 4, 2, 4, 4)
    page.get_by_role("img", name="Filter 14", exact=True).wait_for()
    page.get_by_label("the network").check()
    filters.set("Filter number", 3)
    page.get_by_role("img", name="Filter 3", exact=True).wait_for()
    page.get_by_role("button", name="Use this filter in the Feature map tab").click()
    page.locator(".figure-panel .caption", has_text="Your kernel").wait_for()
    filters.linked("kernel=")
    assert "589 × 389" in filters.lab.caption  # 600 - 12 + 1, 400 - 12 + 1
    assert "tab=filters" not in page.url


def test_a_slow_answer_does_not_put_the_link_back_and_a_picture_that_cannot_be_learned_from_is_told(open_lab, tmp_path):
    # The answer to other orientations takes longer than the one to another source, which was asked for later.
    # A seed of its own: what another test has learned from the photo would be shown at once.
    filters = Tab(open_lab("?filters_count=16&filters_side=8&filters_seed=7", "filters"))
    page = filters.page
    filters.says("Done: [0-9]+ iterations")
    settle(page)
    held = Held(page, "**/run/predict*")
    with page.expect_request("**/run/predict*"):
        filters.set("Orientations", 4)
    with page.expect_request("**/run/predict*"):
        page.get_by_label("this photo").check()
    held.is_open = True
    for route in reversed(held.routes):
        with page.expect_response("**/run/predict*"):
            route.continue_()
    settle(page)
    filters.says("Ready: press Learn")
    assert "filters_source=photo" in page.url
    assert "filters_orientations=4" in page.url

    Image.new("L", (60, 50), 99).save(tmp_path / "blank.png")
    page.set_input_files('[data-part="file"]', str(tmp_path / "blank.png"))
    filters.says("the pictures are blank")


@pytest.mark.parametrize(("tab", "theme"), [("why", "light"), ("why", "dark"), ("filters", "dark")])
def test_on_a_phone_nothing_scrolls_sideways_and_everybody_can_read_it(open_lab, tab, theme):
    lab = open_lab(f"?filters_count=16&filters_side=8&filters_pick=17&why_angle=30&__theme={theme}", tab, **PHONE)
    Tab(lab).says("Largest difference" if tab == "why" else "but there are 16")
    assert lab.page.evaluate("document.documentElement.scrollWidth") <= 390
    settle(lab.page)  # what is still to be drawn anew is pale until then
    results = Axe().run(lab.page, context=".lab-tab")
    serious = [
        (finding["id"], node["html"][:160])
        for finding in results.response["violations"]
        for node in finding["nodes"]
        if finding["impact"] in ("serious", "critical")
    ]
    assert serious == []

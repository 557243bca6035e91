"""The lab in a lecture: on the projector, as a QR code, as a card, and on paper. Codes are read by OpenCV."""

import re

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import expect

from tests.ui.lab import CLIPBOARD

PROJECTOR = {"viewport": {"width": 1280, "height": 720}, **CLIPBOARD}

SMALL = """() => {
    const small = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const { parentElement: place, data } = walker.currentNode;
        const isText = data.trim() && place.checkVisibility() && place.getBoundingClientRect().width > 2;
        const other = ".lab-title, .lab-header, svg:not(.plot, [viewBox]), .grid, .spoken:not(h2)";
        if (!isText || place.closest(other)) continue;
        const scale = place.closest("[viewBox]") ? place.getScreenCTM().a : place.currentCSSZoom;
        if (parseFloat(getComputedStyle(place).fontSize) * scale < 23.9) small.push(data.trim());
    }
    return small;
}"""
"""The texts on screen, of axes and boxes too, less than 24 pixels high; but for the header, and small drawings."""

OVERFLOWS = "() => document.documentElement.scrollWidth > innerWidth"

PRINTED = """() => {
    window.asked = new Promise((resolve) => {
        window.print = () => {
            window.addEventListener("beforeprint", () => {
                window.paper = document.querySelector(".hand-out").textContent;
            });
            resolve();
        };
    });
}"""
"""Keeps what stands on the paper; "asked" is when the page asks to be printed."""


def read_code(picture: Image.Image) -> str:
    """What a QR code in a picture says; OpenCV's older reader finds none of 7 % of them, as their ports have it."""
    return cv2.QRCodeDetectorAruco().detectAndDecode(np.asarray(picture.convert("RGB"))[..., ::-1].copy())[0]


def columns_between_gaps(picture: np.ndarray, least: int) -> list[tuple[int, int]]:
    """The first and last column, plus one, of each part that white columns part, "least" or more of them."""
    drawn = np.flatnonzero((picture < 250).any((0, 2)))
    ends = np.flatnonzero(np.diff(drawn) >= least)
    return [(part[0], part[-1] + 1) for part in np.split(drawn, ends + 1)]


def likeness(one: Image.Image, other: Image.Image) -> float:
    """The correlation of two pictures, each reduced to 30 x 20 pixels."""
    small = [np.asarray(each.convert("RGB").resize((30, 20), Image.Resampling.BOX), float) for each in (one, other)]
    return np.corrcoef(small[0].ravel(), small[1].ravel())[0, 1]


def pages(pdf: bytes) -> int:
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_share_gives_a_class_a_code_a_card_and_a_hand_out(open_lab, tmp_path):
    lab = open_lab("?kernel=sobel_y&padding=reflect&__theme=dark", **PROJECTOR)
    page = lab.page
    ways = page.locator("[data-way]")

    def share(way):
        page.click("[data-part=share]")
        page.click(f"[data-way={way}]")

    # The QR code has the link without how this window shows it, fills the height, and is black on white.
    link = f"{lab.address}/?kernel=sobel_y&padding=reflect"
    share("code")
    code = page.locator("dialog.class-code")
    shot = tmp_path / "code.png"
    expect(code.locator("svg")).to_be_visible()
    page.screenshot(path=shot)
    assert read_code(Image.open(shot)) == link
    assert code.locator("svg").bounding_box()["height"] > 0.85 * 720
    expect(code).to_contain_text(link.removeprefix("http://"))
    assert Image.open(shot).convert("RGB").getpixel((640, 4)) == (255, 255, 255)
    page.keyboard.press("Escape")
    expect(code).to_have_count(0)

    # The card has photo, kernel and map beside each other, and the code.
    with page.expect_download() as told:
        share("card")
    assert told.value.suggested_filename == "convolution-lab-feature_map.png"
    card = Image.open(told.value.path()).convert("RGB")
    assert read_code(card) == link
    parts = columns_between_gaps(np.asarray(card)[180:380], 30)
    assert len(parts) == 3
    for (left, right), selector in ((parts[0], ".picture-panel img"), (parts[2], ".figure-panel .pictures img")):
        picture = lab.pixels(selector)
        height = round((right - left) * picture.height / picture.width)
        assert likeness(card.crop((left, 152, right, 152 + height)), picture) > 0.97, selector
    left, right = parts[1]
    kernel = np.asarray(card.crop((left, 152, right, 152 + right - left)), int)
    first, last = kernel[40, 40], kernel[-40, 40]  # rows of -1, -2, -1 above 1, 2, 1
    assert first[2] > first[0] + 50  # blue is negative
    assert last[0] > last[2] + 50  # red is positive

    # The hand-out is one page, in the light, with numbers, question and room; a plan's question counts for more.
    page.evaluate(PRINTED)
    share("handout")
    page.evaluate("window.asked")
    assert pages(page.pdf(format="A4")) == 1
    paper = page.evaluate("window.paper")
    for part in ("Sobel y on “Coffee cup”", "Padding reflect", "600 × 400 values", "All values together", link):
        assert part in paper
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p class=plan-bar data-question>Which edges?</p>')")
    page.get_by_role("tab", name="Step by step").click()
    lab.linked("tab=step")
    expect(page.locator(".step-panel .equation")).to_contain_text("19")
    assert pages(page.pdf(format="Letter")) == 1
    paper = page.evaluate("window.paper")
    assert "Which edges?" in paper
    assert "0·0 + 1·1 + 3·2 + 4·3 = 19" in paper
    expect(page.locator(".hand-out")).to_have_count(0)  # it was there for the paper alone
    assert ways.count() == 4


def check_a_wide_example_has_its_output_beside_its_input(page) -> None:
    """The chapter's 6 x 8 edge: below its input the output would lie under the bar of a lesson plan."""
    page.locator(".step-panel [data-part=preset]").select_option("edge")
    cells = page.locator(".step-panel [data-part=output] button")
    expect(cells).to_have_count(6 * 7)
    first, output = (page.locator(f".step-panel [data-part={part}]").bounding_box() for part in ("image", "output"))
    assert abs(first["y"] - output["y"]) < 8
    assert output["x"] > first["x"] + first["width"]
    assert cells.first.evaluate("cell => parseFloat(getComputedStyle(cell).fontSize) * cell.currentCSSZoom") >= 23.9
    page.locator(".step-panel [data-part=preset]").select_option("figure")
    expect(cells).to_have_count(2 * 2)


def test_a_lesson_for_the_last_row_has_large_type_and_its_controls_behind_a_key(open_lab):
    lab = open_lab("?kernel=emboss", **PROJECTOR)
    page = lab.page
    controls = page.locator(".lab-page :is(.form, input[type=range], [role=tablist], .operations)").filter(visible=True)
    page.click("[data-part=share]")
    page.click("[data-way=projector]")
    lab.linked("present=1")
    keys = page.locator(".keys")
    expect(keys).to_contain_text("c controls")
    expect(controls).to_have_count(0)
    assert page.evaluate(SMALL) == []

    # Arrow keys and a presenter's remote go through a plan, but not where they move something else.
    page.evaluate("document.addEventListener('plan', ({ detail }) => (window.steps ??= []).push(detail))")
    for key in ("ArrowRight", "PageDown", "ArrowLeft", "PageUp"):
        page.keyboard.press(key)
    expect(keys).to_be_hidden()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.locator(".figure-panel .stage").focus()
    page.keyboard.press("ArrowRight")
    lab.cell(1, 1).focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("window.steps") == [1, 1, -1, -1]
    page.keyboard.press("Escape")  # leaves the cell, and not the class
    expect(page.locator("input:focus")).to_have_count(0)
    assert "present=1" in page.url

    # Every lesson fits, with its controls and without; the address keeps saying so, Share's link does not.
    page.keyboard.press("c")
    expect(controls.first).to_be_visible()
    for name in ("Step by step", "Learn a kernel", "Receptive field", "Why convolution", "Filters", "Layers"):
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        assert not page.evaluate(OVERFLOWS), name
        page.keyboard.press("c")
        expect(page.locator("[role=tablist]").first).to_be_hidden()
        assert not page.evaluate(OVERFLOWS), name
        assert page.evaluate(SMALL) == [], name
        page.keyboard.press("c")
        if name == "Step by step":
            check_a_wide_example_has_its_output_beside_its_input(page)
    lab.linked("tab=layers")
    assert "present=1" in page.url
    page.click("[data-part=share]")
    expect(page.locator("[data-part=link]")).to_have_value(f"{lab.address}/?tab=layers&kernel=emboss")
    page.keyboard.press("Escape")  # closes Share
    expect(page.locator("[data-part=shared]")).to_be_hidden()
    page.keyboard.press("Escape")
    page.wait_for_function("() => !location.search.includes('present')")
    expect(page.locator(".presenting")).to_have_count(0)


def test_a_link_opens_a_lesson_for_a_class_and_says_when_it_is_too_long_for_a_code(open_map):
    weights = ";".join(",".join("01"[(row + column) % 2] for column in range(31)) for row in range(31))
    lab = open_map(f"?present=1&kernel={weights}", **PROJECTOR)
    page = lab.page
    expect(page.locator(".presenting")).to_be_visible()
    expect(page.locator(".picture-panel .examples")).to_be_hidden()
    assert not page.evaluate(OVERFLOWS)
    page.keyboard.press("q")
    expect(page.locator("dialog.class-code")).to_contain_text("too long for a QR code")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.class-code")).to_have_count(0)
    expect(page.locator(".presenting")).to_be_visible()

"""What people come for: eight tasks as visitors do them, in a window of 1280 x 800 pixels and on a phone.

Every visitor begins on the first page, and does some of them one after the other. What is asserted of numbers is
counted by hand, beside it.
"""

import io
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from scipy.signal import correlate2d

from tests.ui.inspector import MAP, PINNED, SENTENCE, STAGE, Inspector
from tests.ui.lab import CLIPBOARD, PHONE, settle
from tests.ui.test_feature_map_tab import grey
from tests.ui.test_learn_tab import Learn

SCREENS = {"wide": {"viewport": {"width": 1280, "height": 800}}, "phone": PHONE}
SUM = ".figure-panel .sums b"
EMBOSS = ["-2", "-1", "0", "-1", "1", "1", "0", "1", "2"]  # GIMP's manual, Filters > Generic > Convolution Matrix


@pytest.fixture(params=SCREENS)
def size(request):
    """The name of a size."""
    return request.param


@pytest.fixture
def screen(size):
    """The options of a page of this size."""
    return SCREENS[size]


HEIGHTS = {"wide": 1600, "phone": 3200}
"""How tall a lesson may be as it opens, in CSS pixels: two screens, and four of a phone's."""


def go_to(lab, lesson: str) -> None:
    """Press a lesson's tab."""
    lab.page.click(f'[role=tab][data-tab-id="{lesson}"]')
    lab.page.locator(f'[role=tab][data-tab-id="{lesson}"][aria-selected=true]').first.wait_for()


def choose_photo(lab, screen, name: str, file: bytes) -> None:
    """Press Upload, which a phone's strip opens to, and choose a file."""
    if screen is PHONE:
        lab.page.get_by_role("button", name="Change picture").click()
    with lab.page.expect_file_chooser() as chooser, lab.redraw():
        lab.page.get_by_role("button", name="Upload").click()
        chooser.value.set_files([{"name": name, "mimeType": "image/jpeg", "buffer": file}])
    if screen is PHONE:
        lab.page.get_by_role("button", name="Change picture").click()


def photo_of_a_door() -> bytes:
    """Twelve megapixels: a white door, rows 800 to 2399, columns 1200 to 1999, in a grey wall."""
    pixels = np.full((3000, 4000), 90, np.uint8)
    pixels[800:2400, 1200:2000] = 240
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()


def test_edges_of_a_large_photo_are_saved_and_the_field_of_vggs_third_pool_is_seen_on_it(open_lab, screen):
    lab = open_lab(**screen)
    choose_photo(lab, screen, "door.jpg", photo_of_a_door())
    with lab.redraw():
        lab.pick("edges")
    settle(lab.page)
    with lab.page.expect_download() as download:
        lab.page.click("[data-part=png]")
    assert download.value.suggested_filename == "door-sobel_x-all-directions.png"
    with Image.open(download.value.path()) as picture:
        edges = np.array(picture.convert("L"), np.int16)
    assert edges.shape == (766, 1022)  # reduced to 1024 x 768, and a 3x3 window fits two times less each way
    plain = edges[30, 30]
    for row, column, is_edge in (
        (204, 400, True), (613, 400, True), (400, 306, True), (400, 511, True),  # 800, 2400; 1200, 2000; of 4000
        (400, 400, False), (700, 400, False), (400, 700, False),
    ):  # fmt: skip
        near = edges[row - 3 : row + 3, column - 3 : column + 3]  # also where the halves of a pixel meet
        assert bool(np.abs(near - plain).max() > 100) is is_edge, (row, column)
    whole = lab.page.locator("[data-part=whole_button]")
    expect(whole).to_be_visible()  # the map of the whole photo is one more press away
    expect(whole).to_contain_text("4000 × 3000")

    settle(lab.page)
    go_to(lab, "receptive")
    lab.page.get_by_role("button", name="pool3 44").click()
    # FACTS: VGG-16 sees 44 pixels after pool3, in steps of 8.
    lab.page.get_by_role("heading", name="After pool3, one value sees 44 × 44 pixels").wait_for()
    expect(lab.page.get_by_text("on the 1024 × 768 photo")).to_be_visible()
    expect(lab.page.locator(".lab-photo-field .own")).to_be_in_viewport()
    settle(lab.page)


def test_a_value_is_understood_taken_to_step_by_step_and_a_pasted_kernel_is_shared(open_lab, screen):
    lab = open_lab("?__theme=light", **screen, **CLIPBOARD)
    with lab.redraw():
        lab.pick("emboss")
    settle(lab.page)

    # One value is understood where one points.
    inspector = Inspector(lab, "Emboss")
    page = inspector.page
    page.evaluate("scrollTo(0, 0)")
    place = (120, 200)
    if screen is PHONE:
        page.locator(STAGE).scroll_into_view_if_needed()
        page.touchscreen.tap(*inspector.middle(MAP, place, (398, 598)))
    else:
        inspector.hover(MAP, place, (398, 598))
        page.mouse.click(*inspector.middle(MAP, place, (398, 598)))
    expect(page.locator(PINNED)).to_be_visible()
    (row, column, _), value = inspector.state()
    assert abs(row - place[0]) + abs(column - place[1]) <= 2  # a finger's place is rounded
    expected = correlate2d(grey("coffee.png"), np.reshape(EMBOSS, (3, 3)).astype(float), mode="valid")[row, column]
    assert value == pytest.approx(expected, abs=1e-4)
    assert f"row {row + 1}, column {column + 1}: sum of 9 products" in inspector.lab.text(SENTENCE)
    for part in (MAP, SUM, SENTENCE):  # cause and effect on one screen
        expect(page.locator(part).last).to_be_in_viewport()

    # It is taken to Step by step, and back.
    lab.page.get_by_role("button", name="Step through this").click()
    lab.page.locator(".step-panel [data-part=play]").wait_for()
    taken = lab.page.locator("[data-part=taken]")
    expect(taken).to_contain_text("Taken from the feature map: kernel Emboss")
    cells = lab.page.locator(".step-panel [data-part=kernel] input")
    expect(cells).to_have_count(9)
    assert [cell.get_attribute("data-exact") for cell in cells.all()] == EMBOSS
    lab.page.get_by_role("button", name="Back to the map").click()
    expect(lab.page.locator(STAGE)).to_be_visible()
    settle(lab.page)

    # A kernel is pasted with its divisor.
    lab.page.locator(STAGE).focus()
    lab.page.keyboard.press("Escape")
    expect(lab.page.locator(PINNED)).to_be_hidden()
    lab.page.get_by_text("Edit as text").click()
    with lab.redraw():
        lab.page.fill(".kernel-panel textarea", "1 2 1\n2 4 2\n1 2 1\n/ 16")
    expect(lab.page.locator("[data-part=understood]")).to_contain_text("3x3, divided by 16, sum 1")
    assert [Fraction(text) for row in lab.cells() for text in row] == [
        Fraction(n, 16) for n in (1, 2, 1, 2, 4, 2, 1, 2, 1)
    ]
    lab.has_caption("Your kernel")
    settle(lab.page)

    # The exact state is shared.
    with lab.redraw():
        lab.cell(3, 3).fill("1/3")
    with lab.redraw():
        lab.page.get_by_role("radio", name="zeros").check()
    settle(lab.page)
    lab.page.locator(STAGE).focus()
    for key in ("ArrowDown", "Enter"):
        lab.page.keyboard.press(key)
    lab.linked("cell=")
    held = Inspector(lab, "Your kernel").state()
    lab.page.click("[data-part=share]")
    lab.page.locator("[data-part=copied]", has_text="Link copied").wait_for()
    link = lab.page.evaluate("navigator.clipboard.readText()")
    assert link == lab.page.input_value("[data-part=link]")
    assert "stride" not in link  # at its default
    other = open_lab(link[link.index("?") :], **screen, **CLIPBOARD)
    expect(other.page.locator(PINNED)).to_be_visible()
    assert Inspector(other, "Your kernel").state() == held
    assert (other.caption, other.cells(), other.pixels()) == (lab.caption, lab.cells(), lab.pixels())


def test_no_lesson_is_long_none_is_hidden_weights_are_counted_and_sobel_is_learned(open_lab, size):
    lab = open_lab(**SCREENS[size])
    expect(lab.page.locator(".overflow-menu").filter(visible=True)).to_have_count(0)  # Gradio's "..."
    heights = {}
    for lesson in ("feature_map", "step", "learn", "receptive", "why", "filters", "layers"):
        go_to(lab, lesson)
        expect(lab.page.locator(f"[role=tab][data-tab-id={lesson}]").first).to_be_in_viewport()
        settle(lab.page)
        assert lab.page.evaluate("document.documentElement.scrollWidth") <= SCREENS[size]["viewport"]["width"], lesson
        heights[lesson] = lab.page.evaluate("document.documentElement.scrollHeight")
        if lesson == "learn":
            expect(lab.page.get_by_role("button", name="▶ Learn")).to_be_in_viewport()
        if lesson == "why":
            panel = lab.page.locator(".lab-tab:visible")
            for count in ("9 × 3 = 27", "240\u202f000 × 3 × 238\u202f004 = 171\u202f362\u202f880\u202f000"):
                expect(panel.get_by_text(count)).to_be_visible()  # 600·400; 598·398
    assert max(heights.values()) <= HEIGHTS[size], heights

    go_to(lab, "learn")
    learn = Learn(lab)
    lab.page.get_by_label("a photo before and after").check()
    lab.page.get_by_label("Sobel edges").check()
    learn.status("Ready")
    learn.press("▶ Learn")
    learn.status("Done: 300 steps")
    weights = [float(text.replace("−", "-")) for text in learn.kernel("Learned, step 300")]
    assert weights == pytest.approx(np.array([-1, 0, 1, -2, 0, 2, -1, 0, 1]) / 8, abs=0.02)
    settle(lab.page)

"""A tab that is not on screen costs nothing: what the page asks for and is sent, while only one tab is looked at."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.ui.lab import settle

A_PICTURE = 100_000
"""Bytes: the maps of the photo below are larger, as they travel inside an answer; an answer without one is smaller."""

MOST_HTML, MOST_COMPRESSED_HTML = 430_000, 60_000  # measured: 425,403; 58,653
"""Bytes of the page as it is sent: no picture of a tab that nobody has opened is in it."""

HEIGHT, WIDTH = 400, 600


def take(page):
    """What was asked for since the last time: the functions, and the bytes of all answers.

    It waits until all is answered.
    """
    settle(page)
    taken = page.evaluate("window.inFlight.take()")
    return set(taken["joined"]), taken["streamed"]


@pytest.fixture
def photo(tmp_path):
    """A picture of noise, whose maps are large."""
    pixels = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return str(tmp_path / "photo.png")


def test_a_visit_without_a_link_asks_for_nothing_and_gets_a_light_page(open_lab):
    lab = open_lab("?__theme=light", is_fresh=True)
    assert take(lab.page) == (set(), 0)
    asked = lab.page.evaluate("performance.getEntriesByType('resource').map((resource) => resource.name)")
    assert not [address for address in asked if "/queue/" in address or "/run/" in address]
    sizes = lab.page.evaluate(
        "() => { const [{ decodedBodySize, encodedBodySize }] = performance.getEntriesByType('navigation');"
        " return [decodedBodySize, encodedBodySize]; }"
    )
    assert sizes[0] < MOST_HTML
    assert sizes[1] < MOST_COMPRESSED_HTML


def test_hidden_tabs_neither_work_nor_send_pictures_and_are_drawn_when_they_are_opened(open_lab, photo):
    lab = open_lab()
    page = lab.page
    take(page)
    with lab.redraw():
        page.set_input_files('[data-part="file"]', photo)
    functions, size = take(page)
    assert len(functions) == 1
    assert 0 < size < A_PICTURE
    with lab.redraw():
        page.get_by_label("number input for Stride").fill("2")
    functions, size = take(page)
    assert len(functions) == 1  # only the feature map is asked for
    assert 0 < size < A_PICTURE  # its picture is a file

    # 299 = (600 - 3) // 2 + 1, 199 = (400 - 3) // 2 + 1
    page.get_by_role("tab", name="Learn a kernel").click()
    page.get_by_text("299 × 199").filter(visible=True).nth(2).wait_for()
    _, size = take(page)
    assert size > A_PICTURE  # so that the assertions above mean something
    page.get_by_role("tab", name="Receptive field").click()
    page.get_by_text("600 × 400 photo").wait_for()

    # On screen, it follows at once; the other one when it is opened.
    page.click('.examples [data-name="rocket"]')
    page.get_by_text("640 × 427 photo").wait_for()
    page.get_by_role("tab", name="Learn a kernel").click()
    page.get_by_text("319 × 213").filter(visible=True).nth(2).wait_for()

    # What has been drawn for the picture is not drawn again, and a run stays where it is.
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text("Learned, step 1").wait_for()
    page.get_by_role("tab", name="Receptive field").click()
    take(page)
    page.get_by_role("tab", name="Learn a kernel").click()
    _, size = take(page)
    assert size < A_PICTURE
    expect(page.get_by_text("Learned, step 1")).to_be_visible()

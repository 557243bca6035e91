"""A tab that is not on screen costs nothing: what the page asks for and is sent, while only one tab is looked at."""

import numpy as np
import pytest
from PIL import Image

from tests.ui.conftest import settle

A_PICTURE = 100_000
"""Bytes: the maps of the photo below are larger, as they travel inside an answer; an answer without one is smaller."""

HEIGHT, WIDTH = 400, 600


class Traffic:
    """What goes through the queue: which functions are asked for, and the bytes of all answers."""

    def __init__(self, page):
        self.page = page
        self._asked, self._begun, self._ended = [], [], []
        page.on("request", lambda request: self._asked.append(request) if "/queue/join" in request.url else None)
        page.on("request", lambda request: self._begun.append(request) if "/queue/data" in request.url else None)
        for event in ("requestfinished", "requestfailed"):
            page.on(event, lambda request: self._ended.append(request) if "/queue/data" in request.url else None)

    def take(self):
        """Waits until all is answered; the functions and the bytes since the last time."""
        settle(self.page)
        while len(self._ended) < len(self._begun):
            self.page.wait_for_timeout(100)
        functions = {request.post_data_json["fn_index"] for request in self._asked}
        size = sum(request.sizes()["responseBodySize"] for request in self._ended if not request.failure)
        self._asked, self._begun, self._ended = [], [], []
        return functions, size


@pytest.fixture
def photo(tmp_path):
    """A picture of noise, whose maps are large."""
    pixels = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return str(tmp_path / "photo.png")


def test_hidden_tabs_neither_work_nor_send_pictures_and_are_drawn_when_they_are_opened(open_lab, photo):
    lab = open_lab()
    page, traffic = lab.page, Traffic(lab.page)
    traffic.take()
    with lab.redraw():
        page.set_input_files('[data-part="file"]', photo)
    _, size = traffic.take()
    assert 0 < size < A_PICTURE
    with lab.redraw():
        page.get_by_label("number input for Stride").fill("2")
    functions, size = traffic.take()
    assert len(functions) == 1  # only the feature map is asked for
    assert 0 < size < A_PICTURE

    # 299 = (600 - 3) // 2 + 1, 199 = (400 - 3) // 2 + 1
    page.get_by_role("tab", name="Learn a kernel").click()
    page.get_by_text("299 × 199").filter(visible=True).nth(2).wait_for()
    _, size = traffic.take()
    assert size > A_PICTURE  # so that the assertions above mean something
    page.get_by_role("tab", name="Receptive field").click()
    page.get_by_text("400 × 600 photo").wait_for()

    # On screen, it follows at once; the other one when it is opened.
    page.click('.examples [data-name="rocket"]')
    page.get_by_text("427 × 640 photo").wait_for()
    page.get_by_role("tab", name="Learn a kernel").click()
    page.get_by_text("319 × 213").filter(visible=True).nth(2).wait_for()

    # What has been drawn for the picture is not drawn again, and a run stays where it is.
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text("Learned, step 1").wait_for()
    page.get_by_role("tab", name="Receptive field").click()
    traffic.take()
    page.get_by_role("tab", name="Learn a kernel").click()
    _, size = traffic.take()
    assert size < A_PICTURE
    assert page.get_by_text("Learned, step 1").is_visible()

"""A tab that is not on screen costs nothing: what the page asks for and is sent, while only one tab is looked at."""

import json

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
        self._functions, self._streams, self._size = set(), set(), 0
        self._network = page.context.new_cdp_session(page)  # it counts what arrives, also of a stream that goes on
        self._network.on("Network.requestWillBeSent", self._ask)
        self._network.on("Network.dataReceived", self._receive)
        self._network.send("Network.enable")

    def _ask(self, event):
        url, body = event["request"]["url"], event["request"].get("postData")
        if "/queue/data" in url:
            self._streams.add(event["requestId"])
        elif "/queue/join" in url and body:
            self._functions.add(json.loads(body)["fn_index"])

    def _receive(self, event):
        if event["requestId"] in self._streams:
            self._size += event["dataLength"]

    def take(self):
        """Waits until all is answered; the functions and the bytes since the last time."""
        settle(self.page)
        taken = self._functions, self._size
        self._functions, self._size = set(), 0
        return taken


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

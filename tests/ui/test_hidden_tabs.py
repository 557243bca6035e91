"""A tab that is not on screen costs nothing: what the page asks for and is sent, while only one tab is looked at."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.ui.conftest import settle

TINY = 3000
"""Bytes of an answer that holds updates of nothing in some 25 places; a picture is larger."""

HEIGHT, WIDTH = 200, 300


class Traffic:
    """What goes through the queue: the number of each event's function, and the bytes of its answers."""

    def __init__(self, page):
        self.page = page
        self._joins, self._streams = [], []
        page.on("response", self._hear)

    def _hear(self, response):
        if "/queue/join" in response.url:
            self._joins.append(response)
        elif "/queue/data" in response.url:
            self._streams.append(response)

    def take(self):
        """Waits until all is answered, and returns the bytes by function since the last time."""
        settle(self.page)
        asked = {join.json()["event_id"]: join.request.post_data_json["fn_index"] for join in self._joins}
        sizes = dict.fromkeys(asked.values(), 0)
        for stream in self._streams:
            for line in stream.text().splitlines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if "output" in message:
                    sizes[asked[message["event_id"]]] += len(json.dumps(message["output"].get("data")))
        self._joins, self._streams = [], []
        return sizes


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
    sizes = traffic.take()
    assert len([size for size in sizes.values() if size > TINY]) == 1, sizes  # the feature map
    with lab.redraw():
        page.get_by_label("number input for Stride").fill("2")
    sizes = traffic.take()
    assert len(sizes) == 1, sizes  # only the feature map is asked for

    # 149 = (300 - 3) // 2 + 1, 99 = (200 - 3) // 2 + 1
    page.get_by_role("tab", name="Learn a kernel").click()
    page.get_by_text("149 × 99").filter(visible=True).nth(2).wait_for()
    page.get_by_role("tab", name="Receptive field").click()
    page.get_by_text("200 × 300 photo").wait_for()

    # On screen, it follows at once; the other one does not.
    traffic.take()
    page.click('.examples [data-name="rocket"]')
    page.get_by_text("427 × 640 photo").wait_for()
    assert len([size for size in traffic.take().values() if size > TINY]) == 2  # and the feature map
    page.get_by_role("tab", name="Learn a kernel").click()
    page.get_by_text("319 × 213").filter(visible=True).nth(2).wait_for()

    # What has been drawn for the picture is not drawn again, and a run stays where it is.
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text("Learned, step 1").wait_for()
    page.get_by_role("tab", name="Receptive field").click()
    traffic.take()
    page.get_by_role("tab", name="Learn a kernel").click()
    assert all(size < TINY for size in traffic.take().values())
    assert page.get_by_text("Learned, step 1").is_visible()

"""The map of a photo that is sent once more, whole: how it is drawn, and what is refused."""

from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from convdemo.images import Photo
from convdemo.kernels import KERNELS
from convdemo.ui.feature_map import whole
from convdemo.ui.feature_map.files import save_whole
from convdemo.ui.feature_map.view import render_map
from convdemo.ui.feature_map.whole import draw_whole
from convdemo.ui.layer.settings import Settings, make_feature_map
from convdemo.ui.picture import opening
from tests.page.request import ask, random_bytes, request
from tests.page.uploads import upload

pytestmark = pytest.mark.usefixtures("upload_folder")


def send(picture, path, **controls):
    """What the figure is told when the whole photo was sent."""
    return save_whole(request(picture, **controls), gr.EventData(None, {"upload": path}))["figure"]["saved"]


def reduced(height, width, name="IMG_1234.png"):
    """A photo of noise as the page has it, reduced, and the bytes of the whole one."""
    whole_photo = random_bytes(height, width, 3)
    return upload(whole_photo, name), whole_photo


def test_the_map_of_the_whole_photo_is_saved_under_its_name_and_size_and_the_photo_is_deleted():
    picture, pixels = reduced(1200, 900)
    sent = upload(pixels, "whole.png")["upload"]
    saved = send(picture, sent)
    path = Path(saved["file"]["path"])
    assert saved["name"] == path.name == "IMG_1234-sobel_x-900x1200.png"
    assert saved["told"].startswith("Saved: the map of 900 × 1200 pixels, ")
    assert not Path(sent).exists()
    with Image.open(path) as drawn:
        assert drawn.size == (898, 1198)  # 900 - 3 + 1, and 1200 - 3 + 1


def test_a_photo_that_was_reduced_says_so_and_offers_its_whole_map():
    picture, _ = reduced(1200, 900)
    told = ask(picture)["figure"]["value"]["reduced"]
    assert told["told"].startswith(
        "Made from the photo reduced to 768 × 1024 pixels, from 900 × 1200: each is the mean"
    )
    assert told["button"] == "↓ Full-size map, 900 × 1200"
    large = {**picture, "original": [8000, 6000]}  # 48 megapixels: half of each side is 12
    assert ask(large)["figure"]["value"]["reduced"]["button"] == "↓ Full-size map, 3000 × 4000"
    assert ask()["figure"]["value"]["reduced"] is None


@pytest.mark.parametrize("channels", ["grey", "colour"])
@pytest.mark.parametrize("display", ["auto", "signed", "absolute", "clipped"])
@pytest.mark.parametrize("name", ["sobel_x", "sharpen"])
def test_in_strips_it_is_drawn_as_the_page_draws_it(channels, display, name, monkeypatch):
    pixels = random_bytes(50, 37, 3).astype(np.float32) / 255
    pixels[:25] = 0.5  # the upper strips of a sharpened picture have nothing to mark
    photo, settings = Photo(pixels, (50, 37)), Settings(channels=channels, display=display, scale="full")
    pictures = render_map(make_feature_map(photo, KERNELS[name], settings), KERNELS[name], settings).pictures
    monkeypatch.setattr(whole, "MOST_PIXELS", 300)
    drawn = draw_whole(photo, KERNELS[name], settings).rgb.astype(int)
    expected = np.hstack([picture.rgb for picture in pictures]).astype(int)
    assert drawn.shape == expected.shape
    # The greys of a marked picture are 254, and 256 where nothing is marked, in a strip as in a picture.
    assert np.abs(drawn - expected).max() <= (1 if name == "sharpen" else 0)


def test_a_photo_of_too_many_pixels_is_refused_by_its_header(monkeypatch):
    monkeypatch.setattr(opening, "MOST_WHOLE", 1_000_000)
    picture, pixels = reduced(1200, 900)
    saved = send(picture, upload(pixels, "whole.png")["upload"])
    assert "file" not in saved
    assert saved["told"].startswith("The picture has 900 × 1200 pixels, and at most 1 million can be read")


@pytest.mark.parametrize("path", [None, 7, "", "/etc/passwd", "nosuch.png"])
def test_what_is_no_upload_gets_one_sentence(path):
    saved = send({"example": "coffee"}, path)
    assert "file" not in saved
    assert "was not uploaded here" in saved["told"]


def test_settings_that_leave_no_place_are_told_where_the_button_is():
    picture, pixels = reduced(1200, 900)
    saved = send(picture, upload(pixels, "whole.png")["upload"], stride=99)
    assert saved["told"].startswith("stride is 99")

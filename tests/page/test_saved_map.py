"""The map as a file: its numbers, its picture, and its name."""

import re
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from gradio.utils import get_upload_folder
from PIL import Image

from convdemo.images import read_photo
from convdemo.kernels import custom_kernel
from convdemo.ui.layer.settings import Settings, make_feature_map
from tests.page.request import COFFEE, SOBEL, ask, cells, random_bytes, save
from tests.page.uploads import upload

pytestmark = pytest.mark.usefixtures("upload_folder")


@pytest.mark.parametrize("channels", ["grey", "colour"])
def test_the_saved_numbers_are_the_feature_map(channels):
    picture = upload(random_bytes(9, 14, 3))
    controls = {"channels": channels, "bias": 0.5, "stride": 2, "padding": "zeros"}
    update = save("npy", picture, cells("1 -2; 0 1"), **controls)
    path = Path(update["saved"]["file"]["path"])
    saved = np.load(path, allow_pickle=False)
    chosen = Settings(channels=channels, bias=0.5, stride=2, padding="zeros")
    expected = make_feature_map(read_photo(picture["upload"]), custom_kernel([[1, -2], [0, 1]]), chosen)
    assert saved.dtype == np.float32
    np.testing.assert_array_equal(saved, expected)
    assert saved.shape == ((5, 7, 3) if channels == "colour" else (5, 7))
    assert path.is_relative_to(Path(get_upload_folder()).resolve())  # where Gradio may serve it, and clean up
    assert update["saved"]["name"] == path.name == "mine-custom.npy"


@pytest.mark.parametrize("display", ["auto", "signed", "absolute", "clipped"])
@pytest.mark.parametrize("channels", ["grey", "colour"])
@pytest.mark.parametrize("weights", ["1 -2; 0 1", "1 -2; 0 2"])  # they sum to 0, and to 1
def test_the_saved_picture_is_the_one_on_screen(channels, display, weights):
    picture, kernel, chosen = (
        upload(random_bytes(9, 14, 3)),
        cells(weights),
        {"channels": channels, "display": display},
    )
    shown = ask(picture, kernel, **chosen)["figure"]["value"]["pictures"]
    saved = save("png", picture, kernel, **chosen)["saved"]
    assert saved["name"] == "mine-custom.png"
    tiles = [np.asarray(Image.open(one["file"]["path"]).convert("RGB")) for one in shown]
    np.testing.assert_array_equal(np.asarray(Image.open(saved["file"]["path"]).convert("RGB")), np.hstack(tiles))


def test_a_file_is_named_after_the_photo_the_kernel_and_the_direction():
    assert save("png")["saved"]["name"] == "coffee-sobel_x.png"
    assert save("npy", directions="all")["saved"]["name"] == "coffee-sobel_x-all-directions.npy"
    photo = upload(random_bytes(9, 14, 3), "IMG_1234.jpg")
    assert save("png", photo, directions="other")["saved"]["name"] == "IMG_1234-sobel_x-transposed.png"


@pytest.mark.parametrize(
    ("picture", "kernel", "controls", "words"),
    [
        ({"upload": "/etc/passwd", "name": "a"}, SOBEL, {}, "not uploaded here"),
        (COFFEE, cells("abc"), {}, '"abc" is not a number'),
        (COFFEE, SOBEL, {"stride": 0}, "stride is 0"),
        (COFFEE, {"name": "box_blur", "parameters": {"size": 31}}, {"dilation": 16}, "31 rows span"),
    ],
)
def test_numbers_that_there_are_not_cannot_be_saved(picture, kernel, controls, words):
    with pytest.raises(gr.Error, match=re.escape(words)):
        save("npy", picture, kernel, **controls)


def test_the_numbers_of_an_upload_that_is_gone_cannot_be_saved():
    picture = upload(random_bytes(4, 6))
    Path(picture["upload"]).unlink()
    with pytest.raises(gr.Error, match="no longer on the server"):
        save("npy", picture, SOBEL)

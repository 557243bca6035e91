"""The shared picture: the examples, uploads, what is refused, and what its line says.

An upload is a file below Gradio's upload folder, which is a new one for every test.
"""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from gradio.utils import get_upload_folder
from PIL import Image

from convdemo.kernels import KERNELS
from convdemo.ui.kernel.value import kernel_value
from convdemo.ui.layer.settings import Settings, make_feature_map
from convdemo.ui.parts.static import published
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.picture import opening
from convdemo.ui.picture.opening import EXAMPLE_FOLDER, PictureGoneError, open_picture, safe_stem
from convdemo.ui.picture.state import EXAMPLES
from tests.page.request import COFFEE, ask, check_old_figure_stays, random_bytes
from tests.page.uploads import upload

pytestmark = pytest.mark.usefixtures("upload_folder")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_opens_with_its_title_and_its_pixels(name):
    shown = ask({"example": name})["picture"]["shown"]
    title = read_text("picture")["example_names"][name]
    assert shown["caption"].startswith(f"{title}: ")
    assert shown["alt"].endswith(title)
    (shipped,) = [path for path in EXAMPLE_FOLDER.glob(f"{name}.*") if path.suffix in (".png", ".jpg")]
    with Image.open(io.BytesIO(published(shown["file"]))) as on_screen, Image.open(shipped) as original:
        np.testing.assert_array_equal(np.asarray(on_screen.convert(original.mode)), np.asarray(original))
    assert published(shown["download"]) == shipped.read_bytes()
    assert shown["save_as"] == shipped.name


def outside_references(tmp_path):
    inside = Path(get_upload_folder())
    secret = tmp_path / "secret.png"
    Image.fromarray(random_bytes(4, 6)).save(secret)
    (inside / "link.png").symlink_to(secret)
    (inside / "folder").symlink_to(tmp_path, target_is_directory=True)
    return {
        "an absolute path": "/etc/passwd",
        "a picture outside": str(secret),
        "two dots": str(inside / ".." / "secret.png"),
        "a relative path": "../secret.png",
        "a symbolic link to a file": str(inside / "link.png"),
        "a symbolic link to a folder": str(inside / "folder" / "secret.png"),
        "a folder that begins alike": f"{inside}2/secret.png",
        "an example's own path": str(EXAMPLE_FOLDER / "coffee.png"),
        "an example's address": open_picture(COFFEE).file,
        "a URL": f"file://{secret}",
        "nothing": "",
    }


@pytest.mark.parametrize("kind", [
    "an absolute path", "a picture outside", "two dots", "a relative path", "a symbolic link to a file",
    "a symbolic link to a folder", "a folder that begins alike", "an example's own path", "an example's address",
    "a URL", "nothing",
])  # fmt: skip
def test_a_picture_outside_of_the_upload_folder_is_refused(kind, tmp_path):
    path = outside_references(tmp_path)[kind]
    asked = {"upload": path, "name": "holiday.png"}
    answer = ask(asked)
    assert answer["picture"]["shown"] == {
        "asked": json.dumps(asked),
        "error": "The picture “holiday.png” is not one of the examples and was not uploaded here: "
        "choose an example or upload a photo.",
    }
    check_old_figure_stays(answer)


def test_what_is_refused_does_not_tell_whether_the_file_exists(tmp_path):
    (tmp_path / "real.png").write_bytes(b"secret")
    assert answered(tmp_path / "real.png") == answered(tmp_path / "unreal.png")


def answered(path):
    """What is answered to a path as an upload, but for the path itself."""
    answer = ask({"upload": str(path), "name": "a"})
    assert json.loads(answer["picture"]["shown"].pop("asked"))["upload"] == str(path)
    return answer


def test_an_upload_that_is_gone_asks_the_browser_to_send_it_again():
    picture = upload(random_bytes(4, 6))
    assert ask(picture, padding="zeros")["picture"]["shown"]["error"] is None
    Path(picture["upload"]).unlink()
    answer = ask(picture)
    assert answer["picture"]["shown"] == {
        "asked": json.dumps(picture),
        "error": "The photo is no longer on the server: choose it again.",
        "gone": True,
    }
    check_old_figure_stays(answer)
    with pytest.raises(PictureGoneError):
        open_picture(picture)


def test_an_upload_to_another_process_is_gone_too_whether_or_not_it_is_on_this_machine(tmp_path):
    folder = tmp_path / "lab-0a_b1c2d" / ("0" * 64)
    folder.mkdir(parents=True)
    (folder / "real.png").write_bytes(b"another's")
    real = answered(folder / "real.png")
    assert real == answered(folder / "unreal.png")
    assert real["picture"]["shown"]["gone"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello, this is no picture", "text file"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "damaged or cut short"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 60, "damaged or cut short"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_a_corrupt_upload_gets_one_sentence(content, words):
    answer = ask(upload(content))
    assert answer["picture"]["shown"].keys() == {"asked", "error"}
    assert words in answer["picture"]["shown"]["error"]
    check_old_figure_stays(answer)
    assert answer["kernel"]["shown"]["error"] is None


def test_a_picture_that_was_cut_short_on_its_way():
    file = io.BytesIO()
    Image.fromarray(random_bytes(40, 60, 3)).save(file, "PNG")
    assert "damaged or cut short" in ask(upload(file.getvalue()[:2000]))["picture"]["shown"]["error"]


def test_a_picture_of_one_pixel_is_a_picture():
    answer = ask(upload(np.uint8([[200]])), kernel_value(KERNELS["identity"]), padding="zeros")
    assert answer["figure"]["value"]["pictures"][0]["size"] == [1, 1]


def test_two_uploads_of_the_same_name_are_two_pictures():
    first = upload(random_bytes(4, 6))
    size = ask(first)["picture"]["shown"]["size"]
    second = upload(random_bytes(5, 9), "other.png") | {"name": "mine.png"}
    assert (size, ask(second)["picture"]["shown"]["size"]) == ([4, 6], [5, 9])


def test_the_working_file_is_written_again_when_the_cache_folder_was_emptied():
    picture = upload(random_bytes(4, 6, 3))
    first = open_picture(picture).file
    first.unlink()
    assert open_picture(picture).file.is_file()


def test_a_16_bit_grey_upload_keeps_its_16_bits():
    values = np.random.default_rng(2).integers(0, 65536, (7, 11), dtype=np.uint16)
    picture = open_picture(upload(values))
    with Image.open(picture.file) as working:
        kept = np.asarray(working)
    assert kept.dtype == np.uint16
    np.testing.assert_array_equal(kept, values)
    identity = make_feature_map(picture.photo, KERNELS["identity"], Settings(padding="zeros"))
    np.testing.assert_array_equal(identity, values.astype(np.float32) / np.float32(65535))


def test_12_bits_in_16_are_stretched_with_a_word():
    values = np.linspace(0, 4000, 80).astype(np.uint16).reshape(8, 10)
    for _ in range(2):  # and again, when its pixels have taken the place of the file
        picture = upload(values, "scan.tif")
        for _ in range(2):
            assert "values 0 to 1, in the file 0 to 4095" in ask(picture)["picture"]["shown"]["caption"]
            np.testing.assert_allclose(open_picture(picture).photo.pixels[:, :, 0], values / 4095, atol=1 / 65535)
            opening._kept.cache_clear()
    # A dark one that was reduced, so that no pixel has more than 12 bits any longer, stays what it was.
    dark = np.zeros((40, 2048), np.uint16)
    dark[0, 0] = 9000
    picture = upload(dark, "dark.png")
    for _ in range(2):
        photo = open_picture(picture).photo
        assert photo.pixels.max() == pytest.approx(9000 / 4 / 65535, abs=1 / 65535)
        assert "in the file" not in ask(picture)["picture"]["shown"]["caption"]
        opening._kept.cache_clear()


def test_an_8_bit_upload_keeps_its_bytes():
    for values in (random_bytes(7, 11), random_bytes(7, 11, 3)):
        with Image.open(open_picture(upload(values)).file) as working:
            np.testing.assert_array_equal(np.asarray(working), values)


def test_a_reduced_photo_says_how_large_it_was():
    # The browser reduces the long side to 1024 and keeps the shape: 3000 x 2250 becomes 1024 x 768.
    picture = upload(random_bytes(768, 1024)) | {"original": [2250, 3000]}
    assert ask(picture)["picture"]["shown"]["caption"].endswith("(reduced from 3000 × 2250)")
    # Rounding: 4032 x 3023 becomes 1024 x 767.746, so 768.
    picture = upload(random_bytes(768, 1024)) | {"original": [3023, 4032]}
    assert ask(picture)["picture"]["shown"]["caption"].endswith("(reduced from 4032 × 3023)")


def test_a_photo_that_the_server_reduced_says_how_large_it_was():
    shown = ask(upload(random_bytes(60, 2048)))["picture"]["shown"]
    assert shown["size"] == [30, 1024]
    assert shown["caption"].endswith("(reduced from 2048 × 60)")


@pytest.mark.parametrize(
    "claim",
    [
        None, [], [2250], [2250, 3000, 3], "2250x3000", {"height": 2250}, 5, True, ["2250", "3000"], [None, None],
        [700, 900], [2250, 900], [700, 3000], [-2250, -3000], [0, 0], [768, 1024], [2250.5, 3000.5],
    ],
    ids=str,
)  # fmt: skip
def test_an_original_size_that_cannot_be_is_not_shown(claim):
    picture = upload(random_bytes(768, 1024)) | {"original": claim}
    assert "reduced" not in ask(picture)["picture"]["shown"]["caption"]


@pytest.mark.parametrize(
    ("size", "claim"),
    [
        ((768, 1024), [3000, 2250]),  # lying against standing
        ((768, 1024), [9000, 1024]),  # another shape
        ((20, 30), [10**30, 15 * 10**29]),  # more pixels than there are
    ],
)
def test_an_original_size_that_no_reduction_explains_is_not_shown(size, claim):
    picture = upload(random_bytes(*size)) | {"original": claim}
    assert "reduced" not in ask(picture)["picture"]["shown"]["caption"]


def test_a_long_or_odd_name_is_shown_shortened_as_text():
    picture = upload(random_bytes(4, 6)) | {"name": "/home/me/" + "a" * 200 + "{x}<b>.png"}
    caption = ask(picture)["picture"]["shown"]["caption"]
    assert caption.startswith("a" * 80 + ": 6 × 4 pixels")
    caption = ask(picture | {"name": "<b>{width}.png"})["picture"]["shown"]["caption"]
    assert caption.startswith("<b>{width}.png: 6 × 4 pixels")  # as text: nothing is filled in twice


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("IMG_1234.jpg", "IMG_1234"),
        ("Ma photo d'été (2).jpeg", "Ma-photo-d-été-2"),
        ("猫.png", "猫"),
        ("e\u0301te.png", "éte"),  # as macOS spells it: a letter and an accent
        ("../../.bashrc", "bashrc"),
        ('a"b;c\n.png', "a-b-c"),
        ("é" * 200, "é" * 50),  # two bytes each
        ("{width}.png", "width"),
        ("...", "photo"),
        ("your picture", "your-picture"),  # the camera's
    ],
)
def test_the_names_of_files_are_made_from_that_of_the_photo_and_safe(name, stem):
    assert safe_stem(name) == stem


def test_the_saved_picture_and_the_program_have_the_name_of_the_photo():
    answer = ask(upload(random_bytes(4, 6), "my cat.jpg"))
    assert answer["picture"]["shown"]["save_as"] == "my-cat.png"
    assert "Image.open('my-cat.png')" in answer["code"]["value"]


def test_half_a_character_in_a_name_does_not_break_the_answer():
    ask(upload(random_bytes(4, 6)) | {"name": "\ud800.png"})  # JSON can say it, UTF-8 cannot


@pytest.mark.parametrize("name", ["/", "", None])
def test_a_picture_without_a_name_has_one_all_the_same(name):
    caption = ask(upload(random_bytes(4, 6)) | {"name": name})["picture"]["shown"]["caption"]
    assert re.match(r"[^:]*\w[^:]*: 6 × 4 pixels", caption)

"""Nobody keeps where and when a photo was taken: in the place of an upload stands what it was read as."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convdemo.decoder import BusyError
from convdemo.images import ImageError, Photo, Source, read_photo
from convdemo.ui.picture import opening
from convdemo.ui.picture.opening import DECODER, open_picture
from tests.page.request import random_bytes
from tests.page.uploads import upload

pytestmark = pytest.mark.usefixtures("upload_folder")

HEIGHT, WIDTH = 23, 31


def camera_photo(size=(HEIGHT, WIDTH), **options):
    """A JPEG with the model of a camera and a place on earth, as phones write them."""
    exif = Image.Exif()
    exif[0x0110] = "Camera of somebody"
    exif.get_ifd(0x8825)[1] = "N"  # GPSLatitudeRef
    file = io.BytesIO()
    Image.fromarray(random_bytes(*size, 3)).save(file, "JPEG", exif=exif, **options)
    assert b"Camera of somebody" in file.getvalue()
    return file.getvalue()


def forget():
    """As when others have opened their pictures since."""
    opening._kept.cache_clear()
    opening._working_files.cache_clear()


def test_a_photo_is_replaced_by_its_pixels_at_once_and_stays_the_same_picture():
    data = camera_photo((1100, 1300))
    reference = upload(data, "camera.jpg")
    path, expected = Path(reference["upload"]), read_photo(data)
    modified = path.stat().st_mtime_ns
    first = open_picture(reference)
    left = path.read_bytes()
    assert not re.search(rb"Camera|Exif|eXIf", left)
    with Image.open(io.BytesIO(left)) as picture:
        assert not picture.getexif()
    assert path.stat().st_mtime_ns == modified  # it is deleted when the photo would have been
    forget()
    second = open_picture(reference)
    assert path.read_bytes() == left  # once is enough
    for each in (first, second):
        np.testing.assert_array_equal(each.photo.pixels, expected.pixels)
        assert each.original_size == (1100, 1300)  # what it was reduced from


def test_the_size_is_read_as_it_was_written_whatever_the_checksum_after_it_looks_like():
    pixels, source = random_bytes(3, 4), Source("P", turned=True, clear=False, black=-3, white=4095)
    for width in range(1000, 1300):  # of so many checksums a dozen begin with a digit
        was = Photo(pixels, (1100, width), source)
        again = opening._known_again(was, opening._REPLACED.match(opening._encode(pixels, was=was))[1])
        assert (again.original_size, again.source) == ((1100, width), source)


def test_a_photo_that_others_push_out_while_it_is_opened_stays_the_same_picture(monkeypatch):
    """More photos at once than are kept: between its pixels and its file, its pixels are forgotten."""
    working_files = opening._working_files

    def pushed_out(opened):
        opening._kept.cache_clear()
        return working_files(opened)

    monkeypatch.setattr(opening, "_working_files", pushed_out)
    data = camera_photo()
    reference = upload(data, "camera.jpg")
    for _ in range(2):
        np.testing.assert_array_equal(open_picture(reference).photo.pixels, read_photo(data).pixels)


@pytest.mark.parametrize("side", [HEIGHT, 1500])
def test_the_greys_of_a_scan_stay_what_they_are(side):
    grey = np.random.default_rng(1).integers(0, 65536, (side, WIDTH), np.uint16)
    reference = upload(Image.fromarray(grey), "scan.png")
    first = open_picture(reference).photo
    forget()
    second = open_picture(reference).photo
    np.testing.assert_array_equal(first.pixels, second.pixels)
    if side == HEIGHT:
        np.testing.assert_array_equal(first.pixels[:, :, 0], np.float32(grey / 65535))


@pytest.mark.parametrize("data", [camera_photo()[:-400], b"\0\0\0\x20ftypheic" + camera_photo(), b"Camera of somebody"])
def test_a_file_that_is_no_picture_is_replaced_by_the_sentence_that_says_so(data):
    reference = upload(data, "mine.jpg")
    told = []
    for _ in range(2):
        with pytest.raises(ImageError) as error:
            open_picture(reference)
        told.append(str(error.value))
        forget()
    with pytest.raises(ImageError) as expected:
        read_photo(data)
    assert told == [str(expected.value)] * 2
    assert b"Camera" not in Path(reference["upload"]).read_bytes()


def test_a_file_that_had_no_turn_is_opened_later(monkeypatch):
    reference = upload(camera_photo(), "camera.jpg")

    def read(_data):
        raise BusyError("Too many pictures are being opened at this moment: try again in some seconds.")

    with monkeypatch.context() as patch:
        patch.setattr(DECODER, "read", read)
        with pytest.raises(BusyError):
            open_picture(reference)
    assert open_picture(reference).photo.size == (HEIGHT, WIDTH)


def test_nobody_forges_what_stands_in_the_place_of_an_upload(monkeypatch):
    pixels = random_bytes(HEIGHT, WIDTH, 3)
    with monkeypatch.context() as patch:
        patch.setattr(opening, "_SECRET", "0" * 32)  # the same as ours, but for the secret
        forged = opening._encode(pixels, was=Photo(pixels, (9000, 9000)))
    reference = upload(forged, "two.png")
    assert open_picture(reference).original_size == (HEIGHT, WIDTH)
    made_anew = opening._encode(pixels, was=Photo(pixels, (HEIGHT, WIDTH)))
    assert Path(reference["upload"]).read_bytes() == made_anew
    with pytest.raises(ImageError, match="is a text file"):
        open_picture(upload(b"refused " + b"0" * 32 + b" anything", "three.png"))


def test_a_folder_that_cannot_be_written_is_told_in_the_log_in_one_line(monkeypatch, caplog):
    def fail(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    reference = upload(camera_photo(), "camera.jpg")
    monkeypatch.setattr(opening, "write_whole", fail)
    assert open_picture(reference).photo.size == (HEIGHT, WIDTH)
    assert [record.getMessage() for record in caplog.records] == [
        "an upload could not be replaced by its pixels: No space left on device"
    ]

"""What cannot be read, or would take too much, becomes one sentence; a damaged file does no other harm."""

import io

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from convdemo import images
from convdemo.images import WORKING_SIDE, ImageError, read_photo
from tests.image_files import EXAMPLES, error_of, png, saved


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by hand -->\n<svg>', "an SVG drawing"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "a" "b">\n<svg>', "an SVG drawing"),
        (b"<!DOCTYPE html><title>404</title>", "a web page"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript drawing"),
        (b"8BPS\0\1", "a Photoshop document"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC photo"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a HEIC photo"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "a video"),
        (b"\xff\x0a\x7f\0", "a JPEG XL picture"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
        (b"\x00\x00\x01\x00\1\0", "an icon"),
        (b"PK\x03\x04\0\0", "a ZIP archive or an office document"),
        (b"BMW, PNG and other short words\n", "a text file"),
        ("0,5;0,5;größer\n".encode(), "a text file"),
    ],
)
def test_what_people_upload_by_mistake_is_called_by_its_name(content, kind):
    assert error_of(content) == f"The file is {kind} and cannot be read here: save the picture as PNG or JPEG."


def test_something_unknown():
    assert error_of(b"\1\2\3\4" * 20) == (
        "The file is not a picture that can be read here (PNG, JPEG, WebP, AVIF, GIF, BMP, TIFF or PPM): "
        "save the picture as PNG or JPEG."
    )


def test_a_picture_is_known_by_its_content_not_by_its_name(tmp_path):
    path = tmp_path / "really a PNG.svg"
    path.write_bytes((EXAMPLES / "coffee.png").read_bytes())
    assert read_photo(path).size == (400, 600)


def test_no_file_and_an_empty_file(tmp_path):
    assert error_of(b"") == "The file is empty: choose a picture, for example a PNG or JPEG."
    (tmp_path / "empty.png").touch()
    assert error_of(tmp_path / "empty.png") == error_of(b"")
    expected = "The file 'lost.png' cannot be opened: check that it exists, and choose it again."
    assert error_of(tmp_path / "lost.png") == expected
    assert "cannot be opened" in error_of(tmp_path)
    assert "cannot be opened" in error_of("null\0byte.png")


def test_a_mistake_in_a_program_is_not_blamed_on_the_visitor():
    with pytest.raises(TypeError, match="file is ndarray: it must be a path, bytes"):
        read_photo(np.zeros((3, 4)))
    with pytest.raises(TypeError, match=r"file is StringIO: .*binary mode"):
        read_photo(io.StringIO("text"))


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "PPM"])
def test_half_a_file_is_cut_short(file_format):
    file = saved(Image.open(EXAMPLES / "coffee.png").resize((60, 40)), file_format)
    expected = f"The {file_format} file is damaged or cut short: save it again, or choose another picture."
    assert error_of(file[: len(file) // 2]) == expected
    assert error_of(file[:20]) in (expected, error_of(b"\1\2\3"))


def test_limits_are_checked_before_anything_is_decoded(monkeypatch):
    def decode(*_):
        pytest.fail("decoded")

    monkeypatch.setattr(images, "_decode", decode)
    allowed = Image.MAX_IMAGE_PIXELS
    bomb = png(50_000, 50_000, rows=b"\0")
    assert error_of(bomb) == (
        "The picture has 50 000 × 50 000 pixels, and at most 65 million can be read: make it smaller first."
    )
    # Pillow alone would only warn about this one: 95 million pixels. A warning would fail the test.
    assert "10 000 × 9500 pixels" in error_of(png(10_000, 9_500, rows=b"\0"))
    assert "65 535 × 65 535 pixels" in error_of(b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x08")
    assert "70 000 × 1000 pixels" in error_of(b"P6\n70000 1000\n255\n")
    assert allowed == Image.MAX_IMAGE_PIXELS


def test_a_large_file_is_not_read_to_its_end(monkeypatch, tmp_path):
    monkeypatch.setattr(images, "MAX_BYTES", 2_000_000)
    expected = "The file is larger than 2 MB, the most that is read: save it as JPEG, or make it smaller."
    path = tmp_path / "large.png"
    path.write_bytes(bytes(2_000_010))
    with path.open("rb") as file:
        assert error_of(file) == expected
        assert file.tell() == 2_000_001
    assert error_of(path) == expected
    assert error_of(bytes(2_000_001)) == expected


def test_a_large_file_in_a_slow_encoding_is_refused():
    expected = (
        "This kind of PPM file takes very long to read and may have at most 1 MB: save the picture as PNG or JPEG."
    )
    assert error_of(b"P2\n1000 600\n9\n" + b"1 " * 600_000) == expected
    assert error_of(b"P6\n1000 600\n254\n" + bytes(1_800_000)) == expected
    assert read_photo(b"P6\n1000 600\n255\n" + bytes(1_800_000)).size == (600, 1000)  # the usual kind is quick


def test_too_little_memory(monkeypatch):
    def decode(*_, **_bits):
        raise MemoryError

    monkeypatch.setattr(images, "_decode", decode)
    assert error_of(EXAMPLES / "camera.png") == "The picture is too large to be opened: make it smaller first."


def small_files():
    photo = Image.open(EXAMPLES / "chelsea.png").crop((100, 100, 131, 117))
    exif = Image.Exif()
    exif[0x0112] = 6
    alpha = photo.copy()
    alpha.putalpha(90)
    return [
        saved(photo, "PNG", exif=exif),
        saved(alpha, "PNG"),
        saved(photo, "JPEG", exif=exif),
        saved(photo, "JPEG", progressive=True),
        saved(photo, "GIF", save_all=True, append_images=[photo.rotate(180)]),
        saved(photo, "WEBP"),
        saved(photo, "TIFF", compression="tiff_lzw"),
        saved(photo, "BMP"),
        b"P2\n3 2\n9\n" + b"1 2 3 4 5 6\n",
    ]


SMALL_FILES = small_files()


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's notes for the log
@settings(max_examples=1000, derandomize=True)
@given(
    number=st.integers(0, len(SMALL_FILES) - 1),
    length=st.none() | st.integers(0, 1500),
    changes=st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 255)), max_size=6),
)
@example(number=2, length=None, changes=[(30, 255)])
def test_a_damaged_file_is_a_picture_or_an_image_error_and_nothing_else(number, length, changes):
    file = bytearray(SMALL_FILES[number][:length])
    for position, flipped in changes:
        if file:
            file[position % len(file)] ^= flipped
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(images, "MAX_PIXELS", 1_000_000)  # a flipped size should not make the test slow
        try:
            photo = read_photo(bytes(file))
        except ImageError:
            return
    assert photo.pixels.dtype == np.float32
    assert photo.pixels.min() >= 0
    assert photo.pixels.max() <= 1
    assert max(photo.size) <= WORKING_SIDE


# A picture of 8000 x 8000 pixels with alpha, in 38 bytes: decoding took 1.5 GB.
SMALL_FILE = bytes.fromhex("524946461e000000574542505650384c110000002f3fdfcf170750852257a1808188e87f0000")


def test_a_picture_is_refused_that_would_take_too_much_memory():
    with pytest.raises(ImageError, match=r"8000 × 8000 pixels, and of a WEBP file at most 30 million can be read"):
        read_photo(SMALL_FILE)

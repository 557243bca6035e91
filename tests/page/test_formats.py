"""The same picture in every format, small and large: the same numbers, by an upload and by the API.

A chart of 4 x 4 patches is saved by Pillow and OpenCV; what each patch must be is written here by hand. A browser sends
all of these as they are (ui/picture/reducing.js), but for a JPEG. Where the folder of shared cases lies beside the
repository, all its pictures are tried too.
"""

import io
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from convdemo.images import WORKING_SIDE, to_grey
from convdemo.ui.feature_map.api import feature_map
from convdemo.ui.picture.opening import open_picture
from tests.page.uploads import upload

pytestmark = pytest.mark.usefixtures("upload_folder")

ROOT = Path(__file__).parents[2]
CASES = ROOT.parent / "shared" / "cases" / "pictures"

PATCHES = np.array([
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]],
    [[255, 255, 0], [0, 255, 255], [255, 0, 255], [0, 0, 0]],
    [[230, 128, 51], [51, 153, 77], [77, 77, 204], [128, 128, 128]],
    [[204, 51, 51], [51, 204, 178], [153, 77, 153], [64, 64, 64]],
], np.uint8)  # fmt: skip
OPACITY = np.array([[255, 128, 0, 255], [64, 255, 191, 0], [0, 255, 128, 255], [255, 0, 255, 102]], np.uint8)
SMALL, LARGE = (120, 160), (1500, 2000)


def enlarged(patches, size):
    rows, columns = (np.arange(side) * 4 // side for side in size)
    return np.ascontiguousarray(patches[rows][:, columns])


def on_paper(patches, opacity):
    share = opacity[..., None] / 255
    return np.rint(patches * share + 255 * (1 - share))


def exif(orientation):
    words = Image.Exif()
    words[0x0112] = orientation
    return words


def saved(picture, kind, **options):
    file = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(file, kind, **options)
    return file.getvalue()


def palette(size, **options):
    """Colours by number, the first patch's one clear."""
    picture = Image.fromarray(enlarged(np.arange(16, dtype=np.uint8).reshape(4, 4), size))
    picture.putpalette(PATCHES.tobytes())
    return saved(picture, "PNG", **options)


CLEAR_FIRST = np.where(np.arange(16).reshape(4, 4, 1) == 0, 255, PATCHES)
GREY = PATCHES[:, :, 1]
DEEP = np.uint16(np.arange(16).reshape(4, 4) * 4321 + 300)  # up to 65,115
LINEAR = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()  # any but a screen's: it is not applied
TURNED = np.rot90(PATCHES, -1)  # what orientation 6 stands for: the top of the file is at the right

FORMATS = {
    "PNG": lambda size: (saved(enlarged(PATCHES, size), "PNG"), PATCHES / 255),
    "PNG with a profile": lambda size: (saved(enlarged(PATCHES, size), "PNG", icc_profile=LINEAR), PATCHES / 255),
    "PNG RGBA": lambda size: (
        saved(np.dstack([enlarged(PATCHES, size), enlarged(OPACITY, size)]), "PNG"),
        on_paper(PATCHES, OPACITY) / 255,
    ),
    "PNG LA": lambda size: (
        saved(np.dstack([enlarged(GREY, size), enlarged(OPACITY, size)]), "PNG"),
        on_paper(GREY[..., None], OPACITY) / 255,
    ),
    "PNG palette": lambda size: (palette(size), PATCHES / 255),
    "PNG palette, one clear": lambda size: (palette(size, transparency=0), CLEAR_FIRST / 255),
    "PNG 16 bits": lambda size: (saved(enlarged(DEEP, size), "PNG"), DEEP[..., None] / 65535),
    "PNG 12 bits in 16": lambda size: (saved(enlarged(DEEP // 16, size), "PNG"), (DEEP // 16)[..., None] / 4095),
    "PNG on its side": lambda size: (saved(enlarged(PATCHES, size), "PNG", exif=exif(6)), TURNED / 255),
    "TIFF 16 bits": lambda size: (cv2.imencode(".tiff", enlarged(DEEP, size))[1].tobytes(), DEEP[..., None] / 65535),
    "TIFF 32 bits": lambda size: (saved(enlarged(DEEP.astype(np.int32), size), "TIFF"), DEEP[..., None] / 65535),
    "TIFF CMYK": lambda size: (
        saved(Image.fromarray(enlarged(PATCHES, size)).convert("CMYK"), "TIFF", compression="tiff_lzw"),
        PATCHES / 255,
    ),
    "TIFF 1 bit": lambda size: (saved(enlarged(GREY > 100, size), "TIFF"), (GREY > 100)[..., None]),
    "WebP on its side": lambda size: (
        saved(enlarged(PATCHES, size), "WEBP", lossless=True, exif=exif(6)),
        TURNED / 255,
    ),
    "GIF": lambda size: (saved(Image.open(io.BytesIO(palette(size))), "GIF"), PATCHES / 255),
    "BMP": lambda size: (saved(enlarged(PATCHES, size), "BMP"), PATCHES / 255),
    "JPEG": lambda size: (saved(enlarged(PATCHES, size), "JPEG", quality=100, subsampling=0), PATCHES / 255),
}


def patches_of(pixels):
    """The middle of each patch, [4, 4, channels]: no reduced pixel there covers another patch."""
    height, width = pixels.shape[:2]
    return pixels[height // 8 :: height // 4, width // 8 :: width // 4][:4, :4]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_the_same_numbers_small_and_large(name):
    for size in (SMALL, LARGE):
        data, expected = FORMATS[name](size)
        photo = open_picture(upload(data, "chart")).photo
        assert max(photo.size) == min(max(size), WORKING_SIDE)
        tolerance = 2 / 255 if name == "JPEG" else (0.6 / 65535 if "bits" in name else 1e-6)
        found = patches_of(photo.pixels)
        np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape), rtol=0, atol=tolerance)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_program_that_calls_gets_the_same_numbers(size):
    sent = upload(FORMATS["PNG 16 bits"](size)[0], "deep.png")
    answer = feature_map({"path": sent["upload"], "orig_name": "deep.png"}, kernel="identity", padding="zeros")
    expected = pytest.approx((300 / 65535, 65115 / 65535), abs=1e-7)
    assert (answer["minimum"], answer["maximum"]) == expected


@pytest.fixture(scope="session")
def shared_pictures(tmp_path_factory):
    """The shared pictures of kind 4, made, where the folder of the cases lies beside the repository."""
    if not (CASES / "make.py").is_file():
        pytest.skip("no shared cases beside the repository")
    folder = tmp_path_factory.mktemp("pictures")
    recipes = [one["id"] for one in json.loads((CASES / "recipes.json").read_text(encoding="utf-8"))["singles"]]
    made = subprocess.run(
        [sys.executable, CASES / "make.py", ROOT / "examples", folder, *recipes], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("the shared pictures cannot be made here")
    cases = json.loads((CASES / "pictures.json").read_text(encoding="utf-8"))["pictures"]
    return [case for case in cases if case["kind"] == 4], folder


def test_every_shared_picture_has_its_right_greys(shared_pictures):
    cases, folder = shared_pictures
    for case in cases:
        data = (folder / case["files"][0]).read_bytes()
        photo = open_picture(upload(data, case["files"][0])).photo
        assert photo.original_size == tuple(case["full_size"]), case["id"]
        grid = np.asarray(Image.fromarray(to_grey(photo.pixels)).resize((8, 8), Image.Resampling.BOX))
        # "No fair way of reducing changes it by more than 3 levels (2 where patches end inside a cell)."
        assert np.abs(255 * (grid - case["right_grid"])).max() <= 3, case["id"]
        if case["id"] == "line-art-large":  # paper stays paper, and the lines have no halos
            assert (photo.pixels == 1).mean() > 0.7
        if case["id"].startswith("gradient16"):
            assert len(np.unique(photo.pixels)) > 60_000

"""How does a file become numbers, safely?

Whatever a visitor uploads goes through `read_photo`: a camera's JPEG, a screenshot with transparency, a
16-bit scan, an animation, a text file with the wrong name, a file made to exhaust the memory. It becomes
float32 numbers in [0, 1], upright and at most `WORKING_SIDE` pixels long, or one sentence that says what is
wrong and what to do (`ImageError`).

Pillow decodes, but not on its own terms. It would try about forty formats, one of which starts another
program; it would refuse only pictures above 179 million pixels; and converting every mode to "RGB" would
drop transparency and half the bits of a 16-bit scan without a word. So the formats are listed here, limits
are checked on the header before anything is decoded, and every mode is converted knowingly.
"""

import io
import math
import re
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from convdemo.numbers import grouped

WORKING_SIDE = 1024
"""The long side, in pixels, that a larger picture is reduced to."""

MAX_BYTES = 30_000_000
"""The largest file that is read; a JPEG of 50 megapixels has about 20 million bytes."""

MAX_PIXELS = 65_000_000
"""The most pixels (width times height, as the header says) that are decoded: the 64 megapixels of a phone's
camera."""

MAX_MEMORY = 550_000_000
"""The most memory, in bytes, that a picture may take while it is decoded. A photo of 12 megapixels takes 40 million as
a JPEG, one of 64 takes 45, or 420 if it is a progressive one: pixels of other formats are all decoded."""

_BYTES_PER_PIXEL = {"WEBP": 18, "AVIF": 14}
"""The most memory that was measured, 3000 x 3000 pixels in every mode; other formats took 12 at most."""

_PROGRESSIVE = 6.5
"""Bytes more that a progressive JPEG takes for each pixel of its full size: its coefficients."""

MAX_SLOW_BYTES = 1_000_000
"""The largest file in an encoding that Pillow decodes byte by byte in Python: PPM written as text or with
odd brightness levels, run-length BMP. At the full `MAX_BYTES` one such file would keep a processor busy for
half a minute."""

# What a file begins with, and who reads it. JPEG covers MPO, the format of two-lens cameras: its first
# picture is a plain JPEG.
_READERS = {
    rb"\x89PNG\r\n\x1a\n": PngImageFile,
    rb"\xff\xd8\xff": JpegImageFile,
    rb"RIFF....WEBP": WebPImageFile,
    rb"....ftyp.{0,64}avi[fs]": AvifImageFile,
    rb"GIF8[79]a": GifImageFile,
    rb"BM.{10}\0\0": BmpImageFile,
    rb"II[*+]\0|MM\0[*+]": TiffImageFile,
    rb"P[1-6f]\s": PpmImageFile,
}
# What people upload by mistake, by what it begins with. Text comes last: no control characters.
_OTHERS = {
    rb"....ftyp.{0,64}(hei[cmsx]|hev[cmsx]|mif1|msf1)": "a HEIC photo",
    rb"....(ftyp|moov)|\x1aE\xdf\xa3|RIFF....AVI ": "a video",
    rb"\0\0\0\x0cJXL |\xff\x0a": "a JPEG XL picture",
    rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51": "a JPEG 2000 picture",
    rb"%PDF": "a PDF document",
    rb"%!PS|\xc5\xd0\xd3\xc6": "a PostScript drawing",
    rb"8BPS": "a Photoshop document",
    rb"\x00\x00\x01\x00": "an icon",
    rb"PK\x03\x04": "a ZIP archive or an office document",
    rb"(\xef\xbb\xbf)?\s*(<\?xml.*?)?(<!--.*?-->\s*|<!DOCTYPE svg.*?>\s*)*<svg": "an SVG drawing",
    rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype )?html": "a web page",
    rb"[\t-\r\x20-\xff]+\Z": "a text file",
}
_NUMBERS_AT_ONCE = 2**20  # of a strip
_SNIFFED = 1024  # how many bytes the expressions above get to see

# What sets a picture upright, by its EXIF tag "Orientation" (Exif 2.32, section 4.6.4).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Luminance by ITU-R Recommendation BT.601, as in Pillow's "L" and OpenCV's cvtColor.
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
_LUMINANCE.setflags(write=False)


class ImageError(ValueError):
    """A file that does not become a picture; the message is one sentence for whoever chose the file."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture as numbers, and how large it was.

    `pixels` is float32 [height, width, channels] in [0, 1], read-only; channels is 1 (grey) or 3 (red,
    green, blue). `original_size` is the (height, width) of the file, upright; `size` differs from it where
    the picture was reduced.
    """

    pixels: np.ndarray
    original_size: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.pixels.shape[:2]


def read_photo(
    file: str | PathLike | bytes | BinaryIO, *, working_side: int = WORKING_SIDE, max_pixels: int = MAX_PIXELS
) -> Photo:
    """Reads a picture file: upright, opaque, first frame only, at most `working_side` pixels long.

    A picture at or below the working size is exact: its 8-bit values divided by 255, its 16-bit grey values
    by 65535. A larger one is reduced so that its long side is `working_side`, and keeps its aspect.
    Transparent parts show white paper. Grey files have one channel; colours of any kind (palette, CMYK,
    Lab) become RGB, as Pillow converts them. Embedded colour profiles are not applied, and of 16 bits per
    *colour* Pillow keeps 8.

    Args:
        file: a path, the bytes of a file, or a binary file object, read from where it stands.
        working_side: the longest side that is returned, in pixels, at least 1.
        max_pixels: how many the file may have before it is reduced.

    Raises:
        ImageError: the file is missing, empty, too large, damaged, or not a picture that can be read.
    """
    if working_side < 1:
        raise ValueError(f"working_side is {working_side}: it must be at least 1 pixel")
    data = _read_bytes(file)
    reader = _reader_for(data[:_SNIFFED])
    try:
        image = reader(io.BytesIO(data))  # reads the header only
        _check_limits(image, len(data), max_pixels)
        original = image.size
        _draft(image, working_side)
        _check_memory(image, original)
        return _decode(image, original, working_side)
    except ImageError:
        raise
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError("The picture is too large to be opened: make it smaller first.") from error
    except Exception as error:  # for a damaged file Pillow raises anything from OSError to struct.error
        raise ImageError(
            f"The {reader.format} file is damaged or cut short: save it again, or choose another picture."
        ) from error


def decode_image(file: str | PathLike | bytes | BinaryIO, *, working_side: int = WORKING_SIDE) -> np.ndarray:
    """The pixels of `read_photo`: float32 [height, width, channels] in [0, 1], read-only."""
    return read_photo(file, working_side=working_side).pixels


def to_grey(pixels: np.ndarray) -> np.ndarray:
    """How bright each pixel looks: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).

    Args:
        pixels: [height, width, channels] in [0, 1] with 1 or 3 channels; one channel is returned as it is.

    Returns:
        float32 [height, width] in [0, 1].

    >>> to_grey(np.array([[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])).tolist()  # red looks brighter than blue
    [[0.29899999499320984, 0.11400000005960464]]
    """
    pixels = np.asarray(pixels, np.float32)
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3):
        raise ValueError(f"pixels has shape {pixels.shape}: it must be [height, width, channels] with 1 or 3 channels")
    return pixels[:, :, 0] if pixels.shape[2] == 1 else pixels @ _LUMINANCE


def _read_bytes(file: str | PathLike | bytes | BinaryIO) -> bytes:
    """The whole file, but never more than one byte above the limit."""
    if isinstance(file, bytes):
        data = file
    elif isinstance(file, str | PathLike):
        try:
            with Path(file).open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:  # ValueError: a path with a null byte
            name = Path(file).name
            raise ImageError(
                f"The file {name!r} cannot be opened: check that it exists, and choose it again."
            ) from error
    else:
        data = file.read(MAX_BYTES + 1) if hasattr(file, "read") else None
        if not isinstance(data, bytes):
            raise TypeError(f"file is {type(file).__name__}: it must be a path, bytes, or a file opened in binary mode")
    if not data:
        raise ImageError("The file is empty: choose a picture, for example a PNG or JPEG.")
    if len(data) > MAX_BYTES:
        megabytes = MAX_BYTES // 1_000_000
        raise ImageError(
            f"The file is larger than {megabytes} MB, the most that is read: save it as JPEG, or make it smaller."
        )
    return data


def _reader_for(head: bytes) -> type[ImageFile]:
    """Tells by its first bytes what a file is; names and extensions are not believed."""
    for beginning, reader in _READERS.items():
        if re.match(beginning, head, re.DOTALL):
            return reader
    for beginning, kind in _OTHERS.items():
        if re.match(beginning, head, re.DOTALL):
            raise ImageError(f"The file is {kind} and cannot be read here: save the picture as PNG or JPEG.")
    raise ImageError(
        "The file is not a picture that can be read here (PNG, JPEG, WebP, AVIF, GIF, BMP, TIFF or PPM): "
        "save the picture as PNG or JPEG."
    )


def _check_limits(image: ImageFile, file_bytes: int, max_pixels: int) -> None:
    """Refuses, by its header, a picture that would take too much memory or time to decode."""
    width, height = image.size
    if width * height > max_pixels:
        millions = max_pixels // 1_000_000
        raise ImageError(
            f"The picture has {grouped(width)} × {grouped(height)} pixels, and at most {millions} million can be read: "
            "make it smaller first."
        )
    decoded_in_python = any(tile.codec_name in Image.DECODERS for tile in image.tile)
    if decoded_in_python and file_bytes > MAX_SLOW_BYTES:
        megabytes = MAX_SLOW_BYTES // 1_000_000
        raise ImageError(
            f"This kind of {image.format} file takes very long to read and may have at most {megabytes} MB: "
            "save the picture as PNG or JPEG."
        )


def _target(size: tuple[int, int], working_side: int) -> tuple[int, int]:
    """The (width, height) of a picture whose long side is at most `working_side`."""
    reduction = min(1, working_side / max(size))
    return max(1, round(size[0] * reduction)), max(1, round(size[1] * reduction))


def _draft(image: ImageFile, working_side: int) -> None:
    """Has a JPEG decoded at 1/2, 1/4 or 1/8 of its size: it is quicker, and takes a fraction of the memory.

    At least one and a half times the target is kept, so that the filter of `_decode` still has pixels to average; the
    result differs from that of a full decode by less than one grey level on average.
    """
    width, height = _target(image.size, working_side)
    image.draft(None, (3 * width // 2, 3 * height // 2))


def _check_memory(image: ImageFile, original: tuple[int, int]) -> None:
    """Refuses a picture that would take too much memory while it is decoded."""
    pixels, full = math.prod(image.size), math.prod(original)
    per_pixel = _BYTES_PER_PIXEL.get(image.format, 12)
    needed = per_pixel * pixels + (_PROGRESSIVE * full if image.info.get("progressive") else 0)
    if needed > MAX_MEMORY:
        raise ImageError(
            f"The picture has {grouped(original[0])} × {grouped(original[1])} pixels, and of a {image.format} file at "
            f"most {MAX_MEMORY // per_pixel // 1_000_000} million can be read: save it as JPEG, or make it smaller "
            "first."
        )


def _decode(image: ImageFile, original: tuple[int, int], working_side: int) -> Photo:
    """Numbers from a picture of which only the header has been read so far."""
    width, height = original
    target = _target(original, working_side)
    image.load()
    orientation = _orientation(image)
    image = _in_known_mode(image)
    if target != (width, height):
        # Hamming is the sharpest of Pillow's filters without negative weights. Lanczos is sharper, but
        # draws faint halos beside edges, which are not in the photo and which an edge kernel would find.
        image = image.resize(target, Image.Resampling.HAMMING, reducing_gap=2.0)
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    original_size = (width, height) if orientation >= 5 else (height, width)

    pixels = _to_floats(image)
    pixels.setflags(write=False)
    return Photo(pixels, original_size)


def _orientation(image: ImageFile) -> int:
    """The EXIF orientation, 1 to 8; 1 (upright) where there is none, or where Pillow has turned it (TIFF)."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - a damaged EXIF block raises anything, and the picture is still fine
        orientation = None
    return orientation if orientation in _UPRIGHT else 1


def _in_known_mode(image: Image.Image) -> Image.Image:
    """The picture in one of Pillow's modes L, LA, RGB, RGBA (all 8-bit) or F (grey floats in [0, 1])."""
    if image.mode.startswith("I"):  # 16-bit grey, in one of several byte orders or in 32 bits
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 65535:
            raise ImageError("The picture has more than 16 bits per pixel: save it as 8-bit or 16-bit PNG.")
        if "transparency" in image.info:  # one grey value of a PNG stands for "nothing here"
            values = np.where(values == image.info["transparency"], 65535, values)
        floats = values.astype(np.float32)
        floats /= 65535  # in place: these may be many pixels
        return Image.fromarray(floats)
    if image.mode == "F":
        values = np.asarray(image)
        minimum, maximum = values.min(), values.max()
        if not (minimum >= 0 and maximum <= 1):  # also true of NaN
            raise ImageError(
                f"The floating-point picture has values from {minimum:.3g} to {maximum:.3g}, "
                "but they must lie between 0 and 1: rescale it, or save it as PNG."
            )
        return image
    mode = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
    if image.has_transparency_data:
        mode += "A"
    return image if image.mode == mode else image.convert(mode)  # converting to the same mode would copy


def _to_floats(image: Image.Image) -> np.ndarray:
    """float32 [height, width, 1 or 3] in [0, 1] of a picture in a known mode, laid on white paper."""
    values = np.asarray(image, np.float32)
    if values.ndim == 2:
        values = values[:, :, np.newaxis]
    if image.mode == "F":
        return np.clip(values, 0, 1)  # reducing may round to just outside
    values /= 255  # in place: a whole photo has many pixels
    if image.mode in ("LA", "RGBA"):
        colour, opacity = values[:, :, :-1], values[:, :, -1:]
        # 8 bits again, so that the picture on screen, in a file and in the computation is one and the same.
        colour *= opacity
        colour += 1 - opacity
        colour *= np.float32(255)
        np.rint(colour, out=colour)
        colour /= np.float32(255)
        return np.ascontiguousarray(colour)
    return values


def pack(photo: Photo) -> Photo:
    """Return a photo with a byte a channel where that says all: a quarter of what is computed with.

    It is worked through in strips, so that a whole photo takes little more memory than it has.
    """
    eight = np.empty(photo.pixels.shape, np.uint8)
    rows = max(1, _NUMBERS_AT_ONCE // max(1, math.prod(eight.shape[1:])))
    for first in range(0, len(eight), rows):
        strip = photo.pixels[first : first + rows]
        np.rint(strip * 255, out=eight[first : first + rows], casting="unsafe")
        if not np.array_equal(eight[first : first + rows] / np.float32(255), strip):
            return photo
    return replace(photo, pixels=eight)


def unpack(photo: Photo) -> Photo:
    """Return a packed photo in float32, from 0 to 1, as any other."""
    if photo.pixels.dtype == np.float32:
        return photo
    pixels = photo.pixels / np.float32(255)
    pixels.setflags(write=False)
    return replace(photo, pixels=pixels)

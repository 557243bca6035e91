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
from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

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

# What sets a picture upright, by its EXIF tag "Orientation" (Exif 2.32, section 4.6.4): -1 mirrors the rows, or the
# columns. From 5 on they change places first.
_MIRRORED = {1: (1, 1), 2: (1, -1), 3: (-1, -1), 4: (-1, 1), 5: (1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)}

# Tags of TIFF: whether 0 is white (0) or black (1); whether whole numbers have no sign (1), or one (2).
_PHOTOMETRIC, _SAMPLE_FORMAT = 262, 339

_WHITES = (1, 255, 1023, 4095, 65535)
"""What whole numbers that say no bits have as white: the smallest that none of them is above."""

# Luminance by ITU-R Recommendation BT.601, as in Pillow's "L" and OpenCV's cvtColor.
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
_LUMINANCE.setflags(write=False)


class ImageError(ValueError):
    """A file that does not become a picture; the message is one sentence for whoever chose the file."""


@dataclass(frozen=True)
class Source:
    """How a file holds its picture: what a program that opens it by itself has to mind.

    Attributes:
        mode: as Pillow names it, such as "RGB", "P" or "I;16".
        turned: whether it lies, and EXIF says how it is set upright.
        clear: whether parts of it may be transparent.
        black: the whole number of the file that became 0; it may be the larger one.
        white: the one that became 1; None: the largest that the mode can hold.
        frame: which part (left, top, right, bottom) the first frame of a GIF paints; None: all.
    """

    mode: str = "RGB"
    turned: bool = False
    clear: bool = False
    black: int = 0
    white: int | None = None
    frame: tuple[int, int, int, int] | None = None


def read_source(given: Any) -> Source:
    """Read what `dataclasses.asdict` made of a source; it may come from a process that somebody has taken over.

    Raises:
        ValueError: it is none.
    """
    match given:
        case {
            "mode": str(mode),
            "turned": bool(turned),
            "clear": bool(clear),
            "black": int(black),
            "white": int() | None as white,
            "frame": [int(), int(), int(), int()] | None as frame,
        } if re.fullmatch(r"[\w;]{1,8}", mode):
            return Source(mode, turned, clear, black, white, frame and tuple(frame))
    raise ValueError("this is not what a file is like")


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture as numbers, and how large it was.

    `pixels` is float32 [height, width, channels] in [0, 1], read-only; channels is 1 (grey) or 3 (red,
    green, blue). `original_size` is the (height, width) of the file, upright; `size` differs from it where
    the picture was reduced. `source` says what the file was like.
    """

    pixels: np.ndarray
    original_size: tuple[int, int]
    source: Source = Source()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.pixels.shape[:2]


def read_photo(
    file: str | PathLike | bytes | BinaryIO, *, working_side: int = WORKING_SIDE, max_pixels: int = MAX_PIXELS
) -> Photo:
    """Reads a picture file: upright, opaque, first frame only, at most `working_side` pixels long.

    A picture at or below the working size is exact: its 8-bit values divided by 255, its 16-bit grey values by 65535,
    or by the white that `Source` tells (12 bits in 16, and whole numbers of 32, would be black otherwise). A larger one
    is reduced by area, in float, so that its long side is `working_side`, and keeps its aspect; it comes out with 8 or
    16 bits, as it came. Transparent parts, and those that the first frame of a GIF leaves out, show white paper. Grey
    files have one channel; colours of any kind (palette, CMYK, Lab) become RGB, as Pillow converts them. Colour
    profiles in the file are not applied, and of 16 bits per *colour* Pillow keeps 8.

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
        return _decode(image, original, working_side, says_bits=b"sBIT" in data[:_SNIFFED])
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

    At least one and a half times the target is kept, so that `_reduced` still has pixels to average; the
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


def _decode(image: ImageFile, original: tuple[int, int], working_side: int, *, says_bits: bool) -> Photo:
    """Numbers from a picture of which only the header has been read so far.

    says_bits: whether a PNG has a chunk that says how many of its bits count (PNG specification, section 11.3.2.7).
    """
    width, height = original
    target = _target(original, working_side)
    frame = _painted(image)
    is_deep = image.mode in ("RGB", "RGBA") and any(";16" in str(tile.args) for tile in image.tile)  # Pillow keeps 8
    image.load()
    orientation = _orientation(image)
    if image.mode == "F":
        _check_floats(np.asarray(image))
    if is_deep and 0 < max(most for _, most in image.getextrema()[:3]) < 16:
        raise ImageError(
            "The colours of this 16-bit picture use its lowest 12 bits only, and it would be black here: stretch them, "
            "or save it with 8 bits."
        )
    values = _whole_numbers(image)
    black, white = (0, None) if values is None or says_bits else _range(values, image)
    source = Source(image.mode, orientation != 1, image.has_transparency_data, black, white, frame)

    def numbers(first: int, last: int) -> np.ndarray:
        if values is not None:
            return _stretched(values[first:last], source, image.info.get("transparency"))
        part = image.crop((0, first, image.width, last))
        return _on_paper(_to_floats(_in_known_mode(part)), first, frame)

    is_reduced = target != image.size
    pixels = _reduced(numbers, image.size, target) if is_reduced else numbers(0, image.height)
    is_finer = values is not None or image.mode == "F"
    if is_reduced or not is_finer:
        # 8 or 16 bits again, so that the picture on screen, in a file and in the computation is one and the same.
        steps = np.float32(65535 if is_finer else 255)
        pixels *= steps
        np.rint(pixels, out=pixels)
        pixels /= steps
    pixels = _upright(pixels, orientation)
    pixels.setflags(write=False)
    return Photo(pixels, (width, height) if orientation >= 5 else (height, width), source)


def _painted(image: ImageFile) -> tuple[int, int, int, int] | None:
    """Which part (left, top, right, bottom) the first frame of a GIF paints; None: all.

    Nothing is painted on the rest, which Pillow would fill with the first colour of the palette.
    """
    if image.format == "GIF" and image.tile and image.tile[0].extents != (0, 0, *image.size):
        return image.tile[0].extents
    return None


def _on_paper(values: np.ndarray, first: int, frame: tuple[int, int, int, int] | None) -> np.ndarray:
    """Numbers of some rows, white where the frame paints nothing."""
    if frame:
        left, top, right, bottom = frame
        values[: max(0, top - first)] = values[max(0, bottom - first) :] = 1
        values[:, :left] = values[:, right:] = 1
    return values


def _reduced(numbers: Callable[[int, int], np.ndarray], size: tuple[int, int], target: tuple[int, int]) -> np.ndarray:
    """The means of equal areas: what each pixel of the smaller picture covers of the larger one, to parts of a pixel.

    They are means of the numbers in the file, which stand for light as a display shows it, and not for its energy: the
    kernels of this lab work on these numbers too, so that a mean of the picture stays what it is.

    Args:
        numbers: gives the rows from one to before another, float32 [rows, width, channels].
        size: (width, height) of the larger one.
        target: that of the smaller one.
    """
    (width, height), (columns, rows) = size, target
    strips, at_once = [], max(1, _NUMBERS_AT_ONCE * rows // (3 * width * height))
    for first in range(0, rows, at_once):
        last = min(rows, first + at_once)
        start, end = first * height // rows, -(-last * height // rows)
        down = _means(numbers(start, end), np.arange(first, last + 1) * height - start * rows, rows)
        strips.append(_means(down.swapaxes(0, 1), np.arange(columns + 1) * width, columns).swapaxes(0, 1))
    return np.ascontiguousarray(np.concatenate(strips))


def _means(values: np.ndarray, edges: np.ndarray, parts: int) -> np.ndarray:
    """Means along the first axis between edges, which are given in parts of a pixel."""
    whole, rest = np.divmod(edges, parts)
    sums = np.add.reduceat(values, whole[:-1], axis=0)
    if whole[-1] < len(values):  # the last one reaches into a pixel, of which reduceat took all and more
        sums[-1] = values[whole[-2] : whole[-1]].sum(axis=0)
    share = (rest / np.float32(parts)).astype(np.float32).reshape(-1, *(1,) * (values.ndim - 1))
    cut = share * values[np.minimum(whole, len(values) - 1)]
    sums -= cut[:-1]
    sums += cut[1:]
    return sums / np.float32((edges[1] - edges[0]) / parts)


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turned and mirrored as the EXIF orientation says."""
    turned = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    down, across = _MIRRORED.get(orientation, (1, 1))
    return np.ascontiguousarray(turned[::down, ::across])


def _orientation(image: ImageFile) -> int:
    """The EXIF orientation, 1 to 8; 1 (upright) where there is none, or where Pillow has turned it (TIFF)."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - a damaged EXIF block raises anything, and the picture is still fine
        orientation = None
    return orientation if orientation in _MIRRORED else 1


def _check_floats(values: np.ndarray) -> None:
    minimum, maximum = values.min(), values.max()
    if not (minimum >= 0 and maximum <= 1):  # also true of NaN
        raise ImageError(
            f"The floating-point picture has values from {minimum:.3g} to {maximum:.3g}, "
            "but they must lie between 0 and 1: rescale it, or save it as PNG."
        )


def _whole_numbers(image: ImageFile) -> np.ndarray | None:
    """The whole numbers [height, width] of a grey picture of more than 8 bits; None of others."""
    if not image.mode.startswith("I"):  # 16 bits, in one of several byte orders, or 32
        return None
    values = np.asarray(image)
    is_unsigned = image.format == "TIFF" and 2 not in image.tag_v2.get(_SAMPLE_FORMAT, ())
    return values.view(np.uint32) if is_unsigned and values.dtype == np.int32 else values


def _range(values: np.ndarray, image: ImageFile) -> tuple[int, int | None]:
    """Which whole numbers become 0 and 1; None: the largest of 16 bits, as the format says.

    Cameras and microscopes write 10 or 12 bits into 16, and programs write any numbers into 32: taken by the format
    they would be black.
    """
    least, most = int(values.min()), int(values.max())
    if image.format == "PPM":  # it says its white, and Pillow scales by it
        return 0, 65535
    if least < 0:
        black, white = least, max(most, least + 1)
    else:
        black, white = 0, next((white for white in _WHITES if most <= white), most) if most else 65535
    if image.format == "TIFF" and image.tag_v2.get(_PHOTOMETRIC) == 0:  # which Pillow heeds for 8 bits only
        return white, black
    return black, None if values.dtype.itemsize == 2 and white == 65535 else white


def _stretched(values: np.ndarray, source: Source, clear: int | None) -> np.ndarray:
    """Some rows of whole numbers as floats in [0, 1]; the value that is clear is white paper."""
    white = 65535 if source.white is None else source.white
    floats = values.astype(np.float32)
    floats -= source.black
    floats /= white - source.black  # in place: these may be many pixels
    if clear is not None:
        floats[values == clear] = 1
    return floats[:, :, np.newaxis]


def _in_known_mode(image: Image.Image) -> Image.Image:
    """The picture in one of Pillow's modes L, LA, RGB, RGBA (all 8-bit) or F (grey floats in [0, 1])."""
    if image.mode == "F":
        return image
    mode = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
    if image.has_transparency_data:
        mode += "A"
    return image if image.mode == mode else image.convert(mode)  # converting to the same mode would copy


def _to_floats(image: Image.Image) -> np.ndarray:
    """float32 [height, width, 1 or 3] in [0, 1] of a picture in a known mode, laid on white paper."""
    values = np.array(image, np.float32)
    if values.ndim == 2:
        values = values[:, :, np.newaxis]
    if image.mode == "F":
        return values
    values /= 255  # in place: a whole photo has many pixels
    if image.mode in ("LA", "RGBA"):
        colour, opacity = values[:, :, :-1], values[:, :, -1:]
        colour *= opacity
        colour += 1 - opacity
        return np.ascontiguousarray(colour)
    return values


def to_one_white(first: Photo, second: Photo) -> tuple[Photo, Photo]:
    """Take two pictures of whole numbers by the same white, the larger one: what belongs together may be darker.

    Pictures whose range is not from 0 on, and others than those with 16 bits, stay as they are.
    """
    photos = first, second
    whites = [65535 if photo.source.white is None else photo.source.white for photo in photos]
    if whites[0] == whites[1] or not all(one.source.mode.startswith("I;") and one.source.black == 0 for one in photos):
        return first, second
    return tuple(_to_white(photo, white, max(whites)) for photo, white in zip(photos, whites, strict=True))


def _to_white(photo: Photo, white: int, other: int) -> Photo:
    if white == other:
        return photo
    pixels = unpack(photo).pixels * np.float32(white / other)
    pixels.setflags(write=False)
    return replace(photo, pixels=pixels, source=replace(photo.source, white=None if other == 65535 else other))


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

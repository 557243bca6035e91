"""Which picture is on the page? The one picture that every tab shares.

A picture is referred to by plain data that travels with every request: `{"example": name}`, or
`{"upload": path, "name": ..., "original": [height, width] or None}`. The server keeps no other copy than a small cache.
"""

import io
import json
import logging
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from gradio.utils import get_upload_folder
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from convdemo.decoder import BusyError, Decoder, unreduced
from convdemo.images import MAX_BYTES, WORKING_SIDE, ImageError, Photo, pack, read_photo, read_source, unpack
from convdemo.ui.parts.files import may_be_elsewhere, save_file, write_whole
from convdemo.ui.parts.once import once
from convdemo.ui.parts.static import publish, publish_picture
from convdemo.ui.parts.widgets import (
    read_text,
)
from convdemo.ui.picture.state import COURSE, EXAMPLES, example_title

EXAMPLE_FOLDER = Path(__file__).parents[3] / "examples"
MAX_UPLOAD_BYTES = 8_000_000
"""What the server takes in one file; the browser reduces photos to well below it."""

LARGEST_CLAIM = 100_000
"""The longest side, in pixels, that we believe a photo had before a browser reduced it."""

MOST_WHOLE = 12_000_000
"""The most pixels of a photo that is sent once more, whole."""

MOST_EXACT = 16_000_000
"""The most pixels of half a pair: a phone's 12 megapixels are 4032 x 3024."""

LONGEST_STEM = 100
"""Bytes of the name of a visitor's photo that the names of files made of it begin with; a system takes 255 in all."""


DECODER = Decoder(seconds=15, patience=30)
"""Opens all uploads."""

_SECRET = secrets.token_hex(16)
_REFUSED = b"refused %b " % _SECRET.encode()
"""What begins the sentence that stands in the place of an upload that is no picture."""

_REPLACED = re.compile(rb"\x89PNG\r\n\x1a\n.{25}.{4}tEXt" + _SECRET.encode() + rb"\0(.*?})\n", re.DOTALL)
"""What begins a file that stands in the place of an upload: after the header, what this one was (`_about`)."""

_PIXELS = re.compile(rb"pixels " + _SECRET.encode() + rb" (\d+) (\d+) (\d+) (uint8|float32) ({.*?})\n")
"""What begins a file that holds the plain numbers of an upload: height, width, channels, their kind, and `_about`."""

_log = logging.getLogger(__name__)


class PictureGoneError(LookupError):
    """An upload that the server has deleted; the browser sends it again."""


@dataclass(frozen=True, eq=False)
class OpenPicture:
    """A picture ready to work on.

    Attributes:
        photo: its pixels.
        file: the same pixels as a file that a browser can show: the path of a PNG, or the address of an example.
        values: the same pixels as a file that a script in the browser reads exactly: `file`, or where that has more
            than 8 bits, 24 bits of grey spread over red, green and blue.
        name: what to call it.
        stem: what the names of files begin with that are made of it: the name of its file, made safe, without its end.
        save_as: the name of the file that the program on the page opens.
        original_size: (height, width) before anything was reduced.
        example: the name of the example that it is; None for a visitor's own.
    """

    photo: Photo
    file: Path | str
    values: Path | str
    name: str
    stem: str
    save_as: str
    original_size: tuple[int, int]
    example: str | None

    @property
    def is_changed(self) -> bool:
        """Whether the picture that the page saves has other numbers than the visitor's own file."""
        source = self.photo.source
        return self.original_size != self.photo.size or source.white is not None or source.mode == "F"


def example_path(name: str) -> Path:
    """Return the file of the example picture `name`."""
    if name in COURSE:
        return COURSE[name]
    return next(path for path in EXAMPLE_FOLDER.glob(f"{name}.*") if path.suffix in (".png", ".jpg"))


@dataclass(frozen=True)
class Example:
    """Where the browser finds an example: its file, and the pixels that we compute with.

    A browser would decode a JPEG or apply a colour profile in its own way.
    """

    file: str
    photo: str


def _read_file(path: Path) -> Photo:
    """Read the file of an example.

    Raises:
        ImageError: it cannot be read; the sentence says which one it is.
    """
    try:
        return read_photo(path)
    except ImageError as error:
        raise ImageError(read_text("picture")["bad_example"].format(path=path, problem=error)) from error


@cache
def published_example(name: str) -> Example:
    """Publish an example picture for every visitor."""
    path = example_path(name)
    return Example(
        publish(path.read_bytes(), path.name),
        publish_picture(_encode(_eight_bits(_read_file(path).pixels)), f"{name}.png"),
    )


THUMBNAIL = 112
"""Pixels a side of the small version of an example."""


@cache
def published_thumbnails() -> str:
    """Publish the middle squares of all examples, small and side by side, as one picture; its address."""
    row = Image.new("RGB", (THUMBNAIL * len(EXAMPLES), THUMBNAIL))
    for number, name in enumerate(EXAMPLES):
        with Image.open(example_path(name)) as picture:
            square = ImageOps.fit(picture.convert("RGB"), (THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
        row.paste(square, (THUMBNAIL * number, 0))
    buffer = io.BytesIO()
    row.save(buffer, "JPEG", quality=80)
    return publish(buffer.getvalue(), "thumbnails.jpg")


def open_picture(reference: Mapping[str, Any]) -> OpenPicture:
    """Open the picture that a request refers to.

    Raises:
        ImageError: the file is no picture that can be read, or the reference is not one.
        PictureGoneError: the upload is no longer on the server.
    """
    text = read_text("picture")
    if not isinstance(reference, Mapping):
        raise ImageError(text["not_an_upload"].format(name="?"))
    example, upload = reference.get("example"), reference.get("upload")
    if isinstance(example, str) and example in EXAMPLES:
        photo, file = _read_example(example), published_example(example).photo
        name = example_title(example)
        return OpenPicture(photo, file, file, name, example, example_path(example).name, photo.original_size, example)
    name = _display_name(reference.get("name")) or _display_name(upload or example) or "?"
    with _open_upload(upload, name) as opened:
        photo = _read(opened)
        file, values = _working_files(opened)
        if not (file.is_file() and values.is_file()):  # the page's files are cleared away now and then
            _working_files.cache_clear()
            file, values = _working_files(opened)
    stem = safe_stem(name)
    return OpenPicture(photo, file, values, name, stem, f"{stem}.png", _claimed_size(reference, photo), None)


def read_upload(file: Any, *, stays: bool = False) -> Photo:
    """Read an upload pixel by pixel, never reduced, packed (`convdemo.images.pack`): half of a pair.

    Args:
        file: its path.
        stays: whether the file is left as it is, for whoever reads it next; otherwise its pixels take its place.

    Returns:
        The photo. Where the file has been replaced by a reduced one before, its `original_size` is not its `size`.

    Raises:
        ImageError: it is no picture that can be read, was not uploaded here, or has more than `MOST_EXACT` pixels.
        PictureGoneError: it is no longer on the server.
    """
    with _open_upload(file, _display_name(file) or "?") as opened:
        return _kept_exact(opened, stays)


def exact_size(reference: Mapping[str, Any], photo: Photo) -> tuple[int, int] | None:
    """Return the (height, width) that a photo had before it was reduced, here or in the browser; None if it was not."""
    size = _claimed_size(reference, photo)
    return None if size == photo.size else size


def read_whole(file: Any) -> Photo:
    """Read an upload as it is, not reduced, in a process for this one; it is deleted at once.

    Raises:
        ImageError: it is no picture that can be read, or it has more than `MOST_WHOLE` pixels.
        PictureGoneError: it is no longer on the server.
    """
    with _open_upload(file, _display_name(file) or "?") as opened:
        data = opened.stream.read(MAX_BYTES + 1)
        opened.path.unlink(missing_ok=True)
    decoder = unreduced(MOST_WHOLE, seconds=DECODER.seconds, patience=DECODER.patience)
    try:
        return unpack(_reduce_to_grey(decoder.read(data)))
    finally:
        decoder.stop()


@dataclass(frozen=True)
class _Opened:
    """A file that is open, and known by its path and its time of change."""

    path: Path
    modified: int
    stream: BinaryIO = field(compare=False)


@contextmanager
def _open_upload(file: Any, name: str) -> Iterator[_Opened]:
    """Open what a visitor names: the only way from a name that arrives to a file.

    It must be a regular file in the folder of the uploads. It is opened once, without following a link and without
    waiting for whoever writes into a pipe, and what was opened is what is looked at.
    """
    text = read_text("picture")
    refused = ImageError(text["not_an_upload"].format(name=name))
    try:
        path = Path(file).resolve() if isinstance(file, str) and file else None
        if path is None or not path.is_relative_to(Path(get_upload_folder()).resolve()):
            raise PictureGoneError(text["gone"]) if path and may_be_elsewhere(file) else refused
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise PictureGoneError(text["gone"]) from error
    except ImageError:
        raise
    except (ValueError, OSError) as error:  # a name that no file can have
        raise refused from error
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise refused
    with os.fdopen(descriptor, "rb") as stream:
        yield _Opened(path, about.st_mtime_ns, stream)


def _display_name(name: Any) -> str:
    """Return the last part of a path, short, and fit to be sent as UTF-8."""
    return Path(str(name or "").encode("utf-8", "replace").decode()).name[:80]


def safe_stem(name: str) -> str:
    """Return the name of a file without its end, fit for a file on any system: letters, digits, "_" and "-".

    >>> safe_stem("IMG_1234.jpg"), safe_stem("my cat (2).png"), safe_stem("?.png")
    ('IMG_1234', 'my-cat-2', 'photo')
    """
    words = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", Path(name).stem))
    return words.encode()[:LONGEST_STEM].decode(errors="ignore").strip("-") or "photo"


def _claimed_size(reference: Mapping[str, Any], photo: Photo) -> tuple[int, int]:
    """Return the (height, width) before the browser reduced the photo, where the browser says so and it can be true.

    It can be true if reducing that size to the working size gives the size of the photo, but for a rounded pixel.
    """
    match reference.get("original"):
        case [int(height), int(width)] if 0 < min(height, width) <= max(height, width) <= LARGEST_CLAIM:
            scale = min(1, WORKING_SIDE / max(height, width))
            reduced = max(1, round(height * scale)), max(1, round(width * scale))
            if all(abs(claimed - real) <= 1 for claimed, real in zip(reduced, photo.size, strict=True)):
                return height, width
    return photo.original_size


def _read(opened: _Opened) -> Photo:
    """Read an upload, or find it among those that were read last."""
    return unpack(_kept(opened))


@once(maxsize=32)
def _kept(opened: _Opened) -> Photo:
    return pack(_read_anew(opened))


def _read_anew(opened: _Opened) -> Photo:
    """Read an upload, and put what it was read as in its place: nobody keeps where and when a photo was taken.

    A file that is no picture is replaced by the sentence that says so.
    """
    opened.stream.seek(0)  # others may have had theirs read since this one was, and it is read again
    data = opened.stream.read(MAX_BYTES + 1)
    if data.startswith(_REFUSED):
        raise ImageError(data.removeprefix(_REFUSED).decode())
    try:
        photo = _as_file_holds(_reduce_to_grey(DECODER.read(data)))
    except BusyError:
        raise
    except ImageError as error:
        _replace(opened, _REFUSED + str(error).encode())
        raise
    if was := _REPLACED.match(data):
        return _known_again(photo, was[1])
    _replace(opened, _encode(_file_pixels(photo.pixels), was=photo))
    return photo


@once(maxsize=4)
def _kept_exact(opened: _Opened, stays: bool) -> Photo:
    """Read an upload whole. What takes its place, if it is large, are plain numbers: a PNG takes a second to write."""
    opened.stream.seek(0)
    data = opened.stream.read(MOST_EXACT * 3 * 4)
    if head := _PIXELS.match(data):
        height, width, channels = map(int, head.groups()[:3])
        pixels = np.frombuffer(data, head[4].decode(), offset=head.end()).reshape(height, width, channels)
        return _known_again(Photo(pixels, (height, width)), head[5])
    if data.startswith(_REFUSED):
        raise ImageError(data.removeprefix(_REFUSED).decode())
    try:
        photo = _decode_exact(data[: MAX_BYTES + 1])
    except BusyError:
        raise
    except ImageError as error:
        if not stays:
            _replace(opened, _REFUSED + str(error).encode())
        raise
    if was := _REPLACED.match(data):
        return _known_again(photo, was[1])
    if stays:
        return photo
    if max(photo.size) <= WORKING_SIDE and photo.pixels.dtype == np.uint8:
        _replace(opened, _encode(_file_pixels(unpack(photo).pixels), was=photo))
    else:
        kind, about = photo.pixels.dtype.name.encode(), _about(photo).encode()
        head = b"pixels %b %d %d %d %b %b\n" % (_SECRET.encode(), *photo.pixels.shape, kind, about)
        _replace(opened, head + photo.pixels.tobytes())
    return photo


def _decode_exact(data: bytes) -> Photo:
    photo = _reduce_to_grey(pack(DECODER.read(data)))
    if photo.original_size == photo.size:
        return photo
    decoder = unreduced(MOST_EXACT, seconds=DECODER.seconds, patience=DECODER.patience)
    try:
        return _reduce_to_grey(decoder.read(data))
    finally:
        decoder.stop()


def _about(photo: Photo) -> str:
    """Return what a file was that is replaced by its pixels, as JSON in one line."""
    return json.dumps({"original_size": photo.original_size, "source": asdict(photo.source)})


def _known_again(photo: Photo, about: bytes) -> Photo:
    told = json.loads(about)
    return replace(photo, original_size=tuple(told["original_size"]), source=read_source(told["source"]))


def _replace(opened: _Opened, data: bytes) -> None:
    """Write another content into an upload, as old as the one before."""
    try:
        write_whole(opened.path, data, modified=opened.modified)
    except OSError as error:  # the folder is full, or read-only: it is deleted on time all the same
        _log.warning("an upload could not be replaced by its pixels: %s", error.strerror)


@once(maxsize=len(EXAMPLES))
def _read_example(name: str) -> Photo:
    return _reduce_to_grey(_read_file(example_path(name)))


def _reduce_to_grey(photo: Photo) -> Photo:
    """Return a picture with one channel if its colours are all grey, as a browser writes what it reduces."""
    is_grey = (photo.pixels == photo.pixels[:, :, :1]).all()
    return replace(photo, pixels=photo.pixels[:, :, :1]) if is_grey else photo


@once(maxsize=64)
def _working_files(opened: _Opened) -> tuple[Path, Path]:
    """Write the working picture, upright, reduced and without EXIF: `file` and `values` of `OpenPicture`."""
    pixels = _read(opened).pixels
    file = save_file(_encode(_file_pixels(pixels)), "photo.png")
    if _is_of_eight_bits(pixels):
        return file, file
    packed = np.rint(pixels[:, :, 0].astype(np.float64) * 0xFFFFFF).astype(np.uint32)
    bytes_of_grey = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)
    return file, save_file(_encode(bytes_of_grey), "photo.png")


def _is_of_eight_bits(pixels: np.ndarray) -> bool:
    return pixels.shape[2] == 3 or np.array_equal(_eight_bits(pixels) / np.float32(255), pixels[:, :, 0])


def _file_pixels(pixels: np.ndarray) -> np.ndarray:
    """Return pixels as a PNG file holds them: uint8, or uint16 [height, width] for greys that have more than 8 bits."""
    if _is_of_eight_bits(pixels):
        return _eight_bits(pixels)
    return np.rint(pixels[:, :, 0].astype(np.float64) * 65535).astype(np.uint16)


def _as_file_holds(photo: Photo) -> Photo:
    """Return a photo whose pixels are those that its file will be read as; a reduced scan has finer greys."""
    if _is_of_eight_bits(photo.pixels):
        return photo
    greys = np.float32(_file_pixels(photo.pixels)[:, :, np.newaxis] / 65535)
    greys.setflags(write=False)
    return replace(photo, pixels=greys)


def _eight_bits(pixels: np.ndarray) -> np.ndarray:
    """Return uint8 [height, width, 3], or [height, width] for grey."""
    eight_bits = np.rint(pixels * 255).astype(np.uint8)
    return eight_bits if pixels.shape[2] == 3 else eight_bits[:, :, 0]


def _encode(pixels: np.ndarray, *, was: Photo | None = None) -> bytes:
    """Return pixels as a PNG file, which begins with what `_REPLACED` matches if it takes the place of another."""
    buffer, words = io.BytesIO(), PngInfo()
    if was:
        words.add_text(_SECRET, f"{_about(was)}\n")  # a checksum follows, which may look like any letters
    if pixels.dtype == np.uint16:
        words.add(b"sBIT", bytes([16]))  # a dark one is not taken for one of 12 bits
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1, pnginfo=words)
    return buffer.getvalue()

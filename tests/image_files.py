"""Files of pictures that are made in memory, byte by byte where Pillow cannot write them."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convdemo.images import ImageError, read_photo

EXAMPLES = Path(__file__).parent.parent / "examples"


def random_bytes(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def random_16_bit(*shape):
    return np.random.default_rng(0).integers(0, 65536, shape, dtype=np.uint16)


def saved(image, file_format, **options):
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, *, depth=8, colour_type=2, rows=b"", extra=b""):
    """A PNG file byte by byte (PNG specification, section 11), for what Pillow itself cannot write."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def png_rows(values):
    """Rows of samples, big-endian, each after filter type 0 (none)."""
    return b"".join(b"\0" + row.astype(values.dtype.newbyteorder(">")).tobytes() for row in values)


def error_of(file):
    """The sentence with which a file is refused."""
    with pytest.raises(ImageError) as caught:
        read_photo(file)
    message = str(caught.value)
    assert message[0].isupper()
    assert message.endswith(".")
    assert "\n" not in message
    assert ": " in message  # the rule, then the remedy
    return message

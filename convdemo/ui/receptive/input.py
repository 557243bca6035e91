"""What does a network see of the photo? Its middle square, as small as the pictures of ImageNet are fed to networks."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from convdemo.images import Photo
from convdemo.ui.parts.files import save_file
from convdemo.ui.parts.once import once

NETWORK_SIDE = 224
"""Pixels: the side of what AlexNet, VGG and ResNet take."""


class _Pixels:
    """A photo as what a cache can be asked for: the same object, for as long as the cache of photos keeps it."""

    def __init__(self, photo: Photo) -> None:
        self.photo = photo

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pixels) and other.photo is self.photo

    def __hash__(self) -> int:
        return id(self.photo)


def as_network_sees(photo: Photo) -> tuple[Photo, Path]:
    """Return the middle square of a photo with `NETWORK_SIDE` pixels a side, and the same as a file for the browser."""
    return _reduce(_Pixels(photo))


@once(maxsize=8)
def _reduce(pixels: _Pixels) -> tuple[Photo, Path]:
    photo = pixels.photo
    side = min(photo.size)
    top, left = ((length - side) // 2 for length in photo.size)
    square = np.moveaxis(photo.pixels[top : top + side, left : left + side], 2, 0)
    size = NETWORK_SIDE, NETWORK_SIDE
    planes = [Image.fromarray(np.ascontiguousarray(plane)).resize(size, Image.Resampling.BILINEAR) for plane in square]
    bytes_of = np.rint(255 * np.clip(np.stack(planes, axis=-1), 0, 1)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(bytes_of if bytes_of.shape[2] == 3 else bytes_of[:, :, 0]).save(file, "PNG")
    values = np.float32(bytes_of / 255)
    values.setflags(write=False)
    return replace(photo, pixels=values), save_file(file.getvalue(), "photo.png")

"""How is the map of a whole photo drawn, one of up to 12 megapixels?

The page works on photos that were reduced to 1,024 pixels a side. Whoever wants the map of all pixels sends the photo
once more: its map is worked out colour by colour and drawn strip by strip, and only the file is kept.
"""

import numpy as np

from convdemo.images import Photo
from convdemo.kernels import Kernel
from convdemo.rendering import ABSOLUTE, SIGNED, Picture, to_picture, vivid_limit
from convdemo.ui.layer.settings import Settings, display_of, make_feature_map

MOST_PIXELS = 1024 * 1024
"""Pixels of a strip that is drawn at once: those of the lab's working size."""


def draw_whole(photo: Photo, kernel: Kernel, settings: Settings) -> Picture:
    """Return the map of a photo of any size as one picture, in the way of the page; its colours stand side by side.

    Where the colours end at the strongest 1 % of a large map's values, these are those of every second row and column.

    Raises:
        ValueError: the settings leave no place for the kernel.
    """
    maps, display = _maps_of(photo, kernel, settings), display_of(kernel, settings)
    height, width = maps[0].shape
    every = 2 if height * width > MOST_PIXELS else 1
    limit = None
    if display in (SIGNED, ABSOLUTE):
        sample = np.stack([one[::every, ::every] for one in maps])
        is_vivid = settings.scale == "vivid"
        limit = (vivid_limit(sample) if is_vivid else max(float(np.abs(one).max()) for one in maps)) or None
    at_once = max(1, MOST_PIXELS // width)
    strips = []
    for first in range(0, height, at_once):
        strip = np.stack([one[first : first + at_once] for one in maps], axis=-1)
        pictures = to_picture(strip, display=display, limit=limit).pictures
        strips.append(Picture(np.hstack([one.pixels for one in pictures]), pictures[0].palette))
    if all(strip.palette is strips[0].palette for strip in strips):
        return Picture(np.vstack([strip.pixels for strip in strips]), strips[0].palette)
    return Picture(np.vstack([strip.rgb for strip in strips]))  # some have marks, and some have not


def _maps_of(photo: Photo, kernel: Kernel, settings: Settings) -> list[np.ndarray]:
    """Return a map, or one for each colour."""
    channels = photo.pixels.shape[2]
    if settings.channels == "grey" or channels == 1:
        return [make_feature_map(photo, kernel, settings)]
    planes = [Photo(photo.pixels[:, :, at : at + 1], photo.original_size) for at in range(channels)]
    return [make_feature_map(plane, kernel, settings) for plane in planes]

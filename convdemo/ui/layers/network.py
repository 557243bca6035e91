"""What does the small network make of the shared photo?

The photo is made as small as it is asked for, and every map is drawn as a sheet of channels; the browser works single
values out by itself, from the pixels and the weights. All heights together are a pyramid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from convdemo.images import Photo
from convdemo.numbers import format_number
from convdemo.receptive_field import growth
from convdemo.rendering import ABSOLUTE, Picture, encode_png, to_picture, vivid_limit
from convdemo.small_network import (
    LAYERS,
    PYRAMID,
    STAGES,
    WEIGHTS,
    face_map,
    heights_of,
    proposals,
    reduce_to_height,
    run_network,
    strongest,
)
from convdemo.ui.parts.files import save_file, served
from convdemo.ui.parts.hashed import Hashed
from convdemo.ui.parts.once import once
from convdemo.ui.parts.static import publish
from convdemo.ui.parts.widgets import data_address, read_text

LEAST = 0.5
"""The lowest threshold: units that are less sure are not told to the browser."""

_MOST_FOUND = 2000
_SHEET = 1000  # pixels that all channels of a sheet travel with, side by side
_LARGE = 400  # of a chosen channel, the longer side
_TOP = 4  # places where a channel answers most strongly
_ORDER = ("conv1", "conv2", "conv3", "face")


@dataclass(frozen=True, eq=False)
class Run:
    """The network, run on a photo of some height.

    Attributes:
        pixels: the reduced photo, uint8 [height, width, 3].
        maps: by the names of `STAGES`, float32 [height, width, channels].
    """

    pixels: np.ndarray
    maps: Mapping[str, np.ndarray]


def run_at(photo: Photo, height: int) -> Run:
    """Return the network's answer to a photo of this height.

    Raises:
        ValueError: the photo cannot be made so high, or is too narrow.
    """
    return _run(Hashed(reduce_to_height(photo.pixels, _within(photo, height))))


@once(maxsize=3)  # each has up to 50 MB
def _run(pixels: Hashed) -> Run:
    return Run(pixels.array, run_network(pixels.array / np.float32(255)))


def _within(photo: Photo, height: int) -> int:
    """Return the height that a photo can have which is nearest to the one that is asked for."""
    least, most = heights_of(photo.size)
    return min(max(height, least), most)


@cache
def published_weights() -> str:
    """Publish the weights for the browser: float32 numbers, kernel, bias and slopes of each layer; their address."""
    with np.load(WEIGHTS) as arrays:
        names = [f"{layer}_{kind}" for layer in _ORDER for kind in ("kernel", "bias", "slope")]
        numbers = np.concatenate([arrays[name].ravel() for name in names if name in arrays])
    return publish(numbers.astype("<f4").tobytes(), "face-network.bin")


@cache
def published_file() -> str:
    """Publish the file of the weights, for the program that is shown; its address."""
    return publish(WEIGHTS.read_bytes(), WEIGHTS.name)


# ---- as the browser is told --------------------------------------------------------------------------------------


def show_network(photo: Photo, asked: Mapping[str, Any], known: Any = None) -> dict[str, Any]:
    """Return what the page shows of the network on a photo.

    Args:
        photo: the shared one.
        asked: "size", "layer" and "channel", counted from 1; layer 0 is the last.
        known: the "key" of the sheets that the browser has already.

    Raises:
        ValueError: the photo is too narrow.
    """
    run = run_at(photo, asked["size"])
    key = f"{Hashed(run.pixels).digest.hex()[:16]}"
    shown = {
        "key": key,
        "height": run.pixels.shape[0],
        "bounds": list(heights_of(photo.size)),
        "channel": _show_channel(run, asked["layer"] or len(STAGES), asked["channel"]),
    }
    return shown if key == known else shown | _show_maps(run, photo)


def _show_maps(run: Run, photo: Photo) -> dict[str, Any]:
    text, faces = read_text("layers")["network"], run.maps["face"][..., 0]
    height, width = run.pixels.shape[:2]
    enlarged = height > photo.size[0]
    return {
        "size": [height, width],
        "rows": photo.size[0],
        "photo": served(save_file(encode_png(Picture(run.pixels)), f"photo-{height}.png")),
        "told": text["enlarged" if enlarged else "reduced"].format(
            width=width, height=height, rows=photo.size[0], columns=photo.size[1]
        ),
        "heat": _png(to_picture(faces, display=ABSOLUTE, limit=1.0).pictures[0], _LARGE),
        "stages": [_show_stage(run, name, field) for name, field in zip(STAGES, growth(LAYERS), strict=True)],
        "found": _found(faces),
        "weights": published_weights(),
        "file": published_file(),
    }


def _found(faces: np.ndarray) -> list[list[float]]:
    """Return the surest units as [row, column, probability]; at least one, however unsure."""
    found = proposals(faces, LEAST)[:_MOST_FOUND]
    if not found:
        row, column = strongest(faces, 1, 0)[0]
        return [[row, column, round(float(faces[row, column]), 6)]]
    return [[*one.unit, round(one.probability, 6)] for one in found]


def _show_stage(run: Run, name: str, field: Any) -> dict[str, Any]:
    values = run.maps[name]
    height, width, channels = values.shape
    stage = {"name": name, "size": [height, width], "channels": channels, "field": field.size[0], "jump": field.jump[0]}
    if name == "face":
        return stage
    text = read_text("layers")["network"]
    limit = vivid_limit(values) or 1.0
    step = max(1, -(-channels * width // _SHEET))
    small = values[::step, ::step]
    tall = np.concatenate(list(np.moveaxis(small, 2, 0)))
    return stage | {
        "sheet": _png(to_picture(tall, limit=limit).pictures[0], len(tall)),
        "range": text["range"].format(
            minimum=format_number(float(values.min())),
            maximum=format_number(float(values.max())),
            limit=format_number(limit),
        ),
    }


def _show_channel(run: Run, layer: int, channel: int) -> dict[str, Any]:
    """Return one channel, large, with the places where it answers most strongly."""
    name = list(STAGES)[min(layer, len(STAGES)) - 1]
    channel = min(channel, STAGES[name])
    values, text = run.maps[name][..., channel - 1], read_text("layers")["network"]
    if name == "face":
        drawn = to_picture(values, display=ABSOLUTE, limit=1.0)
    else:
        drawn = to_picture(values, limit=vivid_limit(run.maps[name]) or 1.0)
    field = growth(LAYERS)[min(layer, len(STAGES)) - 1]
    places = strongest(values, _TOP, max(1, field.size[0] // (2 * field.jump[0])))
    return {
        "layer": list(STAGES).index(name) + 1,
        "channel": channel,
        "picture": _png(drawn.pictures[0], _LARGE),
        "told": text["channel_told"].format(
            width=values.shape[1],
            height=values.shape[0],
            minimum=format_number(drawn.minimum),
            maximum=format_number(drawn.maximum),
        ),
        "top": [[*place, float(values[place])] for place in places],
    }


def show_pyramid(photo: Photo) -> list[dict[str, Any]]:
    """Return what the network finds at every height of `PYRAMID` that the photo can have, as `_found`.

    Raises:
        ValueError: the photo is too narrow.
    """
    return _pyramid(Hashed(photo.pixels))


@once(maxsize=6)
def _pyramid(photo: Hashed) -> list[dict[str, Any]]:
    least, most = heights_of(photo.array.shape[:2])
    answers = []
    for height in sorted({min(max(height, least), most) for height in PYRAMID}):
        faces = face_map(reduce_to_height(photo.array, height) / np.float32(255))
        answers.append({"height": height, "found": _found(faces)})
    return answers


def sheet_of(values: np.ndarray, columns: int) -> np.ndarray:
    """Return channels [height, width, channels] side by side, with one pixel of 0 between them.

    >>> sheet_of(np.ones((2, 3, 5)), 4).shape
    (7, 17)
    """
    height, width, channels = values.shape
    rows = -(-channels // columns)
    sheet = np.zeros((rows * (height + 1) + 1, columns * (width + 1) + 1), np.float32)
    for number in range(channels):
        row, column = divmod(number, columns)
        top, left = row * (height + 1) + 1, column * (width + 1) + 1
        sheet[top : top + height, left : left + width] = values[..., number]
    return sheet


def columns_of(channels: int) -> int:
    """Return how many channels stand side by side in a sheet that is saved.

    >>> columns_of(10), columns_of(16), columns_of(32)
    (5, 8, 8)
    """
    return 8 if channels % 8 == 0 else 5


def _png(picture: Picture, longest: int) -> str:
    step = max(1, -(-max(picture.size) // longest))
    small = Picture(np.ascontiguousarray(picture.pixels[::step, ::step]), picture.palette)
    return data_address(encode_png(small), "image/png")

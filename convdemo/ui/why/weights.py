"""How many weights? Four layers as arithmetic, and three of them as areas: on a log scale they would look alike."""

import math
from typing import Any

from convdemo.images import Photo
from convdemo.numbers import format_number, grouped
from convdemo.ui.parts.widgets import fill, read_text
from convdemo.why_convolution import WeightCount, count_weights

_COLOURS = {
    "fully_connected": "#b91c1c", "locally_connected": "#b45309", "convolution": "#4f46e5",
}  # fmt: skip
_SIDE = 150  # pixels: the side of the squares
_LEAST = 2  # pixels: the side of the smallest dot
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def draw_weights(photo: Photo, *, count: str, side: int, channels: int, kernel: int) -> dict[str, str]:
    """Return the weights of four layers.

    Args:
        photo: the shared picture.
        count: what is counted for, one of `COUNTS`.
        side: that of another picture, which is square.
        channels: those of another picture.
        kernel: the side of the kernel.

    Raises:
        ValueError: the kernel does not fit into the picture.
    """
    text, size = read_text("why")["weights"], (side, side)
    if count == "photo":
        size, channels = photo.size, photo.pixels.shape[2]
    if kernel > min(size):
        raise ValueError(text["too_large"].format(kernel=kernel, height=size[0], width=size[1], most=min(size)))
    counts = count_weights(size, kernel, channels=channels)
    _, full, local, shared = (one.weights for one in counts)
    words = text["words"].format(
        height=size[0],
        width=size[1],
        channels=_tell_channels(channels, is_photo=count == "photo"),
        locality=_factor(full / local),
        sharing=_factor(local / shared),
    )
    return {
        "weights": fill(
            "why.weights",
            counts=[_row(one) for one in counts],
            label=text["areas"],
            side=_SIDE,
            squares=[
                _square(full, local, "fully_connected", "locally_connected"),
                _square(local, shared, "locally_connected", "convolution"),
            ],
            notes=[text["scale"].format(times=_factor(math.sqrt(full / local))), *_thin(full, local, shared)],
            words=words,
        )
    }


def _tell_channels(channels: int, *, is_photo: bool) -> str:
    text = read_text("why")["weights"]
    if is_photo and channels == 3:
        return text["colours"]
    return text["channel"] if channels == 1 else text["many_channels"].format(count=grouped(channels))


def _row(count: WeightCount) -> dict[str, Any]:
    """Return what the template says of one layer."""
    text = read_text("why")["weights"]
    factors = " × ".join(grouped(number) for number, _ in count.factors)
    return {
        "name": text[count.name],
        "note": text[f"{count.name}_note"],
        "arithmetic": f"{factors} = {grouped(count.weights)}",
        "memory": text["memory"].format(memory=format_bytes(count.memory)),
        "colour": _COLOURS.get(count.name),
    }


def _width(whole: int, part: int) -> float:
    """Return how wide the square of a part is in that of the whole, in pixels."""
    return _SIDE * math.sqrt(part / whole)


def _square(whole: int, part: int, layer: str, within: str) -> dict[str, Any]:
    """Return a square, and the one in its middle, as the template draws them."""
    width = max(_LEAST, _width(whole, part))
    return {
        "colour": _COLOURS[layer],
        "dot_colour": _COLOURS[within],
        "start": round((_SIDE - width) / 2, 2),
        "width": round(width, 2),
    }


def _thin(full: int, local: int, shared: int) -> list[str]:
    """Return a sentence for each dot that is drawn larger than it is."""
    text = read_text("why")["weights"]
    widths = {"first_dot": _width(full, local), "second_dot": _width(local, shared)}
    return [
        text["thin"].format(dot=text[name], width=format_number(width, 2), least=_LEAST)
        for name, width in widths.items()
        if width < _LEAST
    ]


def _factor(ratio: float) -> str:
    return grouped(round(ratio)) if ratio >= 100 else format_number(ratio)


def format_bytes(count: int) -> str:
    """Write a number of bytes with three digits.

    >>> format_bytes(36), format_bytes(12_000_000)
    ('36 B', '12 MB')
    """
    at = min(len(_UNITS) - 1, (len(str(count)) - 1) // 3)
    return f"{format_number(count / 1000**at)} {_UNITS[at]}"

"""How many weights? Four layers as arithmetic, and as bars on a log scale."""

import math
from typing import Any

from convdemo.images import Photo
from convdemo.numbers import format_number, grouped
from convdemo.ui.parts.widgets import fill, read_text
from convdemo.why_convolution import WeightCount, count_weights

_COLOURS = {
    "unit": "#94a3b8", "fully_connected": "#b91c1c", "locally_connected": "#b45309", "convolution": "#4f46e5",
}  # fmt: skip
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
    decades = 3 * math.ceil(math.log10(max(one.weights for one in counts)) / 3 + 1e-9)
    _, full, local, shared = (one.weights for one in counts)
    words = text["words"].format(
        height=size[0],
        width=size[1],
        channels=text["channel"] if channels == 1 else text["many_channels"].format(count=grouped(channels)),
        locality=_factor(full / local),
        sharing=_factor(local / shared),
    )
    return {
        "weights": fill(
            "why.weights",
            counts=[_bar(one, decades) for one in counts],
            ticks=[(_power(power), round(100 * power / decades, 2)) for power in range(0, decades + 1, 3)],
            axis=text["axis"],
            words=words,
        )
    }


def _bar(count: WeightCount, decades: int) -> dict[str, Any]:
    """Return what the template shows of one layer, on a log scale of so many decades."""
    text = read_text("why")["weights"]
    factors = " × ".join(grouped(number) for number, _ in count.factors)
    return {
        "name": text[count.name],
        "note": text[f"{count.name}_note"],
        "arithmetic": f"{factors} = {grouped(count.weights)}",
        "memory": text["memory"].format(memory=format_bytes(count.memory)),
        "share": round(max(0.4, 100 * math.log10(count.weights) / decades), 2),
        "colour": _COLOURS[count.name],
    }


def _factor(ratio: float) -> str:
    return grouped(round(ratio)) if ratio >= 100 else format_number(ratio)


def _power(power: int) -> str:
    return format_number(10.0**power) if power >= 6 else grouped(10**power)


def format_bytes(count: int) -> str:
    """Write a number of bytes with three digits.

    >>> format_bytes(36), format_bytes(12_000_000)
    ('36 B', '12 MB')
    """
    at = min(len(_UNITS) - 1, (len(str(count)) - 1) // 3)
    return f"{format_number(count / 1000**at)} {_UNITS[at]}"

"""What does the page show of a feature map? The picture, its legend, its caption, and the arithmetic of its size."""

import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from convdemo.edges import both_directions
from convdemo.kernels import Kernel, weight_sum
from convdemo.numbers import format_number, grouped
from convdemo.rendering import ABSOLUTE, MARKED, SIGNED, Picture, Rendered, encode_png, to_picture, vivid_limit
from convdemo.ui.layer.settings import Settings, browser_layer, display_of, make_feature_map, sliding_weights
from convdemo.ui.layer.state import ALL, AUTO
from convdemo.ui.parts.files import save_file, served
from convdemo.ui.parts.static import publish_picture, published_picture
from convdemo.ui.parts.widgets import (
    read_text,
)
from convdemo.ui.picture.opening import MOST_WHOLE, OpenPicture

LARGE = 300_000
"""Bytes. The feature map of a photo has more, those of the examples have less."""


def figure_value(picture: OpenPicture, kernel: Kernel, settings: Settings, *, publish: bool = False) -> dict[str, Any]:
    """Return the feature map with its legend, caption and arithmetic as the figure widget's value.

    Args:
        picture: what the kernel slides over.
        kernel: its weights.
        settings: those of the layer, and of how its map is shown.
        publish: whether its pictures are the same for every visitor from now on.
    """
    text = read_text("feature_map")
    feature_map = make_feature_map(picture.photo, kernel, settings)
    rendered = render_map(feature_map, kernel, settings)
    height, width = feature_map.shape[:2]
    labels = text["colours"]["names"] if len(rendered.pictures) > 1 else [None]
    caption = text["caption"]["text"].format(
        name=picture.name,
        kernel=text["caption"]["kernels"][settings.directions].format(kernel=kernel.title),
        width=width,
        height=height,
        minimum=format_number(rendered.minimum),
        maximum=format_number(rendered.maximum),
    )
    return {
        "pictures": [
            {**_files(drawn, publish=publish), "size": [height, width], "label": label}
            for drawn, label in zip(rendered.pictures, labels, strict=True)
        ],
        "legend": _legend(rendered, kernel, settings),
        "name": picture.name,
        "settings": vars(settings) | {"relu": settings.activation == "relu"},
        "caption": caption,
        "reduced": _tell_reduced(picture),
        "layer": _layer(picture, kernel, settings, feature_map),
        "facts": _facts(picture.photo.size, (height, width), kernel, settings),
        "facts_title": text["facts"]["title"].format(width=width, height=height, count=kernel.weights.size + 1),
    }


def _tell_reduced(picture: OpenPicture) -> dict[str, str] | None:
    """Return what is said of a photo that was reduced, and the button for the map of the whole one; None of others."""
    if picture.original_size == picture.photo.size:
        return None
    (height, width), (whole_height, whole_width) = picture.photo.size, picture.original_size
    share = min(1, math.sqrt(MOST_WHOLE / (whole_height * whole_width)))
    sizes = {"width": width, "height": height, "whole_width": whole_width, "whole_height": whole_height}
    sizes |= {"most_width": int(share * whole_width), "most_height": int(share * whole_height)}
    words = read_text("feature_map")["whole"]
    return {name: words[name].format(**sizes) for name in ("told", "button")}


def _reason(words: Mapping[str, str], rendered: Rendered, total: float) -> str:
    """Return which way a map is drawn, because its kernel's weights have this sum."""
    text = format_number(total)
    if rendered.legend.display == SIGNED:
        return words["auto_signed"].format(sum=text)
    text = text if text == "1" else words["about"].format(sum=text)
    in_colour = rendered.pictures[0].pixels.ndim == 3
    return words["auto_colour" if in_colour else "auto_grey"].format(sum=text)


def _files(drawn: Picture, *, publish: bool) -> dict[str, Any]:
    """Return where the browser finds a picture, and a preview of it if it would take seconds on a slow line."""
    name, png = "feature-map.png", encode_png(drawn)
    known = publish_picture(png, name) if publish else published_picture(png)
    preview = served(save_file(_encode_preview(drawn), "preview.webp")) if len(png) > LARGE and not known else None
    return {"file": known or served(save_file(png, name)), "preview": preview}


def _encode_preview(drawn: Picture) -> bytes:
    """Return every second pixel of a picture, with some loss: a tenth of the bytes, in a few milliseconds."""
    pixels, file = drawn.pixels[::2, ::2], io.BytesIO()
    colours = pixels if drawn.palette is None else drawn.palette[pixels]
    Image.fromarray(colours).convert("RGB").save(file, "WEBP", quality=75, method=0)
    return file.getvalue()


def render_map(feature_map: np.ndarray, kernel: Kernel, settings: Settings) -> Rendered:
    """Return the feature map as pictures with their legend, in the way that the settings or its kernel ask for."""
    display = display_of(kernel, settings)
    vivid = settings.scale == "vivid" and display in (SIGNED, ABSOLUTE)
    return to_picture(feature_map, display=display, limit=vivid_limit(feature_map) if vivid else None)


def _legend(rendered: Rendered, kernel: Kernel, settings: Settings) -> dict[str, Any]:
    """Return the scale with its numbers, which way the map is drawn, and why; of a picture, how much lies outside."""
    words, legend = read_text("feature_map")["caption"], rendered.legend
    ticks = [[tick.text, tick.position] for tick in legend.ticks]
    if legend.display == MARKED:
        below, above = (grouped(count) for count in (rendered.below, rendered.above))
        ticks = [[words["below"].format(count=below), 0.0], [words["above"].format(count=above), 1.0]]
    if settings.directions == ALL:
        title = _tell_edges(words["edges"], kernel, settings)
    elif settings.display == AUTO:
        title = _reason(words, rendered, weight_sum(kernel.weights))
    else:
        only_positive = settings.display == SIGNED and rendered.minimum >= 0 and rendered.maximum > 0
        title = words["positive" if only_positive else settings.display]
    outside = {"outside": list(legend.outside)} if legend.outside else {}
    ends = [float(f"{end:.9g}") for end in (legend.low, legend.high)]
    scale = {"display": legend.display, "ends": ends, "colours": list(legend.colours), **outside}
    return {"title": title, "ticks": ticks, **scale}


def _tell_edges(words: Mapping[str, str], kernel: Kernel, settings: Settings) -> str:
    """Return what the strength of a change is, how it is drawn, and where it is not quite that."""
    first, second = both_directions(kernel.weights)
    total = weight_sum(kernel.weights)
    told = [words["meaning"], words.get(settings.display, "")]
    if abs(total) > 0.01 * np.abs(kernel.weights).sum():
        told.append(words["not_zero"].format(sum=format_number(total)))
    if np.array_equal(first, second):
        told.append(words["no_direction"])
    if settings.bias or settings.activation == "relu":
        told.append(words["unsigned"])
    return " ".join(filter(None, told))


def _layer(picture: OpenPicture, kernel: Kernel, settings: Settings, feature_map: np.ndarray) -> dict[str, Any]:
    """Return all that the browser needs to work out any value of the feature map by itself."""
    strongest = np.unravel_index(np.argmax(np.abs(feature_map)), feature_map.shape)
    return {
        "picture": served(picture.values),
        "packed": picture.values != picture.file,
        "isColour": picture.photo.pixels.shape[2] == 3,
        "colour": feature_map.ndim == 3,
        "strongest": [int(index) for index in strongest],
        **browser_layer(picture.photo.size, sliding_weights(kernel, settings), settings),
        **({"edges": True, "bias": 0.0, "relu": False} if settings.directions == ALL else {}),
    }


def _facts(size: tuple[int, int], output: tuple[int, int], kernel: Kernel, settings: Settings) -> list[dict[str, Any]]:
    """Return the size of the feature map and its number of weights, with the arithmetic spelled out."""
    words = read_text("feature_map")["facts"]
    shape = sliding_weights(kernel, settings).shape
    paddings = settings.padding_for(shape)
    sizes = [
        f"{words[axis]} {spell_out(size[at], shape[at], settings.stride, sum(paddings[at]), settings.dilation)}"
        for axis, at in (("width", 1), ("height", 0))
    ]
    inputs, outputs = size[0] * size[1], output[0] * output[1]
    weights = [
        words["weights_edges"].format(height=shape[0], width=shape[1], count=2 * shape[0] * shape[1])
        if settings.directions == ALL
        else words["weights_here"].format(height=shape[0], width=shape[1], count=shape[0] * shape[1] + 1),
        words["weights_full"].format(inputs=grouped(inputs), outputs=grouped(outputs), count=grouped(inputs * outputs)),
    ]
    return [{"term": words["size"], "lines": sizes}, {"term": words["weights"], "lines": weights}]


def spell_out(size: int, kernel: int, stride: int, padding: int, dilation: int) -> str:
    """Write out the arithmetic of the output size along one axis; padding is that of both sides together.

    >>> spell_out(600, 3, 1, 0, 1)
    '600 − 3 + 1 = 598'
    >>> spell_out(600, 3, 2, 2, 1)
    '⌊(600 + 2 − 3) / 2⌋ + 1 = 300'
    >>> spell_out(600, 3, 1, 0, 2)
    '600 − (2·(3 − 1) + 1) + 1 = 596'
    """
    span = dilation * (kernel - 1) + 1
    steps = (size + padding - span) // stride
    padded = f"{size} + {padding}" if padding else f"{size}"
    inside = f"{padded} − " + (f"({dilation}·({kernel} − 1) + 1)" if dilation > 1 else f"{kernel}")
    return f"{inside if stride == 1 else f'⌊({inside}) / {stride}⌋'} + 1 = {steps + 1}"

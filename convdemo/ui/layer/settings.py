"""What does the page compute?

The settings of the lab's one layer as plain values, and the feature map that they make of a photo.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from convdemo import sums
from convdemo.correlation import convolve, cross_correlate, output_size
from convdemo.edges import both_directions, edge_strength
from convdemo.images import Photo, to_grey
from convdemo.kernels import Kernel, makes_picture
from convdemo.rendering import ABSOLUTE, MARKED, SIGNED
from convdemo.ui.layer.fit import Limits, check_fit, find_limits, padding_sides
from convdemo.ui.layer.state import ALL, AUTO, OTHER, STATE, TICK

DEFAULTS = STATE.defaults


@dataclass(frozen=True)
class Settings:
    """The controls of the Feature map tab; the names and the values are those of the links."""

    stride: int = 1
    padding: str = "none"
    dilation: int = 1
    bias: float = 0.0
    activation: str = "none"
    flip: str = "no"
    channels: str = "grey"
    directions: str = "one"
    display: str = "auto"
    scale: str = "vivid"

    def padding_for(self, kernel_shape: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the padded pixels as ((top, bottom), (left, right))."""
        return padding_sides(kernel_shape, self.padding, self.dilation)

    def output_size(self, size: tuple[int, int], kernel_shape: tuple[int, int]) -> tuple[int, int]:
        """Return the (height, width) of the feature map; ValueError where nothing fits."""
        return output_size(size, kernel_shape, self.stride, self.padding_for(kernel_shape), self.dilation)


def read_settings(controls: Mapping[str, Any]) -> Settings:
    """Return what the controls of the layer say as settings; a control that is not given is at its default.

    Raises:
        ValueError: a number is missing or out of range, or a choice is none.
    """
    given = {**DEFAULTS, **controls}
    if "relu" in given:
        given["activation"] = "relu" if TICK.check(given["relu"]) else "none"
    return Settings(**STATE.check(given))


def sliding_weights(kernel: Kernel, settings: Settings) -> np.ndarray:
    """Return the weights that slide over the picture, float32 [height, width], before they are flipped.

    Where the map is that of all directions, they are the first of two kernels; the other is their transpose.
    """
    if settings.directions == ALL:
        return both_directions(kernel.weights)[0]
    return kernel.weights.T if settings.directions == OTHER else kernel.weights


def limits_of(size: tuple[int, int], kernel: Kernel, settings: Settings) -> Limits:
    """Return how far each control can go for a picture of `size` (height, width)."""
    limits = find_limits(size, sliding_weights(kernel, settings).shape, settings.padding, settings.dilation)
    if settings.directions == ALL:  # a square
        side = min(limits.rows, limits.columns)
        return replace(limits, rows=side, columns=side)
    return replace(limits, rows=limits.columns, columns=limits.rows) if settings.directions == OTHER else limits


def make_feature_map(photo: Photo, kernel: Kernel, settings: Settings) -> np.ndarray:
    """Return the feature map of a photo: signed float32, never clipped.

    The strength of the change in all directions is at least 0; bias and ReLU do not count for it.

    Returns:
        [height, width] for grey; [height, width, 3] where each colour of a colour photo is taken separately.

    Raises:
        ValueError: the settings leave no place for the kernel; the message has the arithmetic and a remedy.
    """
    weights = sliding_weights(kernel, settings)
    check_fit(photo.size, weights.shape, settings.padding, settings.dilation)
    slide = convolve if settings.flip == "yes" else cross_correlate
    make = partial(edge_strength, slide=slide) if settings.directions == ALL else partial(slide, bias=settings.bias)
    in_colour = settings.channels == "colour" and photo.pixels.shape[2] == 3
    planes = np.moveaxis(photo.pixels, 2, 0) if in_colour else to_grey(photo.pixels)[np.newaxis]
    maps = [
        np.asarray(
            make(
                plane,
                weights,
                stride=settings.stride,
                padding=settings.padding_for(weights.shape),
                padding_mode="zeros" if settings.padding == "none" else settings.padding,
                dilation=settings.dilation,
            )
        )
        for plane in planes
    ]
    if settings.activation == "relu":
        maps = [np.maximum(plane, 0) for plane in maps]
    return np.stack(maps, axis=-1) if in_colour else maps[0]


def display_of(kernel: Kernel, settings: Settings) -> str:
    """Return how a feature map is drawn, one of the displays of `rendering`.

    Where the settings leave it open, the kernel alone decides, so that no value, bias or ReLU changes it: one that sums
    to 1 makes a picture, every other a signed map. The strength of a change is drawn as such.
    """
    if settings.display != AUTO:
        return settings.display
    if settings.directions == ALL:
        return ABSOLUTE
    return MARKED if makes_picture(kernel.weights) else SIGNED


def browser_layer(size: tuple[int, int], weights: np.ndarray, settings: Settings) -> dict[str, Any]:
    """Return the layer as the browser works with it (parts/geometry.js), for an image of `size` (height, width)."""
    return {
        "size": list(size),
        "shape": list(weights.shape),
        "weights": weights.tolist(),
        "largest": float(np.abs(weights).max()),
        "stride": settings.stride,
        "padding": [list(sides) for sides in settings.padding_for(weights.shape)],
        "mode": "zeros" if settings.padding == "none" else settings.padding,
        "dilation": settings.dilation,
        "flip": settings.flip == "yes",
        "bias": float(np.float32(settings.bias)),
        "relu": settings.activation == "relu",
    }


def warm_up() -> None:
    """Compile the programs of all pictures and kernels, so that no visitor waits for one."""
    sums.warm_up()

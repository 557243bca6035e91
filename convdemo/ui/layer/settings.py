"""What does the page compute?

The settings of the lab's one layer as plain values, and the feature map that they make of a photo.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from convdemo.correlation import BLOCK, convolve, cross_correlate, output_size
from convdemo.images import WORKING_SIDE, Photo, to_grey
from convdemo.kernels import Kernel, makes_picture
from convdemo.rendering import MARKED, SIGNED
from convdemo.ui.layer.fit import check_fit, padding_sides
from convdemo.ui.layer.state import AUTO, STATE, TICK

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


def make_feature_map(photo: Photo, kernel: Kernel, settings: Settings) -> np.ndarray:
    """Return the feature map of a photo: signed float32, never clipped.

    Returns:
        [height, width] for grey; [height, width, 3] where each colour of a colour photo is taken separately.

    Raises:
        ValueError: the settings leave no place for the kernel; the message has the arithmetic and a remedy.
    """
    check_fit(photo.size, kernel.weights.shape, settings.padding, settings.dilation)
    slide = convolve if settings.flip == "yes" else cross_correlate
    in_colour = settings.channels == "colour" and photo.pixels.shape[2] == 3
    planes = np.moveaxis(photo.pixels, 2, 0) if in_colour else to_grey(photo.pixels)[np.newaxis]
    maps = [
        slide(
            plane,
            kernel.weights,
            bias=settings.bias,
            stride=settings.stride,
            padding=settings.padding_for(kernel.weights.shape),
            padding_mode="zeros" if settings.padding == "none" else settings.padding,
            dilation=settings.dilation,
        )
        for plane in planes
    ]
    feature_map = np.stack([np.asarray(plane) for plane in maps], axis=-1)
    if settings.activation == "relu":
        feature_map = np.maximum(feature_map, 0)
    return feature_map if in_colour else feature_map[:, :, 0]


def display_of(kernel: Kernel, settings: Settings) -> str:
    """Return how a feature map is drawn, one of the displays of `rendering`.

    Where the settings leave it open, the kernel alone decides, so that no value, bias or ReLU changes it: one that sums
    to 1 makes a picture, every other a signed map.
    """
    if settings.display != AUTO:
        return settings.display
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
    """Compile the programs of every picture up to the working size, so that no visitor waits for one."""
    for blocks in range(1, -(-(WORKING_SIDE**2) // BLOCK) + 1):
        cross_correlate(np.zeros((blocks * BLOCK // WORKING_SIDE - 1, WORKING_SIDE), np.float32), [[1.0]])

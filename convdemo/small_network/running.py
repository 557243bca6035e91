"""What does the network make of a photo, and how does one value come about?

A program is compiled for pictures of one size, in 0.6 s and more. So a photo is cut into tiles that overlap by what a
unit sees, each of `TILE` x `TILE` units, and one program serves every size with the same numbers: a photo of 512 x 512
takes as long as by a program of its own, and one of 60 x 60 some milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial

import jax
import numpy as np
from flax import nnx

from convdemo.numbers import grouped
from convdemo.receptive_field import output_sizes
from convdemo.small_network.network import FIELD, JUMP, LAYERS, STAGES, load_small_network
from convdemo.small_network.reducing import MOST_PIXELS

TILE = 64
"""Units of the last map a side that one run of the program makes."""

_SIDE = JUMP * TILE + FIELD - JUMP  # of a tile, in pixels
_STEPS = {"conv1": JUMP, "pool1": 1, "conv2": 1, "conv3": 1, "face": 1}  # values of a map for each unit of the last one


def run_network(image: np.ndarray) -> dict[str, np.ndarray]:
    """Return the maps of a photo.

    >>> {name: values.shape for name, values in run_network(np.zeros((60, 45, 3))).items()}["conv3"]
    (25, 18, 32)

    Args:
        image: [height, width, 1 or 3] or [height, width] in [0, 1], at least 12 pixels a side and at most
            `MOST_PIXELS` in all.

    Returns:
        float32 NumPy arrays [height, width, channels] by the names of `STAGES`: the convolutions after PReLU, the
        last one as the probability of a face.

    Raises:
        ValueError: it is no such photo.
    """
    pixels = check_photo(image)
    height, width = pixels.shape[:2]
    sizes = dict(zip(STAGES, output_sizes(LAYERS, (height, width)), strict=True))
    down, across = (-(-count // TILE) for count in sizes["face"])
    filled = np.zeros((JUMP * TILE * (down - 1) + _SIDE, JUMP * TILE * (across - 1) + _SIDE, 3), np.float32)
    filled[:height, :width] = pixels
    maps = {name: np.empty((*size, STAGES[name]), np.float32) for name, size in sizes.items()}
    made = {}
    for row, column in np.ndindex(down, across):  # all are asked for before the first one is waited for
        top, left = JUMP * TILE * row, JUMP * TILE * column
        tile = filled[top : top + _SIDE, left : left + _SIDE]
        made[row, column] = _program()(tile, np.int32(height - top), np.int32(width - left))
    for (row, column), parts in made.items():
        for name, values in parts.items():
            first, second = TILE * _STEPS[name] * row, TILE * _STEPS[name] * column
            place = maps[name][first : first + values.shape[0], second : second + values.shape[1]]
            place[...] = np.asarray(values)[: place.shape[0], : place.shape[1]]
    return maps


@cache
def _program():
    graph, weights = nnx.split(load_small_network())
    return partial(jax.jit(lambda weights, tile, *real: nnx.merge(graph, weights)(tile, real)), weights)


def check_photo(image: np.ndarray) -> np.ndarray:
    """Return a photo as float32 [height, width, 3]; grey is the same in all three colours.

    Raises:
        ValueError: it is none, or too small or too large.
    """
    pixels = np.asarray(image)
    pixels = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or pixels.dtype.kind not in "fiub":
        raise ValueError(
            f"image has shape {np.shape(image)} and {pixels.dtype} values, but it must be real numbers [height, width] "
            "or [height, width, 1 or 3]: take one photo, without its opacity"
        )
    height, width = pixels.shape[:2]
    if min(height, width) < FIELD:
        raise ValueError(
            f"the photo has {height} rows and {width} columns, but the network sees {FIELD} x {FIELD}: make it larger"
        )
    if height * width > MOST_PIXELS:
        raise ValueError(
            f"the photo has {height} x {width} pixels, and at most {grouped(MOST_PIXELS)} are taken: make it smaller"
        )
    pixels = pixels.astype(np.float32)
    if not (np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueError(
            f"image has values from {pixels.min()} to {pixels.max()}, but they must be in [0, 1]: divide them"
        )
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


@dataclass(frozen=True, eq=False)
class Step:
    """How one value of a convolution comes about.

    Attributes:
        window: what it sees in every channel before it, float32 [height, width, channels].
        kernel: the slices of its kernel for them, likewise.
        sums: for each channel the sum of the products, float32.
        bias: what is added.
        slope: what a negative sum is multiplied by; None after the last layer, which has no PReLU.
        value: the value.
    """

    window: np.ndarray
    kernel: np.ndarray
    sums: np.ndarray
    bias: float
    slope: float | None
    value: float


def take_apart(
    image: np.ndarray, maps: Mapping[str, np.ndarray], stage: str, channel: int, unit: tuple[int, int]
) -> Step:
    """Return how a value of a convolution comes about, with the maps that `run_network` made of a photo.

    For the stage "face" the channels are "no face" and "face", before they become a probability.

    Raises:
        ValueError: there is no such stage, channel or unit.
    """
    before = {"conv1": None, "conv2": "pool1", "conv3": "conv2", "face": "conv3"}
    if stage not in before:
        raise ValueError(f"stage is {stage!r:.40}, but the convolutions are {', '.join(before)}: use conv1")
    network = load_small_network()
    layer = getattr(network, stage)
    kernel, bias = np.asarray(layer.kernel[...]), np.asarray(layer.bias[...])
    channels, size = kernel.shape[3], maps[stage].shape[:2]
    if not (0 <= channel < channels and all(0 <= at < length for at, length in zip(unit, size, strict=True))):
        raise ValueError(
            f"channel {channel} at unit {unit} is not there: {stage} has {channels} channels of {size[0]} x {size[1]}"
        )
    source = (255 * check_photo(image) - 127.5) / 128 if stage == "conv1" else maps[before[stage]]
    side, (row, column) = kernel.shape[0], unit
    window, weights = source[row : row + side, column : column + side], kernel[..., channel]
    sums = (window * weights).sum(axis=(0, 1))
    total = float(sums.sum() + bias[channel])
    slope = None if stage == "face" else float(getattr(network, f"slope{stage[-1]}")[...][channel])
    return Step(
        window, weights, sums, float(bias[channel]), slope, total if slope is None or total > 0 else slope * total
    )

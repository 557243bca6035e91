"""How does the gradient of one unit reach the input?

As in automatic differentiation: forwards through the stack, then back, and each layer hands on the gradient of its
output as the gradient of its input. Only what the unit depends on is computed, a small window in each layer.

It is NumPy, and not `jax.grad`: a new stack has new shapes, and XLA would compile each of them for longer than the
gradient takes. The tests compare the two.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from convdemo.receptive_field.stacks import Layer, Pair, Parallel, check_field, clip, input_sizes

MODELS = ("uniform", "linear", "relu")
"""All weights equal; random weights; random weights, and a ReLU after each convolution."""

CHANNELS = 8
"""Channels of the input and of every layer with random weights; uniform weights need one."""


def channels_of(model: str) -> int:
    """How many channels the input and every layer have."""
    return 1 if model == "uniform" else CHANNELS


# --- Where to compute: only what the unit depends on ---------------------------------------------------------------


@dataclass(frozen=True)
class _Step:
    """One layer, on the window that matters: zeros to add (before, after) each axis, and the size of the result."""

    layer: Layer
    added: tuple[Pair, Pair]
    count: Pair


@dataclass(frozen=True)
class Plan:
    """How to run a stack on one window of its input.

    Attributes:
        windows: The rows and the columns of the input that matter; none of padding, if the size of the input is known.
        steps: A `_Step` for each layer, or a list of parallel plans.
        pixels: The largest window on the way, in pixels.
        work: How many numbers the kernels meet in all windows, cell by cell, in each channel.
    """

    windows: tuple[range, range]
    steps: list[Any]
    pixels: int
    work: int


def make_plan(layers: tuple, size: Pair | None, windows: tuple[range, range]) -> Plan:
    """The plan to compute these rows and columns of a stack's output, from the last layer down."""
    steps, pixels, work = [], _area(windows), 0
    for layer, size_before in _downwards(layers, size):
        if isinstance(layer, Parallel):
            step = [make_plan(path, size_before, windows) for path in layer.paths]
            windows = _hull([path.windows for path in step])
            pixels, work = max(pixels, *(path.pixels for path in step)), work + sum(path.work for path in step)
        else:
            looked_at = _looked_at(layer, size_before, windows)
            kept = tuple(map(clip, looked_at, size_before or (None, None)))
            before = [min(max(k.start - w.start, 0), len(w)) for k, w in zip(kept, looked_at, strict=True)]
            added = tuple((n, len(w) - n - len(k)) for n, k, w in zip(before, kept, looked_at, strict=True))
            step = _Step(layer, added, tuple(map(len, windows)))
            windows = kept
            pixels, work = max(pixels, _area(looked_at)), work + _area(looked_at) * math.prod(layer.kernel)
        steps.append(step)
    return Plan(windows, steps[::-1], pixels, work)


def reach(layers: tuple, size: Pair | None, windows: tuple[range, range]) -> tuple[range, range]:
    """The theoretical field of these units: as in the plan, but with the padding."""
    for layer, before in _downwards(layers, size):
        if isinstance(layer, Parallel):
            windows = _hull([reach(path, before, windows) for path in layer.paths])
        else:
            windows = _looked_at(layer, before, windows)
    return windows


def _downwards(layers: tuple, size: Pair | None) -> Iterator[tuple[Layer | Parallel, Pair | None]]:
    """The layers from the last to the first, each with the size of its input."""
    return zip(reversed(layers), reversed(input_sizes(layers, size)), strict=True)


def _looked_at(layer: Layer, size: Pair | None, windows: tuple[range, range]) -> tuple[range, range]:
    """The rows and columns, padding included, that a layer looks at to compute these of its output."""
    axes = zip(windows, layer.stride, layer.known_sides(size), layer.span, strict=True)
    looked_at = tuple(
        range(window.start * stride - before, (window.stop - 1) * stride - before + span) if window else window
        for window, stride, (before, _), span in axes
    )
    check_field(max(window.stop - window.start for window in looked_at), 1)
    return looked_at


def _hull(paths: list[tuple[range, range]]) -> tuple[range, range]:
    return tuple(range(min(w.start for w in axis), max(w.stop for w in axis)) for axis in zip(*paths, strict=True))


def _area(windows: tuple[range, range]) -> int:
    return math.prod(map(len, windows))


# --- Forwards and back ----------------------------------------------------------------------------------------------

_Image = np.ndarray | None  # [rows, columns, channels]; None where no gradient depends on the numbers
_Answer = tuple[_Image, Callable[[np.ndarray], np.ndarray]]  # an output, and what takes its gradient to the input's


def draw_gradient(plan: Plan, model: str, numbers: np.random.Generator) -> np.ndarray:
    """The gradient of channel 0 of the plan's only unit with respect to the input, for one draw of the weights.

    Drawn are the input, if there are ReLUs, and then the weights, layer after layer and path after path.

    Returns:
        float32 [rows, columns, channels], for the rows and columns of `plan.windows`.
    """
    channels = channels_of(model)
    shape = (*map(len, plan.windows), channels)
    image = numbers.standard_normal(shape, np.float32) if model == "relu" else None
    _, pull_back = _run(plan, image, model, numbers, plan.steps[-1] if plan.steps else None)
    of_the_unit = np.zeros((1, 1, channels), np.float32)
    of_the_unit[0, 0, 0] = 1
    return pull_back(of_the_unit)


def _run(plan: Plan, image: _Image, model: str, numbers: np.random.Generator, last: Any) -> _Answer:
    """Run a plan, with weights drawn layer after layer; `last` gets no ReLU."""
    pulls = []
    for step in plan.steps:
        if isinstance(step, list):
            windows = _hull([path.windows for path in step])
            image, pull_back = _run_parallel(step, windows, image, model, numbers, last)
        elif model == "relu" and step.layer.kind == "pooling":
            image, pull_back = _take_maximum(step, image)
        else:
            weights = _weights(step.layer, channels_of(model), model, numbers)
            image, pull_back = _correlate(step, weights, image)
            if model == "relu" and step.layer.kind == "convolution" and step is not last:
                pulls.append(pull_back)
                image, pull_back = _rectify(image)
        pulls.append(pull_back)

    def pull_all_back(gradient):
        for pull_back in reversed(pulls):
            gradient = pull_back(gradient)
        return gradient

    return image, pull_all_back


def _run_parallel(paths, windows, image, model, numbers, last) -> _Answer:
    """The mean of the paths, each on its own part of the image."""
    parts = [
        tuple(
            slice(own.start - whole.start, own.stop - whole.start)
            for own, whole in zip(path.windows, windows, strict=True)
        )
        for path in paths
    ]
    seen = [None if image is None else image[part] for part in parts]
    answers = [_run(path, own, model, numbers, last) for path, own in zip(paths, seen, strict=True)]
    shape = (*map(len, windows), channels_of(model))

    def pull_back(gradient):
        result = np.zeros(shape, np.float32)
        for part, (_, pull_path_back) in zip(parts, answers, strict=True):
            result[part] += pull_path_back(gradient / np.float32(len(paths)))
        return result

    output = None if image is None else sum(output for output, _ in answers) / np.float32(len(paths))
    return output, pull_back


def _weights(layer: Layer, channels: int, model: str, numbers: np.random.Generator) -> np.ndarray:
    """[kernel rows, kernel columns, channels in, channels out], so that numbers neither grow nor fade with depth."""
    cells = math.prod(layer.kernel)
    if model == "uniform" or layer.kind == "pooling":
        return np.broadcast_to(
            np.eye(channels, dtype=np.float32) / np.float32(cells), (*layer.kernel, channels, channels)
        )
    gain = 2 if model == "relu" else 1  # a ReLU keeps half of the energy (He et al. 2015)
    drawn = numbers.standard_normal((*layer.kernel, channels, channels), np.float32)
    return drawn * np.float32(math.sqrt(gain / (cells * channels)))


def _correlate(step: _Step, weights: np.ndarray, image: _Image) -> _Answer:
    """Cross-correlation: the weights of each cell times what the cell meets."""
    output = None
    if image is not None:
        padded = np.pad(image, (*step.added, (0, 0)))
        output = np.zeros((*step.count, image.shape[2]), np.float32)
        for cell, met in _cells(step):
            output += padded[met] @ weights[cell]
    axes = zip(step.count, step.layer.stride, step.layer.span, strict=True)
    shape = (*(count and (count - 1) * stride + span for count, stride, span in axes), weights.shape[2])

    def pull_back(gradient):
        result = np.zeros(shape, np.float32)
        for cell, met in _cells(step):
            result[met] += gradient @ weights[cell].T
        return result[_inside(step, shape)]

    return output, pull_back


def _take_maximum(step: _Step, image: np.ndarray) -> _Answer:
    """Max pooling: the gradient goes where the maximum came from. Padding never wins."""
    padded = np.pad(image, (*step.added, (0, 0)), constant_values=-np.inf)
    output = np.full((*step.count, image.shape[2]), -np.inf, np.float32)
    winner = np.full(output.shape, -1, np.int32)
    for number, (_, met) in enumerate(_cells(step)):
        winner[padded[met] > output] = number
        np.maximum(output, padded[met], out=output)
    output[winner < 0] = 0  # a window that holds nothing but padding
    shape = padded.shape

    def pull_back(gradient):
        result = np.zeros(shape, np.float32)
        for number, (_, met) in enumerate(_cells(step)):
            result[met] += gradient * (winner == number)
        return result[_inside(step, shape)]

    return output, pull_back


def _rectify(image: np.ndarray) -> _Answer:
    """ReLU: the gradient passes where the input was positive."""
    positive = image > 0
    return image * positive, lambda gradient: gradient * positive


def _cells(step: _Step) -> Iterator[tuple[Pair, tuple[slice, slice]]]:
    """Each cell of the kernel, and the part of the padded image that it meets while the window moves."""
    layer = step.layer
    for cell in np.ndindex(layer.kernel):
        starts = [place * dilation for place, dilation in zip(cell, layer.dilation, strict=True)]
        axes = zip(starts, step.count, layer.stride, strict=True)
        yield (
            cell,
            tuple(slice(start, start + max((count - 1) * stride + 1, 0), stride) for start, count, stride in axes),
        )


def _inside(step: _Step, padded: tuple) -> tuple[slice, slice]:
    return tuple(slice(before, length - after) for (before, after), length in zip(step.added, padded, strict=False))

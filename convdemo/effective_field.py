"""How much does each pixel that a unit can see count?

The influence of a pixel is how strongly the unit answers when the pixel changes: the gradient of the unit with respect
to the input. It falls off towards the border of the receptive field, because many paths lead from the middle of the
field to the unit and few from its corners: roughly a Gaussian, which in a deep stack fills only a small part of the
theoretical field ("Understanding the Effective Receptive Field in Deep Convolutional Neural Networks", Luo, Li, Urtasun
and Zemel, 2016).

With uniform weights the influence is known on paper (their section 2.2): each layer spreads it by a box as wide as its
kernel, so it is a repeated convolution of boxes, and the variances of the boxes add up (`uniform_spread`). With random
weights the gradient has mean zero, and its variance is that same repeated convolution (their section 2.3). The
influence here is the root mean square of the gradient over channels and draws, which is the gradient itself where the
weights are uniform. Its square root makes the random Gaussian wider than the uniform one, by the root of two.

`effective_receptive_fields` computes the gradient as automatic differentiation does, forwards through the stack and
back, and only for the units that the chosen one depends on. It does so in NumPy: a new stack has new shapes, and XLA
would compile each of them for longer than the whole measurement takes. The tests compare it with `jax.grad`.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from convdemo.stacks import (
    Layer,
    Pair,
    Parallel,
    Stack,
    StackError,
    check_size,
    check_stack,
    check_unit,
    clip,
    input_sizes,
    output_sizes,
)

MODELS = ("uniform", "linear", "relu")
"""All weights equal; random weights; random weights, and a ReLU after each convolution."""

CHANNELS = 8
"""Channels of the input and of every layer with random weights; uniform weights need one."""

MAX_PIXELS = 1024 * 1024
"""The largest window, of the input or of a layer between, that the influence is measured on."""

MAX_WORK = 500_000_000
"""The most numbers that the kernels meet in these windows, cell by cell: about a second for each draw."""

MAX_DRAWS = 1000

_HELD = 0.95


@dataclass(frozen=True, eq=False)
class EffectiveField:
    """The influence of the input pixels on one unit, and how wide it is.

    Attributes:
        influence: float32 [rows, columns], at least 0, summing to 1; all 0 if no pixel has any.
        rows, columns: The input pixels that it is for; only pixels of the input, if its size is known.
        spread: Its standard deviation in pixels, along the rows and along the columns.
        side: Pixels a side of the smallest square around the middle of the theoretical field that holds 95 % of the
            influence.
        share: The part of the theoretical field that lies in this square, from 0 to 1.
        draws: How many draws of the weights it is averaged over.
    """

    influence: np.ndarray
    rows: range
    columns: range
    spread: tuple[float, float]
    side: int
    share: float
    draws: int


def effective_receptive_field(
    layers: Stack,
    model: str = "uniform",
    *,
    unit: Pair | None = None,
    input_size: int | Pair | None = None,
    draws: int = 20,
    seed: int = 0,
) -> EffectiveField:
    """The influence of each input pixel on one unit of the last layer.

    >>> field = effective_receptive_field([Layer(3), Layer(3)])
    >>> (field.influence[2] * 27).round(3).tolist()  # a box times a box is a triangle: 1, 2, 3, 2, 1
    [1.0, 2.0, 3.0, 2.0, 1.0]
    >>> field.side, field.share
    (5, 1.0)

    Args:
        layers: As in `receptive_field`. For a unit of a layer further up, leave out what follows. The outputs of
            parallel paths are averaged.
        model: "uniform": every kernel averages its window, and so does pooling. "linear": random weights from a normal
            distribution, `CHANNELS` channels; pooling averages, since a maximum is not linear. "relu": the same with a
            ReLU after each convolution but the last, whose answer would else often be 0; pooling takes the maximum, and
            the input is normal noise.
        unit: Its (row, column). By default the one in the middle of the map; on an endless input, (0, 0).
        input_size: The (height, width) of the input, or one int for both: padding is then zeros, that nothing flows
            through. Without it the input is endless.
        draws: How often weights and input are drawn, from 1 to `MAX_DRAWS`; uniform weights are not drawn.
        seed: Where the draws come from, at least 0: the same seed gives the same field.

    Raises:
        StackError: An argument is not as described, a layer has nothing left to look at, the padding is undetermined
            ("SAME" with a stride, without `input_size`), or the stack is too large (`MAX_PIXELS`, `MAX_WORK`).
    """
    *_, field = effective_receptive_fields(layers, model, unit=unit, input_size=input_size, draws=draws, seed=seed)
    return field


def effective_receptive_fields(
    layers: Stack,
    model: str = "uniform",
    *,
    unit: Pair | None = None,
    input_size: int | Pair | None = None,
    draws: int = 20,
    seed: int = 0,
) -> Iterator[EffectiveField]:
    """The effective field after one draw, after two, and so on: to show how it settles, and to stop.

    Arguments and errors are those of `effective_receptive_field`; the errors come at once, not with the first draw.
    """
    _check(model, draws, seed)
    layers, size = check_stack(layers), check_size(input_size)
    top = (output_sizes(layers, size) or (size,))[-1] if size else None
    middle = tuple((length - 1) // 2 for length in top) if top else (0, 0)
    unit = check_unit(middle if unit is None else unit, top)

    channels = 1 if model == "uniform" else CHANNELS
    sought = tuple(range(place, place + 1) for place in unit)
    plan = _plan(layers, size, sought)
    if plan.pixels > MAX_PIXELS or channels * plan.work > MAX_WORK:
        raise StackError(
            f"the unit depends on a window of {plan.pixels:,} pixels, met {channels * plan.work:,} times, but the "
            f"influence is measured up to {MAX_PIXELS:,} pixels, met {MAX_WORK:,} times: choose a layer less deep, "
            f"a smaller picture{', or uniform weights' if channels > 1 else ''}"
        )
    return _measure(plan, model, channels, _reach(layers, size, sought), 1 if model == "uniform" else draws, seed)


def uniform_spread(layers: Stack, input_size: int | Pair | None = None) -> tuple[tuple[float, float], ...]:
    """The standard deviation of the influence after each layer, (rows, columns), with uniform weights: by arithmetic.

    A box of k cells, d j pixels apart, has the variance (k^2 - 1) / 12 (d j)^2, and the variances add up. It is the
    spread of `effective_receptive_field` on an endless input. Parallel paths count alike.

    >>> [round(rows, 3) for rows, columns in uniform_spread([Layer(3)] * 4)]
    [0.816, 1.155, 1.414, 1.633]

    Args:
        layers: As in `receptive_field`, where no size and no jump is too large.
        input_size: Only to determine "SAME" padding with a stride, where paths are parallel.

    Raises:
        StackError: The stack is not as described, or the padding is undetermined within a `Parallel`.
    """
    layers, size = check_stack(layers), check_size(input_size)
    axes = [[moments[1] for moments in _moments(layers, size, axis)] for axis in (0, 1)]
    return tuple((math.sqrt(rows), math.sqrt(columns)) for rows, columns in zip(*axes, strict=True))


# --- Where to compute: only what the unit depends on ---------------------------------------------------------------


@dataclass(frozen=True)
class _Step:
    """One layer, on the window that matters: zeros to add (before, after) each axis, and the size of the result."""

    layer: Layer
    added: tuple[Pair, Pair]
    count: Pair


@dataclass(frozen=True)
class _Plan:
    """How to run a stack on one window of its input. A step is a `_Step`, or a list of parallel plans."""

    windows: tuple[range, range]
    steps: list[Any]
    pixels: int
    work: int


def _plan(layers: tuple, size: Pair | None, windows: tuple[range, range]) -> _Plan:
    """The plan to compute these rows and columns of a stack's output, from the last layer down."""
    steps, pixels, work = [], _area(windows), 0
    for layer, before in _downwards(layers, size):
        if isinstance(layer, Parallel):
            step = [_plan(path, before, windows) for path in layer.paths]
            windows = _hull([path.windows for path in step])
            pixels, work = max(pixels, *(path.pixels for path in step)), work + sum(path.work for path in step)
        else:
            looked_at = _looked_at(layer, before, windows)
            kept = tuple(map(clip, looked_at, before or (None, None)))
            added = tuple((k.start - w.start, w.stop - k.stop) for k, w in zip(kept, looked_at, strict=True))
            step = _Step(layer, added, tuple(map(len, windows)))
            windows = kept
            pixels, work = max(pixels, _area(looked_at)), work + _area(looked_at) * math.prod(layer.kernel)
        steps.append(step)
    return _Plan(windows, steps[::-1], pixels, work)


def _reach(layers: tuple, size: Pair | None, windows: tuple[range, range]) -> tuple[range, range]:
    """The theoretical field of these units: as in the plan, but with the padding."""
    for layer, before in _downwards(layers, size):
        if isinstance(layer, Parallel):
            windows = _hull([_reach(path, before, windows) for path in layer.paths])
        else:
            windows = _looked_at(layer, before, windows)
    return windows


def _downwards(layers: tuple, size: Pair | None) -> Iterator[tuple[Layer | Parallel, Pair | None]]:
    """The layers from the last to the first, each with the size of its input."""
    return zip(reversed(layers), reversed(input_sizes(layers, size)), strict=True)


def _looked_at(layer: Layer, size: Pair | None, windows: tuple[range, range]) -> tuple[range, range]:
    """The rows and columns, padding included, that a layer looks at to compute these of its output."""
    axes = zip(windows, layer.stride, layer.known_sides(size), layer.span, strict=True)
    return tuple(
        range(window.start * stride - before, (window.stop - 1) * stride - before + span) if window else window
        for window, stride, (before, _), span in axes
    )


def _hull(paths: list[tuple[range, range]]) -> tuple[range, range]:
    return tuple(range(min(w.start for w in axis), max(w.stop for w in axis)) for axis in zip(*paths, strict=True))


def _area(windows: tuple[range, range]) -> int:
    return math.prod(map(len, windows))


# --- Forwards and back ----------------------------------------------------------------------------------------------

_Answer = tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]  # an output, and what takes its gradient to the input's


def _measure(plan: _Plan, model: str, channels: int, field: tuple, draws: int, seed: int) -> Iterator[EffectiveField]:
    shape = (*map(len, plan.windows), channels)
    squares = np.zeros(shape[:2])
    for draw in range(draws):
        numbers = np.random.default_rng((seed, draw))
        noise = numbers.standard_normal(shape, np.float32) if model == "relu" else np.zeros(shape, np.float32)
        _, pull_back = _run(plan, noise, model, numbers, plan.steps[-1] if plan.steps else None)
        of_the_unit = np.zeros((1, 1, channels), np.float32)
        of_the_unit[0, 0, 0] = 1
        squares += np.square(pull_back(of_the_unit), dtype=np.float64).mean(axis=2)
        yield _describe(np.sqrt(squares), plan.windows, field, draw + 1)


def _run(plan: _Plan, image: np.ndarray, model: str, numbers: np.random.Generator, last: Any) -> _Answer:
    """Run a plan on [rows, columns, channels], with weights drawn layer after layer; `last` gets no ReLU."""
    pulls = []
    for step in plan.steps:
        if isinstance(step, list):
            windows = _hull([path.windows for path in step])
            image, pull_back = _run_parallel(step, windows, image, model, numbers, last)
        elif model == "relu" and step.layer.kind == "pooling":
            image, pull_back = _take_maximum(step, image)
        else:
            weights = _weights(step.layer, image.shape[2], model, numbers)
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
    answers = [_run(path, image[part], model, numbers, last) for path, part in zip(paths, parts, strict=True)]
    shape = image.shape

    def pull_back(gradient):
        result = np.zeros(shape, np.float32)
        for part, (_, pull_path_back) in zip(parts, answers, strict=True):
            result[part] += pull_path_back(gradient / np.float32(len(paths)))
        return result

    return sum(output for output, _ in answers) / np.float32(len(paths)), pull_back


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


def _correlate(step: _Step, weights: np.ndarray, image: np.ndarray) -> _Answer:
    """Cross-correlation: the weights of each cell times what the cell meets."""
    padded = np.pad(image, (*step.added, (0, 0)))
    output = np.zeros((*step.count, image.shape[2]), np.float32)
    for cell, met in _cells(step):
        output += padded[met] @ weights[cell]
    shape = padded.shape

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


# --- How wide it is --------------------------------------------------------------------------------------------------


def _describe(influence: np.ndarray, windows: tuple, field: tuple[range, range], draws: int) -> EffectiveField:
    total = influence.sum()
    if not total:
        return EffectiveField(influence.astype(np.float32), *windows, (0.0, 0.0), 0, 0.0, draws)
    influence = influence / total
    spread = tuple(_deviation(influence.sum(axis=1 - axis), windows[axis]) for axis in (0, 1))

    # Twice the distance from the middle of the field, which may lie between two pixels: the larger of the two axes'.
    rows, columns = (
        np.abs(2 * np.arange(window.start, window.stop) - (seen[0] + seen[-1]))
        for window, seen in zip(windows, field, strict=True)
    )
    held = np.cumsum(np.bincount(np.maximum(rows[:, None], columns).ravel(), weights=influence.ravel()))
    side = int(np.searchsorted(held, _HELD - 1e-9)) + 1
    share = math.prod(min(side, len(seen)) / len(seen) for seen in field)
    return EffectiveField(influence.astype(np.float32), *windows, spread, side, share, draws)


def _deviation(weights: np.ndarray, window: range) -> float:
    places = np.arange(window.start, window.stop)
    mean = weights @ places
    return float(np.sqrt(weights @ np.square(places - mean)))


def _moments(layers: tuple, size: Pair | None, axis: int) -> list[tuple[float, float, int]]:
    """Mean and variance of unit 0's influence along an axis, and the jump, after each layer: in input pixels."""
    mean, variance, jump, found = 0.0, 0.0, 1, []
    for layer, before in zip(layers, input_sizes(layers, size), strict=True):
        if isinstance(layer, Parallel):
            paths = [(_moments(path, before, axis) or [(0.0, 0.0, 1)])[-1] for path in layer.paths]
            means, variances, strides = zip(*paths, strict=True)
            further, width, stride = np.mean(means), np.mean(variances) + np.var(means), strides[0]
            if math.isnan(width):
                raise StackError("the padding of parallel paths is undetermined: give input_size")
        else:
            side, cells, step = layer.sides(before)[axis], layer.kernel[axis], layer.dilation[axis]
            further = (cells - 1) / 2 * step - (side[0] if side else math.nan)
            width, stride = (cells**2 - 1) / 12 * step**2, layer.stride[axis]
        mean, variance, jump = mean + further * jump, variance + width * jump**2, jump * stride
        found.append((mean, variance, jump))
    return found


def _check(model: str, draws: int, seed: int) -> None:
    if model not in MODELS:
        raise StackError(f"model is {model!r:.40}, but the models are {', '.join(MODELS)}: use uniform")
    for name, value, low, high in (("draws", draws, 1, MAX_DRAWS), ("seed", seed, 0, 2**32 - 1)):
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise StackError(f"{name} is {value!r:.40}, but it must be a whole number from {low} to {high}: use {low}")

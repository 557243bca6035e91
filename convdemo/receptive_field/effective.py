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

How the gradient is computed stands in `gradient`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from convdemo.chart import Line, draw_lines
from convdemo.numbers import grouped
from convdemo.receptive_field.gradient import CHANNELS, MODELS, Plan, channels_of, draw_gradient, make_plan, reach
from convdemo.receptive_field.stacks import (
    Pair,
    Parallel,
    Stack,
    StackError,
    check_field,
    check_size,
    check_stack,
    check_unit,
    input_sizes,
    output_sizes,
)
from convdemo.showing import fill

__all__ = [
    "CHANNELS",
    "MAX_DRAWS",
    "MAX_PIXELS",
    "MAX_WORK",
    "MODELS",
    "EffectiveField",
    "Measurement",
    "effective_receptive_field",
    "effective_receptive_fields",
    "plan_measurement",
    "uniform_spread",
]


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

    def _repr_html_(self) -> str:
        """How much the rows and the columns count, each summed up."""
        colours = {"rows": "#4f46e5", "columns": "#64748b"}
        lines = [
            Line("", list(zip(pixels, self.influence.sum(axis=axis).tolist(), strict=True)), colours[name])
            for name, pixels, axis in (("rows", self.rows, 1), ("columns", self.columns, 0))
        ]
        ends = min(self.rows[0], self.columns[0]), max(self.rows[-1], self.columns[-1])
        chart = draw_lines(lines, x_title="pixel", y_title="influence", x_range=ends, log=False)
        facts = [
            f"95 % of it lies in {self.side} x {self.side} pixels: {100 * self.share:.3g} % of the receptive field."
        ]
        return fill(
            "plot", chart=chart, legend=[(name, colour, False) for name, colour in colours.items()], facts=facts
        )


@dataclass(frozen=True, eq=False)
class Measurement:
    """A measurement that can begin: to iterate over it gives the field after one draw, after two, and so on.

    Attributes:
        plan: How to run the stack on what the unit depends on.
        field: The rows and the columns of the unit's theoretical field, padding included.
        model, draws, seed: As in `effective_receptive_field`; one draw if the weights are uniform.
    """

    plan: Plan
    field: tuple[range, range]
    model: str
    draws: int
    seed: int

    @property
    def work(self) -> int:
        """How many numbers the kernels meet in one draw, cell by cell."""
        return channels_of(self.model) * self.plan.work

    def __iter__(self) -> Iterator[EffectiveField]:
        """Measure, draw by draw."""
        squares = np.zeros(tuple(map(len, self.plan.windows)))
        for draw in range(self.draws):
            gradient = draw_gradient(self.plan, self.model, np.random.default_rng((self.seed, draw)))
            squares += np.square(gradient, dtype=np.float64).mean(axis=2)
            yield _describe(np.sqrt(squares), self.plan.windows, self.field, draw + 1)


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

    >>> from convdemo.receptive_field.stacks import Layer
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
    return iter(plan_measurement(layers, model, unit=unit, input_size=input_size, draws=draws, seed=seed))


def plan_measurement(
    layers: Stack,
    model: str = "uniform",
    *,
    unit: Pair | None = None,
    input_size: int | Pair | None = None,
    draws: int = 20,
    seed: int = 0,
) -> Measurement:
    """Find out what a measurement takes, without measuring.

    Arguments and errors are those of `effective_receptive_field`.
    """
    _check(model, draws, seed)
    layers, size = check_stack(layers), check_size(input_size)
    top = (output_sizes(layers, size) or (size,))[-1] if size else None
    middle = tuple((length - 1) // 2 for length in top) if top else (0, 0)
    unit = check_unit(middle if unit is None else unit, top)

    sought = tuple(range(place, place + 1) for place in unit)
    plan, channels = make_plan(layers, size, sought), channels_of(model)
    if plan.pixels > MAX_PIXELS or channels * plan.work > MAX_WORK:
        remedies = "choose a layer less deep, a smaller picture" + (", or uniform weights" if channels > 1 else "")
        raise StackError(
            f"the influence goes through {grouped(plan.pixels)} pixels at once and {grouped(channels * plan.work)} in "
            f"all, but it is measured up to {grouped(MAX_PIXELS)} and {grouped(MAX_WORK)}: {remedies}"
        )
    return Measurement(plan, reach(layers, size, sought), model, 1 if model == "uniform" else draws, seed)


def uniform_spread(layers: Stack, input_size: int | Pair | None = None) -> tuple[tuple[float, float], ...]:
    """The standard deviation of the influence after each layer, (rows, columns), with uniform weights: by arithmetic.

    A box of k cells, d j pixels apart, has the variance (k^2 - 1) / 12 (d j)^2, and the variances add up. It is the
    spread of `effective_receptive_field` on an endless input. Parallel paths count alike.

    >>> from convdemo.receptive_field.stacks import Layer
    >>> [round(rows, 3) for rows, columns in uniform_spread([Layer(3)] * 4)]
    [0.816, 1.155, 1.414, 1.633]

    Args:
        layers: As in `receptive_field`.
        input_size: Only to determine "SAME" padding with a stride, where paths are parallel.

    Raises:
        StackError: The stack is not as described, a jump too large, or the padding undetermined within a `Parallel`.
    """
    layers, size = check_stack(layers), check_size(input_size)
    axes = [[moments[1] for moments in _moments(layers, size, axis)] for axis in (0, 1)]
    return tuple((math.sqrt(rows), math.sqrt(columns)) for rows, columns in zip(*axes, strict=True))


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
        check_field(1, jump * stride)
        mean, variance, jump = mean + further * jump, variance + width * jump**2, jump * stride
        found.append((mean, variance, jump))
    return found


def _check(model: str, draws: int, seed: int) -> None:
    if model not in MODELS:
        models = ", ".join(MODELS)
        raise StackError(f"model is {model!r:.40}, but the models are {models}: use uniform")
    for name, value, low, high in (("draws", draws, 1, MAX_DRAWS), ("seed", seed, 0, 2**32 - 1)):
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise StackError(f"{name} is {value!r:.40}, but it must be a whole number from {low} to {high}: use {low}")

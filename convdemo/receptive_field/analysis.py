"""What is there to know about one stack on inputs of one size?

What every layer sees, how wide the influence spreads after it, which pixels a unit uses, and how many weights there
are. An `AnalysedStack` works each of it out once, and only if somebody asks.
"""

from dataclasses import dataclass, field
from functools import cached_property

from convdemo.chart import Line, draw_lines
from convdemo.receptive_field.effective import Measurement, plan_measurement, uniform_spread
from convdemo.receptive_field.field import ReceptiveField, growth, used_by
from convdemo.receptive_field.stacks import Layer, Pair, Parallel, by, check_size, check_stack
from convdemo.showing import fill

_SIGMAS = 4  # the width that holds about 95 % of a Gaussian


@dataclass(frozen=True)
class AnalysedStack:
    """A stack, and what follows from it. All pairs are (row, column); lengths are in input pixels.

    >>> stack = AnalysedStack([Layer(3, padding=1)] * 3, (400, 600))
    >>> [field.size for field in stack.fields], stack.weights
    ([(3, 3), (5, 5), (7, 7)], 27)
    >>> [round(width, 2) for width in stack.effective_widths]  # 4 sqrt(n 8 / 12), but 3 is all that one layer sees
    [3, 4.62, 5.66]

    Attributes:
        layers: At most `MAX_LAYERS`, from the input on; kept as a tuple.
        input_size: The (height, width) of the input, or one int for both; None if the input is endless.
        fields: What the units of each layer see: as many as there are layers.

    Raises:
        StackError: As `receptive_field`: a stack that has been analysed fits on its input.
    """

    layers: tuple[Layer | Parallel, ...]
    input_size: Pair | None = None
    fields: tuple[ReceptiveField, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find what every layer sees, which says whether the stack fits."""
        object.__setattr__(self, "layers", check_stack(self.layers))
        object.__setattr__(self, "input_size", check_size(self.input_size))
        object.__setattr__(self, "fields", growth(self.layers, self.input_size))

    @cached_property
    def spreads(self) -> tuple[Pair, ...]:
        """The standard deviation of the influence after each layer, floats, with all weights equal."""
        return uniform_spread(self.layers, self.input_size)

    @cached_property
    def effective_widths(self) -> tuple[float, ...]:
        """The width after each layer that about 95 % of the influence comes from, along the axis where it is larger.

        With all weights equal: 4 standard deviations, and at most the field.
        """
        return tuple(
            min(_SIGMAS * max(spread), max(field.size)) for spread, field in zip(self.spreads, self.fields, strict=True)
        )

    def _repr_html_(self) -> str:
        """How the field grows from layer to layer, and the numbers of each layer."""
        widths = [max(field.size) for field in self.fields]
        curves = [("receptive field", widths, False), ("95 % of the influence", self.effective_widths, True)]
        lines = [
            Line(
                "", [(0, 1.0), *((layer, float(width)) for layer, width in enumerate(curve, start=1))], is_dashed=dashed
            )
            for _, curve, dashed in curves
        ]
        chart = draw_lines(lines, x_title="layer", y_title="pixels", x_range=(0, len(self.layers)), log=False)
        legend = [(name, line.colour, dashed) for (name, _, dashed), line in zip(curves, lines, strict=True)]
        rows = [
            [number, layer.name, *map(by, (field.size, field.jump)), by(field.output_size) if field.output_size else ""]
            for number, (layer, field) in enumerate(zip(self.layers, self.fields, strict=True), start=1)
        ]
        table = fill("table", heads=["layer", "name", "field", "jump", "output"], rows=rows)
        return fill("plot", chart=chart, legend=legend, facts=[]) + table

    @property
    def weights(self) -> int:
        """How many weights it has for each pair of an input and an output channel."""
        return sum(layer.weights for layer in self.layers)

    def used_pixels(self, depth: int, unit: Pair) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The rows and the columns of the input that a unit depends on, as `convdemo.receptive_field.used_pixels`.

        Args:
            depth: The number of its layer, from 1.
            unit: Its place on that layer's map.

        Raises:
            StackError: The unit is not on the map, or the padding is undetermined.
        """
        return used_by(self.fields[depth - 1], self.layers[:depth], unit)

    def plan_measurement(self, depth: int, unit: Pair, model: str, draws: int = 20, seed: int = 0) -> Measurement:
        """Plan to measure the influence of the pixels on a unit of a layer, as `effective_receptive_field` does.

        Raises:
            StackError: As `effective_receptive_field`.
        """
        layers = self.layers[:depth]
        return plan_measurement(layers, model, unit=unit, input_size=self.input_size, draws=draws, seed=seed)

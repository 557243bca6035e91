"""Which part of the input does a unit of a deep layer see?

Its receptive field. A layer looks at a window of the layer before it, which looks at a window of the layer before
that, and so on. Along an axis three numbers say it all: the size r of the field, the jump j from the field of one unit
to that of the next, and the padding P that the first field reaches over the border. They start at r = 1, j = 1,
P = 0, and a layer with kernel k, stride s, padding p and dilation d makes of them

    r + (k - 1) d j,    j s,    P + p j

so that unit u sees the input pixels from u j - P to u j - P + r - 1 ("Computing Receptive Fields of Convolutional
Neural Networks", Araujo, Norris and Sim, Distill 2019). Rows and columns are counted separately.

A stack is thus itself like one large layer: kernel r, stride j, padding P. `ReceptiveField.then` is the recurrence for
two such, and paths in parallel see the union of what each one sees.

This is what a unit can see. `effective` measures how much each pixel of it counts, and `probe` finds the field of any
function without arithmetic.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from convdemo.receptive_field.stacks import (
    UNDETERMINED,
    Layer,
    Pair,
    Parallel,
    Stack,
    StackError,
    by,
    check_field,
    check_size,
    check_stack,
    check_unit,
    clip,
    input_sizes,
)
from convdemo.showing import fill


@dataclass(frozen=True)
class Sight:
    """What one unit sees of the input.

    Attributes:
        rows, columns: The pixels of its receptive field; below 0 and past the border they are padding.
        real_rows, real_columns: Those of them that are on the input, possibly none.
        padding_share: The part of the field that is padding, from 0 to 1.
    """

    rows: range
    columns: range
    real_rows: range
    real_columns: range
    padding_share: float


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive fields of all units of a layer, as a rule. All pairs are (row, column).

    Attributes:
        size: Input pixels from the first to the last that a unit sees; dilation may leave holes between them.
        jump: Input pixels from the field of a unit to that of its neighbour: the effective stride.
        padding: Pixels of padding before the first one that unit 0 sees. None along an axis where it is
            undetermined: "SAME" padding with a stride depends on the size of the input, which is not known.
        aligned: Whether the fields of parallel paths have the same centre. Where they do not, `size` covers them all.
            None if that is undetermined. A stack without branches is aligned.
        input_size, output_size: The (height, width) of the input and of the layer's map, None if unknown.
    """

    size: Pair = (1, 1)
    jump: Pair = (1, 1)
    padding: tuple[int | None, int | None] = (0, 0)
    aligned: bool | None = True
    input_size: Pair | None = None
    output_size: Pair | None = None

    def then(self, other: "ReceptiveField") -> "ReceptiveField":
        """The receptive field of two stacks one after the other: the recurrence, with `other` as the layer."""
        axes = zip(self.size, other.size, self.jump, strict=True)
        paddings = zip(self.padding, other.padding, self.jump, strict=True)
        return ReceptiveField(
            size=tuple(size + (further - 1) * jump for size, further, jump in axes),
            jump=tuple(jump * further for jump, further in zip(self.jump, other.jump, strict=True)),
            padding=tuple(None if None in (p, further) else p + further * jump for p, further, jump in paddings),
            aligned=_all_known((self.aligned, other.aligned)),
            input_size=self.input_size,
            output_size=other.output_size,
        )

    def window(self, unit: Pair = (0, 0)) -> tuple[range, range]:
        """The rows and the columns of the input that a unit sees, padding included.

        >>> receptive_field([Layer(7, stride=2, padding=3), Layer(3, stride=2, padding=1)]).window((3, 7))
        (range(7, 18), range(23, 34))

        Args:
            unit: Its (row, column) on the layer's map.

        Raises:
            StackError: The unit is not on the map, or the padding is undetermined.
        """
        unit = check_unit(unit, self.output_size)
        starts = [place * jump - p for place, jump, p in zip(unit, self.jump, self._known_padding(), strict=True)]
        return tuple(range(start, start + size) for start, size in zip(starts, self.size, strict=True))

    def centre(self, unit: Pair = (0, 0)) -> tuple[float, float]:
        """The middle of what a unit sees, in input pixels: (row, column). Half a pixel where the size is even."""
        return tuple((window[0] + window[-1]) / 2 for window in self.window(unit))

    def sight(self, unit: Pair = (0, 0)) -> Sight:
        """What a unit sees, told apart into pixels of the input and padding.

        Raises:
            StackError: The unit is not on the map, the padding is undetermined, or the size of the input unknown.
        """
        if self.input_size is None:
            raise StackError("input_size is unknown, so nobody can tell what is padding: give the size of the input")
        windows = self.window(unit)
        real = [clip(window, length) for window, length in zip(windows, self.input_size, strict=True)]
        share = 1 - math.prod(map(len, real)) / math.prod(self.size)
        return Sight(*windows, *real, padding_share=share)

    def units_seeing(self, pixel: Pair) -> tuple[range, range]:
        """The rows and the columns of the units whose field covers an input pixel; empty if there are none.

        Where the size of the map is unknown, units past its end may be among them.

        >>> receptive_field([Layer(3, stride=2)]).units_seeing((4, 5))
        (range(1, 3), range(2, 3))

        Raises:
            StackError: The pixel is not on the input, or the padding is undetermined.
        """
        places = zip(check_unit(pixel, self.input_size), self._known_padding(), self.size, self.jump, strict=True)
        lengths = self.output_size or (None, None)
        units = [
            range(max(-(-(place + p - size + 1) // jump), 0), (place + p) // jump + 1)
            for place, p, size, jump in places
        ]
        return tuple(clip(unit, length) for unit, length in zip(units, lengths, strict=True))

    def _repr_html_(self) -> str:
        """What the unit in the middle sees of the input, to scale."""
        told = f"Receptive field {by(self.size)}, one unit every {by(self.jump)} pixels"
        if self.input_size is None or self.output_size is None or None in self.padding:
            size, rows, columns = self.size, range(self.size[0]), range(self.size[1])
        else:
            size = self.input_size
            rows, columns = self.window(tuple((length - 1) // 2 for length in self.output_size))
            told += f", on an input of {by(size)}"
        spans = {"rows": (rows[0], len(rows)), "columns": (columns[0], len(columns))}
        return fill("field", height=size[0], width=size[1], **spans, caption=f"{told}.")

    def _known_padding(self) -> Pair:
        if None in self.padding:
            raise StackError(UNDETERMINED)
        return self.padding


def receptive_field(layers: Stack, input_size: int | Pair | None = None) -> ReceptiveField:
    """The receptive field of the units of the last layer. A stack without layers sees one pixel.

    >>> field = receptive_field([Layer(3), Layer(3), Layer(3)])
    >>> field.size, field.jump, field.padding
    ((7, 7), (1, 1), (0, 0))
    >>> receptive_field([Layer(3, stride=2, padding="SAME")]).padding
    (None, None)
    >>> receptive_field([Layer(3, stride=2, padding="SAME")], input_size=224).padding
    (0, 0)

    Args:
        layers: `Layer` and `Parallel` objects, from the input on.
        input_size: The (height, width) of the input, or one int for both. It determines "SAME" padding and the
            sizes of the maps; without it the input is endless.

    Raises:
        StackError: The stack is not as described, a layer has nothing left to look at, the field is larger than
            `MAX_FIELD`, or the paths of a `Parallel` cannot be joined. It names the layer.
    """
    return (_input(input_size), *growth(layers, input_size))[-1]


def growth(layers: Stack, input_size: int | Pair | None = None) -> tuple[ReceptiveField, ...]:
    """The receptive field after each layer. Arguments and errors are those of `receptive_field`.

    >>> [field.size[0] for field in growth([Layer(3, dilation=2**depth) for depth in range(5)])]
    [3, 7, 15, 31, 63]
    """
    fields = [_input(input_size)]
    for number, layer in enumerate(check_stack(layers), start=1):
        try:
            field = fields[-1].then(_field_of(layer, fields[-1].output_size))
            check_field(max(field.size), max(field.jump))
        except StackError as error:
            raise error.at(number) from None
        fields.append(field)
    return tuple(fields[1:])


def used_pixels(
    layers: Stack, unit: Pair = (0, 0), input_size: int | Pair | None = None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The rows and the columns of the input that a unit depends on: the set, which may have holes.

    In a stack without branches, the unit depends on every pixel in one of these rows and one of these columns.

    >>> rows, columns = used_pixels([Layer(3, dilation=2), Layer(3, dilation=2)])
    >>> rows
    (0, 2, 4, 6, 8)

    Args:
        layers: As in `receptive_field`.
        unit: A (row, column) of the last layer's map.
        input_size: With it, padding is left out, of the input as well as of all layers between; without it the input
            is endless, and what would be padding is counted as pixels.

    Raises:
        StackError: As `receptive_field`, and if the unit is not on the map or the padding is undetermined.
    """
    layers = check_stack(layers)
    return used_by(receptive_field(layers, input_size), layers, unit)


def used_by(field: ReceptiveField, layers: tuple, unit: Pair) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """As `used_pixels`, of layers whose receptive field is known already."""
    unit = check_unit(unit, field.output_size)
    used = _used_inputs(layers, field.input_size, tuple(np.array([place]) for place in unit))
    return tuple(tuple(places.tolist()) for places in used)


def _input(input_size: int | Pair | None) -> ReceptiveField:
    """What a pixel of the input sees: itself."""
    size = check_size(input_size)
    return ReceptiveField(input_size=size, output_size=size)


def _field_of(layer: Layer | Parallel, size: Pair | None) -> ReceptiveField:
    """What a unit of one layer sees of the map before it, which has this size."""
    output_size = layer.output_size(size) if size else None
    if isinstance(layer, Parallel):
        return _union(layer.each_path(lambda path: receptive_field(path, size)), output_size)
    padding = tuple(side and side[0] for side in layer.sides(size))
    return ReceptiveField(layer.span, layer.stride, padding, input_size=size, output_size=output_size)


def _union(paths: list[ReceptiveField], output_size: Pair | None) -> ReceptiveField:
    """What a unit sees through any of several paths."""
    for one, other in pairwise(paths):
        if one.jump != other.jump:
            raise StackError(
                f"its paths move on by {by(one.jump)} and {by(other.jump)} input units a step, which cannot be joined: "
                "make the strides of all paths equal"
            )
    sizes, paddings, aligned = [], [], [path.aligned for path in paths]
    for axis in (0, 1):
        fields = [(path.padding[axis], path.size[axis]) for path in paths]
        if any(padding is None for padding, _ in fields):
            sizes.append(max(size for _, size in fields))
            paddings.append(None)
            aligned.append(None)
        else:
            paddings.append(max(padding for padding, _ in fields))
            sizes.append(paddings[-1] + max(size - padding for padding, size in fields))
            aligned.append(len({size - 2 * padding for padding, size in fields}) == 1)  # twice the centre, plus 1
    return replace(
        paths[0], size=tuple(sizes), padding=tuple(paddings), aligned=_all_known(aligned), output_size=output_size
    )


def _used_inputs(layers: tuple, size: Pair | None, used: tuple) -> tuple[np.ndarray, np.ndarray]:
    """The rows and the columns of a stack's input that the used ones of its output depend on."""
    for layer, before in zip(reversed(layers), reversed(input_sizes(layers, size)), strict=True):
        if isinstance(layer, Parallel):
            paths = [_used_inputs(path, before, used) for path in layer.paths]
            used = tuple(map(_sorted_union, zip(*paths, strict=True)))
        else:
            paddings = [side[0] for side in layer.known_sides(before)]
            axes = zip(used, layer.kernel, layer.stride, paddings, layer.dilation, before or (None, None), strict=True)
            used = tuple(_used_along(*axis) for axis in axes)
    return used


def _used_along(units: np.ndarray, kernel: int, stride: int, padding: int, dilation: int, length: int | None):
    used = _sorted_union([units * stride - padding + cell * dilation for cell in range(kernel)])
    return used if length is None else used[(used >= 0) & (used < length)]


def _sorted_union(places: Sequence[np.ndarray]) -> np.ndarray:
    together = np.concatenate(places)
    first, last = (together.min(), together.max()) if together.size else (0, 0)
    found = np.zeros(last - first + 1, bool)  # np.unique is ten times slower
    found[together - first] = True
    return np.flatnonzero(found) + first


def _all_known(answers) -> bool | None:
    """Whether all hold; None if that depends on an unknown one."""
    if False in answers:
        return False
    return None if None in answers else True

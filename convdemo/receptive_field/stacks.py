"""How is a network written down, and how large is the map after each layer?

A stack is a sequence of layers, from the input on. What a layer looks at is given by four numbers an axis, its
kernel, stride, padding and dilation: which weights it has, and whether it convolves or pools, changes nothing about
where it looks. Networks that branch (residual connections, inception modules) hold a `Parallel` among their layers.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from operator import index
from typing import Any

import numpy as np

from convdemo.correlation import output_size
from convdemo.numbers import grouped

Pair = tuple[int, int]
"""One number for the rows, one for the columns."""

MAX_NUMBER = 999
"""The largest kernel, stride, padding and dilation."""

MAX_LAYERS = 500
"""The most layers of a stack, or of one path of it."""

MAX_FIELD = 1_000_000
"""The largest receptive field and jump, in input pixels: more than any photo has."""

KINDS = ("convolution", "pooling")

UNDETERMINED = (
    "the padding is undetermined, since SAME with a stride depends on the size of the input: "
    "give input_size, or write the padding as a number"
)


class StackError(ValueError):
    """What is wrong with a layer or a stack, in one sentence.

    Attributes:
        layer: The number of the layer, from 1; None if the whole stack is meant, or a layer by itself.
        field: "kernel", "stride", "padding", "dilation", "kind" or "name"; None if the layer as a whole is meant.
    """

    def __init__(self, message: str, layer: int | None = None, field: str | None = None) -> None:
        super().__init__(message if layer is None else f"layer {layer}: {message}")
        self.message = message
        self.layer = layer
        self.field = field

    def at(self, layer: int) -> "StackError":
        """The same error, found in a layer of a stack."""
        message = self.message if self.layer is None else str(self)
        return StackError(message, layer, self.field)


@dataclass(frozen=True)
class Layer:
    """A convolution or a pooling, as far as it matters for what a unit sees. Two ints make the usual layer.

    >>> Layer(3, padding=1)
    Layer(kernel=(3, 3), stride=(1, 1), padding=((1, 1), (1, 1)), dilation=(1, 1), name='', kind='convolution')

    Attributes:
        kernel: Cells, an int or a (row, column) pair of ints, at least 1; kept as a pair, as stride and dilation.
        stride: From one window to the next, at least 1.
        padding: Units added on each side, an int or a (row, column) pair; inside the pair an axis may also be
            (before, after). Or "VALID", which is none, or "SAME": as many as make the output ceil(size / stride)
            units long, the odd one after, as TensorFlow and Flax do. With a stride that depends on the size.
            Kept as ((top, bottom), (left, right)), or "SAME".
        dilation: From one cell of the kernel to the next, at least 1.
        name: For people to read; without commas and semicolons, which part layers in a text.
        kind: "convolution" or "pooling".
        ceil: Whether a last window that reaches over the end counts too, as PyTorch's ceil_mode has it: the map is
            rounded up in size, by padding after it; a window that would begin there does not count. It changes the
            size of the map and nothing else. With "SAME", or a stride of 1, nothing is left over: kept as False.

    Raises:
        StackError: An argument is not as described, or larger than `MAX_NUMBER`.
    """

    kernel: Any
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    name: str = ""
    kind: str = "convolution"
    ceil: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        """Check every argument, and keep pairs."""
        for name in ("kernel", "stride", "dilation"):
            object.__setattr__(self, name, _pair(name, getattr(self, name), 1))
        object.__setattr__(self, "padding", _padding(self.padding))
        is_left_over = self.padding != "SAME" and self.stride != (1, 1)
        object.__setattr__(self, "ceil", bool(self.ceil) and is_left_over)
        if self.kind not in KINDS:
            kinds = ", ".join(KINDS)
            raise StackError(f"kind is {self.kind!r:.40}, but it must be one of {kinds}", field="kind")
        if not isinstance(self.name, str) or len(self.name) > 40 or any(sign in self.name for sign in ",;\n"):
            raise StackError(
                f"name is {self.name!r:.60}, but it may have at most 40 characters, no comma and no semicolon: "
                "use letters, digits and spaces",
                field="name",
            )

    @property
    def span(self) -> Pair:
        """Units from the kernel's first cell to its last: dilation * (kernel - 1) + 1."""
        return tuple(step * (cells - 1) + 1 for cells, step in zip(self.kernel, self.dilation, strict=True))

    @property
    def weights(self) -> int:
        """How many weights it has for each pair of an input and an output channel; pooling has none."""
        return math.prod(self.kernel) if self.kind == "convolution" else 0

    def sides(self, size: Pair | None) -> tuple[Pair | None, Pair | None]:
        """The padding (before, after) of each axis, for an input of this size.

        It is None where it depends on a size that is not known: with "SAME" and a stride.
        """
        sizes = size or (None, None)
        if self.padding != "SAME":
            if not self.ceil or size is None:
                return self.padding
            axes = zip(sizes, self.padding, self.span, self.stride, strict=True)
            return tuple(_ceil_sides(*axis) for axis in axes)
        return tuple(
            _same_sides(length, span, stride)
            for length, span, stride in zip(sizes, self.span, self.stride, strict=True)
        )

    def known_sides(self, size: Pair | None) -> tuple[Pair, Pair]:
        """As `sides`, for those who cannot do without.

        Raises:
            StackError: The padding is undetermined.
        """
        sides = self.sides(size)
        if None in sides:
            raise StackError(UNDETERMINED, field="padding")
        return sides

    def output_size(self, size: Pair) -> Pair:
        """The (height, width) of its output.

        Raises:
            StackError: Not one window fits; it says what would.
        """
        sides = self.sides(size)
        padded = [length + sum(side) for length, side in zip(size, sides, strict=True)]
        if any(span > room for span, room in zip(self.span, padded, strict=True)):
            missing = max(span - length for span, length in zip(self.span, size, strict=True))
            per_side = -(-missing // 2)
            spans = f"{self.name} spans" if self.name else "spans"
            raise StackError(
                f"{spans} {by(self.span)} pixels, but only {by(size)} are left to it: use a smaller kernel, "
                f"padding {per_side}, smaller strides before it, or a larger picture",
                field="kernel",
            )
        return output_size(size, self.kernel, self.stride, sides, self.dilation)


@dataclass(frozen=True)
class Parallel:
    """Paths that start at the same map, and whose outputs are summed or concatenated: for a field it is the same.

    A residual block is `Parallel(((conv, conv), ()))`: the empty path is the shortcut.

    Attributes:
        paths: Stacks, at least one; a path may hold further `Parallel`.
        name: For people to read.
    """

    paths: tuple[tuple["Layer | Parallel", ...], ...]
    name: str = ""

    def __post_init__(self) -> None:
        """Check the paths, and keep tuples."""
        paths = tuple(check_stack(path) for path in self.paths)
        if not paths:
            raise StackError("Parallel has no paths: give it at least one, such as (Layer(3, padding=1),)")
        object.__setattr__(self, "paths", paths)

    @property
    def weights(self) -> int:
        """The weights for each pair of channels, of all paths together."""
        return sum(layer.weights for path in self.paths for layer in path)

    def output_size(self, size: Pair) -> Pair:
        """The (height, width) of its output.

        Raises:
            StackError: A path has nothing left, or the paths' outputs differ in size.
        """
        sizes = self.each_path(lambda path: (output_sizes(path, size) or (size,))[-1])
        if len(set(sizes)) > 1:
            each = " and ".join(map(by, dict.fromkeys(sizes)))
            raise StackError(
                f"its paths give {each}, which cannot be joined: "
                "make their strides equal, and pad each kernel by half of its span"
            )
        return sizes[0]

    def each_path(self, answer: Callable[[tuple], Any]) -> list[Any]:
        """What a function answers for each path; an error that it raises names the path."""
        answers = []
        for number, path in enumerate(self.paths, start=1):
            try:
                answers.append(answer(path))
            except StackError as error:
                raise StackError(f"path {number}, {error}", field=error.field) from None
        return answers


Stack = Iterable[Layer | Parallel]
"""Layers from the input on."""


def check_stack(layers: Stack) -> tuple[Layer | Parallel, ...]:
    """The layers as a tuple.

    Raises:
        StackError: It is not a sequence of at most `MAX_LAYERS` layers.
    """
    if isinstance(layers, str) or not isinstance(layers, Iterable):
        raise StackError(f"layers is {layers!r:.40}, but it must be a list of Layer or Parallel: use [Layer(3)]")
    layers = tuple(layers)
    if len(layers) > MAX_LAYERS:
        raise StackError(f"the stack has {len(layers)} layers, but it may have {MAX_LAYERS}: remove some")
    for number, layer in enumerate(layers, start=1):
        if not isinstance(layer, Layer | Parallel):
            raise StackError(f"{layer!r:.40} is not a layer: use Layer or Parallel", number)
    return layers


def check_size(size: Any, name: str = "input_size") -> Pair | None:
    """A (height, width) pair of ints from 1 on, from such a pair or one int for both; None stays None."""
    return None if size is None else _pair(name, size, 1, 10**6)


def check_unit(unit: Any, output_size: Pair | None) -> Pair:
    """A (row, column) pair that is on a map of this size; on an endless one, if there is none, any pair is."""
    if not isinstance(unit, tuple | list) or len(unit) != 2 or not all(map(_is_whole, unit)):
        raise StackError(f"unit is {unit!r:.40}, but it must be a (row, column) pair of whole numbers: use (0, 0)")
    unit = tuple(map(index, unit))
    if output_size and not all(0 <= place < length for place, length in zip(unit, output_size, strict=True)):
        last = tuple(length - 1 for length in output_size)
        raise StackError(f"unit is {unit}, but the map is {by(output_size)}: use a unit from (0, 0) to {last}")
    return unit


def check_field(size: int, jump: int) -> None:
    """Make sure that a field and the step to the next one are not beyond all photos.

    Raises:
        StackError: One of them is larger than `MAX_FIELD`.
    """
    if max(size, jump) > MAX_FIELD:
        pixels, steps = (grouped(number) if number < 10**12 else "more than 10^12" for number in (size, jump))
        raise StackError(
            f"here a unit sees {pixels} pixels with steps of {steps}, but more than {grouped(MAX_FIELD)} is on no "
            "photo: use smaller kernels, strides or dilations"
        )


def output_sizes(layers: Stack, input_size: int | Pair) -> tuple[Pair, ...]:
    """The (height, width) of the map after each layer, for an input of this size.

    >>> output_sizes([Layer(7, stride=2, padding=3), Layer(3, stride=2, padding=1)], (224, 160))
    ((112, 80), (56, 40))

    Raises:
        StackError: A layer has nothing left to look at; it names the layer, and says what would help.
    """
    return tuple(_sizes(check_stack(layers), check_size(input_size)))


def _sizes(layers: Stack, size: Pair) -> Iterator[Pair]:
    for number, layer in enumerate(layers, start=1):
        try:
            size = layer.output_size(size)
        except StackError as error:
            raise error.at(number) from None
        yield size


def input_sizes(layers: tuple, size: Pair | None) -> list[Pair | None]:
    """The (height, width) of what each layer looks at; None for all if the input is endless."""
    return [size, *_sizes(layers, size)][:-1] if size else [None] * len(layers)


def clip(window: range, length: int | None) -> range:
    """The part of a window that lies on an axis of this length; all of it if the axis is endless."""
    if length is None:
        return window
    start = min(max(window.start, 0), length)
    return range(start, max(min(window.stop, length), start))


def _same_sides(length: int | None, span: int, stride: int) -> Pair | None:
    """TensorFlow's "SAME" along an axis, its "Notes on padding": what ceil(length / stride) windows lack."""
    if stride == 1 or span == 1:
        total = span - 1
    elif length is None:
        return None
    else:
        total = max((-(-length // stride) - 1) * stride + span - length, 0)
    return total // 2, total - total // 2


def _ceil_sides(length: int, sides: Pair, span: int, stride: int) -> Pair:
    """The padding with which PyTorch's ceil_mode reaches its last window."""
    before, after = sides
    windows = -(-(length + before + after - span) // stride) + 1
    windows -= (windows - 1) * stride >= length + before
    return before, max(after, (windows - 1) * stride + span - length - before)


def _pair(field: str, value: Any, low: int, high: int = MAX_NUMBER) -> Pair:
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2 or not all(_is_whole(number) and low <= number <= high for number in pair):
        remedy = 3 if field == "kernel" else low
        raise StackError(
            f"{field} is {value!r:.40}, but it must be a whole number from {low} to {grouped(high)}, "
            f"or a (row, column) pair of them: use {remedy}",
            field=field,
        )
    return tuple(map(index, pair))


def _padding(value: Any) -> Any:
    if isinstance(value, str) and value.upper() in ("SAME", "VALID"):
        return "SAME" if value.upper() == "SAME" else ((0, 0), (0, 0))
    axes = tuple(value) if isinstance(value, tuple | list) else (value, value)
    sides = [tuple(axis) if isinstance(axis, tuple | list) else (axis, axis) for axis in axes]
    numbers = [number for axis in sides for number in axis]
    if list(map(len, sides)) != [2, 2] or not all(
        _is_whole(number) and 0 <= number <= MAX_NUMBER for number in numbers
    ):
        raise StackError(
            f"padding is {value!r:.40}, but it must be a whole number from 0 to {MAX_NUMBER}, a (row, column) pair of "
            "numbers or (before, after) pairs, SAME or VALID: use 0 for none",
            field="padding",
        )
    return tuple(tuple(map(index, axis)) for axis in sides)


def _is_whole(number: Any) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def by(numbers: Pair) -> str:
    """As people write a size: 3x5."""
    return "x".join(map(str, numbers))

"""How many weights does a layer need, and how many does a convolution save?

Small windows save some, shared weights the rest: between a fully connected layer and a convolution stands the locally
connected one, whose windows are small, but whose weights are not shared ("From Fully Connected Layers to Convolutions",
Dive into Deep Learning).
"""

import math
from dataclasses import dataclass

from convdemo.checks import check_whole
from convdemo.correlation import output_size
from convdemo.numbers import grouped

MAX_SIDE = 100_000
"""The longest side of a picture whose weights are counted."""

MAX_CHANNELS = 10_000


@dataclass(frozen=True)
class WeightCount:
    """How many weights something has, as a product.

    Attributes:
        name: "unit", one fully connected output; "fully_connected", "locally_connected" or "convolution", a layer.
        factors: What is multiplied, and what each number counts: "pixels" and "channels" of the picture, "cells" of the
            kernel, "outputs" (places of the feature map), "filters".
        biases: One for each output that has weights of its own; not among the weights.
    """

    name: str
    factors: tuple[tuple[int, str], ...]
    biases: int

    @property
    def weights(self) -> int:
        """The product, exact however large."""
        return math.prod(number for number, _ in self.factors)

    @property
    def arithmetic(self) -> str:
        """The product written out, as "9 × 3 = 27"."""
        return f"{' × '.join(grouped(number) for number, _ in self.factors)} = {grouped(self.weights)}"

    @property
    def memory(self) -> int:
        """Bytes that the weights take as float32, 4 each; without the biases."""
        return 4 * self.weights


def count_weights(
    size: int | tuple[int, int], kernel: int | tuple[int, int], *, channels: int = 1, filters: int = 1
) -> tuple[WeightCount, ...]:
    """Count the weights of four ways to look at the same picture, from the most wasteful to the thriftiest.

    One output that sees every pixel; a layer of such outputs, as many as the convolution has; the same outputs, each
    with a window and weights of its own (a locally connected layer); the same windows with shared weights (a
    convolution). No padding, stride 1.

    >>> for count in count_weights((1000, 1000), 3, channels=3):
    ...     print(f"{count.name:17} {count.arithmetic}")
    unit              1 000 000 × 3 = 3 000 000
    fully_connected   1 000 000 × 3 × 996 004 = 2 988 012 000 000
    locally_connected 9 × 3 × 996 004 = 26 892 108
    convolution       9 × 3 = 27

    Args:
        size: (height, width) of the picture in pixels, or one int for both, up to `MAX_SIDE`.
        kernel: (height, width) of the kernel, or one int for both.
        channels: of the picture: 1 for grey, 3 for colour.
        filters: how many feature maps the layers make. The single unit belongs to one.

    Raises:
        ValueError: a number is not whole or out of range, or the kernel is larger than the picture.
    """
    height, width = (check_whole("size", side, 1, MAX_SIDE) for side in as_pair("size", size))
    kernel = tuple(check_whole("kernel", side, 1, MAX_SIDE) for side in as_pair("kernel", kernel))
    check_whole("channels", channels, 1, MAX_CHANNELS)
    check_whole("filters", filters, 1, MAX_CHANNELS)
    places = math.prod(output_size((height, width), kernel))

    whole = ((height * width, "pixels"), (channels, "channels"))
    window = ((math.prod(kernel), "cells"), (channels, "channels"))
    outputs, many = ((places, "outputs"),), ((filters, "filters"),) if filters > 1 else ()
    return (
        WeightCount("unit", whole, 1),
        WeightCount("fully_connected", whole + outputs + many, places * filters),
        WeightCount("locally_connected", window + outputs + many, places * filters),
        WeightCount("convolution", window + many, filters),
    )


def as_pair(name: str, value: int | tuple[int, int]) -> tuple[int, int]:
    """`value` for both axes; a pair as it is."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2:
        raise ValueError(f"{name} is {value!r:.40}, but it must be one number or a (rows, columns) pair: give two")
    return pair

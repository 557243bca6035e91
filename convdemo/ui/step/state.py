"""What can be set on the Step by step tab, and which examples does it know?"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from convdemo.kernel_text import parse_rows
from convdemo.kernels import format_kernel
from convdemo.ui.layer.state import PADDINGS
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.state import State, Variable, choice, place, switch, whole

_WORDS = read_text("step")["links"]
_EDGE = ((1, 1, 0, 0, 0, 0, 1, 1),) * 6

PRESETS: Mapping[str, tuple[Any, Any]] = MappingProxyType(
    {
        "figure": (((0, 1, 2), (3, 4, 5), (6, 7, 8)), ((0, 1), (2, 3))),
        "edge": (_EDGE, ((1, -1),)),
        "transposed": (tuple(zip(*_EDGE, strict=True)), ((1, -1),)),
        "diagonal": (tuple(tuple(int(column >= row) for column in range(8)) for row in range(6)), ((1, -1),)),
        "impulse": (
            tuple(tuple(int((row, column) == (2, 3)) for column in range(7)) for row in range(5)),
            ((1, 2, 3), (4, 5, 6), (7, 8, 9)),
        ),
    }
)
"""The examples: image and kernel by name. The first three are the chapter's."""

OWN = "own"
"""What is no example but the visitor's own."""

LARGEST_SIDES: Mapping[str, int] = MappingProxyType({"image": 12, "kernel": 5})
"""How many rows and columns the image and the kernel may have."""

LARGEST_STEP = 4
"""The largest stride and the largest dilation."""


def matrix(name: str, side: int) -> Variable:
    """Declare a matrix of up to `side` rows and columns; None, the default, is that of the example."""

    def read(text: str) -> np.ndarray:
        numbers = parse_rows(text)
        if max(numbers.shape) > side:
            raise ValueError(_WORDS["too_large"].format(side=side))
        return numbers

    def write(numbers: np.ndarray | None) -> str:
        return "" if numbers is None else format_kernel(numbers).replace("; ", ";").replace(" ", ",")

    return Variable(name, None, read, write, _WORDS["values"].format(side=side))


STATE = State(
    "step",
    (
        choice("step", "figure", (*PRESETS, OWN)),
        matrix("image", LARGEST_SIDES["image"]),
        matrix("kernel", LARGEST_SIDES["kernel"]),
        whole("stride", 1, 1, LARGEST_STEP),
        choice("padding", "none", PADDINGS),
        whole("dilation", 1, 1, LARGEST_STEP),
        switch("flip", False),
        switch("predict", False),
        place("cell", (1, 1), 1, 99),
    ),
)
"""`cell` is the output that is looked at, counted from 1."""

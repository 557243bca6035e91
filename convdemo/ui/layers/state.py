"""What can be set in the lesson on layers, and which stacks does it know?"""

from collections.abc import Mapping
from types import MappingProxyType

from convdemo.small_network import HEIGHTS, STAGES
from convdemo.ui.layers.spec import LayerSpec, read_layers, write_layers
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.state import State, Variable, choice, number, place, whole

_WORDS = read_text("layers")["stack_links"]

PARTS = ("own", "network")
"""A stack of one's own, or the small network."""

WORKED: Mapping[str, tuple[LayerSpec, ...]] = MappingProxyType(
    {
        name: read_layers(text)
        for name, text in {
            "edges": "relu:sobel_x~max2~relu:sobel_y~max2",
            "blur": "box_blur~box_blur",
            "bell": "box_blur~box_blur~box_blur~box_blur~box_blur",
            "threshold": "gaussian_3x3~relu:b-1:sobel_x",
            "steps": "1;2;1~-1,0,1",
            "corner": "sobel_x~sobel_y",
            "holes": "d2:gaussian_3x3~d2:gaussian_3x3",
            "padded": "zeros:box_blur~zeros:box_blur~zeros:box_blur",
        }.items()
    }
)
"""Stacks that are worth opening, by name; the first is what the lesson opens with."""


def read_stack(text: str) -> tuple[LayerSpec, ...]:
    """Read a stack from a link: a name of `WORKED`, or its layers.

    >>> len(read_stack("bell"))
    5
    """
    return WORKED[text] if text in WORKED else read_layers(text)


def write_stack(layers: tuple[LayerSpec, ...]) -> str:
    """Write a stack for a link, as `read_stack` reads it."""
    return next((name for name, known in WORKED.items() if known == layers), None) or write_layers(layers)


STATE = State(
    "layers",
    (
        choice("part", PARTS[0], PARTS),
        Variable("stack", WORKED["edges"], read_stack, write_stack, _WORDS["values"]),
        whole("size", 60, *HEIGHTS),
        number("threshold", 0.9, 0.5, 0.99),
        whole("layer", 0, 0, 8),  # 0 is the last one
        whole("channel", 1, 1, max(STAGES.values())),
        place("unit", None, 0, 9_999),  # None is the one that answers most strongly
    ),
    formerly="net",
)
"""The layer, the channel and the unit are those of the part that is on screen."""

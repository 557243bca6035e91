"""How does the state of the lab become a link, and a link the state again?

The variables are declared where they belong: those of the picture, the kernel and the layer, which all lessons share,
and those of each lesson. Here they are together.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from convdemo.ui import state as _state
from convdemo.ui.kernel.state import read_kernel, write_kernel
from convdemo.ui.layer.state import CHANNELS, DIRECTIONS, DISPLAYS, FLIPS, MAX_BIAS, MAX_STEP, PADDINGS, SCALES
from convdemo.ui.page import FORMER_NAMES, STATES, VARIABLES
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.picture.state import EXAMPLES

__all__ = [
    "CHANNELS",
    "DEFAULTS",
    "DIRECTIONS",
    "DISPLAYS",
    "EXAMPLES",
    "FLIPS",
    "MAX_BIAS",
    "MAX_STEP",
    "PADDINGS",
    "SCALES",
    "STATES",
    "VARIABLES",
    "from_query",
    "read_kernel",
    "table",
    "to_query",
    "write_kernel",
]

DEFAULTS: Mapping[str, Any] = MappingProxyType({name: variable.default for name, variable in VARIABLES.items()})
"""The state that the page opens with."""


def table() -> str:
    """Return README's table of all that a link can say."""
    rows = [row for state in STATES for row in state.table()]
    head = read_text("parts")["table"]["head"]
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows]) + "\n"


def to_query(state: Mapping[str, Any]) -> str:
    """Write a state as a query string, without a question mark; "" where every value is at its default.

    >>> to_query({"stride": 2, "padding": "zeros", "dilation": 1})
    'stride=2&padding=zeros'
    """
    return _state.to_query(state, VARIABLES)


def from_query(parameters: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read the parameters of a link; the whole state, and a sentence for each one that was not understood.

    >>> state, notices = from_query({"stride": "two"})
    >>> state["stride"], notices
    (1, ('stride=two in the link was ignored: it must be a whole number from 1 to 16.',))
    """
    return _state.from_query(parameters, VARIABLES, FORMER_NAMES)

"""What can be set in the lesson on receptive fields, and how does a stack of layers stand in a link?"""

from collections.abc import Mapping
from types import MappingProxyType

from convdemo.receptive_field import MAX_DRAWS, MAX_LAYERS, MODELS, NETWORKS, format_stack
from convdemo.stack_notation import read_stack as read_notation
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.state import State, Variable, choice, place, switch, whole

_WORDS = read_text("receptive")["links"]

STACKS: Mapping[str, str] = MappingProxyType(
    {
        "three_3x3": "3,1,1,SAME;3,1,1,SAME;3,1,1,SAME",
        "one_7x7": "7,1,1,SAME",
        "holes": "3,1,2,SAME;3,1,2,SAME",
        **{name: format_stack(network.layers) for name, network in NETWORKS.items()},
    }
)
"""The stacks that are known by name, each in one line: small lessons, then the networks."""

MAX_SEED = 999_999_999
"""The largest seed of the random weights."""


def read_stack(text: str) -> str:
    """Read a stack from a link: a name of `STACKS`, or whatever the text box takes; the line, "" for none.

    >>> read_stack("holes")
    '3,1,2,SAME;3,1,2,SAME'
    """
    return STACKS.get(text) or (format_stack(read_notation(text).layers) if text else "")


def write_stack(line: str) -> str:
    """Write a stack for a link, as `read_stack` reads it."""
    return name_of(line) or line


def name_of(line: str) -> str | None:
    """Return the name of a stack that `STACKS` has, None for one's own."""
    return next((name for name, known in STACKS.items() if known == line), None)


STATE = State(
    "receptive",
    (
        Variable("stack", STACKS["VGG-16"], read_stack, write_stack, _WORDS["values"]),
        Variable("compare", "", read_stack, write_stack, _WORDS["values"]),
        whole("layer", 0, 0, MAX_LAYERS),  # 0 is the deepest
        place("unit", None, 0, 99_999),  # None is the middle
        switch("resized", False),
        place("pixel", None, 1, 9_999),  # in place of a unit, the one whose middle is nearest to it
        choice("model", "uniform", MODELS),
        whole("draws", 20, 1, MAX_DRAWS),
        whole("seed", 0, 0, MAX_SEED),
    ),
    formerly="field",
)

CONTROLS = State(
    "",
    (
        whole("row", 1, 1, 10**9),  # of the unit, counted from 1; beyond the last one is the last one
        whole("column", 1, 1, 10**9),
    ),
)
"""What controls send that a link does not say, or says in another way."""

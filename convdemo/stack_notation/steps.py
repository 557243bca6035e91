"""What do the things that a text names, one after the other, make of a unit's field?

A text is read as a row of steps, whatever it is written in: layers that count, others that leave the field as it is,
heads that see the whole map. `to_layers` makes a stack of them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from convdemo.receptive_field import Layer, StackError

Kind = Literal["layer", "pass", "statistics", "head", "resize", "join"]


@dataclass(frozen=True)
class Step:
    """One thing that happens to a map.

    Attributes:
        name: what the text calls it: "Conv2d".
        line: where, from 1.
        kind: "layer" for one that counts; "pass" for one that leaves the field alone, "statistics" if it takes means
            over the whole map for that; "head" for one behind which there is no map, "resize" for one that enlarges it
            or cuts it up, "join" for one that takes several maps.
        source: whose way of writing it is: "PyTorch".
        layer: what counts.
        about: the layer in other words, where the text leaves something to be understood.
    """

    name: str
    line: int
    kind: Kind
    source: str = ""
    layer: Layer | None = None
    about: str = ""


_SIDEWAYS = re.compile(r"downsample|shortcut|skip|residual|branch\w*|aux\w*|identity\w*", re.IGNORECASE)


def check_not_sideways(name: str, line: int) -> None:
    """Refuse a layer whose name says that it stands beside others, where nothing else says how a map passes them.

    Raises:
        StackError: it is called downsample, shortcut, branch1 and the like.
    """
    if _SIDEWAYS.fullmatch(name):
        raise refusal(line, f"{name} is a path beside another one, so the network branches here: leave it out")


def refusal(line: int, sentence: str) -> StackError:
    """Return what is wrong in a line of a text, counted from 1."""
    return StackError(f"line {line}: {sentence}")


def joined(step: Step) -> StackError:
    """Return what is to be said of a place where paths meet."""
    return refusal(
        step.line, f"{step.name} joins several paths, and a row of layers has one: write the main path, layer by layer"
    )


def to_layers(steps: Sequence[Step]) -> tuple[tuple[Layer, ...], list[str]]:
    """Make a stack of steps.

    Returns:
        The layers, and what is to be told of the rest.

    Raises:
        StackError: a step has no place in a row of layers, or there is no layer.
    """
    layers, told, head, left_out = [], [], None, []
    for step in steps:
        if step.kind == "join":
            raise joined(step)
        if step.kind == "resize":
            raise refusal(
                step.line,
                f"{step.name} enlarges or rearranges the map, and then no rule of size and jump says what each unit "
                "sees: paste the layers before it",
            )
        if step.kind == "head":
            head = head or step
            left_out.append(step.name)
        elif step.kind == "layer" and head:
            if step.layer.span != (1, 1) or step.layer.stride != (1, 1):
                raise refusal(
                    step.line,
                    f"{step.name} stands behind {head.name} in line {head.line}, from which on a unit sees the whole "
                    "map or there is none: paste the layers before it",
                )
            left_out.append(step.name)
        elif step.kind == "layer":
            layers.append(step.layer)
        elif step.kind == "statistics" and not head:
            told.append(f"the means that {step.name} takes over the whole map are not counted")
    if not layers:
        if head:
            raise refusal(head.line, f"{head.name} comes first, so there is no layer with a field: add a convolution")
        raise StackError("the text names no convolution and no pooling: paste lines such as nn.Conv2d(3, 64, 3)")
    if head:
        told.append(f"left out from line {head.line} on: {_listed(left_out)}")
    return tuple(layers), list(dict.fromkeys([*(step.about for step in steps if step.about), *told]))


def sources(steps: Iterable[Step]) -> str:
    """Return whose ways of writing layers a text has: "PyTorch"."""
    return " and ".join(dict.fromkeys(step.source for step in steps if step.kind == "layer" and step.source))


def _listed(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    return ", ".join(names if len(names) <= 3 else [*names[:3], "…"])

"""Which kernel is on the page? The one that every tab may ask for.

It belongs to the kernel widget of the Feature map tab, whose value travels with the requests of other tabs too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convdemo.kernel_notation import read_kernel
from convdemo.kernels import KERNELS, Kernel, KernelError, custom_kernel, parse_cells, to_cells
from convdemo.ui.parts.widgets import read_text


def kernel_value(kernel: Kernel) -> dict[str, Any]:
    """Return a kernel as the kernel widget's value."""
    return {
        "name": kernel.name,
        "parameters": dict(kernel.values),
        "cells": to_cells(kernel.weights),
        "text": None,
    }


@dataclass(frozen=True)
class Typed:
    """A kernel that the widget sends.

    Attributes:
        kernel: the kernel.
        bias: what the text that was typed adds to every value; None if it says nothing of it.
        summary: what was understood of a text; "" where there is none.
    """

    kernel: Kernel
    bias: float | None = None
    summary: str = ""


class UndecidedError(KernelError):
    """A text that can be read in several ways.

    Attributes:
        names: what tells them apart, to choose from.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(read_text("kernel")["undecided"].format(count=len(names)))
        self.names = list(names)


def read_kernel_value(value: Mapping[str, Any]) -> Kernel:
    """Return the kernel that the widget sends; the rest as `read_typed`."""
    return read_typed(value).kernel


def read_typed(value: Mapping[str, Any]) -> Typed:
    """Return what the widget sends: one of the library, or a grid or a text that someone typed.

    Raises:
        KernelError: what is wrong, and in which row and column.
        UndecidedError: the text can be read in several ways, and none was chosen.
    """
    try:
        name, cells, text = value.get("name"), value.get("cells"), value.get("text")
        if name in KERNELS:
            return Typed(KERNELS[name].with_parameters(**dict(value.get("parameters") or {})))
        if cells is None:
            return _read_typed_text(text, value.get("choice"))
        cells = [[str(cell) for cell in row] for row in cells]
    except KernelError:
        raise
    except (AttributeError, TypeError, ValueError) as error:  # not sent by the page
        raise KernelError(read_text("kernel")["not_a_kernel"]) from error
    return Typed(custom_kernel(parse_cells(cells)))


def _read_typed_text(text: Any, choice: Any) -> Typed:
    if not isinstance(text, str):
        raise TypeError(type(text))  # not sent by the page
    readings = read_kernel(text)
    chosen = [reading for reading in readings if len(readings) == 1 or reading.name == choice]
    if not chosen:
        raise UndecidedError([reading.name for reading in readings])
    (reading,) = chosen
    return Typed(custom_kernel(reading.weights), reading.bias, reading.summary)

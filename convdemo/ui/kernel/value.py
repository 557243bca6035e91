"""Which kernel is on the page? The one that every tab may ask for.

It belongs to the kernel widget of the Feature map tab, whose value travels with the requests of other tabs too.
"""

from collections.abc import Mapping
from typing import Any

from convdemo.kernels import KERNELS, Kernel, KernelError, custom_kernel, parse_cells, parse_kernel, to_cells
from convdemo.ui.parts.widgets import read_text


def kernel_value(kernel: Kernel) -> dict[str, Any]:
    """Return a kernel as the kernel widget's value."""
    return {
        "name": kernel.name,
        "parameters": dict(kernel.values),
        "cells": to_cells(kernel.weights),
        "text": None,
    }


def read_kernel_value(value: Mapping[str, Any]) -> Kernel:
    """Return the kernel that the widget sends: one of the library, or a grid or a text that someone typed.

    Raises:
        KernelError: what is wrong, and in which row and column.
    """
    try:
        name, cells, text = value.get("name"), value.get("cells"), value.get("text")
        if name in KERNELS:
            return KERNELS[name].with_parameters(**dict(value.get("parameters") or {}))
        if cells is None:
            return custom_kernel(parse_kernel(str(text)))
        cells = [[str(cell) for cell in row] for row in cells]
    except KernelError:
        raise
    except (AttributeError, TypeError, ValueError) as error:  # not sent by the page
        raise KernelError(read_text("kernel")["not_a_kernel"]) from error
    return custom_kernel(parse_cells(cells))

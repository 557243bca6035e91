"""How is the shared kernel picked, edited and shown?"""

import json
from itertools import groupby
from typing import Any

import gradio as gr

from convdemo.kernels import KERNELS, MAX_SIZE, Kernel, to_cells, weight_sum
from convdemo.numbers import format_number
from convdemo.ui.kernel.state import STATE
from convdemo.ui.kernel.value import kernel_value
from convdemo.ui.layer.fit import Limits
from convdemo.ui.parts.widgets import hold, read_text, scales, widget

LARGEST_GRID = 15
"""The longest side of a kernel that is edited cell by cell; larger ones are edited as text."""

EDGES_OF = "sobel_x"
"""The kernel that the menu's entry for edges in all directions takes, with its transpose."""


def build_kernel(limits: Limits) -> gr.HTML:
    """Build the widget of the kernel; `limits` are the sizes that fit the picture."""
    kernel = STATE["kernel"].default
    value, sides = kernel_value(kernel), {"rows": limits.rows, "columns": limits.columns}
    return widget(
        "kernel",
        value=value,
        shown=show_kernel(kernel) | {"limits": sides, "asked": json.dumps(value)},
        library=_library(),
        constants=_menu(),
        palette=scales()["signed"],
        max_side=MAX_SIZE,
        grid_side=LARGEST_GRID,
        edges_of=EDGES_OF,
    )


def hold_kernel() -> gr.HTML:
    """Build what holds the kernel on a page where it cannot be seen."""
    return hold(kernel_value(STATE["kernel"].default))


def show_kernel(kernel: Kernel) -> dict[str, Any]:
    """Return what the widget is told about a good kernel."""
    return {"cells": to_cells(kernel.weights), "sum": sum_of(kernel), "error": None}


def sum_of(kernel: Kernel | None) -> str:
    """Return the sum of the weights in words."""
    total = format_number(weight_sum(kernel.weights)) if kernel else "?"
    return read_text("kernel")["summary"].format(sum=total)


def _library() -> list[dict[str, Any]]:
    """Return the kernels to pick, each as a value, with its words. The visitor's own kernel has no cells yet."""
    text = read_text("kernel")
    own = {
        "title": text["own_title"],
        "note": text["own_note"],
        "source": "",
        "value": {"name": "custom", "parameters": {}, "cells": None, "text": None},
    }
    return [
        {
            "title": kernel.title,
            "note": kernel.note,
            "source": kernel.source,
            "value": kernel_value(kernel),
        }
        for kernel in KERNELS.values()
    ] + [own]


def _menu() -> dict[str, Any]:
    """Return what the template of the kernel widget makes the menu and the parameters from."""

    def entry(kernel: Kernel) -> dict[str, str]:
        return {"name": kernel.name, "title": kernel.title, "note": kernel.note}

    text = read_text("kernel")
    groups = {
        group: [entry(kernel) for kernel in kernels]
        for group, kernels in groupby(KERNELS.values(), lambda kernel: kernel.group)
    }
    edges = {"name": "edges", "title": text["edges_title"], "note": text["edges_note"]}
    groups[KERNELS[EDGES_OF].group].insert(0, edges)
    return {
        "groups": groups.items(),
        "parameters": [(kernel.name, parameter) for kernel in KERNELS.values() for parameter in kernel.parameters],
    }

"""How does the state of the Step by step tab become its widget's value, and that the state again?

The value holds the matrices as they were typed. Reading it says what is wrong, and in which cell, in the core's own
words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convdemo.kernels import KernelError, parse_cells, to_cells
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.step.state import LARGEST_SIDES, OWN, PRESETS, STATE

_PROBLEMS = read_text("step")["problems"]
_SETTINGS = ("stride", "padding", "dilation", "flip", "predict")


@dataclass(frozen=True)
class StepError(ValueError):
    """What is wrong, in one sentence; in which matrix and where, if it is a cell (counted from 1)."""

    sentence: str
    matrix: str | None = None
    row: int | None = None
    column: int | None = None


def step_value(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state, by its short names, as the widget's value."""
    image, kernel = PRESETS.get(state["step"], PRESETS["figure"])
    is_own = state["image"] is not None or state["kernel"] is not None
    row, column = state["cell"]
    return {
        "preset": OWN if is_own else state["step"],
        "image": to_cells(np.float32(image if state["image"] is None else state["image"])),
        "kernel": to_cells(np.float32(kernel if state["kernel"] is None else state["kernel"])),
        **{name: state[name] for name in _SETTINGS},
        "row": row - 1,
        "column": column - 1,
    }


def read_value(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the widget's value as a state, by the short names. The matrices are there also where an example has them.

    Raises:
        StepError: a cell is no number, a matrix is too large, or a setting cannot be.
    """
    try:
        matrices = {name: _read_matrix(name, value[name]) for name in LARGEST_SIDES}
        settings = _read_settings(value)
        preset = value["preset"] if value["preset"] in PRESETS else OWN
        cell = int(value["row"]) + 1, int(value["column"]) + 1
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        if isinstance(error, StepError):
            raise
        raise StepError(_PROBLEMS["not_a_state"]) from error
    return {"step": preset, **matrices, **settings, "cell": cell}


def _read_settings(value: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return STATE.check(value, _SETTINGS)
    except ValueError as error:
        raise StepError(str(error)) from error


def _read_matrix(name: str, cells: Sequence[Sequence[Any]]) -> np.ndarray:
    """Return a matrix of the tab as float32; StepError says where it is wrong."""
    most = LARGEST_SIDES[name]
    height, width = len(cells), max((len(row) for row in cells), default=0)
    if max(height, width) > most:
        raise StepError(_PROBLEMS["too_large"].format(name=name, height=height, width=width, most=most), name)
    if min(height, width) == 0:
        raise StepError(_PROBLEMS["empty"].format(name=name), name)
    try:
        return parse_cells([[str(cell) for cell in row] for row in cells])
    except KernelError as error:
        problem = _PROBLEMS["in_matrix"].format(name=name, problem=error)
        raise StepError(problem, name, error.row, error.column) from error

"""The Step by step tab: a matrix and a kernel small enough to see every product.

The server reads what was typed, says what is wrong with it in the core's own words, and puts the state into the links.
From the numbers that it returns the browser works out every position by itself (assets/step.js).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from convdemo.correlation import cross_correlate_loops, im2col, toeplitz
from convdemo.kernels import KernelError, parse_cells, to_cells
from convdemo.links import LARGEST_STEP, PADDINGS, STEP_DEFAULTS, STEP_PRESETS, to_query
from convdemo.rendering import encode_png, format_number, to_picture
from convdemo.ui.settings import Settings, browser_layer
from convdemo.ui.widgets import data_address, palette, read_text, widget

_SIDES = {"image": 12, "kernel": 5}
_WORDS = read_text("step")


@dataclass(frozen=True)
class StepError(ValueError):
    """What is wrong, in one sentence; in which matrix and where, if it is a cell (counted from 1)."""

    sentence: str
    matrix: str | None = None
    row: int | None = None
    column: int | None = None


def step_value(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of a link as the widget's value."""
    given = state["step_image"] is not None or state["step_kernel"] is not None
    preset = "own" if given else state["step"]
    image, kernel = STEP_PRESETS.get(state["step"], STEP_PRESETS["figure"])
    image = image if state["step_image"] is None else state["step_image"]
    kernel = kernel if state["step_kernel"] is None else state["step_kernel"]
    row, column = state["step_cell"]
    return {
        "preset": preset,
        "image": to_cells(np.float32(image)),
        "kernel": to_cells(np.float32(kernel)),
        "stride": state["step_stride"],
        "padding": state["step_padding"],
        "dilation": state["step_dilation"],
        "flip": state["step_flip"] == "yes",
        "row": row - 1,
        "column": column - 1,
        "request": 0,
    }


def check(value: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the widget's value as the state of a link, and as the layer that the browser works with.

    Raises:
        StepError: a cell is no number, a matrix is too large, or no window fits.
    """
    try:
        return _check(value)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        if isinstance(error, StepError):
            raise
        raise StepError(_WORDS["problems"]["not_a_state"]) from error


def _check(value: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    image, kernel = (_read_matrix(name, value[name]) for name in ("image", "kernel"))
    for name in ("stride", "dilation"):
        number = value[name]
        if number is None:
            raise StepError(_WORDS["problems"]["empty_number"].format(name=name, most=LARGEST_STEP))
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= LARGEST_STEP:
            raise StepError(_WORDS["problems"]["out_of_range"].format(name=name, value=number, most=LARGEST_STEP))
    padding = value["padding"]
    if padding not in PADDINGS:
        shown, paddings = str(padding)[:40], ", ".join(PADDINGS)
        raise StepError(_WORDS["problems"]["padding"].format(value=shown, paddings=paddings))
    flip = "yes" if value["flip"] is True else "no"
    settings = Settings(stride=value["stride"], padding=padding, dilation=value["dilation"], flip=flip)
    arguments = {
        "stride": settings.stride,
        "padding": settings.padding_for(kernel.shape),
        "padding_mode": "zeros" if padding == "none" else padding,
        "dilation": settings.dilation,
    }
    weights = kernel[::-1, ::-1] if value["flip"] is True else kernel
    try:
        output = np.asarray(cross_correlate_loops(image, weights, **arguments))
    except ValueError as error:
        raise StepError(str(error)) from error
    rows, columns = output.shape
    preset = value["preset"] if value["preset"] in STEP_PRESETS else "own"
    cell = (min(max(0, int(value[name])), count - 1) + 1 for name, count in (("row", rows), ("column", columns)))
    state = {
        "step": preset,
        "step_image": image if preset == "own" else None,
        "step_kernel": kernel if preset == "own" else None,
        "step_stride": settings.stride,
        "step_padding": padding,
        "step_dilation": settings.dilation,
        "step_flip": flip,
        "step_cell": tuple(cell),
    }
    windows, band = im2col(image, kernel.shape, **arguments), toeplitz(image.shape, weights, **arguments)
    layer = browser_layer(image.shape, kernel, settings) | {
        "image": image.tolist(),
        "brightest": float(np.abs(image).max()) or 1.0,
        "band": data_address(encode_png(to_picture(band).pictures[0]), "image/png"),
        "agreement": _WORDS["agreement"].format(
            im2col=_furthest(windows @ weights.ravel(), output), toeplitz=_furthest(band @ image.ravel(), output)
        ),
    }
    return state, layer


def _furthest(product: np.ndarray, output: np.ndarray) -> str:
    return format_number(float(np.abs(np.asarray(product) - output.ravel()).max()))


def _read_matrix(name: str, cells: Sequence[Sequence[Any]]) -> np.ndarray:
    """Return a matrix of the tab as float32; StepError says where it is wrong."""
    most = _SIDES[name]
    height, width = len(cells), max((len(row) for row in cells), default=0)
    if max(height, width) > most:
        problem = _WORDS["problems"]["too_large"].format(name=name, height=height, width=width, most=most)
        raise StepError(problem, name)
    if min(height, width) == 0:
        raise StepError(_WORDS["problems"]["empty"].format(name=name), name)
    try:
        return parse_cells([[str(cell) for cell in row] for row in cells])
    except KernelError as error:
        problem = _WORDS["problems"]["in_matrix"].format(name=name, problem=error)
        raise StepError(problem, name, error.row, error.column) from error


def _answer(value: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return what the widget is told, a layer or what is wrong where; and the state of a link, if it is one."""
    request = value.get("request") if isinstance(value, Mapping) else None
    try:
        state, layer = check(value)
    except StepError as error:
        told = {"error": error.sentence, "matrix": error.matrix, "row": error.row, "column": error.column}
        return told | {"request": request}, None
    return {"error": "", "layer": layer, "request": request}, state


def follow(value: Mapping[str, Any]) -> tuple[Any, Any]:
    """Answer a change of the tab: the sentence about what is wrong, or the part of the link that it makes."""
    shown, state = _answer(value)
    return gr.update(shown=shown), gr.update(step_query=to_query(state)) if state else gr.skip()


def step_props(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the widget gets beside its value."""
    presets = [
        {"name": name, "image": to_cells(np.float32(image)), "kernel": to_cells(np.float32(kernel))}
        for name, (image, kernel) in STEP_PRESETS.items()
    ]
    return {"shown": _answer(value)[0], "presets": presets, "palette": palette()}


def build_step_tab() -> gr.HTML:
    """Lay out the tab, opening on the chapter's figure."""
    gr.Markdown(read_text("step")["explanation"])
    value = step_value(STEP_DEFAULTS)
    return widget("step", value=value, **step_props(value))

"""The Step by step tab: a matrix and a kernel small enough to see every product.

The server reads what was typed, says what is wrong with it, and puts the state into the links. From the numbers that it
returns the browser works out every position by itself (step.js).
"""

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr
import numpy as np

from convdemo.kernels import to_cells
from convdemo.ui.layer.settings import Settings
from convdemo.ui.lesson import Lesson, Room, Shared
from convdemo.ui.parts.widgets import scales, tell_sentence, whole_props, widget
from convdemo.ui.step.state import OWN, PRESETS, STATE
from convdemo.ui.step.value import StepError, read_value, step_value
from convdemo.ui.step.view import step_layer

ASKED = ("image", "kernel", "stride", "padding", "dilation", "flip")
"""The parts of the widget's value that an answer depends on: the output that is looked at is the browser's own."""


def check(value: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the widget's value as a state by the short names, and as the layer that the browser works with.

    Raises:
        StepError: a cell is no number, a matrix is too large, or no window fits.
    """
    state = read_value(value)
    settings = Settings(state["stride"], state["padding"], state["dilation"], flip="yes" if state["flip"] else "no")
    image, kernel = state["image"], state["kernel"]
    try:
        layer = step_layer(image, kernel, settings)
    except ValueError as error:
        raise StepError(str(error)) from error
    counts = settings.output_size(image.shape, kernel.shape)
    cell = tuple(min(max(1, at), count) for at, count in zip(state["cell"], counts, strict=True))
    is_own = state["step"] == OWN
    return state | {"image": image if is_own else None, "kernel": kernel if is_own else None, "cell": cell}, layer


def follow(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a change of the tab: the sentence about what is wrong, or the layer, and the part of the link."""
    shown, state = _answer(given["widget"])
    told = {"widget": gr.update(shown=shown)}
    return told if state is None else told | {"query": STATE.query(state)}


def _answer(value: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return what the widget is told, a layer or what is wrong where; and the state, if it is one.

    "asked" says to what this is an answer. It is text, so that nothing that was sent comes back as a structure, in
    which Gradio would look for files to serve.
    """
    asked = json.dumps({name: value.get(name) for name in ASKED} if isinstance(value, Mapping) else {})
    try:
        state, layer = check(value)
    except StepError as error:
        wrong = {"error": error.sentence, "matrix": error.matrix, "row": error.row, "column": error.column}
        return wrong | {"asked": asked}, None
    return {"error": "", "layer": layer, "asked": asked}, state


def step_props(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the widget gets beside its value."""
    presets = [
        {"name": name, "image": to_cells(np.float32(image)), "kernel": to_cells(np.float32(kernel))}
        for name, (image, kernel) in PRESETS.items()
    ]
    return {"shown": _answer(value)[0], "presets": presets, "palette": scales()["signed"]}


def restore(linked: Mapping[str, Any], _shared: Mapping[str, Any]) -> dict[str, Any]:
    """Show the state of a link, whether the tab has been opened or not."""
    value = step_value(STATE.of(linked))
    return {"widget": gr.update(value=value, **whole_props("step", **step_props(value)))}


def build(shared: Shared) -> Room:
    """Lay out the tab, opening on the chapter's figure."""
    tell_sentence("step")
    value = step_value(STATE.defaults)
    step = widget("step", value=value, **step_props(value))
    room = Room("step", shared, {"widget": step}, restore, restored=("widget",))
    room.on(step.input, follow, room.parts, trigger_mode="always_last")
    return room


LESSON = Lesson("step", STATE, build)

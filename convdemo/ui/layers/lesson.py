"""The Layers tab: what every layer makes of the photo, in a stack of one's own and in a small network that finds faces.

One widget holds the whole lesson, and its value is all that can be set. It is sent with every change, and the answer
says everything about the part that is on screen; where one points, the browser works out by itself.
"""

import json
import time
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from convdemo.kernels import KERNELS
from convdemo.receptive_field import StackError
from convdemo.small_network import FIELD, run_network
from convdemo.ui.kernel.value import read_kernel_value
from convdemo.ui.layers.api import ENDPOINTS
from convdemo.ui.layers.files import KINDS, save_network, save_own
from convdemo.ui.layers.network import run_at, show_network, show_pyramid
from convdemo.ui.layers.own import OwnStack, show_stack
from convdemo.ui.layers.program import write_network_program, write_stack_program
from convdemo.ui.layers.spec import check_layers
from convdemo.ui.layers.state import STATE, WORKED
from convdemo.ui.lesson import Lesson, Room, Shared
from convdemo.ui.parts.files import save_file, served
from convdemo.ui.parts.widgets import code_place, late_props, late_widget, read_text, scales, show_code, tell_sentence
from convdemo.ui.picture.opening import OpenPicture, PictureGoneError, open_picture

_OTHERS = tuple(name for name in STATE.defaults if name not in ("stack", "unit"))


# ---- what is asked for -------------------------------------------------------------------------------------------


def as_value(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state, by its short names, as the widget's value."""
    unit = list(state["unit"]) if state["unit"] else None
    return {**state, "unit": unit, "stack": [layer.value() for layer in state["stack"]]}


def read_value(value: Any) -> dict[str, Any]:
    """Return the widget's value as a state, by the short names.

    Raises:
        ValueError: what is wrong, in one sentence; a `StackError` says with which layer.
    """
    if not isinstance(value, Mapping):
        raise StackError(read_text("layers")["no_state"])
    state = STATE.check({name: value.get(name) for name in _OTHERS}, _OTHERS)
    match value.get("unit"):
        case [int(row), int(column)] if 0 <= row <= 9_999 and 0 <= column <= 9_999:
            unit = (row, column)
        case _:
            unit = None
    return {**state, "unit": unit, "stack": check_layers(value.get("stack"))}


def _read(given: Mapping[str, Any]) -> tuple[dict[str, Any], OpenPicture]:
    try:
        return read_value(given["widget"]), open_picture(given["picture"])
    except PictureGoneError as error:
        raise ValueError(str(error)) from error


# ---- what is answered --------------------------------------------------------------------------------------------


def draw(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a change of anything: the maps of the part that is on screen, or what is wrong."""
    value = given["widget"] if isinstance(given["widget"], Mapping) else {}
    try:
        asked, picture = _read(given)
        if asked["part"] == "own":
            stack = OwnStack(picture, asked["stack"], read_kernel_value(given["page_kernel"]))
            shown, code = show_stack(stack), write_stack_program(picture, stack.layers)
        else:
            shown = show_network(picture.photo, asked, value.get("known"))
            if value.get("pyramid") is True:
                shown |= {"pyramid": show_pyramid(picture.photo), "whole": served(picture.file)}
            height, width = run_at(picture.photo, asked["size"]).pixels.shape[:2]
            code = write_network_program(picture, height, width)
        shown |= {"part": asked["part"], "problem": "", "stack": json.dumps(value.get("stack"))}
        return {
            "widget": _show(shown),
            "code": show_code(read_text("layers")["code_label"], code),
            "query": STATE.query(asked),
        }
    except ValueError as error:
        number = error.layer if isinstance(error, StackError) else None
        return {"widget": _show({"part": value.get("part"), "problem": str(error), "wrong": number})}


def _show(shown: Mapping[str, Any]) -> dict[str, Any]:
    return gr.update(**late_props("layers", shown=shown))


def hold(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the choice of a place: the link says it."""
    try:
        return {"query": STATE.query(read_value(given["widget"]))}
    except ValueError:  # it is told where it was typed
        return {}


def save(given: Mapping[str, Any], event: gr.EventData) -> dict[str, Any]:
    """Hand over the maps as the kind of file that the event asks for.

    Raises:
        gr.Error: there are none of this state, or there is no such kind.
    """
    kind = getattr(event, "kind", None)
    text = read_text("layers")
    if not isinstance(kind, str) or kind not in KINDS:
        raise gr.Error(text["no_such_file"], print_exception=False)
    try:
        asked, picture = _read(given)
        if asked["part"] == "own":
            data = save_own(OwnStack(picture, asked["stack"], read_kernel_value(given["page_kernel"])), kind)
        else:
            data = save_network(run_at(picture.photo, asked["size"]), kind)
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from error
    path = save_file(data, f"{picture.stem}-{asked['part']}-{KINDS[kind]}.{kind}")
    return {"widget": gr.update(**late_props("layers", saved=_hand_over(path)))}


def _hand_over(path: Path) -> dict[str, Any]:
    return {"file": served(path), "name": path.name, "click": time.monotonic_ns()}  # so that the same twice is a change


def restore(linked: Mapping[str, Any], _shared: Mapping[str, Any]) -> dict[str, Any]:
    """Set what a link says: it is drawn when the lesson is opened."""
    return {"widget": gr.update(value=as_value(STATE.of(linked)), **late_props("layers", shown={}, saved={}))}


def warm_up() -> None:
    """Compile the one program of the network."""
    run_network(np.zeros((FIELD, FIELD)))


# ---- layout ------------------------------------------------------------------------------------------------------


def build(shared: Shared) -> Room:
    """Lay out the lesson. Its words, its controls and its maps come when it is opened."""
    text = read_text("layers")
    tell_sentence("layers")
    worked = {name: [layer.value() for layer in layers] for name, layers in WORKED.items()}
    constants = {"worked": worked, "palette": scales()["signed"], "groups": _menu()}
    widget = late_widget("layers", as_value(STATE.defaults), constants, shown={}, saved={})
    with gr.Accordion(text["code"], open=False, elem_classes=["lab-section"]):
        code = code_place(text["code_label"])
    room = Room("layers", shared, {"widget": widget, "code": code}, restore, ("widget",))
    request = {"picture": shared.picture, "page_kernel": shared.kernel, "widget": widget}
    work = {"concurrency_id": "layers", "concurrency_limit": 2, "trigger_mode": "always_last"}
    room.follow(draw, request, data=("picture", "page_kernel"), answers=("widget", "code"), **work)
    room.on(widget.input, draw, request, ("widget", "code"), **work)
    room.on(widget.select, hold, {"widget": widget}, (), trigger_mode="always_last")
    room.on(widget.download, save, request, ("widget",))
    return room


def _menu() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the kernels to pick, by their groups: name and title."""
    kernels = KERNELS.values()
    return [
        (group, [(kernel.name, kernel.title) for kernel in members])
        for group, members in groupby(kernels, lambda kernel: kernel.group)
    ]


LESSON = Lesson("layers", STATE, build, warm_up=warm_up, endpoints=ENDPOINTS)

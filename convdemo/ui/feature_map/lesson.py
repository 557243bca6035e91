"""The Feature map tab: a kernel, its feature map on the shared picture, and everything that follows from both.

`draw` is the one event of the tab: it is sent the whole state with every change and answers with everything that can
have changed. So a burst of changes ends on the last one, and no order of answers can mix two states.
"""

import json
import threading
from collections.abc import Mapping
from typing import Any

import gradio as gr

from convdemo.kernels import Kernel, KernelError
from convdemo.ui.feature_map.api import ENDPOINTS
from convdemo.ui.feature_map.files import save_map, save_whole
from convdemo.ui.feature_map.program import write_program
from convdemo.ui.feature_map.state import STATE
from convdemo.ui.feature_map.view import figure_value
from convdemo.ui.kernel.panel import build_kernel, show_kernel, sum_of
from convdemo.ui.kernel.state import STATE as KERNEL
from convdemo.ui.kernel.value import UndecidedError, read_typed
from convdemo.ui.layer.panel import as_controls, build_display, build_layer, enable_signed, limit_sliders
from convdemo.ui.layer.settings import Settings, limits_of, read_settings, warm_up
from convdemo.ui.layer.state import ALL, MAX_BIAS
from convdemo.ui.layer.state import STATE as LAYER
from convdemo.ui.lesson import Lesson, Room, Shared
from convdemo.ui.parts.widgets import (
    code_place,
    read_source,
    read_text,
    scales,
    show_code,
    tell_sentence,
    widget,
)
from convdemo.ui.picture.opening import MAX_UPLOAD_BYTES, MOST_WHOLE, OpenPicture, open_picture
from convdemo.ui.picture.panel import look_at
from convdemo.ui.picture.state import STATE as PICTURE

DEFAULT_SETTINGS = Settings(**LAYER.defaults)
"""The settings that the page opens with."""

ANSWERS = ("figure", "picture", "kernel", "code", "stride", "dilation", "bias", "relu")
"""The parts that `draw` answers for, beside the header. The browser sets them in this order: the map, which has to be
loaded, comes first."""


_AT_ONCE = threading.BoundedSemaphore(4)
"""How many maps are made at once. They do not wait in Gradio's queue, which costs a visitor two more round trips."""


def draw(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a change of anything: the picture, the kernel, the settings.

    What is wrong is said where it is wrong; the last good feature map stays, marked as old.
    """
    picture_update, figure_update = {}, {"stale": False, "error": ""}
    # As text: nothing that was sent comes back as a structure, in which Gradio would look for files to serve.
    kernel_update = {"asked": json.dumps(given["kernel"])}
    picture, picture_update = look_at(given["picture"])
    kernel, limits, bias = None, None, {}
    try:
        typed = read_typed(given["kernel"])
        kernel = typed.kernel
        kernel_update |= show_kernel(kernel)
        if typed.summary:
            kernel_update["understood"] = typed.summary
        if typed.bias is not None:  # the text has one
            bias = {"value": round(min(max(typed.bias, -MAX_BIAS), MAX_BIAS), 4)}
            given = {**given, "bias": bias["value"]}
    except UndecidedError as error:
        kernel_update |= {"sum": sum_of(None), "error": str(error), "choices": error.names}
    except KernelError as error:
        kernel_update |= {"sum": sum_of(None), "error": str(error), "row": error.row, "column": error.column}

    drawn = {}
    if picture and kernel:
        try:
            settings = read_settings(given)
            limits = limits_of(picture.photo.size, kernel, settings)
            drawn |= enable_signed(settings)
            kernel_update["limits"] = {"rows": limits.rows, "columns": limits.columns}
            with _AT_ONCE:
                figure_update["value"] = figure_value(picture, kernel, settings)
            program = _program(picture, kernel, settings)
            drawn["code"] = show_code(read_text("feature_map")["code_label"], program)
            drawn["header"] = {"page_query": query_of(picture, kernel, settings), "uploaded": not picture.example}
        except ValueError as error:
            figure_update["error"] = str(error)
    figure_update["stale"] = "value" not in figure_update
    if bias:
        drawn["bias"] = {**drawn.get("bias", gr.update()), **bias}
    return {
        **drawn,
        "picture": gr.update(shown=picture_update),
        "kernel": gr.update(shown=kernel_update),
        "figure": gr.update(**figure_update),
        **limit_sliders(limits, given["stride"], given["dilation"]),
    }


def _program(picture: OpenPicture, kernel: Kernel, settings: Settings) -> str:
    return write_program(
        picture.save_as,
        is_grey=picture.photo.pixels.shape[2] == 1,
        kernel=kernel,
        settings=settings,
        source=picture.photo.source,
        is_changed=picture.is_changed,
    )


def query_of(picture: OpenPicture, kernel: Kernel, settings: Settings) -> str:
    """Return what is on screen as the part of a link that all lessons share; an upload is not in it."""
    parts = [
        PICTURE.query({"picture": picture.example} if picture.example else {}),
        KERNEL.query({"kernel": kernel}),
        LAYER.query(vars(settings)),
    ]
    return "&".join(filter(None, parts))


def draw_edges(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the entry of the menu that asks for the edges in all directions; the browser sets the kernel."""
    return {**draw({**given, "directions": ALL}), "directions": gr.update(value=ALL)}


def restore(linked: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the state of a link; what is shared is as its controls send it. The browser keeps the cell of the link."""
    answer = draw(shared)
    if "value" in answer["figure"]:
        answer["figure"]["value"]["restored"] = True  # a change, also where it is the map of every visit
        if linked["cell"]:
            answer["figure"]["value"]["cell"] = [at - 1 for at in linked["cell"]]
    return answer


def preview(linked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the feature map of a link; None if there is none, or one for each colour."""
    try:
        picture, settings = open_picture({"example": linked["picture"]}), read_settings(as_controls(LAYER.of(linked)))
        with _AT_ONCE:
            pictures = figure_value(picture, linked["kernel"], settings)["pictures"]
    except ValueError:  # the page says why
        return None
    return pictures[0] if len(pictures) == 1 else None


def build(shared: Shared) -> Room:
    """Lay out the tab, opening on a worked state, with the kernel and the layer that all lessons share."""
    text, settings = read_text("feature_map"), DEFAULT_SETTINGS
    picture, kernel = open_picture({"example": PICTURE["picture"].default}), KERNEL["kernel"].default
    limits = limits_of(picture.photo.size, kernel, settings)
    value = figure_value(picture, kernel, settings, publish=True)
    tell_sentence("feature_map")
    with gr.Row(elem_classes=["lab-map"]):
        with gr.Column(elem_classes=["lab-cause"]):
            shared.kernel, display = build_kernel(limits), build_display()
        shared.layer = {**build_layer(limits), **display}
        with gr.Column(elem_classes=["lab-effect"]):
            figure = widget(
                "feature_map",
                name="figure",
                value=value,
                stale=False,
                error="",
                saved=None,
                scales=scales(),
                told={
                    **{name: words for name, words in text["caption"].items() if name != "saved"},
                    "sum": read_text("kernel")["summary"],
                },
                most_pixels=MOST_WHOLE,
                most_bytes=MAX_UPLOAD_BYTES,
            )
    with gr.Accordion(text["code"], open=False, elem_classes=["lab-program"]):
        code = code_place(text["code_label"], _program(picture, kernel, settings))

    parts = {**shared.state, "figure": figure, "code": code}
    room = Room("feature_map", shared, parts, restore)
    room.restored, room.opening = ANSWERS, value["pictures"][0]
    state = shared.state
    # First: Gradio begins what follows of one event when what stands before is answered.
    script = read_source("feature_map/moved.js").replace("NAMES", json.dumps(list(shared.layer)))
    moved = [control.input for control in shared.layer.values()]
    gr.on(moved, None, list(shared.layer.values()), js=script, api_visibility="private")
    # A slider cuts a number that was typed beyond its end when the box is left: that is a change, not an input.
    changes = [getattr(part, "change" if isinstance(part, gr.Slider) else "input") for part in state.values()]
    room.on(changes, draw, state, ANSWERS, trigger_mode="always_last")
    room.on(shared.kernel.select, draw_edges, state, (*ANSWERS, "directions"))
    room.on(figure.download, save_map, state, ["figure"])
    room.on(figure.upload, save_whole, state, ["figure"], concurrency_id="whole", concurrency_limit=1)
    return room


LESSON = Lesson("feature_map", STATE, build, holds=True, warm_up=warm_up, preview=preview, endpoints=ENDPOINTS)

"""The Feature map tab: a kernel, its feature map on the shared picture, and everything that follows from both.

`draw` is the one event of the tab: it is sent the whole state with every change and answers with everything that can
have changed. So a burst of changes ends on the last one, and no order of answers can mix two states.
"""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import gradio as gr
import numpy as np

from convdemo.images import ImageError
from convdemo.kernels import Kernel, KernelError
from convdemo.rendering import Picture, encode_png
from convdemo.ui.feature_map.program import write_program
from convdemo.ui.feature_map.view import figure_value, render_map
from convdemo.ui.kernel.panel import build_kernel, show_kernel, sum_of
from convdemo.ui.kernel.state import STATE as KERNEL
from convdemo.ui.kernel.value import read_kernel_value
from convdemo.ui.layer.fit import find_limits
from convdemo.ui.layer.panel import as_controls, build_display, build_layer, limit_sliders
from convdemo.ui.layer.settings import Settings, make_feature_map, read_settings, warm_up
from convdemo.ui.layer.state import STATE as LAYER
from convdemo.ui.lesson import Lesson, Room, Shared, by_name
from convdemo.ui.parts.files import save_array, save_file, served
from convdemo.ui.parts.widgets import (
    code_place,
    palette,
    read_text,
    show_code,
    tell_sentence,
    widget,
)
from convdemo.ui.picture.opening import OpenPicture, PictureGoneError, open_picture
from convdemo.ui.picture.panel import describe
from convdemo.ui.picture.state import STATE as PICTURE
from convdemo.ui.state import State

STATE = State("feature_map", ())
"""Nothing of its own: the picture, the kernel and the layer are shared."""

DEFAULT_SETTINGS = Settings(**LAYER.defaults)
"""The settings that the page opens with."""

ANSWERS = ("figure", "picture", "kernel", "code", "stride", "dilation")
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
    picture = kernel = limits = None
    try:
        picture = open_picture(given["picture"])
        picture_update = describe(picture)
    except PictureGoneError as error:
        picture_update = {"error": str(error), "gone": True}
    except ImageError as error:
        picture_update = {"error": str(error)}
    try:
        kernel = read_kernel_value(given["kernel"])
        kernel_update |= show_kernel(kernel)
    except KernelError as error:
        kernel_update |= {"sum": sum_of(None), "error": str(error), "row": error.row, "column": error.column}

    drawn = {}
    if picture and kernel:
        try:
            settings = read_settings(given)
            limits = find_limits(picture.photo.size, kernel.weights.shape, settings.padding, settings.dilation)
            kernel_update["limits"] = {"rows": limits.rows, "columns": limits.columns}
            with _AT_ONCE:
                figure_update["value"] = figure_value(picture, kernel, settings)
            is_grey = picture.photo.pixels.shape[2] == 1
            program = write_program(picture.save_as, is_grey=is_grey, kernel=kernel, settings=settings)
            drawn["code"] = show_code(read_text("feature_map")["code_label"], program)
            drawn["header"] = {"page_query": query_of(picture, kernel, settings), "uploaded": not picture.example}
        except ValueError as error:
            figure_update["error"] = str(error)
    figure_update["stale"] = "value" not in figure_update
    return {
        **drawn,
        "picture": gr.update(shown=picture_update),
        "kernel": gr.update(shown=kernel_update),
        "figure": gr.update(**figure_update),
        **limit_sliders(limits, given["stride"], given["dilation"]),
    }


def query_of(picture: OpenPicture, kernel: Kernel, settings: Settings) -> str:
    """Return what is on screen as the part of a link that all lessons share; an upload is not in it."""
    parts = [
        PICTURE.query({"picture": picture.example} if picture.example else {}),
        KERNEL.query({"kernel": kernel}),
        LAYER.query(vars(settings)),
    ]
    return "&".join(filter(None, parts))


def save_map(given: Mapping[str, Any], event: gr.EventData) -> dict[str, Any]:
    """Write the feature map on screen as the kind of file that the event asks for, and hand it to the figure.

    A "png" is the picture, its colours side by side; a "npy" the numbers, float32.

    Raises:
        gr.Error: there is no feature map of this state, or no such kind.
    """
    kind = getattr(event, "kind", None)
    if kind not in ("png", "npy"):
        raise gr.Error(read_text("feature_map")["no_such_file"], print_exception=False)
    try:
        picture, kernel = open_picture(given["picture"]), read_kernel_value(given["kernel"])
        settings = read_settings(given)
        feature_map = make_feature_map(picture.photo, kernel, settings)
    except (ValueError, PictureGoneError) as error:
        raise gr.Error(str(error), print_exception=False) from error
    name = f"{read_text('feature_map')['caption']['saved']}-{kernel.name}.{kind}"
    if kind == "png":
        pictures = render_map(feature_map, kernel, settings).pictures
        side_by_side = Picture(np.hstack([picture.pixels for picture in pictures]), pictures[0].palette)
        path = save_file(encode_png(side_by_side), name)
    else:
        path = save_array(feature_map, name)
    click = time.monotonic_ns()  # so that the same file twice is a change
    return {"figure": gr.update(saved={"file": served(path), "click": click, "name": name})}


def draw_handed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a kernel that another lesson has handed over: show this one."""
    return {**draw(given), "tabs": gr.update(selected="feature_map")}


def restore(linked: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the state of a link; the picture and the kernel are as their widgets send them."""
    settings = as_controls(LAYER.of(linked))
    answer = draw({**settings, "picture": shared["picture"], "kernel": shared["kernel"]})
    if "value" in answer["figure"]:
        answer["figure"]["value"]["restored"] = True  # a change, also where it is the map of every visit
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
    limits = find_limits(picture.photo.size, kernel.weights.shape, settings.padding, settings.dilation)
    value = figure_value(picture, kernel, settings, publish=True)
    tell_sentence(text["sentence"])
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
                palette=palette(),
            )
    with gr.Accordion(text["code"], open=False, elem_classes=["lab-program"]):
        is_grey = picture.photo.pixels.shape[2] == 1
        program = write_program(picture.save_as, is_grey=is_grey, kernel=kernel, settings=settings)
        code = code_place(text["code_label"], program)

    parts = {**shared.state, "figure": figure, "code": code, "tabs": shared.tabs}
    room = Room("feature_map", shared, {name: part for name, part in parts.items() if part}, restore)
    room.restored, room.opening = ANSWERS, value["pictures"][0]
    state = shared.state
    # A slider cuts a number that was typed beyond its end when the box is left: that is a change, not an input.
    changes = [getattr(part, "change" if isinstance(part, gr.Slider) else "input") for part in state.values()]
    room.on(changes, draw, state, ANSWERS, trigger_mode="always_last")
    room.on(figure.download, save_map, state, ["figure"])
    if shared.tabs:
        places = {name: room.parts[name] for name in (*ANSWERS, "tabs")}
        show = by_name(draw_handed, tuple(state), tuple(places), room.name)
        shared.after_handing = show, list(state.values()), [*places.values(), shared.header]
    return room


LESSON = Lesson("feature_map", STATE, build, holds=True, warm_up=warm_up, preview=preview)

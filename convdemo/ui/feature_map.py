"""The Feature map tab: a kernel, its feature map on the shared picture, and everything that follows from both.

`draw` is the one event of the tab: it is sent the whole state with every change and answers with everything that can
have changed. So a burst of changes ends on the last one, and no order of answers can mix two states.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import gradio as gr
import numpy as np

from convdemo.images import ImageError
from convdemo.kernels import (
    KERNELS,
    MAX_SIZE,
    Kernel,
    KernelError,
    to_cells,
)
from convdemo.links import DEFAULTS, MAX_BIAS, to_query
from convdemo.rendering import CLIPPED, SIGNED, Picture, Rendered, encode_png, format_number, to_picture, vivid_limit
from convdemo.ui.fit import Limits, find_limits
from convdemo.ui.kernel_state import OperationError, kernel_value, read_kernel_value
from convdemo.ui.picture import OpenPicture, PictureGoneError, describe, open_picture
from convdemo.ui.program import write_program
from convdemo.ui.settings import Settings, browser_layer, make_feature_map, read_settings
from convdemo.ui.widgets import palette, read_text, save_array, save_file, served, tell_sentence, widget

CONTROLS = ("stride", "padding", "dilation", "bias", "relu", "flip", "channels", "display", "scale")
"""The settings of the page by the names of their components."""

DEFAULT_SETTINGS = Settings(**{name: DEFAULTS[name] for name in Settings.__dataclass_fields__})
"""The settings that the page opens with."""

LARGEST_GRID = 15
"""The longest side of a kernel that is edited cell by cell; larger ones are edited as text."""


@dataclass(frozen=True)
class FeatureMapTab:
    """The components of the tab that events read and write."""

    kernel: gr.HTML
    figure: gr.HTML
    code: gr.Code
    stride: gr.Slider
    padding: gr.Radio
    dilation: gr.Slider
    bias: gr.Slider
    relu: gr.Checkbox
    flip: gr.Radio
    channels: gr.Radio
    display: gr.Radio
    scale: gr.Radio

    @property
    def controls(self) -> list[gr.Component]:
        """The settings, in the order in which `draw` takes them."""
        return [getattr(self, name) for name in CONTROLS]


# ---- what the widgets send and get ------------------------------------------------------------------------------


def _shown_kernel(kernel: Kernel) -> dict[str, Any]:
    """Return what the widget is told about a good kernel."""
    return {"cells": to_cells(kernel.weights), "sum": _sum_of(kernel), "error": None}


def _sum_of(kernel: Kernel | None) -> str:
    """Return the sum of the weights in words; what rounding leaves of a sum that should be 0 is 0."""
    total = "?"
    if kernel:
        exact = kernel.weights.sum(dtype=np.float64)
        total = format_number(0.0 if abs(exact) < 1e-6 * np.abs(kernel.weights).sum(dtype=np.float64) else exact)
    return read_text("kernel")["summary"].format(sum=total)


def _library() -> list[dict[str, Any]]:
    """Return the kernels to pick, each as a value, with its words. The visitor's own kernel has no cells yet."""
    text = read_text("kernel")
    own = {
        "title": text["own_title"],
        "note": text["own_note"],
        "source": "",
        "value": {"name": "custom", "parameters": {}, "cells": None, "text": None, "operations": []},
    }
    return [
        {
            "title": kernel.title,
            "note": kernel.note,
            "source": f"{text['source_label']}: {kernel.source}",
            "value": kernel_value(kernel),
        }
        for kernel in KERNELS.values()
    ] + [own]


def _menu() -> dict[str, Any]:
    """Return what the template of the kernel widget makes the menu and the parameters from."""

    def entry(kernel: Kernel) -> dict[str, str]:
        return {"name": kernel.name, "title": kernel.title, "note": kernel.note}

    return {
        "groups": [
            (group, [entry(kernel) for kernel in kernels])
            for group, kernels in groupby(KERNELS.values(), lambda kernel: kernel.group)
        ],
        "parameters": [(kernel.name, parameter) for kernel in KERNELS.values() for parameter in kernel.parameters],
    }


def figure_value(picture: OpenPicture, kernel: Kernel, settings: Settings) -> dict[str, Any]:
    """Return the feature map with its legend, caption and arithmetic as the figure widget's value."""
    text = read_text("feature_map")
    feature_map = make_feature_map(picture.photo, kernel, settings)
    rendered = _render(feature_map, settings)
    only_positive = settings.display == SIGNED and rendered.minimum >= 0 and rendered.maximum > 0
    height, width = feature_map.shape[:2]
    labels = text["colours"]["names"] if len(rendered.pictures) > 1 else [None]
    caption = text["caption"]["text"].format(
        name=picture.name,
        kernel=kernel.title,
        width=width,
        height=height,
        minimum=format_number(rendered.minimum),
        maximum=format_number(rendered.maximum),
    )
    return {
        "pictures": [
            {
                "file": served(save_file(encode_png(drawn), "feature-map.png")),
                "size": [height, width],
                "label": label,
            }
            for drawn, label in zip(rendered.pictures, labels, strict=True)
        ],
        "legend": {
            "title": text["caption"]["positive" if only_positive else settings.display],
            "colours": list(rendered.legend.colours),
            "ticks": [[tick.text, tick.position] for tick in rendered.legend.ticks],
        },
        "caption": caption,
        "layer": _layer(picture, kernel, settings, feature_map),
        "facts": _facts(picture.photo.size, (height, width), kernel, settings),
    }


def _render(feature_map: np.ndarray, settings: Settings) -> Rendered:
    vivid = settings.scale == "vivid" and settings.display != CLIPPED
    return to_picture(feature_map, display=settings.display, limit=vivid_limit(feature_map) if vivid else None)


def _layer(picture: OpenPicture, kernel: Kernel, settings: Settings, feature_map: np.ndarray) -> dict[str, Any]:
    """Return all that the browser needs to work out any value of the feature map by itself."""
    strongest = np.unravel_index(np.argmax(np.abs(feature_map)), feature_map.shape)
    return {
        "picture": served(picture.values),
        "packed": picture.values != picture.file,
        "colour": feature_map.ndim == 3,
        "strongest": [int(index) for index in strongest],
        **browser_layer(picture.photo.size, kernel.weights, settings),
    }


def _facts(size: tuple[int, int], output: tuple[int, int], kernel: Kernel, settings: Settings) -> list[dict[str, Any]]:
    """Return the size of the feature map and its number of weights, with the arithmetic spelled out."""
    words = read_text("feature_map")["facts"]
    shape = kernel.weights.shape
    paddings = settings.padding_for(shape)
    sizes = [
        f"{words[axis]} {spell_out(size[at], shape[at], settings.stride, sum(paddings[at]), settings.dilation)}"
        for axis, at in (("width", 1), ("height", 0))
    ]
    inputs, outputs = size[0] * size[1], output[0] * output[1]
    weights = [
        words["weights_here"].format(height=shape[0], width=shape[1], count=shape[0] * shape[1] + 1),
        words["weights_full"].format(
            inputs=_grouped(inputs), outputs=_grouped(outputs), count=_grouped(inputs * outputs)
        ),
    ]
    return [{"term": words["size"], "lines": sizes}, {"term": words["weights"], "lines": weights}]


def spell_out(size: int, kernel: int, stride: int, padding: int, dilation: int) -> str:
    """Write out the arithmetic of the output size along one axis; padding is that of both sides together.

    >>> spell_out(600, 3, 1, 0, 1)
    '600 − 3 + 1 = 598'
    >>> spell_out(600, 3, 2, 2, 1)
    '⌊(600 + 2 − 3) / 2⌋ + 1 = 300'
    >>> spell_out(600, 3, 1, 0, 2)
    '600 − (2·(3 − 1) + 1) + 1 = 596'
    """
    span = dilation * (kernel - 1) + 1
    steps = (size + padding - span) // stride
    padded = f"{size} + {padding}" if padding else f"{size}"
    inside = f"{padded} − " + (f"({dilation}·({kernel} − 1) + 1)" if dilation > 1 else f"{kernel}")
    return f"{inside if stride == 1 else f'⌊({inside}) / {stride}⌋'} + 1 = {steps + 1}"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


# ---- events -----------------------------------------------------------------------------------------------------


def draw(
    picture_reference: Mapping[str, Any],
    kernel_state: Mapping[str, Any],
    *controls: Any,
) -> tuple[Any, ...]:
    """Answer a change of anything: the picture, the kernel, the settings (in the order of `CONTROLS`).

    Returns:
        Updates of the picture, the kernel, the figure, the code, the header, the stride and the dilation. What is wrong
        is said where it is wrong; the last good feature map stays, marked as old.
    """
    controls = dict(zip(CONTROLS, controls, strict=True))
    picture_update, kernel_update, figure_update = {}, {}, {"stale": False, "error": ""}
    kernel_update["request"] = kernel_state.get("request") if isinstance(kernel_state, Mapping) else None
    picture = kernel = settings = limits = None
    try:
        picture = open_picture(picture_reference)
        picture_update = describe(picture)
    except PictureGoneError as error:
        picture_update = {"error": str(error), "gone": True}
    except ImageError as error:
        picture_update = {"error": str(error)}
    try:
        kernel = read_kernel_value(kernel_state)
        kernel_update |= _shown_kernel(kernel)
    except OperationError as error:
        kernel = error.kernel
        kernel_update |= _shown_kernel(kernel) | {"error": str(error)}
    except KernelError as error:
        kernel_update |= {"sum": _sum_of(None), "error": str(error), "row": error.row, "column": error.column}

    value = code = query = None
    if picture and kernel:
        try:
            settings = read_settings(controls)
            limits = find_limits(picture.photo.size, kernel.weights.shape, settings.padding, settings.dilation)
            kernel_update["limits"] = {"rows": limits.rows, "columns": limits.columns}
            value = figure_value(picture, kernel, settings)
            is_grey = picture.photo.pixels.shape[2] == 1
            code = write_program(picture.save_as, is_grey=is_grey, kernel=kernel, settings=settings)
            query = to_query(state_of(picture, kernel, settings))
        except ValueError as error:
            figure_update["error"] = str(error)
    figure_update["stale"] = value is None
    return (
        gr.update(shown=picture_update),
        gr.update(shown=kernel_update),
        gr.update(value=value, **figure_update) if value else gr.update(**figure_update),
        code or gr.skip(),
        gr.update(value={"query": query, "uploaded": picture.example is None, "notices": []}) if value else gr.skip(),
        *limit_sliders(limits, controls["stride"], controls["dilation"]),
    )


def state_of(picture: OpenPicture, kernel: Kernel, settings: Settings) -> dict[str, Any]:
    """Return what is on screen as the state of a link; an upload is not part of it."""
    state = {"tab": "feature_map", "kernel": kernel, **vars(settings)}
    if picture.example:
        state["picture"] = picture.example
    return state


def limit_sliders(limits: Limits | None, stride: float, dilation: float) -> tuple[Any, Any]:
    """Return updates of the stride and the dilation slider, so that an impossible setting cannot be dialled.

    Where only 1 is possible there is nothing to dial, but a slider that stands elsewhere can still be turned back.
    """
    if limits is None:
        return gr.skip(), gr.skip()
    return tuple(
        gr.update(maximum=max(2, limit), interactive=limit > 1 or value != 1)
        for limit, value in ((limits.stride, stride), (limits.dilation, dilation))
    )


def save_map(
    event: gr.EventData, picture_reference: Mapping[str, Any], kernel_state: Mapping[str, Any], *controls: Any
) -> dict[str, Any]:
    """Write the feature map on screen as the kind of file that the event asks for, and hand it to the figure.

    A "png" is the picture, its colours side by side; a "npy" the numbers, float32.

    Raises:
        gr.Error: there is no feature map of this state.
    """
    try:
        picture, kernel = open_picture(picture_reference), read_kernel_value(kernel_state)
        settings = read_settings(dict(zip(CONTROLS, controls, strict=True)))
        feature_map = make_feature_map(picture.photo, kernel, settings)
    except (ValueError, PictureGoneError) as error:
        raise gr.Error(str(error), print_exception=False) from error
    name = f"{read_text('feature_map')['caption']['saved']}-{kernel.name}.{event.kind}"
    if event.kind == "png":
        pictures = _render(feature_map, settings).pictures
        side_by_side = Picture(np.hstack([picture.pixels for picture in pictures]), pictures[0].palette)
        path = save_file(encode_png(side_by_side), name)
    else:
        path = save_array(feature_map, name)
    return gr.update(
        saved={
            "file": served(path),
            "click": time.monotonic_ns(),  # so that the same file twice is a change
            "name": name,
        }
    )


# ---- layout -----------------------------------------------------------------------------------------------------


def build_feature_map_tab(picture: OpenPicture, kernel: Kernel, settings: Settings) -> FeatureMapTab:
    """Lay out the tab, opening on a worked state."""
    text = read_text("feature_map")
    limits = find_limits(picture.photo.size, kernel.weights.shape, settings.padding, settings.dilation)

    def choices(name: str) -> list[tuple[str, str]]:
        return [(label, value) for value, label in text[f"{name}_choices"].items()]

    tell_sentence(text["sentence"])
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=3, min_width=280):
            kernel_widget = widget(
                "kernel",
                value=kernel_value(kernel),
                shown=_shown_kernel(kernel) | {"limits": {"rows": limits.rows, "columns": limits.columns}},
                library=_library(),
                constants=_menu(),
                palette=palette(),
                max_side=MAX_SIZE,
                grid_side=LARGEST_GRID,
            )
            with gr.Accordion(text["layer"], open=True, elem_classes=["lab-layer"]):
                stride, dilation = (
                    gr.Slider(
                        1,
                        getattr(limits, name),
                        getattr(settings, name),
                        step=1,
                        label=text[name],
                        info=text[f"{name}_info"],
                    )
                    for name in ("stride", "dilation")
                )
                padding = gr.Radio(
                    choices("padding"), value=settings.padding, label=text["padding"], info=text["padding_info"]
                )
                bias = gr.Slider(
                    -MAX_BIAS, MAX_BIAS, settings.bias, step=0.05, label=text["bias"], info=text["bias_info"]
                )
                relu = gr.Checkbox(
                    settings.activation == "relu", label=text["activation"], info=text["activation_info"]
                )
                flip = gr.Radio(choices("flip"), value=settings.flip, label=text["flip"])
                channels = gr.Radio(choices("channels"), value=settings.channels, label=text["channels"])
        with gr.Column(scale=4, min_width=320):
            figure = widget(
                "figure",
                value=figure_value(picture, kernel, settings),
                stale=False,
                error="",
                saved=None,
                palette=palette(),
            )
            display = gr.Radio(choices("display"), value=settings.display, label=text["display"])
            scale = gr.Radio(choices("scale"), value=settings.scale, label=text["scale"])
    with gr.Accordion(text["code"], open=False):
        is_grey = picture.photo.pixels.shape[2] == 1
        code = gr.Code(
            write_program(picture.save_as, is_grey=is_grey, kernel=kernel, settings=settings),
            language="python",
            label=text["code_label"],
            interactive=False,
        )
    return FeatureMapTab(
        kernel_widget, figure, code, stride, padding, dilation, bias, relu, flip, channels, display, scale
    )

"""How is the shared layer set?"""

from typing import Any

import gradio as gr

from convdemo.ui.controls import radio, slider
from convdemo.ui.layer.fit import Limits
from convdemo.ui.layer.settings import Settings
from convdemo.ui.layer.state import ALL, STATE
from convdemo.ui.parts.widgets import hold, read_text

LAYER = ("directions", "stride", "padding", "dilation", "bias", "relu", "flip", "channels")
"""The controls of the layer, in their order on the page."""

DISPLAY = ("display", "scale")
"""The controls of how its feature map is shown."""


def build_layer(limits: Limits) -> dict[str, gr.Component]:
    """Lay out the controls of the layer; `limits` are the largest values that fit."""
    text = read_text("layer")
    with gr.Accordion(text["layer"], open=True, elem_classes=["lab-layer"]):
        stride = slider(STATE["stride"], text, most=limits.stride, min_width=130)
        dilation = slider(STATE["dilation"], text, most=limits.dilation, min_width=130)
        padding = radio(STATE["padding"], text)
        bias = slider(STATE["bias"], text, step=0.05)
        relu = gr.Checkbox(
            STATE["activation"].default == "relu", label=text["activation"], info=text["activation_info"]
        )
        flip, channels = radio(STATE["flip"], text), radio(STATE["channels"], text)
    return dict(zip(LAYER[1:], (stride, padding, dilation, bias, relu, flip, channels), strict=True))


def build_display() -> dict[str, gr.Component]:
    """Lay out the controls that stand by the kernel: in which directions it is laid, and how its map is shown."""
    directions = radio(STATE["directions"], read_text("layer"), elem_classes=["lab-directions"])
    return {"directions": directions, **{name: radio(STATE[name], read_text("layer")) for name in DISPLAY}}


def hold_layer() -> dict[str, gr.Component]:
    """Build what holds the layer on a page where it cannot be seen."""
    return {name: hold(value) for name, value in as_controls(dict(STATE.defaults)).items()}


def as_controls(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the state of the layer as the values of its controls: whether there is a ReLU is a tick."""
    relu = settings["activation"] == "relu"
    return {name: relu if name == "relu" else settings[name] for name in (*LAYER, *DISPLAY)}


def limit_sliders(limits: Limits | None, stride: float, dilation: float) -> dict[str, Any]:
    """Return updates of the stride and the dilation slider, so that an impossible setting cannot be dialled.

    Where only 1 is possible there is nothing to dial, but a slider that stands elsewhere can still be turned back.
    """
    if limits is None:
        return {}
    return {
        name: gr.update(maximum=max(2, limit), interactive=limit > 1 or value != 1)
        for name, limit, value in (("stride", limits.stride, stride), ("dilation", limits.dilation, dilation))
    }


def enable_signed(settings: Settings) -> dict[str, Any]:
    """Return updates of what changes a sign, which the strength of a change does not have: it cannot be set then."""
    return {name: gr.update(interactive=settings.directions != ALL) for name in ("bias", "relu")}

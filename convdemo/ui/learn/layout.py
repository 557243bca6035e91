"""Where does what stand on the Learn tab?"""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from convdemo.kernels import KERNELS
from convdemo.learning import MAX_SIDE
from convdemo.ui.controls import dropdown, number_box, radio
from convdemo.ui.learn.state import RATES, STATE
from convdemo.ui.parts.widgets import code_place, picture_place, read_text, tell_sentence, widget
from convdemo.ui.picture.opening import MAX_UPLOAD_BYTES, MOST_EXACT

_HEIGHTS = {
    "meter": 32, "status": 26, "chart": 241, "kernels": 120, "now": 125, "wanted": 125, "difference": 125, "legend": 47,
}  # fmt: skip
"""Of what is drawn, in pixels."""

PAIR: Mapping[str, Any] = {
    "wanted": {"of": "", "click": 0},
    "max_bytes": MAX_UPLOAD_BYTES,
    "most_pixels": MOST_EXACT,
    "largest": MAX_SIDE,
}
"""What the place for the picture after knows: what it is to send, how much it may, and by how much sizes may differ."""

Parts = dict[str, gr.Component]


def lay_out() -> tuple[Parts, dict[str, gr.Button]]:
    """Lay out the tab: all that events read and write, and the buttons, by name."""
    text = read_text("learn")
    tell_sentence("learn")
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=3, min_width=280):
            controls, buttons = _lay_out_settings()
        with gr.Column(scale=5, min_width=320, elem_classes=["lab-run"]):
            run, steering = _lay_out_run()
    with gr.Accordion(text["why"], open=False) as why:
        facts = picture_place()
    with gr.Accordion(text["code"], open=False) as program:
        code = code_place(text["code_label"])
    run |= {"why": why, "facts": facts, "program": program, "code": code}
    return {**controls, **run}, {**buttons, **steering}


def _lay_out_settings() -> tuple[Parts, dict[str, gr.Button]]:
    """Lay out what can be set, and the buttons that set it: as in the chapter, and to another secret kernel."""
    text, parts, buttons = read_text("learn"), {}, {}
    parts["source"] = radio(STATE["source"], text)
    buttons["chapter"] = gr.Button(text["chapter"], size="sm")
    parts["pair"] = radio(STATE["pair"], text, visible=False)
    teachers = {name: kernel.title for name, kernel in KERNELS.items()} | text["teacher_choices"]
    parts["teacher"] = dropdown(STATE["teacher"], text | {"teacher_choices": teachers})
    parts["hidden"] = gr.Number(STATE["hidden"].default, visible="hidden")
    parts["another"] = buttons["another"] = gr.Button(text["another"], size="sm")
    parts["reveal"] = gr.Checkbox(STATE["reveal"].default, label=text["reveal"])
    parts["after"] = widget("learn", None, name="filtered", visible=False, **PAIR)
    parts["compare"] = dropdown(STATE["compare"], text, visible=False)
    parts["made"] = picture_place()
    with gr.Row():
        for name in ("rows", "columns", "steps"):
            parts[name] = number_box(STATE[name], text, min_width=70)
    parts["optimizer"] = radio(STATE["optimizer"], text)
    ends = dict(zip(("least", "most"), RATES, strict=True))
    parts["rate"] = widget("learn", STATE["rate"].default, ends | {"label": text["rate"]}, name="rate_slider")
    parts["meter"] = _place("meter")
    with gr.Accordion(text["more"], open=False):
        parts["start"] = radio(STATE["start"], text)
        parts["seed"] = number_box(STATE["seed"], text)
        parts["loss"] = radio(STATE["loss"], text)
        parts["bias"] = gr.Checkbox(STATE["bias"].default, label=text["bias"])
    return parts, buttons


def _lay_out_run() -> tuple[Parts, dict[str, gr.Button]]:
    """Lay out a run, and the buttons that steer it."""
    text, parts, buttons, steps = read_text("learn"), {}, {}, STATE["steps"].default
    parts["introduced"] = gr.Number(0, visible="hidden")
    with gr.Row() as parts["steer"]:
        for name in ("learn", "pause", "continue", "step", "stop", "restart"):
            variant = "primary" if name == "learn" else "secondary"
            buttons[name] = gr.Button(text[name], variant=variant, size="sm", min_width=70)
    parts["status"] = _place("status")
    parts["offer"] = buttons["offer"] = gr.Button(visible=False, size="sm")
    with gr.Column() as parts["run"]:
        parts["printed"] = code_place(text["printed"], visible=False)
        parts["chart"] = _place("chart")
        parts["scrub"] = gr.Slider(0, steps, 0, step=1, label=text["scrub"])
        parts["kernels"] = _place("kernels")
        with gr.Row():
            for name in ("now", "wanted", "difference"):
                with gr.Column(min_width=100):
                    parts[name] = _place(name)
        parts["legend"] = _place("legend")
        with gr.Row():
            buttons["use"] = gr.Button(text["use"], size="sm")
            for name in ("csv", "kernel_file"):
                parts[name] = gr.DownloadButton(text[name], size="sm", min_width=90)
    return parts, buttons


def _place(name: str) -> gr.HTML:
    return picture_place(_HEIGHTS[name])

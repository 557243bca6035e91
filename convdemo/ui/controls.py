"""Which control sets a variable? Its bounds and its default are the variable's, its words the lesson's."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from convdemo.ui.state import Choice, Number, Several


def slider(variable: Number, text: Mapping[str, Any], *, most: float | None = None, **options: Any) -> gr.Slider:
    """Build a slider; `most` is a nearer end than the variable's own."""
    name = variable.name
    options = {"step": 1, "label": text[name], "info": text.get(f"{name}_info")} | options
    return gr.Slider(variable.least, most or variable.most, variable.default, **options)


def number_box(variable: Number, text: Mapping[str, Any], **options: Any) -> gr.Number:
    """Build a box to type a number in."""
    name = variable.name
    options = {"label": text[name], "info": text.get(f"{name}_info"), "min_width": 100} | options
    if variable.whole:
        options = {"minimum": variable.least, "maximum": variable.most, "precision": 0} | options
    return gr.Number(variable.default, **options)


def radio(variable: Choice, text: Mapping[str, Any], **options: Any) -> gr.Radio:
    """Build buttons of which one is chosen, with the words of the table <name>_choices."""
    return gr.Radio(choices(variable, text), **_chosen(variable, text), **options)


def dropdown(variable: Choice, text: Mapping[str, Any], **options: Any) -> gr.Dropdown:
    """Build a menu, with the words of the table <name>_choices."""
    return gr.Dropdown(choices(variable, text), **_chosen(variable, text), **options)


def checkboxes(variable: Several, text: Mapping[str, Any], **options: Any) -> gr.CheckboxGroup:
    """Build boxes of which at least one is ticked, with the words of the table <name>_choices."""
    chosen = _chosen(variable, text) | {"value": list(variable.default)}
    return gr.CheckboxGroup(choices(variable, text), **chosen, **options)


def choices(variable: Choice | Several, text: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the options of a variable with their words; where there are none, with their own names."""
    words = text.get(f"{variable.name}_choices", {})
    return [(words.get(str(option), str(option)), option) for option in variable.options]


def _chosen(variable: Choice | Several, text: Mapping[str, Any]) -> dict[str, Any]:
    name = variable.name
    return {"value": variable.default, "label": text[name], "info": text.get(f"{name}_info")}

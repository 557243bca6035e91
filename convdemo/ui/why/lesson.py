"""The tab "Why convolution": count the weights, move the picture, change a pixel, turn the picture.

Each of the four sections is drawn by an event of its own, from a request that holds the picture, the kernel and all
controls. A section whose controls are wrong says so in its own place; the others stay as they are.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from convdemo.images import to_grey
from convdemo.ui.controls import radio, slider
from convdemo.ui.kernel.value import read_kernel_value
from convdemo.ui.lesson import Lesson, Room, Shared
from convdemo.ui.parts.figures import tell_problem
from convdemo.ui.parts.widgets import (
    fold,
    picture_place,
    read_source,
    read_text,
    tell,
    tell_heading,
    tell_sentence,
    unfold,
)
from convdemo.ui.picture.opening import PictureGoneError, open_picture
from convdemo.ui.why.api import ENDPOINTS
from convdemo.ui.why.direction import draw_chapter, draw_direction
from convdemo.ui.why.locality import draw_locality, pixel_at
from convdemo.ui.why.shift import draw_shift
from convdemo.ui.why.state import MAX_SHIFT, STATE
from convdemo.ui.why.weights import draw_weights


@dataclass(frozen=True)
class Section:
    """One of the four arguments.

    Attributes:
        draw: returns what fills its places, from the photo, or from its luminance and the kernel of the page.
        controls: the variables that it takes.
        places: the parts that it fills, with the pixels of height that are kept free until it is drawn. What is wrong
            is said in the last.
        sees_kernel: whether it is drawn from the kernel of the page.
    """

    draw: Callable[..., dict[str, Any]]
    controls: tuple[str, ...]
    places: Mapping[str, int | None]
    sees_kernel: bool = True


SECTIONS: Mapping[str, Section] = {
    "weights": Section(draw_weights, ("count", "side", "channels", "kernel"), {"weights": 560}, sees_kernel=False),
    "shift": Section(
        draw_shift,
        ("layer", "mode", "rows", "columns"),
        {
            "moved": 149,
            "map_of_shifted": 149,
            "shifted_map": 149,
            "difference": 149,
            "shift_legend": 47,
            "shift_words": 147,
        },
    ),
    "local": Section(
        draw_locality,
        ("row", "column", "patch"),
        {"pixel": 206, "local_convolution": 291, "local_full": 291},
    ),
    "direction": Section(
        draw_direction,
        ("subject", "angle"),
        {"turned": 206, "turned_map": 206, "direction_legend": 47, "curve": 241, "direction_words": 165},
    ),
}

PLACES: Mapping[str, int | None] = {
    name: height for section in SECTIONS.values() for name, height in section.places.items()
}
"""All parts that are drawn."""

FOLDED = {"local_fold": "local", "direction_fold": "direction"}
"""The parts that hold a section which is folded, unless a link says something of it; and its name."""

_SCRIPTS = {"moved": "why/move.js", "pixel": "why/paint.js"}
"""What is moved by the pointer."""


# ---- answers -----------------------------------------------------------------------------------------------------


def draw(sections: tuple[str, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Draw these sections; what is wrong with one is said in its place, and the rest of it stays."""
    answer = {}
    for section in (SECTIONS[name] for name in sections):
        try:
            answer |= _draw(section, given)
        except (ValueError, PictureGoneError) as error:  # an ImageError and a KernelError are ValueErrors
            answer[list(section.places)[-1]] = tell_problem(str(error))
    with suppress(ValueError):
        answer["query"] = STATE.query(STATE.check(given))
    return answer


def _draw(section: Section, given: Mapping[str, Any]) -> dict[str, Any]:
    controls = STATE.check(given, section.controls)
    photo = open_picture(given["picture"]).photo
    if not section.sees_kernel:
        return section.draw(photo, **controls)
    return section.draw(to_grey(photo.pixels), read_kernel_value(given["page_kernel"]).weights, **controls)


def choose_pixel(_given: Mapping[str, Any], event: gr.EventData) -> dict[str, Any]:
    """Set the sliders to the row and the column of the pixel that was clicked."""
    place = pixel_at(getattr(event, "index", None))
    return {"row": place[0], "column": place[1]} if place else {}


def drag(given: Mapping[str, Any], event: gr.EventData) -> dict[str, Any]:
    """Set the sliders to where the picture was dragged: the page tells by how much, down and to the right."""
    match getattr(event, "index", None), given["rows"], given["columns"]:
        case [int() as down, int() as right], int() as rows, int() as columns:
            moved = {"rows": rows + down, "columns": columns + right}
            return {name: max(-MAX_SHIFT, min(MAX_SHIFT, by)) for name, by in moved.items()}
    return {}


def show_sizes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Show the sliders that count only for another size than the photo's when they do."""
    return {name: gr.update(visible=given["count"] == "other") for name in ("side", "channels")}


def restore(linked: Mapping[str, Any], _shared: Mapping[str, Any]) -> dict[str, Any]:
    """Set the controls as a link says; without one the visitor may have moved something meanwhile."""
    values = STATE.of(linked)
    if values == dict(STATE.defaults):
        return {}
    visible = show_sizes(values)
    text = read_text("why")
    asked = {
        place: any(values[control] != STATE.defaults[control] for control in SECTIONS[name].controls)
        for place, name in FOLDED.items()
    }
    return {
        **{name: visible.get(name, gr.update()) | {"value": value} for name, value in values.items()},
        **{place: unfold(text[f"{FOLDED[place]}_title"]) for place, is_asked in asked.items() if is_asked},
    }


# ---- layout ------------------------------------------------------------------------------------------------------


def build(shared: Shared) -> Room:
    """Lay out the tab. It is drawn when it is opened."""
    tell_sentence("why")
    parts = {**_lay_out_weights(), **_lay_out_shift()}
    for name, lay_out in (("local", _lay_out_local), ("direction", _lay_out_direction)):
        with fold(read_text("why")[f"{name}_title"]) as parts[f"{name}_fold"]:
            parts |= lay_out()
    controls = {name: parts[name] for name in STATE.defaults}
    room = Room("why", shared, parts, restore, (*controls, *FOLDED))
    request = {"picture": shared.picture, "page_kernel": shared.kernel, **controls}
    work = {"concurrency_id": "why", "concurrency_limit": 2, "trigger_mode": "always_last"}
    room.follow(partial(draw, tuple(SECTIONS)), request, data=("picture", "page_kernel"), answers=PLACES, **work)
    for name, section in SECTIONS.items():
        # A link sets them after the tab was opened: that is a change, and no input.
        changes = [controls[control].change for control in section.controls]
        room.on(changes, partial(draw, (name,)), request, section.places, **work)
    room.on(controls["count"].input, show_sizes, {"count": controls["count"]}, ("side", "channels"))
    room.on(parts["pixel"].select, choose_pixel, {}, ("row", "column"))
    room.on(parts["moved"].select, drag, {name: parts[name] for name in ("rows", "columns")}, ("rows", "columns"))
    return room


def _lay_out_weights() -> dict[str, gr.Component]:
    text = read_text("why")
    tell_heading(text["weights_title"], ruled=False)
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=3, min_width=280):
            controls = {
                "count": radio(STATE["count"], text),
                **_sliders("side", "channels", visible=False),
                **_sliders("kernel"),
            }
        with gr.Column(scale=5, min_width=320):
            return controls | _places("weights")


def _lay_out_shift() -> dict[str, gr.Component]:
    text = read_text("why")
    tell_heading(text["shift_title"])
    controls = {"layer": radio(STATE["layer"], text)}
    with gr.Row():
        controls |= _sliders("rows", "columns") | {"mode": radio(STATE["mode"], text)}
    return {
        **controls,
        **_places("shift_words"),
        **_places_in_a_row("moved", "map_of_shifted", "shifted_map", "difference"),
        **_places("shift_legend"),
    }


def _lay_out_local() -> dict[str, gr.Component]:
    with gr.Row():
        controls = _sliders("row", "column", "patch")
    with gr.Row():
        return {**controls, **_columns("pixel", "local_convolution", "local_full", min_width=220)}


def _lay_out_direction() -> dict[str, gr.Component]:
    text = read_text("why")
    tell(text["direction"]["chapter_words"])
    with gr.Row():
        for drawn in draw_chapter().values():
            with gr.Column(min_width=150):
                picture_place(value=drawn)
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=4, min_width=280):
            parts = {
                "subject": radio(STATE["subject"], text),
                **_sliders("angle"),
                **_places("curve", "direction_words"),
            }
        with gr.Column(scale=5, min_width=320):
            return {**parts, **_places_in_a_row("turned", "turned_map"), **_places("direction_legend")}


def _sliders(*names: str, visible: bool = True) -> dict[str, gr.Component]:
    return {name: slider(STATE[name], read_text("why"), visible=visible, min_width=150) for name in names}


def _places(*names: str) -> dict[str, gr.Component]:
    scripts = {name: {"js_on_load": read_source(script)} for name, script in _SCRIPTS.items()}
    return {name: picture_place(PLACES[name], **scripts.get(name, {})) for name in names}


def _places_in_a_row(*names: str) -> dict[str, gr.Component]:
    with gr.Row():
        return _columns(*names, min_width=150)


def _columns(*names: str, min_width: int) -> dict[str, gr.Component]:
    parts = {}
    for name in names:
        with gr.Column(min_width=min_width):
            parts |= _places(name)
    return parts


LESSON = Lesson("why", STATE, build, endpoints=ENDPOINTS)

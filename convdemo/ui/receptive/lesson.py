"""The lesson on receptive fields: a stack of layers, and what one of its units sees on the photo.

The stack is one line of text in the exchange syntax (convdemo.receptive_field.stack_text); the table and the menu are
other ways to write that line. What an event carries stands in convdemo.ui.receptive.request.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import gradio as gr

from convdemo.numbers import grouped
from convdemo.receptive_field import StackError, format_stack
from convdemo.stack_notation import MAX_CHARACTERS, StackReading, is_exchange
from convdemo.ui.controls import dropdown, number_box
from convdemo.ui.lesson import Lesson, Room, Shared
from convdemo.ui.parts.files import save_file
from convdemo.ui.parts.widgets import (
    fold,
    hold,
    picture_place,
    read_text,
    tell,
    tell_heading,
    tell_sentence,
    unfold,
    whole_props,
    widget,
)
from convdemo.ui.picture.state import STATE as PICTURE
from convdemo.ui.receptive.api import ENDPOINTS
from convdemo.ui.receptive.growth import compare, draw_growth, draw_table, stack_csv
from convdemo.ui.receptive.request import Request, is_answered, read_line, read_request, read_unit, what_was
from convdemo.ui.receptive.rows import Rows, read_rows, rows_of
from convdemo.ui.receptive.state import CONTROLS, STACKS, STATE, name_of
from convdemo.ui.receptive.tell import name_layers, tell_note, tell_problem, tell_progress, tell_sight, tell_understood
from convdemo.ui.receptive.view import draw_influence, draw_patch, show_photo

OWN, NOTHING = "own", ""
"""What the menus of stacks say of one that has no name, and of none."""

_HEIGHTS = {"note": 72, "sight": 150, "patch": 380, "growth": 332, "influence": 449, "layers": 362}  # pixels, as drawn
MEASURED = ("model", "draws", "seed")
"""The variables of the section that is folded, unless a link says something of it."""

_TABLE = {"shown": {"wrong": []}}  # as it opens, whatever the rows
_BETWEEN_FRAMES = 0.25  # seconds
_AT_ONCE = 20_000_000  # numbers that the kernels meet: as many take less than a tenth of a second
_log = logging.getLogger(__name__)


# ---- answers -----------------------------------------------------------------------------------------------------


def draw(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a change of the picture, the depth, or the settings of the influence."""
    return _respond(given)


def choose_unit(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the sliders of the unit."""
    return _respond(given, unit_counts=True)


def choose_on_photo(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the choice of a unit on the photo."""
    return _respond(given, chosen=read_unit(given["photo"]))


def take_line(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a text that was typed or pasted: the table follows, as far as there are rows in it."""
    line = given["line"] if isinstance(given["line"], str) else ""
    if is_answered(given, "line"):
        return {}
    try:
        reading = read_line(line)
    except StackError as error:
        table = {"table": _show_rows(given, rows_of(line))} if is_exchange(line) else {}
        return _refuse(given, error) | table
    rows = rows_of(line if is_exchange(line) else format_stack(reading.layers))
    return _respond(given, reading=reading) | {"table": _show_rows(given, rows, are_understood=True)}


def take_other(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a line of the compared stack that was typed or pasted."""
    return {} if is_answered(given, "other") else _respond(given)


def take_table(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a change in the table: the line follows, and the table is told which cells are wrong."""
    rows = read_rows(given["table"])
    return _take_rows(given, rows) | {"table": gr.update(shown=_judge(given, rows))}


def take_network(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the choice of a known stack."""
    name = given["network"]
    if not isinstance(name, str) or name not in STACKS:
        return draw(given)
    return _take_stack(given, name)


def take_versus(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the choice of a stack to compare with."""
    name = given["versus"]
    if name == OWN:
        return draw(given)
    other = STACKS.get(name, "") if isinstance(name, str) else ""
    return _respond({**given, "other": other}) | {"other": other}


def take_pair(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the button that compares three 3x3 with one 7x7."""
    other = STACKS["one_7x7"]
    return _take_stack({**given, "other": other}, "three_3x3") | {"other": other}


def _take_stack(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    rows = rows_of(STACKS[name])
    return _take_rows({**given, "layer": 0}, rows) | {"table": _show_rows(given, rows)}


def _show_rows(given: Mapping[str, Any], rows: Rows, *, are_understood: bool = False) -> dict[str, Any]:
    """Return an update of the table to rows that another control made."""
    return gr.update(value=rows.cells, shown=_judge(given, rows, are_understood=are_understood))


def _judge(given: Mapping[str, Any], rows: Rows, *, are_understood: bool = False) -> dict[str, Any]:
    """Return what the table is told beside its rows.

    Args:
        given: the request, with the rows as they were then: the browser has newer ones if someone has typed since.
        rows: the rows now.
        are_understood: whether that is known already, so that no row has to be read.
    """
    return {"asked": read_rows(given["table"]).cells, "wrong": [] if are_understood else rows.wrong}


def _take_rows(given: Mapping[str, Any], rows: Rows) -> dict[str, Any]:
    line = rows.line
    given = {**given, "line": line}
    try:
        answer = _respond(given, reading=StackReading(rows.layers, ""))
    except StackError as error:
        answer = _refuse(given, error)
    return answer | {"line": line}


def _respond(given: Mapping[str, Any], *, reading: StackReading | None = None, **chosen: Any) -> dict[str, Any]:
    """Answer a request with everything, or with what is wrong.

    Args:
        given: the request.
        reading: the stack, if it has been read already.
        chosen: what was chosen last, as `read_request` takes it.
    """
    try:
        asked = read_request(given, reading=reading, **chosen)
        photo = {**show_photo(asked.scene, asked.file), "asked": read_unit(given["photo"])}
        shown = {"photo": gr.update(**whole_props("receptive", "photo_field", shown=photo))}
        return {
            **_set_controls(asked, given),
            **shown,
            **_draw_all(asked),
            "problem": tell_problem(""),
            "understood": tell_understood(asked.understood),
            "query": asked.query,
        }
    except ValueError as error:
        return _refuse(given, error)


def _refuse(given: Mapping[str, Any], error: ValueError) -> dict[str, Any]:
    """Say what is wrong; everything else stays as it is."""
    was = {**what_was(given), **_lines(given)}
    return {"problem": tell_problem(str(error)), "understood": tell_understood(""), "was": was}


def _lines(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"line": given["line"], "other": given["other"]}


def _set_controls(asked: Request, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the controls say of a request; a slider that stands there already may have moved on."""
    scene, layers = asked.scene, len(asked.scene.stack.layers)
    rows, columns = scene.field.output_size
    depth = {} if scene.depth == given["layer"] else {"value": scene.depth}
    sliders = {
        "row": (scene.unit[0] + 1, max(rows, 2)),
        "column": (scene.unit[1] + 1, max(columns, 2)),
    }
    return {
        **_name_stacks(asked.line, asked.compared_line),
        "layer": gr.update(**whole_props("receptive", "strip", layers=name_layers(scene.stack)), **depth),
        **{
            name: gr.update(maximum=most, **({} if value == given[name] else {"value": value}))
            for name, (value, most) in sliders.items()
        },
        "was": {"place": asked.place, "layers": layers, **_lines(given)},
    }


def _name_stacks(line: str, other: str) -> dict[str, str]:
    return {"network": name_of(line) or OWN, "versus": (name_of(other) or OWN) if other else NOTHING}


def _draw_all(asked: Request) -> dict[str, Any]:
    """Return everything that is drawn and told of a request."""
    scene = asked.scene
    return {
        "note": tell_note(scene.stack, name_of(asked.line)),
        "sight": tell_sight(scene),
        "patch": draw_patch(scene),
        "growth": draw_growth(scene),
        "compared": compare(scene),
        "layers": draw_table(scene),
        "csv": gr.update(value=str(save_file(stack_csv(scene.stack).encode(), f"{asked.stem}-receptive-field.csv"))),
        **_measure_at_once(asked),
    }


def _measure_at_once(asked: Request) -> dict[str, Any]:
    """Return the influence where it is known on paper and small; else the request to measure it."""
    if asked.model == "uniform":
        with contextlib.suppress(StackError):  # who presses the button is told what is too large
            measurement = asked.plan_measurement()
            if measurement.work <= _AT_ONCE:
                (field,) = measurement
                return {"progress": "", "influence": draw_influence(asked.scene, field, asked.model)}
    return {"progress": tell_progress(read_text("receptive")["influence"]["ready"], 0), "influence": ""}


async def measure(given: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Measure the influence, a few pictures a second; whoever closes the generator ends the work."""
    text, field = read_text("receptive")["influence"], None
    try:
        asked = await asyncio.to_thread(read_request, given)
        measurement, last = asked.plan_measurement(), -math.inf
        fields, draws = iter(measurement), measurement.draws
        yield {"problem": tell_problem(""), "progress": tell_progress(text["started"], 0)}
        while (field := await asyncio.to_thread(next, fields, None)) is not None:
            if field.draws >= draws or time.monotonic() - last >= _BETWEEN_FRAMES:
                last = time.monotonic()
                picture = await asyncio.to_thread(draw_influence, asked.scene, field, asked.model)
                words = text["running"].format(draw=grouped(field.draws), draws=grouped(draws))
                yield {"progress": tell_progress(words, field.draws / draws), "influence": picture}
    except ValueError as error:
        yield {"problem": tell_problem(str(error)), "progress": ""}
    finally:
        _log.info("a measurement ended at draw %s", field.draws if field else "-")


def restore(linked: Mapping[str, Any], _shared: Mapping[str, Any]) -> dict[str, Any]:
    """Return updates of the controls for the state of a link: it is drawn when the lesson is opened.

    Where the link says nothing of the lesson, the controls stay as they were built; table and strip are told so,
    since Gradio would take the props of a widget that has not been on screen even with an update that leaves it alone.
    """
    state = STATE.of(linked)
    line, other = state["stack"] or STATE.defaults["stack"], state["compare"]
    rows = rows_of(line)
    table = gr.update(value=rows.cells, **whole_props("receptive", "table", **_TABLE))
    layers = len(rows.cells)
    strip = gr.update(value=min(state["layer"], layers) or layers, **whole_props("receptive", "strip", layers=[]))
    if not STATE.query(state):
        return {"table": table, "layer": strip}
    is_measured = any(state[name] != STATE.defaults[name] for name in MEASURED)
    heading = read_text("receptive")["influence_heading"]
    return {
        **_name_stacks(line, other),
        "line": line,
        "table": table,
        "other": other,
        "layer": strip,
        **{name: state[name] for name in ("resized", *MEASURED)},
        **({"influence_fold": unfold(heading)} if is_measured else {}),
        "was": {
            "unit": None if state["pixel"] else state["unit"],
            "pixel": state["pixel"],
            "line": line,
            "other": other,
        },
    }


# ---- layout ------------------------------------------------------------------------------------------------------


def build(shared: Shared) -> Room:
    """Lay out the lesson. A network over the photo is drawn when it is opened."""
    text, buttons, opening = read_text("receptive"), {}, _opening()
    shown = _set_controls(read_request(opening), opening)
    # The browser sets the parts in this order, and a text box asks as soon as it is set: `was` must be there by then.
    parts: dict[str, gr.Component] = {"was": hold(shown["was"])}
    stacks = [(text["stack_choices"].get(name, name), name) for name in STACKS]

    def slider(name: str) -> gr.Slider:
        update = shown[name]
        return gr.Slider(1, update["maximum"], update.get("value", opening[name]), step=1, label=text[name])

    def stack_box(name: str, **options: Any) -> gr.Textbox:
        return gr.Textbox(opening[name], label=text[name], max_lines=3, max_length=MAX_CHARACTERS, **options)

    tell_sentence("receptive")
    with gr.Row():
        parts["network"] = gr.Dropdown(
            [*stacks, (text["own"], OWN)], value=shown["network"], label=text["stack"], filterable=False, min_width=200
        )
        switch = STATE["resized"]
        parts["resized"] = gr.Checkbox(
            switch.default, label=text["resized"], info=text["resized_info"], container=False, min_width=200
        )
    depth = shown["layer"]
    parts["layer"] = widget("receptive", depth["value"], name="strip", layers=depth["layers"])
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=7, min_width=300):
            parts["photo"] = widget("receptive", None, name="photo_field", shown={})
            with gr.Row():
                for name in ("row", "column"):
                    parts[name] = slider(name)
            parts["note"] = picture_place(_HEIGHTS["note"])
        with gr.Column(scale=5, min_width=300):
            for name in ("sight", "patch"):
                parts[name] = picture_place(_HEIGHTS[name])
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=7, min_width=300):
            tell_heading(text["build_heading"], ruled=False)
            parts["problem"] = picture_place(value="")
            parts["table"] = widget("receptive", rows_of(opening["line"]).cells, name="table", **_TABLE)
            parts["line"] = stack_box("line", info=text["line_info"], lines=2)
            parts["understood"] = picture_place(value="")
        with gr.Column(scale=5, min_width=300):
            tell_heading(text["chart_heading"], ruled=False)
            parts["growth"] = picture_place(_HEIGHTS["growth"])
            parts["versus"] = gr.Dropdown(
                [(text["nothing"], NOTHING), *stacks, (text["own"], OWN)],
                value=shown["versus"],
                label=text["compare"],
                filterable=False,
            )
            parts["other"] = stack_box("other")
            buttons["pair"] = gr.Button(text["pair"], size="sm")
            parts["compared"] = picture_place()
    with fold(text["influence_heading"]) as parts["influence_fold"], gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=7, min_width=300):
            parts["influence"] = picture_place(_HEIGHTS["influence"])
        with gr.Column(scale=5, min_width=300):
            tell(text["influence_words"])
            with gr.Row():
                parts["model"] = dropdown(STATE["model"], text, filterable=False, min_width=130)
                for name in ("draws", "seed"):
                    parts[name] = number_box(STATE[name], text, min_width=80)
            with gr.Row():
                buttons["measure"] = gr.Button(text["measure"], variant="primary", size="sm")
                buttons["stop"] = gr.Button(text["stop"], size="sm")
            parts["progress"] = picture_place()
    with fold(text["table_heading"]):
        parts["layers"] = picture_place(_HEIGHTS["layers"])
        parts["csv"] = gr.DownloadButton(text["csv"], size="sm", scale=0, min_width=140)
    room = Room("receptive", shared, parts, restore)
    opened = ("network", "versus", "layer", "resized", *MEASURED, "influence_fold")
    room.restored = ("was", *opened, "table", "other", "line")
    _connect(room, buttons)
    return room


def _opening() -> dict[str, Any]:
    """Return what is asked for when the page opens: the defaults, over the picture of the page."""
    state = STATE.defaults
    settings = {name: state[name] for name in ("layer", "resized", "model", "draws", "seed")}
    return {
        "picture": {"example": PICTURE["picture"].default},
        "line": state["stack"],
        "other": state["compare"],
        **CONTROLS.defaults,
        **settings,
        "was": None,
        "photo": None,
    }


def _connect(room: Room, buttons: Mapping[str, gr.Button]) -> None:
    """Connect the lesson with itself and with the shared picture."""
    parts, picture, answers = room.parts, room.shared.picture, tuple(room.parts)
    drawn = tuple(name for name in answers if name != "table")  # which may not be on screen yet: see `restore`
    names = ("line", "layer", "photo", "row", "column", "other", "resized", "model", "draws", "seed", "was")
    request = {"picture": picture, **{name: parts[name] for name in names}}
    work = {"concurrency_id": "field", "concurrency_limit": 2, "trigger_mode": "always_last"}

    measuring = room.on(
        buttons["measure"].click,
        measure,
        request,
        ("problem", "progress", "influence"),
        concurrency_id="fields",
        concurrency_limit=8,
        trigger_mode="once",
    )
    buttons["stop"].click(None, None, None, cancels=measuring, api_visibility="private")
    picture.input(None, None, None, cancels=measuring, api_visibility="private")
    room.follow(draw, request, answers=drawn, **work)

    work |= {"cancels": measuring}

    def on(triggers: Any, function: Any, *also: str) -> None:
        room.on(triggers, function, request | {name: parts[name] for name in also}, answers, **work)

    on([parts[name].input for name in ("layer", "resized", "model", "draws", "seed")], draw)
    on([parts[name].input for name in ("row", "column")], choose_unit)
    on(parts["photo"].input, choose_on_photo)
    # What is pasted into a text box is a change for Gradio, and no input.
    on(parts["other"].change, take_other)
    on(parts["line"].change, take_line, "table")
    on(parts["table"].input, take_table, "table")
    on(parts["network"].input, take_network, "network", "table")
    on(parts["versus"].input, take_versus, "versus")
    on(buttons["pair"].click, take_pair, "table")


LESSON = Lesson("receptive", STATE, build, endpoints=ENDPOINTS)

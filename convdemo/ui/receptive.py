"""The Receptive field tab: a stack of layers, and what one of its units sees on the photo.

The stack is one line of text in the exchange syntax (convdemo.stack_text); the table and the menu are other ways to
write that line. A request carries everything: the line, the depth, the unit, and in `was`, a component that nobody
sees, what was answered last: the place on the photo that someone chose, so that the unit stays over it while the depth
or the stack changes, and the two lines, so that a change which the server made is told from one that someone typed.
"""

import asyncio
import logging
import math
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from convdemo.effective_field import MAX_DRAWS
from convdemo.links import FIELD_DEFAULTS, FIELD_STACKS, MAX_SEED, name_of_stack, to_query
from convdemo.receptive_field import (
    MAX_LAYERS,
    EffectiveField,
    Layer,
    StackError,
    effective_receptive_fields,
    format_stack,
    growth,
    parse_stack,
)
from convdemo.ui.on_screen import Following
from convdemo.ui.picture import PictureGoneError, open_picture
from convdemo.ui.receptive_view import (
    Scene,
    compare,
    draw_growth,
    draw_influence,
    draw_patch,
    draw_photo,
    draw_table,
    nearest_unit,
    place_of,
    stack_csv,
    tell_note,
    tell_problem,
    tell_sight,
)
from convdemo.ui.stack_rows import COLUMNS, Rows, change_rows, line_of, read_rows, rows_of, show_rows
from convdemo.ui.widgets import fill_template, picture_place, read_text, save_file, tell_sentence
from convdemo.unit_gradient import MODELS, make_plan

REQUEST = ("line", "layer", "row", "column", "other", "model", "draws", "seed", "was")
"""What every event is sent, in order, after the picture."""

PLACES = (
    "was", "network", "table", "number", "note", "versus", "layer", "row", "column", "problem", "photo", "sight",
    "patch", "growth", "compared", "layers", "csv", "model", "draws", "seed", "progress", "influence", "other", "line",
)  # fmt: skip
"""What they answer with, in order; the header comes after."""

OWN, NOTHING = "own", ""

_MIDDLE = (0.5, 0.5)
_HEIGHTS = {"note": 72, "sight": 127, "patch": 380, "growth": 332, "influence": 449, "layers": 362}  # pixels, as drawn
_BETWEEN_FRAMES = 0.25  # seconds
_AT_ONCE = 20_000_000  # numbers that the kernels meet: as many take less than a tenth of a second
_log = logging.getLogger(__name__)

# Gradio tries to put a watermark that nobody asked for on the photo, once an update has built the component anew.
warnings.filterwarnings("ignore", message="Watermarking for SVG")


@dataclass(frozen=True)
class ReceptiveTab:
    """The components of the tab that events read and write."""

    parts: dict[str, gr.Component]
    buttons: dict[str, gr.Button]


# ---- what is asked for -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Asked:
    """A request, read: the scene, and what stands around it."""

    scene: Scene
    place: tuple[float, float]
    line: str
    compared: tuple[Layer, ...]
    model: str
    draws: int
    seed: int

    def state(self) -> dict[str, Any]:
        """Return the settings as the state of a link."""
        scene = self.scene
        usual = nearest_unit(scene.field, _on_photo(_MIDDLE, scene.photo.size))
        return {
            "field_stack": self.line,
            "field_compare": format_stack(self.compared),
            "field_layer": 0 if scene.depth == len(scene.layers) else scene.depth,
            "field_unit": None if scene.unit == usual else scene.unit,
            "field_model": self.model,
            "field_draws": self.draws,
            "field_seed": self.seed,
        }

    def measure(self) -> Iterator[EffectiveField]:
        """Measure the influence of the pixels, draw by draw."""
        scene = self.scene
        return effective_receptive_fields(
            scene.layers[: scene.depth], self.model, unit=scene.unit, input_size=scene.photo.size,
            draws=self.draws, seed=self.seed,
        )  # fmt: skip


def _read(picture: Any, *values: Any, unit_counts: bool = False, click: Any = None) -> _Asked:
    """Read a request.

    Args:
        picture: the reference of the shared picture.
        values: those of `REQUEST`.
        unit_counts: whether the row and column of the unit are what was chosen last; else it is the place in `was`.
        click: the (x, y) on the drawn photo where someone clicked, if that is what was chosen last.

    Raises:
        ValueError: what is wrong, in one sentence.
    """
    given = dict(zip(REQUEST, values, strict=True))
    text = read_text("receptive")
    line = given["line"]
    if not isinstance(line, str) or not line.strip():
        raise StackError(text["empty"])
    layers = parse_stack(line)
    try:
        photo = open_picture(picture).photo
    except PictureGoneError as error:
        raise ValueError(str(error)) from error
    fields = growth(layers, photo.size)
    layer, was = given["layer"], given["was"] if isinstance(given["was"], Mapping) else {}
    depth = min(_whole("layer", layer, 0, MAX_LAYERS), len(layers)) or len(layers)
    if layer == was.get("layers"):  # who looked from the deepest layer does so on
        depth = len(layers)
    field = fields[depth - 1]
    if click is not None:
        place = place_of(click, fields, photo.size)
    elif unit_counts:
        chosen = (_whole(name, given[name], 0, 10**9) for name in ("row", "column"))
        place = field.centre(tuple(min(at, most - 1) for at, most in zip(chosen, field.output_size, strict=True)))
    else:
        place = _on_photo(_read_place(was.get("place")), photo.size)
    unit = nearest_unit(field, place)
    if given["model"] not in MODELS:
        raise ValueError(text["model_problem"].format(value=repr(given["model"])[:40], models=", ".join(MODELS)))
    return _Asked(
        Scene(photo, layers, fields, depth, unit),
        tuple((at + 0.5) / length for at, length in zip(place, photo.size, strict=True)),
        format_stack(layers),
        _read_compared(given["other"], photo.size),
        given["model"],
        _whole("draws", given["draws"], 1, MAX_DRAWS),
        _whole("seed", given["seed"], 0, MAX_SEED),
    )


def _read_compared(line: Any, size: tuple[int, int]) -> tuple[Layer, ...]:
    if not isinstance(line, str) or not line.strip():
        return ()
    try:
        layers = parse_stack(line)
        growth(layers, size)
    except StackError as error:
        raise StackError(read_text("receptive")["compared_problem"].format(problem=error)) from error
    return layers


def _whole(name: str, value: Any, low: int, high: int) -> int:
    text = read_text("receptive")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high or value != int(value):
        shown = text["control_empty"] if value in (None, "") else repr(value)[:40]
        raise ValueError(text["control"].format(name=name, value=shown, low=f"{low:,}", high=f"{high:,}"))
    return int(value)


def _read_place(place: Any) -> tuple[float, float]:
    """Return a place on the photo as shares of its height and width; what is none is the middle."""
    match place:
        case [int() | float() as row, int() | float() as column] if -9 < row < 9 and -9 < column < 9:
            return float(row), float(column)
    return _MIDDLE


def _on_photo(place: tuple[float, float], size: tuple[int, int]) -> tuple[float, float]:
    return tuple(share * length - 0.5 for share, length in zip(place, size, strict=True))


# ---- answers -----------------------------------------------------------------------------------------------------


def _answer(asked: _Asked | None, **places: Any) -> tuple[Any, ...]:
    """Return updates of the places that are named, and of the header."""
    header = gr.update(field_query=to_query(asked.state())) if asked else gr.skip()
    return *(places.get(name, gr.skip()) for name in PLACES), header


def _show(asked: _Asked) -> dict[str, Any]:
    """Return everything that follows from a request."""
    scene = asked.scene
    rows, columns = scene.field.output_size
    layers, name = len(scene.layers), name_of_stack(asked.line)
    photo = save_file(draw_photo(scene), "photo.svg")
    return {
        "network": name or OWN,
        "note": tell_note(scene.layers, name),
        "versus": (name_of_stack(format_stack(asked.compared)) or OWN) if asked.compared else NOTHING,
        "layer": gr.update(value=scene.depth, maximum=max(layers, 2)),
        "row": gr.update(value=scene.unit[0], maximum=max(rows - 1, 1)),
        "column": gr.update(value=scene.unit[1], maximum=max(columns - 1, 1)),
        "was": {"place": asked.place, "layers": layers},
        "problem": tell_problem(""),
        "photo": str(photo),
        "sight": tell_sight(scene),
        "patch": draw_patch(scene),
        "growth": draw_growth(scene, asked.compared),
        "compared": compare(scene, asked.compared),
        "layers": draw_table(scene),
        "csv": gr.update(value=str(save_file(stack_csv(scene).encode(), "receptive-field.csv"))),
        **_measured_at_once(asked),
    }


def _measured_at_once(asked: _Asked) -> dict[str, Any]:
    """Return the influence where it is known on paper and small; else the request to measure it."""
    scene, text = asked.scene, read_text("receptive")["influence"]
    if asked.model == "uniform":
        windows = tuple(range(place, place + 1) for place in scene.unit)
        if make_plan(scene.layers[: scene.depth], scene.photo.size, windows).work <= _AT_ONCE:
            (field,) = asked.measure()
            return {"progress": "", "influence": draw_influence(scene, field, asked.model)}
    return {"progress": _progress(text["ready"], 0), "influence": ""}


def _progress(words: str, share: float) -> str:
    return fill_template("field_progress", words=words, share=share)


def _respond(
    request: tuple[Any, ...], *, unit_counts: bool = False, click: Any = None, event: bool = True, **places: Any
) -> tuple[Any, ...]:
    """Answer a request: with everything, or with what is wrong; the places that are given come in any case."""
    given = dict(zip(("picture", *REQUEST), request, strict=True))
    was = given["was"] if isinstance(given["was"], Mapping) else {}
    seen = {name: given[name] for name in ("line", "other")}
    try:
        asked = _read(*request, unit_counts=unit_counts, click=click)
        answer = _show(asked)
        if event:  # a slider that stands there already may have moved on
            for name in ("layer", "row", "column"):
                if answer[name]["value"] == given[name]:
                    del answer[name]["value"]
        return _answer(asked, **answer | {"was": answer["was"] | seen} | places)
    except ValueError as error:
        return _answer(None, **{"problem": tell_problem(str(error)), "was": {**was, **seen}} | places)


def _is_answered(name: str, request: tuple[Any, ...]) -> bool:
    """Whether a text is the one that was answered last: a change that the server made is an event as well."""
    given = dict(zip(("picture", *REQUEST), request, strict=True))
    return isinstance(given["was"], Mapping) and given["was"].get(name) == given[name]


def draw(*request: Any) -> tuple[Any, ...]:
    """Answer a change of the picture, the depth, or the settings of the influence."""
    return _respond(request)


def choose_unit(*request: Any) -> tuple[Any, ...]:
    """Answer the sliders of the unit."""
    return _respond(request, unit_counts=True)


def click_photo(event: gr.SelectData, *request: Any) -> tuple[Any, ...]:
    """Answer a click on the photo: the unit whose centre is nearest."""
    match event.index:
        case [int() | float() as x, int() | float() as y] if math.isfinite(x) and math.isfinite(y):
            return _respond(request, click=(x, y))
    return draw(*request)


def take_line(*request: Any) -> tuple[Any, ...]:
    """Answer a line that was typed or pasted: the table follows."""
    line = request[1 + REQUEST.index("line")]
    if _is_answered("line", request):
        return _answer(None)
    return _respond(request, table=show_rows(rows_of(line if isinstance(line, str) else "")))


def take_other(*request: Any) -> tuple[Any, ...]:
    """Answer a line of the compared stack that was typed or pasted."""
    return _answer(None) if _is_answered("other", request) else _respond(request)


def take_table(table: Any, *request: Any) -> tuple[Any, ...]:
    """Answer a cell that was edited: the line follows."""
    return _with_rows(read_rows(table), request)


def take_network(name: Any, *request: Any) -> tuple[Any, ...]:
    """Answer the choice of a known stack."""
    if not isinstance(name, str) or name not in FIELD_STACKS:
        return draw(*request)
    return _with_rows(rows_of(FIELD_STACKS[name]), _replace(request, layer=0), number=1)


def take_versus(name: Any, *request: Any) -> tuple[Any, ...]:
    """Answer the choice of a stack to compare with."""
    if name == OWN:
        return draw(*request)
    other = FIELD_STACKS.get(name, "") if isinstance(name, str) else ""
    return _respond(_replace(request, other=other), other=other)


def take_pair(*request: Any) -> tuple[Any, ...]:
    """Answer the button that compares three 3x3 with one 7x7."""
    other, rows = FIELD_STACKS["one_7x7"], rows_of(FIELD_STACKS["three_3x3"])
    return _with_rows(rows, _replace(request, other=other, layer=0), other=other, number=1)


def edit_rows(action: str, number: Any, table: Any, *request: Any) -> tuple[Any, ...]:
    """Answer one of the buttons below the table: add, duplicate, remove, or move the layer with this number."""
    rows = read_rows(table)
    try:
        at = min(_whole("layer", number, 1, MAX_LAYERS), max(len(rows), 1)) - 1
    except ValueError as error:
        return _answer(None, problem=tell_problem(str(error)))
    rows, at = change_rows(rows, action, at)
    return _with_rows(rows, request, number=at + 1)


def _with_rows(rows: Rows, request: tuple[Any, ...], **places: Any) -> tuple[Any, ...]:
    line = line_of(rows)
    return _respond(_replace(request, line=line), line=line, table=show_rows(rows), **places)


def _replace(request: tuple[Any, ...], **values: Any) -> tuple[Any, ...]:
    picture, *given = request
    return picture, *(values.get(name, value) for name, value in zip(REQUEST, given, strict=True))


def choose_row(event: gr.SelectData) -> Any:
    """Return the number of the layer whose cell was clicked."""
    match event.index:
        case [int(row), *_] if 0 <= row < MAX_LAYERS:
            return row + 1
    return gr.skip()


async def measure(*request: Any) -> AsyncIterator[tuple[Any, ...]]:
    """Measure the influence, a few pictures a second; whoever closes the generator ends the work."""
    text, field = read_text("receptive")["influence"], None
    try:
        asked = await asyncio.to_thread(_read, *request)
        draws, last = 1 if asked.model == "uniform" else asked.draws, -math.inf
        fields = asked.measure()
        yield _answer(asked, problem=tell_problem(""), progress=_progress(text["started"], 0))
        while (field := await asyncio.to_thread(next, fields, None)) is not None:
            if field.draws >= draws or time.monotonic() - last >= _BETWEEN_FRAMES:
                last = time.monotonic()
                picture = await asyncio.to_thread(draw_influence, asked.scene, field, asked.model)
                words = text["running"].format(draw=field.draws, draws=draws)
                yield _answer(asked, progress=_progress(words, field.draws / draws), influence=picture)
    except ValueError as error:
        yield _answer(None, problem=tell_problem(str(error)), progress="")
    finally:
        _log.info("a measurement ended at draw %s", field.draws if field else "-")


# ---- layout ------------------------------------------------------------------------------------------------------


def build_receptive_tab(picture: Mapping[str, Any]) -> ReceptiveTab:
    """Lay out the tab. A network over the photo is drawn when it is opened."""
    text = read_text("receptive")
    shown = dict(zip(PLACES, restore_receptive(FIELD_STATE, picture), strict=False))
    parts, buttons = {}, {}

    def value(name: str) -> Any:
        given = None if name in (*_DRAWN, "photo", "csv") else shown[name]
        return given.get("value") if isinstance(given, dict) and given.get("__type__") == "update" else given

    stacks = [(text["lessons"].get(name, name), name) for name in FIELD_STACKS]

    def slider(name: str, low: int) -> gr.Slider:
        return gr.Slider(low, shown[name]["maximum"], value(name), step=1, label=text[name])

    tell_sentence(text["sentence"])
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=7, min_width=300):
            parts["network"] = gr.Dropdown(
                [*stacks, (text["own"], OWN)], value=value("network"), label=text["network"], filterable=False
            )
            gr.Markdown(text["photo"])
            parts["photo"] = gr.Image(
                label=text["photo"],
                show_label=False,
                alt_text=text["photo_alt"],
                interactive=False,
                buttons=[],
                height=300,
            )
            parts["photo"].watermark = None  # else Gradio warns that an SVG takes none
            parts["layer"] = slider("layer", 1)
            with gr.Row():
                for name in ("row", "column"):
                    parts[name] = slider(name, 0)
        with gr.Column(scale=5, min_width=300):
            parts["note"] = picture_place(_HEIGHTS["note"])
            parts["sight"] = picture_place(_HEIGHTS["sight"])
            parts["patch"] = picture_place(_HEIGHTS["patch"])
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=7, min_width=300):
            gr.Markdown(text["build_heading"])
            parts["problem"] = picture_place(value=value("problem"))
            with gr.Column(elem_classes=["lab-widget"]):  # whose class "scroll" keeps the table from widening a phone
                parts["table"] = gr.Dataframe(
                    value("table"),
                    headers=text["headers"],
                    datatype="str",
                    type="array",
                    column_count=COLUMNS,
                    column_widths=[72, 70, 86, 78, 58, 86],
                    label=text["table"],
                    interactive=True,
                    show_row_numbers=True,
                    max_height=236,
                    buttons=[],
                    elem_classes=["scroll"],
                )
            with gr.Row():
                parts["number"] = gr.Number(
                    value("number"), label=text["number"], minimum=1, maximum=MAX_LAYERS, precision=0, min_width=90
                )
                with gr.Column(scale=4, min_width=200):
                    for names in (("up", "down"), ("add", "duplicate", "remove")):
                        with gr.Row():
                            for name in names:
                                buttons[name] = gr.Button(text[name], size="sm", min_width=60)
            parts["line"] = gr.Textbox(
                value("line"), label=text["line"], info=text["line_info"], lines=2, max_lines=3, max_length=30_000
            )
        with gr.Column(scale=5, min_width=300):
            gr.Markdown(text["chart_heading"])
            parts["growth"] = picture_place(_HEIGHTS["growth"])
            parts["versus"] = gr.Dropdown(
                [(text["nothing"], NOTHING), *stacks, (text["own"], OWN)], value=value("versus"), label=text["versus"],
                filterable=False,
            )  # fmt: skip
            parts["other"] = gr.Textbox(value("other"), label=text["other"], max_lines=3, max_length=30_000)
            buttons["pair"] = gr.Button(text["pair"], size="sm")
            parts["compared"] = picture_place()
    gr.Markdown(text["influence_heading"])
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=7, min_width=300):
            parts["influence"] = picture_place(_HEIGHTS["influence"])
        with gr.Column(scale=5, min_width=300):
            gr.Markdown(text["influence_words"])
            with gr.Row():
                parts["model"] = gr.Dropdown(
                    [(text["models"][name], name) for name in MODELS], value=value("model"), label=text["model"],
                    filterable=False, min_width=130,
                )  # fmt: skip
                parts["draws"] = gr.Number(
                    value("draws"), label=text["draws"], minimum=1, maximum=MAX_DRAWS, precision=0, min_width=80
                )
                parts["seed"] = gr.Number(
                    value("seed"), label=text["seed"], minimum=0, maximum=MAX_SEED, precision=0, min_width=80
                )
            with gr.Row():
                buttons["measure"] = gr.Button(text["measure"], variant="primary", size="sm")
                buttons["stop"] = gr.Button(text["stop"], size="sm")
            parts["progress"] = picture_place()
    gr.Markdown(text["table_heading"])
    parts["layers"] = picture_place(_HEIGHTS["layers"])
    with gr.Row():
        parts["csv"] = gr.DownloadButton(text["csv"], value=value("csv"), size="sm", scale=0, min_width=140)
    parts["was"] = gr.JSON(value("was"), visible=False)
    return ReceptiveTab({name: parts[name] for name in PLACES}, buttons)


def connect_receptive_tab(tab: ReceptiveTab, picture: gr.HTML, header: gr.HTML, following: Following) -> None:
    """Connect the tab with itself, with the shared picture, and with the header."""
    parts, buttons = tab.parts, tab.buttons
    request, results = [picture, *(parts[name] for name in REQUEST)], [*parts.values(), header]
    quiet = {"show_progress": "hidden", "api_visibility": "private", "preprocess": False}
    work = quiet | {"concurrency_id": "field", "concurrency_limit": 2, "trigger_mode": "always_last"}
    measuring = buttons["measure"].click(
        measure, request, results, **quiet, concurrency_id="fields", concurrency_limit=8, trigger_mode="once"
    )
    buttons["stop"].click(None, None, None, cancels=measuring, api_visibility="private")

    picture.input(None, None, None, cancels=measuring, api_visibility="private")
    following.connect(draw, request, results, **work)
    work |= {"cancels": measuring}
    gr.on([parts[name].input for name in ("layer", "model", "draws", "seed")], draw, request, results, **work)
    gr.on([parts["row"].input, parts["column"].input], choose_unit, request, results, **work)
    parts["photo"].select(click_photo, request, results, **work)
    # What is pasted into a text box is a change for Gradio, and no input.
    parts["other"].change(take_other, request, results, **work)
    parts["line"].change(take_line, request, results, **work)
    parts["table"].input(take_table, [parts["table"], *request], results, **work)
    parts["table"].select(choose_row, None, parts["number"], queue=False, **quiet)
    parts["network"].input(take_network, [parts["network"], *request], results, **work)
    parts["versus"].input(take_versus, [parts["versus"], *request], results, **work)
    buttons["pair"].click(take_pair, request, results, **work)
    for action in ("add", "duplicate", "remove", "up", "down"):
        inputs = [parts["number"], parts["table"], *request]
        buttons[action].click(_action(action), inputs, results, **work)


def _action(name: str) -> Callable[..., tuple[Any, ...]]:
    def act(*request: Any) -> tuple[Any, ...]:
        return edit_rows(name, *request)

    return act


FIELD_STATE: Mapping[str, Any] = {f"field_{name}": value for name, value in FIELD_DEFAULTS.items()}
"""The state that the tab opens with, under the names of the links."""


def restore_receptive(linked: Mapping[str, Any], picture: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return updates of all parts of the tab, for the state of a link."""
    line = linked["field_stack"] or FIELD_DEFAULTS["stack"]
    unit, settings = linked["field_unit"], {name: linked[f"field_{name}"] for name in ("model", "draws", "seed")}
    other = linked["field_compare"]
    row, column = unit or (0, 0)
    request = (picture, line, linked["field_layer"], row, column, other, *settings.values(), None)
    places = {"line": line, "table": show_rows(rows_of(line)), "number": 1, "other": other, **settings}
    answer = _respond(request, unit_counts=unit is not None, event=False, **places)
    # What could not be drawn is empty, and what stands above it says why.
    return tuple(
        tell_problem("") if part == gr.skip() and name in _DRAWN else part
        for name, part in zip(PLACES, answer, strict=False)
    )


_DRAWN = ("note", "sight", "patch", "growth", "compared", "layers", "progress", "influence")

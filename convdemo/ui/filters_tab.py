"""The Filters tab: a bank, filters that are learned from photographs, and those of a network.

The bank is drawn by one event from a request that holds the picture and all controls. Learning is a run that is worked
out as far as it is asked for (filter_runs); where the visitor's view of it stands is a number on the page, so that
stopping, choosing a filter and fitting Gabors are again answered from the request alone.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from convdemo.filters import MAX_ORIENTATIONS
from convdemo.images import to_grey
from convdemo.kernels import Kernel, custom_kernel
from convdemo.learned_filters import COUNTS, SIDES, LearnedFilters
from convdemo.links import (
    FILTER_PHASES,
    FILTER_SETS,
    FILTER_SOURCES,
    FILTER_WAVELENGTHS,
    FILTERS_DEFAULTS,
    MAX_BANK,
    MAX_SEED,
    to_query,
)
from convdemo.ui.controls import check_choice, read_whole
from convdemo.ui.figures import tell_problem
from convdemo.ui.filter_runs import EVERY, MOST, FilterRun, find_run, network_filters
from convdemo.ui.filters_view import (
    draw_bank,
    draw_directions,
    draw_learned,
    draw_network,
    draw_picked,
    draw_scatter,
    make_bank,
    tell_opening,
    tell_run,
    tell_trouble,
)
from convdemo.ui.hashed import Hashed
from convdemo.ui.on_screen import Following
from convdemo.ui.picture import PictureGoneError, open_picture
from convdemo.ui.widgets import picture_place, read_text, tell_sentence

CONTROLS = tuple(FILTERS_DEFAULTS)
"""The controls of the tab, in the order in which its events take them, after the picture."""

BANK = ("problem", "bank", "one", "responses", "responses_legend", "directions", "wheel")
"""The places that the bank's controls fill."""

LEARNED = ("status", "learned", "network", "scatter", "shares", "picked", "reached")
"""The places that learning and choosing fill; "reached" is the look at the run that is on screen."""

VIEW = (*BANK, *LEARNED)
"""What every event answers with, in order; the header comes after."""

RESTORED, OPENED = 1, 2
"""What came of a link: its settings are in place; and it opens this tab."""

_LIMITS = {
    "orientations": (2, MAX_ORIENTATIONS), "filter": (1, MAX_BANK),
    "wave": (FILTER_WAVELENGTHS[0], FILTER_WAVELENGTHS[-1]), "side": SIDES, "seed": (0, MAX_SEED),
    "pick": (1, COUNTS[-1]),
}  # fmt: skip
_CHOICES = {"source": FILTER_SOURCES, "count": COUNTS, "from": FILTER_SETS}
_SETS = {"wavelengths": FILTER_WAVELENGTHS, "phases": FILTER_PHASES}
_OF_BANK = ("orientations", "wavelengths", "phases", "filter", "wave")
_OF_RUN = ("source", "count", "side", "seed")
_HEIGHTS = {
    "bank": 265, "one": 265, "responses": 171, "responses_legend": 47, "directions": 284, "wheel": 162, "status": 96,
    "learned": 406, "network": 441, "scatter": 272, "shares": 88, "picked": 370,
}  # fmt: skip
"""Pixels that are kept free for what is drawn when the tab is opened."""

_BETWEEN_FRAMES = 0.2  # seconds, so that filters are seen to converge
_NOTHING = tuple(gr.skip() for _ in (*VIEW, "header"))  # a generator that yields nothing would empty all places
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FiltersTab:
    """The components of the tab that events read and write."""

    controls: dict[str, gr.Component]
    view: dict[str, gr.Component]
    buttons: dict[str, gr.Button]


# ---- what is asked for -------------------------------------------------------------------------------------------


def _read(name: str, value: Any) -> Any:
    if name in _CHOICES:
        check_choice(name, value, _CHOICES[name])
        return value
    if name in _SETS:
        return _read_several(name, value)
    return read_whole(read_text("filters")["named"].get(name, name), value, *_LIMITS[name])


def _read_several(name: str, value: Any) -> tuple[int, ...]:
    text, options = read_text("filters")["bank"], _SETS[name]
    if not value:
        raise ValueError(text["choose_one"].format(name=name))
    if not isinstance(value, list | tuple) or not all(number in options for number in value):
        options = ", ".join(map(str, options))
        raise ValueError(text["no_choice"].format(name=name, value=f"{value!r:.40}", options=options))
    return tuple(option for option in options if option in value)


def _given(values: tuple[Any, ...], names: tuple[str, ...]) -> dict[str, Any]:
    """Return some of the controls, checked, from the values of all."""
    given = dict(zip(CONTROLS, values, strict=True))
    return {name: _read(name, given[name]) for name in names}


def _grey(reference: Any) -> np.ndarray:
    try:
        return to_grey(open_picture(reference).photo.pixels)
    except PictureGoneError as error:
        raise ValueError(str(error)) from error


def _run_of(reference: Any, source: str, count: int, side: int, seed: int) -> FilterRun:
    return find_run(Hashed(_grey(reference)) if source == "photo" else None, count, side, seed)


def _look(reached: Any) -> int:
    return read_whole("reached", reached, 0, MOST // EVERY + 1)


# ---- answers -----------------------------------------------------------------------------------------------------


def _answer(values: tuple[Any, ...], **places: Any) -> tuple[Any, ...]:
    """Return updates of the view, of the places that are named, and of the header."""
    try:
        state = _given(values, CONTROLS)
        header = gr.update(filters_query=to_query({f"filters_{name}": value for name, value in state.items()}))
    except ValueError:
        header = gr.skip()
    return *(places.get(name, gr.skip()) for name in VIEW), header


def show_bank(reference: Any, *values: Any) -> tuple[Any, ...]:
    """Answer a change of the bank or of the picture."""
    try:
        asked = _given(values, _OF_BANK)
        image, orientations = _grey(reference), asked["orientations"]
        bank = make_bank(orientations, asked["wavelengths"], asked["phases"], asked["filter"])
        places = draw_bank(image, bank, orientations, asked["filter"])
        places |= draw_directions(image, asked["wave"], orientations)
    except ValueError as error:
        return _answer(values, problem=tell_problem(str(error)))
    return _answer(values, problem="", **places)


def prepare(reference: Any, *values: Any) -> tuple[Any, ...]:
    """Answer a change of what filters are learned from: the random start, or all of it where that is known."""
    try:
        asked = _given(values, _OF_RUN)
        run = _run_of(reference, **asked)
        start = run.look(0)
        if run.done > 1 and _is_over(run.look(run.done - 1)):
            return _rest(reference, values, run.done - 1)
        places = {"status": tell_run(start, start, "ready"), "learned": draw_learned(start), "reached": 0}
    except ValueError as error:
        return _answer(values, status=tell_trouble(str(error)))
    return _answer(values, **places, scatter="", shares="", picked="")


def _is_over(frame: LearnedFilters) -> bool:
    return frame.converged or frame.iterations >= MOST


async def learn(reference: Any, *values: Any) -> AsyncIterator[tuple[Any, ...]]:
    """Learn filters, a few looks a second; whoever closes the generator ends the work."""
    frame = None
    try:
        asked = await asyncio.to_thread(_given, values, _OF_RUN)
        run = await asyncio.to_thread(_run_of, reference, **asked)
        start = frame = await asyncio.to_thread(run.look, 0)
        index = 0
        while True:
            over = _is_over(frame)
            state = "fitting" if over else "running" if index else "ready"
            places = {"status": tell_run(frame, start, state), "learned": draw_learned(frame), "reached": index}
            yield _answer(values, **places)
            if over:
                break
            index += 1
            frame, _ = await asyncio.gather(asyncio.to_thread(run.look, index), asyncio.sleep(_BETWEEN_FRAMES))
        yield await asyncio.to_thread(_rest, reference, values, index)
    except ValueError as error:
        yield _answer(values, status=tell_trouble(str(error)))
    finally:
        _log.info("a run of filters ended at iteration %s", frame.iterations if frame else "-")


async def open_tab(reached: Any, reference: Any, *values: Any) -> AsyncIterator[tuple[Any, ...]]:
    """Answer the opening of the tab with filters learned from the examples; the bank follows the picture.

    What filters of the visitor's own photo take, only the visitor asks for.
    """
    if reached:
        yield _NOTHING
        return
    yield _answer(values, network=await asyncio.to_thread(draw_network))
    if dict(zip(CONTROLS, values, strict=True))["source"] == "photo":
        yield await asyncio.to_thread(prepare, reference, *values)
        return
    async for answer in learn(reference, *values):
        yield answer


async def open_restored(restored: Any, *request: Any) -> AsyncIterator[tuple[Any, ...]]:
    """Answer the opening of the tab once the settings of the link are in place; before, they will open it."""
    if not restored:
        yield _NOTHING
        return
    async for answer in open_tab(*request):
        yield answer


def _rest(reference: Any, values: tuple[Any, ...], index: int, *, stopped: bool = False) -> tuple[Any, ...]:
    """Return a run at rest: its filters, what they are tuned to, and the one that is chosen."""
    run = _run_of(reference, **_given(values, _OF_RUN))
    start, frame = run.look(0), run.look(index)
    state = "stopped" if stopped else "done" if frame.converged else "limit"
    places = {"status": tell_run(frame, start, state), "learned": draw_learned(frame), "reached": index}
    try:
        bank = _given(values, _OF_BANK)
        made = make_bank(bank["orientations"], bank["wavelengths"], bank["phases"], 1)
    except ValueError:
        made = ()  # what is wrong with the bank is said there
    return _answer(values, **places | draw_scatter(made, frame.filters) | _pick(values, frame))


def _chosen(values: tuple[Any, ...], frame: LearnedFilters) -> tuple[np.ndarray, int]:
    asked = _given(values, ("from", "pick"))
    filters = frame.filters if asked["from"] == "learned" else network_filters()
    if asked["pick"] > len(filters):
        words = read_text("filters")["compare"]["out_of_set"]
        raise ValueError(words.format(number=asked["pick"], count=len(filters)))
    return filters, asked["pick"]


def _pick(values: tuple[Any, ...], frame: LearnedFilters) -> dict[str, Any]:
    """Return both sets with a frame around the filter that is chosen, and this filter."""
    try:
        filters, number = _chosen(values, frame)
    except ValueError as error:
        return {"picked": tell_problem(str(error))}
    is_learned = filters is frame.filters
    return {
        "learned": draw_learned(frame, number if is_learned else None),
        "network": draw_network(None if is_learned else number),
        "picked": draw_picked(filters, number),
    }


async def await_last_frame() -> None:
    """Let a frame that was on its way when a run was stopped arrive before the answer that it has stopped."""
    await asyncio.sleep(2 * _BETWEEN_FRAMES)


def end(reached: Any, reference: Any, *values: Any) -> tuple[Any, ...]:
    """Answer Stop: the filters as they are, and what they are tuned to."""
    try:
        index = _look(reached)
        frame = _run_of(reference, **_given(values, _OF_RUN)).look(index)
        return _rest(reference, values, index, stopped=not _is_over(frame))
    except ValueError as error:
        return _answer(values, status=tell_trouble(str(error)))


def pick(reached: Any, reference: Any, *values: Any) -> tuple[Any, ...]:
    """Answer the choice of a filter."""
    try:
        frame = _run_of(reference, **_given(values, _OF_RUN)).look(_look(reached))
    except ValueError as error:
        return _answer(values, picked=tell_problem(str(error)))
    return _answer(values, **_pick(values, frame))


def picked_kernel(reached: Any, reference: Any, *values: Any) -> Kernel:
    """Return the chosen filter as a kernel: its positive weights sum to 1, its negative ones to -1.

    So a picture in [0, 1] gets responses from -1 to 1.

    Raises:
        gr.Error: there is none.
    """
    try:
        frame = _run_of(reference, **_given(values, _OF_RUN)).look(_look(reached))
        filters, number = _chosen(values, frame)
        weights = filters[number - 1].astype(np.float64)
        return custom_kernel(np.float32(2 * weights / np.abs(weights).sum()))
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from error


def follow_picture(reference: Any, *values: Any) -> tuple[Any, ...]:
    """Answer a change of the picture: the bank, and the start of a run where filters are learned from it."""
    answer = list(show_bank(reference, *values))
    if dict(zip(CONTROLS, values, strict=True))["source"] == "photo":
        run = dict(zip(VIEW, prepare(reference, *values), strict=False))
        answer[len(BANK) : len(VIEW)] = [run[name] for name in LEARNED]
    return tuple(answer)


# ---- layout ------------------------------------------------------------------------------------------------------


def build_filters_tab() -> FiltersTab:
    """Lay out the tab. The bank is drawn and filters are learned when it is opened."""
    text, at = read_text("filters"), FILTERS_DEFAULTS
    controls, view, buttons = {}, {}, {}

    def radio(name: str, words: str) -> None:
        choices = [(text[words][option], option) for option in _CHOICES[name]]
        controls[name] = gr.Radio(choices, value=at[name], label=text[name])

    def several(name: str) -> None:
        choices = [(str(option), option) for option in _SETS[name]]
        controls[name] = gr.CheckboxGroup(
            choices, value=list(at[name]), label=text[name], info=text.get(f"{name}_info")
        )

    def slider(name: str, maximum: int | None = None) -> None:
        least, most = _LIMITS[name]
        controls[name] = gr.Slider(least, maximum or most, at[name], step=1, label=text[name], min_width=150)

    def place(name: str) -> None:
        view[name] = picture_place(_HEIGHTS.get(name), **({"value": tell_opening()} if name == "status" else {}))

    tell_sentence(text["sentence"])
    gr.Markdown(text["bank_title"])
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=4, min_width=280):
            slider("orientations")
            several("wavelengths")
            several("phases")
            slider("filter")
            place("problem")
        with gr.Column(scale=5, min_width=320):
            place("bank")
    place("responses")
    place("responses_legend")
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=5, min_width=280):
            place("one")
        with gr.Column(scale=5, min_width=280):
            place("directions")
            slider("wave")
            place("wheel")

    gr.Markdown(text["learned_title"])
    with gr.Row():
        radio("source", "sources")
        controls["count"] = gr.Dropdown(list(COUNTS), value=at["count"], label=text["count"], min_width=100)
        for name in ("side", "seed"):
            least, most = _LIMITS[name]
            controls[name] = gr.Number(
                at[name], label=text[name], minimum=least, maximum=most, precision=0, min_width=100
            )
    with gr.Row():
        buttons["learn"] = gr.Button(text["learn"], variant="primary", size="sm", min_width=70)
        buttons["stop"] = gr.Button(text["stop"], size="sm", min_width=70)
    place("status")
    with gr.Row():
        for name in ("learned", "network"):
            with gr.Column(min_width=280):
                place(name)

    gr.Markdown(text["compare_title"])
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=5, min_width=320):
            place("scatter")
            place("shares")
        with gr.Column(scale=3, min_width=280):
            radio("from", "sets")
            slider("pick")
            place("picked")
            buttons["use"] = gr.Button(text["use"], size="sm")
    gr.Markdown(text["cells_title"])
    for paragraph in text["cells"].values():
        gr.Markdown(paragraph)
    view["reached"] = gr.Number(0, visible="hidden")
    return FiltersTab({name: controls[name] for name in CONTROLS}, {name: view[name] for name in VIEW}, buttons)


def connect_filters_tab(
    tab: FiltersTab, part: gr.Tab, picture: gr.HTML, header: gr.HTML, following: Following
) -> tuple[list[gr.Component], gr.Number, Callable[[Any], None]]:
    """Connect the tab with itself and with the shared picture.

    Args:
        tab: its components.
        part: the tab in the row of tabs, whose opening begins to learn.
        picture: the shared picture.
        header: where the link is made.
        following: what draws the bank again when the picture has changed.

    Returns:
        The request that `picked_kernel` takes; a number that says what came of the link, from `restore_filters`; and a
        function of the event that restores a link, which then begins the run of that link.
    """
    request, results = [picture, *tab.controls.values()], [*tab.view.values(), header]
    controls, buttons, reached = tab.controls, tab.buttons, tab.view["reached"]
    quiet = {"show_progress": "hidden", "api_visibility": "private", "preprocess": False}
    work = quiet | {"concurrency_id": "filters", "concurrency_limit": 2, "trigger_mode": "always_last"}
    going = quiet | {"concurrency_id": "filter_runs", "concurrency_limit": 8, "trigger_mode": "multiple"}
    restored = gr.Number(RESTORED, visible="hidden")  # without a link there is nothing to wait for
    begun, opened = (gr.Number(0, visible="hidden") for _ in range(2))  # count up to begin, as on the Learn tab
    runs = [
        begun.change(learn, request, results, **going),
        opened.change(open_tab, [reached, *request], results, **going),
        part.select(open_restored, [restored, reached, *request], results, **going),
    ]
    buttons["learn"].click(_one_more, begun, begun, cancels=runs, queue=False, **(quiet | {"preprocess": True}))
    stopping = buttons["stop"].click(await_last_frame, None, None, cancels=runs, queue=False, **quiet)
    stopping.then(end, [reached, *request], results, **(work | {"trigger_mode": "once"}))

    # A link sets the bank and the choice after the tab was opened: that is a change, and no input. What a run needs is
    # set before it begins (`opened`).
    gr.on([controls[name].change for name in _OF_BANK], show_bank, request, results, **work)
    gr.on([controls[name].input for name in _OF_RUN], prepare, request, results, cancels=runs, **work)
    gr.on([controls[name].change for name in ("from", "pick")], pick, [reached, *request], results, **work)
    following.connect(follow_picture, request, results, **work)

    def after_restoring(restoring: Any) -> None:
        numbers = [opened, restored, following.screen]
        restoring.then(open_now, numbers, opened, cancels=runs, queue=False, **(quiet | {"preprocess": True}))

    return [reached, *request], restored, after_restoring


def _one_more(count: int) -> int:
    return count + 1


def open_now(count: int, restored: int, screen: str) -> int:
    """Count up, so that the tab is filled, where the link says that it is open, or the visitor was quicker."""
    return count + (restored == OPENED or screen == "filters")


def restore_filters(linked: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return updates of the controls for the state of a link, and whether it opens this tab."""
    values = [linked[f"filters_{name}"] for name in CONTROLS]
    if values == list(FILTERS_DEFAULTS.values()):  # as it was built; the visitor may have moved something meanwhile
        controls = [gr.skip() for _ in CONTROLS]
    else:
        controls = [list(value) if isinstance(value, tuple) else value for value in values]
    return *controls, OPENED if linked["tab"] == "filters" else RESTORED

"""The Filters tab: a bank, filters that are learned from photographs, and those of a network.

The bank is drawn by one event from a request that holds the picture and all controls. Learning is a run that is worked
out as far as it is asked for (`runs`); where the visitor's view of it stands is a number on the page, so that stopping,
choosing a filter and fitting Gabors are again answered from the request alone.
"""

import asyncio
import logging
from collections import ChainMap
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Any

import gradio as gr
import numpy as np

from convdemo.filters import GaborFilter, LearnedFilters
from convdemo.images import to_grey
from convdemo.kernels import Kernel, custom_kernel
from convdemo.ui.arrival import counted
from convdemo.ui.controls import checkboxes, dropdown, number_box, radio, slider
from convdemo.ui.filters.api import ENDPOINTS
from convdemo.ui.filters.bank_view import draw_bank, draw_directions, make_bank
from convdemo.ui.filters.learned_view import (
    draw_learned,
    draw_network,
    draw_picked,
    draw_scatter,
    tell_opening,
    tell_run,
    tell_trouble,
)
from convdemo.ui.filters.runs import AT_ONCE, EVERY, MOST, FilterRun, find_run, network_filters
from convdemo.ui.filters.state import SETS, STATE
from convdemo.ui.lesson import QUIET, Lesson, Room, Shared, in_turn
from convdemo.ui.parts.figures import tell_problem
from convdemo.ui.parts.hashed import Hashed
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
from convdemo.ui.state import whole

BANK = ("problem", "bank", "one", "responses", "responses_legend", "directions", "wheel", "filter")
"""The parts that the bank's controls fill; "filter" ends with its last one."""

LEARNED = ("status", "learned", "network", "scatter", "shares", "picked", "reached", "from", "pick")
"""The parts that learning and choosing fill; "reached" is the look at the run that is on screen."""

FOLDED = {"one_fold": ("filter", "wave"), "compare_fold": ("from", "pick")}
"""The parts that hold a section which is folded, unless a link says something of its variables."""

_MAKES_BANK = ("orientations", "wavelengths", "phases")
_OF_BANK = (*_MAKES_BANK, "filter", "wave")
_OF_RUN = ("source", "count", "side", "seed")
_OF_PICK = ("from", "pick")
_REACHED = whole("reached", 0, 0, MOST // EVERY + 1)
_HEIGHTS = {
    "bank": 265, "one": 265, "responses": 171, "responses_legend": 47, "directions": 284, "wheel": 162, "status": 96,
    "learned": 334, "network": 450, "scatter": 272, "shares": 88, "picked": 370,
}  # fmt: skip
"""Pixels that are kept free for what is drawn when the tab is opened."""

_BETWEEN_FRAMES = 0.2  # seconds, so that filters are seen to converge
_NOTICED = 0.5  # seconds after which it is noticed that a visitor has left who waits for a turn
RESTORED = -1
"""What `ended` becomes when a link has been restored: the visitor may have been quicker to begin a run."""

_log = logging.getLogger(__name__)


# ---- what is asked for -------------------------------------------------------------------------------------------


def _grey(reference: Any) -> np.ndarray:
    try:
        return to_grey(open_picture(reference).photo.pixels)
    except PictureGoneError as error:
        raise ValueError(str(error)) from error


def _bank(given: Mapping[str, Any]) -> tuple[GaborFilter, ...]:
    return make_bank(**STATE.check(given, _MAKES_BANK))


def _run(given: Mapping[str, Any]) -> FilterRun:
    asked = STATE.check(given, _OF_RUN)
    image = Hashed(_grey(given["picture"])) if asked.pop("source") == "photo" else None
    return find_run(image, *(asked[name] for name in ("count", "side", "seed")))


_run_in_turn = in_turn(_run, "filter_starts", AT_ONCE)
"""Return the run that is asked for: who leaves while others begin theirs leaves no work behind."""


def _frame(given: Mapping[str, Any]) -> LearnedFilters:
    """Return the filters that are on screen."""
    return _run(given).look(_REACHED.check(given["reached"]))


def _picked(given: Mapping[str, Any], frame: LearnedFilters) -> tuple[np.ndarray, int]:
    """Return the set that a filter is chosen of, and its number there."""
    asked = STATE.check(given, _OF_PICK)
    filters = _set(asked["from"], frame)
    if asked["pick"] > len(filters):
        words = read_text("filters")["compare"]["out_of_set"]
        raise ValueError(words.format(number=asked["pick"], count=len(filters)))
    return filters, asked["pick"]


def _set(name: str, frame: LearnedFilters) -> np.ndarray:
    return frame.filters if name == "learned" else network_filters()


def _within(given: Mapping[str, Any], name: str, count: int) -> dict[str, Any]:
    """Return a request in which the number of a filter is at most `count`: there are fewer now than when it was set.

    Raises:
        ValueError: it is no number of a filter.
    """
    return {**given, name: min(STATE.check(given, [name])[name], count)}


# ---- answers -----------------------------------------------------------------------------------------------------


def _answer(given: Mapping[str, Any], **parts: Any) -> dict[str, Any]:
    """Return updates of parts, and this part of the link if all that it would say can be."""
    try:
        return {**parts, "query": STATE.query(STATE.check(given))}
    except ValueError:
        return parts


def show_bank(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a change of the bank."""
    try:
        asked = STATE.check(given, _OF_BANK)
        image, orientations, bank = _grey(given["picture"]), asked["orientations"], _bank(given)
        parts = draw_bank(image, bank, orientations, asked["filter"])
        parts["filter"] = gr.update(maximum=len(bank))
        parts |= draw_directions(image, asked["wave"], orientations)
    except ValueError as error:
        return _answer(given, problem=tell_problem(str(error)))
    return _answer(given, problem="", **parts)


def show_other_bank(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a change of what the bank is made of: the last filter is looked at where the one before is no more."""
    try:
        fitting = _within(given, "filter", len(_bank(given)))
    except ValueError:
        return show_bank(given)
    return _set_to(show_bank(fitting), given, fitting, "filter")


def _set_to(parts: dict[str, Any], given: Mapping[str, Any], fitting: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an answer that sets a slider to what it was drawn with, if that is another than was sent.

    The slider itself may have moved on meanwhile.
    """
    if given[name] == fitting[name]:
        return parts
    return {**parts, name: {**parts.get(name, gr.update()), "value": fitting[name]}}


def prepare(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the random start of what is to be learned, or all of it where that is known."""
    try:
        run = _run(given)
        start = run.look(0)
        if run.done > 1 and _is_over(run.look(run.done - 1)):
            return _answer(given, **_rest(given, run.done - 1))
        parts = {"status": tell_run(start, start, "ready"), "learned": draw_learned(start), "reached": 0}
    except ValueError as error:
        return _answer(given, status=tell_trouble(str(error)))
    return _answer(given, **parts, scatter="", shares="", picked="")


def prepare_other(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a change of what filters are learned from: the last one is chosen where the one before is no more."""
    try:
        asked = STATE.check(given, ["count", "from"])
        fitting = _within(given, "pick", asked["count"]) if asked["from"] == "learned" else given
    except ValueError:
        return prepare(given)
    return _set_to(prepare(fitting), given, fitting, "pick")


def _is_over(frame: LearnedFilters) -> bool:
    return frame.converged or frame.iterations >= MOST


def draw(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a change of the picture: the bank; and a run on the picture before ends, if there is one."""
    ending = {"ended": counted(given["ended"]) + 1} if given["source"] == "photo" else {}
    return {**show_bank(given), **ending}


def draw_first(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the first opening: the network's filters as well, which are always the same."""
    is_chosen = given["from"] == "network" and given["pick"] in range(1, len(network_filters()) + 1)
    return {"network": draw_network(given["pick"] if is_chosen else None), **draw(given)}


def begin(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer Learn."""
    return {"begun": counted(given["begun"]) + 1}


def begin_first(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the opening of the tab with filters learned from the examples, if nothing has been learned yet.

    What filters of the visitor's own photo take, only the visitor asks for.
    """
    is_due = given["screen"] == "filters" and given["source"] == "photos" and not given["begun"]
    return {"begun": 1} if is_due else {}


def start_over(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the end of a run that is no longer asked for, as another picture is there or the settings of a link.

    A visitor can be quicker than the link: on screen, what the link says is learned instead; else when it is opened.
    """
    if given["ended"] != RESTORED:
        return prepare(given) if given["source"] == "photo" else {}
    if not given["begun"]:
        return {}
    is_due = given["screen"] == "filters" and given["source"] == "photos"
    return {"begun": counted(given["begun"]) + 1 if is_due else 0}


def when_open(answer: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return an answer to changes that a link makes as well: until the tab is opened, there is nothing to draw."""

    def answer_when_open(given: Mapping[str, Any]) -> dict[str, Any]:
        return answer(given) if given["screen"] == "filters" else {}

    return answer_when_open


async def learn(given: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Learn filters, a few looks a second; whoever closes the generator ends the work."""
    if not given["begun"]:  # none is asked for any more
        yield {}
        return
    frame, beginning = None, asyncio.ensure_future(_run_in_turn(given))
    try:
        while not (await asyncio.wait([beginning], timeout=_NOTICED))[0]:
            yield {}  # here Gradio notices that nobody is there any more
        run = beginning.result()
        start = frame = await asyncio.to_thread(run.look, 0)
        index = 0
        while True:
            over = _is_over(frame)
            state = "fitting" if over else "running" if index else "ready"
            # The link says it already, and the visitor may have moved something else meanwhile.
            yield {"status": tell_run(frame, start, state), "learned": draw_learned(frame), "reached": index}
            if over:
                break
            index += 1
            frame, _ = await asyncio.gather(asyncio.to_thread(run.look, index), asyncio.sleep(_BETWEEN_FRAMES))
        yield await asyncio.to_thread(_rest, given, index)
    except ValueError as error:
        yield _answer(given, status=tell_trouble(str(error)))
    finally:
        beginning.cancel()
        _log.info("a run of filters ended at iteration %s", frame.iterations if frame else "-")


def _rest(given: Mapping[str, Any], index: int, *, stopped: bool = False) -> dict[str, Any]:
    """Return a run at rest: its filters, what they are tuned to, and the one that is chosen."""
    run = _run(given)
    start, frame = run.look(0), run.look(index)
    state = "stopped" if stopped else "done" if frame.converged else "limit"
    parts = {"status": tell_run(frame, start, state), "learned": draw_learned(frame), "reached": index}
    try:
        bank = _bank(given)
    except ValueError:
        bank = ()  # what is wrong with the bank is said there
    return parts | draw_scatter(bank, frame.filters) | _show_picked(given, frame)


def _show_picked(given: Mapping[str, Any], frame: LearnedFilters) -> dict[str, Any]:
    """Return both sets with a frame around the filter that is chosen, and this filter."""
    try:
        filters, number = _picked(given, frame)
    except ValueError as error:
        return {"picked": tell_problem(str(error))}
    is_learned = filters is frame.filters
    return {
        "pick": gr.update(maximum=len(filters)),
        "learned": draw_learned(frame, number if is_learned else None),
        "network": draw_network(None if is_learned else number),
        "picked": draw_picked(filters, number),
    }


async def await_last_frame() -> None:
    """Let a frame that was on its way when a run was stopped arrive before the answer that it has stopped."""
    await asyncio.sleep(2 * _BETWEEN_FRAMES)


def end(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer Stop: the filters as they are, and what they are tuned to."""
    try:
        return _answer(given, **_rest(given, _REACHED.check(given["reached"]), stopped=not _is_over(_frame(given))))
    except ValueError as error:
        return _answer(given, status=tell_trouble(str(error)))


def pick(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the choice of a filter."""
    try:
        return _answer(given, **_show_picked(given, _frame(given)))
    except ValueError as error:
        return _answer(given, picked=tell_problem(str(error)))


def choose_set(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the choice of a set: its last filter, where it has fewer than the one before."""
    try:
        fitting = _within(given, "pick", len(_set(STATE.check(given, ["from"])["from"], _frame(given))))
    except ValueError:
        return pick(given)
    return _set_to(pick(fitting), given, fitting, "pick")


def click_bank(given: Mapping[str, Any], event: gr.EventData) -> dict[str, Any]:
    """Answer a click on the bank or its responses: the filter there is looked at."""
    try:
        chosen = STATE.check({"filter": getattr(event, "index", None)}, ["filter"])
    except ValueError:
        return {}
    return {**_open("one_fold"), **_set_to(show_bank({**given, **chosen}), given, chosen, "filter")}


def click_set(name: str, given: Mapping[str, Any], event: gr.EventData) -> dict[str, Any]:
    """Answer a click on one of `SETS`: the filter there is chosen."""
    try:
        chosen = STATE.check({"pick": getattr(event, "index", None)}, ["pick"])
    except ValueError:
        return {}
    picked = pick({**given, **chosen, "from": name})
    return {"from": name, **_open("compare_fold"), **_set_to(picked, given, chosen, "pick")}


def _open(place: str) -> dict[str, Any]:
    """Return the update that opens one of the sections of `FOLDED`."""
    return {place: unfold(read_text("filters")[place.replace("fold", "title")])}


def use_filter(given: Mapping[str, Any]) -> dict[str, Kernel]:
    """Return the chosen filter as a kernel: its positive weights sum to 1, its negative ones to -1.

    So a picture in [0, 1] gets responses from -1 to 1.

    Raises:
        gr.Error: there is none.
    """
    try:
        filters, number = _picked(given, _frame(given))
        weights = filters[number - 1].astype(np.float64)
        return {"kernel": custom_kernel(np.float32(2 * weights / np.abs(weights).sum()))}
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from error


def restore(linked: Mapping[str, Any], _shared: Mapping[str, Any]) -> dict[str, Any]:
    """Put the settings of a link in place, and end a run that was quicker than the link.

    Where the link says nothing of this lesson all is as it was built, or as the visitor has set it meanwhile.
    """
    values = STATE.of(linked)
    if values == STATE.defaults:
        return {}
    controls = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    # What there is is known when it is drawn; until then nothing is cut off.
    most = {name: gr.update(value=values[name], maximum=STATE[name].most) for name in ("filter", "pick")}
    folds = [
        _open(place) for place, names in FOLDED.items() if any(values[name] != STATE.defaults[name] for name in names)
    ]
    return {**controls, **most, **ChainMap(*folds), "reached": 0, "ended": RESTORED}


# ---- layout ------------------------------------------------------------------------------------------------------


def build(shared: Shared) -> Room:
    """Lay out the tab. The bank is drawn and filters are learned when it is opened."""
    text, parts = read_text("filters"), {}

    def set_by(build_control: Any, name: str, **options: Any) -> None:
        parts[name] = build_control(STATE[name], text, **options)

    def place(*names: str, **options: Any) -> None:
        parts.update({name: picture_place(_HEIGHTS.get(name), **options) for name in names})

    def place_mosaic(name: str) -> None:
        place(name, js_on_load=read_source("parts/tiles.js"))

    tell_sentence("filters")
    tell_heading(text["bank_title"], ruled=False)
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=2, min_width=280):
            set_by(slider, "orientations", min_width=150)
            set_by(slider, "filter", most=len(_bank(STATE.defaults)), min_width=150)
        with gr.Column(scale=3, min_width=280):
            set_by(checkboxes, "wavelengths")
            set_by(checkboxes, "phases")
    place("problem")
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=3, min_width=280):
            place_mosaic("bank")
        with gr.Column(scale=4, min_width=280):
            place_mosaic("responses")
            place("responses_legend")
    with fold(text["one_title"]) as parts["one_fold"], gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=5, min_width=280):
            place("one")
        with gr.Column(scale=5, min_width=280):
            place("directions")
            set_by(slider, "wave", min_width=150)
            place("wheel")

    tell_heading(text["learned_title"])
    with gr.Row():
        set_by(radio, "source")
        set_by(dropdown, "count", min_width=100)
        set_by(number_box, "side")
        set_by(number_box, "seed")
    with gr.Row():
        learn_button = gr.Button(text["learn"], variant="primary", size="sm", min_width=70)
        stop_button = gr.Button(text["stop"], size="sm", min_width=70)
    place("status", value=tell_opening())
    with gr.Row(elem_classes=["lab-sets"]):
        for name in SETS:
            with gr.Column(min_width=280):
                place_mosaic(name)

    with fold(text["compare_title"]) as parts["compare_fold"], gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=5, min_width=320):
            place("scatter", "shares")
        with gr.Column(scale=3, min_width=280):
            set_by(radio, "from")
            set_by(slider, "pick", most=STATE["count"].default, min_width=150)
            place("picked")
            use_button = gr.Button(text["use"], size="sm")
    with fold(text["cells_title"]):
        for name, paragraph in text["cells"].items():
            tell(paragraph, text["cells_names"].get(name, ""))
    for name in ("reached", "begun", "ended"):  # the last two count up to begin and to end a run
        parts[name] = gr.Number(0, visible="hidden")

    room = Room("filters", shared, parts, restore)
    room.restored = (*STATE.defaults, "reached", "ended", *FOLDED)
    _connect(room, learn_button, stop_button, use_button)
    return room


def _connect(room: Room, learn_button: gr.Button, stop_button: gr.Button, use_button: gr.Button) -> None:
    parts, header = room.parts, room.shared.header
    request = {"picture": room.shared.picture, **{name: parts[name] for name in STATE.defaults}}
    whole_request = {**request, "screen": header, **{name: parts[name] for name in ("reached", "begun", "ended")}}
    work = {"concurrency_id": "filters", "concurrency_limit": 2, "trigger_mode": "always_last"}
    room.follow(
        draw, {**request, "ended": parts["ended"]}, first=draw_first, answers=(*BANK, *LEARNED, "ended"), **work
    )

    # A slider cuts a number that was typed beyond its end when the box is left: that is a change, not an input.
    def changes(names: tuple[str, ...]) -> list[Any]:
        return [getattr(parts[name], "change" if isinstance(parts[name], gr.Slider) else "input") for name in names]

    room.on(changes(_MAKES_BANK), when_open(show_other_bank), whole_request, BANK, **work)
    room.on(changes(("filter", "wave")), when_open(show_bank), whole_request, BANK, **work)
    room.on(changes(("from",)), when_open(choose_set), whole_request, LEARNED, **work)
    room.on(changes(("pick",)), when_open(pick), whole_request, LEARNED, **work)
    room.on(
        [parts[name].select for name in ("bank", "responses")], click_bank, whole_request, (*BANK, "one_fold"), **work
    )
    for name in SETS:
        room.on(parts[name].select, partial(click_set, name), whole_request, (*LEARNED, "compare_fold"), **work)
    room.hand_over(use_button.click, use_filter, whole_request)

    # The events of a trigger are worked through in the order in which they are connected: first a run ends, then what
    # comes instead of it is asked for. So an event that ends runs cannot be one: it counts, and the count begins one.
    going = {"concurrency_id": "filter_runs", "concurrency_limit": 8, "trigger_mode": "multiple"}
    run = room.on(parts["begun"].change, learn, whole_request, LEARNED, **going)
    ends = [learn_button.click, stop_button.click, parts["ended"].change, *changes(_OF_RUN)]
    gr.on(ends, None, None, None, cancels=[run], api_visibility="private")
    room.on(learn_button.click, begin, {"begun": parts["begun"]}, ["begun"], trigger_mode="multiple")
    room.on(room.opened.change, begin_first, whole_request, ["begun"], trigger_mode="multiple")
    room.on(parts["ended"].change, start_over, whole_request, (*LEARNED, "begun"), **work)
    room.on(changes(_OF_RUN), prepare_other, whole_request, LEARNED, **work)
    stopped = stop_button.click(await_last_frame, None, None, queue=False, **QUIET)
    room.then(stopped, end, whole_request, LEARNED, **{**work, "trigger_mode": "once"})


LESSON = Lesson("filters", STATE, build, endpoints=ENDPOINTS)

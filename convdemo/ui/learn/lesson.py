"""The Learn tab: gradient descent finds a kernel, and every step of the way can be looked at.

A run is a pure function of the settings, so nothing is kept between requests: a pause is a request that ended, going on
is another that starts where the slider stands, and the slider shows any step by running up to it again, which takes
milliseconds (convdemo.learning).
"""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import numpy as np

from convdemo.kernels import custom_kernel
from convdemo.learning import History
from convdemo.ui.arrival import counted
from convdemo.ui.layer.settings import Settings, read_settings
from convdemo.ui.layer.state import MAX_BIAS
from convdemo.ui.learn.api import ENDPOINTS
from convdemo.ui.learn.experiment import Experiment, history_at, run, set_up, warm_up
from convdemo.ui.learn.files import save_history, save_kernel
from convdemo.ui.learn.layout import PAIR, lay_out
from convdemo.ui.learn.own_pair import Cut, SizesError, WantedError, open_pair, read_cut
from convdemo.ui.learn.program import write_learn_program
from convdemo.ui.learn.settings import LearnSettings, read_learn_settings
from convdemo.ui.learn.state import CHAPTER, HIDDEN, MAX_HIDDEN, OWN, STATE
from convdemo.ui.learn.view import (
    draw_after,
    draw_chart,
    draw_kernels,
    draw_maps,
    draw_meter,
    draw_waiting,
    tell_chapter,
    tell_offer,
    tell_pair,
    tell_problem,
    tell_status,
    tell_wanted,
    tell_why,
)
from convdemo.ui.lesson import QUIET, Lesson, Room, Shared
from convdemo.ui.parts.widgets import read_source, read_text, show_code, whole_props
from convdemo.ui.picture.opening import OpenPicture, PictureGoneError, open_picture

LAYER = ("stride", "padding", "dilation")
"""The settings of the Feature map tab that a run with a known teacher takes over."""

CONTROLS = (*STATE.defaults, "after")
"""The controls of the tab: one for each variable, and the second picture."""

BOXES = ("steer", "run", "why", "program")
"""What holds the parts of a run, and is not there while there is none."""

VIEW = (
    "status", "chart", "kernels", "now", "wanted", "difference", "legend", "meter", "facts", "scrub", "code", "csv",
    "kernel_file", "printed", "made", "after", "offer", *BOXES,
)  # fmt: skip
"""The parts that a run is shown in."""

WATCHED_FOR = 3.0
"""Seconds that a whole run takes on the page, however few its steps."""

_BETWEEN_FRAMES = 0.25  # seconds
_LOOKS = 40  # at a run
_log = logging.getLogger(__name__)


# ---- what is asked for -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Asked:
    """A request, read."""

    picture: OpenPicture
    layer: Settings
    settings: LearnSettings
    experiment: Experiment
    cut: Cut | None
    notes: list[str]


def _read(given: Mapping[str, Any]) -> _Asked:
    """Read a request.

    Raises:
        ValueError: what is wrong, in one sentence.
        WantedError: the browser has to send a picture of a pair first.
    """
    settings = read_learn_settings(given)
    layer = read_settings({name: given[name] for name in LAYER})
    # The pair first: when the shared picture is opened, a reduced one takes the place of its file.
    before, after = open_pair(given["picture"], given["after"]) if settings.needs_after else (None, None)
    try:
        picture = open_picture(given["picture"])
    except PictureGoneError as error:
        raise ValueError(str(error)) from error
    experiment = set_up(settings, layer, before or picture.photo, after)
    cut = read_cut(given["after"])
    notes = tell_pair(experiment.study, settings, experiment.problem, cut)
    return _Asked(picture, layer, settings, experiment, cut, notes)


# ---- what is answered --------------------------------------------------------------------------------------------


def _frame(asked: _Asked, history: History, *, running: bool) -> dict[str, Any]:
    """Return what changes from step to step."""
    now, wanted, difference, legend = draw_maps(asked.experiment, history, preview=running)
    return {
        "status": tell_status(asked.settings, asked.layer, history, running=running, notes=asked.notes),
        "chart": draw_chart(history, asked.settings),
        "kernels": draw_kernels(asked.experiment, asked.settings, history),
        "now": now,
        "wanted": wanted,
        "difference": difference,
        "legend": legend,
        "scrub": gr.update(value=history.steps, maximum=asked.settings.steps),
        "query": STATE.query(vars(asked.settings)),
    }


def _rest(asked: _Asked, history: History) -> dict[str, Any]:
    """Return what a run at rest shows besides: the words, the code and the files."""
    code = read_text("learn")["code_hidden"]
    if not asked.settings.keeps_secret:
        study = asked.experiment.study
        code = write_learn_program(asked.settings, asked.layer, asked.picture, study, asked.cut)
    stem = "edge" if asked.settings.source == "edge" else asked.picture.stem
    kernel_file, printed = save_kernel(history, stem), tell_chapter(asked.settings)
    return {
        "meter": draw_meter(asked.experiment, asked.settings),
        "facts": tell_why(asked.experiment, asked.settings, asked.layer, history),
        "code": show_code(read_text("learn")["code_label"], code),
        "csv": gr.update(value=save_history(history, stem)),
        "kernel_file": gr.update(value=kernel_file, interactive=kernel_file is not None),
        "printed": show_code(read_text("learn")["printed"], printed),
        "made": draw_after(asked.settings, asked.picture),
        "offer": _offer(asked.experiment.study.offer if asked.experiment.study else {}),
        **dict.fromkeys(BOXES, gr.update(visible=True)),
    }


def _offer(offer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the button for settings that help, if there are any."""
    return gr.update(value=tell_offer(offer), visible=bool(offer))


def _want(error: WantedError) -> dict[str, Any]:
    """Return the answer that has the browser send the pair (learn/filtered.js), which then asks again."""
    wanted = {"of": error.of, "click": time.monotonic_ns()}  # so that the same picture twice is a change
    return {
        "after": gr.update(**whole_props("learn", "filtered", **PAIR | {"wanted": wanted})),
        "status": tell_wanted(error.problem),
    }


def _refuse(error: ValueError) -> dict[str, Any]:
    """Return the answer to what is wrong, with what would help if the core knows it."""
    offer = error.offer if isinstance(error, SizesError) else {}
    return {"status": tell_problem(str(error)), **({"offer": _offer(offer)} if offer else {})}


def _await_pair(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer while the second picture is still to be added, without the run before; {} if it is there.

    Raises:
        ValueError: a setting is wrong.
    """
    settings = read_learn_settings(given)
    if not settings.needs_after or given["after"]:
        return {}
    drawn = ("chart", "kernels", "now", "wanted", "difference", "legend", "meter", "facts", "made")
    return {
        **dict.fromkeys(drawn, ""),
        **dict.fromkeys(BOXES, gr.update(visible=False)),
        "status": draw_waiting(),
        "offer": _offer({}),
        "scrub": gr.update(value=0, maximum=settings.steps),
        "query": STATE.query(vars(settings)),
    }


def show(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the run as it is after as many updates as the slider says."""
    try:
        if waiting := _await_pair(given):
            return waiting
        asked = _read(given)
        at = min(max(0, counted(given["scrub"])), asked.settings.steps)
        history = history_at(asked.experiment, asked.settings, at)
    except WantedError as error:
        return _want(error)
    except ValueError as error:
        return _refuse(error)
    return {**_frame(asked, history, running=False), **_rest(asked, history)}


def replay(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the slider, which may have moved on meanwhile and is left alone."""
    return {name: update for name, update in show(given).items() if name != "scrub"}


def prepare(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a change of the settings: the start of the run that they make."""
    return show({**given, "scrub": 0})


def introduce(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the opening of the tab: the start of the run, which the page then plays (learn/first_run.js)."""
    return {**prepare(given), "introduced": 1}


def step_once(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a single step."""
    return show({**given, "scrub": counted(given["scrub"]) + 1})


async def learn(given: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Run from the start."""
    async for answer in go_on({**given, "scrub": 0}):
        yield answer


async def go_on(given: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Run from a step to the end, a few pictures a second; whoever closes the generator ends the work."""
    asked = history = None
    try:
        if waiting := _await_pair(given):
            yield waiting
            return
        asked = await asyncio.to_thread(_read, given)
        steps, done = asked.settings.steps, counted(given["scrub"])
        if done >= steps:
            done = 0
        every = min(256, max(1, steps // _LOOKS))
        histories = run(asked.experiment, asked.settings, every=every)
        pause, last = WATCHED_FOR / math.ceil(steps / every), -math.inf
        while (history := await asyncio.to_thread(next, histories, None)) is not None:
            finished = history.diverged or history.steps >= steps
            if history.steps < done and not finished:
                continue
            if finished or time.monotonic() - last >= _BETWEEN_FRAMES:
                last = time.monotonic()
                frame = await asyncio.to_thread(_frame, asked, history, running=not finished)
                rest = await asyncio.to_thread(_rest, asked, history) if finished else {}
                yield {**frame, **rest}
            if not finished:
                await asyncio.sleep(pause)
    except WantedError as error:
        yield _want(error)
    except ValueError as error:
        yield _refuse(error)
    finally:
        if history:
            _log.info("a run of %s steps ended at step %s", asked.settings.steps, history.steps)


def stop(given: Mapping[str, Any]) -> dict[str, Any]:
    """End the run where it is: that is its number of steps from now on."""
    return {"steps": max(1, counted(given["scrub"]))}


def use_kernel(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kernel at a step as one of the visitor's own, and the bias, within its limits, if one is learned.

    Raises:
        gr.Error: there is none.
    """
    try:
        asked = _read(given)
        history = history_at(asked.experiment, asked.settings, counted(given["scrub"]))
        kernel = custom_kernel(np.asarray(history.kernel))
    except (ValueError, WantedError) as error:
        raise gr.Error(str(error), print_exception=False) from error
    bias = {"bias": min(max(history.bias, -MAX_BIAS), MAX_BIAS)} if asked.settings.bias else {}
    return {"kernel": kernel, **bias}


# ---- controls that follow each other -------------------------------------------------------------------------------


def hide_another(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the button for another secret kernel: the next number whose kernel is another one.

    Where the settings are wrong, the run says so.
    """
    try:
        settings = read_learn_settings(given)
    except ValueError:
        return {}
    numbers = ((settings.hidden + more) % (MAX_HIDDEN + 1) for more in range(1, MAX_HIDDEN))
    others = (replace(settings, hidden=number) for number in numbers)
    return {"hidden": next(one.hidden for one in others if one.teacher_kernel is not settings.teacher_kernel)}


def show_controls(given: Mapping[str, Any]) -> dict[str, Any]:
    """Show the controls which count: the teacher's for a photo, for a pair which one, and its second picture."""
    is_photo, is_pair = (given["source"] == name for name in ("photo", "pair"))
    is_own = is_pair and given["pair"] == OWN
    return {
        "teacher": gr.update(visible=is_photo),
        "another": gr.update(visible=is_photo and given["teacher"] == HIDDEN),
        "reveal": gr.update(visible=is_photo),
        "pair": gr.update(visible=is_pair),
        "after": gr.update(visible=is_own, **(whole_props("learn", "filtered", **PAIR) if is_own else {})),
        "compare": gr.update(visible=is_own),
    }


def set_controls(values: Mapping[str, Any]) -> dict[str, Any]:
    """Set controls, and show those which count."""
    updates = show_controls(values)
    for name, value in values.items():
        updates[name] = updates.get(name, {}) | gr.update(value=value)
    updates["rate"] |= whole_props("learn", "rate_slider")
    return updates


def take_offer(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the button for settings that help: set them."""
    try:
        study = _read(given).experiment.study
        offer = study.offer if study else {}
    except SizesError as error:
        offer = error.offer
    except (ValueError, WantedError):  # the run says so
        offer = {}
    return set_controls({**{name: given[name] for name in STATE.defaults}, **offer}) if offer else {}


def take_chapter(_given: Mapping[str, Any]) -> dict[str, Any]:
    """Set the controls as in the chapter's run."""
    return set_controls(CHAPTER)


def restore(linked: Mapping[str, Any], _shared: Mapping[str, Any]) -> dict[str, Any]:
    """Set the controls as a link says; the run is shown when the tab is opened."""
    return set_controls(STATE.of(linked))


# ---- events --------------------------------------------------------------------------------------------------------


def build(shared: Shared) -> Room:
    """Lay out the tab, and connect it. It is drawn when it is opened, at the start of a run, which the page then plays.

    It is drawn anew for another picture or layer when it is on screen; until then they only end the run.
    """
    parts, buttons = lay_out()
    room = Room("learn", shared, parts, restore, (*CONTROLS, "another"))
    layer = {name: shared.layer[name] for name in LAYER}
    request = {"picture": shared.picture, **layer, **{name: parts[name] for name in (*CONTROLS, "scrub")}}
    work = {"concurrency_id": "learn", "concurrency_limit": 4, "trigger_mode": "always_last"}
    _connect_runs(room, buttons, request)

    room.on(buttons["step"].click, step_once, request, VIEW, **work)
    room.on(buttons["restart"].click, prepare, request, VIEW, **work)
    room.on(parts["scrub"].input, replay, request, VIEW, **work)
    stopped = room.on(buttons["stop"].click, stop, {"scrub": parts["scrub"]}, ["steps"])
    room.then(stopped, show, request, VIEW, **work)
    room.hand_over(buttons["use"].click, use_kernel, request)
    room.follow(prepare, request, first=introduce, data=("picture", *LAYER), answers=(*VIEW, "introduced"), **work)

    # For a pair a bias is learned unless the visitor does not want one: the box is ticked before the run is asked for.
    sources = [parts["source"], parts["bias"]]
    chosen = gr.on(
        parts["source"].input, None, sources, sources[1:], js=read_source("learn/bias.js"), api_visibility="private"
    )
    room.then(chosen, prepare, request, VIEW, **work)
    room.on([parts[name].input for name in CONTROLS if name != "source"], prepare, request, VIEW, **work)
    choices = {name: parts[name] for name in ("source", "pair", "teacher")}
    shown = ("teacher", "another", "reveal", "pair", "after", "compare")
    room.on([choice.input for choice in choices.values()], show_controls, choices, shown)
    return room


def _connect_runs(room: Room, buttons: Mapping[str, gr.Button], request: Mapping[str, gr.Component]) -> None:
    """Connect what begins a run, and what ends it.

    Gradio works through the events of a trigger in the order in which they are connected, and one that calls a function
    and ends runs ends them after the function: a picture that was on its way would come in between. So ending is an
    event of its own, before all others. A button counts, and the count starts the next run: one that started it itself
    could not end the one before.
    """
    parts, layer = room.parts, room.shared.layer
    begun, resumed = (gr.Number(0, visible="hidden") for _ in range(2))
    going = {"concurrency_id": "runs", "concurrency_limit": 16, "trigger_mode": "multiple"}
    runs = [
        room.on(begun.change, learn, request, VIEW, **going),
        room.on(resumed.change, go_on, request, VIEW, **going),
    ]
    padding = layer["padding"]  # on a page of its own, the lesson has the layer as data that nobody puts in
    changes = [getattr(padding, "input", padding.change), layer["stride"].change, layer["dilation"].change]
    clicks = [button.click for name, button in buttons.items() if name != "use"]
    inputs = [parts[name].input for name in (*CONTROLS, "scrub")]
    ends = [*clicks, *inputs, room.shared.picture.input, *changes]
    gr.on(ends, None, None, None, cancels=runs, api_visibility="private")

    count = {**QUIET, "queue": False}
    buttons["learn"].click(_one_more, begun, begun, **count)
    buttons["continue"].click(_one_more, resumed, resumed, **count)
    chapter = room.on(buttons["chapter"].click, take_chapter, {}, (*CONTROLS, "another"))
    another = room.on(buttons["another"].click, hide_another, request, ["hidden"])
    offer = room.on(buttons["offer"].click, take_offer, request, (*CONTROLS, "another"))
    for taken in (chapter, another, offer):
        taken.then(_one_more, begun, begun, **count)
    first_run = read_source("learn/first_run.js")
    parts["introduced"].change(None, begun, begun, js=first_run, api_visibility="private")


def _one_more(count: Any) -> int:
    return counted(count) + 1


LESSON = Lesson("learn", STATE, build, warm_up=warm_up, endpoints=ENDPOINTS)

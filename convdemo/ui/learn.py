"""The Learn tab: gradient descent finds a kernel, and every step of the way can be looked at.

A run is a pure function of the settings, so nothing is kept between requests: a pause is a request that ended, going on
is another that starts where the slider stands, and the slider shows any step by running up to it again, which takes
milliseconds (convdemo.learning).
"""

import asyncio
import csv
import io
import logging
import math
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from convdemo.images import Photo, read_photo
from convdemo.kernels import KERNELS, Kernel, custom_kernel, format_kernel
from convdemo.learning import LOSSES, MAX_STEPS, OPTIMIZERS, History, chapter_run, format_epochs
from convdemo.least_squares import MAX_SIDE
from convdemo.links import HIDDEN, LEARN_DEFAULTS, LEARN_SOURCES, LEARN_STARTS, MAX_HIDDEN, MAX_SEED, to_query
from convdemo.ui.experiment import (
    CHAPTER,
    Experiment,
    LearnSettings,
    history_at,
    read_learn_settings,
    run,
    set_up,
)
from convdemo.ui.learn_program import write_learn_program
from convdemo.ui.learn_view import (
    RATES,
    draw_chart,
    draw_kernels,
    draw_maps,
    draw_meter,
    tell_problem,
    tell_status,
    tell_why,
)
from convdemo.ui.on_screen import Following
from convdemo.ui.picture import OpenPicture, PictureGoneError, open_picture
from convdemo.ui.settings import Settings, read_settings
from convdemo.ui.widgets import picture_place, read_text, save_file, tell_sentence

LAYER = ("stride", "padding", "dilation")
"""The settings of the Feature map tab that a run with a known teacher takes over."""

CONTROLS = (*LEARN_DEFAULTS, "after")
"""The controls of the tab, in the order in which its events take them, after the picture and the layer."""

VIEW = (
    "status", "chart", "kernels", "now", "wanted", "difference", "legend", "meter", "facts", "scrub", "code", "csv",
    "kernel_file", "printed",
)  # fmt: skip
"""What its events answer with, in order; the header comes after."""

WATCHED_FOR = 4.0
"""Seconds that a whole run takes on the page, however few its steps."""

_HEIGHTS = {"meter": 44, "status": 26, "chart": 241, "kernels": 120, "map": 125, "legend": 47}  # pixels, as drawn
_BETWEEN_FRAMES = 0.25  # seconds
_LOOKS = 40  # at a run
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LearnTab:
    """The components of the tab that events read and write."""

    controls: dict[str, gr.Component]
    view: dict[str, gr.Component]
    exponent: gr.Slider
    buttons: dict[str, gr.Button]


# ---- what is asked for -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Asked:
    """A request, read."""

    picture: OpenPicture
    layer: Settings
    settings: LearnSettings
    experiment: Experiment

    def state(self) -> dict[str, Any]:
        """Return the settings as the state of a link."""
        return {f"learn_{name}": value for name, value in vars(self.settings).items()}


def _read(reference: Mapping[str, Any], *values: Any) -> _Asked:
    """Read a request.

    Raises:
        ValueError: what is wrong, in one sentence.
    """
    given = dict(zip((*LAYER, *CONTROLS), values, strict=True))
    settings = read_learn_settings(given)
    layer = read_settings({name: given[name] for name in LAYER})
    try:
        picture = open_picture(reference)
        after = _open(given["after"]) if settings.source == "pair" else None
    except PictureGoneError as error:
        raise ValueError(str(error)) from error
    return _Asked(picture, layer, settings, set_up(settings, layer, picture.photo, after))


def _open(file: Any) -> Photo | None:
    """Open what the place for the second picture holds: Gradio has checked that it is an upload."""
    path = file.get("path") if isinstance(file, Mapping) else None
    return read_photo(path) if path else None


# ---- answers -----------------------------------------------------------------------------------------------------


def _frame(asked: _Asked, history: History, *, running: bool) -> dict[str, Any]:
    """Return what changes from step to step."""
    now, wanted, difference, legend = draw_maps(asked.experiment, history, preview=running)
    return {
        "status": tell_status(asked.settings, asked.layer, history, running=running),
        "chart": draw_chart(history, asked.settings),
        "kernels": draw_kernels(asked.experiment, asked.settings, history),
        "now": now,
        "wanted": wanted,
        "difference": difference,
        "legend": legend,
    }


def _rest(asked: _Asked, history: History) -> dict[str, Any]:
    """Return what a run at rest shows besides: the words, the code and the files."""
    kernel = format_kernel(np.asarray(history.kernel)).replace("; ", "\n") + "\n" if not history.diverged else ""
    return {
        "meter": draw_meter(asked.experiment, asked.settings),
        "facts": tell_why(asked.experiment, asked.settings, asked.layer, history),
        "code": read_text("learn")["code_hidden"]
        if asked.settings.keeps_secret
        else write_learn_program(asked.settings, asked.layer, asked.picture),
        "csv": gr.update(value=str(save_file(history_csv(history).encode(), "history.csv"))),
        "kernel_file": gr.update(
            value=str(save_file(kernel.encode(), "kernel.txt")) if kernel else None, interactive=bool(kernel)
        ),
        "printed": _printed(asked.settings),
    }


def _printed(settings: LearnSettings) -> Any:
    """Return the chapter's lines, of its own run through nnx.Conv, where these are its settings."""
    if any(getattr(settings, name) != value for name, value in CHAPTER.items()):
        return gr.update(visible=False)
    history = chapter_run()
    weights = ", ".join(f"{weight:.4f}" for weight in history.kernel.ravel())
    kernel = read_text("learn")["printed_kernel"].format(weights=weights)
    return gr.update(value=f"{format_epochs(history.losses)}\n{kernel}", visible=True)


def _answer(asked: _Asked | None, **places: Any) -> tuple[Any, ...]:
    """Return updates of the view, of the places that are named, and of the header."""
    header = gr.update(learn_query=to_query(asked.state())) if asked else gr.skip()
    return *(places.get(name, gr.skip()) for name in VIEW), header


def history_csv(history: History) -> str:
    """Write a run as a table: the step, the loss before its update, and the bias and kernel that it had then."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    cells = [f"kernel[{row},{column}]" for row, column in np.ndindex(history.kernel.shape)]
    writer.writerow(["step", "loss", "bias", *cells])
    losses = [*history.losses, history.final_loss][: history.steps + 1]
    for updates, kernel, bias in zip(history.kept, history.kernels, history.biases, strict=True):
        if updates < len(losses):
            writer.writerow(
                [updates + 1, f"{losses[updates]:.9g}", f"{bias:.9g}", *(f"{cell:.9g}" for cell in kernel.flat)]
            )
    return file.getvalue()  # fmt: skip


def replay(step: float | None, *request: Any) -> tuple[Any, ...]:
    """Answer the slider, which may have moved on meanwhile and is left alone."""
    answer = list(show(step, *request))
    answer[VIEW.index("scrub")] = gr.skip()
    return tuple(answer)


def show(step: float | None, *request: Any) -> tuple[Any, ...]:
    """Return the run as it is after so many updates."""
    try:
        asked = _read(*request)
        at = min(max(0, int(step or 0)), asked.settings.steps)
        history = history_at(asked.experiment, asked.settings, at)
    except ValueError as error:
        return _answer(None, status=tell_problem(str(error)))
    slider = gr.update(value=history.steps, maximum=asked.settings.steps)
    return _answer(asked, **_frame(asked, history, running=False), **_rest(asked, history), scrub=slider)


def show_end(*request: Any) -> tuple[Any, ...]:
    """Answer the opening of the tab: the run at its end."""
    return show(MAX_STEPS, *request)


def prepare(*request: Any) -> tuple[Any, ...]:
    """Answer a change of the settings: the start of the run that they make."""
    return show(0, *request)


def step_once(step: float | None, *request: Any) -> tuple[Any, ...]:
    """Answer a single step."""
    return show((step or 0) + 1, *request)


async def learn(*request: Any) -> AsyncIterator[tuple[Any, ...]]:
    """Run from the start."""
    async for answer in go_on(0, *request):
        yield answer


async def go_on(step: float | None, *request: Any) -> AsyncIterator[tuple[Any, ...]]:
    """Run from a step to the end, a few pictures a second; whoever closes the generator ends the work."""
    asked = history = None
    try:
        asked = await asyncio.to_thread(_read, *request)
        steps, done = asked.settings.steps, int(step or 0)
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
                extra = await asyncio.to_thread(_rest, asked, history) if finished else {}
                yield _answer(asked, **frame, **extra, scrub=gr.update(value=history.steps, maximum=steps))
            if not finished:
                await asyncio.sleep(pause)
    except ValueError as error:
        yield _answer(None, status=tell_problem(str(error)))
    finally:
        if history:
            _log.info("a run of %s steps ended at step %s", asked.settings.steps, history.steps)


def stop(step: float | None) -> Any:
    """End the run where it is: that is its number of steps from now on."""
    return max(1, int(step or 0))


def from_exponent(exponent: float) -> float:
    """Return the learning rate of a place on the slider, with three digits."""
    return float(f"{10 ** float(exponent):.3g}")


def to_exponent(rate: Any) -> Any:
    """Return the place of a learning rate on the slider."""
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not rate > 0:
        return gr.skip()
    return min(max(round(math.log10(rate), 2), RATES[0]), RATES[1])


def take_chapter() -> tuple[Any, ...]:
    """Return the controls of the chapter's run."""
    return *(CHAPTER.get(name, gr.skip()) for name in CONTROLS), to_exponent(CHAPTER["rate"])


def learned_kernel(step: float | None, *request: Any) -> tuple[Kernel, float | None]:
    """Return the kernel at a step as one of the visitor's own, and the bias if one is learned.

    Raises:
        gr.Error: there is none.
    """
    try:
        asked = _read(*request)
        history = history_at(asked.experiment, asked.settings, int(step or 0))
        return custom_kernel(np.asarray(history.kernel)), history.bias if asked.settings.bias else None
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from error


def show_controls(source: str, teacher: str) -> tuple[Any, ...]:
    """Return updates that show the controls which count: the teacher's for a photo, the second picture for a pair."""
    is_photo = source == "photo"
    return (
        gr.update(visible=is_photo),
        gr.update(visible=is_photo and teacher == HIDDEN),
        gr.update(visible=is_photo),
        gr.update(visible=source == "pair"),
    )


# ---- layout ------------------------------------------------------------------------------------------------------


def build_learn_tab() -> LearnTab:
    """Lay out the tab. It is drawn when it is opened, with a run that has come to its end."""
    text, at = read_text("learn"), LEARN_DEFAULTS

    def choices(name: str, options: tuple[str, ...]) -> list[tuple[str, str]]:
        return [(text[name][option], option) for option in options]

    controls, view, buttons = {}, {}, {}
    tell_sentence(text["sentence"])
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=3, min_width=280):
            controls["source"] = gr.Radio(choices("sources", LEARN_SOURCES), value=at["source"], label=text["source"])
            buttons["chapter"] = gr.Button(text["chapter"], size="sm")
            teachers = [(text["hidden_choice"], HIDDEN), *((kernel.title, name) for name, kernel in KERNELS.items())]
            controls["teacher"] = gr.Dropdown(
                teachers, value=at["teacher"], label=text["teacher"], info=text["teacher_info"]
            )
            controls["hidden"] = gr.Number(
                at["hidden"], label=text["hidden"], info=text["hidden_info"], minimum=0, maximum=MAX_HIDDEN, precision=0
            )
            controls["reveal"] = gr.Checkbox(at["reveal"], label=text["reveal"])
            controls["after"] = gr.Image(
                label=text["after"], type="filepath", sources=["upload", "clipboard"], height=180, visible=False
            )
            with gr.Row():
                for name in ("rows", "columns"):
                    controls[name] = gr.Number(
                        at[name], label=text[name], minimum=1, maximum=MAX_SIDE, precision=0, min_width=100
                    )
            controls["optimizer"] = gr.Radio(
                choices("optimizers", OPTIMIZERS), value=at["optimizer"], label=text["optimizer"]
            )
            exponent = gr.Slider(*RATES, to_exponent(at["rate"]), step=0.01, label=text["exponent"])
            view["meter"] = picture_place(_HEIGHTS["meter"], padding=True)
            with gr.Row():
                controls["rate"] = gr.Number(at["rate"], label=text["rate"], step=0.01, min_width=100)
                controls["steps"] = gr.Number(
                    at["steps"], label=text["steps"], minimum=1, maximum=MAX_STEPS, precision=0, min_width=100
                )
            with gr.Accordion(text["more"], open=False):
                controls["start"] = gr.Radio(choices("starts", LEARN_STARTS), value=at["start"], label=text["start"])
                controls["seed"] = gr.Number(at["seed"], label=text["seed"], minimum=0, maximum=MAX_SEED, precision=0)
                controls["loss"] = gr.Radio(choices("losses", LOSSES), value=at["loss"], label=text["loss"])
                controls["bias"] = gr.Checkbox(at["bias"], label=text["bias"])
        with gr.Column(scale=5, min_width=320):
            with gr.Row():
                for name in ("learn", "pause", "continue", "step", "stop", "restart"):
                    variant = "primary" if name == "learn" else "secondary"
                    buttons[name] = gr.Button(text[name], variant=variant, size="sm", min_width=70)
            view["status"] = picture_place(_HEIGHTS["status"])
            view["printed"] = gr.Code(label=text["printed"], language=None, interactive=False, visible=False)
            view["chart"] = picture_place(_HEIGHTS["chart"])
            view["scrub"] = gr.Slider(0, at["steps"], at["steps"], step=1, label=text["scrub"])
            view["kernels"] = picture_place(_HEIGHTS["kernels"])
            with gr.Row():
                for name in ("now", "wanted", "difference"):
                    with gr.Column(min_width=100):
                        view[name] = picture_place(_HEIGHTS["map"])
            view["legend"] = picture_place(_HEIGHTS["legend"])
            with gr.Row():
                buttons["use"] = gr.Button(text["use"], size="sm")
                view["csv"] = gr.DownloadButton(text["csv"], size="sm", min_width=90)
                view["kernel_file"] = gr.DownloadButton(text["kernel_file"], size="sm", min_width=90)
    with gr.Accordion(text["why"], open=False):
        view["facts"] = picture_place()
    with gr.Accordion(text["code"], open=False):
        view["code"] = gr.Code(language="python", label=text["code_label"], interactive=False)
    return LearnTab({name: controls[name] for name in CONTROLS}, {name: view[name] for name in VIEW}, exponent, buttons)


def connect_learn_tab(
    tab: LearnTab, picture: gr.HTML, layer: Mapping[str, gr.Component], header: gr.HTML, following: Following
) -> list[gr.Component]:
    """Connect the tab with itself, with the shared picture, and with the layer of the Feature map tab.

    It is drawn anew for them when it is on screen; until then they only end the run.

    Returns:
        What every event of the tab is sent: the slider's step, and the request that `learned_kernel` takes too.
    """
    request = [picture, *(layer[name] for name in LAYER), *tab.controls.values()]
    scrub, results = tab.view["scrub"], [*tab.view.values(), header]
    quiet = {"show_progress": "hidden", "api_visibility": "private", "preprocess": False}
    work = quiet | {"concurrency_id": "learn", "concurrency_limit": 4, "trigger_mode": "always_last"}
    controls, buttons = tab.controls, tab.buttons

    # A button ends the run that is going on, and then counts: the count starts the next run. A button that started it
    # itself could not end the one before.
    begun, resumed = (gr.Number(0, visible="hidden") for _ in range(2))
    going = quiet | {"concurrency_id": "runs", "concurrency_limit": 16, "trigger_mode": "multiple"}
    runs = [begun.change(learn, request, results, **going), resumed.change(go_on, [scrub, *request], results, **going)]
    count = quiet | {"queue": False, "preprocess": True}
    buttons["learn"].click(_one_more, begun, begun, cancels=runs, **count)
    buttons["continue"].click(_one_more, resumed, resumed, cancels=runs, **count)
    buttons["chapter"].click(take_chapter, None, [*controls.values(), tab.exponent], cancels=runs, **count).then(
        show_controls, [controls["source"], controls["teacher"]], _shown(tab), **count
    ).then(_one_more, begun, begun, **count)
    buttons["pause"].click(None, None, None, cancels=runs, api_visibility="private")
    buttons["stop"].click(stop, scrub, controls["steps"], cancels=runs, queue=False, **quiet).then(
        show, [scrub, *request], results, **work
    )
    buttons["step"].click(step_once, [scrub, *request], results, cancels=runs, **work)
    buttons["restart"].click(prepare, request, results, cancels=runs, **work)
    scrub.input(replay, [scrub, *request], results, cancels=runs, **work)

    changes = [picture.input, layer["padding"].input, layer["stride"].change, layer["dilation"].change]
    gr.on(changes, None, None, None, cancels=runs, api_visibility="private")
    following.connect(prepare, request, results, first=show_end, data=1 + len(LAYER), **work)
    gr.on([control.input for control in controls.values()], prepare, request, results, cancels=runs, **work)
    gr.on(
        [controls["source"].input, controls["teacher"].input],
        show_controls,
        [controls["source"], controls["teacher"]],
        _shown(tab),
        queue=False,
        **quiet,
    )
    tab.exponent.input(from_exponent, tab.exponent, controls["rate"], queue=False, **quiet).then(
        prepare, request, results, cancels=runs, **work
    )
    controls["rate"].input(to_exponent, controls["rate"], tab.exponent, queue=False, **quiet)
    return [scrub, *request]


def _one_more(count: int) -> int:
    return count + 1


def _shown(tab: LearnTab) -> list[gr.Component]:
    return [tab.controls[name] for name in ("teacher", "hidden", "reveal", "after")]


def restore_learn(linked: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return updates of the controls and of the slider of the learning rate, for the state of a link."""
    values = [linked.get(f"learn_{name}") for name in CONTROLS]
    places = show_controls(linked["learn_source"], linked["learn_teacher"])
    visible = dict(zip(("teacher", "hidden", "reveal", "after"), places, strict=True))
    controls = (
        visible.get(name, gr.update()) | ({} if name == "after" else {"value": value})
        for name, value in zip(CONTROLS, values, strict=True)
    )
    return *controls, to_exponent(linked["learn_rate"])

"""What does a run look like?

The kernels, the feature maps, the curve of the loss and the words of the Learn tab, from a history. Everything is drawn
here, so that a step of a run is the same however it was reached: by running, by single steps, or by the slider.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from convdemo.chart import Line, draw_lines
from convdemo.images import to_grey
from convdemo.learning import History, Reason, chapter_run, format_epochs, kernel_error
from convdemo.learning.least_squares import LeastSquares
from convdemo.numbers import format_number, grouped
from convdemo.rendering import CLIPPED, PALETTE, encode_png, to_picture
from convdemo.ui.layer.settings import Settings
from convdemo.ui.learn.experiment import Experiment, pad_to, stable_rate
from convdemo.ui.learn.own_pair import Cut, Study, written
from convdemo.ui.learn.settings import LearnSettings
from convdemo.ui.learn.state import RATES
from convdemo.ui.parts.figures import draw_figure, draw_legend
from convdemo.ui.parts.widgets import data_address, fill, palette, read_text
from convdemo.ui.picture.opening import OpenPicture

_MOST_POINTS = 400  # of the curve: more than a screen has columns to tell apart
_AFTER = 150  # screen pixels: the height of the second picture of a ready pair
_PREVIEW = 320  # pixels: the longest side of a feature map while a run is going on
_DRAWN = 1024  # pixels: of one at rest
_LARGE = 1_500_000  # pixels: a map of more is not worked out for a preview


def draw_chart(history: History, settings: LearnSettings) -> str:
    """Return the losses on a log scale, with the least-squares optimum as a line where there is one above zero."""
    text = read_text("learn")
    losses = [*history.losses] if history.diverged else [*history.losses, history.final_loss]
    shown = np.unique(np.linspace(0, len(losses) - 1, _MOST_POINTS).astype(int))
    lines = [Line("", [(int(at), float(losses[at])) for at in shown])]
    if history.floor > 1e-12 * losses[0]:
        floor = float(history.floor)
        lines.append(Line(text["floor_line"], [(0, floor), (settings.steps, floor)], colour="#94a3b8", is_dashed=True))
    return draw_lines(
        lines, x_title=text["step_axis"], y_title=text["loss_axis"], x_range=(0, settings.steps), log=True
    )


def draw_kernels(experiment: Experiment, settings: LearnSettings, history: History) -> str:
    """Return the learned kernel, the teacher, what is between them, and the least-squares kernel, as numbers."""
    text = read_text("learn")
    learned, best = history.kernel, history.least_squares.kernel
    matrices = [(text["learned"].format(step=grouped(history.steps)), learned, history.bias if settings.bias else None)]
    if settings.hides_teacher:
        matrices.append((text["hidden_matrix"], None, None))
    else:
        if experiment.teacher is not None:
            weights, own = _alike(experiment.teacher.weights, learned)
            name = text["teacher_matrix"].format(name=experiment.teacher.title)
            matrices.append((name, weights, experiment.bias if settings.bias else None))
            matrices.append((text["error_matrix"], own - weights, None))
        matrices.append((text["best_matrix"], best, history.least_squares.bias if settings.bias else None))
    limit = np.abs(best).max() or np.abs(learned).max() or 1.0
    return fill(
        "learn.kernels",
        matrices=[
            {
                "title": title,
                "cells": None if weights is None else _cells(weights, limit),
                "shape": learned.shape if weights is None else weights.shape,
                "bias": None if bias is None else text["bias_here"].format(bias=format_number(bias)),
            }
            for title, weights, bias in matrices
        ],
    )


def _alike(teacher: np.ndarray, kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both with as many zeros around them as make them equally large."""
    shape = tuple(map(max, teacher.shape, kernel.shape))
    return pad_to(teacher, shape), pad_to(np.asarray(kernel), shape)


def _cells(weights: np.ndarray, limit: float) -> list[dict[str, Any]]:
    colours, middle = palette(), (len(PALETTE) - 1) // 2
    return [
        {
            "row": row,
            "column": column,
            "text": _short(float(weight)),
            "exact": format_number(float(weight), 6),
            "colour": colours[middle + round(middle * min(1.0, max(-1.0, float(weight) / limit)))],
            "dark": abs(weight) > 0.55 * limit,
        }
        for (row, column), weight in np.ndenumerate(np.nan_to_num(weights))
    ]


def _short(weight: float) -> str:
    """Write a weight for a small cell: two decimals, fewer where digits stand before them."""
    if 0 < abs(weight) < 0.005:
        return "≈0"
    return format_number(round(weight, 2), 2 if abs(weight) < 1 else 3)


def draw_maps(experiment: Experiment, history: History, *, preview: bool) -> tuple[str, str, str, str]:
    """Return the feature map now, the wanted one, their difference, and the legend of all three."""
    text = read_text("learn")
    height, width = experiment.target.shape
    step = math.ceil(max(height, width) / (_PREVIEW if preview else _DRAWN))
    wanted = experiment.target
    if preview and wanted.size > _LARGE:
        now, wanted, drawn = experiment.every_nth(history.kernel, history.bias, step), wanted[::step, ::step], 1
    else:
        now, drawn = experiment.feature_map(history.kernel, history.bias), step
    now = np.nan_to_num(now)
    sizes = np.abs(wanted[::drawn, ::drawn] if wanted.size > _LARGE else wanted)
    limit = float(np.quantile(sizes, 0.99)) or float(np.abs(wanted).max()) or 1.0
    maps = {"now": now, "wanted": wanted, "difference": now - wanted}
    rendered = {name: to_picture(values[::drawn, ::drawn], limit=limit) for name, values in maps.items()}
    pictures = [
        fill(
            "learn.map",
            title=text[name],
            picture=data_address(encode_png(picture.pictures[0]), "image/png"),
            width=width,
            height=height,
            minimum=format_number(float(maps[name].min())),
            maximum=format_number(float(maps[name].max())),
            note="" if preview or step == 1 else text["every"].format(step=step),
        )
        for name, picture in rendered.items()
    ]
    return *pictures, draw_legend(rendered["wanted"].legend, text["legend"])


def tell_status(
    settings: LearnSettings, layer: Settings, history: History, *, running: bool, notes: Sequence[str] = ()
) -> str:
    """Return how far the run is, in words and as a bar; why it diverged and what to choose; and what else to know."""
    text = read_text("learn")
    notes = [*notes]
    if history.least_squares.undetermined:
        notes.append(_undetermined(history.least_squares))
    if settings.source != "photo" and (layer.stride, layer.padding, layer.dilation) != (1, "none", 1):
        notes.append(text["facts"]["layer_none"])
    values = {"step": grouped(history.steps), "steps": grouped(settings.steps), "loss": _loss(history.final_loss)}
    if history.diverged:
        stable = history.largest_stable_learning_rate
        rates = {"rate": format_number(settings.rate)}
        if stable is not None and math.isfinite(stable):
            rates |= {"stable": format_number(stable), "remedy": format_number(0.9 * stable, 2)}
        words = text["diverged_adam" if "stable" not in rates else "diverged"].format(**values, **rates)
    elif history.steps == 0 and not running:
        words = text["ready"]
    else:
        state = "running" if running else "done" if history.steps >= settings.steps else "paused"
        words = text[state].format(**values)
    return fill(
        "parts.status",
        words=words,
        diverged=history.diverged,
        share=history.steps / settings.steps,
        lost=read_text("parts")["lost"] if running else "",
        notes=notes,
    )


def draw_after(settings: LearnSettings, picture: OpenPicture) -> str:
    """Return the second picture of a ready pair, and what is to be learned from it; nothing if it is another pair."""
    text = read_text("learn")
    if not settings.ready:
        return ""
    after = to_picture(settings.ready.filtered(to_grey(picture.photo.pixels)), display=CLIPPED).pictures[0]
    title = text["made"].format(name=text["pair_choices"][settings.pair])
    return draw_figure(title, after, text["pair_notes"][settings.pair], most=_AFTER)


def tell_pair(study: Study | None, settings: LearnSettings, problem: LeastSquares, cut: Cut | None) -> list[str]:
    """Return what was found out about a visitor's own pair: how it lies, what is left of it, and why.

    Args:
        study: what was found out; None for what is no such pair.
        settings: those of the tab.
        problem: the squared error on what is compared.
        cut: what the browser cut out of both.
    """
    if study is None:
        return []
    text = read_text("learn")["pair_told"]
    notes = _tell_alignment(study, settings, text)
    if cut:
        numbers = {"row": cut.row + 1, "column": cut.column + 1, "height": cut.height, "width": cut.width}
        notes.append(text["cut"].format(**{name: grouped(number) for name, number in numbers.items()}))
    levels = format_number(255 * math.sqrt(problem.floor / problem.positions), 2)
    if settings.compare != "all":
        share = format_number(100 * problem.positions / max(1, _outputs(study)), 3)
        notes.append(text["compared"][settings.compare].format(levels=levels, share=share))
    elif study.reasons and study.reasons[0].kind not in ("exact", "small", "noise", "unknown"):
        notes.append(text["left"].format(levels=levels))
    return notes + [_tell_reason(reason, text) for reason in study.reasons]


def _outputs(study: Study) -> int:
    return math.prod(last - first for first, last in study.alignment.after)


def _tell_alignment(study: Study, settings: LearnSettings, text: Mapping[str, Any]) -> list[str]:
    """Return where the picture after lies, if that is not where the chapter would put it."""
    (before, after), (down, right) = study.sizes, study.alignment.shift
    notes, sizes = [], {"before": written(before), "after": written(after)}
    if before != after:
        notes.append(text["smaller" if after < before else "larger"].format(**sizes))
    if study.alignment.turned:
        notes.append(text["is_turned"])
    if (down, right) != (0, 0):
        ways = [text["ways"][f"{name}{moved}"] for name, moved in (("rows", down), ("columns", right)) if moved]
        even = tuple(-(side % 2 == 0) for side in settings.shape)
        is_usual = before == after and all(moved in (0, way) for moved, way in zip((down, right), even, strict=True))
        notes.append(text["shifted_even" if is_usual else "shifted"].format(ways=text["and"].join(ways)))
    return notes


def _tell_reason(reason: Reason, text: Mapping[str, Any]) -> str:
    """Return a reason as a sentence, with its numbers as people read them."""
    shares = ("black", "white", "share", "vanished")
    numbers = {name: value for name, value in reason.numbers.items() if not isinstance(value, str)}
    words = {name: value for name, value in reason.numbers.items() if isinstance(value, str)}
    words |= {name: format_number(100 * value if name in shares else value, 2) for name, value in numbers.items()}
    if math.isfinite(ratio := numbers.get("ratio", math.inf)):
        words["ratio"] = text["many"] if ratio > 1000 else format_number(round(ratio) if ratio >= 10 else ratio, 2)
    if "bias" in numbers:
        words["steps"] = format_number(round(255 * numbers["bias"]))
    kind = reason.kind
    if kind == "clipped":
        ends = [end for end in ("black", "white") if numbers[end] >= 1e-4]
        kind = "clipped" if ratio > 1 else "clipped_too"
        words["ends"] = text["and"].join(text["ends"][end].format(**words) for end in ends)
    elif kind == "exact" and numbers["levels"] < 0.1:
        kind = "exactly"
    elif kind == "stretched" and not reason.offer:
        kind = "stretched_learned"
    elif kind == "gamma" and not reason.offer:
        kind = "gamma_other"
    elif kind == "rank":
        kind = reason.numbers["rank"]
    elif kind == "grey":
        words["name"] = text["greys"][words["name"]]
        words |= {colour: f"{numbers[colour]:.2f}" for colour in ("red", "green", "blue")}
    return text["reasons"][kind].format(**words)


def tell_offer(offer: Mapping[str, Any]) -> str:
    """Return what the button for settings that help is called."""
    text = read_text("learn")["offers"]
    if "rows" in offer:
        return text["larger"].format(**offer)
    return text.get(str(offer.get("compare", "bias")), "")


def tell_wanted(problem: str = "") -> str:
    """Return that a pair is being sent, as it stands above the run, or why it has to be."""
    return fill("parts.status", words=read_text("learn")["wanted_whole"], share=0, problem=problem)


def draw_waiting() -> str:
    """Return what stands in the place of a run while there is no second picture."""
    text = read_text("learn")["waiting"]
    return fill("learn.waiting", **text)


def tell_problem(sentence: str) -> str:
    """Return a sentence about what is wrong with the settings, as it stands above the run."""
    return fill("parts.status", words="", share=0, problem=sentence)


def draw_meter(experiment: Experiment, settings: LearnSettings) -> str:
    """Return the scale of learning rates: where runs converge, where they diverge, and where this one is."""
    text = read_text("learn")["meter"]
    stable, low, high = stable_rate(experiment, settings), *RATES

    def place(rate: float) -> float:
        return round(100 * min(1.0, max(0.0, (math.log10(rate) - low) / (high - low))), 2)

    has_limit = stable is not None and math.isfinite(stable)
    numbers = {"rate": format_number(settings.rate), "stable": format_number(stable) if has_limit else ""}
    return fill(
        "learn.meter",
        limit=place(stable) if has_limit else None,
        label=text["label" if has_limit else "here"].format(**numbers),
        stable=text["stable"].format(**numbers),
        note=None if has_limit else text["adam" if stable is None else "nothing"],
    )


def tell_why(experiment: Experiment, settings: LearnSettings, layer: Settings, history: History) -> str:
    """Return why the learning rate is limited, and why a low loss is not a recovered kernel, in numbers."""
    text = read_text("learn")["facts"]
    problem, stable = history.least_squares, history.largest_stable_learning_rate
    formula = None
    if stable is None:
        rate = text["rate_adam"]
    else:
        mean = text["mean"].format(count=grouped(problem.positions)) if settings.loss == "mean" else ""
        limit = ("1.9" if settings.optimizer == "momentum" else "1") + (" N" if mean else "") + " / λ"
        largest = format_number(float(problem.eigenvalues[-1]))
        numbers = {"largest": largest, "mean": mean, "limit": limit, "stable": format_number(stable)}
        rate, formula = (text[name].format(**numbers) for name in ("rate_text", "rate_formula"))
    if problem.undetermined:
        condition = _undetermined(problem)
    else:
        condition = text["condition_text"].format(condition=format_number(problem.condition_number))
    if experiment.teacher is None:
        outputs = problem.positions if settings.loss == "mean" else 1
        error = text["error_unknown"].format(floor=_loss(problem.floor / outputs))
    elif settings.hides_teacher:
        error = text["error_hidden"]
    else:
        shares = [_error_share(experiment, kernel) for kernel in (history.kernel, problem.kernel)]
        error = text["error_text"].format(error=shares[0], loss=_loss(history.final_loss), best=shares[1])
    here = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
    counts = text["layer_photo"].format(**here) if settings.source == "photo" else text["layer_none"]
    return fill(
        "learn.facts",
        facts=[
            (text["rate"], rate, formula),
            (text["condition"], condition, None),
            (text["error"], error, None),
            (text["layer"], counts, None),
        ],
        folded=text["formula"],
    )


def tell_chapter(settings: LearnSettings) -> str | None:
    """Return the chapter's lines, of its own run through nnx.Conv, where these are its settings; otherwise None."""
    if not settings.is_chapters:
        return None
    history = chapter_run()
    weights = ", ".join(f"{weight:.4f}" for weight in history.kernel.ravel())
    kernel = read_text("learn")["printed_kernel"].format(weights=weights)
    return f"{format_epochs(history.losses)}\n{kernel}"


def _undetermined(problem: LeastSquares) -> str:
    unknowns = problem.kernel.size + problem.learns_bias
    return read_text("learn")["facts"]["undetermined"].format(count=problem.undetermined, unknowns=unknowns)


def _error_share(experiment: Experiment, kernel: np.ndarray) -> str:
    teacher, own = _alike(experiment.teacher.weights, kernel)
    return f"{format_number(100 * kernel_error(own, teacher))} %"


def _loss(loss: float) -> str:
    return format_number(loss) if math.isfinite(loss) else read_text("learn")["exploded"]

"""What does the Filters tab show?

A bank of filters, what it answers to the photo, filters on their way to being learned, and what all of them are tuned
to, drawn from plain values.
"""

import math
from collections.abc import Sequence

import numpy as np

from convdemo.filters import GaborFilter, Responses, gabor_bank, respond, strongest_orientation
from convdemo.gabor_fit import GOOD, GaborFit
from convdemo.learned_filters import LearnedFilters
from convdemo.links import MAX_BANK
from convdemo.rendering import CYCLE, format_number, to_directions, to_picture, vivid_limit
from convdemo.ui.chart import HEIGHT, even_ticks
from convdemo.ui.figures import draw_figure, draw_legend, mosaic, tile_box
from convdemo.ui.filter_runs import fits_of, network_filters
from convdemo.ui.widgets import fill_template, read_text

_TILE = 96  # pixels: the longer side of a small response map
_PLACES = 320  # the most places a side of the map of directions
_GROUPS = {
    "bank": ("M-5 -5H5V5H-5Z", "#94a3b8"), "learned": ("M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z", "#4f46e5"),
    "network": ("M0 -5L5 4H-5Z", "#d97706"),
}  # fmt: skip


# ---- the bank ----------------------------------------------------------------------------------------------------


def make_bank(
    orientations: int, wavelengths: Sequence[int], phases: Sequence[int], number: int
) -> tuple[GaborFilter, ...]:
    """Return the filters of a bank, in which there must be one with this number.

    Raises:
        ValueError: they are too many, or fewer than the number.
    """
    text = read_text("filters")["bank"]
    count = orientations * len(wavelengths) * len(phases)
    if count > MAX_BANK:
        raise ValueError(
            text["too_many"].format(
                orientations=orientations,
                wavelengths=len(wavelengths),
                phases=len(phases),
                count=count,
                most=MAX_BANK,
            )
        )
    if number > count:
        raise ValueError(text["out_of_bank"].format(number=number, count=count))
    return gabor_bank(orientations, wavelengths, phases)


def draw_bank(image: np.ndarray, bank: Sequence[GaborFilter], orientations: int, number: int) -> dict[str, str]:
    """Return the filters, their responses to a grey picture, and those of the filter with this number.

    Raises:
        ValueError: the picture is smaller than a filter.
    """
    text = read_text("filters")["bank"]
    answers = [respond(image, made) for made in bank]
    limit = max(vivid_limit(np.concatenate([answer.values.ravel() for answer in answers])) or 0.0, 1e-6)
    side = max(len(made.weights) for made in bank)
    filters = to_picture(mosaic([_padded(made.weights, side) for made in bank], orientations))
    small = [_spread(answer, image.shape) for answer in answers]
    responses = to_picture(mosaic(small, orientations), limit=limit)
    rows = [text["row"].format(wavelength=f"{made.wavelength:g}", phase=f"{made.phase:g}") for made in bank]
    steps = {made.wavelength: made.step for made in bank}
    chosen, answer = bank[number - 1], answers[number - 1]
    one = to_picture(answer.values, limit=limit)
    height, width = answer.values.shape
    return {
        "bank": draw_figure(
            text["filters"].format(count=len(bank)),
            filters.pictures[0],
            text["filters_caption"].format(
                orientations=orientations,
                step=format_number(180 / orientations, 4),
                rows="; ".join(dict.fromkeys(rows)),
            ),
            box=tile_box(number, orientations, (side, side)),
            longest=2000,
        ),
        "one": draw_figure(
            text["one"].format(
                number=number,
                angle=format_number(chosen.angle),
                wavelength=f"{chosen.wavelength:g}",
                phase=f"{chosen.phase:g}",
            ),
            one.pictures[0],
            text["one_caption"].format(
                height=height,
                width=width,
                step=answer.step,
                minimum=format_number(one.minimum),
                maximum=format_number(one.maximum),
            ),
        ),
        "responses": draw_figure(
            text["responses"],
            responses.pictures[0],
            text["responses_caption"].format(
                steps=", ".join(
                    text["step"].format(step=step, wavelength=f"{wavelength:g}") for wavelength, step in steps.items()
                )
            ),
            box=tile_box(number, orientations, small[0].shape),
            longest=2000,
        ),
        "responses_legend": draw_legend(responses.legend, read_text("filters")["signed"]),
    }


def _padded(weights: np.ndarray, side: int) -> np.ndarray:
    """Return weights in the middle of a square, so that filters keep their sizes, on a scale of their own."""
    extra = (side - len(weights)) // 2
    return np.pad(weights / np.abs(weights).max(), extra)


def _spread(answer: Responses, size: tuple[int, int]) -> np.ndarray:
    """Return responses where they stand on the photo, reduced: each fills a square of its step, zeros around."""
    step = max(size) / _TILE
    axes = []
    for length, answers in zip(size, answer.values.shape, strict=True):
        pixels = ((np.arange(max(1, round(length / step))) + 0.5) * step).astype(int)
        axes.append((np.rint((pixels - answer.first) / answer.step).astype(int), answers))
    (rows, height), (columns, width) = axes
    values = answer.values[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)[None, :]]
    within = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))[None, :]
    return np.where(within, values, np.float32(0))


def draw_directions(image: np.ndarray, wavelength: int, orientations: int) -> dict[str, str]:
    """Return the strongest direction at each place as colours, and the wheel that is their legend.

    Raises:
        ValueError: the picture is smaller than a filter.
    """
    text = read_text("filters")["bank"]
    step = math.ceil(max(image.shape) / _PLACES)
    found = strongest_orientation(image, wavelength, orientations, step=step)
    picture = to_directions(found.angle, found.strength, limit=vivid_limit(found.strength))
    height, width = found.angle.shape
    return {
        "directions": draw_figure(
            text["directions"].format(orientations=orientations),
            picture,
            text["directions_caption"].format(height=height, width=width, wave=wavelength),
        ),
        "wheel": fill_template(
            "filters_wheel",
            title=text["wheel"],
            caption=text["wheel_caption"],
            spokes=[(angle, "#" + bytes(CYCLE[angle].tolist()).hex()) for angle in range(0, 180, 5)],
        ),
    }


# ---- learned filters ---------------------------------------------------------------------------------------------


def draw_set(title: str, filters: np.ndarray, caption: str, number: int | None = None) -> str:
    """Return filters [count, side, side] as a mosaic, each on a scale of its own, one of them in a frame."""
    columns = math.isqrt(len(filters) - 1) + 1
    largest = np.abs(filters).max(axis=(1, 2), keepdims=True)
    picture = to_picture(mosaic(list(filters / np.where(largest > 0, largest, 1)), columns)).pictures[0]
    box = tile_box(number, columns, filters.shape[1:]) if number else None
    return draw_figure(title, picture, caption, box=box)


def draw_network(number: int | None = None) -> str:
    """Return the filters of the shipped network."""
    text, filters = read_text("filters")["learned"], network_filters()
    return draw_set(text["network"].format(count=len(filters)), filters, text["network_caption"], number)


def draw_learned(frame: LearnedFilters, number: int | None = None) -> str:
    """Return filters on their way."""
    text = read_text("filters")
    title = text["learned"]["filters"].format(count=len(frame.filters))
    return draw_set(title, frame.filters, text["own_scale"], number)


def tell_run(frame: LearnedFilters, start: LearnedFilters, state: str) -> str:
    """Return how far a run is, as words and as a bar.

    Args:
        frame: where it is.
        start: where it began.
        state: "ready", "running", "fitting", "done", "limit" or "stopped".
    """
    text = read_text("filters")["learned"]
    words = text[state].format(iterations=frame.iterations, change=format_number(frame.change))
    notes = [text["likely"]]
    if frame.iterations:
        middle, before = (format_number(float(np.median(which.kurtosis))) for which in (frame, start))
        notes.append(text["sparse"].format(kurtosis=middle, start=before))
    at_rest = state in ("done", "limit", "fitting")
    share = 1 if at_rest else min(1.0, -math.log10(max(frame.change, 1e-9)) / 3) if frame.iterations else 0
    return fill_template("learn_status", words=words, diverged=False, share=share, problem=None, notes=notes)


def tell_trouble(sentence: str) -> str:
    """Return what is wrong with the settings, as it stands above the filters."""
    return fill_template("learn_status", words="", diverged=False, share=0, problem=sentence, notes=[])


def tell_opening() -> str:
    """Return what stands there before the tab was opened."""
    words = read_text("filters")["learned"]["opening"]
    return fill_template("learn_status", words=words, diverged=False, share=0, problem=None, notes=[])


# ---- comparison --------------------------------------------------------------------------------------------------


def draw_scatter(bank: Sequence[GaborFilter], learned: np.ndarray) -> dict[str, str]:
    """Return direction and frequency of all filters that a Gabor describes, and how many these are."""
    text = read_text("filters")["compare"]
    fitted = {"learned": fits_of(learned), "network": fits_of(network_filters())}
    tuned = {
        name: [(fit.angle, fit.frequency) for fit in fits if fit.explained >= GOOD] for name, fits in fitted.items()
    }
    tuned = {"bank": sorted({(made.angle, 1 / made.wavelength) for made in bank}), **tuned}
    ticks = even_ticks(0, max(frequency for points in tuned.values() for _, frequency in points))
    groups = [
        {
            "name": text[name],
            "mark": _GROUPS[name][0],
            "colour": _GROUPS[name][1],
            "fill": "none" if name == "bank" else _GROUPS[name][1],
            "points": [
                (
                    round(100 * angle / 180, 2),
                    round(HEIGHT * (1 - frequency / ticks[-1]), 1),
                    f"{format_number(angle)}°, {format_number(frequency)}",
                )
                for angle, frequency in points
            ],
        }
        for name, points in tuned.items()
    ]
    shares = [
        text["share"].format(
            name=text[name][:1].upper() + text[name][1:],
            good=round(100 * GOOD),
            like=len(tuned[name]),
            count=len(fits),
        )
        for name, fits in fitted.items()
    ]
    return {
        "scatter": fill_template(
            "filters_scatter",
            height=HEIGHT,
            label=text["label"],
            x_title=text["angle_axis"],
            y_title=text["frequency_axis"],
            x_ticks=[(f"{angle}", round(100 * angle / 180, 2)) for angle in range(0, 181, 45)],
            y_ticks=[(format_number(tick), round(HEIGHT * (1 - tick / ticks[-1]), 1)) for tick in ticks],
            groups=groups,
        ),
        "shares": fill_template("why_words", number=None, sentences=shares),
    }


def draw_picked(filters: np.ndarray, number: int) -> str:
    """Return one filter beside the Gabor that is most like it, with numbers."""
    text = read_text("filters")["compare"]
    fit: GaborFit = fits_of(filters)[number - 1]
    weights = filters[number - 1]
    limit = float(np.abs(weights).max()) or 1.0
    drawn = [
        draw_figure(title, to_picture(values, limit=limit).pictures[0], most=150)
        for title, values in ((text["picked"].format(number=number), weights), (text["gabor"], fit.weights))
    ]
    words = text["like"].format(
        angle=format_number(fit.angle),
        wavelength=format_number(fit.wavelength),
        explained=format_number(100 * fit.explained),
    )
    return "".join([*drawn, fill_template("hint", words=words)])

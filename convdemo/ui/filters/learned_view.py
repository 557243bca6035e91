"""What do learned filters look like, and what are they tuned to?

A set on its way, as a mosaic; one filter beside its Gabor; and direction and frequency of all, drawn from plain values.
"""

import math
from collections.abc import Sequence

import numpy as np

from convdemo.chart import HEIGHT, even_ticks
from convdemo.filters import GOOD, GaborFilter, GaborFit, LearnedFilters
from convdemo.filters.ica import PATCHES
from convdemo.numbers import format_number, grouped
from convdemo.rendering import to_picture
from convdemo.small_network import load_small_network
from convdemo.ui.filters.runs import fits_of, network_filters
from convdemo.ui.parts.figures import draw_figure, mosaic, tile_box
from convdemo.ui.parts.widgets import fill, read_text

_GROUPS = {
    "bank": ("M-5 -5H5V5H-5Z", "#94a3b8"), "learned": ("M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z", "#4f46e5"),
    "network": ("M0 -5L5 4H-5Z", "#d97706"),
}  # fmt: skip
"""The mark of each set in the scatter: its shape and its colour."""


def draw_set(title: str, filters: np.ndarray, caption: str, number: int | None = None) -> str:
    """Return filters [count, side, side] as a mosaic, each on a scale of its own, one of them in a frame."""
    columns = math.isqrt(len(filters) - 1) + 1
    largest = np.abs(filters).max(axis=(1, 2), keepdims=True)
    picture = to_picture(mosaic(list(filters / np.where(largest > 0, largest, 1)), columns)).pictures[0]
    box = tile_box(number, columns, filters.shape[1:]) if number else None
    return draw_figure(title, picture, caption, box=box, tiles=(len(filters), columns))


def draw_network(number: int | None = None) -> str:
    """Return the filters of the shipped network, and below them those of one that finds faces."""
    text, filters = read_text("filters")["learned"], network_filters()
    drawn = draw_set(text["network"].format(count=len(filters)), filters, text["network_caption"], number)
    return drawn + draw_faces()


def draw_faces() -> str:
    """Return the first kernels of the network that finds faces: a column each, with a row for every colour."""
    text = read_text("filters")["learned"]
    kernels = np.asarray(load_small_network().conv1.kernel[...])  # [height, width, colour, kernel]
    kernels = kernels / np.abs(kernels).max(axis=(0, 1, 2))
    colours, count = kernels.shape[2:]
    tiles = [kernels[:, :, colour, number] for colour in range(colours) for number in range(count)]
    picture = to_picture(mosaic(tiles, count)).pictures[0]
    return draw_figure(text["faces"].format(count=count), picture, text["faces_caption"], most=58)


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
    notes, folded = [text["likely"].format(patches=grouped(PATCHES))], None
    if frame.iterations:
        middle, before = (format_number(float(np.median(which.kurtosis))) for which in (frame, start))
        notes.append(text["sparse"])
        folded = text["kurtosis_title"], text["kurtosis"].format(kurtosis=middle, start=before)
    at_rest = state in ("done", "limit", "fitting")
    share = 1 if at_rest else min(1.0, -math.log10(max(frame.change, 1e-9)) / 3) if frame.iterations else 0
    lost = read_text("parts")["lost"] if state in ("running", "fitting") else ""
    return fill("parts.status", words=words, share=share, lost=lost, notes=notes, folded=folded)


def tell_trouble(sentence: str) -> str:
    """Return what is wrong with the settings, as it stands above the filters."""
    return fill("parts.status", words="", share=0, problem=sentence)


def tell_opening() -> str:
    """Return what stands there before the tab was opened."""
    words = read_text("filters")["learned"]["opening"]
    return fill("parts.status", words=words, share=0)


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
        "scatter": fill(
            "filters.scatter",
            height=HEIGHT,
            label=text["label"],
            x_title=text["angle_axis"],
            y_title=text["frequency_axis"],
            x_ticks=[(f"{angle}", round(100 * angle / 180, 2)) for angle in range(0, 181, 45)],
            y_ticks=[(format_number(tick), round(HEIGHT * (1 - tick / ticks[-1]), 1)) for tick in ticks],
            groups=groups,
        ),
        "shares": fill("parts.paragraphs", number=None, sentences=shares),
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
    return "".join([*drawn, fill("parts.hint", words=words)])

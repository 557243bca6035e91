"""What does a bank of filters answer to a photo?

The filters, the responses of all and of one, and the strongest direction at each place, drawn from plain values.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convdemo.filters import GaborFilter, Responses, gabor_bank, respond, strongest_orientation
from convdemo.numbers import format_number
from convdemo.rendering import CYCLE, Picture, Rendered, to_directions, to_picture, vivid_limit
from convdemo.ui.filters.state import MAX_BANK
from convdemo.ui.parts.figures import draw_figure, draw_legend, mosaic, tile_box
from convdemo.ui.parts.widgets import fill, read_text

_TILE = 96  # pixels: the longer side of a small response map
_PLACES = 320  # the most places a side of the map of directions


def make_bank(orientations: int, wavelengths: Sequence[int], phases: Sequence[int]) -> tuple[GaborFilter, ...]:
    """Return the filters of a bank.

    Raises:
        ValueError: they are too many.
    """
    count = orientations * len(wavelengths) * len(phases)
    if count > MAX_BANK:
        numbers = {"orientations": orientations, "wavelengths": len(wavelengths), "phases": len(phases)}
        raise ValueError(read_text("filters")["bank"]["too_many"].format(**numbers, count=count, most=MAX_BANK))
    return gabor_bank(orientations, wavelengths, phases)


@dataclass(frozen=True, eq=False)
class Asked:
    """What a bank answers to a picture.

    Attributes:
        answers: those of each filter.
        limit: where the scale of all answers ends.
        filters: the filters, side by side, each on a scale of its own.
        responses: the answers, likewise, reduced and on one scale.
        sides: (side of a tile of the filters, (height, width) of one of the responses).
    """

    answers: Sequence[Responses]
    limit: float
    filters: Rendered
    responses: Rendered
    sides: tuple[int, tuple[int, int]]


def ask_bank(image: np.ndarray, bank: Sequence[GaborFilter], orientations: int) -> Asked:
    """Return what each filter answers to a grey picture, and the pictures of all, with so many in a row.

    Raises:
        ValueError: the picture is smaller than a filter.
    """
    answers = [respond(image, made) for made in bank]
    limit = max(vivid_limit(np.concatenate([answer.values.ravel() for answer in answers])) or 0.0, 1e-6)
    side = max(len(made.weights) for made in bank)
    filters = to_picture(mosaic([_padded(made.weights, side) for made in bank], orientations))
    small = [_spread(answer, image.shape) for answer in answers]
    responses = to_picture(mosaic(small, orientations), limit=limit)
    return Asked(answers, limit, filters, responses, (side, small[0].shape))


def draw_bank(image: np.ndarray, bank: Sequence[GaborFilter], orientations: int, number: int) -> dict[str, str]:
    """Return the filters, their responses to a grey picture, and those of the filter with this number.

    Raises:
        ValueError: the bank has no such filter, or the picture is smaller than a filter.
    """
    text = read_text("filters")["bank"]
    if number > len(bank):
        raise ValueError(text["out_of_bank"].format(number=number, count=len(bank)))
    asked = ask_bank(image, bank, orientations)
    side, small = asked.sides
    rows = [text["row"].format(wavelength=f"{made.wavelength:g}", phase=f"{made.phase:g}") for made in bank]
    steps = {made.wavelength: made.step for made in bank}
    chosen, answer = bank[number - 1], asked.answers[number - 1]
    one = to_picture(answer.values, limit=asked.limit)
    height, width = answer.values.shape
    return {
        "bank": draw_figure(
            text["filters"].format(count=len(bank)),
            asked.filters.pictures[0],
            text["filters_caption"].format(
                orientations=orientations,
                step=format_number(180 / orientations, 4),
                rows="; ".join(dict.fromkeys(rows)),
            ),
            box=tile_box(number, orientations, (side, side)),
            longest=2000,
            tiles=(len(bank), orientations),
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
            asked.responses.pictures[0],
            text["responses_caption"].format(
                steps=", ".join(
                    text["step"].format(step=step, wavelength=f"{wavelength:g}") for wavelength, step in steps.items()
                )
            ),
            box=tile_box(number, orientations, small),
            longest=2000,
            tiles=(len(bank), orientations),
        ),
        "responses_legend": draw_legend(asked.responses.legend, read_text("filters")["signed"]),
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


def ask_directions(image: np.ndarray, wavelength: int, orientations: int) -> Picture:
    """Return the strongest direction at each place of a grey picture as colours.

    Raises:
        ValueError: the picture is smaller than a filter.
    """
    step = math.ceil(max(image.shape) / _PLACES)
    found = strongest_orientation(image, wavelength, orientations, step=step)
    return to_directions(found.angle, found.strength, limit=vivid_limit(found.strength))


def draw_directions(image: np.ndarray, wavelength: int, orientations: int) -> dict[str, str]:
    """Return the strongest direction at each place as colours, and the wheel that is their legend.

    Raises:
        ValueError: the picture is smaller than a filter.
    """
    text, picture = read_text("filters")["bank"], ask_directions(image, wavelength, orientations)
    height, width = picture.size
    return {
        "directions": draw_figure(
            text["directions"].format(orientations=orientations),
            picture,
            text["directions_caption"].format(height=height, width=width, wave=wavelength),
        ),
        "wheel": fill(
            "filters.wheel",
            title=text["wheel"],
            caption=text["wheel_caption"],
            spokes=[(angle, "#" + bytes(CYCLE[angle].tolist()).hex()) for angle in range(0, 180, 5)],
        ),
    }

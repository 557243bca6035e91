"""How does a picture stand on the page, with its title, size and scale?

Several tabs draw the same three things on the server, as SVG from templates: a picture, the legend of a scale, and a
sentence that says what is wrong.
"""

import math
from collections.abc import Sequence

import numpy as np

from convdemo.rendering import Legend, Picture, encode_png
from convdemo.ui.parts.widgets import data_address, fill, palette

_LONGEST = 320  # pixels that a picture travels with; the rows and columns between are left out, never averaged


def draw_figure(
    title: str,
    picture: Picture,
    caption: str = "",
    *,
    size: tuple[int, int] | None = None,
    box: tuple[int, int, int, int] | None = None,
    most: int | None = None,
    longest: int = _LONGEST,
    tiles: tuple[int, int] | None = None,
) -> str:
    """Return a picture with a title above and a caption below.

    Args:
        title: what it is.
        picture: its pixels.
        caption: its size and range.
        size: (height, width) that the box is measured in; those of the picture if not given.
        box: a dashed frame on it, as (row, column, height, width).
        most: the height that it takes on the page, in pixels; as much as its width needs if not given.
        longest: the pixels a side that it travels with.
        tiles: of a mosaic, how many tiles there are, and how many in a row; then the pointer says that a click on one
            chooses it (parts/tiles.js).
    """
    height, width = size or picture.size
    step = math.ceil(max(picture.size) / longest)
    small = Picture(np.ascontiguousarray(picture.pixels[::step, ::step]), picture.palette)
    return fill(
        "parts.figure",
        title=title,
        picture=data_address(encode_png(small), "image/png"),
        width=width,
        height=height,
        box=box,
        most=most,
        caption=caption,
        tiles=tiles,
    )


def mosaic(tiles: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Return arrays [height, width] of one size row by row, with zeros of one pixel around each."""
    framed = [np.pad(tile, ((0, 1), (0, 1))) for tile in tiles]
    framed += [np.zeros_like(framed[0])] * (-len(framed) % columns)
    rows = [np.hstack(framed[first : first + columns]) for first in range(0, len(framed), columns)]
    return np.pad(np.vstack(rows), ((1, 0), (1, 0)))


def tile_box(number: int, columns: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return where the tile with this number, counted from 1, stands in a mosaic: (row, column, height, width)."""
    row, column = divmod(number - 1, columns)
    height, width = size[0] + 1, size[1] + 1
    return row * height, column * width, height + 1, width + 1


def draw_legend(legend: Legend, words: str) -> str:
    """Return the scale of signed values with its numbers; `words` say what the colours mean."""
    return fill("parts.legend", colours=palette()[::5], ticks=legend.ticks, words=words)


def tell_problem(sentence: str) -> str:
    """Return a sentence about what is wrong, as it stands where a picture would."""
    return fill("parts.problem", sentence=sentence)

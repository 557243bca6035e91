"""How does a picture stand on the page, with its title, size and scale?

Several tabs draw the same three things on the server, as SVG from templates: a picture, the legend of a scale, and a
sentence that says what is wrong.
"""

import math

import numpy as np

from convdemo.rendering import Legend, Picture, encode_png
from convdemo.ui.widgets import data_address, fill_template, palette

_LONGEST = 320  # pixels that a picture travels with; the rows and columns between are left out, never averaged


def draw_figure(
    title: str,
    picture: Picture,
    caption: str = "",
    *,
    size: tuple[int, int] | None = None,
    box: tuple[int, int, int, int] | None = None,
) -> str:
    """Return a picture with a title above and a caption below.

    Args:
        title: what it is.
        picture: its pixels.
        caption: its size and range.
        size: (height, width) that the box is measured in; those of the picture if not given.
        box: a dashed frame on it, as (row, column, height, width).
    """
    height, width = size or picture.size
    step = math.ceil(max(picture.size) / _LONGEST)
    small = Picture(np.ascontiguousarray(picture.pixels[::step, ::step]), picture.palette)
    return fill_template(
        "map_figure",
        title=title,
        picture=data_address(encode_png(small), "image/png"),
        width=width,
        height=height,
        box=box,
        caption=caption,
    )


def draw_legend(legend: Legend, words: str) -> str:
    """Return the scale of signed values with its numbers; `words` say what the colours mean."""
    return fill_template("scale_legend", colours=palette()[::5], ticks=legend.ticks, words=words)


def tell_problem(sentence: str) -> str:
    """Return a sentence about what is wrong, as it stands where a picture would."""
    return fill_template("problem", sentence=sentence)

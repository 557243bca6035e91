"""How do a photo and a map stand in this lesson, with title, size and range?"""

from typing import Any

import numpy as np

from convdemo.numbers import format_number
from convdemo.rendering import CLIPPED, Rendered, to_picture
from convdemo.ui.parts.figures import draw_figure
from convdemo.ui.parts.widgets import read_text


def draw_photo(title: str, image: np.ndarray, **options: Any) -> str:
    """Return a grey picture [height, width] as a photo with its size; options are those of `draw_figure`."""
    size = read_text("why")["size"].format(height=image.shape[0], width=image.shape[1])
    return draw_figure(title, to_picture(image, display=CLIPPED).pictures[0], size, **options)


def draw_map(title: str, rendered: Rendered, **options: Any) -> str:
    """Return a signed map with its size and range; options are those of `draw_figure`."""
    height, width = rendered.pictures[0].size
    caption = read_text("why")["range"].format(
        height=height,
        width=width,
        minimum=format_number(rendered.minimum),
        maximum=format_number(rendered.maximum),
    )
    return draw_figure(title, rendered.pictures[0], caption, **options)

"""Does the kernel still find it when the picture is turned? The chapter's example, and a curve over all angles."""

import numpy as np

from convdemo.chart import Line, draw_lines
from convdemo.correlation import cross_correlate
from convdemo.numbers import format_number
from convdemo.rendering import to_picture, vivid_limit
from convdemo.ui.parts.figures import draw_legend
from convdemo.ui.parts.hashed import Hashed
from convdemo.ui.parts.once import once
from convdemo.ui.parts.widgets import fill, read_text
from convdemo.ui.why.figures import draw_map, draw_photo
from convdemo.why_convolution import response_by_angle, response_to_stripes, stripes, turn

ANGLES = tuple(range(0, 361, 10))
"""Where the curve is measured."""

_STRIPES = (160, 10)  # pixels: the side of the picture of stripes, and from one stripe to the next
_SMALL = 130  # screen pixels that the chapter's few pixels are high


def draw_chapter() -> dict[str, str]:
    """Return the chapter's picture, its transpose, and what [1, -1] finds in both."""
    text = read_text("why")["direction"]
    picture = np.ones((6, 8), np.float32)
    picture[:, 2:6] = 0
    places = {}
    for name, image in (("chapter", picture), ("transposed", picture.T)):
        found = to_picture(np.asarray(cross_correlate(image, [[1, -1]])), limit=1)
        places[name] = draw_photo(text[name], image, most=_SMALL)
        places[f"{name}_map"] = draw_map(text[f"{name}_map"], found, most=_SMALL)
    return places


def draw_direction(image: np.ndarray, kernel: np.ndarray, *, subject: str, angle: int) -> dict[str, str]:
    """Return stripes or the picture, one of `SUBJECTS`, turned, its map, and the answers at all angles.

    Raises:
        ValueError: the kernel does not fit into the picture's central square.
    """
    text = read_text("why")["direction"]
    seen = Hashed(image) if subject == "photo" else None
    curve, (here,) = _curve(seen, Hashed(kernel), ANGLES), _curve(seen, Hashed(kernel), (angle,))
    turned = turn(image, angle) if subject == "photo" else stripes(*_STRIPES, angle)
    feature_map = np.asarray(cross_correlate(turned, kernel))
    rendered = to_picture(feature_map, limit=vivid_limit(feature_map))
    lines = [
        Line("", list(zip(ANGLES, curve, strict=True))),
        Line("", [(angle, 0.0), (angle, here)], colour="#94a3b8", is_dashed=True),
    ]
    return {
        "turned": draw_photo(text[f"turned_{subject}"].format(angle=angle), turned),
        "turned_map": draw_map(text["map"], rendered),
        "direction_legend": draw_legend(rendered.legend, read_text("why")["signed_one"]),
        "curve": draw_lines(lines, x_title=text["angle_axis"], y_title=text["curve"], x_range=(0, 360), log=False),
        "direction_words": fill(
            "parts.paragraphs",
            number=None,
            sentences=[_tell_curve(curve, angle, here), text["measure"] + text[f"measure_{subject}"]],
        ),
    }


@once(maxsize=64)
def _curve(image: Hashed | None, kernel: Hashed, angles: tuple[int, ...]) -> tuple[float, ...]:
    if image is None:
        return tuple(response_to_stripes(*_STRIPES, kernel.array, angles).tolist())
    return tuple(response_by_angle(image.array, kernel.array, angles).tolist())


def _tell_curve(curve: tuple[float, ...], angle: int, here: float) -> str:
    text, most, least = read_text("why")["direction"], int(np.argmax(curve)), int(np.argmin(curve))
    if curve[most] <= 0:
        return text["blank"]
    return text["words"].format(
        angle=angle,
        here=format_number(here),
        start=format_number(curve[0]),
        most=format_number(curve[most]),
        most_angle=ANGLES[most],
        least=format_number(curve[least]),
        least_angle=ANGLES[least],
    )

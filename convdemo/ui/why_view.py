"""What does the tab "Why convolution" show?

Four arguments, each drawn from plain values: how many weights there are, what happens when the picture moves, who
notices a changed pixel, and what a kernel answers to a turned picture.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np

from convdemo.correlation import cross_correlate
from convdemo.direction import response_by_angle, turn
from convdemo.links import SMALL_SIDE
from convdemo.rendering import CLIPPED, Picture, Rendered, format_number, to_picture, vivid_limit
from convdemo.ui.chart import Line, draw_lines
from convdemo.ui.figures import draw_figure, draw_legend
from convdemo.ui.hashed import Hashed
from convdemo.ui.widgets import fill_template, read_text
from convdemo.why_convolution import (
    Convolution,
    FullyConnected,
    LocalityTest,
    ShiftTest,
    count_weights,
    locality_test,
    shift_test,
    small_version,
)

ANGLES = tuple(range(0, 361, 10))
"""Where the curve of the direction is measured."""

_COLOURS = {
    "unit": "#94a3b8", "fully_connected": "#b91c1c", "locally_connected": "#b45309", "convolution": "#4f46e5",
}  # fmt: skip
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_SMALL = 130  # screen pixels that the chapter's few pixels are high
_ENLARGED = 12  # screen pixels a side of a pixel of the small version, so that it can be clicked


# ---- weights -----------------------------------------------------------------------------------------------------


def draw_weights(size: tuple[int, int], channels: int, kernel: int) -> str:
    """Return the weights of four layers as arithmetic and as bars on a log scale.

    Raises:
        ValueError: the kernel does not fit into the picture.
    """
    text = read_text("why")["weights"]
    if kernel > min(size):
        raise ValueError(text["too_large"].format(kernel=kernel, height=size[0], width=size[1], most=min(size)))
    counts = count_weights(size, kernel, channels=channels)
    decades = 3 * math.ceil(math.log10(max(count.weights for count in counts)) / 3 + 1e-9)
    _, full, local, shared = (count.weights for count in counts)
    named = text["channel"] if channels == 1 else text["many_channels"].format(count=f"{channels:,}")
    return fill_template(
        "why_weights",
        counts=[
            {
                "name": text[count.name],
                "note": text[f"{count.name}_note"],
                "arithmetic": count.arithmetic,
                "memory": text["memory"].format(memory=format_bytes(count.memory)),
                "share": round(max(0.4, 100 * math.log10(count.weights) / decades), 2),
                "colour": _COLOURS[count.name],
            }
            for count in counts
        ],
        ticks=[(_power(power), round(100 * power / decades, 2)) for power in range(0, decades + 1, 3)],
        axis=text["axis"],
        words=text["words"].format(
            height=size[0],
            width=size[1],
            channels=named,
            locality=_factor(full / local),
            sharing=_factor(local / shared),
        ),
    )


def _factor(ratio: float) -> str:
    return f"{round(ratio):,}" if ratio >= 100 else format_number(ratio)


def _power(power: int) -> str:
    return "1" if power == 0 else format_number(10.0**power) if power >= 6 else f"{10**power:,}"


def format_bytes(count: int) -> str:
    """Write a number of bytes with three digits.

    >>> format_bytes(36), format_bytes(12_000_000)
    ('36 B', '12 MB')
    """
    at = min(len(_UNITS) - 1, (len(str(count)) - 1) // 3)
    return f"{format_number(count / 1000**at)} {_UNITS[at]}"


# ---- translation -------------------------------------------------------------------------------------------------


def draw_shift(
    image: np.ndarray, kernel: np.ndarray, *, layer: str, mode: str, rows: int, columns: int
) -> dict[str, str]:
    """Return the moved picture, both maps, their difference, the legend and the words.

    Args:
        image: grey, [height, width] in [0, 1].
        kernel: that of the Feature map tab.
        layer: one of `WHY_LAYERS`.
        mode: what comes in at the border.
        rows: how far the picture moves down.
        columns: how far it moves to the right.

    Raises:
        ValueError: the kernel does not fit into the picture.
    """
    text = read_text("why")
    if layer == "full":
        image = small_version(image, SMALL_SIDE)
        moved_by = full_layer(image.shape)
    else:
        moved_by = Convolution(kernel, stride=2 if layer == "stride" else 1, pooling=2 if layer == "pooling" else 1)
    test = shift_test(moved_by, image, rows, columns, mode)
    limit = vivid_limit(test.shifted_map)
    maps = {name: getattr(test, name) for name in ("map_of_shifted", "shifted_map", "difference")}
    drawn = {name: to_picture(values, limit=limit) for name, values in maps.items()}
    places = {"moved": draw_photo(text["shift"]["moved"], test.image)}
    for name, rendered in drawn.items():
        box = _frame(test.inside) if name == "difference" else None
        places[name] = draw_figure(text["shift"][name], rendered.pictures[0], _range(rendered), box=box)
    places["shift_legend"] = draw_legend(drawn["shifted_map"].legend, text["signed"])
    places["shift_words"] = _tell_shift(test, moved_by, layer, (rows, columns), kernel, image.shape)
    return places


@lru_cache(maxsize=4)
def full_layer(size: tuple[int, int]) -> FullyConnected:
    """Return the fully connected layer of a small version, with as many outputs as a 3x3 kernel has."""
    return FullyConnected(size, tuple(max(1, side - 2) for side in size))


def _frame(inside: np.ndarray) -> tuple[int, int, int, int] | None:
    """Return where outputs are inside, as (row, column, height, width): it is a rectangle."""
    if not inside.any() or inside.all():
        return None
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    return int(rows[0]), int(columns[0]), len(rows), len(columns)


def _tell_shift(
    test: ShiftTest,
    layer: Convolution | FullyConnected,
    name: str,
    shift: tuple[int, int],
    kernel: np.ndarray,
    size: tuple[int, int],
) -> str:
    text, step = read_text("why")["shift"], layer.step
    numbers = {
        "rows": shift[0], "columns": shift[1], "step": step, "down": test.moves[0], "right": test.moves[1],
    }  # fmt: skip
    if test.largest is None:
        verdict = "nothing_inside"
    elif shift == (0, 0):
        verdict = "still"
    elif name == "full":
        verdict = "full"
    elif test.whole:
        verdict = "zero" if step == 1 else "zero_step"
    else:
        verdict = "fraction" if test.largest else "blank_fraction"
    if test.inside.all():
        border = text["inside_all"]
    else:
        outside = float(np.abs(test.difference[~test.inside]).max())
        border = text["inside"].format(outside=format_number(outside))
    if name == "full":
        of_layer = text["small"].format(
            height=size[0],
            width=size[1],
            weights=f"{layer.weights.size:,}",
            kernel=math.prod(layer.span),
            height_of_window=layer.span[0],
            width_of_window=layer.span[1],
        )
    else:
        of_layer = text["kernel"].format(height=kernel.shape[0], width=kernel.shape[1])
    return fill_template(
        "why_words",
        label=text["label"],
        number=text["none"] if test.largest is None else format_number(test.largest),
        sentences=[text[verdict].format(**numbers), border, of_layer],
    )


# ---- locality ----------------------------------------------------------------------------------------------------


def draw_locality(image: np.ndarray, kernel: np.ndarray, *, row: int, column: int, patch: int) -> dict[str, Any]:
    """Return what changes in two layers when a patch of the small version of a picture is painted.

    Args:
        image: grey, [height, width] in [0, 1].
        kernel: that of the Feature map tab.
        row: the patch's first row in the small version, counted from 1.
        column: its first column.
        patch: its side.

    Returns:
        "pixel", uint8 [height, width, 3], enlarged; the maps and the words of both layers, as HTML.

    Raises:
        ValueError: the place is not in the small version, or the kernel does not fit into it.
    """
    text = read_text("why")["local"]
    small = small_version(image, SMALL_SIDE)
    for name, place, length in (("row", row, small.shape[0]), ("column", column, small.shape[1])):
        if place > length:
            raise ValueError(text[f"{name}_outside"].format(place=place, length=length))
    tests = {
        name: locality_test(layer, small, row - 1, column - 1, patch)
        for name, layer in (("convolution", Convolution(kernel)), ("full", full_layer(small.shape)))
    }
    painted = text["pixel"] if patch == 1 else text["some"].format(count=patch * patch)
    places = {"pixel": _enlarge(tests["convolution"], row - 1, column - 1, patch)}
    for name, test in tests.items():
        rendered = to_picture(test.difference)
        words = text[f"{name}_words"].format(
            changed=f"{np.count_nonzero(test.changed):,}",
            outputs=f"{test.changed.size:,}",
            rows=len(test.rows),
            columns=len(test.columns),
            patch=painted,
        )
        notes = [text["less"]] if name == "convolution" and not _all_changed(test) else []
        places[f"local_{name}"] = "".join(
            [
                draw_figure(text[name], rendered.pictures[0], _range(rendered), box=_windows(name, test)),
                draw_legend(rendered.legend, read_text("why")["signed_one"]),
                fill_template("why_words", number=None, sentences=[words, *notes]),
            ]
        )
    return places


def _windows(name: str, test: LocalityTest) -> tuple[int, int, int, int] | None:
    """Return where the outputs stand whose window meets the patch, as (row, column, height, width)."""
    if name == "full" or not test.rows or not test.columns:
        return None
    return test.rows[0], test.columns[0], len(test.rows), len(test.columns)


def _all_changed(test: LocalityTest) -> bool:
    return np.count_nonzero(test.changed) == len(test.rows) * len(test.columns)


def _enlarge(test: LocalityTest, row: int, column: int, patch: int) -> np.ndarray:
    """Return the painted picture with large pixels, and a frame around the patch: uint8 [height, width, 3]."""
    grey = np.rint(255 * np.clip(test.image, 0, 1)).astype(np.uint8)
    large = np.repeat(np.repeat(grey, _ENLARGED, axis=0), _ENLARGED, axis=1)
    pixels = np.stack([large] * 3, axis=-1)
    for margin, colour in ((2, (17, 24, 39)), (0, (250, 204, 21))):
        pixels[_outline(pixels.shape[:2], row, column, patch, margin)] = colour
    return pixels


def _outline(shape: tuple[int, int], row: int, column: int, patch: int, margin: int) -> np.ndarray:
    frame = np.zeros(shape, bool)
    top, left = (max(0, place * _ENLARGED - margin) for place in (row, column))
    bottom, right = ((place + patch) * _ENLARGED + margin for place in (row, column))
    frame[top:bottom, left:right] = True
    frame[top + 2 : bottom - 2, left + 2 : right - 2] = False
    return frame


def pixel_at(index: Any) -> tuple[int, int] | None:
    """Return the (row, column), counted from 1, of a click at [x, y] in the enlarged picture."""
    match index:
        case [int() | float() as right, int() | float() as down] if min(right, down) >= 0:
            row, column = int(down) // _ENLARGED + 1, int(right) // _ENLARGED + 1
            return (row, column) if max(row, column) <= SMALL_SIDE else None
    return None


# ---- direction ---------------------------------------------------------------------------------------------------


def draw_chapter() -> dict[str, str]:
    """Return the chapter's picture, its transpose, and what [1, -1] finds in both."""
    text = read_text("why")["direction"]
    picture = np.ones((6, 8), np.float32)
    picture[:, 2:6] = 0
    places = {}
    for name, image in (("chapter", picture), ("transposed", picture.T)):
        found = to_picture(np.asarray(cross_correlate(image, [[1, -1]])), limit=1)
        places[name] = draw_photo(text[name], image, most=_SMALL)
        places[f"{name}_map"] = draw_figure(text[f"{name}_map"], found.pictures[0], _range(found), most=_SMALL)
    return places


def draw_direction(image: np.ndarray, kernel: np.ndarray, angle: int) -> dict[str, str]:
    """Return the picture turned by an angle, its map, and the response of the kernel at all angles.

    Raises:
        ValueError: the kernel does not fit into the picture's central square.
    """
    text = read_text("why")["direction"]
    curve, (here,) = _curve(Hashed(image), Hashed(kernel), ANGLES), _curve(Hashed(image), Hashed(kernel), (angle,))
    turned = turn(image, angle)
    feature_map = np.asarray(cross_correlate(turned, kernel))
    rendered = to_picture(feature_map, limit=vivid_limit(feature_map))
    most, least = int(np.argmax(curve)), int(np.argmin(curve))
    lines = [
        Line("", list(zip(ANGLES, curve, strict=True))),
        Line("", [(angle, 0.0), (angle, here)], colour="#94a3b8", is_dashed=True),
    ]
    if curve[most] > 0:
        words = text["words"].format(
            angle=angle,
            here=format_number(here),
            start=format_number(curve[0]),
            most=format_number(curve[most]),
            most_angle=ANGLES[most],
            least=format_number(curve[least]),
            least_angle=ANGLES[least],
        )
    else:
        words = text["blank"]
    return {
        "turned": draw_photo(text["turned"].format(angle=angle), turned),
        "turned_map": draw_figure(text["map"], rendered.pictures[0], _range(rendered)),
        "direction_legend": draw_legend(rendered.legend, read_text("why")["signed_one"]),
        "curve": draw_lines(lines, x_title=text["angle_axis"], y_title=text["curve"], x_range=(0, 360), log=False),
        "direction_words": fill_template("why_words", number=None, sentences=[words, text["measure"]]),
    }


@lru_cache(maxsize=64)
def _curve(image: Hashed, kernel: Hashed, angles: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(response_by_angle(image.array, kernel.array, angles).tolist())


# ---- pictures ----------------------------------------------------------------------------------------------------


def draw_photo(title: str, image: np.ndarray, most: int | None = None) -> str:
    """Return a grey picture as a photo."""
    size = read_text("why")["size"].format(height=image.shape[0], width=image.shape[1])
    picture: Picture = to_picture(image, display=CLIPPED).pictures[0]
    return draw_figure(title, picture, size, most=most)


def _range(rendered: Rendered) -> str:
    height, width = rendered.pictures[0].size
    return read_text("why")["range"].format(
        height=height,
        width=width,
        minimum=format_number(rendered.minimum),
        maximum=format_number(rendered.maximum),
    )

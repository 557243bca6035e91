"""Does the feature map move with the picture? The moved picture, two maps, and their difference."""

import math

import numpy as np

from convdemo.numbers import format_number, grouped
from convdemo.rendering import to_picture, vivid_limit
from convdemo.ui.parts.figures import draw_legend
from convdemo.ui.parts.widgets import fill, read_text
from convdemo.ui.why.figures import draw_map, draw_photo
from convdemo.ui.why.small import full_layer, small_picture
from convdemo.why_convolution import Convolution, FullyConnected, ShiftTest, shift_test


def move(
    image: np.ndarray, kernel: np.ndarray, *, layer: str, mode: str, rows: int, columns: int
) -> tuple[Convolution | FullyConnected, ShiftTest]:
    """Return the layer that is tested, and what came out; the arguments and errors are those of `draw_shift`.

    A fully connected layer sees a small version of the picture.
    """
    if layer == "full":
        image = small_picture(image)
        tested = full_layer(image.shape)
    else:
        tested = Convolution(kernel, stride=2 if layer == "stride" else 1, pooling=2 if layer == "pooling" else 1)
    return tested, shift_test(tested, image, rows, columns, mode)


def draw_shift(
    image: np.ndarray, kernel: np.ndarray, *, layer: str, mode: str, rows: int, columns: int
) -> dict[str, str]:
    """Return the moved picture, both maps, their difference, the legend and the words.

    Args:
        image: grey, [height, width] in [0, 1].
        kernel: that of the page.
        layer: one of `LAYERS`.
        mode: what comes in at the border.
        rows: how far the picture moves down.
        columns: how far it moves to the right.

    Raises:
        ValueError: the kernel does not fit into the picture.
    """
    text = read_text("why")
    tested, test = move(image, kernel, layer=layer, mode=mode, rows=rows, columns=columns)
    limit = vivid_limit(test.shifted_map)
    maps = {
        name: to_picture(getattr(test, name), limit=limit) for name in ("map_of_shifted", "shifted_map", "difference")
    }
    places = {"moved": draw_photo(text["shift"]["moved"], test.image)}
    for name, rendered in maps.items():
        box = _frame(test.inside) if name == "difference" else None
        places[name] = draw_map(text["shift"][name], rendered, box=box)
    places["shift_legend"] = draw_legend(maps["shifted_map"].legend, text["signed"])
    places["shift_words"] = fill(
        "parts.paragraphs",
        label=text["shift"]["label"],
        number=text["shift"]["none"] if test.largest is None else format_number(test.largest),
        sentences=[
            tell_verdict(test, layer, tested.step, rows, columns),
            _tell_border(test),
            _tell_layer(tested, test.image),
        ],
    )
    return places


def _frame(inside: np.ndarray) -> tuple[int, int, int, int] | None:
    """Return where outputs are inside, as (row, column, height, width): it is a rectangle."""
    if not inside.any() or inside.all():
        return None
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    return int(rows[0]), int(columns[0]), len(rows), len(columns)


def tell_verdict(test: ShiftTest, layer: str, step: int, rows: int, columns: int) -> str:
    """Return what a test says, in a sentence; the numbers are those that it was asked for, and the layer's step."""
    if test.largest is None:
        verdict = "nothing_inside"
    elif (rows, columns) == (0, 0):
        verdict = "still"
    elif layer == "full":
        verdict = "full"
    elif test.whole:
        verdict = "zero" if step == 1 else "zero_step"
    else:
        verdict = "fraction" if test.largest else "blank_fraction"
    down, right = test.moves
    return read_text("why")["shift"][verdict].format(rows=rows, columns=columns, step=step, down=down, right=right)


def _tell_border(test: ShiftTest) -> str:
    text = read_text("why")["shift"]
    if test.inside.all():
        return text["inside_all"]
    outside = float(np.abs(test.difference[~test.inside]).max())
    return text["inside"].format(outside=format_number(outside))


def _tell_layer(layer: Convolution | FullyConnected, image: np.ndarray) -> str:
    text = read_text("why")["shift"]
    if isinstance(layer, Convolution):
        height, width = layer.kernel.shape
        return text["kernel"].format(height=height, width=width)
    return text["small"].format(
        height=image.shape[0],
        width=image.shape[1],
        weights=grouped(layer.weights.size),
        kernel=math.prod(layer.span),
        height_of_window=layer.span[0],
        width_of_window=layer.span[1],
    )

"""Who notices a changed pixel? The picture to click, and what changes in two layers."""

from typing import Any

import numpy as np
from PIL import Image

from convdemo.numbers import format_number, grouped
from convdemo.rendering import to_picture
from convdemo.ui.parts.figures import draw_legend
from convdemo.ui.parts.widgets import fill, read_text
from convdemo.ui.why.figures import draw_map
from convdemo.ui.why.small import full_layer, small_picture
from convdemo.ui.why.state import SMALL_SIDE
from convdemo.why_convolution import Convolution, LocalityTest, locality_test

_ENLARGED = 12  # screen pixels a side of a pixel of the small version, so that it can be clicked


def draw_locality(image: np.ndarray, kernel: np.ndarray, *, row: int, column: int, patch: int) -> dict[str, Any]:
    """Return what changes in two layers when a patch of the small version of a picture is painted.

    Args:
        image: grey, [height, width] in [0, 1].
        kernel: that of the page.
        row: the patch's first row in the small version, counted from 1.
        column: its first column.
        patch: its side.

    Returns:
        "pixel", the painted picture, enlarged; the maps and the words of both layers, as HTML.

    Raises:
        ValueError: the place is not in the small version, or the kernel does not fit into it.
    """
    text, small = read_text("why")["local"], small_picture(image)
    for name, place, length in (("row", row, small.shape[0]), ("column", column, small.shape[1])):
        if place > length:
            raise ValueError(text[f"{name}_outside"].format(place=place, length=length))
    local = locality_test(Convolution(kernel), small, row - 1, column - 1, patch)
    full = locality_test(full_layer(small.shape), small, row - 1, column - 1, patch)
    meeting = len(local.rows) * len(local.columns)  # outputs whose window meets the patch
    box = (local.rows[0], local.columns[0], len(local.rows), len(local.columns)) if meeting else None
    patched = slice(row - 1, row - 1 + patch), slice(column - 1, column - 1 + patch)
    painted = text["painted_one" if patch == 1 else "painted_patch"].format(
        colour=text["white" if local.image[row - 1, column - 1] else "black"],
        before=format_number(float(small[patched].mean()), 2),
        after=format_number(float(local.image[row - 1, column - 1])),
    )
    notes = [text["less"]] if np.count_nonzero(local.changed) < meeting else []
    return {
        "pixel": Image.fromarray(_enlarge(local.image, row - 1, column - 1, patch)),
        "local_convolution": _draw_change("convolution", local, patch, [painted, *notes], box=box),
        "local_full": _draw_change("full", full, patch, [painted]),
    }


def _draw_change(name: str, test: LocalityTest, patch: int, notes: list[str], **options: Any) -> str:
    text = read_text("why")["local"]
    rendered = to_picture(test.difference)
    words = text[f"{name}_words"].format(
        changed=grouped(np.count_nonzero(test.changed)),
        outputs=grouped(test.changed.size),
        rows=len(test.rows),
        columns=len(test.columns),
        patch=text["pixel"] if patch == 1 else text["some"].format(count=patch * patch),
    )
    return "".join(
        [
            draw_map(text[name], rendered, **options),
            draw_legend(rendered.legend, read_text("why")["signed_one"]),
            fill("parts.paragraphs", number=None, sentences=[words, *notes]),
        ]
    )


def _enlarge(image: np.ndarray, row: int, column: int, patch: int) -> np.ndarray:
    """Return a grey picture with large pixels, and a frame around the patch: uint8 [height, width, 3]."""
    grey = np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
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

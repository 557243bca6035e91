"""Who notices a changed pixel? The picture to click, and what changes in two layers."""

from typing import Any

import numpy as np

from convdemo.numbers import format_number, grouped
from convdemo.rendering import to_picture
from convdemo.ui.parts.figures import draw_legend
from convdemo.ui.parts.widgets import fill, read_text
from convdemo.ui.why.figures import draw_map, draw_photo
from convdemo.ui.why.small import full_layer, small_picture
from convdemo.ui.why.state import SMALL_SIDE
from convdemo.why_convolution import Convolution, LocalityTest, locality_test


def draw_locality(image: np.ndarray, kernel: np.ndarray, *, row: int, column: int, patch: int) -> dict[str, Any]:
    """Return what changes in two layers when a patch of the small version of a picture is painted.

    Args:
        image: grey, [height, width] in [0, 1].
        kernel: that of the page.
        row: the patch's first row in the small version, counted from 1.
        column: its first column.
        patch: its side.

    Returns:
        "pixel", the painted picture; the maps and the words of both layers; all as HTML.

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
        "pixel": draw_photo(read_text("why")["click"], local.image, box=(row - 1, column - 1, patch, patch)),
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


def pixel_at(index: Any) -> tuple[int, int] | None:
    """Return the (row, column), counted from 1, of the pixel that the page tells as [column, row], from 0."""
    match index:
        case [int() as column, int() as row] if min(row, column) >= 0 and max(row, column) < SMALL_SIDE:
            return row + 1, column + 1
    return None

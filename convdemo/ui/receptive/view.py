"""What does a unit of a stack see, drawn?

The photo with the field of one unit, that field pixel by pixel, and the influence that was measured: SVG and HTML from
the macros of templates.html.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from convdemo.images import to_grey
from convdemo.numbers import grouped
from convdemo.receptive_field import EffectiveField, ReceptiveField, Sight
from convdemo.rendering import PALETTE
from convdemo.ui.parts.files import served
from convdemo.ui.parts.widgets import data_address, fill, palette, read_text
from convdemo.ui.receptive.scene import Pair, Scene, nearest_unit
from convdemo.ui.receptive.tell import tell_length, tell_range, tell_share, tell_size

_PATCH_SIDE = 300
_APART = 0.13  # of the field: boxes closer to each other are left out


@dataclass(frozen=True)
class _Box:
    """A field in a picture, in pixels of the photo: where it starts, how far it goes, and the layer that has it."""

    x: int
    y: int
    width: int
    height: int
    layer: int


# ---- the field of the unit ---------------------------------------------------------------------------------------


def show_photo(scene: Scene, file: Path | str) -> dict[str, Any]:
    """Return the photo with the fields that are drawn on it, as the widget is told: pairs are (row, column)."""
    layers = [scene.depth, *(box.layer for box in _boxes(scene)[1:])]
    return {
        "file": served(file),
        "size": scene.photo.size,
        "unit": scene.unit,
        "fields": [_geometry(scene.stack.fields[layer - 1]) for layer in layers],
    }


def _geometry(field: ReceptiveField) -> dict[str, Pair]:
    start = tuple(seen.start for seen in field.window())
    return {"start": start, "size": field.size, "jump": field.jump, "output": field.output_size}


def draw_patch(scene: Scene) -> str:
    """Return the field of the unit, pixel by pixel, with the fields on the way, the padding and the holes."""
    text, sight, boxes = read_text("receptive")["legend"], scene.sight, _boxes(scene)
    real = scene.photo.pixels[
        sight.real_rows.start : sight.real_rows.stop, sight.real_columns.start : sight.real_columns.stop
    ]
    legend = [("box", text["field"])]
    if len(boxes) > 1:
        legend.append(("inner", text["inner"].format(layers=_listed(boxes))))
    if sight.padding_share:
        legend.append(("padding", text["padding"]))
    if scene.has_holes:
        legend.append(("holes", text["holes"]))
    return fill(
        "receptive.patch",
        alt=tell_range(scene),
        view=_view(sight),
        real=_area(sight.real_rows, sight.real_columns),
        picture=_png(_eight_bits(_shrink(real))) if real.size else None,
        holes=_draw_holes(scene) if scene.has_holes else None,
        boxes=boxes,
        font=max(scene.field.size) / 20,
        numbers=len(boxes) > 1,
        caption=tell_range(scene),
        legend=legend,
    )


def _listed(boxes: Sequence[_Box]) -> str:
    return ", ".join(str(box.layer) for box in boxes[1:])


def _boxes(scene: Scene) -> list[_Box]:
    """Return the field of the unit, and those of the units in its middle on the way down, where they are apart."""
    largest = scene.field.size
    shown = [_box(scene.field, scene.unit, scene.depth)]
    middle = scene.field.centre(scene.unit)
    for layer in range(scene.depth - 1, 0, -1):
        field, last = scene.stack.fields[layer - 1], shown[-1]
        apart = (last.height - field.size[0]) / largest[0], (last.width - field.size[1]) / largest[1]
        if max(apart) >= _APART:
            shown.append(_box(field, nearest_unit(field, middle), layer))
    return shown


def _box(field: ReceptiveField, unit: Pair, layer: int) -> _Box:
    rows, columns = field.window(unit)
    return _Box(columns.start, rows.start, len(columns), len(rows), layer)


def _view(sight: Sight) -> tuple[int, int, int, int]:
    return _area(sight.rows, sight.columns)


def _area(rows: range, columns: range) -> tuple[int, int, int, int]:
    return columns.start, rows.start, len(columns), len(rows)


def _draw_holes(scene: Scene) -> str:
    """Return a picture that hides the pixels of the patch that are not used."""
    real = scene.sight.real_rows, scene.sight.real_columns
    rows, columns = (
        np.isin(np.arange(seen.start, seen.stop), used) for seen, used in zip(real, scene.used, strict=True)
    )
    cover = np.where(rows[:, None] & columns, 0, 215).astype(np.uint8)
    return _png(np.dstack([np.full_like(cover, 255), cover]))


# ---- the influence that was measured -----------------------------------------------------------------------------


def draw_influence(scene: Scene, field: EffectiveField, model: str) -> str:
    """Return the influence of each pixel as red over the photo in grey, with its legend and its width in words."""
    words, sight = read_text("receptive"), scene.sight
    text = words["influence"]
    if not field.influence.any():
        return fill("receptive.problem", sentence=text["nothing"], stale="")
    grey = to_grey(scene.photo.pixels)[field.rows.start : field.rows.stop, field.columns.start : field.columns.stop]
    strength = _pool(field.influence)
    strength = np.rint(255 * strength / strength.max()).astype(np.uint8)
    red = np.broadcast_to(PALETTE[-30], (*strength.shape, 3))
    middle = (sight.rows[0] + sight.rows[-1] + 1) / 2, (sight.columns[0] + sight.columns[-1] + 1) / 2
    count = text["draw" if field.draws == 1 else "draws"].format(draws=grouped(field.draws))
    return fill(
        "receptive.influence",
        alt=text["alt"],
        view=_view(sight),
        real=_area(field.rows, field.columns),
        grey=_png(_eight_bits(0.4 + 0.5 * _shrink(grey))),
        heat=_png(np.dstack([red, strength])),
        square=(middle[1] - field.side / 2, middle[0] - field.side / 2, field.side),
        colour=palette()[-30],
        ends=(text["low"], text["high"]),
        theory=text["theory"],
        square_name=text["square"],
        padding=words["legend"]["padding"] if sight.padding_share else "",
        told=text["done"].format(
            model=words["model_choices"][model], count=text["exact"] if model == "uniform" else count
        ),
        facts=text["facts"].format(
            rows=tell_length(field.spread[0]),
            columns=tell_length(field.spread[1]),
            side=grouped(field.side),
            share=tell_share(field.share),
            field=tell_size(scene.field.size),
        ),
    )


def _pool(influence: np.ndarray) -> np.ndarray:
    """Return the mean influence of blocks of pixels, so that at most `_PATCH_SIDE` of them are drawn."""
    step = math.ceil(max(influence.shape) / _PATCH_SIDE)
    rows, columns = (-(-length // step) * step for length in influence.shape)
    padded = np.pad(influence, [(0, rows - influence.shape[0]), (0, columns - influence.shape[1])])
    return padded.reshape(rows // step, step, columns // step, step).mean(axis=(1, 3))


# ---- pixels ------------------------------------------------------------------------------------------------------


def _eight_bits(pixels: np.ndarray) -> np.ndarray:
    eight = np.rint(pixels * 255).astype(np.uint8)
    return eight if eight.ndim == 2 or eight.shape[2] == 3 else eight[:, :, 0]


def _shrink(pixels: np.ndarray) -> np.ndarray:
    """Leave out rows and columns of what has more of them than are drawn."""
    step = math.ceil(max(pixels.shape[:2]) / _PATCH_SIDE)
    return pixels[::step, ::step]


def _png(pixels: np.ndarray) -> str:
    """Return uint8 pixels, [height, width] or with 2, 3 or 4 channels, as a data address."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return data_address(file.getvalue(), "image/png")

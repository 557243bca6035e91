"""What does a unit of a stack see, drawn?

The photo with the field of one unit, that field pixel by pixel, the growth from layer to layer as a chart and as a
table, and the measured influence: all that the Receptive field tab shows, as SVG and HTML of assets/field_*.html.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from convdemo.images import Photo, to_grey
from convdemo.receptive_field import (
    NETWORKS,
    EffectiveField,
    Layer,
    ReceptiveField,
    Sight,
    format_stack,
    growth,
    uniform_spread,
    used_pixels,
)
from convdemo.rendering import PALETTE, format_number
from convdemo.ui.chart import Line, draw_lines
from convdemo.ui.widgets import data_address, fill_template, palette, read_text

Pair = tuple[int, int]

INK, GREY = "#4f46e5", "#94a3b8"

_PHOTO_SIDE = 560  # pixels that the photo is drawn with: no screen has more room for it in this tab
_PATCH_SIDE = 300
_MARGIN = 0.75  # of the photo's longer side: the most that is drawn around it
_APART = 0.13  # of the field: boxes closer to each other are left out
_SIGMAS = 4  # the width that holds about 95 % of a Gaussian


@dataclass(frozen=True, eq=False)
class Scene:
    """A stack over a photo, and the unit that is looked from.

    Attributes:
        photo: The shared picture.
        layers: The stack.
        fields: What each of its layers sees, as `growth` gives it.
        depth: The layer of the unit, from 1.
        unit: Its (row, column) on that layer's map.
    """

    photo: Photo
    layers: tuple[Layer, ...]
    fields: tuple[ReceptiveField, ...]
    depth: int
    unit: Pair

    @property
    def field(self) -> ReceptiveField:
        """The field of the chosen layer."""
        return self.fields[self.depth - 1]

    @property
    def sight(self) -> Sight:
        """What the chosen unit sees."""
        return self.field.sight(self.unit)


@dataclass(frozen=True)
class _Box:
    """A field in a picture, in pixels of the photo: where it starts, how far it goes, and the layer that has it."""

    x: int
    y: int
    width: int
    height: int
    layer: int


def nearest_unit(field: ReceptiveField, place: tuple[float, float]) -> Pair:
    """Return the unit of a layer whose centre is nearest to a place on the photo, (row, column) in pixels.

    >>> from convdemo.receptive_field import receptive_field
    >>> nearest_unit(receptive_field([Layer(3, stride=2)], (9, 9)), (4.4, 99))  # its centres are 1, 3, 5 and 7
    (2, 3)
    """
    first = field.centre((0, 0))
    axes = zip(place, first, field.jump, field.output_size, strict=True)
    return tuple(min(max(math.floor((at - centre) / jump + 0.5), 0), length - 1) for at, centre, jump, length in axes)


# ---- in words ----------------------------------------------------------------------------------------------------


def times(numbers: Sequence[float]) -> str:
    """Write a size: 212 × 212."""
    return "\u00a0×\u00a0".join(map(format_number, numbers))  # on one line


def _share(share: float) -> str:
    text = read_text("receptive")["sight"]
    if share == 0:
        return text["none"]
    return text["percent"].format(share=format_number(100 * share, 2)) if share >= 0.001 else text["small"]


def _range(pixels: range) -> str:
    first, last = format_number(pixels[0], 9), format_number(pixels[-1], 9)
    return read_text("receptive")["sight"]["range"].format(first=first, last=last)


def _layer_name(scene: Scene) -> str:
    text, name = read_text("receptive")["sight"], scene.layers[scene.depth - 1].name
    return text["named" if name else "layer"].format(layer=scene.depth, name=name)


def tell_sight(scene: Scene) -> str:
    """Return what the chosen unit sees, in words."""
    text, sight, field = read_text("receptive")["sight"], scene.sight, scene.field
    sentence = text["sees"].format(
        layer=_layer_name(scene),
        row=scene.unit[0],
        column=scene.unit[1],
        rows=_range(sight.rows),
        columns=_range(sight.columns),
        padding=_share(sight.padding_share),
    )
    facts = [
        text["facts"].format(
            size=times(field.size),
            jump=times(field.jump),
            map=times(field.output_size),
            photo=times(scene.photo.size),
        )
    ]
    rows, columns = _used(scene)
    if _has_holes(scene):
        facts.append(
            text["holes"].format(
                rows=field.size[0], columns=field.size[1], used_rows=len(rows), used_columns=len(columns)
            )
        )
    if any(beyond > most for beyond, most in zip(_overhang(scene), _margins(scene), strict=True)):
        facts.append(text["cut"])
    return fill_template("field_sight", sentence=sentence, facts=facts)


def tell_note(layers: Sequence[Layer], name: str | None) -> str:
    """Return what is special about a known stack, with its source; or how large one's own is."""
    text = read_text("receptive")
    if name in NETWORKS:
        network = NETWORKS[name]
        return fill_template(
            "field_note", note=network.note, source=text["note"]["source"].format(source=network.source)
        )
    if name:
        return fill_template("field_note", note=text["lesson_notes"][name], source="")
    counted = text["note"]["layer" if len(layers) == 1 else "layers"].format(count=len(layers))
    own = text["note"]["own"].format(layers=counted, weights=f"{_weights(layers):,}")
    return fill_template("field_note", note=own, source="")


def tell_problem(sentence: str) -> str:
    """Return a sentence about what is wrong; "" for nothing."""
    return fill_template("field_problem", sentence=sentence, stale=read_text("receptive")["stale"])


def _weights(layers: Sequence[Layer]) -> int:
    return sum(layer.weights for layer in layers)


# ---- on the photo ------------------------------------------------------------------------------------------------


def margins(fields: Sequence[ReceptiveField], size: Pair) -> tuple[int, int, int, int]:
    """Return the space around the photo that fields reach into: top, left, bottom, right, in pixels.

    It is that of the deepest layer, so that the photo stays where it is while one looks from layer to layer.
    """
    deepest = fields[-1]
    top_left = deepest.sight((0, 0))
    bottom_right = deepest.sight(tuple(length - 1 for length in deepest.output_size))
    most = round(_MARGIN * max(size))
    sides = (-top_left.rows[0], -top_left.columns[0])
    sides += (bottom_right.rows[-1] + 1 - size[0], bottom_right.columns[-1] + 1 - size[1])
    return tuple(min(max(side, 0), most) for side in sides)


def _margins(scene: Scene) -> tuple[int, int, int, int]:
    return margins(scene.fields, scene.photo.size)


def _overhang(scene: Scene) -> tuple[int, int, int, int]:
    sight, (height, width) = scene.sight, scene.photo.size
    return -sight.rows[0], -sight.columns[0], sight.rows[-1] + 1 - height, sight.columns[-1] + 1 - width


def place_of(position: tuple[float, float], fields: Sequence[ReceptiveField], size: Pair) -> tuple[float, float]:
    """Return the (row, column) on the photo of a point of the picture that `draw_photo` draws, given as (x, y)."""
    top, left, *_ = margins(fields, size)
    return position[1] - top, position[0] - left


def draw_photo(scene: Scene) -> bytes:
    """Return the photo with the field of the unit on it as an SVG file; one of its pixels is one of the photo."""
    top, left, bottom, right = _margins(scene)
    height, width = scene.photo.size
    total = left + width + right, top + height + bottom
    middle = scene.field.centre(scene.unit)
    return fill_template(
        "field_photo",
        view=(-left, -top, *total),
        photo=_photo_address(_Pixels(scene.photo)),
        width=width,
        height=height,
        boxes=_boxes(scene),
        real=_area(scene.sight.real_rows, scene.sight.real_columns),
        stroke=max(total) / 260,
        centre=(middle[1] + 0.5, middle[0] + 0.5),
    ).encode("ascii", "xmlcharrefreplace")


def draw_patch(scene: Scene) -> str:
    """Return the field of the unit, pixel by pixel, with the fields on the way, the padding and the holes."""
    text, sight, boxes = read_text("receptive"), scene.sight, _boxes(scene)
    real = scene.photo.pixels[
        sight.real_rows.start : sight.real_rows.stop, sight.real_columns.start : sight.real_columns.stop
    ]
    return fill_template(
        "field_patch",
        alt=tell_range(scene),
        view=_view(sight),
        real=_area(sight.real_rows, sight.real_columns),
        picture=_png(_eight_bits(_shrink(real))) if real.size else None,
        holes=_draw_holes(scene) if _has_holes(scene) else None,
        boxes=boxes,
        font=max(scene.field.size) / 22,
        numbers=len(boxes) > 1,
        caption=tell_range(scene),
        legend=[
            ("box", text["legend"]["field"]),
            *([("inner", text["legend"]["inner"].format(layers=_listed(boxes)))] if len(boxes) > 1 else []),
            *([("padding", text["legend"]["padding"])] if sight.padding_share else []),
            *([("holes", text["legend"]["holes"])] if _has_holes(scene) else []),
        ],
    )


def tell_range(scene: Scene) -> str:
    """Return the size of what is drawn, as a caption."""
    sight = scene.sight
    return f"{times(scene.field.size)}: {_range(sight.rows)}, {_range(sight.columns)}"


def _listed(boxes: Sequence[_Box]) -> str:
    return ", ".join(str(box.layer) for box in boxes[1:])


def _boxes(scene: Scene) -> list[_Box]:
    """Return the field of the unit, and those of the units in its middle on the way down, where they are apart."""
    largest = scene.field.size
    shown = [_box(scene.field, scene.unit, scene.depth)]
    middle = scene.field.centre(scene.unit)
    for layer in range(scene.depth - 1, 0, -1):
        field, last = scene.fields[layer - 1], shown[-1]
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


def _used(scene: Scene) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return _used_of(scene.layers[: scene.depth], scene.unit, scene.photo.size)


@lru_cache(maxsize=16)
def _used_of(layers: tuple[Layer, ...], unit: Pair, size: Pair) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return used_pixels(layers, unit, size)


def _has_holes(scene: Scene) -> bool:
    sight = scene.sight
    return any(
        len(used) < len(real) for used, real in zip(_used(scene), (sight.real_rows, sight.real_columns), strict=True)
    )


def _draw_holes(scene: Scene) -> str:
    """Return a picture that hides the pixels of the patch that are not used."""
    sight = scene.sight
    rows, columns = (
        np.isin(np.arange(real.start, real.stop), used)
        for real, used in zip((sight.real_rows, sight.real_columns), _used(scene), strict=True)
    )
    cover = np.where(rows[:, None] & columns, 0, 215).astype(np.uint8)
    return _png(np.dstack([np.full_like(cover, 255), cover]))


# ---- pictures ----------------------------------------------------------------------------------------------------


class _Pixels:
    """A photo as what a cache can be asked for: the same object, for as long as the cache of photos keeps it."""

    def __init__(self, photo: Photo) -> None:
        self.photo = photo

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pixels) and other.photo is self.photo

    def __hash__(self) -> int:
        return id(self.photo)


@lru_cache(maxsize=8)
def _photo_address(pixels: _Pixels) -> str:
    picture = Image.fromarray(_eight_bits(pixels.photo.pixels))
    picture.thumbnail((_PHOTO_SIDE, _PHOTO_SIDE))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85)
    return data_address(file.getvalue(), "image/jpeg")


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


# ---- the chart and the tables ------------------------------------------------------------------------------------


def draw_growth(scene: Scene, compared: Sequence[Layer]) -> str:
    """Return how the field grows with the depth, the width that counts, the second stack, and the photo's shorter side.

    Raises:
        StackError: The compared stack does not fit the photo, or its fields grow beyond all photos.
    """
    text, size = read_text("receptive")["chart"], scene.photo.size
    square = all(field.size[0] == field.size[1] for field in scene.fields)
    widths = effective_widths(scene.layers, scene.fields, size)
    lines = [Line("", _curve([field.size[0] for field in scene.fields]), INK)]
    legend = [(text["theory" if square else "rows"], INK, False)]
    if not square:
        lines.append(Line("", _curve([field.size[1] for field in scene.fields]), "#818cf8"))
        legend.append((text["columns"], "#818cf8", False))
    lines.append(Line("", _curve(widths), INK, is_dashed=True))
    legend.append((text["effective"], INK, True))
    if compared:
        second = growth(compared, size)
        lines.append(Line("", _curve([max(field.size) for field in second]), "#64748b"))
        legend.append((text["second"], "#64748b", False))
    deepest, side = max(len(scene.layers), len(compared)), min(size)
    beyond = next((at for at, field in enumerate(scene.fields, start=1) if max(field.size) > side), None)
    if beyond or max(max(field.size) for field in scene.fields) > 0.6 * side:
        lines.append(Line("", [(0, side), (deepest, side)], GREY, is_dashed=True))
        legend.append((text["photo"].format(side=side), GREY, True))
    told = text["within"].format(
        layer=len(scene.layers), size=times(scene.fields[-1].size), effective=format_number(widths[-1])
    )
    if beyond:
        told = f"{text['exceeds'].format(layer=beyond, side=side)} {told}"
    chart = draw_lines(lines, x_title=text["x"], y_title=text["y"], x_range=(0, deepest), log=False)
    return fill_template("field_growth", legend=legend, told=told) + chart


def _curve(widths: Sequence[float]) -> list[tuple[float, float]]:
    """Return points from a pixel of the photo, which sees itself, to the deepest layer."""
    return [(0, 1.0), *((layer, float(width)) for layer, width in enumerate(widths, start=1))]


def effective_widths(layers: Sequence[Layer], fields: Sequence[ReceptiveField], size: Pair) -> list[float]:
    """Return 4 standard deviations of the influence after each layer, on its larger axis; at most the field."""
    return [
        min(_SIGMAS * max(spread), max(field.size))
        for spread, field in zip(uniform_spread(layers, size), fields, strict=True)
    ]


def draw_table(scene: Scene) -> str:
    """Return the numbers of each layer as a table."""
    text = read_text("receptive")["layers"]
    rows = [
        {
            "chosen": number == scene.depth,
            "name": layer.name or text["pool" if layer.kind == "pooling" else "conv"],
            "cells": [
                ", ".join(format_stack([layer]).split(",")[:4]),
                times(field.size) if field.size[0] != field.size[1] else format_number(field.size[0]),
                times(field.jump) if field.jump[0] != field.jump[1] else format_number(field.jump[0]),
                times(field.padding) if field.padding[0] != field.padding[1] else format_number(field.padding[0]),
                ", ".join(map(format_number, field.centre())),
                times(field.output_size),
                f"{layer.weights:,}",
            ],
        }
        for number, (layer, field) in enumerate(zip(scene.layers, scene.fields, strict=True), start=1)
    ]
    heads = [text[name] for name in ("looks", "size", "jump", "padding", "centre", "output", "weights")]
    return fill_template(
        "field_table", number=text["number"], title=text["name"], heads=heads, rows=rows, explain=text["explain"]
    )


def stack_csv(scene: Scene) -> str:
    """Write the numbers of each layer as CSV, exactly."""
    lines = [",".join(read_text("receptive")["csv_columns"])]
    spreads = uniform_spread(scene.layers, scene.photo.size)
    for number, (layer, field, spread) in enumerate(zip(scene.layers, scene.fields, spreads, strict=True), start=1):
        kernel, stride, dilation, padding = format_stack([layer]).split(",")[:4]
        # A program that opens the table must not take a name for a formula.
        name = layer.name.replace('"', '""')
        name = f"'{name}" if name[:1] in "=+-@\t\r" else name
        numbers = [*field.size, *field.jump, *field.padding, *field.centre(), *field.output_size, layer.weights]
        exact = [f"{value:.9g}" for value in (*numbers, *spread)]
        lines.append(",".join([str(number), f'"{name}"', layer.kind, kernel, stride, dilation, padding, *exact]))
    return "\n".join(lines) + "\n"


def compare(scene: Scene, compared: Sequence[Layer]) -> str:
    """Return both stacks in numbers; "" without a second one.

    Raises:
        StackError: The compared stack does not fit the photo, or its fields grow beyond all photos.
    """
    if not compared:
        return ""
    text, size = read_text("receptive")["compare"], scene.photo.size
    rows = []
    for name, layers in ((text["first"], scene.layers), (text["second"], tuple(compared))):
        fields = growth(layers, size)
        width = format_number(effective_widths(layers, fields, size)[-1])
        numbers = [times(fields[-1].size), f"{_weights(layers):,}", width]
        rows.append({"chosen": False, "name": name, "cells": [str(len(layers)), *numbers]})
    heads = [text[name] for name in ("layers", "field", "weights", "effective")]
    return fill_template(
        "field_table", number=None, title=text["stack"], heads=heads, rows=rows, explain=text["explain"]
    )


# ---- the measured influence --------------------------------------------------------------------------------------


def draw_influence(scene: Scene, field: EffectiveField, model: str) -> str:
    """Return the influence of each pixel as red over the photo in grey, with its legend and its width in words."""
    text, sight = read_text("receptive")["influence"], scene.sight
    strongest = float(field.influence.max())
    if not strongest:
        return fill_template("field_problem", sentence=text["nothing"], stale="")
    grey = to_grey(scene.photo.pixels)[field.rows.start : field.rows.stop, field.columns.start : field.columns.stop]
    strength = _pool(field.influence)
    strength = np.rint(255 * strength / strength.max()).astype(np.uint8)
    red = np.broadcast_to(PALETTE[-30], (*strength.shape, 3))
    middle = (sight.rows[0] + sight.rows[-1] + 1) / 2, (sight.columns[0] + sight.columns[-1] + 1) / 2
    model_name = read_text("receptive")["models"][model]
    count = (
        text["exact"] if model == "uniform" else text["draw" if field.draws == 1 else "draws"].format(draws=field.draws)
    )
    return fill_template(
        "field_influence",
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
        padding=read_text("receptive")["legend"]["padding"] if sight.padding_share else "",
        told=text["done"].format(model=model_name, count=count),
        facts=text["facts"].format(
            rows=format_number(field.spread[0]),
            columns=format_number(field.spread[1]),
            side=field.side,
            share=_share(field.share),
            field=times(scene.field.size),
        ),
    )


def _pool(influence: np.ndarray) -> np.ndarray:
    """Return the mean influence of blocks of pixels, so that at most `_PATCH_SIDE` of them are drawn."""
    step = math.ceil(max(influence.shape) / _PATCH_SIDE)
    rows, columns = (-(-length // step) * step for length in influence.shape)
    padded = np.pad(influence, [(0, rows - influence.shape[0]), (0, columns - influence.shape[1])])
    return padded.reshape(rows // step, step, columns // step, step).mean(axis=(1, 3))

"""What can a program ask of a stack of layers? What its units see, how much each pixel counts, and known networks."""

import time
from typing import Any, Literal

import numpy as np

from convdemo.receptive_field import MODELS, NETWORKS, AnalysedStack, format_stack
from convdemo.receptive_field import receptive_field as field_of
from convdemo.rendering import ABSOLUTE, to_picture
from convdemo.stack_notation import StackReading
from convdemo.ui.api.endpoint import Endpoint, as_file, as_png, given_text, saved
from convdemo.ui.parts.files import save_array
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.receptive.growth import stack_csv
from convdemo.ui.receptive.request import read_line, read_unit
from convdemo.ui.receptive.scene import Pair, nearest_unit
from convdemo.ui.receptive.state import STACKS, STATE
from convdemo.ui.state import State, whole

_SIZE = State("", (whole("height", 224, 1, 1_000_000), whole("width", 224, 1, 1_000_000)))
_MOST_SECONDS = 60  # of one measurement, whatever it was asked for


def receptive_field(
    stack: str,
    height: int = 224,
    width: int = 224,
    layer: int = 0,
    row: int | None = None,
    column: int | None = None,
) -> dict:
    """Work out what the units of every layer of a stack see of the input, and what one unit sees.

    Args:
        stack: a name ("VGG-16"), "kernel,stride,dilation,padding;…" for each layer, or lines of PyTorch, Keras or Flax.
        height: of the input, in pixels.
        width: of the input, in pixels.
        layer: that of the unit, counted from 1; 0 for the deepest.
        row: of the unit, counted from 0; null for the one in the middle.
        column: of the unit, counted from 0; null for the one in the middle.

    Returns:
        "stack": in one line, as it was "understood"; "layers": a table, for each layer its "name", "size" of the
        field, "jump", "padding", "centre" of unit 0, "output" size, "effective_width" and "weights"; "unit": its
        "layer", "place", first and last "rows" and "columns" in pixels with padding, "real_rows" and "real_columns"
        on the input, its "padding_share", and how many rows and columns it has "used"; "table": the same as a CSV
        file.

    Raises:
        ValueError: what is wrong, in one sentence.
    """
    reading = _read(stack)
    analysed = AnalysedStack(reading.layers, _size(height, width))
    depth, unit = _unit(analysed, layer, row, column)
    sight = analysed.fields[depth - 1].sight(unit)
    rows = zip(analysed.layers, analysed.fields, analysed.effective_widths, strict=True)
    return {
        "stack": format_stack(analysed.layers),
        "understood": reading.summary,
        "layers": [
            {
                "name": made.name,
                "size": field.size,
                "jump": field.jump,
                "padding": field.padding,
                "centre": field.centre(),
                "output": field.output_size,
                "effective_width": float(width),
                "weights": made.weights,
            }
            for made, field, width in rows
        ],
        "unit": {
            "layer": depth,
            "place": unit,
            **{name: _ends(getattr(sight, name)) for name in ("rows", "columns", "real_rows", "real_columns")},
            "padding_share": sight.padding_share,
            "used": list(map(len, analysed.used_pixels(depth, unit))),
        },
        "weights": analysed.weights,
        "table": as_file(stack_csv(analysed).encode(), "receptive-field.csv"),
    }


def effective_field(
    stack: str,
    height: int = 224,
    width: int = 224,
    layer: int = 0,
    row: int | None = None,
    column: int | None = None,
    model: Literal[MODELS] = "uniform",
    draws: int = 20,
    seed: int = 0,
) -> dict:
    """Measure how much each pixel counts for one unit of a stack: the gradient of the unit, over draws of the weights.

    A measurement ends after 60 seconds, with as many draws as it has made.

    Args:
        stack: a name ("VGG-16"), "kernel,stride,dilation,padding;…" for each layer, or lines of PyTorch, Keras or Flax.
        height: of the input, in pixels.
        width: of the input, in pixels.
        layer: that of the unit, counted from 1; 0 for the deepest.
        row: of the unit, counted from 0; null for the one in the middle.
        column: of the unit, counted from 0; null for the one in the middle.
        model: the weights: "uniform", random and "linear", or with "relu".
        draws: of random weights, 1 to 1000.
        seed: of the random weights, 0 to 999999999.

    Returns:
        "influence": a .npy file, float32 [rows, columns], summing to 1; "rows" and "columns": its first and last
        pixels on the input; "spread": its standard deviations; "side" of the square that holds 95 % of it, and which
        "share" of the theoretical field, of "size", that is; "draws" made; "picture": a PNG file, white 0, black the
        most.

    Raises:
        ValueError: what is wrong, in one sentence.
    """
    analysed = AnalysedStack(_read(stack).layers, _size(height, width))
    depth, unit = _unit(analysed, layer, row, column)
    asked = STATE.check({"model": model, "draws": draws, "seed": seed}, ("model", "draws", "seed"))
    until, fields = time.monotonic() + _MOST_SECONDS, iter(analysed.plan_measurement(depth, unit, **asked))
    measured = next(fields)
    while time.monotonic() < until and (further := next(fields, None)):
        measured = further
    drawn = to_picture(measured.influence, display=ABSOLUTE)
    return {
        "influence": saved(save_array(np.float32(measured.influence), "influence.npy")),
        "rows": _ends(measured.rows),
        "columns": _ends(measured.columns),
        "spread": measured.spread,
        "side": measured.side,
        "share": measured.share,
        "size": analysed.fields[depth - 1].size,
        "draws": measured.draws,
        "picture": as_png(drawn.pictures[0], "influence"),
    }


def networks() -> list[dict]:
    """List the known networks, as stacks of their convolutions and poolings.

    Returns:
        For each network: "name", "note", "source", "stack" in one line, the number of its "layers", and the "size" of
        what a unit of the last one sees.
    """
    return [
        {
            "name": network.name,
            "note": network.note,
            "source": network.source,
            "stack": format_stack(network.layers),
            "layers": len(network.layers),
            "size": field_of(network.layers).size,
        }
        for network in NETWORKS.values()
    ]


def _read(stack: Any) -> StackReading:
    text = given_text(stack, "stack")
    return read_line(STACKS.get(text, text))


def _size(height: Any, width: Any) -> Pair:
    sides = _SIZE.check({"height": height, "width": width})
    return sides["height"], sides["width"]


def _unit(stack: AnalysedStack, layer: Any, row: Any, column: Any) -> tuple[int, Pair]:
    """Return the number of a layer, from 1, and the place of a unit on its map: the middle one if none is named.

    Raises:
        ValueError: there is no such layer or unit.
    """
    words = read_text("receptive")["api"]
    layer, count = STATE.check({"layer": layer}, ["layer"])["layer"], len(stack.layers)
    if layer > count:
        raise ValueError(words["no_layer"].format(layer=layer, count=count))
    depth = layer or count
    field, unit = stack.fields[depth - 1], read_unit([_whole(row), _whole(column)])
    if row is None and column is None:
        unit = nearest_unit(field, tuple((length - 1) / 2 for length in stack.input_size))
    elif unit is None:
        raise ValueError(words["no_unit"].format(row=row, column=column))
    return depth, unit


def _whole(number: Any) -> Any:
    """Return a whole number as int, however JSON writes it; anything else as it is."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _ends(pixels: range) -> tuple[int, int] | None:
    """Return the first and the last of some pixels; None if there are none."""
    return (pixels[0], pixels[-1]) if pixels else None


ENDPOINTS = (
    Endpoint(receptive_field, "field", 2),
    Endpoint(effective_field, "fields", 8, is_long=True),
    Endpoint(networks, "lists", 2),
)

"""How does the field grow from layer to layer, in a chart and in numbers?"""

from collections.abc import Sequence

from convdemo.chart import Line, draw_lines
from convdemo.numbers import format_number, grouped
from convdemo.receptive_field import AnalysedStack, format_stack
from convdemo.ui.parts.widgets import fill, read_text
from convdemo.ui.receptive.scene import Scene
from convdemo.ui.receptive.tell import tell_length, tell_size

INK, COLUMNS, SECOND, GREY = "#4f46e5", "#818cf8", "#64748b", "#94a3b8"


def draw_growth(scene: Scene) -> str:
    """Return how the field grows with the depth, the width that counts, the second stack, the photo's shorter side."""
    text, stack, compared = read_text("receptive")["chart"], scene.stack, scene.compared
    fields, side = stack.fields, min(scene.photo.size)
    square = all(field.size[0] == field.size[1] for field in fields)
    lines = [Line("", _curve([field.size[0] for field in fields]), INK)]
    legend = [(text["theory" if square else "rows"], INK, False)]
    if not square:
        lines.append(Line("", _curve([field.size[1] for field in fields]), COLUMNS))
        legend.append((text["columns"], COLUMNS, False))
    lines.append(Line("", _curve(stack.effective_widths), INK, is_dashed=True))
    legend.append((text["effective"], INK, True))
    if compared:
        lines.append(Line("", _curve([max(field.size) for field in compared.fields]), SECOND))
        legend.append((text["second"], SECOND, False))
    deepest = max(len(stack.layers), len(compared.layers) if compared else 0)
    beyond = next((at for at, field in enumerate(fields, start=1) if max(field.size) > side), None)
    if beyond or max(max(field.size) for field in fields) > 0.6 * side:
        lines.append(Line("", [(0, side), (deepest, side)], GREY, is_dashed=True))
        legend.append((text["photo"].format(side=grouped(side)), GREY, True))
    told = text["within"].format(
        layer=len(stack.layers), size=tell_size(fields[-1].size), effective=tell_length(stack.effective_widths[-1])
    )
    if beyond:
        told = f"{text['exceeds'].format(layer=beyond, side=grouped(side))} {told}"
    chart = draw_lines(lines, x_title=text["x"], y_title=text["y"], x_range=(0, deepest), log=False)
    return fill("receptive.growth", legend=legend, told=told) + chart


def _curve(widths: Sequence[float]) -> list[tuple[float, float]]:
    """Return points from a pixel of the photo, which sees itself, to the deepest layer."""
    return [(0, 1.0), *((layer, float(width)) for layer, width in enumerate(widths, start=1))]


def draw_table(scene: Scene) -> str:
    """Return the numbers of each layer as a table."""
    text = read_text("receptive")["layers"]
    rows = []
    for number, (layer, field) in enumerate(zip(scene.stack.layers, scene.stack.fields, strict=True), start=1):
        *looks, padding = format_stack([layer]).split(",")[:4]
        cells = [
            ", ".join([*looks, text["no_padding"] if padding == "0" else padding]),
            _one_or_two(field.size),
            _one_or_two(field.jump),
            _one_or_two(field.padding),
            ", ".join(format_number(place + 1) for place in field.centre()),
            tell_size(field.output_size),
            grouped(layer.weights),
        ]
        name = layer.name or text["pool" if layer.kind == "pooling" else "conv"]
        rows.append({"chosen": number == scene.depth, "name": name, "cells": cells})
    heads = [text[name] for name in ("looks", "size", "jump", "padding", "centre", "output", "weights")]
    return fill(
        "receptive.table", number=text["number"], title=text["name"], heads=heads, rows=rows, explain=text["explain"]
    )


def _one_or_two(numbers: tuple[int, int]) -> str:
    """Write one number for both axes where they are alike."""
    return tell_size(numbers if numbers[0] != numbers[1] else numbers[:1])


def stack_csv(stack: AnalysedStack) -> str:
    """Write the numbers of each layer as CSV, exactly."""
    lines = [",".join(read_text("receptive")["csv_columns"])]
    for number, (layer, field, spread) in enumerate(zip(stack.layers, stack.fields, stack.spreads, strict=True), 1):
        kernel, stride, dilation, padding = format_stack([layer]).split(",")[:4]
        # A program that opens the table must not take a name for a formula.
        name = layer.name.replace('"', '""')
        name = f"'{name}" if name[:1] in "=+-@\t\r" else name
        numbers = [*field.size, *field.jump, *field.padding, *field.centre(), *field.output_size, layer.weights]
        exact = [f"{value:.9g}" for value in (*numbers, *spread)]
        lines.append(",".join([str(number), f'"{name}"', layer.kind, kernel, stride, dilation, padding, *exact]))
    return "\n".join(lines) + "\n"


def compare(scene: Scene) -> str:
    """Return both stacks in numbers; "" without a second one."""
    if not scene.compared:
        return ""
    text = read_text("receptive")["comparison"]
    rows = []
    for name, stack in ((text["first"], scene.stack), (text["second"], scene.compared)):
        numbers = [tell_size(stack.fields[-1].size), grouped(stack.weights), tell_length(stack.effective_widths[-1])]
        rows.append({"chosen": False, "name": name, "cells": [str(len(stack.layers)), *numbers]})
    heads = [text[name] for name in ("layers", "field", "weights", "effective")]
    return fill("receptive.table", number=None, title=text["stack"], heads=heads, rows=rows, explain=text["explain"])

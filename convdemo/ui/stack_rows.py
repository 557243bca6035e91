"""A stack of layers as the rows of a table: from a line of text and back, and what the buttons below it do.

Rows are what was typed, understood or not; convdemo.stack_text says what they mean.
"""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from convdemo.receptive_field import MAX_LAYERS, Layer, StackError, format_stack, parse_layer
from convdemo.ui.widgets import ASSETS, read_text

Rows = list[list[str]]

_FIELDS = ("kernel", "stride", "dilation", "padding", "kind", "name")
COLUMNS = len(_FIELDS)


def rows_of(line: str) -> Rows:
    """Return a line as the rows of the table, whatever stands in it."""
    rows = []
    for part in line.replace("\n", ";").split(";")[: MAX_LAYERS + 1]:
        if part.strip():
            cells = [cell.strip()[:60] for cell in part.split(",", COLUMNS - 1)]
            cells += [""] * (COLUMNS - len(cells))
            cells[4] = cells[4] or "conv"
            rows.append(cells)
    return rows


def read_rows(table: Any) -> Rows:
    """Return the rows of the table as they were typed; rows with nothing in them are left out."""
    data = table.get("data") if isinstance(table, Mapping) else None
    rows = []
    for row in (data if isinstance(data, list) else [])[: MAX_LAYERS + 1]:
        cells = ["" if cell is None else str(cell).strip()[:60] for cell in (row if isinstance(row, list) else [])]
        if any(cells):
            rows.append((cells + [""] * COLUMNS)[:COLUMNS])
    return rows


def line_of(rows: Rows) -> str:
    """Return the rows in one line: in order where all are understood, else as they were typed."""
    try:
        return format_stack([_layer_of(row) for row in rows])
    except StackError:
        typed = (",".join(cell.replace(";", ",") for cell in row) for row in rows)
        return ";".join(row.removesuffix(",").removesuffix(",conv") for row in typed)


def show_rows(rows: Rows) -> Any:
    """Return an update of the table to these rows, with every cell marked that is not understood."""
    wrong = (ASSETS / "field_wrong.css").read_text(encoding="utf-8").strip()
    styles = []
    for row in rows:
        try:
            _layer_of(row)
            bad = None
        except StackError as error:
            bad = error.field or "name"
        styles.append([wrong if name == bad else "" for name in _FIELDS])
    return gr.update(
        value={"headers": read_text("receptive")["headers"], "data": rows, "metadata": {"styling": styles}}
    )


def change_rows(rows: Rows, action: str, at: int) -> tuple[Rows, int]:
    """Return the rows after a button was pressed, and where the chosen one stands now.

    Args:
        rows: the rows of the table; they stay as they are.
        action: "add", "duplicate", "remove", "up" or "down".
        at: the chosen row, from 0; 0 where there is none.
    """
    rows = list(rows)
    if action in ("add", "duplicate"):
        new = rows_of("3,1,1,SAME")[0] if action == "add" or not rows else list(rows[at])
        at = min(at + 1, len(rows))
        rows.insert(at, new)
    elif action == "remove":
        del rows[at : at + 1]
        at = max(min(at, len(rows) - 1), 0)
    elif rows:
        to = min(max(at + (-1 if action == "up" else 1), 0), len(rows) - 1)
        rows[at], rows[to] = rows[to], rows[at]
        at = to
    return rows, at


def _layer_of(row: list[str]) -> Layer:
    return parse_layer([*row[:4], row[4] or "conv", row[5]])

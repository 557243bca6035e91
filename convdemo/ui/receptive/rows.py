"""How does a stack of layers become the rows of a table, and a table a stack again?

Rows are what was typed, understood or not; convdemo.receptive_field.stack_text says what they mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import gradio as gr

from convdemo.receptive_field import MAX_LAYERS, Layer, StackError, format_stack, parse_layer
from convdemo.ui.parts.widgets import read_source, read_text

Row = Sequence[str]

_FIELDS = ("kernel", "stride", "dilation", "padding", "kind", "name")
COLUMNS = len(_FIELDS)


@dataclass(frozen=True)
class Rows:
    """The rows of the table; each of them is read once.

    Attributes:
        cells: the texts of each row, as they were typed.
    """

    cells: list[Row]

    @cached_property
    def read(self) -> list[Layer | StackError]:
        """What each row says, or what is wrong with it."""
        return [_read_row(row) for row in self.cells]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The stack.

        Raises:
            StackError: a row is not understood, or there is none. It names the layer.
        """
        if not self.cells:
            raise StackError(read_text("receptive")["empty"])
        for number, layer in enumerate(self.read, start=1):
            if isinstance(layer, StackError):
                raise layer.at(number)
        return tuple(self.read)

    @property
    def line(self) -> str:
        """The rows in one line: in order where all are understood, else as they were typed."""
        try:
            return format_stack(self.read)
        except StackError:
            typed = (",".join(cell.replace(";", ",") for cell in row) for row in self.cells)
            return ";".join(row.removesuffix(",").removesuffix(",conv") for row in typed)


def rows_of(line: str) -> Rows:
    """Return a line as the rows of the table, whatever stands in it."""
    rows = []
    for part in line.replace("\n", ";").split(";")[: MAX_LAYERS + 1]:
        if part.strip():
            cells = [cell.strip()[:60] for cell in part.split(",", COLUMNS - 1)]
            cells += [""] * (COLUMNS - len(cells))
            cells[4] = cells[4] or "conv"
            rows.append(cells)
    return Rows(rows)


def read_rows(table: Any) -> Rows:
    """Return the rows of the table as they were typed; rows with nothing in them are left out."""
    data = table.get("data") if isinstance(table, Mapping) else None
    rows = []
    for row in (data if isinstance(data, list) else [])[: MAX_LAYERS + 1]:
        cells = ["" if cell is None else str(cell).strip()[:60] for cell in (row if isinstance(row, list) else [])]
        if any(cells):
            rows.append((cells + [""] * COLUMNS)[:COLUMNS])
    return Rows(rows)


def show_rows(rows: Rows, *, are_understood: bool = False) -> Any:
    """Return an update of the table to these rows, with the first cell of each marked that is not understood.

    Args:
        rows: what is shown.
        are_understood: whether that is known already, so that no row has to be read.
    """
    wrong = read_source("receptive/wrong.css").strip()
    read = [None] * len(rows.cells) if are_understood else rows.read
    bad = [(layer.field or "name") if isinstance(layer, StackError) else None for layer in read]
    styles = [[wrong if name == field else "" for name in _FIELDS] for field in bad]
    headers = read_text("receptive")["headers"]
    return gr.update(value={"headers": headers, "data": rows.cells, "metadata": {"styling": styles}})


def change_rows(rows: Rows, action: str, at: int) -> tuple[Rows, int]:
    """Return the rows after a button was pressed, and where the chosen one stands now.

    Args:
        rows: the rows of the table; they stay as they are.
        action: "add", "duplicate", "remove", "up" or "down".
        at: the chosen row, from 0; 0 where there is none.
    """
    cells = list(rows.cells)
    if action in ("add", "duplicate"):
        new = rows_of("3,1,1,SAME").cells[0] if action == "add" or not cells else list(cells[at])
        at = min(at + 1, len(cells))
        cells.insert(at, new)
    elif action == "remove":
        del cells[at : at + 1]
        at = max(min(at, len(cells) - 1), 0)
    elif cells:
        to = min(max(at + (-1 if action == "up" else 1), 0), len(cells) - 1)
        cells[at], cells[to] = cells[to], cells[at]
        at = to
    return Rows(cells), at


def _read_row(row: Row) -> Layer | StackError:
    try:
        return parse_layer([*row[:4], row[4] or "conv", row[5]])
    except StackError as error:
        return error

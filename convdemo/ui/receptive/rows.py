"""How does a stack of layers become the rows of a table (table.js), and a table a stack again?

Rows are what was typed, understood or not; convdemo.receptive_field.stack_text says what they mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from convdemo.receptive_field import MAX_LAYERS, Layer, StackError, format_stack, parse_layer
from convdemo.ui.parts.widgets import read_text

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
    def wrong(self) -> list[tuple[int, int, str]]:
        """The first cell of each row that is not understood: its row and column, from 0, and what it says."""
        fields = [layer.field or "name" if isinstance(layer, StackError) else None for layer in self.read]
        places = [(row, _FIELDS.index(field)) for row, field in enumerate(fields) if field]
        return [(row, column, self.cells[row][column]) for row, column in places]

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
    """Return the table's value as it was typed; rows with nothing in them are left out."""
    rows = []
    for row in (table if isinstance(table, list) else [])[: MAX_LAYERS + 1]:
        cells = ["" if cell is None else str(cell).strip()[:60] for cell in (row if isinstance(row, list) else [])]
        if any(cells):
            rows.append((cells + [""] * COLUMNS)[:COLUMNS])
    return Rows(rows)


def _read_row(row: Row) -> Layer | StackError:
    try:
        return parse_layer([*row[:4], row[4] or "conv", row[5]])
    except StackError as error:
        return error

"""What a table is made of, whatever file it came in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

Cell = str | int | float | bool | datetime | date | time | timedelta | None
"""A cell as its file types it; a CSV knows texts only. An empty one is None."""

MOST_BYTES = 10_000_000
MOST_ROWS = 20_000
"""Rows with anything in them."""
MOST_COLUMNS = 200
MOST_SIGNS = 32_767
"""In one cell; Excel's own limit."""


class TableKind(StrEnum):
    """What kind of file a table came in."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, from the first column on; none behind the last that has something."""

    number: int
    """As a spreadsheet shows it: from 1, counting empty rows."""
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        """Return the cell of a column, counted from 0; None behind the end."""
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file that have anything in them, in their order."""

    rows: Sequence[Row]
    kind: TableKind
    sheet: str = ""
    """Which sheet was read; empty for CSV."""
    other_sheets: tuple[str, ...] = ()
    """Visible sheets with content that were not read."""

    @property
    def width(self) -> int:
        """How many columns the widest row has."""
        return max((len(row.cells) for row in self.rows), default=0)


def trim(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return the cells without blanks around texts and without empty ones at the end."""
    trimmed = [cell.strip() or None if isinstance(cell, str) else cell for cell in cells]
    while trimmed and trimmed[-1] is None:
        trimmed.pop()
    return tuple(trimmed)


def fill_down(rows: Sequence[Row], columns: Sequence[tuple[int, int, int]]) -> list[Row]:
    """Return the rows with merged cells filled: each shows what the first of them holds.

    Args:
        rows: in their order.
        columns: of each merged column of cells: first row, last row, column from 0.
    """
    filled = {row.number: index for index, row in enumerate(rows)}
    changed = list(rows)
    for first, last, column in columns:
        if first not in filled:
            continue
        above = changed[filled[first]].cell(column)
        for row in changed[filled[first] + 1 :]:
            if row.number > last:
                break
            index = filled[row.number]
            changed[index] = replace(row, cells=_with(row.cells, column, above))
    return changed


def _with(cells: tuple[Cell, ...], column: int, cell: Cell) -> tuple[Cell, ...]:
    wide = [*cells, *[None] * (column + 1 - len(cells))]
    wide[column] = cell
    return trim(wide)


def text_of(cell: Cell) -> str:
    """Return what a cell says as text: numbers without needless zeros, dates in ISO 8601."""
    match cell:
        case bool():
            text = "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004  # exact so far
            text = str(int(cell))
        case datetime() if (cell.hour, cell.minute, cell.second) == (0, 0, 0):
            text = cell.date().isoformat()
        case datetime():
            text = cell.isoformat(sep=" ", timespec="minutes")
        case _:
            text = "" if cell is None else str(cell)
    return text

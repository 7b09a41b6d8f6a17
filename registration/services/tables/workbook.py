"""Reading XLSX: the first visible sheet that has something, with the values last calculated."""

import io
import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from openpyxl.workbook import Workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import WorkSheetParser

from registration.errors import TableRefused
from registration.services.tables import packages
from registration.services.tables.cells import (
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_SIGNS,
    Cell,
    Row,
    Table,
    TableKind,
    fill_down,
    trim,
)
from registration.services.tables.refusals import Refusal, refused

VISIBLE = "visible"


def read(content: bytes) -> Table:
    """Return the rows of a workbook's first visible sheet with content.

    Cells keep the type that they have in the file; formulas give the value that was stored with
    them. Cells merged over several rows all have the value of the first.

    Raises:
        TableRefused: it is no plain workbook, or it is too large.
    """
    packages.check(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and features that we do not read
            workbook = load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
            return _first_filled(workbook)
    except TableRefused:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part leads it to
        raise refused(Refusal.UNREADABLE) from error


def _first_filled(workbook: Workbook) -> Table:
    sheets: list[Any] = [
        sheet
        for sheet in workbook.worksheets
        if isinstance(sheet, ReadOnlyWorksheet) and sheet.sheet_state == VISIBLE
    ]
    for index, sheet in enumerate(sheets):
        rows = _rows(workbook, sheet)
        if rows:
            others = tuple(
                str(other.title) for other in sheets[index + 1 :] if _is_filled(workbook, other)
            )
            return Table(tuple(rows), TableKind.XLSX, sheet=str(sheet.title), other_sheets=others)
    return Table((), TableKind.XLSX)


def _is_filled(workbook: Workbook, sheet: Any) -> bool:
    with sheet._get_source() as source:
        return any(True for _ in _read_rows(_parser(workbook, sheet, source)))


def _parser(workbook: Workbook, sheet: Any, source: Any) -> WorkSheetParser:
    """Return openpyxl's reader of rows, which unlike its sheets leaves gaps as gaps."""
    within: Any = workbook
    return WorkSheetParser(
        source,
        sheet._shared_strings,
        data_only=True,
        epoch=workbook.epoch,
        date_formats=within._date_formats,
        timedelta_formats=within._timedelta_formats,
    )


def _rows(workbook: Workbook, sheet: Any) -> list[Row]:
    rows: list[Row] = []
    with sheet._get_source() as source:
        parser = _parser(workbook, sheet, source)
        for row in _read_rows(parser):
            if len(rows) > MOST_ROWS:
                raise refused(Refusal.TOO_MANY_ROWS)
            rows.append(row)
    if any(below.number <= above.number for above, below in pairwise(rows)):
        raise refused(Refusal.UNREADABLE)
    return fill_down(rows, list(_merged_columns(parser)))


def _read_rows(parser: WorkSheetParser) -> Iterator[Row]:
    for number, found in parser.parse():
        cells: list[Cell] = []
        for each in found:
            value = _value(each["value"])
            if value is None:
                continue
            if each["column"] > MOST_COLUMNS:
                raise refused(Refusal.TOO_MANY_COLUMNS)
            cells += [None] * (each["column"] - len(cells))
            cells[each["column"] - 1] = value
        trimmed = trim(cells)
        if trimmed:
            yield Row(number, trimmed)


def _value(value: Any) -> Cell:
    if isinstance(value, str):
        if len(value) > MOST_SIGNS:
            raise refused(Refusal.LONG_CELL)
        return str(unescape(value)).strip() or None  # _x000D_ stands for a line break
    return value  # type: ignore[no-any-return]  # openpyxl makes numbers, dates and times


def _merged_columns(parser: WorkSheetParser) -> Iterator[tuple[int, int, int]]:
    """Return first row, last row and column (from 0) of the cells merged over several rows."""
    merged = parser.merged_cells
    for area in merged.mergeCell if merged is not None else ():
        if area.max_row > area.min_row and area.min_col <= MOST_COLUMNS:
            yield area.min_row, area.max_row, area.min_col - 1

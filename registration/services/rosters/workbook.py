"""A roster as XLSX: typed cells, no formulas, ready to filter and to print."""

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter
from flask_babel import gettext as _

from registration.languages import force_locale
from registration.services.papers.reading import streaming
from registration.services.rosters import answers, attendance
from registration.services.rosters.attendance import ARRIVED_AT

WIDTHS = (30, 22, 18, 12, 36, 28, 16, 20, 18, 12, 12, 8, 17, 16)
"""Of the columns, in letters."""
A4 = 9


def write(
    path: Path,
    *,
    event_id: uuid.UUID,
    alliance_id: int | None = None,
    locale: str,
    as_of: datetime,
    on_progress: Callable[[int], None],
) -> int:
    """Write the attendance list; return how many people are on it.

    Rows go to the disk as they come. Times are real times, in the event's zone; numbers and dates
    that people answer with are real as well. All else is text, also what looks like a formula.
    """
    occasion = attendance.occasion(event_id, locale=locale)
    words = attendance.words(event_id, locale=locale)
    columns = answers.columns(event_id, alliance_id)
    answer = answers.typed(locale)
    scratch_name = f"{path.name}."  # so that it is known whose it is if this worker dies
    with (
        TemporaryDirectory(prefix=scratch_name, dir=path.parent) as scratch,
        streaming() as connection,
    ):
        workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": scratch})
        workbook.set_properties(
            {
                "title": occasion.title,
                "author": occasion.organiser,
                "created": as_of.replace(tzinfo=None, microsecond=0),
            }
        )
        headers = [*attendance.headers(locale=locale), *columns.headers(locale)]
        sheet = _begin_sheet(workbook, occasion, locale, headers)
        day = workbook.add_format({"num_format": "dd.mm.yyyy", "align": "left"})
        moment = workbook.add_format({"num_format": "dd.mm.yyyy hh:mm", "align": "left"})
        count = 0
        for rows in attendance.chunks(connection, event_id, alliance_id):
            further = columns.cells(connection, rows, answer)
            for row, more in zip(rows, further, strict=True):
                count += 1
                cells = words.cells(row)
                arrived_at = cells[ARRIVED_AT]
                if arrived_at is not None:
                    cells[ARRIVED_AT] = arrived_at.astimezone(occasion.zone).replace(tzinfo=None)
                _write_row(sheet, count, cells, moment)
                _write_answers(sheet, count, more, day)
            on_progress(len(rows))
        sheet.autofilter(0, 0, max(count, 1), len(headers) - 1)
        workbook.close()
    return count


def _begin_sheet(
    workbook: Any, occasion: attendance.Occasion, locale: str, headers: Sequence[str]
) -> Any:
    with force_locale(locale):
        sheet = workbook.add_worksheet(_("Attendance"))
        footer = _("Page %(number)s of %(count)s", number="&P", count="&N")
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_header("&L" + occasion.title.replace("&", "&&")[:200])
    sheet.set_footer("&R" + footer)
    widths = (*WIDTHS, *(answers.WIDTH for _each in headers[len(WIDTHS) :]))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    head = workbook.add_format({"bold": True, "bottom": 1})
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, head)
    return sheet


def _write_row(sheet: Any, number: int, cells: list[Any], moment: Any) -> None:
    for column, cell in enumerate(cells):
        if column == ARRIVED_AT:
            if cell is not None:
                sheet.write_datetime(number, column, cell, moment)
        elif cell:
            sheet.write_string(number, column, cell)


def _write_answers(sheet: Any, number: int, cells: Sequence[Any], day: Any) -> None:
    for column, cell in enumerate(cells, start=len(WIDTHS)):
        if isinstance(cell, date):
            sheet.write_datetime(number, column, cell, day)
        elif isinstance(cell, int | float):
            sheet.write_number(number, column, cell)
        elif cell:
            sheet.write_string(number, column, cell)

"""A list as XLSX: typed cells, no formulas, ready to filter and to print."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from flask_babel import gettext as _

from registration.languages import force_locale, long_date, moment
from registration.services.papers.reading import streaming
from registration.services.rosters import COUNTS, PROOFS, catalogue, counts, kinds, words
from registration.services.rosters.columns import Column, Shape
from registration.services.rosters.reading import Progress, Reader
from registration.services.rosters.spec import Layout
from registration.services.rosters.wanted import Wanted
from registration.services.rosters.words import Cell, Occasion

A4 = 9
MOST_HEADER, MOST_FOOTER = 250, 220
"""Signs; Excel takes 255 in all, and a footer has the page numbers, too."""
MOST_TITLE = 110
"""Signs of the first line of a header; a second one says when and where."""
MOST_SHEET_NAME = 31
MOST_BREAKS = 1000
"""Excel takes 1,023 page breaks."""
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
PRINTED_TOO = 0
"""Gridlines that are hidden nowhere, so that there are lines to sign on."""
SIGNED_HEIGHT = 28.4
"""Of rows to be signed, in points: 10 mm."""


def write(path: Path, wanted: Wanted, *, as_of: datetime, on_progress: Progress) -> int:
    """Write a list; return how many people are on it.

    Rows go to the disk as they come. Times are real times, in the event's zone; numbers and dates
    that people answer with are real as well. All else is text, also what looks like a formula.
    """
    event_id, spec, locale = wanted.event_id, wanted.spec, wanted.locale
    occasion = words.occasion(event_id, locale=locale)
    with _workbook(path, occasion, as_of) as workbook:
        book = Book(workbook, occasion, wanted, as_of)
        if spec.kind in COUNTS:
            counted = counts.sections(event_id, spec, locale=locale, alliance_id=wanted.alliance_id)
            for section in counted.sections:
                book.add_counts(section)
            on_progress(counted.people)
            return counted.people
        reader = Reader(
            event_id=event_id,
            spec=spec,
            columns=catalogue.chosen(event_id, spec.in_files),
            words=words.for_people(event_id, locale=locale),
            alliance_id=wanted.alliance_id,
        )
        return book.add_people(reader, on_progress)


@contextmanager
def _workbook(path: Path, occasion: Occasion, as_of: datetime) -> Iterator[Any]:
    scratch_name = f"{path.name}."  # so that it is known whose it is if this worker dies
    with TemporaryDirectory(prefix=scratch_name, dir=path.parent) as scratch:
        workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": scratch})
        created = as_of.replace(tzinfo=None, microsecond=0)
        workbook.set_properties(
            {"title": occasion.title, "author": occasion.organiser, "created": created}
        )
        yield workbook
        workbook.close()


class Book:
    """A workbook that is being written."""

    def __init__(self, workbook: Any, occasion: Occasion, wanted: Wanted, as_of: datetime) -> None:
        """Begin with the formats that cells need."""
        self._workbook, self._occasion, self._as_of = workbook, occasion, as_of
        self._locale, self._handover = wanted.locale, wanted.handover
        self._title = kinds.title_of(wanted.spec, wanted.locale)
        self._is_proof = wanted.spec.kind in PROOFS
        self._head = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self._bold = workbook.add_format({"bold": True, "top": 1})
        self._formats = {
            Shape.DAY: workbook.add_format({"num_format": "dd.mm.yyyy", "align": "left"}),
            Shape.MOMENT: workbook.add_format({"num_format": "dd.mm.yyyy hh:mm", "align": "left"}),
        }
        self._names: set[str] = set()

    def add_people(self, reader: Reader, on_progress: Progress) -> int:
        """Write all people on one sheet; return how many they are."""
        columns = reader.columns
        sheet = self._sheet(
            self._title, [(each.title(self._locale), each.width) for each in columns]
        )
        write = _writer(sheet, columns, self._formats, self._occasion.zone)
        is_signed = reader.spec.layout == Layout.SIGNATURE
        if is_signed:
            sheet.hide_gridlines(PRINTED_TOO)
        count = 0
        with streaming() as connection:
            if reader.spec.new_page:
                sizes = [each.people for each in reader.groups(connection, locale=self._locale)]
                sheet.set_h_pagebreaks([end + 1 for end in accumulate(sizes[:-1])][:MOST_BREAKS])
            for chunk in reader.chunks(connection):
                for _id, cells in chunk:
                    count += 1
                    if is_signed:
                        sheet.set_row(count, SIGNED_HEIGHT)
                    write(count, cells)
                on_progress(len(chunk))
        sheet.autofilter(0, 0, max(count, 1), max(len(columns) - 1, 0))
        return count

    def add_counts(self, section: counts.Section) -> None:
        """Write one table of counts on a sheet of its own; its numbers are real ones."""
        widths = [40, *(15 for _each in section.heads[1:])]
        titles = [title for _code, title in section.heads]
        sheet = self._sheet(section.name, [*zip(titles, widths, strict=True)])
        rows = [
            *((row, None) for row in section.rows),
            *((row, self._bold) for row in section.totals),
        ]
        for number, (row, form) in enumerate(rows, start=1):
            sheet.write_string(number, 0, row.name, form)
            for column, value in enumerate(row.numbers, start=1):
                sheet.write_number(number, column, value, form)
        if section.has_bars:
            self._add_chart(sheet, section)

    def _add_chart(self, sheet: Any, section: counts.Section) -> None:
        """Draw who registered and who of them came, beside the numbers."""
        chart = self._workbook.add_chart({"type": "bar"})
        name, last = sheet.get_name(), len(section.rows)
        for column, colour in ((1, "#c8c8c8"), (2, "#333333")):
            chart.add_series(
                {
                    "name": [name, 0, column],
                    "categories": [name, 1, 0, last, 0],
                    "values": [name, 1, column, last, column],
                    "fill": {"color": colour},
                    "gap": 40,
                }
            )
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"major_gridlines": {"visible": False}})
        chart.set_legend({"position": "top"})
        chart.set_size({"width": 640, "height": 120 + 34 * last})
        sheet.insert_chart(1, len(section.heads) + 1, chart)

    def _sheet(self, title: str, heads: Sequence[tuple[str, int]]) -> Any:
        sheet = self._workbook.add_worksheet(self._sheet_name(title))
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(self._header())
        sheet.set_footer(self._footer())
        for column, (name, width) in enumerate(heads):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, self._head)
        return sheet

    def _header(self) -> str:
        occasion, title = self._occasion, f"{self._title} · {self._occasion.title}"
        with force_locale(self._locale):
            where = f"{long_date(occasion.held_on)} · {occasion.venue}"
        by = [occasion.organiser, occasion.programme_line] if self._is_proof else []
        where = " · ".join(filter(None, [where, *by]))
        first = _plain(title, MOST_TITLE)
        return f"&L{first}\n{_plain(where, MOST_HEADER - len(first))}"

    def _footer(self) -> str:
        with force_locale(self._locale):
            as_of = _("As of %(moment)s", moment=moment(self._as_of, self._occasion.zone))
            pages = _("Page %(number)s of %(count)s", number="&P", count="&N")
            room = MOST_FOOTER - len(as_of) - 3
            told = [as_of, self._handover.told(self._locale, most=room)]
        return f"&L{_plain(' · '.join(filter(None, told)), MOST_FOOTER)}&R{pages}"

    def _sheet_name(self, title: str) -> str:
        """Return a name that Excel takes, and no other sheet has."""
        name = NOT_IN_SHEET_NAMES.sub(" ", title)[:MOST_SHEET_NAME].strip() or "1"
        if name.casefold() in self._names or name.casefold() == "history":
            name = f"{name[: MOST_SHEET_NAME - 3]} {len(self._names) + 1}"
        self._names.add(name.casefold())
        return name


def _plain(text: str, most: int) -> str:
    """Return a text of so many signs for a header, where "&" begins a command."""
    return text.replace("&", "&&")[:most].rstrip("&")


def _writer(sheet: Any, columns: Sequence[Column], formats: Any, zone: ZoneInfo) -> Any:
    """Return what writes the cells of one row."""
    forms = [formats.get(column.shape) for column in columns]

    def write(number: int, cells: Sequence[Cell]) -> None:
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                if cell:
                    sheet.write_string(number, place, cell)
            elif isinstance(cell, datetime):
                local = cell.astimezone(zone).replace(tzinfo=None)
                sheet.write_datetime(number, place, local, forms[place] or formats[Shape.MOMENT])
            elif isinstance(cell, date):
                sheet.write_datetime(number, place, cell, forms[place])
            elif cell is not None:
                sheet.write_number(number, place, cell)

    return write

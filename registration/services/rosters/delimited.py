"""A list as CSV, in two forms: for programs, and for Excel as Germans use it."""

import csv
import io
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal

from registration.services.papers.reading import streaming
from registration.services.rosters import COUNTS, RosterFormat, catalogue, counts, words
from registration.services.rosters.columns import Column
from registration.services.rosters.reading import Progress, Reader
from registration.services.rosters.wanted import Wanted
from registration.services.rosters.words import Cell

FORMULA_SIGNS = frozenset("=+-@\t\r\n＝＋－＠")
"""A cell that begins with one of these may be a formula to a spreadsheet (OWASP, CSV injection)."""
ESCAPE = "'"
ESCAPED = re.compile(f"{ESCAPE}*[{''.join(sorted(FORMULA_SIGNS))}]".replace("-", r"\-"))
"""What is escaped once more: also what looks escaped, so that `plain` can tell."""
LINE_END = "\r\n"
"""RFC 4180 §2; with LF alone, Python would leave a CR inside a cell unquoted."""
FIRST_SIGNS = FORMULA_SIGNS | {ESCAPE}


def escaped(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, with all its letters."""
    if text and text[0] in FIRST_SIGNS and ESCAPED.match(text):
        return ESCAPE + text
    return text


def plain(cell: str) -> str:
    """Return the text that `escaped` was given."""
    return cell[1:] if cell[:1] == ESCAPE and ESCAPED.match(cell) else cell


@dataclass(frozen=True, kw_only=True)
class Form:
    """One way to write CSV."""

    mark: bytes
    """Before everything: by it, Excel knows UTF-8."""
    delimiter: str
    locale: str | None
    """None: for programs."""
    moment: Callable[[datetime], str]
    day: Callable[[date], str]
    number: Callable[[float], str]

    def heads(self, columns: Sequence[Column]) -> list[str]:
        """Return the first row."""
        if self.locale is None:
            return [column.code for column in columns]
        return [escaped(column.title(self.locale)) for column in columns]

    def cell(self, cell: Cell) -> str:
        """Return one cell; the sign of a number makes no formula."""
        if cell is None:
            return ""
        if isinstance(cell, str):
            return escaped(cell)
        if isinstance(cell, datetime):
            return self.moment(cell)
        return self.day(cell) if isinstance(cell, date) else self.number(cell)


def for_programs() -> Form:
    """Return the technical form: UTF-8, comma, codes, ISO 8601 in UTC."""
    return Form(
        mark=b"",
        delimiter=",",
        locale=None,
        moment=_in_utc,
        day=date.isoformat,
        number=str,
    )


def for_excel(event_id: uuid.UUID, *, locale: str) -> Form:
    """Return the form for Excel: UTF-8 with a mark, semicolon, dd.mm.yyyy HH:MM.

    Times are those of the event's zone.
    """
    zone = words.occasion(event_id, locale=locale).zone
    return Form(
        mark=b"\xef\xbb\xbf",
        delimiter=";",
        locale=locale,
        moment=lambda at: _as_germans_write(at.astimezone(zone)),
        day=lambda day: f"{day.day:02}.{day.month:02}.{day.year}",
        number=lambda value: format_decimal(
            str(value), locale=locale, decimal_quantization=False, group_separator=False
        ),
    )


OF_COUNTS = ("table", "row", "column", "people")
"""The columns of counts for programs."""


def _in_utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"


def _as_germans_write(at: datetime) -> str:
    # Three times as fast as strftime, which counts in 100,000 rows.
    return f"{at.day:02}.{at.month:02}.{at.year} {at.hour:02}:{at.minute:02}"


def write(path: Path, wanted: Wanted, *, as_of: datetime, on_progress: Progress) -> int:  # noqa: ARG001  # a CSV has no head to say it in
    """Write a list; return how many people are on it."""
    count = 0

    def counting(people: int) -> None:
        nonlocal count
        count += people
        on_progress(people)

    with path.open("wb") as file:
        file.writelines(stream(wanted, on_progress=counting))
    return count


def stream(wanted: Wanted, *, on_progress: Progress = lambda _people: None) -> Iterator[bytes]:
    """Return a list as CSV, piece by piece: first its head, then a chunk of people at a time.

    The head costs a few small queries, so the first piece is there at once however long the list.
    Needs the application's context until it is used up; reads what is there at one moment.
    """
    event_id, spec = wanted.event_id, wanted.spec
    is_for_programs = wanted.file_format == RosterFormat.CSV
    form = for_programs() if is_for_programs else for_excel(event_id, locale=wanted.locale)
    if spec.kind in COUNTS:
        yield form.mark or _rows(form, [OF_COUNTS])  # counting may take longer
        counted = counts.sections(
            event_id, spec, locale=wanted.locale, alliance_id=wanted.alliance_id
        )
        yield _rows(form, _counted(counted.sections, form))
        on_progress(counted.people)
        return
    columns = catalogue.chosen(event_id, spec.in_files)
    yield form.mark + _rows(form, [form.heads(columns)])
    said = words.for_programs(event_id) if is_for_programs else None
    reader = Reader(
        event_id=event_id,
        spec=spec,
        columns=columns,
        words=said or words.for_people(event_id, locale=wanted.locale),
        alliance_id=wanted.alliance_id,
    )
    cell = form.cell
    with streaming() as connection:
        for chunk in reader.chunks(connection):
            yield _rows(form, ([cell(each) for each in cells] for _id, cells in chunk))
            on_progress(len(chunk))


def _counted(sections: Sequence[counts.Section], form: Form) -> Iterator[list[Any]]:
    """Return counts: for people table after table, for programs one number a row."""
    for section in sections:
        rows = [*section.rows, *section.totals]
        if form.locale is not None:
            yield [escaped(title) for _code, title in section.heads]
            yield from ([escaped(row.name), *row.numbers] for row in rows)
            yield []
            continue
        for row in rows:
            named = zip(section.heads[1:], row.numbers, strict=True)
            name = escaped(row.code or row.name)
            yield from ([section.code, name, code, number] for (code, _title), number in named)


def _rows(form: Form, rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=form.delimiter, lineterminator=LINE_END).writerows(rows)
    return text.getvalue().encode()

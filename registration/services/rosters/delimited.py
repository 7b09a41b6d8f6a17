"""A roster as CSV, in two forms: for programs, and for Excel as Germans use it."""

import csv
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from registration.models.questions import Question, QuestionKind, Value
from registration.services.papers.reading import streaming
from registration.services.rosters import answers, attendance
from registration.services.rosters.attendance import ARRIVED_AT, Words

FORMULA_SIGNS = frozenset("=+-@\t\r")
"""A cell that begins with one of these may be a formula to a spreadsheet."""
ESCAPE = "'"
LINE_END = "\r\n"
"""RFC 4180 §2; with LF alone, Python would leave a CR inside a cell unquoted."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """One way to write CSV."""

    encoding: str
    delimiter: str
    headers: Sequence[str]
    words: Words
    moment: Callable[[datetime], str]
    question_headers: Callable[[answers.Columns], list[str]]
    answer: answers.Cell


def for_programs(event_id: uuid.UUID) -> Form:
    """Return the technical form: UTF-8, comma, codes, ISO 8601 in UTC."""
    return Form(
        encoding="utf-8",
        delimiter=",",
        headers=attendance.COLUMNS,
        words=attendance.codes(event_id),
        moment=_in_utc,
        question_headers=lambda columns: columns.names,
        answer=answers.code,
    )


def for_excel(event_id: uuid.UUID, *, locale: str) -> Form:
    """Return the form for Excel: UTF-8 with a mark, semicolon, dd.mm.yyyy HH:MM.

    Times are those of the event's zone.
    """
    zone = attendance.occasion(event_id, locale=locale).zone
    return Form(
        encoding="utf-8-sig",
        delimiter=";",
        headers=attendance.headers(locale=locale),
        words=attendance.words(event_id, locale=locale),
        moment=lambda at: _as_germans_write(at.astimezone(zone)),
        question_headers=lambda columns: [_escaped(each) for each in columns.headers(locale)],
        answer=answers.in_words(locale),
    )


def _in_utc(at: datetime) -> str:
    return at.isoformat(timespec="seconds")[:19] + "Z"


def _as_germans_write(at: datetime) -> str:
    # Three times as fast as strftime, which counts in 100,000 rows.
    return f"{at.day:02}.{at.month:02}.{at.year} {at.hour:02}:{at.minute:02}"


def write(
    path: Path,
    form: Form,
    *,
    event_id: uuid.UUID,
    alliance_id: int | None = None,
    on_progress: Callable[[int], None],
) -> int:
    """Write the attendance list; return how many people are on it."""
    count = 0
    columns = answers.columns(event_id, alliance_id)
    with path.open("w", encoding=form.encoding, newline="") as file, streaming() as connection:
        writer = csv.writer(file, delimiter=form.delimiter, lineterminator=LINE_END)
        writer.writerow([*form.headers, *form.question_headers(columns)])
        for rows in attendance.chunks(connection, event_id, alliance_id):
            further = columns.cells(connection, rows, partial(_answer, form))
            for row, more in zip(rows, further, strict=True):
                writer.writerow([*_cells(form, form.words.cells(row)), *more])
            count += len(rows)
            on_progress(len(rows))
    return count


def _cells(form: Form, cells: list[Any]) -> list[str]:
    if cells[ARRIVED_AT] is not None:
        cells[ARRIVED_AT] = form.moment(cells[ARRIVED_AT])
    return [_escaped(cell) for cell in cells]


def _escaped(cell: str) -> str:
    return ESCAPE + cell if cell and cell[0] in FORMULA_SIGNS else cell


def _answer(form: Form, question: Question, value: Value) -> str:
    """Write an answer; the sign of a number makes no formula."""
    text: str = form.answer(question, value)
    return text if question.kind == QuestionKind.NUMBER else _escaped(text)

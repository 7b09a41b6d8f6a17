"""The answers to an event's own questions, as further columns of the organisers' list."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from registration.models.questions import Question, QuestionKind, Value
from registration.services import questions
from registration.services.questions import setting

Cell = Callable[[Question, Value], Any]
"""Writes one answer."""

WIDTH = 24
"""Of a column in a workbook, in letters."""


@dataclass(frozen=True)
class Columns:
    """One column for each question that is asked, or was answered before it was removed."""

    questions: Sequence[Question] = ()

    @property
    def names(self) -> list[str]:
        """The headers for programs, as fields and imports name the questions."""
        return [f"q_{question.code}" for question in self.questions]

    def headers(self, locale: str) -> list[str]:
        """Return the headers for people."""
        return [question.title.in_locale(locale) for question in self.questions]

    def cells(
        self, connection: Connection, rows: Sequence[Row[Any]], cell: Cell
    ) -> Iterator[list[Any]]:
        """Return the further cells of each row, with one query for all of them.

        Args:
            connection: the one that the rows come from.
            rows: as `attendance.chunks` has them, with the registration's id last.
            cell: writes one answer; where there is none, the cell is "".
        """
        if not self.questions:
            yield from ([] for _ in rows)
            return
        answers = questions.answers_of([row[-1] for row in rows], connection=connection)
        for row in rows:
            told = answers.get(row[-1], {})
            yield [
                cell(question, told[question.id]) if question.id in told else ""
                for question in self.questions
            ]


def columns(event_id: uuid.UUID, alliance_id: int | None) -> Columns:
    """Return the columns of an event's list; that of one alliance has none of them."""
    if alliance_id is not None:
        return Columns()
    listed = questions.list_all(event_id)
    answered = setting.count_answers(event_id) if listed else {}
    return Columns([each for each in listed if each.removed_at is None or each.id in answered])


def code(_question: Question, value: Value) -> str:
    """Write an answer for programs."""
    return questions.codes(value)


def in_words(locale: str) -> Cell:
    """Return what writes answers for people who read a CSV: dates as dd.mm.yyyy."""

    def cell(question: Question, value: Value) -> str:
        if question.kind == QuestionKind.DATE:
            return f"{date.fromisoformat(str(value)):%d.%m.%Y}"
        return questions.words(question, value, locale)

    return cell


def typed(locale: str) -> Cell:
    """Return what writes answers for a workbook: numbers as numbers, dates as dates, else words."""

    def cell(question: Question, value: Value) -> Any:
        if question.kind == QuestionKind.NUMBER:
            return value
        if question.kind == QuestionKind.DATE:
            return date.fromisoformat(str(value))
        return questions.words(question, value, locale)

    return cell

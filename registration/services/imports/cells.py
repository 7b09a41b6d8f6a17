"""The cells of one row by what they hold, and what is wrong with them."""

from collections.abc import Mapping
from functools import cache
from typing import cast

from sqlalchemy import String

from registration.models.registrations import MOST_SUPPORT_NEEDS, Registration
from registration.services.imports.fields import Field
from registration.services.imports.layout import Column
from registration.services.imports.problems import Problem, problem
from registration.services.imports.words import FAULT, NOTHING
from registration.services.tables import Row, text_of
from registration.services.text import find_hidden, find_picture, tidy

WHOLE = (Field.FULL_NAME, Field.NAME_REVERSED)
SAID_BY: Mapping[str, tuple[Field, ...]] = {
    Field.GIVEN_NAME: WHOLE,
    Field.FAMILY_NAME: WHOLE,
    Field.TITLE: (Field.FAMILY_NAME, *WHOLE, Field.GIVEN_NAME),
    Field.SALUTATION: (Field.FAMILY_NAME, *WHOLE, Field.GIVEN_NAME),
}
"""Columns that may say what has no column of its own."""


class Cells:
    """One row of a list while it is being read."""

    def __init__(self, row: Row, columns: Mapping[str, Column]) -> None:
        """``columns`` by what they hold."""
        self.row = row.number
        self._problems: list[Problem] = []
        self._columns = columns
        self._texts = {
            code: _meant(text_of(row.cell(column.index))) for code, column in columns.items()
        }
        self.is_blank = not any(self._texts.values())
        for code, text in self._texts.items():
            if text.startswith("#") and FAULT.fullmatch(text):
                self.note(code, "cell_error")
                self._texts[code] = ""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, in the order of the columns."""
        order = {column.header: column.index for column in self._columns.values()}
        return tuple(sorted(self._problems, key=lambda each: order.get(each.column or "", -1)))

    def text(self, code: str, *, lines: bool = False) -> str:
        """Return what the row says there, tidied; a single line unless there may be several."""
        said = self._texts.get(code)
        if not said:
            return ""
        text = tidy(said)
        return text if lines else " ".join(text.split("\n"))

    def has(self, code: str) -> bool:
        """Return whether the list has a column for it."""
        return code in self._columns

    def header(self, code: str) -> str | None:
        """Return the header of the column that says it."""
        codes = (code, *SAID_BY.get(code, ()))
        return next((self._columns[each].header for each in codes if each in self._columns), None)

    def note(self, where: str, what: str, **filling: object) -> None:
        """Note a problem; of several in one cell only the first.

        That a column is missing which is needed is told once, and not for each row.
        """
        if what == "required" and self.header(where) is None:
            return
        self._add(problem(what, row=self.row, column=self.header(where), **filling))

    def refuse(self, code: str, what: str, message: str) -> None:
        """Note a problem that has its own sentence."""
        self._add(Problem(self.row, self.header(code), what, message))

    def _add(self, found: Problem) -> None:
        if found.column is None or all(each.column != found.column for each in self._problems):
            self._problems.append(found)

    def refuse_choice(self, code: str, offered: str) -> None:
        """Note that the cell says none of what is offered there."""
        self.note(code, "not_offered", text=self.text(code), offered=offered)

    def check(self, code: str, text: str, *, lines: bool = False) -> str:
        """Return the text, and note what a list, a mail or a badge could not carry."""
        if not text:
            return ""
        limit = limit_of(code)
        if len(text) > limit:
            self.note(code, "too_long", limit=limit, length=len(text))
        elif hidden := find_hidden(text, lines=lines):
            self.note(code, "hidden", code=f"U+{ord(hidden):04X}")
        elif picture := find_picture(text):
            self.note(code, "picture", sign=picture)
        return text


@cache
def limit_of(code: str) -> int:
    """Return how many characters a field takes: as many as its column."""
    if code == Field.SUPPORT_NEEDS:
        return MOST_SUPPORT_NEEDS
    return cast(String, getattr(Registration, code).type).length or 0


def _meant(text: str) -> str:
    """Return the text of a cell; "" also for what people write when nothing is there."""
    return "" if text.lower() in NOTHING else text

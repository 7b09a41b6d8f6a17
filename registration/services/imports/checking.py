"""Checking a list, row by row and cell by cell, by the same rules as the form."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from registration import languages
from registration.models.questions import Value
from registration.services.events import Prospectus
from registration.services.imports import fields, known
from registration.services.imports.bounds import Bounds
from registration.services.imports.fields import Field
from registration.services.imports.layout import Layout, lay_out
from registration.services.imports.problems import Problem, problem
from registration.services.imports.reading import Reader
from registration.services.quotas import Room, list_quotas
from registration.services.registrations import Wish
from registration.services.registrations.registering import address_key_of
from registration.services.tables import Row, Table

BETWEEN_REPORTS = 200
"""Rows."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One person of a list."""

    row: int
    wish: Wish | None
    """None if something is wrong with the row."""
    answers: Mapping[int, Value]
    """To the event's own questions, by their ids."""
    problems: tuple[Problem, ...]
    done: uuid.UUID | None = None
    """The registration that this row has made before, if it has."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A list, and what is wrong with it."""

    bounds: Bounds
    list_id: str
    layout: Layout
    entries: tuple[Entry, ...]
    missing: tuple[Problem, ...]
    """Columns without which nobody can be registered."""

    @property
    def good(self) -> tuple[Entry, ...]:
        """Those that can be taken over."""
        return tuple(entry for entry in self.entries if entry.wish is not None)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong, in the order of the rows."""
        return (*self.missing, *(each for entry in self.entries for each in entry.problems))


def check(
    table: Table,
    bounds: Bounds,
    *,
    list_id: str,
    chosen: Mapping[int, str] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Checked:
    """Check a list against the form's rules, itself, who is registered, and the places.

    Nothing is written; places are counted as they are now, row by row.

    Args:
        table: the list.
        bounds: whose it is.
        list_id: names the list; what it made before is known again by it.
        chosen: what columns hold by the reader's own word, by index.
        on_progress: is called with the number of rows just checked.
    """
    layout = layout_of(table, bounds, chosen=chosen)
    checker = _Checker(layout, bounds, list_id)
    entries = []
    for number, row in enumerate(layout.rows, 1):
        entry = checker.entry(row)
        if entry is not None:
            entries.append(entry)
        if on_progress is not None and number % BETWEEN_REPORTS == 0:
            on_progress(BETWEEN_REPORTS)
    return Checked(
        bounds=bounds,
        list_id=list_id,
        layout=layout,
        entries=tuple(entries),
        missing=checker.missing,
    )


def layout_of(table: Table, bounds: Bounds, *, chosen: Mapping[int, str] | None = None) -> Layout:
    """Return what the columns of a list hold, without checking its rows; as for `check`."""
    return lay_out(table, bounds.prospectus.questions, chosen=chosen)


class _Checker:
    """Checks rows in their order."""

    def __init__(self, layout: Layout, bounds: Bounds, list_id: str) -> None:
        self._reader = Reader(layout, bounds)
        self._bounds = bounds
        self._list_id = list_id
        self._known = known.load(bounds, list_id, [row.number for row in layout.rows])
        self._room = _room(bounds.prospectus)
        self.missing = _missing(layout, bounds)

    def entry(self, row: Row) -> Entry | None:
        """Return the person of a row; None if it names nothing that is taken over."""
        key = known.key_of(self._list_id, row.number)
        read = self._reader.read(row, idempotency_key=key)
        if read is None:
            return None
        done = self._known.done.get(row.number)
        problems = tuple(read.problems)
        if read.wish is not None:
            problems = tuple(self._collisions(row.number, read.wish, is_done=done is not None))
        if problems or self.missing:
            return Entry(row=row.number, wish=None, answers={}, problems=problems, done=done)
        return Entry(row=row.number, wish=read.wish, answers=read.answers, problems=(), done=done)

    def _collisions(self, row: int, wish: Wish, *, is_done: bool) -> Sequence[Problem]:
        """Return what keeps a person out who is right by themself: others, or too few places."""
        event = self._bounds.prospectus.event
        code, first = self._known.seen(wish.person, wish.alliance_id, row=row)
        column = self._reader.header(Field.FAMILY_NAME, Field.FULL_NAME, Field.NAME_REVERSED)
        key = address_key_of(event, wish.person.email)
        if not code and key is not None:
            code = "address_taken" if key in self._known.addresses else ""
            column = self._reader.header(Field.EMAIL) if code else column
            self._known.addresses.add(key)
        if code and not (is_done and code != "duplicate_row"):
            return [problem(code, row=row, column=column, first=first)]
        scope = (wish.alliance_id, wish.role_ids)
        if not is_done and self._room.take_all([scope]) is not None:
            return [full(row, self._reader.header(Field.ROLE))]
        return ()


def full(row: int, column: str | None) -> Problem:
    """Return the problem that a quota has no place for a row."""
    return problem("quota_exhausted", row=row, column=column)


def _room(prospectus: Prospectus) -> Room:
    return Room(
        {
            (quota.alliance_key, quota.role_key): (quota.id, quota.free)
            for quota in list_quotas(prospectus.event.id)
        }
    )


def _missing(layout: Layout, bounds: Bounds) -> tuple[Problem, ...]:
    """Return the columns that are needed and that no header names, or that there is no header."""
    if layout.is_headless:
        return (problem("header_missing", row=layout.header_row, column=None),)
    whole = layout.find(Field.FULL_NAME, Field.NAME_REVERSED)
    missing = [
        field
        for field in (Field.GIVEN_NAME, Field.FAMILY_NAME)
        if whole is None and layout.find(field) is None
    ]
    office = bounds.alliance.office_email if bounds.alliance else ""
    if layout.find(Field.EMAIL) is None and not office:
        missing.append(Field.EMAIL)
    if layout.find(Field.ROLE) is None and bounds.default_role is None:
        missing.append(Field.ROLE)
    return tuple(
        problem(
            "column_missing",
            row=layout.header_row,
            column=fields.title_of(field),
            field=fields.title_of(field),
        )
        for field in missing
    )


def unanswered(checked: Checked) -> Sequence[str]:
    """Return the titles of required questions for which the list has no column.

    They keep nobody out: the link in their mail lets people answer.
    """
    codes = {column.code for column in checked.layout.taken}
    return [
        languages.in_language(question.title)
        for question in checked.bounds.prospectus.questions
        if question.is_required and f"{fields.QUESTION}{question.code}" not in codes
    ]


def summary(checked: Checked, *, applied: int, problems: Sequence[Problem]) -> Mapping[str, int]:
    """Return rows, good, applied and errors, as scripts and jobs tell them."""
    return {
        "rows": len(checked.entries),
        "good": len(checked.good),
        "applied": applied,
        "errors": len(problems),
    }

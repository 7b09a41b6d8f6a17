"""Lists in memory, as plain texts: for pages that are printed, and for what is sent to others."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from babel.numbers import format_decimal

from registration.services.papers.reading import streaming
from registration.services.rosters import COUNTS, catalogue, counts, kinds, words
from registration.services.rosters.columns import Column, Shape
from registration.services.rosters.reading import Reader
from registration.services.rosters.spec import Spec
from registration.services.rosters.words import Cell, Occasion


@dataclass(frozen=True, kw_only=True)
class Head:
    """A column of a table: its code, its name for people, and what its cells look like."""

    code: str
    title: str
    shape: Shape = Shape.TEXT


@dataclass(frozen=True)
class Line:
    """One row of a table."""

    cells: Sequence[str]
    """Ready to be shown; a box's is "x" where it is ticked."""
    registration_id: uuid.UUID | None = None
    """Whom it is about; None in tables of counts."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows that stand together under a name."""

    name: str
    colour: str | None = None
    heads: Sequence[Head]
    lines: Sequence[Line]
    totals: Sequence[Line] = ()
    """Sums of the lines, which stand below them."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One list, whole."""

    title: str
    occasion: Occasion
    as_of: datetime
    people: int
    groups: Sequence[Group]
    heads: Sequence[Head] = field(default=())
    """Of all groups, where they are the same; else each has its own."""
    new_page: bool = False


def table(
    event_id: uuid.UUID,
    spec: Spec,
    *,
    locale: str,
    as_of: datetime,
    alliance_id: int | None = None,
    most: int | None = None,
    on_paper: bool = True,
) -> Table:
    """Return a list as plain texts, with what it has on paper or, if not so, in files.

    Args:
        event_id: whose list.
        spec: which list.
        locale: the language of words, dates and headers.
        as_of: the moment that the list says it was made.
        alliance_id: only the people of this alliance.
        most: at most so many people; `Table.people` says how many there are.
        on_paper: the columns as on paper, else all that files have.
    """
    occasion = words.occasion(event_id, locale=locale)
    heads: Sequence[Head] = ()
    if spec.kind in COUNTS:
        counted = counts.sections(event_id, spec, locale=locale, alliance_id=alliance_id)
        people, groups = counted.people, [_counted(section) for section in counted.sections]
    else:
        columns = catalogue.chosen(event_id, spec.on_paper if on_paper else spec.in_files)
        heads = _heads(columns, locale)
        reader = Reader(
            event_id=event_id,
            spec=spec,
            columns=columns,
            words=words.for_people(event_id, locale=locale),
            alliance_id=alliance_id,
            is_named=True,
        )
        people, groups = _grouped(reader, heads, Plain(occasion, locale), most=most)
    return Table(
        title=kinds.title_of(spec, locale),
        occasion=occasion,
        as_of=as_of,
        people=people,
        groups=groups,
        heads=heads,
        new_page=spec.new_page,
    )


def _heads(columns: Sequence[Column], locale: str) -> Sequence[Head]:
    return [Head(code=each.code, title=each.title(locale), shape=each.shape) for each in columns]


def _counted(section: counts.Section) -> Group:
    heads = [
        Head(code=code, title=title, shape=Shape.NUMBER if place else Shape.TEXT)
        for place, (code, title) in enumerate(section.heads)
    ]
    lines, totals = _counts(section.rows), _counts(section.totals)
    return Group(name=section.name, heads=heads, lines=lines, totals=totals)


def _counts(rows: Sequence[counts.Count]) -> Sequence[Line]:
    return [Line([row.name, *(f"{number}" for number in row.numbers)]) for row in rows]


def _grouped(
    reader: Reader, heads: Sequence[Head], plain: "Plain", *, most: int | None
) -> tuple[int, list[Group]]:
    with streaming() as connection:
        found = reader.groups(connection, locale=plain.locale)
        every = (line for chunk in reader.chunks(connection) for line in chunk)
        lines = islice(every, most)
        groups = []
        for group in found:
            shown = [
                Line(plain.texts(reader.columns, cells), registration_id)
                for registration_id, cells in islice(lines, group.people)
            ]
            if shown:
                groups.append(Group(name=group.name, colour=group.colour, heads=heads, lines=shown))
        every.close()
    return sum(group.people for group in found), groups


@dataclass(frozen=True)
class Plain:
    """Writes cells as people read them in one language, in the event's time zone."""

    occasion: Occasion
    locale: str

    def texts(self, columns: Sequence[Column], cells: Sequence[Cell]) -> list[str]:
        """Return the texts of one person's cells."""
        return [
            self.text(cell) if column.shape != Shape.BOX else ("x" if cell else "")
            for column, cell in zip(columns, cells, strict=True)
        ]

    def text(self, cell: Cell) -> str:
        """Return the text of one cell: of a moment on the day of the event only its time."""
        if isinstance(cell, str):
            return cell
        if cell is None:
            return ""
        if isinstance(cell, datetime):
            return self._moment(cell.astimezone(self.occasion.zone))
        if isinstance(cell, date):
            return f"{cell.day:02}.{cell.month:02}.{cell.year}"
        return format_decimal(str(cell), locale=self.locale, decimal_quantization=False)

    def _moment(self, local: datetime) -> str:
        clock = f"{local.hour:02}:{local.minute:02}"
        if local.date() == self.occasion.held_on:
            return clock
        day = f"{local.day:02}.{local.month:02}."
        return (
            f"{day} {clock}" if local.year == self.occasion.held_on.year else f"{day}{local.year}"
        )

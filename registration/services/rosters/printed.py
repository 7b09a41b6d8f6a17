"""A roster as PDF: A4 portrait, by alliance, with a box to tick for each person."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Row

from registration.languages import force_locale, long_date, moment
from registration.services.papers import colours
from registration.services.papers.documents import MM, About, Document, Page
from registration.services.papers.fonts import Font, bold, printable, regular, semibold
from registration.services.papers.reading import streaming
from registration.services.papers.typesetting import Steps, cut, fit
from registration.services.rosters import attendance
from registration.services.rosters.attendance import COLUMNS, Group, Occasion, Words
from registration.services.rosters.layout import (
    HEADING,
    HEIGHT,
    LEFT,
    RIGHT,
    ROW,
    WIDTH,
    Place,
    count_pages,
    places,
)

NAME, ORGANISATION, ROLE, ARRIVED = 28.0, 96.0, 149.0, 178.0
"""Where the columns begin, in millimetres."""
BOX = 4.6
NAME_STEPS = ((10.5, 1), (9.5, 1), (8.5, 2), (7, 3))
OTHER_STEPS = ((9, 1), (8, 2), (7, 3))
LEADING = 1.12
TICK = "q 1 0 0 1 %.2f %.2f cm 0 G 1.6 w 1 J 2.6 6.6 m 5.4 3.4 l 10.8 10.4 l S Q"
"""A tick for the box whose lower left corner is given."""
FINE, HAIR, PALE = 0.6, 0.3, 0.7
"""Thickness of lines in points, and the grey of hairlines."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What the list says besides its rows, in printable letters of one language."""

    name: str
    event: str
    where_and_when: str
    as_of: str
    columns: tuple[str, str, str, str]
    groups: Sequence[tuple[str, str | None, str]]
    """Of each group: its name, its colour and how many people it has."""
    continued: str
    total: str
    pages: Sequence[str]


def write(path: Path, wanted: Any, *, as_of: datetime, on_progress: Callable[[int], None]) -> int:
    """Write the attendance list; return how many people are on it."""
    event_id, alliance_id, locale = wanted.event_id, wanted.alliance_id, wanted.locale
    occasion = attendance.occasion(event_id, locale=locale)
    words = attendance.words(event_id, locale=locale)
    with path.open("wb") as file, streaming() as connection:
        groups = attendance.groups(connection, event_id, alliance_id)
        with force_locale(locale):
            wording = _wording(occasion, groups, locale=locale, as_of=as_of)
        about = About(
            title=f"{wording.name}: {wording.event}",
            author=occasion.organiser,
            language=locale,
            created_at=as_of,
        )
        document = Document(file, size=(WIDTH * MM, HEIGHT * MM), about=about)
        people = _people(attendance.chunks(connection, event_id, alliance_id), words, on_progress)
        placed = places([group.people for group in groups])
        for number, on_page in groupby(placed, key=lambda place: place.page):
            page = Page(document)
            _draw_frame(page, wording, number)
            for place in on_page:
                if place.is_heading:
                    _draw_heading(page, wording, place)
                else:
                    _draw_person(page, occasion, next(people), place.top)
            document.add(page)
        next(people, None)  # there is none; this reports the last progress
        if not groups:
            page = Page(document)
            _draw_frame(page, wording, 1)
            document.add(page)
        document.close()
    return sum(group.people for group in groups)


def _people(
    chunks: Iterable[Sequence[Row[Any]]],
    words: Words,
    on_progress: Callable[[int], None],
) -> Iterator[dict[str, Any]]:
    for rows in chunks:
        for row in rows:
            yield dict(zip(COLUMNS, words.cells(row), strict=True))
        on_progress(len(rows))


def _wording(
    occasion: Occasion, groups: Sequence[Group], *, locale: str, as_of: datetime
) -> Wording:
    day, as_of_moment = long_date(occasion.held_on), moment(as_of, occasion.zone)
    pages = count_pages([group.people for group in groups])
    people, arrived = sum(group.people for group in groups), sum(group.arrived for group in groups)
    return Wording(
        name=printable(_("Attendance list")),
        event=printable(occasion.title),
        where_and_when=printable(f"{day} · {occasion.venue}"),
        as_of=printable(_("As of %(moment)s", moment=as_of_moment)),
        columns=(
            printable(_("Name")),
            printable(_("Organisation")),
            printable(_("Role")),
            printable(_("Arrived at")),
        ),
        groups=[
            (
                printable(group.name or _("Without an alliance")),
                group.colour,
                _in_numbers(group.people, group.arrived, locale),
            )
            for group in groups
        ],
        continued=printable(_("(continued)")),
        total=_in_numbers(people, arrived, locale) if people else _("Nobody is on this list yet."),
        pages=[
            printable(_("Page %(number)s of %(count)s", number=number, count=pages))
            for number in range(1, pages + 1)
        ],
    )


def _in_numbers(people: int, arrived: int, locale: str) -> str:
    """Return "1,234 people, 400 arrived"."""
    return printable(
        ngettext(
            "%(people)s person, %(arrived)s arrived",
            "%(people)s people, %(arrived)s arrived",
            people,
            people=format_decimal(people, locale=locale),
            arrived=format_decimal(arrived, locale=locale),
        )
    )


def _draw_frame(page: Page, wording: Wording, number: int) -> None:
    """Draw the head, the columns' names and the foot."""
    page.ink(*colours.BLACK)
    page.text(LEFT * MM, 280 * MM, wording.name, bold(), 17)
    event = cut(wording.event, semibold(), 10.5, (RIGHT - LEFT) * MM)
    page.text(LEFT * MM, 273.5 * MM, event, semibold(), 10.5)
    page.ink(*colours.MUTED)
    page.text(LEFT * MM, 268.5 * MM, wording.where_and_when, regular(), 9)
    _draw_right(page, 280, wording.as_of, 9)
    for x, header in zip((NAME, ORGANISATION, ROLE, ARRIVED), wording.columns, strict=True):
        page.text(x * MM, 261.5 * MM, header, regular(), 8)
    page.text(LEFT * MM, 12 * MM, wording.total, regular(), 9)
    _draw_right(page, 12, wording.pages[number - 1], 9)
    page.ink(*colours.BLACK)
    page.pen(0)
    page.line(LEFT * MM, 259.8 * MM, RIGHT * MM, 259.8 * MM, FINE)


def _draw_heading(page: Page, wording: Wording, place: Place) -> None:
    name, colour, numbers = wording.groups[place.group]
    baseline = (place.top - HEADING) * MM + 9
    x = LEFT * MM
    page.pen(0)
    if colour:
        page.ink(*colours.parse(colour))
        page.dot(x + 4, baseline + 4, 4)
        x += NAME * MM - LEFT * MM
    page.ink(*colours.MUTED)
    room = _draw_right(page, baseline / MM, numbers, 9) - x - 12
    if place.is_continued:
        room -= regular().width(wording.continued, 9) + 5
    name = cut(name, bold(), 12, room)
    if place.is_continued:
        after = x + bold().width(name, 12) + 5
        page.text(after, baseline, wording.continued, regular(), 9)
    page.ink(*colours.BLACK)
    page.text(x, baseline, name, bold(), 12)
    page.line(LEFT * MM, baseline - 6, RIGHT * MM, baseline - 6, HAIR)


def _draw_person(page: Page, occasion: Occasion, person: dict[str, Any], top: float) -> None:
    middle = (top - ROW / 2) * MM
    called = f"{person['title']} {person['given_name']}".strip()
    name = f"{person['family_name']}, {called}"
    _draw_cell(page, NAME, ORGANISATION, middle, name, semibold(), NAME_STEPS)
    _draw_cell(page, ORGANISATION, ROLE, middle, person["organisation"], regular(), OTHER_STEPS)
    _draw_cell(page, ROLE, ARRIVED, middle, person["role"], regular(), OTHER_STEPS)
    box = LEFT * MM, middle - BOX / 2 * MM
    page.pen(0)
    page.frame(*box, BOX * MM, BOX * MM, FINE)
    arrived_at = person["arrived_at"]
    if arrived_at is not None:
        page.draw(TICK % box)
        local = arrived_at.astimezone(occasion.zone)
        shown = f"{local:%H:%M}" if local.date() == occasion.held_on else f"{local:%d.%m. %H:%M}"
        page.text(ARRIVED * MM, middle - 3, shown, regular(), 9)
    page.pen(PALE)
    page.line(LEFT * MM, (top - ROW) * MM, RIGHT * MM, (top - ROW) * MM, HAIR)


def _draw_cell(
    page: Page, left: float, right: float, middle: float, text: str, font: Font, steps: Steps
) -> None:
    """Write a text in a column, its lines about ``middle``."""
    lines, size = fit(printable(text), font, (right - left - 3) * MM, steps)
    baseline = middle + (len(lines) - 1) * size * LEADING / 2 - size * 0.33
    for number, line in enumerate(lines):
        page.text(left * MM, baseline - number * size * LEADING, line, font, size)


def _draw_right(page: Page, y: float, text: str, size: float) -> float:
    """Write a text that ends at the right edge; return where it begins, in points."""
    x = RIGHT * MM - regular().width(text, size)
    page.text(x, y * MM, text, regular(), size)
    return x

"""What is on every page of a printed list: its head and its foot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import ngettext

from registration.languages import long_date, moment
from registration.services.papers import colours
from registration.services.papers.fonts import bold, printable, regular, semibold
from registration.services.papers.pages import MM, Page
from registration.services.papers.typesetting import cut, wrap
from registration.services.rosters import PROOFS, RosterKind
from registration.services.rosters.printed.layout import LEFT, LINE, Number, Sheet
from registration.services.rosters.wanted import Wanted
from registration.services.rosters.words import Occasion

FINE, HAIR = 0.6, 0.3
"""Thickness of lines, in points."""
PALE = 0.7
"""The grey of hairlines."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a list says besides its rows, in printable letters of one language."""

    title: str
    event: str
    lines: Sequence[str]
    """Of the head, below the event."""
    as_of: str
    notes: Sequence[str]
    """Of the foot, above the number of people."""
    page: str
    """With ``{number}`` and ``{count}``."""


def wording(
    wanted: Wanted, occasion: Occasion, *, title: str, as_of: datetime, width: float
) -> Wording:
    """Return what a list says, in the present language; ``width`` is the head's, in millimetres."""
    lines = [f"{long_date(occasion.held_on)} · {occasion.venue}"]
    if wanted.spec.kind in PROOFS:
        lines.append(_("Organised by %(organiser)s", organiser=occasion.organiser))
        lines += [occasion.programme_line] if occasion.programme_line else []
    if wanted.spec.kind == RosterKind.PRESS:
        lines.append(_("Photos only of those who said yes."))
    told = wanted.handover.told(wanted.locale)
    lines += [told] if told else []
    notes = []
    if wanted.spec.kind == RosterKind.SECURITY or wanted.handover:
        notes = [_("Confidential: only for this purpose, not to be passed on.")]
    as_of_moment = moment(as_of, occasion.zone)
    return Wording(
        title=printable(title),
        event=printable(occasion.title),
        lines=[each for line in lines for each in wrap(printable(line), regular(), 9, width * MM)],
        as_of=printable(_("As of %(moment)s", moment=as_of_moment)),
        notes=[printable(note) for note in notes],
        page=printable(_("Page %(number)s of %(count)s", number="{number}", count="{count}")),
    )


def in_numbers(people: int, arrived: int | None, locale: str) -> str:
    """Return "1,234 people, 400 arrived", in printable letters of the present language."""
    said = format_decimal(people, locale=locale)
    if arrived is None:
        return printable(ngettext("%(people)s person", "%(people)s people", people, people=said))
    return printable(
        ngettext(
            "%(people)s person, %(arrived)s arrived",
            "%(people)s people, %(arrived)s arrived",
            people,
            people=said,
            arrived=format_decimal(arrived, locale=locale),
        )
    )


def draw(page: Page, sheet: Sheet, wording: Wording, *, number: Number, total: str) -> None:
    """Draw head and foot of one page; ``total`` stands in the foot."""
    height, room = sheet.height, (sheet.right - LEFT) * MM
    page.begin("H1")
    page.ink(*colours.BLACK)
    as_of = regular().width(wording.as_of, 9)
    title = cut(wording.title, bold(), 17, room - as_of - 12)
    page.text(LEFT * MM, (height - 17) * MM, title, bold(), 17)
    page.begin("P")
    page.text(
        LEFT * MM,
        (height - 23.5) * MM,
        cut(wording.event, semibold(), 10.5, room),
        semibold(),
        10.5,
    )
    page.ink(*colours.MUTED)
    for place, line in enumerate(wording.lines):
        y = height - 28.5 - place * LINE
        page.text(LEFT * MM, y * MM, line, regular(), 9)
    right(page, sheet, height - 17, wording.as_of, 9)
    page.begin("")
    for place, note in enumerate(reversed(wording.notes), start=1):
        page.text(LEFT * MM, (12 + place * LINE) * MM, note, regular(), 9)
    said = wording.page.format(number=number.page, count=number.pages)
    start = right(page, sheet, 12, said, 9)
    page.text(LEFT * MM, 12 * MM, cut(total, regular(), 9, start - LEFT * MM - 9), regular(), 9)
    page.ink(*colours.BLACK)


def draw_missing(page: Page, wording: Wording) -> None:
    """Say above the foot of a page that it has boxes in the place of letters."""
    told = _("A box stands for a letter that the fonts lack. The page to print has them all.")
    page.begin("P")
    page.ink(*colours.MUTED)
    y = 12 + (len(wording.notes) + 1) * LINE
    page.text(LEFT * MM, y * MM, printable(told), regular(), 8)
    page.ink(*colours.BLACK)


def right(page: Page, sheet: Sheet, y: float, text: str, size: float) -> float:
    """Write a text that ends at the right edge; return where it begins, in points."""
    x = sheet.right * MM - regular().width(text, size)
    page.text(x, y * MM, text, regular(), size)
    return x

"""The paper that tells who was added to and removed from a list: A4, a line for each person."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext

from registration.database import db
from registration.languages import force_locale, long_date, moment
from registration.models.events import Event
from registration.models.rosters import Dispatch
from registration.services.dispatches.finding import Change
from registration.services.papers.colours import BLACK, MUTED
from registration.services.papers.documents import MM, About, Document, Page
from registration.services.papers.fonts import Font, bold, printable, regular, semibold
from registration.services.papers.typesetting import cut

WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT = 20.0, 195.0
TOP, BOTTOM = 246.0, 24.0
LINE, HEADING = 6.5, 13.0


class Line(NamedTuple):
    """One line of the list, or the heading of a part of it."""

    text: str
    sign: str
    is_heading: bool


def changes_pdf(dispatch: Dispatch, change: Change) -> bytes:
    """Return the paper, in the language of the dispatch's list."""
    locale = dispatch.roster["locale"]
    event = db.session.get_one(Event, dispatch.event_id)
    at = datetime.fromisoformat(change["at"])
    file = io.BytesIO()
    with force_locale(locale):
        title = event.title.in_locale(locale)
        about = About(
            title=f"{_('Changes to the list')}: {title}",
            author=event.organiser_name,
            language=locale,
            created_at=at,
        )
        document = Document(file, size=(WIDTH * MM, HEIGHT * MM), about=about)
        pages = list(_paged(_lines(change)))
        for number, lines in enumerate(pages, start=1):
            page = Page(document)
            _draw_head(page, event, title, at)
            _draw_foot(page, dispatch, event, number, len(pages))
            _draw_lines(page, lines)
            document.add(page)
    document.close()
    return file.getvalue()


def _lines(change: Change) -> Iterator[Line]:
    added, removed = change["added"], change["removed"]
    if added:
        words = ngettext("%(num)s person was added", "%(num)s people were added", len(added))
        yield Line(words, "", is_heading=True)
        yield from (Line(each, "+", is_heading=False) for each in added)
    if removed:
        words = ngettext("%(num)s person was removed", "%(num)s people were removed", len(removed))
        yield Line(words, "", is_heading=True)
        yield from (Line(each, "−", is_heading=False) for each in removed)


def _paged(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Divide the lines into pages; no heading is the last on its page."""
    page: list[Line] = []
    room = TOP - BOTTOM
    for line in lines:
        needs = HEADING + LINE if line.is_heading else LINE
        if page and needs > room:
            yield page
            page, room = [], TOP - BOTTOM
        page.append(line)
        room -= HEADING if line.is_heading else LINE
    yield page


def _draw_head(page: Page, event: Event, title: str, at: datetime) -> None:
    page.begin("H1")
    page.ink(*BLACK)
    page.text(LEFT * MM, 277 * MM, printable(_("Changes to the list")), bold(), 17)
    page.begin()
    _write(page, 270.5, title, semibold(), 10.5)
    page.ink(*MUTED)
    where = f"{long_date(event.held_on)} · {event.venue_name}, {event.venue_city}"
    _write(page, 265.5, where, regular(), 9)
    as_of = _("As of %(moment)s", moment=moment(at, event.zone))
    since = _("since the last list or change that you got")
    _write(page, 260.5, f"{as_of} · {since}", regular(), 9)
    page.pen(0)
    page.line(LEFT * MM, 255 * MM, RIGHT * MM, 255 * MM, 0.6)


def _draw_foot(page: Page, dispatch: Dispatch, event: Event, number: int, count: int) -> None:
    page.begin("")
    page.ink(*MUTED)
    told = _(
        "For %(recipient)s: %(purpose)s. Please delete by %(moment)s.",
        recipient=dispatch.recipient_name or dispatch.recipient,
        purpose=dispatch.purpose.rstrip(" ."),
        moment=moment(dispatch.expires_at, event.zone),
    )
    pages = printable(_("Page %(number)s of %(count)s", number=number, count=count))
    x = RIGHT * MM - regular().width(pages, 9)
    page.text(x, 12 * MM, pages, regular(), 9)
    told = cut(printable(told), regular(), 9, x - LEFT * MM - 12)
    page.text(LEFT * MM, 12 * MM, told, regular(), 9)


def _draw_lines(page: Page, lines: list[Line]) -> None:
    y = TOP
    for line in lines:
        y -= HEADING if line.is_heading else LINE
        page.begin("H2" if line.is_heading else "P")
        page.ink(*BLACK)
        if line.is_heading:
            _write(page, y + 3, line.text, bold(), 12)
            continue
        page.text(LEFT * MM, y * MM + 5, line.sign, bold(), 11)
        room = (RIGHT - LEFT - 6) * MM
        page.text(
            (LEFT + 6) * MM,
            y * MM + 5,
            cut(printable(line.text), regular(), 10.5, room),
            regular(),
            10.5,
        )
        page.pen(0.7)
        page.line(LEFT * MM, y * MM, RIGHT * MM, y * MM, 0.3)


def _write(page: Page, y: float, text: str, font: Font, size: float) -> None:
    """Write a text on one line, cut where it is too long."""
    page.text(LEFT * MM, y * MM, cut(printable(text), font, size, (RIGHT - LEFT) * MM), font, size)

"""Badge sheets: the badges of an event as PDF in the event's design for A6, a page each."""

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _

from registration import clock
from registration.database import db, once
from registration.errors import NotFound
from registration.languages import DEFAULT, force_locale
from registration.models.registrations import Registration
from registration.services.badges import in_force
from registration.services.badges.designs import storing
from registration.services.badges.designs.composing import compose
from registration.services.badges.designs.faces import Face
from registration.services.badges.designs.model import Design
from registration.services.badges.designs.painting import paint
from registration.services.badges.press import Press
from registration.services.papers.documents import MM, About, Document, Page
from registration.services.papers.fonts import printable, regular
from registration.services.papers.reading import chunks, streaming

__all__ = ["Press", "badge_pdf", "get_ready", "write_pdf"]

DESIGN = "a6"
"""Of the badge that goes with a mail, and of sheets that name no other."""


def badge_pdf(registration_id: uuid.UUID, *, design: str = DESIGN) -> bytes:
    """Return the badge of one registration as a PDF of one page, in the attendee's language.

    Args:
        registration_id: whose badge.
        design: the code of the design; where it is folded, its panels lie side by side, and
            where it has a back for the back of a sheet, that is the second page.

    Raises:
        NotFound: there is no such registration, or it has no badge that is in force; or there is
            no such design.
    """
    ready = get_ready(registration_id, design=design)
    file = io.BytesIO()
    document = _begin(file, ready.press, ready.design, created_at=ready.issued_at)
    draw_badge(document, ready.press, ready.design, ready.face)
    document.close()
    return file.getvalue()


@dataclass(frozen=True)
class Ready:
    """One badge with all that it is drawn from."""

    design: Design
    press: Press
    face: Face
    issued_at: datetime


def get_ready(registration_id: uuid.UUID, *, design: str) -> Ready:
    """Return the badge of one registration as it would be drawn, in the attendee's language.

    Raises:
        NotFound: see `badge_pdf`.
    """
    registration = db.session.get(Registration, registration_id)
    row = in_force.row_of(registration) if registration else None
    if registration is None or registration.badge is None or row is None:
        raise NotFound(noun="badge")
    drawn, press = once(_prepared, registration.event_id, registration.locale, design)
    return Ready(drawn, press, press.face(row), registration.badge.issued_at)


def _prepared(event_id: uuid.UUID, locale: str, code: str) -> tuple[Design, Press]:
    design = storing.get_design(event_id, code)
    return design, Press.prepare(event_id, locale=locale, design=design)


def write_pdf(
    path: Path,
    *,
    event_id: uuid.UUID,
    on_progress: Callable[[int], None],
    locale: str = DEFAULT,
    as_of: datetime | None = None,
) -> int:
    """Write the badges of everybody who is confirmed, by alliance and then name; return how many.

    Reads on a connection of its own, at one moment, so that progress may be committed meanwhile.

    Args:
        path: the file to write.
        event_id: whose badges.
        on_progress: is told, now and then, how many more badges are drawn.
        locale: the language of the words on the badges.
        as_of: the moment that the file says it was made; the same moment makes the same file.
    """
    design = storing.get_design(event_id, DESIGN)
    press = Press.prepare(event_id, locale=locale, design=design)
    count = 0
    with path.open("wb") as file, streaming() as connection:
        document = _begin(file, press, design, created_at=as_of or clock.now())
        for rows in chunks(connection, in_force.rows(event_id)):
            for row in rows:
                draw_badge(document, press, design, press.face(row))
            count += len(rows)
            on_progress(len(rows))
        if not count:
            _draw_nobody(document, locale)
        document.close()
    return count


def draw_badge(document: Document, press: Press, design: Design, face: Face) -> None:
    """Add the page of one badge to a document, and that of its back where it is not folded."""
    page = Page(document)
    for panel in design.panels:
        composed = compose(design, panel.side, face, press.occasion)
        paint(page, composed, at=(panel.x, panel.y), turned=panel.turned)
    document.add(page)
    if design.back and design.fold == "none":
        page = Page(document)
        paint(page, compose(design, "back", face, press.occasion))
        document.add(page)


def _begin(file: BinaryIO, press: Press, design: Design, *, created_at: datetime) -> Document:
    about = About(
        title=press.title, author=press.organiser, language=press.locale, created_at=created_at
    )
    width, height = design.cell
    return Document(file, size=(width * MM, height * MM), about=about)


def _draw_nobody(document: Document, locale: str) -> None:
    with force_locale(locale):
        sentence = printable(_("Nobody is on this list yet."))
    page = Page(document)
    page.text(15 * MM, document.height / 2, sentence, regular(), 11)
    document.add(page)

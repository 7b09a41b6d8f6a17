"""Badge sheets: the badges of an event as PDF, A6 portrait, a page each."""

import io
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from flask_babel import gettext as _
from sqlalchemy import Row, select

from registration import clock
from registration.database import db
from registration.errors import NotFound
from registration.languages import DEFAULT, force_locale
from registration.models.alliances import Alliance
from registration.models.badges import Badge
from registration.models.events import Event, Theme
from registration.models.registrations import Registration
from registration.models.roles import Role
from registration.services import roles
from registration.services.badges import in_force
from registration.services.badges.drawing import HEIGHT, WIDTH, Face, Occasion, draw_badge
from registration.services.badges.in_force import Signer
from registration.services.papers.documents import MM, About, Document, Page
from registration.services.papers.fonts import printable, regular
from registration.services.papers.reading import chunks, streaming


def badge_pdf(registration_id: uuid.UUID) -> bytes:
    """Return the badge of one registration as a PDF of one A6 page, in the attendee's language.

    Raises:
        NotFound: there is no such registration, or it has no badge that is in force.
    """
    found = db.session.execute(
        select(Registration.event_id, Registration.locale, Badge.issued_at)
        .join(Badge, Badge.registration_id == Registration.id)
        .where(Registration.id == registration_id)
    ).one_or_none()
    if found is None:
        raise NotFound(noun="badge")
    row = db.session.execute(
        in_force.rows(found.event_id).where(Registration.id == registration_id)
    ).one_or_none()
    if row is None:
        raise NotFound(noun="badge")
    press = _Press.prepare(found.event_id, locale=found.locale)
    file = io.BytesIO()
    document = press.begin(file, created_at=found.issued_at)
    draw_badge(document, press.occasion, press.face(row))
    document.close()
    return file.getvalue()


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
    press = _Press.prepare(event_id, locale=locale)
    with path.open("wb") as file, streaming() as connection:
        document = press.begin(file, created_at=as_of or clock.now())
        for rows in chunks(connection, in_force.rows(event_id)):
            for row in rows:
                draw_badge(document, press.occasion, press.face(row))
            on_progress(len(rows))
        count = document.count
        if not count:
            _draw_nobody(document, locale)
        document.close()
    return count


@dataclass(frozen=True, kw_only=True)
class _Press:
    """What is read once for all badges of an event."""

    signer: Signer
    organiser: str
    locale: str
    occasion: Occasion
    alliances: Mapping[int | None, tuple[str, str]]
    roles: Mapping[int, tuple[str, str]]
    ranks: Mapping[int, int]
    themes: Mapping[int | None, str]

    @classmethod
    def prepare(cls, event_id: uuid.UUID, *, locale: str) -> "_Press":
        """Read what all badges of the event share."""
        session = db.session
        event = session.execute(
            select(Event.title, Event.programme_line, Event.organiser_name).where(
                Event.id == event_id
            )
        ).one()
        alliances = session.execute(
            select(Alliance.id, Alliance.name, Alliance.colour).filter_by(event_id=event_id)
        )
        titles = session.execute(
            select(Role.id, Role.title, Role.colour).filter_by(event_id=event_id)
        )
        themes = session.execute(select(Theme.id, Theme.title).filter_by(event_id=event_id))
        with force_locale(locale):
            occasion = Occasion(
                title=printable(event.title.in_locale(locale)),
                programme_line=printable(event.programme_line),
                theme_label=printable(_("Theme")),
                no_photo=printable(_("No photos, please")),
            )
        return cls(
            signer=Signer.of(event_id),
            organiser=event.organiser_name,
            locale=locale,
            occasion=occasion,
            alliances={None: ("", "")}
            | {row.id: (printable(row.name), row.colour) for row in alliances},
            roles={row.id: (printable(row.title.in_locale(locale)), row.colour) for row in titles},
            ranks=roles.ranks_of(event_id),
            themes={None: ""} | {row.id: printable(row.title.in_locale(locale)) for row in themes},
        )

    def begin(self, file: BinaryIO, *, created_at: datetime) -> Document:
        """Begin the document."""
        with force_locale(self.locale):
            title = _("Badges: %(event)s", event=self.occasion.title)
        about = About(
            title=title, author=self.organiser, language=self.locale, created_at=created_at
        )
        return Document(file, size=(WIDTH * MM, HEIGHT * MM), about=about)

    def face(self, row: Row[Any]) -> Face:
        """Return what one person's badge shows."""
        role, role_colour = self.roles[row.role_id]
        further = roles.in_order(row.further_role_ids, self.ranks)
        alliance, alliance_colour = self.alliances[row.alliance_id]
        return Face(
            given_name=printable(row.given_name),
            family_name=printable(row.family_name),
            title=printable(row.title),
            organisation=printable(row.organisation),
            alliance=alliance,
            alliance_colour=alliance_colour,
            role=role,
            role_colour=role_colour,
            further_roles=tuple(self.roles[each][0] for each in further),
            theme=self.themes[row.theme_id],
            short_code=row.short_code,
            no_photo=row.photo_consent is False,
            token=self.signer.token(row),
        )


def _draw_nobody(document: Document, locale: str) -> None:
    with force_locale(locale):
        sentence = printable(_("Nobody is on this list yet."))
    page = Page(document)
    page.text(15 * MM, 100 * MM, sentence, regular(), 11)
    document.add(page)

"""Badge sheets: the badges of an event as PDF, A6 portrait, a page each."""

import io
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask_babel import gettext as _
from sqlalchemy import Row, Select, func, select

from registration import clock
from registration.database import db
from registration.errors import NotFound
from registration.languages import DEFAULT, force_locale
from registration.models.alliances import Alliance
from registration.models.badges import Badge, SigningKey
from registration.models.events import Event, Theme
from registration.models.registrations import Registration, RegistrationState
from registration.models.roles import Role
from registration.services import keys
from registration.services.badges import tokens
from registration.services.badges.drawing import HEIGHT, WIDTH, Face, Occasion, draw_badge
from registration.services.papers.documents import MM, About, Document, Page
from registration.services.papers.fonts import printable, regular
from registration.services.papers.reading import snapshot

STEP = 100
"""Badges that are drawn between two reports of progress."""


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
        _in_force(found.event_id).where(Registration.id == registration_id)
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

    Reads on a connection of its own, in one snapshot, so that progress may be committed meanwhile.

    Args:
        path: the file to write.
        event_id: whose badges.
        on_progress: is told, now and then, how many more badges are drawn.
        locale: the language of the words on the badges.
        as_of: the moment that the file says it was made; the same moment makes the same file.
    """
    press = _Press.prepare(event_id, locale=locale)
    with path.open("wb") as file, snapshot() as connection:
        document = press.begin(file, created_at=as_of or clock.now())
        for rows in connection.execute(_in_force(event_id)).partitions(STEP):
            for row in rows:
                draw_badge(document, press.occasion, press.face(row))
            on_progress(len(rows))
        count = document.count
        if not count:
            _draw_nobody(document, locale)
        document.close()
    return count


def count(event_id: uuid.UUID) -> int:
    """Return how many badges `write_pdf` would draw now."""
    return db.session.scalar(select(func.count()).select_from(_in_force(event_id).subquery())) or 0


def _in_force(event_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Badge.id.label("badge_id"),
            Badge.generation,
            Badge.key_slot,
            Registration.given_name,
            Registration.family_name,
            Registration.title,
            Registration.organisation,
            Registration.alliance_id,
            Registration.role_id,
            Registration.theme_id,
            Registration.short_code,
            Registration.photo_consent,
        )
        .join(Registration, Registration.id == Badge.registration_id)
        .outerjoin(Alliance, Alliance.id == Registration.alliance_id)
        .where(
            Badge.event_id == event_id,
            Badge.revoked_at.is_(None),
            Registration.state == RegistrationState.CONFIRMED,
        )
        .order_by(
            Alliance.sort_name.is_(None),
            Alliance.sort_name,
            Alliance.id,
            Registration.sort_name,
            Registration.id,
        )
    )


@dataclass(frozen=True, kw_only=True)
class _Press:
    """What is read once for all badges of an event."""

    event_id: uuid.UUID
    event_tag: int
    organiser: str
    locale: str
    occasion: Occasion
    signing_keys: Mapping[int, Ed25519PrivateKey]
    alliances: Mapping[int | None, tuple[str, str]]
    roles: Mapping[int, tuple[str, str, int]]
    themes: Mapping[int | None, str]

    @classmethod
    def prepare(cls, event_id: uuid.UUID, *, locale: str) -> "_Press":
        """Read what all badges of the event share."""
        session = db.session
        event = session.execute(
            select(Event.tag, Event.title, Event.programme_line, Event.organiser_name).where(
                Event.id == event_id
            )
        ).one()
        slots = session.scalars(select(SigningKey.slot).filter_by(event_id=event_id)).all()
        alliances = session.execute(
            select(Alliance.id, Alliance.name, Alliance.colour).filter_by(event_id=event_id)
        )
        roles = session.execute(
            select(Role.id, Role.title, Role.colour, Role.badge_class).filter_by(event_id=event_id)
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
            event_id=event_id,
            event_tag=event.tag,
            organiser=event.organiser_name,
            locale=locale,
            occasion=occasion,
            signing_keys={slot: keys.private_key(event_id, slot) for slot in slots},
            alliances={None: ("", "")}
            | {row.id: (printable(row.name), row.colour) for row in alliances},
            roles={
                row.id: (printable(row.title.in_locale(locale)), row.colour, row.badge_class)
                for row in roles
            },
            themes={None: ""} | {row.id: printable(row.title.in_locale(locale)) for row in themes},
        )

    def begin(self, file: Any, *, created_at: datetime) -> Document:
        """Begin the document."""
        with force_locale(self.locale):
            title = _("Badges: %(event)s", event=self.occasion.title)
        about = About(
            title=title, author=self.organiser, language=self.locale, created_at=created_at
        )
        return Document(file, size=(WIDTH * MM, HEIGHT * MM), about=about)

    def face(self, row: Row[Any]) -> Face:
        """Return what one person's badge shows."""
        role, role_colour, badge_class = self.roles[row.role_id]
        alliance, alliance_colour = self.alliances[row.alliance_id]
        payload = tokens.Payload(
            version=tokens.VERSION,
            key_slot=row.key_slot,
            event_tag=self.event_tag,
            badge_id=row.badge_id,
            generation=row.generation,
            badge_class=badge_class,
        )
        return Face(
            given_name=printable(row.given_name),
            family_name=printable(row.family_name),
            title=printable(row.title),
            organisation=printable(row.organisation),
            alliance=alliance,
            alliance_colour=alliance_colour,
            role=role,
            role_colour=role_colour,
            theme=self.themes[row.theme_id],
            short_code=row.short_code,
            no_photo=row.photo_consent is False,
            token=tokens.encode(payload, self.signing_keys[row.key_slot], self.event_id),
        )


def _draw_nobody(document: Document, locale: str) -> None:
    with force_locale(locale):
        sentence = printable(_("Nobody is confirmed yet."))
    page = Page(document)
    page.text(15 * MM, 100 * MM, sentence, regular(), 11)
    document.add(page.content)

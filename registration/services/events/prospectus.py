"""Find events, and what a visitor must know of one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, select, update

from registration.database import db
from registration.errors import NotFound
from registration.models.alliances import Alliance
from registration.models.events import Event, Sector, Theme
from registration.models.questions import Question
from registration.models.roles import Role, RoleAccess
from registration.prepared import Prepared


@dataclass(frozen=True)
class Prospectus:
    """An event with its alliances, roles, sectors and themes, detached from any session.

    Read-only, shared by the requests of a process, and never older than the event's revision.
    """

    event: Event
    alliances: tuple[Alliance, ...]
    roles: tuple[Role, ...]
    sectors: tuple[Sector, ...]
    themes: tuple[Theme, ...]
    questions: tuple[Question, ...] = ()
    """What the event asks beyond the form's own fields, in order."""

    @property
    def public_roles(self) -> tuple[Role, ...]:
        """The roles that the public form offers."""
        return tuple(role for role in self.roles if role.access != RoleAccess.INVITATION)

    def find_alliance(self, code: str) -> Alliance | None:
        """Return the alliance with this code."""
        return next((each for each in self.alliances if each.code == code), None)

    def find_role(self, code: str) -> Role | None:
        """Return the role with this code."""
        return next((each for each in self.roles if each.code == code), None)

    def find_sector(self, code: str) -> Sector | None:
        """Return the sector with this code."""
        return next((each for each in self.sectors if each.code == code), None)

    def find_theme(self, code: str) -> Theme | None:
        """Return the theme with this code."""
        return next((each for each in self.themes if each.code == code), None)


EVENT = cast(Table, Event.__table__)
_REVISION = Prepared(
    lambda _: select(EVENT.c.id, EVENT.c.revision).where(EVENT.c.slug == bindparam("slug"))
)

_prospectuses: dict[str, Prospectus] = {}


def get_prospectus(slug: str) -> Prospectus:
    """Return the event's prospectus, as of its present revision.

    Raises:
        NotFound: there is no such event.
    """
    row = next(iter(_REVISION.rows(db.session.connection(), {"slug": slug})), None)
    if row is None:
        raise NotFound(noun="event", name=slug)
    known = _prospectuses.get(slug)
    if known is None or (known.event.id, known.event.revision) != (row.id, row.revision):
        known = _prospectuses[slug] = _load_prospectus(row.id)
    return known


def _load_prospectus(event_id: uuid.UUID) -> Prospectus:
    session = db.session
    event = session.scalars(select(Event).where(Event.id == event_id)).one()
    prospectus = Prospectus(
        event=event,
        alliances=tuple(
            session.scalars(
                select(Alliance)
                .where(Alliance.event_id == event_id)
                .order_by(Alliance.sort_name, Alliance.id)
            )
        ),
        roles=tuple(
            session.scalars(
                select(Role).where(Role.event_id == event_id).order_by(Role.position, Role.id)
            )
        ),
        sectors=tuple(
            session.scalars(
                select(Sector).where(Sector.event_id == event_id).order_by(Sector.position)
            )
        ),
        themes=tuple(
            session.scalars(
                select(Theme).where(Theme.event_id == event_id).order_by(Theme.position)
            )
        ),
        questions=tuple(
            session.scalars(
                select(Question)
                .where(Question.event_id == event_id, Question.removed_at.is_(None))
                .order_by(Question.position, Question.id)
            )
        ),
    )
    for each in (
        event,
        *prospectus.alliances,
        *prospectus.roles,
        *prospectus.sectors,
        *prospectus.themes,
        *prospectus.questions,
    ):
        session.expunge(each)
    return prospectus


def get_event(slug: str) -> Event:
    """Return the event with this slug.

    Raises:
        NotFound: there is no such event.
    """
    event = db.session.scalars(select(Event).where(Event.slug == slug)).one_or_none()
    if event is None:
        raise NotFound(noun="event", name=slug)
    return event


def list_events() -> Sequence[Event]:
    """Return all events, the next one first."""
    return db.session.scalars(select(Event).order_by(Event.held_on, Event.slug)).all()


def revise(event_id: uuid.UUID) -> None:
    """Say that the event or one of its lists has changed: prospectuses are loaded anew."""
    db.session.execute(
        update(Event).where(Event.id == event_id).values(revision=Event.revision + 1)
    )


def is_open(event: Event, moment: datetime) -> bool:
    """Return whether the event takes registrations at this moment."""
    return event.registration_opens_at <= moment < event.registration_closes_at

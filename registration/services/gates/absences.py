"""Absences: who of an alliance is still missing, and who of it has come."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from registration.database import Localised, db
from registration.models.badges import Badge
from registration.models.gates import Presence
from registration.models.registrations import Registration, RegistrationState
from registration.models.roles import Role
from registration.services import roles


class Expected(NamedTuple):
    """One person of a delegation, as whoever waits for them at the door may see them."""

    registration_id: uuid.UUID
    name: str
    role: Localised
    colour: str
    is_expected: bool
    """Whether the registration is confirmed; somebody may have come and been cancelled then."""
    inside: bool
    first_at: datetime | None
    first_gate: str


@dataclass(frozen=True)
class Attendance:
    """The people of one alliance, each list in the order of their names."""

    missing: Sequence[Expected]
    inside: Sequence[Expected]
    gone: Sequence[Expected]
    """Who came and has left."""

    @property
    def expected(self) -> int:
        """How many are confirmed."""
        return sum(each.is_expected for each in (*self.missing, *self.inside, *self.gone))


def attendance(event_id: uuid.UUID, alliance_id: int | None) -> Attendance:
    """Return who of an alliance is missing, inside and gone; None: those without an alliance."""
    people = [_expected(row) for row in db.session.execute(_query(event_id, alliance_id))]
    return Attendance(
        missing=[each for each in people if each.first_at is None],
        inside=[each for each in people if each.first_at is not None and each.inside],
        gone=[each for each in people if each.first_at is not None and not each.inside],
    )


def _query(event_id: uuid.UUID, alliance_id: int | None) -> Any:
    return (
        select(
            Registration.id,
            Registration.state,
            Registration.title,
            Registration.given_name,
            Registration.family_name,
            Role.title.label("role"),
            Role.colour,
            roles.further_titles(),
            Presence.inside,
            Presence.first_at,
            Presence.first_gate,
        )
        .join(Role, Role.id == Registration.role_id)
        .outerjoin(Badge, Badge.registration_id == Registration.id)
        .outerjoin(Presence, Presence.badge_id == Badge.id)
        .where(Registration.event_id == event_id, Registration.alliance_id == alliance_id)
        .where(
            or_(Registration.state == RegistrationState.CONFIRMED, Presence.badge_id.is_not(None))
        )
        .order_by(Registration.sort_name, Registration.id)
    )


def _expected(row: Any) -> Expected:
    return Expected(
        registration_id=row.id,
        name=" ".join(filter(None, (row.title, row.given_name, row.family_name))),
        role=roles.joined(row.role, row.further_titles),
        colour=row.colour,
        is_expected=row.state == RegistrationState.CONFIRMED,
        inside=bool(row.inside),
        first_at=row.first_at,
        first_gate=row.first_gate or "",
    )

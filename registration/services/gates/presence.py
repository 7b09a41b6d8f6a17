"""Presence: how many are expected, have arrived, are inside, and are still missing."""

import uuid
from dataclasses import dataclass

from sqlalchemy import BindParameter, bindparam, func, select

from registration.database import db
from registration.models.badges import Badge
from registration.models.gates import Presence
from registration.models.registrations import Registration, RegistrationState


@dataclass(frozen=True)
class Counts:
    """The four numbers of a door.

    Whoever cancelled after they came in is among those arrived, and maybe inside, but neither
    expected nor missing.
    """

    expected: int
    """Confirmed registrations."""
    arrived: int
    """People who have been let in at least once."""
    inside: int
    missing: int
    """Confirmed registrations that nobody has been let in with."""


_EVENT_ID: BindParameter[uuid.UUID] = bindparam("event_id")
_NOT_CONFIRMED = tuple(set(RegistrationState) - {RegistrationState.CONFIRMED})
_COUNTS = select(
    select(func.count())
    .where(
        Registration.event_id == _EVENT_ID,
        Registration.state == RegistrationState.CONFIRMED,
    )
    .scalar_subquery()
    .label("expected"),
    select(func.count())
    .select_from(Presence)
    .where(Presence.event_id == _EVENT_ID)
    .scalar_subquery()
    .label("arrived"),
    select(func.count())
    .select_from(Presence)
    .where(Presence.event_id == _EVENT_ID, Presence.inside)
    .scalar_subquery()
    .label("inside"),
    # Those arrived who are not expected any more: few, where those who are would be most.
    select(func.count())
    .select_from(Registration)
    .join(Badge, Badge.registration_id == Registration.id)
    .join(Presence, Presence.badge_id == Badge.id)
    .where(Registration.event_id == _EVENT_ID, Registration.state.in_(_NOT_CONFIRMED))
    .scalar_subquery()
    .label("unexpected"),
)


def count(event_id: uuid.UUID) -> Counts:
    """Count the event's people in one query."""
    row = db.session.execute(_COUNTS, {"event_id": event_id}).one()
    return Counts(
        expected=row.expected,
        arrived=row.arrived,
        inside=row.inside,
        missing=row.expected - (row.arrived - row.unexpected),
    )

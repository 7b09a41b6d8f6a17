"""The overview: how an event stands, in a handful of grouped counts."""

import uuid
from collections.abc import Mapping

from sqlalchemy import func, select

from registration.database import db
from registration.models.deliveries import OUTBOX, Delivery, DeliveryState
from registration.models.gates import Device
from registration.models.registrations import Registration, RegistrationState


def count_states(event_id: uuid.UUID) -> Mapping[RegistrationState, int]:
    """Return how many registrations stand where; every state is a key."""
    rows = db.session.execute(
        select(Registration.state, func.count())
        .where(Registration.event_id == event_id)
        .group_by(Registration.state)
    )
    return dict.fromkeys(RegistrationState, 0) | {
        RegistrationState(state): count for state, count in rows
    }


def count_deliveries(event_id: uuid.UUID) -> Mapping[str, int]:
    """Return how many mails are ``unsent``, ``sent`` and ``failed``."""
    rows = db.session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.event_id == event_id)
        .group_by(Delivery.state)
    )
    counts = {"unsent": 0, "sent": 0, "failed": 0}
    for state, count in rows:
        counts["unsent" if DeliveryState(state) in OUTBOX else state] += count
    return counts


def count_devices(event_id: uuid.UUID) -> int:
    """Return how many enrolled scanners the event has."""
    query = select(func.count()).where(
        Device.event_id == event_id,
        Device.enrolled_at.is_not(None),
        Device.revoked_at.is_(None),
    )
    return db.session.scalar(query) or 0

"""Zones: what each gate leads into, the house or a part of it in which people count apart."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from registration.database import db
from registration.errors import Invalid, NotFound
from registration.models.gates import Gate
from registration.services import audit, events
from registration.services.gates import rules
from registration.services.gates.devices import GATE_CODE


def list_gates(event_id: uuid.UUID) -> Sequence[Gate]:
    """Return the event's gates in the order in which they were made."""
    return db.session.scalars(select(Gate).filter_by(event_id=event_id).order_by(Gate.id)).all()


def set_zone(event_id: uuid.UUID, code: str, *, zone: str, actor: str) -> bool:
    """Say what a gate leads into, "" for the house; return whether that changed.

    It holds for scans that are decided from now on; devices learn of it with their next manifest.
    Who is inside by this gate is inside where it led to until now.

    Raises:
        NotFound: the event has no such gate.
        Invalid: the zone is called what nobody could read out.
    """
    gate = db.session.scalars(select(Gate).filter_by(event_id=event_id, code=code)).one_or_none()
    if gate is None:
        raise NotFound(noun="gate", name=code)
    if zone and not GATE_CODE.fullmatch(zone):
        raise Invalid(fields={"zone": "malformed"})
    if gate.zone == zone:
        return False
    gate.zone = zone
    events.revise(event_id)
    rules.forget(event_id)
    subject = f"gate:{code}"
    audit.record("gate.zone_set", actor=actor, subject=subject, event_id=event_id, zone=zone)
    return True

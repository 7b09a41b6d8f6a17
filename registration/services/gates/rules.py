"""The rules by which an event's scans are merged: when its days end, what its gates lead into."""

import time
import uuid
from dataclasses import replace

from sqlalchemy import select

from registration.database import db
from registration.models.events import Event
from registration.models.gates import Gate
from registration.services.gates.days import day_ends
from registration.services.gates.merging import Rules

KEPT_SECONDS = 10.0

_known: dict[uuid.UUID, tuple[float, Rules]] = {}


def rules_of(event_id: uuid.UUID, *, reentry: str = "free") -> Rules:
    """Return the event's rules for a role's way of re-entry; up to ten seconds old."""
    until, rules = _known.get(event_id, (0.0, Rules()))
    if time.monotonic() >= until:
        rules = _read(event_id)
        _known[event_id] = (time.monotonic() + KEPT_SECONDS, rules)
    return rules if rules.reentry == reentry else replace(rules, reentry=reentry)


def forget(event_id: uuid.UUID) -> None:
    """Let this process read the event's rules anew: a gate or the day has changed."""
    _known.pop(event_id, None)


def _read(event_id: uuid.UUID) -> Rules:
    zones = db.session.execute(select(Gate.code, Gate.zone).where(Gate.event_id == event_id))
    return Rules(
        day_ends=tuple(day_ends(db.session.get_one(Event, event_id))),
        zones={code: zone for code, zone in zones},  # noqa: C416  # rows are not plain pairs
    )

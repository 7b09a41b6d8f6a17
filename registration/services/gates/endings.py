"""Endings: after the end of a day nobody counts as inside, also who was never scanned out."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update

from registration import clock
from registration.database import db
from registration.models.events import Event
from registration.models.gates import Presence
from registration.services.gates.days import day_ends, milliseconds, moment_of
from registration.services.gates.merging import HOUSE

PRESENCE = cast(Table, Presence.__table__)
_LEAVE = (
    update(PRESENCE)
    .where(
        PRESENCE.c.badge_id == bindparam("of_badge"),
        PRESENCE.c.revision == bindparam("before"),
    )
    .values(inside=False, revision=PRESENCE.c.revision + 1)
)
"""Fenced as the scans' own writes are: whoever comes in at the same moment stays inside."""


def end_days() -> int:
    """Let everybody be outside whom an earlier day's last scan has left inside; return how many.

    Merging has it so at their next scan anyway; this is for the counts until then.
    """
    moment = clock.now()
    return sum(_end_day(event, moment) for event in db.session.scalars(select(Event)).all())


def _end_day(event: Event, moment: datetime) -> int:
    ends = day_ends(event)
    day = sum(end <= milliseconds(moment) for end in ends)
    if not day:
        return 0
    stayed = _stayed(event.id, day, began_at=moment_of(ends[day - 1]))
    if stayed:
        db.session.connection().execute(_LEAVE, stayed)
    return len(stayed)


def _stayed(event_id: uuid.UUID, day: int, *, began_at: datetime) -> Sequence[dict[str, Any]]:
    """Return who counts as inside since an earlier day than this, which has just begun."""
    rows = db.session.execute(
        select(Presence.badge_id, Presence.zones, Presence.last_at, Presence.revision).where(
            Presence.event_id == event_id, Presence.first_at < began_at, Presence.inside
        )
    )
    return [
        {"of_badge": badge_id, "before": revision}
        for badge_id, zones, last_at, revision in rows
        if (zones.get(HOUSE) != f"{day}+" if zones else last_at < began_at)
    ]

"""Arrivals: who is expected, has come, is inside, is missing; by alliance and by role."""

import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Integer, case, cast, func, select

from registration.database import db
from registration.models.badges import Badge
from registration.models.gates import Presence, Scan
from registration.models.registrations import Registration, RegistrationState
from registration.services import overview


class Count(NamedTuple):
    """Heads. Whoever cancelled after they came has arrived, but is neither expected nor missing."""

    expected: int = 0
    """Confirmed registrations."""
    arrived: int = 0
    inside: int = 0
    expected_and_arrived: int = 0

    @property
    def missing(self) -> int:
        """Confirmed people who have not come yet."""
        return self.expected - self.expected_and_arrived

    def plus(self, other: "Count") -> "Count":
        """Return both together."""
        return Count(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


@dataclass(frozen=True)
class Arrivals:
    """The counts of one event; the key None stands for those without an alliance."""

    total: Count
    by_alliance: Mapping[int | None, Count]
    by_role: Mapping[int, Count]


_recent: dict[uuid.UUID, tuple[float, Arrivals]] = {}
"""Counts that were dear, each with the end of its time."""

DEAR = 0.1
REST = 10


def count(event_id: uuid.UUID) -> Arrivals:
    """Count the people of an event.

    Counts that took longer than `DEAR` seconds are kept for `REST` times as long, so that any
    number of open pages of a huge event cost a process at most a tenth of its time.
    """
    until, known = _recent.get(event_id, (0.0, None))
    begun = time.monotonic()
    if known is not None and begun < until:
        return known
    counted = _sum(event_id)
    ended = time.monotonic()
    _recent.pop(event_id, None)
    if ended - begun > DEAR:
        _recent[event_id] = (ended + REST * (ended - begun), counted)
    return counted


def _sum(event_id: uuid.UUID) -> Arrivals:
    total = Count()
    by_alliance: defaultdict[int | None, Count] = defaultdict(Count)
    by_role: defaultdict[int, Count] = defaultdict(Count)
    for alliance_id, role_id, heads in (*_expected(event_id), *_arrived(event_id)):
        total = total.plus(heads)
        by_alliance[alliance_id] = by_alliance[alliance_id].plus(heads)
        by_role[role_id] = by_role[role_id].plus(heads)
    return Arrivals(total, dict(by_alliance), dict(by_role))


Cells = list[tuple[int | None, int, Count]]

_GROUP = (Registration.alliance_id, Registration.role_id)


def _expected(event_id: uuid.UUID) -> Cells:
    return [
        (alliance_id, role_id, Count(expected=heads))
        for (state, alliance_id, role_id), heads in overview.count_cells(event_id).items()
        if state == RegistrationState.CONFIRMED
    ]


def _arrived(event_id: uuid.UUID) -> Cells:
    confirmed = case((Registration.state == RegistrationState.CONFIRMED, 1), else_=0)
    rows = db.session.execute(
        select(
            *_GROUP,
            func.count(),
            func.sum(cast(Presence.inside, Integer)),
            func.sum(confirmed),
        )
        .join(Badge, Badge.registration_id == Registration.id)
        .join(Presence, Presence.badge_id == Badge.id)
        .where(Presence.event_id == event_id)
        .group_by(*_GROUP)
    )
    return [(alliance, role, Count(0, *heads)) for alliance, role, *heads in rows]


class Passage(NamedTuple):
    """One scan, with whom it was."""

    at: datetime
    gate: str
    kind: str
    verdict: str
    name: str
    registration_id: uuid.UUID | None


def latest(event_id: uuid.UUID, *, most: int = 20) -> Sequence[Passage]:
    """Return the latest scans, the newest first."""
    rows = db.session.execute(
        select(
            Scan.scanned_at,
            Scan.gate,
            Scan.kind,
            Scan.verdict,
            Registration.title,
            Registration.given_name,
            Registration.family_name,
            Registration.id,
        )
        .outerjoin(Badge, Badge.id == Scan.badge_id)
        .outerjoin(
            Registration,
            (Registration.id == Badge.registration_id) & (Registration.event_id == event_id),
        )
        .where(Scan.event_id == event_id)
        .order_by(Scan.stored_at.desc(), Scan.id.desc())
        .limit(most)
    )
    return [
        Passage(at, gate, kind, verdict, " ".join(filter(None, names)), registration_id)
        for at, gate, kind, verdict, *names, registration_id in rows
    ]

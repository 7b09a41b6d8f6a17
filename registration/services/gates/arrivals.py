"""Arrivals: who is expected, has come, is inside, is missing; by alliance, role, gate, minute."""

import time
import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, case, func, select, type_coerce

from registration import clock
from registration.database import db
from registration.models.badges import Badge
from registration.models.gates import Presence, Scan
from registration.models.registrations import Registration, RegistrationState
from registration.services import overview
from registration.services.gates import days, rules


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
    by_gate: Mapping[str, Mapping[datetime, int]]
    """By the code of the gate that let them in first: how many arrived in which minute."""
    version: str
    """Of what was counted; see `version_of`."""

    @property
    def by_minute(self) -> Mapping[datetime, int]:
        """How many arrived in which minute, at whatever gate; empty minutes are absent."""
        minutes: defaultdict[datetime, int] = defaultdict(int)
        for heads in self.by_gate.values():
            for minute, arrived in heads.items():
                minutes[minute] += arrived
        return dict(sorted(minutes.items()))

    def at_gate(self, gate: str, *, since: datetime | None = None) -> int:
        """Return how many a gate let in first, or how many since a moment."""
        heads = self.by_gate.get(gate, {}).items()
        return sum(arrived for minute, arrived in heads if since is None or minute >= since)


_recent: dict[uuid.UUID, tuple[float, Arrivals]] = {}
"""Counts that were dear, each with the end of its time."""

DEAR = 0.1
REST = 2
SETTLES = timedelta(seconds=2)
"""So long a transaction may take to commit scans that it has given a moment before."""


def version_of(event_id: uuid.UUID) -> str:
    """Return a text that changes with every scan that was stored, and every ten seconds.

    One look at the end of an index: what pages ask for each second, to learn that there is no news.
    """
    stored_at = db.session.scalar(select(func.max(Scan.stored_at)).filter_by(event_id=event_id))
    moment = clock.now()
    if stored_at is not None and moment - stored_at < SETTLES:
        return moment.isoformat()
    return f"{stored_at.isoformat() if stored_at else ''}/{int(moment.timestamp()) // 10}"


def count(event_id: uuid.UUID) -> Arrivals:
    """Count the people of an event.

    Counts that took longer than `DEAR` seconds are kept for `REST` times as long, so that any
    number of open pages of a huge event cost a process at most a third of its time, and see what
    is at most three counts old: a second, with 100,000 people.
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
    version = version_of(event_id)  # before counting: what comes in meanwhile is counted next time
    total = Count()
    by_alliance: defaultdict[int | None, Count] = defaultdict(Count)
    by_role: defaultdict[int, Count] = defaultdict(Count)
    for alliance_id, role_id, heads in (*_expected(event_id), *_arrived(event_id)):
        total = total.plus(heads)
        by_alliance[alliance_id] = by_alliance[alliance_id].plus(heads)
        by_role[role_id] = by_role[role_id].plus(heads)
    return Arrivals(total, dict(by_alliance), dict(by_role), _at_gates(event_id), version)


Cells = list[tuple[int | None, int, Count]]

_GROUP = (Registration.alliance_id, Registration.role_id)


def _expected(event_id: uuid.UUID) -> Cells:
    return [
        (alliance_id, role_id, Count(expected=heads))
        for (state, alliance_id, role_id), heads in overview.count_cells(event_id).items()
        if state == RegistrationState.CONFIRMED
    ]


def day_began(event_id: uuid.UUID) -> datetime:
    """Return when the event's present day began: who came in before counts as gone."""
    moment = clock.now()
    ends = rules.rules_of(event_id).day_ends
    index = bisect_right(ends, int(moment.timestamp() * 1000))
    return days.moment_of(ends[index - 1]) if index else moment.min.replace(tzinfo=UTC)


def _arrived(event_id: uuid.UUID) -> Cells:
    inside = case((Presence.inside & (Presence.last_at >= day_began(event_id)), 1), else_=0)
    confirmed = case((Registration.state == RegistrationState.CONFIRMED, 1), else_=0)
    rows = db.session.execute(
        select(
            *_GROUP,
            func.count(),
            func.sum(inside),
            func.sum(confirmed),
        )
        .join(Badge, Badge.registration_id == Registration.id)
        .join(Presence, Presence.badge_id == Badge.id)
        .where(Presence.event_id == event_id)
        .group_by(*_GROUP)
    )
    return [(alliance, role, Count(0, *heads)) for alliance, role, *heads in rows]


def _at_gates(event_id: uuid.UUID) -> Mapping[str, Mapping[datetime, int]]:
    minute = _minute(Presence.first_at)
    rows = db.session.execute(
        select(Presence.first_gate, minute, func.count())
        .where(Presence.event_id == event_id)
        .group_by(Presence.first_gate, minute)
    )
    gates: defaultdict[str, dict[datetime, int]] = defaultdict(dict)
    for gate, at, heads in rows:
        known = datetime.fromisoformat(at) if isinstance(at, str) else at
        gates[gate][known.astimezone(UTC) if known.tzinfo else known.replace(tzinfo=UTC)] = heads
    return dict(gates)


def _minute(moment: Any) -> ColumnElement[Any]:
    """Return the minute of a moment, as each database finds it fastest."""
    if db.engine.dialect.name == "sqlite":  # which stores a text
        return func.substr(type_coerce(moment, String), 1, 16)
    return func.date_trunc("minute", moment)


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

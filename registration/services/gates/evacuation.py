"""Evacuation: who was inside when it began, and who has been seen safe since.

A tick "safe" is a scan like any other, so that it reaches the devices as scans do, and theirs
reach us. Those made in the console belong to the event's desk: a device that nobody holds, with
a gapless sequence of its own. A tick made by mistake is taken back by an undo of it.
"""

import re
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import and_, or_, select, update

from registration import clock
from registration.database import Localised, db, insert_new, uuid7
from registration.errors import Invalid
from registration.models.badges import Badge
from registration.models.events import Event
from registration.models.gates import Device, Gate, Presence, Scan, ScanKind, Verdict
from registration.models.registrations import Registration
from registration.models.roles import Role
from registration.services import audit, events, roles
from registration.services.gates import arrivals, sequences
from registration.services.gates.devices import desk_of

BADGE_ID = re.compile(r"[0-9a-f]{16}")


class Evacuee(NamedTuple):
    """Somebody who is inside, or was when the evacuation began."""

    badge_id: str
    registration_id: uuid.UUID
    name: str
    alliance_id: int | None
    role: Localised
    safe_at: datetime | None
    """When somebody saw them safe."""
    left_at: datetime | None
    """When they were scanned on their way out, if that was the last that was seen of them."""

    @property
    def is_out(self) -> bool:
        """Whether nobody has to look for them any more."""
        return self.safe_at is not None or self.left_at is not None


class Tally(NamedTuple):
    """How many of an alliance are on the list."""

    people: int = 0
    left: int = 0
    """How many of them somebody must still look for."""


ANY: Final = "any"


def start(event_id: uuid.UUID, *, actor: str) -> bool:
    """Begin an evacuation; return whether there was none yet."""
    return _set(event_id, clock.now(), "evacuation.started", actor=actor)


def stop(event_id: uuid.UUID, *, actor: str) -> bool:
    """End the evacuation; return whether there was one. Its ticks stay among the scans."""
    return _set(event_id, None, "evacuation.stopped", actor=actor)


def _set(event_id: uuid.UUID, at: datetime | None, action: str, *, actor: str) -> bool:
    before = Event.evacuation_at
    changed = db.session.execute(
        update(Event)
        .where(Event.id == event_id, before.is_not(None) if at is None else before.is_(None))
        .values(evacuation_at=at)
        .returning(Event.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is not None:
        events.revise(event_id)
        audit.record(action, actor=actor, subject=f"event:{event_id}", event_id=event_id)
    return changed is not None


def count_people(event_id: uuid.UUID, *, since: datetime | None) -> Mapping[int | None, Tally]:
    """Return how many of each alliance are on the list, None for those without one."""
    safe = _safe(event_id, since) if since else {}
    tallies: defaultdict[int | None, Tally] = defaultdict(Tally)
    for row in db.session.execute(_listed(event_id, since)):
        tally = tallies[row.alliance_id]
        is_left = row.is_inside and row.badge_id not in safe
        tallies[row.alliance_id] = Tally(tally.people + 1, tally.left + is_left)
    return dict(tallies)


def list_people(
    event_id: uuid.UUID, *, since: datetime | None, alliance_id: int | Literal["any"] | None = ANY
) -> Sequence[Evacuee]:
    """Return who is inside, sorted by name.

    Args:
        event_id: whose house it is.
        since: when the evacuation began; who has left since then is listed too. None if there is
            no evacuation: then nobody is safe or not.
        alliance_id: of whom, None for people without an alliance.
    """
    safe = _safe(event_id, since) if since else {}
    query = _with_names(_listed(event_id, since))
    if alliance_id != ANY:
        query = query.where(Registration.alliance_id == alliance_id)
    return [_evacuee(row, safe) for row in db.session.execute(query)]


def _listed(event_id: uuid.UUID, since: datetime | None) -> Any:
    inside = and_(Presence.inside, Presence.last_at >= arrivals.day_began(event_id))
    return (
        select(
            Presence.badge_id,
            Presence.last_at,
            inside.label("is_inside"),
            Registration.alliance_id,
        )
        .join(Badge, Badge.id == Presence.badge_id)
        .join(Registration, Registration.id == Badge.registration_id)
        .where(Presence.event_id == event_id)
        .where(or_(inside, Presence.last_at >= since) if since else inside)
    )


def _with_names(query: Any) -> Any:
    return (
        query.add_columns(
            Registration.id,
            Registration.title,
            Registration.given_name,
            Registration.family_name,
            Role.title.label("role"),
            roles.further_titles(),
        )
        .join(Role, Role.id == Registration.role_id)
        .order_by(Registration.sort_name, Registration.id)
    )


def _evacuee(row: Any, safe: Mapping[str, datetime]) -> Evacuee:
    return Evacuee(
        badge_id=row.badge_id,
        registration_id=row.id,
        name=" ".join(filter(None, (row.title, row.given_name, row.family_name))),
        alliance_id=row.alliance_id,
        role=roles.joined(row.role, row.further_titles),
        safe_at=safe.get(row.badge_id),
        left_at=None if row.is_inside else row.last_at,
    )


def _safe(event_id: uuid.UUID, since: datetime) -> Mapping[str, datetime]:
    """Return when each badge's person was last ticked, unless all their ticks were taken back."""
    ticks = _ticks(event_id, since)
    undone = {tick.target_id for tick in ticks if tick.kind == ScanKind.UNDO}
    return {
        tick.badge_id: tick.scanned_at
        for tick in ticks
        if tick.kind == ScanKind.SAFE and tick.badge_id and tick.id not in undone
    }


def _ticks(event_id: uuid.UUID, since: datetime, *, badge_id: str = "") -> Sequence[Any]:
    query = (
        select(Scan.id, Scan.kind, Scan.badge_id, Scan.target_id, Scan.scanned_at)
        .where(
            Scan.event_id == event_id,
            Scan.stored_at >= since,
            Scan.scanned_at >= since,
            Scan.kind.in_((ScanKind.SAFE, ScanKind.UNDO)),
        )
        .order_by(Scan.scanned_at, Scan.id)
    )
    return db.session.execute(query.filter_by(badge_id=badge_id) if badge_id else query).all()


def mark_safe(event: Event, badge_id: str, *, actor: str) -> None:
    """Note that somebody was seen safe.

    Raises:
        Invalid: there is no evacuation, or the event has no such badge.
    """
    _check(event, badge_id)
    _store(event, badge_id, kind=ScanKind.SAFE, target_id=None)
    _record("evacuation.safe", event, badge_id, actor=actor)


def take_back(event: Event, badge_id: str, *, actor: str) -> None:
    """Take every tick of this evacuation for somebody back: they are looked for again.

    Raises:
        Invalid: there is no evacuation, or the event has no such badge.
    """
    since = _check(event, badge_id)
    ticks = _ticks(event.id, since, badge_id=badge_id)
    undone = {tick.target_id for tick in ticks if tick.kind == ScanKind.UNDO}
    standing = [each for each in ticks if each.kind == ScanKind.SAFE and each.id not in undone]
    for tick in standing:
        _store(event, badge_id, kind=ScanKind.UNDO, target_id=tick.id)
    if standing:
        _record("evacuation.missed", event, badge_id, actor=actor)


def _check(event: Event, badge_id: str) -> datetime:
    badge = db.session.get(Badge, badge_id) if BADGE_ID.fullmatch(badge_id) else None
    if badge is None or badge.event_id != event.id:
        raise Invalid(fields={"badge": "unknown"})
    if event.evacuation_at is None:
        raise Invalid(fields={"badge": "no_evacuation"})
    return event.evacuation_at


def _record(action: str, event: Event, badge_id: str, *, actor: str) -> None:
    audit.record(action, actor=actor, subject=f"badge:{badge_id}", event_id=event.id)


def _store(event: Event, badge_id: str, *, kind: ScanKind, target_id: uuid.UUID | None) -> None:
    gate, seq = _next(event)
    now = clock.now()
    db.session.add(
        Scan(
            id=uuid7(),
            event_id=event.id,
            device_id=desk_of(event.id),
            seq=seq,
            badge_text=f"badge:{badge_id}",
            badge_id=badge_id,
            gate=gate,
            kind=kind,
            wall_at=now,
            scanned_at=now,
            stored_at=now,
            # As merging has it, which knows an undo of entries and exits only.
            verdict=Verdict.ADMITTED if target_id is None else Verdict.STRAY,
            target_id=target_id,
        )
    )


def _next(event: Event) -> tuple[str, int]:
    """Return the code of the desk's gate and its next number; the desk is made if need be."""
    gate = db.session.scalars(
        select(Gate).where(Gate.event_id == event.id).order_by(Gate.id).limit(1)
    ).one()  # who is inside came in by one
    desk = Device.id == desk_of(event.id)
    made = {"id": desk_of(event.id), "event_id": event.id, "gate_id": gate.id}
    insert_new(Device, made | {"created_at": clock.now()})
    quietly = {"synchronize_session": False}
    seq = db.session.execute(
        update(Device)
        .where(desk)
        .values(acknowledged=Device.acknowledged + 1)
        .returning(Device.acknowledged),
        execution_options=quietly,
    ).scalar_one()
    received = sequences.written([(1, seq)])
    db.session.execute(
        update(Device).where(desk).values(received=received), execution_options=quietly
    )
    return gate.code, seq

"""The waiting list: who is next, and who gets the places that come free.

Who joins the queue, and who frees places, holds the event's queue (`quotas.hold_queue`), so that
neither can miss the other; registering while places are free needs no such turn. The invariant
at every commit: nobody waits for whom every matching quota has room, so that somebody who comes
later and finds a place takes it from nobody.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from registration import clock
from registration.database import db
from registration.models.deliveries import DeliveryKind
from registration.models.events import Event, Promotion
from registration.models.quotas import Quota
from registration.models.registrations import FurtherRole, Registration, RegistrationState
from registration.services import badges, quotas
from registration.services.quotas import Scope
from registration.services.registrations.approval import needs_approval
from registration.services.registrations.finding import get
from registration.services.registrations.moving import move, promise

WAITING = frozenset({RegistrationState.WAITING})
AT_A_TIME = 200


_MEMBER = (
    Registration.id,
    Registration.alliance_id,
    Registration.role_id,
    Registration.party_id,
)


@dataclass(frozen=True)
class Unit:
    """Those who can only be promoted together: one person, or a party."""

    ids: tuple[uuid.UUID, ...]
    scopes: tuple[Scope, ...]


def hold(event_id: uuid.UUID) -> None:
    """Keep everybody else from joining the queue and from places until the transaction ends."""
    quotas.hold_queue(event_id)
    quotas.hold_room(event_id)


def promote(event_id: uuid.UUID) -> int:
    """Give the places that are free to those who wait, first come first served.

    The next is the first for whom *every* matching quota has room; a party is one. The caller
    holds the queue (`hold`) and has freed what it frees. Returns how many people were promoted.
    """
    event = db.session.get_one(Event, event_id)
    if clock.now() >= event.starts_at or not _anybody(event_id):
        return 0
    room = quotas.hold_room(event_id)
    lucky = [unit for unit in _units(event_id, room) if room.take_all(unit.scopes) is None]
    for unit in lucky:
        for scope in unit.scopes:
            quotas.take(event_id, *scope)
    ids = [each for unit in lucky for each in unit.ids]
    for registration_id in ids:
        _promote(registration_id, event)
    return len(ids)


def _anybody(event_id: uuid.UUID) -> bool:
    return (
        db.session.scalars(select(Registration.id).where(*_waits(event_id)).limit(1)).first()
        is not None
    )


def _waits(event_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return (Registration.event_id == event_id, Registration.state == RegistrationState.WAITING)


def _units(event_id: uuid.UUID, room: quotas.Room) -> Iterator[Unit]:
    """Yield those who wait and might fit, in their order, until none of them can any more."""
    scopes = _hopeful(event_id, room)
    if not scopes:
        return
    further = _further_roles(event_id)
    parties = _parties(event_id)
    seen: set[uuid.UUID] = set()
    statement = (
        select(*_MEMBER)
        .where(*_waits(event_id), _is_one_of(scopes))
        .order_by(Registration.queued_at, Registration.id)
    )
    with db.session.execute(statement.execution_options(yield_per=AT_A_TIME)) as rows:
        for row in rows:
            if row.party_id in seen:
                continue
            members = [row]
            if row.party_id is not None:
                seen.add(row.party_id)
                members = parties[row.party_id]
            yield _unit(members, further)
            if not any(room.fits(*scope) for scope in scopes):
                return


def _unit(members: Sequence[Any], further: Mapping[uuid.UUID, Sequence[int]]) -> Unit:
    return Unit(
        tuple(each.id for each in members),
        tuple((each.alliance_id, (each.role_id, *further.get(each.id, ()))) for each in members),
    )


def _hopeful(event_id: uuid.UUID, room: quotas.Room) -> Sequence[Scope]:
    """Return the alliances and leading roles of those who wait, where there is room now."""
    waiting = db.session.execute(
        select(Registration.alliance_id, Registration.role_id).where(*_waits(event_id)).distinct()
    )
    scopes = [(alliance_id, (role_id,)) for alliance_id, role_id in waiting]
    return [scope for scope in scopes if room.fits(*scope)]


def _is_one_of(scopes: Sequence[Scope]) -> ColumnElement[bool]:
    return tuple_(func.coalesce(Registration.alliance_id, 0), Registration.role_id).in_(
        [(alliance_id or 0, roles[0]) for alliance_id, roles in scopes]
    )


def _further_roles(event_id: uuid.UUID) -> Mapping[uuid.UUID, Sequence[int]]:
    found = defaultdict(list)
    rows = db.session.execute(
        select(FurtherRole.registration_id, FurtherRole.role_id)
        .join(Registration, Registration.id == FurtherRole.registration_id)
        .where(*_waits(event_id))
    )
    for registration_id, role_id in rows:
        found[registration_id].append(role_id)
    return found


def _parties(event_id: uuid.UUID) -> Mapping[uuid.UUID, list[Any]]:
    found: dict[uuid.UUID, list[Any]] = defaultdict(list)
    rows = db.session.execute(
        select(*_MEMBER)
        .where(*_waits(event_id), Registration.party_id.is_not(None))
        .order_by(Registration.queued_at, Registration.id)
    )
    for row in rows:
        found[row.party_id].append(row)
    return found


def _promote(registration_id: uuid.UUID, event: Event) -> None:
    """Let one person have the places just taken: at once, as an offer, or as a request."""
    registration = get(registration_id)
    if event.promotion == Promotion.OFFER:
        expires_at = min(clock.now() + timedelta(hours=event.offer_hours), event.starts_at)
        move(
            registration,
            RegistrationState.OFFERED,
            before=WAITING,
            actor="worker",
            offer_expires_at=expires_at,
        )
        promise(registration, DeliveryKind.OFFER, reason="promoted")
        return
    asks = needs_approval(registration)
    state = RegistrationState.REQUESTED if asks else RegistrationState.CONFIRMED
    move(registration, state, before=WAITING, actor="worker", action="registration.promoted")
    if not asks:
        badges.issue(registration)
        db.session.flush()
    promise(registration, DeliveryKind.PROMOTED, reason="promoted")


def position(registration: Registration) -> int | None:
    """Return which turn the person has among those who wait for the same places; None: no turn.

    Counted are the people who joined before and whom one of the quotas keeps waiting that keeps
    this person waiting; a party has the turn of its first.
    """
    if registration.state != RegistrationState.WAITING or registration.queued_at is None:
        return None
    ahead = db.session.scalar(
        select(func.count())
        .select_from(Registration)
        .where(
            *_waits(registration.event_id),
            _came_before(registration, registration.queued_at),
            or_(*(_matches(quota) for quota in _in_the_way(registration))),
        )
    )
    return 1 + (ahead or 0)


def _came_before(registration: Registration, queued_at: datetime) -> ColumnElement[bool]:
    earlier = Registration.queued_at < queued_at
    if registration.party_id is not None:
        return earlier
    just_before = and_(Registration.queued_at == queued_at, Registration.id < registration.id)
    return or_(earlier, just_before)


def _in_the_way(registration: Registration) -> Sequence[Quota]:
    """Return the quotas without room for this person; if there are none, all that match."""
    ids = quotas.matching(
        registration.event_id,
        registration.alliance_id,
        [role.id for role in registration.roles],
    )
    found = db.session.scalars(select(Quota).where(Quota.id.in_(ids)).order_by(Quota.id)).all()
    return [quota for quota in found if not quota.free] or found


def _matches(quota: Quota) -> ColumnElement[bool]:
    """Return what is true of a registration that counts against this quota."""
    claims: list[ColumnElement[bool]] = [Registration.event_id == quota.event_id]
    if quota.alliance_id is not None:
        claims.append(Registration.alliance_id == quota.alliance_id)
    if quota.role_id is not None:
        claims.append(quotas.has_role(quota.role_id))
    return and_(*claims)

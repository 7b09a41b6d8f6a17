"""Take and free places, exactly: the one promise that must hold at every moment.

Taking is one conditional UPDATE of each quota, in ascending id, inside the transaction that
writes the registration; one that finds no place rolls everything back. Whoever takes or frees
holds the event's row with ``FOR KEY SHARE``; whoever creates or removes a quota holds it ``FOR
UPDATE``, so that a new quota counts everybody who has a place, and nobody twice. SQLite has one
writer at a time and needs neither.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Select, Table, bindparam, func, literal_column, select, update

from registration.database import db
from registration.errors import NotFound, QuotaExhausted
from registration.models.events import Event
from registration.models.quotas import Quota
from registration.models.registrations import HOLDS_PLACE, Registration
from registration.prepared import Prepared
from registration.services import audit

QUOTA = cast(Table, Quota.__table__)


def hold_event(event_id: uuid.UUID, *, alone: bool = False) -> None:
    """Keep the event's set of quotas as it is until the transaction ends.

    Args:
        event_id: the event.
        alone: wait for, and keep out, everybody else who takes or frees places.

    Raises:
        NotFound: there is no such event.
    """
    found = db.session.scalar(
        select(Event.id)
        .where(Event.id == event_id)
        .with_for_update(read=not alone, key_share=not alone)
    )
    if found is None:
        raise NotFound(noun="event", name=str(event_id))


_MATCHING = (
    select(QUOTA.c.id)
    .where(
        QUOTA.c.event_id == bindparam("event_id"),
        QUOTA.c.alliance_key.in_((literal_column("0"), bindparam("alliance_key"))),
        QUOTA.c.role_key.in_((literal_column("0"), bindparam("role_key"))),
    )
    .order_by(QUOTA.c.id)
)


_MATCHING_IDS = Prepared(lambda _: _MATCHING)


def matching(event_id: uuid.UUID, alliance_id: int | None, role_id: int) -> Sequence[int]:
    """Return the ids of all quotas that a person of this alliance and role counts against."""
    scope = {"event_id": event_id, "alliance_key": alliance_id or 0, "role_key": role_id}
    return [row.id for row in _MATCHING_IDS.rows(db.session.connection(), scope)]


_TAKE_ONE = Prepared(
    lambda _: (
        update(QUOTA)
        .where(QUOTA.c.id == bindparam("quota_id"), QUOTA.c.taken < QUOTA.c.places)
        .values(taken=QUOTA.c.taken + 1)
    )
)


def _take_all() -> Select[Any]:
    """Return the statement that takes from all matching quotas, for PostgreSQL.

    It locks them in ascending id first, so that no two people wait for each other, and then
    takes from each that has a place; who is not in ``taken`` has none.
    """
    wanted = _MATCHING.with_for_update().cte("wanted")
    taken = (
        update(QUOTA)
        .where(QUOTA.c.id == wanted.c.id, QUOTA.c.taken < QUOTA.c.places)
        .values(taken=QUOTA.c.taken + 1)
        .returning(QUOTA.c.id)
        .cte("taken")
    )
    has_place = taken.c.id.is_not(None).label("has_place")
    return (
        select(wanted.c.id, has_place)
        .join_from(wanted, taken, taken.c.id == wanted.c.id, isouter=True)
        .order_by(wanted.c.id)
    )


_TAKE_ALL = Prepared(lambda _: _take_all())


def take(event_id: uuid.UUID, alliance_id: int | None, role_id: int) -> None:
    """Take one place in each quota that this person counts against; the caller holds the event.

    Raises:
        QuotaExhausted: one has no free place; the transaction must be rolled back.
    """
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        scope = {"event_id": event_id, "alliance_key": alliance_id or 0, "role_key": role_id}
        refused = [row.id for row in _TAKE_ALL.rows(connection, scope) if not row.has_place]
    else:
        quota_ids = matching(event_id, alliance_id, role_id)
        refused = [
            each for each in quota_ids if not _TAKE_ONE.write(connection, [{"quota_id": each}])
        ]
    if refused:
        raise QuotaExhausted(quota_id=refused[0])


def free(quota_ids: Sequence[int]) -> None:
    """Give back one place in each of these quotas; the caller holds the event."""
    _shift(quota_ids, by=-1)


def take_beyond(quota_ids: Sequence[int], count: int) -> None:
    """Take places whether they are free or not: only for people generated for a trial."""
    _shift(quota_ids, by=count)


def _shift(quota_ids: Sequence[int], *, by: int) -> None:
    for quota_id in quota_ids:
        db.session.connection().execute(
            update(QUOTA).where(QUOTA.c.id == quota_id).values(taken=QUOTA.c.taken + by)
        )


def set_quota(
    *,
    event_id: uuid.UUID,
    places: int | None,
    alliance_id: int | None = None,
    role_id: int | None = None,
    actor: str,
) -> Quota | None:
    """Give (alliance or any) × (role or any) a number of places, or with None no limit.

    Lowering below what is taken is allowed and evicts nobody. Returns the quota, or None when
    there is no limit now.

    Raises:
        NotFound: there is no such event.
    """
    hold_event(event_id, alone=True)
    quota = _find(event_id, alliance_id, role_id)
    before = quota.places if quota else None
    if places is None:
        if quota:
            db.session.delete(quota)
        quota = None
    else:
        quota = quota or _new(event_id, alliance_id, role_id)
        quota.places = places
    db.session.flush()
    audit.record(
        "quota.set",
        actor=actor,
        subject=f"quota:{alliance_id or 'any'}×{role_id or 'any'}",
        event_id=event_id,
        before=before,
        after=places,
    )
    return quota


def _find(event_id: uuid.UUID, alliance_id: int | None, role_id: int | None) -> Quota | None:
    return db.session.scalars(
        select(Quota)
        .where(
            Quota.event_id == event_id,
            Quota.alliance_key == (alliance_id or 0),
            Quota.role_key == (role_id or 0),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()


def _new(event_id: uuid.UUID, alliance_id: int | None, role_id: int | None) -> Quota:
    """Add a quota that counts everybody who has a place already."""
    quota = Quota(
        event_id=event_id,
        alliance_id=alliance_id,
        role_id=role_id,
        alliance_key=alliance_id or 0,
        role_key=role_id or 0,
        taken=count_holders(event_id, alliance_id, role_id),
    )
    db.session.add(quota)
    return quota


def count_holders(event_id: uuid.UUID, alliance_id: int | None, role_id: int | None) -> int:
    """Count the registrations that hold a place and match."""
    query = select(func.count()).where(
        Registration.event_id == event_id, Registration.state.in_(HOLDS_PLACE)
    )
    if alliance_id is not None:
        query = query.where(Registration.alliance_id == alliance_id)
    if role_id is not None:
        query = query.where(Registration.role_id == role_id)
    return db.session.scalar(query) or 0


def list_quotas(event_id: uuid.UUID) -> Sequence[Quota]:
    """Return the event's quotas in ascending id, as they are now."""
    return db.session.scalars(
        select(Quota)
        .where(Quota.event_id == event_id)
        .order_by(Quota.id)
        .execution_options(populate_existing=True)
    ).all()


_OF_ANYBODY = Prepared(
    lambda _: select(QUOTA.c.role_id, QUOTA.c.places, QUOTA.c.taken).where(
        QUOTA.c.event_id == bindparam("event_id"), QUOTA.c.alliance_key == 0
    )
)


def places_left(event_id: uuid.UUID) -> Mapping[int | None, int | None]:
    """Return the free places by role id, None for "no limit"; under the key None the event's total.

    Quotas of single alliances are not in it: they bind only their own people.
    """
    rows = _OF_ANYBODY.rows(db.session.connection(), {"event_id": event_id})
    left = {role_id: max(0, places - taken) for role_id, places, taken in rows}
    return left if None in left else {**left, None: None}


@dataclass(frozen=True)
class Difference:
    """A quota whose count is not what its registrations say."""

    quota_id: int
    taken: int
    counted: int


def reconcile(event_id: uuid.UUID, *, repair: bool = False) -> Sequence[Difference]:
    """Compare ``taken`` with the rows and return what differs; with ``repair`` put it right."""
    hold_event(event_id, alone=True)
    found = []
    for quota in list_quotas(event_id):
        counted = count_holders(event_id, quota.alliance_id, quota.role_id)
        if counted != quota.taken:
            found.append(Difference(quota.id, quota.taken, counted))
            if repair:
                quota.taken = counted
    return found

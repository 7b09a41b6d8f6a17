"""Take and free places, exactly: the one promise that must hold at every moment.

Taking is one conditional UPDATE of each quota, in ascending id, inside the transaction that
writes the registration; one that finds no place rolls everything back. Whoever takes or frees
holds the event's row with ``FOR KEY SHARE``; whoever creates or removes a quota holds it ``FOR
UPDATE``, so that a new quota counts everybody who has a place, and nobody twice. SQLite has one
writer at a time and needs neither.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)

from registration.database import db
from registration.errors import NotFound, QuotaExhausted
from registration.models.events import Event
from registration.models.quotas import Quota
from registration.models.registrations import HOLDS_PLACE, FurtherRole, Registration
from registration.prepared import Among, Prepared
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


def hold_queue(event_id: uuid.UUID) -> None:
    """Keep everybody else from joining the waiting list and from freeing places.

    Whoever registers while places are free goes on (their ``FOR KEY SHARE`` does not conflict).

    Raises:
        NotFound: there is no such event.
    """
    found = db.session.scalar(
        select(Event.id).where(Event.id == event_id).with_for_update(key_share=True)
    )
    if found is None:
        raise NotFound(noun="event", name=str(event_id))


Scope = tuple[int | None, Sequence[int]]
"""A person as quotas see them: their alliance or None, and all their roles."""


class Room:
    """The free places of an event's quotas, as this transaction sees and changes them."""

    def __init__(self, free: Mapping[tuple[int, int], tuple[int, int]]) -> None:
        """``free`` by (alliance key, role key): the quota's id and its free places."""
        self._ids = {key: quota_id for key, (quota_id, _left) in free.items()}
        self._left = dict(free.values())

    def _matching(self, alliance_id: int | None, role_ids: Sequence[int]) -> Sequence[int]:
        keys = product({0, alliance_id or 0}, {0, *role_ids})
        return [self._ids[key] for key in keys if key in self._ids]

    def fits(self, alliance_id: int | None, role_ids: Sequence[int]) -> bool:
        """Return whether every quota that matches has a place."""
        return all(self._left[each] > 0 for each in self._matching(alliance_id, role_ids))

    def take_all(self, scopes: Sequence[Scope]) -> int | None:
        """Note places for all of them, or for nobody.

        Returns:
            None, or if not everybody fits the id of a quota that has too little room.
        """
        wanted = Counter(each for scope in scopes for each in self._matching(*scope))
        for quota_id, count in sorted(wanted.items()):
            if self._left[quota_id] < count:
                return quota_id
        for quota_id, count in wanted.items():
            self._left[quota_id] -= count
        return None


def hold_room(event_id: uuid.UUID) -> Room:
    """Hold all quotas of the event until the transaction ends, and return the room they have.

    Whoever takes or frees for several people in one transaction calls it first: then they lock
    quotas in ascending id as everybody does, and nobody waits in a circle.
    """
    rows = db.session.execute(
        select(QUOTA.c.id, QUOTA.c.alliance_key, QUOTA.c.role_key, QUOTA.c.places, QUOTA.c.taken)
        .where(QUOTA.c.event_id == event_id)
        .order_by(QUOTA.c.id)
        .with_for_update()
    )
    return Room(
        {
            (alliance_key, role_key): (quota_id, max(0, places - taken))
            for quota_id, alliance_key, role_key, places, taken in rows
        }
    )


def check_room(event_id: uuid.UUID, alliance_id: int | None, role_ids: Sequence[int]) -> None:
    """Say whether there is a place, without taking it.

    Raises:
        QuotaExhausted: there is none.
    """
    ids = matching(event_id, alliance_id, role_ids)
    full = db.session.scalar(
        select(QUOTA.c.id)
        .where(QUOTA.c.id.in_(ids), QUOTA.c.taken >= QUOTA.c.places)
        .order_by(QUOTA.c.id)
        .limit(1)
    )
    if full is not None:
        raise QuotaExhausted(quota_id=full)


_MATCHING = (
    select(QUOTA.c.id)
    .where(
        QUOTA.c.event_id == bindparam("event_id"),
        QUOTA.c.alliance_key.in_((literal_column("0"), bindparam("alliance_key"))),
        Among(QUOTA.c.role_key, "role_keys"),
    )
    .order_by(QUOTA.c.id)
)


_MATCHING_IDS = Prepared(lambda _: _MATCHING)


def matching(
    event_id: uuid.UUID, alliance_id: int | None, role_ids: Sequence[int]
) -> Sequence[int]:
    """Return the ids of all quotas that a person of this alliance and these roles counts against.

    Each is in it once, also where it matches several of the roles.
    """
    scope = _scope(event_id, alliance_id, role_ids)
    return [row.id for row in _MATCHING_IDS.rows(db.session.connection(), scope)]


def _scope(
    event_id: uuid.UUID, alliance_id: int | None, role_ids: Sequence[int]
) -> dict[str, object]:
    return {
        "event_id": event_id,
        "alliance_key": alliance_id or 0,
        "role_keys": [0, *role_ids],
    }


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


def take(event_id: uuid.UUID, alliance_id: int | None, role_ids: Sequence[int]) -> None:
    """Take one place in each quota that this person counts against; the caller holds the event.

    Raises:
        QuotaExhausted: one has no free place; the transaction must be rolled back.
    """
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        scope = _scope(event_id, alliance_id, role_ids)
        taken = _TAKE_ALL.rows(connection, scope)
        refused: Sequence[int] = [row.id for row in taken if not row.has_place]
    else:
        refused = _take_each(matching(event_id, alliance_id, role_ids))
    if refused:
        raise QuotaExhausted(quota_id=refused[0])


def _take_each(quota_ids: Sequence[int]) -> Sequence[int]:
    """Take a place in each of these quotas, and return those that have none."""
    connection = db.session.connection()
    return [each for each in quota_ids if not _TAKE_ONE.write(connection, [{"quota_id": each}])]


def shift(
    event_id: uuid.UUID,
    alliance_id: int | None,
    *,
    before: Sequence[int],
    after: Sequence[int],
) -> None:
    """Move one person's places from those of some roles to those of others.

    What both match is kept, not freed and taken. The caller holds the room (`hold_room`).

    Raises:
        QuotaExhausted: a quota has no place; the transaction must be rolled back.
    """
    had = set(matching(event_id, alliance_id, before))
    wants = set(matching(event_id, alliance_id, after))
    refused = _take_each(sorted(wants - had))
    if refused:
        raise QuotaExhausted(quota_id=refused[0])
    free(sorted(had - wants))


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

    Lowering below what is taken is allowed and evicts nobody; raising promotes those who wait.
    Returns the quota, or None when there is no limit now.

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
    # it imports this module; only whoever changes a quota needs both ways
    from registration.services.registrations import waiting  # noqa: PLC0415

    waiting.promote(event_id)
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
        query = query.where(has_role(role_id))
    return db.session.scalar(query) or 0


def has_role(role_id: int) -> ColumnElement[bool]:
    """Return what is true of a registration with this role, leading or further."""
    further = select(FurtherRole.registration_id).where(FurtherRole.role_id == role_id)
    return or_(Registration.role_id == role_id, Registration.id.in_(further))


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

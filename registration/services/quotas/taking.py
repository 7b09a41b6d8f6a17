"""Take and free places, in every quota that matches or in none.

It runs inside the transaction that writes the registration; a quota that has no place rolls
everything back.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import Update, bindparam, literal_column, select, update

from registration.database import db
from registration.errors import QuotaExhausted
from registration.prepared import Among, Prepared
from registration.services.quotas.holding import QUOTA


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


_MATCHES = (
    QUOTA.c.event_id == bindparam("event_id"),
    QUOTA.c.alliance_key.in_((literal_column("0"), bindparam("alliance_key"))),
    Among(QUOTA.c.role_key, "role_keys"),
)
_MATCHING = select(QUOTA.c.id).where(*_MATCHES).order_by(QUOTA.c.id)
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


def _take_all(dialect: str) -> Update:
    """Return the statement that takes from all matching quotas and says which had no place left.

    PostgreSQL locks them in ascending id first, so that no two people wait for each other.
    """
    statement = update(QUOTA).values(taken=QUOTA.c.taken + 1)
    if dialect == "postgresql":
        wanted = _MATCHING.with_for_update().cte("wanted")
        statement = statement.where(QUOTA.c.id == wanted.c.id)
    else:
        statement = statement.where(*_MATCHES)
    return statement.returning(QUOTA.c.id, (QUOTA.c.taken > QUOTA.c.places).label("is_too_many"))


_TAKE_ALL = Prepared(_take_all)


def take(event_id: uuid.UUID, alliance_id: int | None, role_ids: Sequence[int]) -> None:
    """Take one place in each quota that this person counts against; the caller holds the event.

    Raises:
        QuotaExhausted: one has no free place; the transaction must be rolled back.
    """
    scope = _scope(event_id, alliance_id, role_ids)
    taken = _TAKE_ALL.rows(db.session.connection(), scope)
    refused = [row.id for row in taken if row.is_too_many]
    if refused:
        raise QuotaExhausted(quota_id=min(refused))


_TAKE_ONE = Prepared(
    lambda _: (
        update(QUOTA)
        .where(QUOTA.c.id == bindparam("quota_id"), QUOTA.c.taken < QUOTA.c.places)
        .values(taken=QUOTA.c.taken + 1)
    )
)


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
    """Take places whether they are free or not.

    For people who are there all the same: at the door without a registration, or generated for a
    trial.
    """
    _shift(quota_ids, by=count)


def _shift(quota_ids: Sequence[int], *, by: int) -> None:
    for quota_id in quota_ids:
        db.session.connection().execute(
            update(QUOTA).where(QUOTA.c.id == quota_id).values(taken=QUOTA.c.taken + by)
        )

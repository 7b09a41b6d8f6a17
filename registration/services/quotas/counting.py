"""Count: what is taken and free by the quotas, and what the registrations say of it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, func, or_, select

from registration.database import db
from registration.models.quotas import Quota
from registration.models.registrations import HOLDS_PLACE, FurtherRole, Registration
from registration.prepared import Prepared
from registration.services.quotas.holding import QUOTA, hold_event


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

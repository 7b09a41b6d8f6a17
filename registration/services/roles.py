"""Roles of many people at once: read beside each row without a query of their own."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, String, cast, func, select

from registration.database import db
from registration.models.registrations import FurtherRole, Registration
from registration.models.roles import Role


def further_ids() -> ColumnElement[str | None]:
    """Return the column with the ids of a registration's further roles; None: it has no other.

    A subquery that costs one look at the primary key's index a row; `in_order` reads it.
    """
    return (
        select(func.aggregate_strings(cast(FurtherRole.role_id, String), " "))
        .where(FurtherRole.registration_id == Registration.id)
        .correlate(Registration)
        .scalar_subquery()
        .label("further_role_ids")
    )


def ranks_of(event_id: uuid.UUID) -> Mapping[int, int]:
    """Return the rank of each role of the event by its id; the lowest leads."""
    query = select(Role.id).where(Role.event_id == event_id).order_by(Role.rank, Role.position)
    return {role_id: rank for rank, role_id in enumerate(db.session.scalars(query))}


def in_order(further: str | None, ranks: Mapping[int, int]) -> Sequence[int]:
    """Return the ids that `further_ids` has read, by rank."""
    if not further:
        return ()
    return sorted(map(int, further.split()), key=lambda role_id: ranks[role_id])

"""Roles of many people at once: read beside each row without a query of their own."""

import json
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, String, Text, cast, func, literal_column, select

from registration.database import Localised, db
from registration.models.registrations import FurtherRole, Registration
from registration.models.roles import Role

OPENS, COMMA, CLOSES = (literal_column(text, String) for text in ("'['", "','", "']'"))
"""Written into the statement: prepared ones take no values but their own."""


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


def further_titles() -> ColumnElement[str | None]:
    """Return the column with the titles of a registration's further roles, for `joined`.

    Like `further_ids`, where no event's roles are at hand: at the gate.
    """
    rank, title = cast(Role.rank, String), cast(Role.title, Text)
    pair = OPENS.concat(rank).concat(COMMA).concat(title).concat(CLOSES)
    return (
        select(func.aggregate_strings(pair, COMMA))  # type: ignore[arg-type]  # a literal, too
        .join(FurtherRole, FurtherRole.role_id == Role.id)
        .where(FurtherRole.registration_id == Registration.id)
        .correlate(Registration)
        .scalar_subquery()
        .label("further_titles")
    )


def joined(leading: Localised, further: str | None) -> Localised:
    """Return the titles of all roles, by rank, as one text in each language."""
    if not further:
        return leading
    ranked = sorted(json.loads(f"[{further}]"), key=lambda each: int(each[0]))
    titles = [leading, *(Localised(title) for _rank, title in ranked)]
    return Localised(
        {language: ", ".join(title.in_locale(language) for title in titles) for language in leading}
    )

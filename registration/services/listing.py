"""The list of an event's registrations: search, filter, sort, page."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from registration.database import db
from registration.models.alliances import Alliance
from registration.models.registrations import FurtherRole, Registration, RegistrationState
from registration.models.roles import Role
from registration.services.folding import fold


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which registrations of an event are meant; None and "" leave a question open."""

    query: str = ""
    alliance_id: int | None = None
    role_id: int | None = None
    state: RegistrationState | None = None

    @property
    def is_empty(self) -> bool:
        """Whether everybody is meant."""
        return self == Filter()

    def apply(self, statement: Select[Any], event_id: uuid.UUID) -> Select[Any]:
        """Return the statement, narrowed to what is meant; each word of the query must occur."""
        statement = statement.where(Registration.event_id == event_id)
        for word in fold(self.query).split():
            statement = statement.where(Registration.search_text.contains(word, autoescape=True))
        if self.alliance_id is not None:
            statement = statement.where(Registration.alliance_id == self.alliance_id)
        if self.role_id is not None:
            statement = statement.where(_has_role(self.role_id))
        if self.state is not None:
            statement = statement.where(Registration.state == self.state)
        return statement


def _has_role(role_id: int) -> ColumnElement[bool]:
    """Return the condition: it is the leading role, or one of the further ones."""
    further = select(FurtherRole.registration_id).where(FurtherRole.role_id == role_id)
    return or_(Registration.role_id == role_id, Registration.id.in_(further))


@dataclass(frozen=True)
class Page:
    """One page of a list: the rows, which page, and how much there is in all."""

    rows: Sequence[Registration]
    number: int
    size: int
    total: int

    @property
    def count(self) -> int:
        """The number of pages; at least one."""
        return max(1, -(-self.total // self.size))


class Order(StrEnum):
    """What a list of registrations is sorted by; names decide among equals."""

    NAME = "name"
    ALLIANCE = "alliance"
    ROLE = "role"
    CREATED = "created"
    QUEUE = "queue"
    """Who waits longest first."""


def search(
    event_id: uuid.UUID,
    wanted: Filter,
    *,
    page: int = 1,
    size: int = 50,
    order: Order = Order.NAME,
    descending: bool = False,
) -> Page:
    """Return one page of the registrations that are meant, names sorted as Germans sort them.

    A page beyond the last is the last. Only ids are sorted; whole rows are read for one page.
    """
    counted = wanted.apply(select(func.count()).select_from(Registration), event_id)
    total = db.session.scalar(counted) or 0
    number = max(1, min(page, -(-total // size)))
    if not total:
        return Page(rows=(), number=number, size=size, total=0)
    ids = db.session.scalars(
        _sorted(wanted.apply(select(Registration.id), event_id), order, descending=descending)
        .limit(size)
        .offset((number - 1) * size)
    ).all()
    return Page(rows=_rows(ids), number=number, size=size, total=total)


def _rows(ids: Sequence[uuid.UUID]) -> Sequence[Registration]:
    found = db.session.scalars(
        select(Registration)
        .where(Registration.id.in_(ids))
        .options(
            joinedload(Registration.alliance),
            joinedload(Registration.role),
            selectinload(Registration.further_roles),
        )
    )
    by_id = {row.id: row for row in found}
    return [by_id[each] for each in ids if each in by_id]


def _sorted(statement: Select[Any], order: Order, *, descending: bool) -> Select[Any]:
    names: list[ColumnElement[Any]] = [Registration.sort_name.asc(), Registration.id.asc()]
    if order == Order.NAME:
        last_first = [Registration.sort_name.desc(), Registration.id.desc()]
        return statement.order_by(*(last_first if descending else names))
    column: InstrumentedAttribute[Any] = Registration.created_at
    if order == Order.ALLIANCE:
        statement, column = statement.outerjoin(Registration.alliance), Alliance.sort_name
    elif order == Order.ROLE:
        statement, column = statement.join(Registration.role), Role.position
    elif order == Order.QUEUE:
        column = Registration.queued_at
    first = column.desc() if descending else column.asc()
    return statement.order_by(first.nulls_last(), *names)

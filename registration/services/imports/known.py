"""Who is registered already, so that nobody is twice."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import select

from registration.database import db
from registration.models.registrations import IS_OPEN, Registration
from registration.prepared import Among
from registration.services.folding import fold
from registration.services.imports.bounds import Bounds
from registration.services.registrations import Person

Likeness = tuple[str, str, str, int | None]
"""What makes two rows the same person: names, address, alliance."""


def likeness(family_name: str, given_name: str, email: str, alliance_id: int | None) -> Likeness:
    """Return what a person is told by, however their name is written."""
    return (fold(family_name), fold(given_name), email.lower(), alliance_id)


@dataclass
class Known:
    """Whom the event knows, and whom the rows before this one have named."""

    registered: set[Likeness]
    addresses: set[str]
    """Those that stand for one person only."""
    done: Mapping[int, uuid.UUID]
    """The registrations that this very list has made, by row."""
    rows: dict[Likeness, int] = field(default_factory=dict)

    def seen(self, person: Person, alliance_id: int | None, *, row: int) -> tuple[str, int]:
        """Note the person of a row; return why there can be no second of them, and since when.

        Returns:
            A problem's code or "", and the row that named this person first.
        """
        key = likeness(person.family_name, person.given_name, person.email, alliance_id)
        first = self.rows.setdefault(key, row)
        if first != row:
            return "duplicate_row", first
        if key in self.registered:
            return "already_registered", row
        return "", row


def key_of(list_id: str, row: int) -> str:
    """Return the idempotency key of one row of a list."""
    return f"import:{list_id[:40]}:{row}"


def load(bounds: Bounds, list_id: str, rows: list[int]) -> Known:
    """Return whom the event knows.

    Args:
        bounds: the event and the alliance.
        list_id: names the list; the same list brought again has the same.
        rows: the numbers of the list's rows.
    """
    event_id = bounds.prospectus.event.id
    done = find_done(list_id, rows)
    query = select(
        Registration.id,
        Registration.family_name,
        Registration.given_name,
        Registration.email,
        Registration.alliance_id,
    ).where(Registration.event_id == event_id, Registration.state.in_(IS_OPEN))
    if bounds.alliance is not None:
        query = query.where(Registration.alliance_id == bounds.alliance.id)
    own = set(done.values())
    registered = {likeness(*row[1:]) for row in db.session.execute(query) if row.id not in own}
    return Known(registered=registered, addresses=_addresses(event_id, own), done=done)


def find_done(list_id: str, rows: list[int]) -> Mapping[int, uuid.UUID]:
    """Return the registrations that a list has made, by its rows."""
    keys = {key_of(list_id, row): row for row in rows}
    column = cast(Any, Registration.__table__.c.idempotency_key)
    found = db.session.connection().execute(
        select(Registration.__table__.c.id, column).where(Among(column, "keys")),
        {"keys": list(keys)},
    )
    return {keys[key]: registration_id for registration_id, key in found}


def _addresses(event_id: uuid.UUID, own: set[uuid.UUID]) -> set[str]:
    rows = db.session.execute(
        select(Registration.id, Registration.address_key).where(
            Registration.event_id == event_id, Registration.address_key.is_not(None)
        )
    )
    return {str(row.address_key) for row in rows if row.id not in own}

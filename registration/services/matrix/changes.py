"""Change many cells of the matrix at once: planned and shown first, then all of it or nothing."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, bindparam, delete, update

from registration.database import db
from registration.errors import Conflict
from registration.models.quotas import Quota
from registration.services import quotas, registrations
from registration.services.events import Prospectus
from registration.services.matrix.cells import Key, Matrix, load

QUOTA = cast(Table, Quota.__table__)


@dataclass(frozen=True, kw_only=True)
class Change:
    """Another limit for one cell; None is no limit."""

    key: Key
    before: int | None
    after: int | None
    taken: int

    @property
    def over(self) -> int:
        """How many more are taken than will be allowed; they all keep their places."""
        return 0 if self.after is None else max(0, self.taken - self.after)


def plan(matrix: Matrix, wanted: Mapping[Key, int | None]) -> Sequence[Change]:
    """Return what has to change so that these cells have these limits; the rest stays."""
    changes = []
    for key, after in wanted.items():
        cell = matrix.cell(*key)
        if cell.places != after:
            changes.append(Change(key=key, before=cell.places, after=after, taken=cell.taken))
    return changes


def copy_of_row(
    prospectus: Prospectus, matrix: Matrix, alliance_id: int
) -> Mapping[Key, int | None]:
    """Return the limits that all other alliances get if they become like this one."""
    roles = (None, *(role.id for role in prospectus.roles))
    row = {role_id: matrix.cell(alliance_id, role_id).places for role_id in roles}
    return {
        (other.id, role_id): places
        for other in prospectus.alliances
        if other.id != alliance_id
        for role_id, places in row.items()
    }


def apply(event_id: uuid.UUID, changes: Sequence[Change], *, actor: str) -> None:
    """Make these changes, all of them; who waits and fits now moves up.

    Lowering below what is taken is allowed and evicts nobody.

    Raises:
        Conflict: a limit is not any more what it was when the changes were planned.
        NotFound: there is no such event.
    """
    quotas.hold_event(event_id, alone=True)
    matrix = load(event_id)
    if any(matrix.cell(*change.key).places != change.before for change in changes):
        raise Conflict
    _store(event_id, matrix, changes)
    for change in changes:
        quotas.record_set(
            event_id, change.key, before=change.before, after=change.after, actor=actor
        )
    db.session.flush()
    registrations.promote(event_id)


def _store(event_id: uuid.UUID, matrix: Matrix, changes: Sequence[Change]) -> None:
    """Write the limits; a new one counts everybody who has a place already."""
    new = [_row(event_id, matrix, each) for each in changes if each.before is None]
    gone = [_scope(event_id, each) for each in changes if each.after is None]
    kept = [
        {**_scope(event_id, each), "to_places": each.after}
        for each in changes
        if each.before is not None and each.after is not None
    ]
    connection = db.session.connection()
    scope = (
        QUOTA.c.event_id == bindparam("of_event"),
        QUOTA.c.alliance_key == bindparam("of_alliance"),
        QUOTA.c.role_key == bindparam("of_role"),
    )
    if gone:
        connection.execute(delete(QUOTA).where(*scope), gone)
    if kept:
        connection.execute(update(QUOTA).where(*scope).values(places=bindparam("to_places")), kept)
    if new:
        connection.execute(QUOTA.insert(), new)


def _scope(event_id: uuid.UUID, change: Change) -> dict[str, object]:
    alliance_id, role_id = change.key
    return {"of_event": event_id, "of_alliance": alliance_id or 0, "of_role": role_id or 0}


def _row(event_id: uuid.UUID, matrix: Matrix, change: Change) -> dict[str, object]:
    alliance_id, role_id = change.key
    return {
        "event_id": event_id,
        "alliance_id": alliance_id,
        "role_id": role_id,
        "alliance_key": alliance_id or 0,
        "role_key": role_id or 0,
        "places": change.after,
        "taken": matrix.cell(alliance_id, role_id).taken,
    }

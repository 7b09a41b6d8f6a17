"""Writing: what a transaction's scans leave in the tables, each in the order of its key.

So no two writers wait for each other in a circle. Every row is fenced: if one is not written,
somebody was faster, and all is decided anew.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Any, cast

from sqlalchemy import Insert, Table, bindparam, delete, select, update

from registration.database import Model, db, new_row
from registration.models.badges import Badge
from registration.models.deliveries import DeliveryKind
from registration.models.gates import Presence, Scan
from registration.prepared import Prepared, given_rows
from registration.services import deliveries
from registration.services.gates.days import moment_of
from registration.services.gates.merging import HOUSE
from registration.services.gates.scans.standings import Standings
from registration.strokes import Write

PRESENCE = cast(Table, Presence.__table__)
MOVED = ("inside", "first_at", "first_gate", "last_at", "zones")

Row = dict[str, Any]

_IS_AS_READ = (
    PRESENCE.c.badge_id == bindparam("of_badge"),
    PRESENCE.c.revision == bindparam("before"),
)
_LEAVE = Prepared(lambda _: delete(PRESENCE).where(*_IS_AS_READ))
_MOVE = Prepared(
    lambda _: (
        update(PRESENCE)
        .where(*_IS_AS_READ)
        .values({name: bindparam(name, type_=PRESENCE.c[name].type) for name in MOVED})
        .values(revision=PRESENCE.c.revision + 1)
    )
)


def _new_rows(model: type[Model], dialect: str) -> Insert:
    """Return the statement that inserts rows unless they are there; on PostgreSQL all at once."""
    row, columns = new_row(model, dialect), model.__table__.columns
    if dialect != "postgresql":
        return row
    given = given_rows({each.key: each.type for each in columns})
    return row.from_select([*columns], select(*given.c))


_COME = Prepared(partial(_new_rows, Presence), *PRESENCE.columns.keys())
_SCAN = Prepared(partial(_new_rows, Scan), *Scan.__table__.columns.keys())


def of_scans(rows: Iterable[Row]) -> Write:
    """Return the write that stores scans."""
    return _SCAN, sorted(rows, key=_id)


def _id(row: Row) -> int:
    scan_id: uuid.UUID = row["id"]
    return scan_id.int


def of_presences(
    event_id: uuid.UUID, standings: Standings, changed: Collection[str]
) -> Sequence[Write]:
    """Return the writes that say where people stand now; of whoever never came, nothing is left."""
    gone: list[Row] = []
    moved: list[Row] = []
    come: list[Row] = []
    for badge_id in changed:
        revision = standings.bearers[badge_id].revision
        is_as_read = {"of_badge": badge_id, "before": revision}
        first = standings.after[badge_id].first
        if first is None and revision is not None:
            gone.append(is_as_read)
        elif revision is not None:
            moved.append(is_as_read | _columns(standings, badge_id))
        elif first is not None:
            key = {"badge_id": badge_id, "event_id": event_id, "revision": 0}
            come.append(key | _columns(standings, badge_id))
    return [(_LEAVE, gone), (_MOVE, moved), (_COME, come)]


def _columns(standings: Standings, badge_id: str) -> Row:
    standing = standings.after[badge_id]
    assert standing.first is not None  # noqa: S101  # see `of_presences`
    return {
        "inside": standing.zones.get(HOUSE, "").endswith("+"),
        "first_at": moment_of(standing.first.at),
        "first_gate": standing.first.gate,
        "last_at": moment_of(standings.last_at[badge_id]),
        "zones": dict(standing.zones),
    }


def tell_hosts(standings: Standings, changed: Collection[str]) -> None:
    """Promise a mail to whoever waits for a guest that has just come for the first time."""
    for badge_id in changed:
        bearer = standings.bearers[badge_id]
        came = standings.before[badge_id].first is None and standings.after[badge_id].first
        if came and bearer.host_email:
            deliveries.promise(
                db.session.get_one(Badge, badge_id).registration_id,
                bearer.event_id,
                DeliveryKind.ARRIVED,
                recipient=bearer.host_email,
                reason="arrived",
            )

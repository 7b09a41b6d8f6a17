"""Turns: of several transactions that scan one badge, one after the other decides.

A scan that changes nobody's presence, such as a duplicate, leaves no row that fences it; two web
processes would each decide on what the other is just storing. SQLite has one writer at a time.
On PostgreSQL each badge belongs to one of `TURNS` advisory locks of its transaction, which are
taken in ascending order, so that nobody waits in a circle; few enough for any batch, since all
locks of a server share one table (``max_locks_per_transaction``).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, union_all

from registration.prepared import Among, Prepared, Several
from registration.services.gates.scans.bearers import BADGE, REGISTRATION, Query
from registration.services.gates.scans.seen import Named

TURNS = 256
CLASS = 0x5CA4
"""Of our advisory locks; the number of the turn is the other half of the key."""


def queries(connection: Connection, named: Iterable[Named]) -> Sequence[Query]:
    """Return what to ask first, in the same round trip, so that the answers after it are ours."""
    several = list(named)
    ids = {each.badge_id for each in several if each.badge_id}
    codes = {each.short_code for each in several if each.short_code}
    if connection.dialect.name != "postgresql" or not (ids or codes):
        return ()
    if not codes:
        return [(_TAKE, {"ids": list(ids)})]
    return [(_TAKE_BY_CODE, {"ids": list(ids), "names": list(codes)})]


def _take(*others: Select[Any]) -> Select[Any]:
    given = select(bindparam("ids", type_=Several(BADGE.c.id.type))).scalar_subquery()
    badges = union_all(select(func.unnest(given).label("id")), *others).subquery()
    turn = func.hashtext(badges.c.id).op("&")(TURNS - 1).label("turn")
    turns = select(turn).distinct().order_by(turn).subquery()
    return select(func.pg_advisory_xact_lock(CLASS, turns.c.turn).label("taken"))


_BY_CODE = (
    select(BADGE.c.id)
    .join(REGISTRATION, REGISTRATION.c.id == BADGE.c.registration_id)
    .where(Among(REGISTRATION.c.short_code, "names"))
)
_TAKE = Prepared(lambda _: _take())
_TAKE_BY_CODE = Prepared(lambda _: _take(_BY_CODE))

"""The cells of the matrix, and their sums.

A person with several roles counts in the cell of each of them, but once in the total of the
alliance and once in that of the event, exactly as the quotas count.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from registration.database import db
from registration.models.quotas import Quota
from registration.models.registrations import (
    HOLDS_PLACE,
    IS_OPEN,
    FurtherRole,
    Registration,
    RegistrationState,
)
from registration.services import overview

Key = tuple[int | None, int | None]
"""(alliance id or None for any, role id or None for any)."""

NO_ALLIANCE = 0
"""Stands for the people who come for none, in the first place of a `Key`."""
NEARLY = 0.8


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix, or one of its sums."""

    taken: int
    places: int | None
    """The limit of exactly this cell; None: it has none of its own."""
    free: int | None
    """Places that a person who belongs here can still get, by every limit; None: no limit."""
    waiting: int = 0

    @property
    def over(self) -> int:
        """How many more are taken than the limit of this cell allows."""
        return 0 if self.places is None else max(0, self.taken - self.places)

    @property
    def fill(self) -> str:
        """How full: ``open`` (no limit), ``empty``, ``some``, ``nearly``, ``full`` or ``over``.

        ``shut`` if nobody gets a place here any more, but only because of other limits.
        """
        if self.over:
            return "over"
        if self.free is None:
            return "open"
        if self.free == 0:
            return "shut" if self.places is None or self.taken < self.places else "full"
        if self.taken == 0:
            return "empty"
        return "nearly" if self.taken >= NEARLY * (self.taken + self.free) else "some"


class Tally:
    """Counts people by alliance and role, with the sums."""

    def __init__(self) -> None:
        self._sums: Counter[Key] = Counter()

    def __getitem__(self, key: Key) -> int:
        """Return how many there are; None in the key stands for "all of them"."""
        return self._sums[key]

    def add(self, alliance_id: int | None, role_id: int, count: int) -> None:
        """Count people in their leading role."""
        self.add_further(alliance_id, role_id, count)
        self._sums[None, None] += count
        self._sums[alliance_id or NO_ALLIANCE, None] += count

    def add_further(self, alliance_id: int | None, role_id: int, count: int) -> None:
        """Count people, who are in the totals already, in another of their roles."""
        self._sums[None, role_id] += count
        self._sums[alliance_id or NO_ALLIANCE, role_id] += count


class Matrix:
    """All cells of an event: ``cell(alliance, role)``; None stands for "all of them"."""

    def __init__(self, taken: Tally, waiting: Tally, limits: Mapping[Key, int]) -> None:
        """``limits`` are the places of each quota."""
        self._taken = taken
        self._waiting = waiting
        self._limits = limits

    def cell(self, alliance_id: int | None, role_id: int | None) -> Cell:
        """Return one cell, the sum of a row or a column, or with None twice the total.

        `NO_ALLIANCE` stands for the people who come for none.
        """
        key = (alliance_id, role_id)
        free = self._free(_around(*key))
        return Cell(self._taken[key], self._limits.get(key), free, self._waiting[key])

    def free_beside(self, alliance_id: int | None, role_id: int) -> int | None:
        """Return the places in a role for somebody of this alliance who has a place in another.

        The alliance and the event count them once, whatever roles they have. None: no limit.
        """
        return self._free({(alliance_id, role_id), (None, role_id)})

    def _free(self, keys: Iterable[Key]) -> int | None:
        left = [max(0, self._limits[key] - self._taken[key]) for key in keys if key in self._limits]
        return min(left, default=None)


def _around(alliance_id: int | None, role_id: int | None) -> set[Key]:
    """Return the scopes of all quotas that bind whoever belongs to this cell."""
    return {(alliance_id, role_id), (alliance_id, None), (None, role_id), (None, None)}


def load(event_id: uuid.UUID) -> Matrix:
    """Return the event's matrix as of now, in three queries."""
    taken, waiting = Tally(), Tally()
    tally_of = {**dict.fromkeys(HOLDS_PLACE, taken), RegistrationState.WAITING: waiting}
    for (state, alliance_id, role_id), count in overview.count_cells(event_id).items():
        if state in tally_of:
            tally_of[state].add(alliance_id, role_id, count)
    for (state, alliance_id, role_id), count in _count_further(event_id).items():
        tally_of[state].add_further(alliance_id, role_id, count)
    return Matrix(taken, waiting, _limits(event_id))


def _limits(event_id: uuid.UUID) -> Mapping[Key, int]:
    """Return the places of each quota: two thousand of them, so without an object for each."""
    columns = (Quota.alliance_id, Quota.role_id, Quota.places)
    rows = db.session.execute(select(*columns).where(Quota.event_id == event_id))
    return {(alliance_id, role_id): places for alliance_id, role_id, places in rows}


def _count_further(event_id: uuid.UUID) -> Mapping[overview.Cell, int]:
    """Return how many people have a role beside their leading one, by state, alliance and role."""
    columns = (Registration.state, Registration.alliance_id, FurtherRole.role_id)
    rows = db.session.execute(
        select(*columns, func.count())
        .join(FurtherRole, FurtherRole.registration_id == Registration.id)
        .where(Registration.event_id == event_id, Registration.state.in_(IS_OPEN))
        .group_by(*columns)
    )
    return {
        (RegistrationState(state), alliance_id, role_id): count
        for state, alliance_id, role_id, count in rows
    }

"""The matrix: places by alliance × role, as organisers see them."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from registration.models.registrations import HOLDS_PLACE
from registration.services import overview, quotas

Key = tuple[int | None, int | None]
"""(alliance id or None for any, role id or None for any)."""

NEARLY = 0.8


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix, or one of its sums."""

    taken: int
    places: int | None
    """The limit of exactly this cell; None: it has none of its own."""
    free: int | None
    """Places that a person who belongs here can still get, by every limit; None: no limit."""

    @property
    def fill(self) -> str:
        """How full it is: ``open`` (no limit), ``empty``, ``some``, ``nearly`` or ``full``."""
        if self.free is None:
            return "open"
        if self.free == 0:
            return "full"
        if self.taken == 0:
            return "empty"
        return "nearly" if self.taken >= NEARLY * (self.taken + self.free) else "some"


class Matrix:
    """All cells of an event: ``cell(alliance, role)``; None stands for "all of them"."""

    def __init__(self, taken: Mapping[Key, int], limits: Mapping[Key, int]) -> None:
        """``taken`` by (alliance or None for those without, role); ``limits`` by quota."""
        self._cells = taken
        self._limits = limits
        self._sums: Counter[Key] = Counter()
        for (alliance_id, role_id), count in taken.items():
            self._sums[None, None] += count
            self._sums[None, role_id] += count
            if alliance_id is not None:
                self._sums[alliance_id, role_id] += count
                self._sums[alliance_id, None] += count

    def cell(self, alliance_id: int | None, role_id: int | None) -> Cell:
        """Return one cell, the sum of a row or a column, or with None twice the total."""
        key = (alliance_id, role_id)
        return Cell(self._sums[key], self._limits.get(key), self._free(_around(*key)))

    def unallied(self, role_id: int | None) -> Cell:
        """Return the cell of those who come for no alliance."""
        if role_id is None:
            taken = sum(count for (alliance, _), count in self._cells.items() if alliance is None)
        else:
            taken = self._cells.get((None, role_id), 0)
        return Cell(taken, None, self._free(_around(None, role_id)))

    def _free(self, keys: Iterable[Key]) -> int | None:
        left = [max(0, self._limits[key] - self._sums[key]) for key in keys if key in self._limits]
        return min(left, default=None)


def _around(alliance_id: int | None, role_id: int | None) -> set[Key]:
    """Return the scopes of all quotas that bind whoever belongs to this cell."""
    return {(alliance_id, role_id), (alliance_id, None), (None, role_id), (None, None)}


def load(event_id: uuid.UUID) -> Matrix:
    """Return the event's matrix as of now, in two queries."""
    taken: Counter[Key] = Counter()
    for (state, alliance_id, role_id), count in overview.count_cells(event_id).items():
        if state in HOLDS_PLACE:
            taken[alliance_id, role_id] += count
    limits: dict[Key, int] = {
        (quota.alliance_id, quota.role_id): quota.places for quota in quotas.list_quotas(event_id)
    }
    return Matrix(taken, limits)

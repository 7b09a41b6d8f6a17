"""Hold what must not change meanwhile: the event's set of quotas, its queue, the room they have.

Whoever takes or frees holds the event's row with ``FOR KEY SHARE``; whoever creates or removes a
quota holds it ``FOR UPDATE``, so that a new quota counts everybody who has a place, and nobody
twice. SQLite has one writer at a time and needs neither.
"""

import uuid
from collections.abc import Mapping, Sequence
from itertools import product
from typing import cast

from sqlalchemy import Table, select

from registration.database import db
from registration.errors import NotFound
from registration.models.events import Event
from registration.models.quotas import Quota

QUOTA = cast(Table, Quota.__table__)


def hold_event(event_id: uuid.UUID, *, alone: bool = False) -> None:
    """Keep the event's set of quotas as it is until the transaction ends.

    Args:
        event_id: the event.
        alone: wait for, and keep out, everybody else who takes or frees places.

    Raises:
        NotFound: there is no such event.
    """
    _hold(event_id, read=not alone, key_share=not alone)


def hold_queue(event_id: uuid.UUID) -> None:
    """Keep everybody else from joining the waiting list and from freeing places.

    Whoever registers while places are free goes on (their ``FOR KEY SHARE`` does not conflict).

    Raises:
        NotFound: there is no such event.
    """
    _hold(event_id, read=False, key_share=True)


def _hold(event_id: uuid.UUID, *, read: bool, key_share: bool) -> None:
    held = db.session.scalar(
        select(Event.id).where(Event.id == event_id).with_for_update(read=read, key_share=key_share)
    )
    if held is None:
        raise NotFound(noun="event", name=str(event_id))


Scope = tuple[int | None, Sequence[int]]
"""A person as quotas see them: their alliance or None, and all their roles."""


class Room:
    """The free places of an event's quotas, as this transaction sees and changes them."""

    def __init__(self, free: Mapping[tuple[int, int], tuple[int, int]]) -> None:
        """``free`` by (alliance key, role key): the quota's id and its free places."""
        self._ids = {key: quota_id for key, (quota_id, _left) in free.items()}
        self._left = dict(free.values())

    def _matching(self, alliance_id: int | None, role_ids: Sequence[int]) -> Sequence[int]:
        keys = product({0, alliance_id or 0}, {0, *role_ids})
        return [self._ids[key] for key in keys if key in self._ids]

    def fits(self, alliance_id: int | None, role_ids: Sequence[int]) -> bool:
        """Return whether every quota that matches has a place."""
        return all(self._left[each] > 0 for each in self._matching(alliance_id, role_ids))

    def take_all(self, scopes: Sequence[Scope]) -> int | None:
        """Note places for all of them, or for nobody.

        Returns:
            None, or if not everybody fits the id of a quota that has too little room.
        """
        wanted: dict[int, int] = {}  # a Counter costs twice as much for the usual one scope
        for scope in scopes:
            for each in self._matching(*scope):
                wanted[each] = wanted.get(each, 0) + 1
        for quota_id, count in sorted(wanted.items()):
            if self._left[quota_id] < count:
                return quota_id
        for quota_id, count in wanted.items():
            self._left[quota_id] -= count
        return None


def hold_room(event_id: uuid.UUID) -> Room:
    """Hold all quotas of the event until the transaction ends, and return the room they have.

    Whoever takes or frees for several people in one transaction calls it first: then they lock
    quotas in ascending id as everybody does, and nobody waits in a circle.
    """
    rows = db.session.execute(
        select(QUOTA.c.id, QUOTA.c.alliance_key, QUOTA.c.role_key, QUOTA.c.places, QUOTA.c.taken)
        .where(QUOTA.c.event_id == event_id)
        .order_by(QUOTA.c.id)
        .with_for_update()
    )
    return Room(
        {
            (alliance_key, role_key): (quota_id, max(0, places - taken))
            for quota_id, alliance_key, role_key, places, taken in rows
        }
    )

"""Take and free places, exactly: the one promise that must hold at every moment."""

from registration.services.quotas.counting import (
    Difference,
    count_holders,
    has_role,
    list_quotas,
    places_left,
    reconcile,
)
from registration.services.quotas.holding import Room, Scope, hold_event, hold_queue, hold_room
from registration.services.quotas.setting import record_set, set_quota
from registration.services.quotas.taking import (
    check_room,
    free,
    matching,
    shift,
    take,
    take_beyond,
)

__all__ = [
    "Difference",
    "Room",
    "Scope",
    "check_room",
    "count_holders",
    "free",
    "has_role",
    "hold_event",
    "hold_queue",
    "hold_room",
    "list_quotas",
    "matching",
    "places_left",
    "reconcile",
    "record_set",
    "set_quota",
    "shift",
    "take",
    "take_beyond",
]

"""Events: find them, show them, set them up."""

from registration.services.events import rules
from registration.services.events.prospectus import (
    Prospectus,
    get_event,
    get_prospectus,
    is_open,
    list_events,
    revise,
)
from registration.services.events.setup import create, facts_of, move

__all__ = [
    "Prospectus",
    "create",
    "facts_of",
    "get_event",
    "get_prospectus",
    "is_open",
    "list_events",
    "move",
    "revise",
    "rules",
]

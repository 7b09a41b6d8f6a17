"""Batches: badges that are made one after the other from one snapshot share what all need."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from registration.services.badges.designs import storing
from registration.services.badges.designs.model import Design
from registration.services.badges.press import Press

Prepared = tuple[Design, Press]

_shared: ContextVar[dict[tuple[uuid.UUID, str, str], Prepared] | None] = ContextVar(
    "badge batch", default=None
)


@contextmanager
def sharing() -> Iterator[None]:
    """Let all badges of one design, language and event in the block be made by one press.

    For a block that reads one moment: what changes meanwhile is not seen.
    """
    before = _shared.set({})
    try:
        yield
    finally:
        _shared.reset(before)


def prepared(event_id: uuid.UUID, *, locale: str, design: str) -> Prepared:
    """Return a design, and the press that makes badges of it; see `Press.prepare`.

    Raises:
        NotFound: there is no such design.
    """
    shared, key = _shared.get(), (event_id, locale, design)
    if shared is not None and key in shared:
        return shared[key]
    drawn = storing.get_design(event_id, design)
    made = drawn, Press.prepare(event_id, locale=locale, design=drawn)
    if shared is not None:
        shared[key] = made
    return made

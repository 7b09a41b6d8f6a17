"""The manifest: what a device must know to decide without a network, whole or what has changed."""

import threading
import time
import uuid
from datetime import datetime, timedelta

from registration import clock
from registration.database import snapshot
from registration.services import events
from registration.services.gates.days import milliseconds, moment_of
from registration.services.gates.devices import EnrolledDevice
from registration.services.gates.manifest import reading
from registration.services.gates.manifest.packing import Packer

__all__ = ["OVERLAP", "pack"]

OVERLAP = timedelta(seconds=30)
"""So long may a transaction take from its first moment until others see it."""

DEAR = 1.0
REST = 20
MOST_KEPT = 4

_recent: dict[uuid.UUID, tuple[float, bytes]] = {}
"""Whole manifests that were dear, each with the end of its time."""
_making = threading.Lock()


def pack(device: EnrolledDevice, *, since: int = 0) -> bytes:
    """Return the manifest of the device's event as JSON in gzip.

    A whole one that took longer than `DEAR` seconds is kept for `REST` times as long: twenty
    devices that begin together cost what one does, and each asks for what has changed since the
    manifest's own moment next.

    Args:
        device: who asks.
        since: the ``version`` of the manifest that the device has, in milliseconds since 1970;
            0, or one that is yet to come, asks for everything.
    """
    moment = clock.now()
    if 0 < since <= milliseconds(moment):
        return _pack(device.slug, moment, changed_since=moment_of(since) - OVERLAP)
    with _making:
        begun = time.monotonic()
        until, known = _recent.pop(device.event_id, (0.0, b""))
        if begun >= until:
            known = _pack(device.slug, clock.now(), changed_since=None)
            ended = time.monotonic()
            until = ended + REST * (ended - begun) if ended - begun > DEAR else ended
        if until > time.monotonic():
            _recent[device.event_id] = until, known
        if len(_recent) > MOST_KEPT:
            _recent.pop(next(iter(_recent)))
    return known


def _pack(slug: str, moment: datetime, *, changed_since: datetime | None) -> bytes:
    """Read it at one moment; ``moment`` is before that, so that nothing falls between two."""
    packer = Packer()
    with snapshot():
        prospectus = events.get_prospectus(slug)
        packer.member("version", milliseconds(moment))
        for name, value in reading.head(prospectus).items():
            packer.member(name, value)
        people = reading.People(prospectus, changed_since)
        packer.rows("badges", people.chunks())
        packer.member("exceptions", people.exceptions)
        packer.rows("scans", reading.scans(prospectus.event.id, changed_since))
    return packer.finish()

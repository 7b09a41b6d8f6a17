"""Recognition: know an enrolled device by its bearer token, and that it lives."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update

from registration import clock
from registration.database import db
from registration.errors import DeviceRevoked, Forbidden, SignInRequired
from registration.models.events import Event
from registration.models.gates import Device, Gate
from registration.services.gates.devices.keeping import record
from registration.services.gates.devices.secret import hashed

SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class EnrolledDevice:
    """A device that has shown its token: what a request needs to know of it."""

    id: uuid.UUID
    event_id: uuid.UUID
    slug: str
    gate: str
    """The code of its gate."""
    last_seen_at: datetime | None = None
    is_supervisor: bool = False
    """As it was when the token was looked up; who decides by it looks again."""

    @property
    def is_touch_due(self) -> bool:
        """Whether its last sign of life was written down more than a minute ago."""
        return self.last_seen_at is None or clock.now() - self.last_seen_at >= SEEN_EVERY


_BY_TOKEN = (
    select(
        Device.id,
        Device.event_id,
        Device.last_seen_at,
        Device.is_supervisor,
        Device.revoked_at,
        Event.slug,
        Gate.code.label("gate"),
    )
    .join(Event, Event.id == Device.event_id)
    .join(Gate, Gate.id == Device.gate_id)
    .where(Device.token_hash == bindparam("token_hash"))
)


def authenticate(token: str, *, slug: str) -> EnrolledDevice:
    """Return the device whose bearer token this is, if it belongs to the event.

    One query on an index: every request of a device begins with it.

    Raises:
        SignInRequired: no device has this token.
        DeviceRevoked: the device was revoked.
        Forbidden: it belongs to another event.
    """
    row = db.session.execute(_BY_TOKEN, {"token_hash": hashed(token)}).one_or_none()
    if row is None:
        raise SignInRequired
    if row.revoked_at is not None:
        raise DeviceRevoked(device=str(row.id))
    if row.slug != slug:
        raise Forbidden(device=str(row.id))
    return EnrolledDevice(
        row.id, row.event_id, row.slug, row.gate, row.last_seen_at, row.is_supervisor
    )


_known: dict[str, EnrolledDevice] = {}
"""Devices that this process has met, by the hash of their token; what it says never changes."""
MOST_KNOWN = 10_000


def recognise(token: str, *, slug: str) -> EnrolledDevice:
    """Return the device whose bearer token this is, without a query if it was met before.

    Whether it has been revoked since is for the transaction to see that it asks for.

    Raises:
        SignInRequired, DeviceRevoked, Forbidden: as `authenticate`.
    """
    token_hash = hashed(token)
    known = _known.get(token_hash)
    if known is None:
        known = authenticate(token, slug=slug)
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[token_hash] = known
    if known.slug != slug:
        raise Forbidden(device=str(known.id))
    return known


def touch(device_id: uuid.UUID) -> None:
    """Write down that the device lives, at most once a minute."""
    moment = clock.now()
    db.session.execute(
        update(Device)
        .where(
            Device.id == device_id,
            or_(Device.last_seen_at.is_(None), Device.last_seen_at <= moment - SEEN_EVERY),
        )
        .values(last_seen_at=moment)
        .execution_options(synchronize_session=False)
    )


def note_wiped(token: str) -> datetime:
    """Note that a device has deleted all it knew; return when it said so first.

    One that was not revoked has signed off by itself, and is revoked by that: it has no token
    any more with which to come back.

    Raises:
        SignInRequired: no device has this token.
    """
    device = db.session.scalars(
        select(Device).where(Device.token_hash == hashed(token))
    ).one_or_none()
    if device is None:
        raise SignInRequired
    if device.wiped_at is None:
        device.wiped_at = clock.now()
        device.revoked_at = device.revoked_at or device.wiped_at
        record("device.wiped", device, actor=f"device:{device.id}")
    return device.wiped_at

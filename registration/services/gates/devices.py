"""Devices: prepare and enrol scanners, know them again by their token, revoke them.

A one-time code and a bearer token are secrets that only their holder has: the database keeps
SHA-256 hashes. Both are random and long enough that no salt is needed.
"""

import hashlib
import re
import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import Table, bindparam, or_, select, update
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db, insert_new
from registration.errors import (
    DeviceRevoked,
    EnrolmentRefused,
    Forbidden,
    Invalid,
    NotFound,
    SignInRequired,
)
from registration.models.events import Event
from registration.models.gates import Device, Gate
from registration.models.registrations import CODE_LETTERS
from registration.services import audit

CODE_LENGTH = 10
CODE_LASTS = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=1)
MOST_NAME = 120
GATE_CODE = re.compile(r"[^\W_](?:[\w .-]{0,62}[^\W_])?")
"""Letters and digits of any script, inside also blanks, points, hyphens and underscores."""
SEPARATORS = re.compile(r"[\s\-‐‑‒–—−._]+")
"""Blanks, and the dashes that keyboards and mails make of a hyphen."""


class DeviceState(StrEnum):
    """Where a device stands."""

    PREPARED = "prepared"
    """Its one-time code can still be used."""
    EXPIRED = "expired"
    """Its one-time code was never used."""
    ENROLLED = "enrolled"
    REVOKED = "revoked"


@dataclass(frozen=True)
class EnrolledDevice:
    """A device that has shown its token: what a request needs to know of it."""

    id: uuid.UUID
    event_id: uuid.UUID
    slug: str
    gate: str
    """The code of its gate."""
    last_seen_at: datetime | None = None

    @property
    def is_touch_due(self) -> bool:
        """Whether its last sign of life was written down more than a minute ago."""
        return self.last_seen_at is None or clock.now() - self.last_seen_at >= SEEN_EVERY


def prepare(
    *, event: Event, gate_code: str, name: str = "", is_supervisor: bool = False, actor: str
) -> tuple[Device, str]:
    """Make a device that can be enrolled for ten minutes; return it with its one-time code.

    The gate is made if the event has none of this code.

    Raises:
        Invalid: the gate's code or the name cannot be taken.
    """
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    device = _add(event=event, gate_code=gate_code, name=name)
    device.is_supervisor = is_supervisor
    device.code_hash = _hash(code)
    device.code_expires_at = device.created_at + CODE_LASTS
    db.session.flush()
    _record("device.prepared", device, actor=actor)
    return device, shown(code)


def create_enrolled(
    *, event: Event, gate_code: str, name: str = "", actor: str
) -> tuple[Device, str]:
    """Make a device that is enrolled at once; return it with its bearer token.

    Raises:
        Invalid: the gate's code or the name cannot be taken.
    """
    token = secrets.token_urlsafe(32)
    device = _add(event=event, gate_code=gate_code, name=name)
    device.token_hash = _hash(token)
    device.enrolled_at = device.created_at
    db.session.flush()
    _record("device.enrolled", device, actor=actor)
    return device, token


def desk_of(event_id: uuid.UUID) -> uuid.UUID:
    """Return the id of the device to which scans that are made in the console belong.

    Nobody holds it: it has neither code nor token.
    """
    return uuid.uuid5(event_id, "desk")


def _add(*, event: Event, gate_code: str, name: str) -> Device:
    if not GATE_CODE.fullmatch(gate_code):
        raise Invalid(fields={"gate": "malformed"})
    if len(name) > MOST_NAME or not name.isprintable():
        raise Invalid(fields={"name": "malformed"})
    insert_new(Gate, {"event_id": event.id, "code": gate_code, "name": gate_code})
    gate = db.session.scalars(select(Gate).filter_by(event_id=event.id, code=gate_code)).one()
    device = Device(event_id=event.id, gate_id=gate.id, name=name.strip(), created_at=clock.now())
    db.session.add(device)
    return device


def _record(action: str, device: Device, *, actor: str) -> None:
    audit.record(
        action,
        actor=actor,
        subject=f"device:{device.id}",
        event_id=device.event_id,
        gate=device.gate.code,
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def shown(code: str) -> str:
    """Return a one-time code in two groups that a person can read out."""
    return f"{code[:5]}-{code[5:]}"


def bare(typed: str) -> str:
    """Return a code as it was made from how it was typed: any case, blanks, hyphens."""
    return SEPARATORS.sub("", typed).upper()


def enrol(code: str) -> tuple[Device, str]:
    """Use a one-time code up; return its device, enrolled, with its bearer token.

    Whoever comes first has it: of two that send one code at the same time, one is refused.

    Raises:
        EnrolmentRefused: the code is unknown, was used, or is older than ten minutes.
    """
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    device_id = db.session.execute(
        update(Device)
        .where(
            Device.code_hash == _hash(bare(code)),
            Device.code_expires_at > moment,
            Device.revoked_at.is_(None),
        )
        .values(
            code_hash=None,
            code_expires_at=None,
            token_hash=_hash(token),
            enrolled_at=moment,
            last_seen_at=moment,
        )
        .returning(Device.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if device_id is None:
        raise EnrolmentRefused
    device = get(device_id)
    _record("device.enrolled", device, actor=f"device:{device.id}")
    return device, token


_BY_TOKEN = (
    select(
        Device.id,
        Device.event_id,
        Device.last_seen_at,
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
    row = db.session.execute(_BY_TOKEN, {"token_hash": _hash(token)}).one_or_none()
    if row is None:
        raise SignInRequired
    if row.revoked_at is not None:
        raise DeviceRevoked(device=str(row.id))
    if row.slug != slug:
        raise Forbidden(device=str(row.id))
    return EnrolledDevice(row.id, row.event_id, row.slug, row.gate, row.last_seen_at)


_known: dict[str, EnrolledDevice] = {}
"""Devices that this process has met, by the hash of their token; what it says never changes."""
MOST_KNOWN = 10_000


def recognise(token: str, *, slug: str) -> EnrolledDevice:
    """Return the device whose bearer token this is, without a query if it was met before.

    Whether it has been revoked since is for `check` to say, in the transaction that it asks for.

    Raises:
        SignInRequired, DeviceRevoked, Forbidden: as `authenticate`.
    """
    token_hash = _hash(token)
    known = _known.get(token_hash)
    if known is None:
        known = authenticate(token, slug=slug)
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[token_hash] = known
    if known.slug != slug:
        raise Forbidden(device=str(known.id))
    return known


DEVICE = cast(Table, Device.__table__)
_CHECK = select(DEVICE.c.id, DEVICE.c.last_seen_at, DEVICE.c.revoked_at).where(
    DEVICE.c.id.in_(bindparam("ids", expanding=True))
)


def check(device_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, bool]:
    """Return which of these devices may go on, and of each whether `touch` is due."""
    rows = db.session.connection().execute(_CHECK, {"ids": list(device_ids)}).all()
    moment = clock.now()
    return {
        row.id: row.last_seen_at is None or moment - row.last_seen_at >= SEEN_EVERY
        for row in rows
        if row.revoked_at is None
    }


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


def revoke(device: Device, *, actor: str) -> None:
    """Take the device's enrolment, or its chance of one, away; repeating it changes nothing.

    Its token stays known, so that the device is told why it is turned away.
    """
    revoked = db.session.execute(
        update(Device)
        .where(Device.id == device.id, Device.revoked_at.is_(None))
        .values(revoked_at=clock.now(), code_hash=None, code_expires_at=None)
        .returning(Device.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.refresh(device)
    if revoked is not None:
        _record("device.revoked", device, actor=actor)


def set_supervisor(device: Device, *, is_supervisor: bool, actor: str) -> None:
    """Let a device undo scans and admit people without a registration, or stop letting it."""
    if device.is_supervisor != is_supervisor:
        device.is_supervisor = is_supervisor
        _record("device.promoted" if is_supervisor else "device.demoted", device, actor=actor)


_WHOLE = (joinedload(Device.event), joinedload(Device.gate))


def get(device_id: uuid.UUID) -> Device:
    """Return the device with its event and gate, as it is now.

    Raises:
        NotFound: there is none.
    """
    device = db.session.scalars(
        select(Device)
        .where(Device.id == device_id)
        .options(*_WHOLE)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if device is None:
        raise NotFound(noun="device", name=str(device_id))
    return device


def list_devices(event_id: uuid.UUID) -> Sequence[Device]:
    """Return the event's devices with their gates, the newest first; without its desk."""
    return db.session.scalars(
        select(Device)
        .where(Device.event_id == event_id, Device.id != desk_of(event_id))
        .options(*_WHOLE)
        .order_by(Device.created_at.desc(), Device.id.desc())
    ).all()


def state_of(device: Device) -> DeviceState:
    """Return where the device stands now."""
    if device.revoked_at is not None:
        return DeviceState.REVOKED
    if device.enrolled_at is not None:
        return DeviceState.ENROLLED
    expires_at = device.code_expires_at
    is_usable = expires_at is not None and expires_at > clock.now()
    return DeviceState.PREPARED if is_usable else DeviceState.EXPIRED


def gate_names(event_id: uuid.UUID) -> dict[str, str]:
    """Return the names of the event's gates by their codes."""
    rows = db.session.execute(
        select(Gate.code, Gate.name).where(Gate.event_id == event_id).order_by(Gate.id)
    )
    return {code: name for code, name in rows}  # noqa: C416  # rows are not plain pairs

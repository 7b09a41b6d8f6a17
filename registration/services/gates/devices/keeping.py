"""Keeping: find devices, say where they stand, revoke them."""

import uuid
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db
from registration.errors import NotFound
from registration.models.gates import Device, Gate
from registration.services import audit


class DeviceState(StrEnum):
    """Where a device stands."""

    PREPARED = "prepared"
    """Its one-time code can still be used."""
    EXPIRED = "expired"
    """Its one-time code was never used."""
    ENROLLED = "enrolled"
    REVOKED = "revoked"


def desk_of(event_id: uuid.UUID) -> uuid.UUID:
    """Return the id of the device to which scans that are made in the console belong.

    Nobody holds it: it has neither code nor token.
    """
    return uuid.uuid5(event_id, "desk")


def record(action: str, device: Device, *, actor: str) -> None:
    """Write down what was done to a device."""
    audit.record(
        action,
        actor=actor,
        subject=f"device:{device.id}",
        event_id=device.event_id,
        gate=device.gate.code,
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
        record("device.revoked", device, actor=actor)


def set_supervisor(device: Device, *, is_supervisor: bool, actor: str) -> None:
    """Let a device undo scans and admit people without a registration, or stop letting it."""
    if device.is_supervisor != is_supervisor:
        device.is_supervisor = is_supervisor
        record("device.promoted" if is_supervisor else "device.demoted", device, actor=actor)


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

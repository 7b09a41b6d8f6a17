"""Enrolment: prepare a device, and let it in by its one-time code."""

import re
from datetime import timedelta

from sqlalchemy import select, update

from registration import clock
from registration.database import db, insert_new
from registration.errors import EnrolmentRefused, Invalid
from registration.models.events import Event
from registration.models.gates import Device, Gate
from registration.services.gates.devices.keeping import get, record
from registration.services.gates.devices.secret import bare, hashed, new_code, new_token, shown

CODE_LASTS = timedelta(minutes=10)
MOST_NAME = 120
GATE_CODE = re.compile(r"[^\W_](?:[\w .-]{0,62}[^\W_])?")
"""Letters and digits of any script, inside also blanks, points, hyphens and underscores."""


def prepare(
    *, event: Event, gate_code: str, name: str = "", is_supervisor: bool = False, actor: str
) -> tuple[Device, str]:
    """Make a device that can be enrolled for ten minutes; return it with its one-time code.

    The gate is made if the event has none of this code.

    Raises:
        Invalid: the gate's code or the name cannot be taken.
    """
    code = new_code()
    device = _add(event=event, gate_code=gate_code, name=name)
    device.is_supervisor = is_supervisor
    device.code_hash = hashed(code)
    device.code_expires_at = device.created_at + CODE_LASTS
    db.session.flush()
    record("device.prepared", device, actor=actor)
    return device, shown(code)


def create_enrolled(
    *, event: Event, gate_code: str, name: str = "", is_supervisor: bool = False, actor: str
) -> tuple[Device, str]:
    """Make a device that is enrolled at once; return it with its bearer token.

    Raises:
        Invalid: the gate's code or the name cannot be taken.
    """
    token = new_token()
    device = _add(event=event, gate_code=gate_code, name=name)
    device.is_supervisor = is_supervisor
    device.token_hash = hashed(token)
    device.enrolled_at = device.created_at
    db.session.flush()
    record("device.enrolled", device, actor=actor)
    return device, token


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


def enrol(code: str) -> tuple[Device, str]:
    """Use a one-time code up; return its device, enrolled, with its bearer token.

    Whoever comes first has it: of two that send one code at the same time, one is refused.

    Raises:
        EnrolmentRefused: the code is unknown, was used, or is older than ten minutes.
    """
    token = new_token()
    moment = clock.now()
    device_id = db.session.execute(
        update(Device)
        .where(
            Device.code_hash == hashed(bare(code)),
            Device.code_expires_at > moment,
            Device.revoked_at.is_(None),
        )
        .values(
            code_hash=None,
            code_expires_at=None,
            token_hash=hashed(token),
            enrolled_at=moment,
            last_seen_at=moment,
        )
        .returning(Device.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if device_id is None:
        raise EnrolmentRefused
    device = get(device_id)
    record("device.enrolled", device, actor=f"device:{device.id}")
    return device, token

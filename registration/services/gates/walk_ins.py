"""Walk-ins: people who come to the door without a registration, and are let in by a supervisor.

Nobody who stands at the door is turned away by a count: who does not fit their quotas is counted
above them, and a finding says so. The registration's idempotency key names the scan, so that a
walk-in that is sent twice is one person.
"""

import uuid

from sqlalchemy import select

from registration import clock
from registration.database import db, insert_new, uuid7
from registration.errors import QuotaExhausted
from registration.models.badges import Badge
from registration.models.events import Event
from registration.models.gates import Device, Finding, FindingKind
from registration.models.registrations import Registration, RegistrationState, Source
from registration.services import audit, badges, events, quotas, registrations
from registration.services.gates.devices import EnrolledDevice
from registration.services.gates.scans.seen import WalkIn


def _key(scan_id: uuid.UUID) -> str:
    return f"walk-in:{scan_id.hex}"


def find_badge(scan_id: uuid.UUID) -> str | None:
    """Return the badge of whoever was let in by this scan, if it has arrived."""
    return db.session.scalars(
        select(Badge.id)
        .join(Registration, Registration.id == Badge.registration_id)
        .where(Registration.idempotency_key == _key(scan_id))
    ).one_or_none()


def token_for(badge_id: str) -> str | None:
    """Return the token of a badge, to be printed; None if the badge is not there."""
    badge = db.session.get(Badge, badge_id)
    return badges.token_of(badge) if badge is not None else None


def admit(device: EnrolledDevice, person: WalkIn, *, scan_id: uuid.UUID) -> str | None:
    """Write a confirmed registration with a badge for somebody at the door.

    Returns:
        The badge's id, the same when it is sent again; None if this device may not, or if the
        event has no such role: then nothing is written, and the scan says "unknown".
    """
    known = find_badge(scan_id)
    if known is not None:
        return known
    prospectus = events.get_prospectus(device.slug)
    role = prospectus.find_role(person.role)
    if role is None or not _may_admit(device):
        return None
    alliance = prospectus.find_alliance(person.alliance or "")
    alliance_id = alliance.id if alliance else None
    quotas.hold_room(device.event_id)
    full = _full(device.event_id, alliance_id, role.id)
    quotas.take_beyond(quotas.matching(device.event_id, alliance_id, [role.id]), 1)
    registration_id = _write(prospectus.event, person, scan_id, role.id, alliance_id)
    if full is not None:
        _note_beyond(device, registration_id, full)
    audit.record(
        "registration.walked_in",
        actor=f"device:{device.id}",
        subject=f"registration:{registration_id}",
        event_id=device.event_id,
    )
    return find_badge(scan_id)


def _may_admit(device: EnrolledDevice) -> bool:
    row = db.session.get(Device, device.id)
    return row is not None and row.is_supervisor and row.revoked_at is None


def _full(event_id: uuid.UUID, alliance_id: int | None, role_id: int) -> int | None:
    try:
        quotas.check_room(event_id, alliance_id, [role_id])
    except QuotaExhausted as error:
        return int(str(error.details["quota_id"]))
    return None


def _write(
    event: Event, person: WalkIn, scan_id: uuid.UUID, role_id: int, alliance_id: int | None
) -> uuid.UUID:
    moment = clock.now()
    told = registrations.Person(
        given_name=person.given_name, family_name=person.family_name, email=person.email
    )
    registration_id = uuid7()
    row = {
        **registrations.columns_of(told),
        "id": registration_id,
        "event_id": event.id,
        "role_id": role_id,
        "alliance_id": alliance_id,
        "state": RegistrationState.CONFIRMED,
        "source": Source.WALK_IN,
        "short_code": registrations.new_short_code(),
        "idempotency_key": _key(scan_id),
        "privacy_consent_at": moment,
        "privacy_version": event.privacy_version,
        "created_at": moment,
        "updated_at": moment,
    }
    insert_new(Registration, row | {"search_text": registrations.search_text_of(row)})
    badges.issue_first(registration_id, event.id)
    return registration_id


def _note_beyond(device: EnrolledDevice, registration_id: uuid.UUID, quota_id: int) -> None:
    insert_new(
        Finding,
        {
            "id": uuid7(),
            "event_id": device.event_id,
            "kind": FindingKind.BEYOND,
            "dedupe_key": f"{FindingKind.BEYOND}:{registration_id.hex}",
            "device_id": device.id,
            "detail": {"registration": str(registration_id), "quota": quota_id},
            "found_at": clock.now(),
        },
    )

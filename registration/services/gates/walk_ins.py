"""Walk-ins: people who come to the door without a registration, and are let in by a supervisor.

Nobody who stands at the door is turned away by a count: who does not fit their quotas is counted
above them, and a finding says so. The registration's idempotency key names the scan, so that a
walk-in that is sent twice is one person.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select

from registration import clock
from registration.database import db, insert_new, uuid7
from registration.errors import QuotaExhausted
from registration.models.badges import Badge
from registration.models.deliveries import DeliveryKind
from registration.models.events import Event
from registration.models.gates import Device, FindingKind
from registration.models.registrations import Registration, RegistrationState, Source
from registration.services import audit, badges, deliveries, events, quotas, registrations, text
from registration.services.gates import findings
from registration.services.gates.devices import EnrolledDevice
from registration.services.gates.scans.seen import WalkIn


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


def admit(
    device: EnrolledDevice, person: WalkIn, *, scan_id: uuid.UUID, is_brought: bool = False
) -> str | None:
    """Write a confirmed registration with a badge for somebody at the door.

    With an address they get the mail that confirms; an alliance that the event does not have is
    left out, and so is an address that is none. One address may stand for a walk-in and for
    somebody else, whatever the event's policy says: they are inside.

    Args:
        device: who says so.
        person: whom.
        scan_id: the scan by which they were let in.
        is_brought: whether it was brought in a file by a person who may: then also what a device
            noted that has been revoked since.

    Returns:
        The badge's id, the same when it is sent again; None if this device may not, or if the
        event has no such role: then a finding says who they are, and the scan "unknown". Of a
        revoked device nothing is taken, and nothing is kept.
    """
    known = find_badge(scan_id)
    if known is not None:
        return known
    is_supervisor, is_revoked = _standing(device)
    if is_revoked and not is_brought:
        return None
    prospectus = events.get_prospectus(device.slug)
    role = prospectus.find_role(person.role)
    if role is None or not is_supervisor:
        reason = "unknown_role" if role is None else "not_supervisor"
        _note_refused(device, person, scan_id, reason)
        return None
    alliance = prospectus.find_alliance(person.alliance or "")
    alliance_id = alliance.id if alliance else None
    quotas.hold_room(device.event_id)
    full = _full(device.event_id, alliance_id, role.id)
    scope = {"role_id": role.id, "alliance_id": alliance_id}
    registration_id = _write(prospectus.event, _tidied(person), scan_id, scope)
    if registration_id is not None:
        quotas.take_beyond(quotas.matching(device.event_id, alliance_id, [role.id]), 1)
        _record(device, registration_id, full)
    return find_badge(scan_id)


def _key(scan_id: uuid.UUID) -> str:
    return f"walk-in:{scan_id.hex}"


def _standing(device: EnrolledDevice) -> tuple[bool, bool]:
    """Return whether the device is a supervisor's, and whether it is revoked."""
    row = db.session.execute(
        select(Device.is_supervisor, Device.revoked_at).where(Device.id == device.id)
    ).one()
    return row.is_supervisor, row.revoked_at is not None


def _full(event_id: uuid.UUID, alliance_id: int | None, role_id: int) -> int | None:
    """Return a quota that has no place for them, if there is one."""
    try:
        quotas.check_room(event_id, alliance_id, [role_id])
    except QuotaExhausted as error:
        return int(str(error.details["quota_id"]))
    return None


def _tidied(person: WalkIn) -> WalkIn:
    """Return the person as a form would have taken them: nobody is there any more to ask."""
    return replace(
        person,
        given_name=_visible(person.given_name),
        family_name=_visible(person.family_name),
        email=text.usual_address(text.tidy(person.email)),
    )


def _visible(name: str) -> str:
    name = text.tidy(name)
    while hidden := text.find_hidden(name):
        name = text.tidy(name.replace(hidden, ""))
    return name


def _write(
    event: Event, person: WalkIn, scan_id: uuid.UUID, scope: Mapping[str, int | None]
) -> uuid.UUID | None:
    """Write the registration with its badge and mail; None if another process was faster."""
    moment = clock.now()
    told = registrations.Person(
        given_name=person.given_name, family_name=person.family_name, email=person.email
    )
    columns = {
        **registrations.columns_of(told),
        **scope,
        "event_id": event.id,
        "state": RegistrationState.CONFIRMED,
        "source": Source.WALK_IN,
        "idempotency_key": _key(scan_id),
        "privacy_consent_at": moment,
        "privacy_version": event.privacy_version,
        "created_at": moment,
        "updated_at": moment,
    }
    registration_id = _insert(columns)
    if registration_id is not None:
        badges.issue_first(registration_id, event.id)
        if person.email:
            kind, recipient = DeliveryKind.CONFIRMED, person.email
            deliveries.promise(
                registration_id, event.id, kind, recipient=recipient, reason="registered"
            )
    return registration_id


def _insert(columns: Mapping[str, object]) -> uuid.UUID | None:
    """Insert it under a short code that is free; None if its scan is there already."""
    while True:
        registration_id = uuid7()
        row = {**columns, "id": registration_id, "short_code": registrations.new_short_code()}
        if insert_new(Registration, row | {"search_text": registrations.search_text_of(row)}):
            return registration_id
        if registrations.find_by_key(str(columns["idempotency_key"])) is not None:
            return None


def _record(device: EnrolledDevice, registration_id: uuid.UUID, full: int | None) -> None:
    audit.record(
        "registration.walked_in",
        actor=f"device:{device.id}",
        subject=f"registration:{registration_id}",
        event_id=device.event_id,
    )
    if full is not None:
        detail = {"registration": str(registration_id), "quota": full}
        about = {"event_id": device.event_id, "device_id": device.id}
        findings.note(FindingKind.BEYOND, registration_id.hex, detail=detail, **about)


def _note_refused(device: EnrolledDevice, person: WalkIn, scan_id: uuid.UUID, reason: str) -> None:
    """Keep who was let in by whom may not: the door is past asking them again."""
    told = (person.given_name, person.family_name, person.role, person.alliance, person.email)
    raw = ", ".join(filter(None, told)).replace("\0", "\ufffd")
    detail = {"seq": None, "reason": reason, "raw": raw}
    about = {"event_id": device.event_id, "device_id": device.id}
    findings.note(FindingKind.REFUSED, _key(scan_id), detail=detail, **about)

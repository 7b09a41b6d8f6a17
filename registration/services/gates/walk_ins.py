"""Walk-ins: people who come to the door without a registration, and are let in by a supervisor.

Nobody who stands at the door is turned away by a count: who does not fit their quotas is counted
above them, and a finding says so. The registration's idempotency key names the scan, so that a
walk-in that is sent twice is one person.
"""

import uuid
from collections.abc import Mapping

from sqlalchemy import select

from registration.database import db
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
from registration.services.registrations import Person, Terms, Wish

AT_THE_DOOR = Terms(source=Source.WALK_IN, is_bound_to_opening=False, is_bound_to_policy=False)


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
    wish = Wish(
        person=_tidied(person), role=role, alliance_id=alliance_id, idempotency_key=_key(scan_id)
    )
    registration_id = _write(prospectus.event, wish)
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


def _tidied(person: WalkIn) -> Person:
    """Return the person as a form would have taken them: nobody is there any more to ask."""
    return Person(
        given_name=_visible(person.given_name),
        family_name=_visible(person.family_name),
        email=text.usual_address(text.tidy(person.email)),
    )


def _visible(name: str) -> str:
    name = text.tidy(name)
    while hidden := text.find_hidden(name):
        name = text.tidy(name.replace(hidden, ""))
    return name


def _write(event: Event, wish: Wish) -> uuid.UUID | None:
    """Write the registration with its badge and mail; None if another process was faster."""
    registration_id = registrations.insert_registration(
        event, wish, state=RegistrationState.CONFIRMED, terms=AT_THE_DOOR
    )
    if registration_id is not None:
        badges.issue_first(registration_id, event.id)
        if wish.person.email:
            deliveries.promise(
                registration_id,
                event.id,
                DeliveryKind.CONFIRMED,
                recipient=wish.person.email,
                reason="registered",
            )
    return registration_id


def _record(device: EnrolledDevice, registration_id: uuid.UUID, full: int | None) -> None:
    audit.record(
        "registration.walked_in",
        actor=f"device:{device.id}",
        subject=f"registration:{registration_id}",
        event_id=device.event_id,
    )
    if full is not None:
        detail = {"registration": str(registration_id), "quota": full}
        _note(device, FindingKind.BEYOND, registration_id.hex, detail)


def _note_refused(device: EnrolledDevice, person: WalkIn, scan_id: uuid.UUID, reason: str) -> None:
    """Keep who was let in by whom may not: the door is past asking them again."""
    told = (person.given_name, person.family_name, person.role, person.alliance, person.email)
    raw = ", ".join(filter(None, told)).replace("\0", "\ufffd")
    detail = {"seq": None, "reason": reason, "raw": raw}
    _note(device, FindingKind.REFUSED, _key(scan_id), detail)


def _note(
    device: EnrolledDevice, kind: FindingKind, name: str, detail: Mapping[str, object]
) -> None:
    findings.note(kind, name, event_id=device.event_id, device_id=device.id, detail=detail)

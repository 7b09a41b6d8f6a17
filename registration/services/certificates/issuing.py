"""Issue certificates to those who came, mail them, and revoke them."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from registration import clock
from registration.database import db, insert_new
from registration.errors import Conflict, EventNotBegun, NotFound
from registration.models.badges import Badge
from registration.models.certificates import Certificate
from registration.models.deliveries import DeliveryKind
from registration.models.events import Event
from registration.models.gates import Presence
from registration.models.registrations import CODE_LETTERS, Registration
from registration.services import audit, deliveries
from registration.services.certificates.finding import CAME, LETTERS, has_come, joined

BATCH = 500
"""Certificates that one transaction issues."""


def new_code() -> str:
    """Return a code that nobody can guess."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(LETTERS))


def check_has_begun(event: Event) -> None:
    """Return if the event has begun.

    Raises:
        EventNotBegun: nobody has attended it yet.
    """
    if clock.now() < event.starts_at:
        raise EventNotBegun(event=event.slug)


def issue_batch(event: Event, *, actor: str) -> int:
    """Issue certificates to the next `BATCH` of those who came and have none; return how many.

    Whoever has one keeps it. Repeated, also by two at once, nobody gets a second.

    Args:
        event: whose people.
        actor: who does it.

    Raises:
        EventNotBegun: nobody has attended it yet.
    """
    check_has_begun(event)
    has_one = exists().where(
        Certificate.registration_id == Registration.id, Certificate.revoked_at.is_(None)
    )
    people = db.session.scalars(
        select(Registration)
        .join(Badge, Badge.registration_id == Registration.id)
        .join(Presence, Presence.badge_id == Badge.id)
        .where(Registration.event_id == event.id, *CAME, ~has_one)
        .order_by(Registration.id)
        .limit(BATCH)
    ).all()
    if people:
        _issue(people, actor=actor)
    return len(people)


def _issue(people: Sequence[Registration], *, actor: str) -> None:
    """Issue a certificate to each, unless somebody else has done so at this moment."""
    rows = [_row(person, clock.now()) for person in people]
    insert_new(Certificate, *rows)
    found = db.session.scalars(
        select(Certificate).where(Certificate.code.in_([row["code"] for row in rows]))
    ).all()
    for certificate in found:
        _record("issued", certificate, actor=actor)


def _row(person: Registration, moment: datetime) -> dict[str, Any]:
    return {
        "event_id": person.event_id,
        "registration_id": person.id,
        "code": new_code(),
        "name": person.full_name,
        "issued_at": moment,
        "revoked_at": None,
    }


def issue_one(
    person: Registration, *, by_mail: bool, actor: str, instead_of: str | None = None
) -> Certificate:
    """Issue a certificate to one person; one that they have is revoked by it.

    So a name that was misspelt can be put right. The old paper then says that it is revoked.

    Args:
        person: who.
        by_mail: whether to mail it.
        actor: who does it.
        instead_of: the code of the one that they are thought to have, "" for none; so asking
            twice issues one. None: whatever they have.

    Raises:
        EventNotBegun: nobody has attended the event yet.
        Conflict: this person has not come (``has_not_come``), or has been issued another one
            since or at this moment (``just_issued``).
    """
    check_has_begun(person.event)
    if not has_come(person.id):
        raise Conflict(noun="certificate", reason="has_not_come")
    before = db.session.scalars(
        select(Certificate)
        .where(Certificate.registration_id == person.id, Certificate.revoked_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if instead_of is not None and instead_of != (before.code if before is not None else ""):
        raise Conflict(noun="certificate", reason="just_issued")
    if before is not None:
        revoke(before, actor=actor, reason="issued anew")
        db.session.flush()
    row = _row(person, clock.now())
    if not insert_new(Certificate, row):
        raise Conflict(noun="certificate", reason="just_issued")
    certificate = db.session.scalars(select(Certificate).filter_by(code=row["code"])).one()
    _record("issued", certificate, actor=actor)
    if by_mail:
        mail(certificate, person)
    return certificate


def mail_batch(event_id: uuid.UUID, after: uuid.UUID | None) -> tuple[int, uuid.UUID | None]:
    """Promise the next `BATCH` certificates in force by mail; whoever was promised it is left out.

    Args:
        event_id: whose certificates.
        after: where the batch before ended; None begins.

    Returns:
        How many were promised now, and where this batch ended: None if it was the last.
    """
    in_force = (
        select(Certificate.id, Certificate.registration_id, Registration.email, Certificate.code)
        .select_from(Certificate)
        .join(Certificate.registration)
        .where(Certificate.event_id == event_id, Certificate.revoked_at.is_(None), *CAME)
        .order_by(Certificate.id)
        .limit(BATCH)
    )
    rows = db.session.execute(
        joined(in_force if after is None else in_force.where(Certificate.id > after))
    ).all()
    wanted = [(row.registration_id, row.email, row.code) for row in rows if row.email]
    promised = deliveries.promise_certificates(event_id, wanted)
    return promised, rows[-1].id if len(rows) == BATCH else None


def mail(certificate: Certificate, person: Registration) -> bool:
    """Promise the person a mail with the certificate, once for each; return whether that can be.

    Nobody is promised one who gave no address.
    """
    if not person.email:
        return False
    deliveries.promise(
        person.id,
        person.event_id,
        DeliveryKind.CERTIFICATE,
        recipient=person.email,
        reason=certificate.code,
    )
    return True


def get(certificate_id: uuid.UUID, *, event_id: uuid.UUID) -> Certificate:
    """Return the certificate of this event.

    Raises:
        NotFound: the event has none with this id.
    """
    certificate = db.session.get(Certificate, certificate_id)
    if certificate is None or certificate.event_id != event_id:
        raise NotFound(noun="certificate", name=str(certificate_id))
    return certificate


def revoke(certificate: Certificate, *, actor: str, reason: str = "") -> None:
    """Let a certificate verify no more; once it is revoked, this does nothing."""
    if certificate.revoked_at is None:
        certificate.revoked_at = clock.now()
        _record("revoked", certificate, actor=actor, reason=reason)


def revoke_undone() -> int:
    """Revoke the certificates of those whose check-in was taken back; return how many.

    They verify no more already (`check`); this writes it down.
    """
    came = (
        exists()
        .where(Badge.registration_id == Certificate.registration_id)
        .where(Presence.badge_id == Badge.id)
    )
    undone = db.session.scalars(
        select(Certificate).where(Certificate.revoked_at.is_(None), ~came).limit(BATCH)
    ).all()
    for certificate in undone:
        revoke(certificate, actor="worker", reason="check-in taken back")
    return len(undone)


def _record(done: str, certificate: Certificate, *, actor: str, **detail: str) -> None:
    audit.record(
        f"certificate.{done}",
        actor=actor,
        subject=f"registration:{certificate.registration_id}",
        event_id=certificate.event_id,
        **detail,
    )

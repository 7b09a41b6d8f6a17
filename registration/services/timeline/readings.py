"""Where a person's moments are read from: one statement for each table, the newest rows first."""

import uuid
from collections.abc import Iterator, Set
from datetime import datetime

from sqlalchemy import and_, or_, select

from registration.database import db
from registration.models.audit import AuditEntry
from registration.models.badges import Design, Printed, PrintRun
from registration.models.campaigns import Campaign
from registration.models.certificates import Certificate
from registration.models.deliveries import Bounce, Delivery
from registration.models.gates import Gate, Scan
from registration.models.invitations import Invitation, InvitationKind
from registration.models.registrations import Registration
from registration.services.badges.designs import ready
from registration.services.timeline.moments import Group, Moment, group_of

MOST_ROWS = 1000
"""Of one table; somebody who passes a gate more often than that has their oldest passages cut."""

TOLD_AT_THE_START = frozenset(
    {"registration.nominated", "registration.walked_in", "registration.took_over"}
)
"""Entries that say how a registration came to be, so that it need not be said once more."""


def entries(registration: Registration, invitation: Invitation | None) -> Iterator[Moment]:
    """Give what the audit log says, of a personal invitation, too; and the beginning."""
    subjects = [f"registration:{registration.id}"]
    if invitation is not None and invitation.kind == InvitationKind.PERSONAL:
        subjects.append(f"invitation:{invitation.id}")
    rows = db.session.execute(
        select(AuditEntry.at, AuditEntry.action, AuditEntry.actor, AuditEntry.detail)
        .where(AuditEntry.subject.in_(subjects))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MOST_ROWS)
    ).all()
    for at, action, actor, detail in rows:
        yield Moment(at=at, group=group_of(action), what=action, actor=actor, detail=detail or {})
    if TOLD_AT_THE_START.isdisjoint(row.action for row in rows):
        yield Moment(
            at=registration.created_at,
            group=Group.STANDING,
            what="registered",
            detail={"source": registration.source},
        )


def consents(registration: Registration, told: Set[str]) -> Iterator[Moment]:
    """Give the consents as they stand, unless ``told`` has their entries of the audit log."""
    given_at = registration.privacy_consent_at
    if given_at is not None and "registration.privacy_consent_given" not in told:
        # The form's own consents are a blink older than its row.
        at = max(given_at, registration.created_at)
        version = {"version": registration.privacy_version}
        yield Moment(at=at, group=Group.CONSENTS, what="consent.privacy", detail=version)
    answered_at = registration.photo_consent_at
    answer = registration.photo_consent
    is_told = "registration.photo_consent_withdrawn" in told
    if answer is not None and answered_at is not None and not is_told:
        what = "consent.photos" if answer else "consent.no_photos"
        at = max(answered_at, registration.created_at)
        yield Moment(at=at, group=Group.CONSENTS, what=what)


def steps_of_invitation(invitation: Invitation | None) -> Iterator[Moment]:
    """Give what its guest did with a personal invitation; the rest is in the audit log."""
    if invitation is None or invitation.kind != InvitationKind.PERSONAL:
        return
    for what, at in (
        ("invitation.opened", invitation.opened_at),
        ("invitation.accepted", invitation.accepted_at),
    ):
        if at is not None:
            yield Moment(at=at, group=Group.STANDING, what=what)


def badges(registration: Registration) -> Iterator[Moment]:
    """Give the badge's first issue, if it is the present one, and that it was stopped.

    Every later issue stands in the audit log.
    """
    badge = registration.badge
    if badge is None:
        return
    if badge.generation == 0:
        yield _of_badge("badge.first", badge.issued_at)
    if badge.revoked_at is not None:
        yield _of_badge("badge.stopped", badge.revoked_at)


def _of_badge(what: str, at: datetime) -> Moment:
    return Moment(at=at, group=Group.BADGE, what=what)


def prints(registration: Registration) -> Iterator[Moment]:
    """Give the finished print runs that the badge was in."""
    if registration.badge is None:
        return
    rows = db.session.execute(
        select(
            PrintRun.finished_at,
            PrintRun.account_id,
            PrintRun.design,
            Design.title,
            PrintRun.reason,
            PrintRun.job_id,
            Printed.generation,
        )
        .join(Printed, Printed.run_id == PrintRun.id)
        .outerjoin(
            Design, and_(Design.event_id == PrintRun.event_id, Design.code == PrintRun.design)
        )
        .where(Printed.badge_id == registration.badge.id, PrintRun.finished_at.is_not(None))
        .order_by(PrintRun.finished_at.desc())
        .limit(MOST_ROWS)
    )
    for row in rows:
        yield Moment(
            at=row.finished_at,
            group=Group.BADGE,
            what="badge.printed",
            actor=f"account:{row.account_id}" if row.account_id else "",
            detail={
                "design": row.title or _title_of_ready(row.design),
                "reason": row.reason,
                "issue": row.generation + 1,
                "alone": int(row.job_id is None and row.account_id is not None),
            },
        )


def _title_of_ready(code: str) -> str:
    """Return what a ready-made design is called; of one that is gone, its code."""
    found = ready.all_ready().get(code)
    return found.title if found else code


def certificates(registration: Registration) -> Iterator[Moment]:
    """Give when each certificate was issued, and revoked: issued anew, a person has several."""
    rows = db.session.execute(
        select(Certificate.issued_at, Certificate.revoked_at, Certificate.code)
        .where(Certificate.registration_id == registration.id)
        .order_by(Certificate.issued_at, Certificate.id)
    )
    for issued_at, revoked_at, shown in rows:
        code = {"code": shown}
        yield Moment(at=issued_at, group=Group.BADGE, what="certificate.given", detail=code)
        if revoked_at is not None:
            yield Moment(at=revoked_at, group=Group.BADGE, what="certificate.taken", detail=code)


def mails(registration: Registration, invitation: Invitation | None) -> Iterator[Moment]:
    """Give the mails to the person, with how each stands; by their sending, else their promise."""
    about = [Delivery.registration_id == registration.id]
    if invitation is not None and invitation.kind == InvitationKind.PERSONAL:
        about.append(Delivery.invitation_id == invitation.id)
    rows = db.session.execute(
        select(
            Delivery.created_at,
            Delivery.sent_at,
            Delivery.kind,
            Delivery.state,
            Delivery.recipient,
            Delivery.last_error,
            Delivery.attempts,
            Campaign.title,
        )
        .outerjoin(Campaign, Campaign.id == Delivery.campaign_id)
        .where(or_(*about))
        .order_by(Delivery.created_at.desc(), Delivery.id.desc())
        .limit(MOST_ROWS)
    )
    for row in rows:
        yield Moment(
            at=row.sent_at or row.created_at,
            group=Group.MAILS,
            what="mail",
            detail={
                "kind": row.kind,
                "state": row.state,
                "recipient": row.recipient,
                "error": "" if row.sent_at else row.last_error,
                "attempts": row.attempts,
                "title": row.title or "",
            },
        )


def bounces(registration: Registration) -> Iterator[Moment]:
    """Give the notices that came back about mails to the person."""
    rows = db.session.execute(
        select(Bounce.received_at, Bounce.kind, Bounce.recipient, Bounce.status, Bounce.diagnostic)
        .join(Delivery, Delivery.id == Bounce.delivery_id)
        .where(Delivery.registration_id == registration.id)
        .order_by(Bounce.received_at.desc())
        .limit(MOST_ROWS)
    )
    for row in rows:
        yield Moment(
            at=row.received_at,
            group=Group.MAILS,
            what=f"bounce.{row.kind}",
            detail={
                "recipient": row.recipient,
                "status": row.status,
                "diagnostic": row.diagnostic,
            },
        )


def scans(registration: Registration) -> Iterator[Moment]:
    """Give every passage of the badge, with the gate's name and the device that saw it."""
    if registration.badge is None:
        return
    rows = db.session.execute(
        select(
            Scan.scanned_at,
            Scan.device_id,
            Scan.kind,
            Scan.verdict,
            Scan.told,
            Scan.generation,
            Scan.gate,
        )
        .where(Scan.badge_id == registration.badge.id)
        .order_by(Scan.scanned_at.desc(), Scan.id.desc())
        .limit(MOST_ROWS)
    ).all()
    names = _gates(registration.event_id) if rows else {}
    for row in rows:
        yield Moment(
            at=row.scanned_at,
            group=Group.SCANS,
            what="scan",
            actor=f"device:{row.device_id}",
            detail={
                "kind": row.kind,
                "verdict": row.verdict,
                "told": row.told if row.told != row.verdict else None,
                "gate": names.get(row.gate, row.gate),
                "issue": None if row.generation is None else row.generation + 1,
            },
        )


def _gates(event_id: uuid.UUID) -> dict[str, str]:
    rows = db.session.execute(select(Gate.code, Gate.name).where(Gate.event_id == event_id))
    return {code: name for code, name in rows}  # noqa: C416  # Row is no tuple to dict()

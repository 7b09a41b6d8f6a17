"""What is told: everything that is stored about one person, from each of its tables."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from registration import clock
from registration.database import db
from registration.models.badges import Badge, Printed, PrintRun
from registration.models.certificates import Certificate
from registration.models.deliveries import Bounce, Delivery, MailAddress
from registration.models.gates import Presence
from registration.models.invitations import Invitation
from registration.models.questions import QuestionKind
from registration.models.registrations import Registration
from registration.services import dossier, questions, registrations

Data = str | int | float | bool | None | Sequence["Data"] | Mapping[str, "Data"]
"""What JSON can say; moments are ISO 8601 in UTC."""


def disclose(registration: Registration, *, locale: str) -> Mapping[str, Data]:
    """Return all that is stored about a person, in the order in which they would ask.

    Texts of the event are in the language asked for. Whoever of the organisers did something is
    not named: that is their data.
    """
    event = registration.event
    return {
        "as_of": _utc(clock.now()),
        "event": {
            "slug": event.slug,
            "title": event.title.in_locale(locale),
            "held_on": event.held_on.isoformat(),
            "organiser": event.organiser_name,
            "organiser_email": event.organiser_email,
        },
        "person": _person(registration),
        "registration": _registration(registration, locale),
        "consents": _consents(registration),
        "answers": _answers(registration, locale),
        "invitation": _invitation(registration),
        "badge": _badge(registration),
        "certificates": _certificates(registration),
        "presence": _presence(registration),
        "scans": _scans(registration),
        "mails": _mails(registration),
        "address": _address(registration),
        "history": _history(registration),
    }


def _utc(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _person(registration: Registration) -> Data:
    names = (
        *("salutation", "title", "given_name", "family_name", "email", "locale"),
        *("organisation", "position", "diet", "support_needs"),
        *("badge_name", "badge_organisation", "pronouns", "languages", "room", "precedence"),
    )
    return {name: getattr(registration, name) for name in names}


def _registration(registration: Registration, locale: str) -> Data:
    sector, theme = registration.sector, registration.theme
    return {
        "short_code": registration.short_code,
        "state": registration.state,
        "source": registration.source,
        "roles": [role.title.in_locale(locale) for role in registration.roles],
        "alliance": registration.alliance.name if registration.alliance else None,
        "sector": sector.title.in_locale(locale) if sector else None,
        "theme": theme.title.in_locale(locale) if theme else None,
        "decision_reason": registration.decision_reason,
        "gate_note": registration.gate_note,
        "somebody_is_told_of_arrival": bool(registration.host_email),
        "turn_in_queue": registrations.position(registration),
        "waits_with_others": registration.party_id is not None,
        "took_over_from_somebody": registration.replaces_id is not None,
        "handed_over": registrations.find_successor(registration) is not None,
        "queued_at": _utc(registration.queued_at),
        "offer_expires_at": _utc(registration.offer_expires_at),
        "decided_at": _utc(registration.decided_at),
        "cancelled_at": _utc(registration.cancelled_at),
        "created_at": _utc(registration.created_at),
        "updated_at": _utc(registration.updated_at),
    }


def _consents(registration: Registration) -> Data:
    return {
        "privacy": {
            "given_at": _utc(registration.privacy_consent_at),
            "version": registration.privacy_version or None,
            "withdrawn_at": _utc(registration.privacy_withdrawn_at),
        },
        "photos": {
            "answer": registration.photo_consent,
            "answered_at": _utc(registration.photo_consent_at),
        },
    }


def _answers(registration: Registration, locale: str) -> Data:
    answers: list[Data] = []
    for told in questions.told_by(registration.id):
        question = told.question
        answer: dict[str, Data] = {
            "question": question.title.in_locale(locale),
            "answer": questions.words(question, told.value, locale),
            "purpose": question.purpose.in_locale(locale),
            "kept_days_after_the_event": question.retention_days,
        }
        if question.kind == QuestionKind.FILE:
            upload = questions.file_of(registration.id, question.code)
            answer["media_type"] = upload.media_type
            answer["content_base64"] = base64.b64encode(upload.content).decode()
        answers.append(answer)
    return answers


def _invitation(registration: Registration) -> Data:
    """Return the invitation that was made out to this person, if one was."""
    if registration.invitation_id is None:
        return None
    invitation = db.session.get_one(Invitation, registration.invitation_id)
    if not invitation.email:
        return {"kind": invitation.kind}
    return {
        "kind": invitation.kind,
        "email": invitation.email,
        "created_at": _utc(invitation.created_at),
        "opened_at": _utc(invitation.opened_at),
        "accepted_at": _utc(invitation.accepted_at),
        "reminded_at": _utc(invitation.reminded_at),
    }


def _badge(registration: Registration) -> Data:
    badge = registration.badge
    if badge is None:
        return None
    return {
        "id": badge.id,
        "generation": badge.generation,
        "issued_at": _utc(badge.issued_at),
        "revoked_at": _utc(badge.revoked_at),
        "printed": _prints(badge),
    }


def _prints(badge: Badge) -> Data:
    finished = (
        select(PrintRun.finished_at, Printed.generation)
        .join(Printed, Printed.run_id == PrintRun.id)
        .where(Printed.badge_id == badge.id, PrintRun.finished_at.is_not(None))
        .order_by(PrintRun.finished_at)
    )
    return [
        {"at": _utc(at), "generation": generation}
        for at, generation in db.session.execute(finished)
    ]


def _certificates(registration: Registration) -> Data:
    query = select(Certificate).where(Certificate.registration_id == registration.id)
    return [
        {
            "code": each.code,
            "name": each.name,
            "issued_at": _utc(each.issued_at),
            "revoked_at": _utc(each.revoked_at),
        }
        for each in db.session.scalars(query.order_by(Certificate.issued_at, Certificate.id))
    ]


def _presence(registration: Registration) -> Data:
    found = db.session.get(Presence, registration.badge.id) if registration.badge else None
    if found is None:
        return None
    return {
        "inside": found.inside,
        "first_at": _utc(found.first_at),
        "first_gate": found.first_gate,
        "last_at": _utc(found.last_at),
    }


def _scans(registration: Registration) -> Data:
    return [
        {"at": _utc(scan.scanned_at), "gate": scan.gate, "kind": scan.kind, "verdict": scan.verdict}
        for scan in dossier.list_scans(registration)
    ]


def _mails(registration: Registration) -> Data:
    return [
        {
            "kind": mail.kind,
            "recipient": mail.recipient,
            "state": mail.state,
            "promised_at": _utc(mail.created_at),
            "sent_at": _utc(mail.sent_at),
        }
        for mail in dossier.list_deliveries(registration)
    ]


def _address(registration: Registration) -> Data:
    """Return what mail to the person's address has taught us."""
    known = db.session.get(MailAddress, registration.email.lower()) or MailAddress()
    notices = (
        select(Bounce)
        .join(Delivery, Bounce.delivery_id == Delivery.id)
        .where(Delivery.registration_id == registration.id)
        .order_by(Bounce.received_at, Bounce.id)
    )
    return {
        "bounced_at": _utc(known.bounced_at),
        "complained_at": _utc(known.complained_at),
        "unsubscribed_at": _utc(known.unsubscribed_at),
        "notices": [
            {"at": _utc(each.received_at), "kind": each.kind, "said": each.diagnostic}
            for each in db.session.scalars(notices)
        ],
    }


def _history(registration: Registration) -> Data:
    return [
        {"at": _utc(entry.at), "action": entry.action, "by": entry.actor.partition(":")[0]}
        for entry in dossier.list_entries(registration)
    ]

"""Issue, re-issue and revoke badges, and say what their codes say."""

import uuid
from typing import cast

from sqlalchemy import update

from registration import clock
from registration.database import db, insert_new
from registration.errors import GenerationsUsedUp
from registration.models.badges import Badge, new_badge_id
from registration.models.registrations import Registration
from registration.services import audit, keys
from registration.services.badges import tokens

MOST_GENERATIONS = 255


def issue(registration: Registration, *, actor: str = "worker") -> Badge:
    """Give the registration its badge, or the badge it has a new generation.

    The latter is written down, by ``actor``: the old badge stops at every gate.

    Raises:
        GenerationsUsedUp: the token has no room for another generation.
    """
    badge = registration.badge
    if badge is None:
        issue_first(registration.id, registration.event_id)
        db.session.expire(registration, ["badge"])
        return cast(Badge, registration.badge)
    if badge.generation >= MOST_GENERATIONS:
        raise GenerationsUsedUp(badge=badge.id)
    badge.generation += 1
    badge.issued_at = clock.now()
    badge.revoked_at = None
    audit.record(
        "badge.issued",
        actor=actor,
        subject=f"registration:{registration.id}",
        event_id=registration.event_id,
        issue=badge.generation + 1,
    )
    return badge


def issue_first(registration_id: uuid.UUID, event_id: uuid.UUID) -> None:
    """Give a registration that has no badge its first one."""
    insert_new(
        Badge,
        {
            "id": new_badge_id(),
            "registration_id": registration_id,
            "event_id": event_id,
            "generation": 0,
            "key_slot": 0,
            "issued_at": clock.now(),
        },
    )


def revoke(registration: Registration) -> None:
    """Stop the registration's badge, if it has one, at every gate."""
    db.session.execute(
        update(Badge)
        .where(Badge.registration_id == registration.id, Badge.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def token_of(badge: Badge) -> str:
    """Return the badge's token: ``E1:`` and 116 characters, signed with its event's key.

    Raises:
        SettingRefused: the event's key was sealed under another secret key.
    """
    registration = db.session.get_one(Registration, badge.registration_id)
    return tokens.encode(
        tokens.Payload(
            version=tokens.VERSION,
            key_slot=badge.key_slot,
            event_tag=registration.event.tag,
            badge_id=badge.id,
            generation=badge.generation,
            badge_class=registration.role.badge_class,
        ),
        keys.private_key(badge.event_id, badge.key_slot),
        badge.event_id,
    )

"""The badges of an event that are in force, and their tokens, many at a time."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Select, func, select

from registration.database import db
from registration.models.alliances import Alliance
from registration.models.badges import Badge, SigningKey
from registration.models.events import Event
from registration.models.registrations import Registration, RegistrationState
from registration.models.roles import Role
from registration.services import keys, roles
from registration.services.badges import tokens
from registration.services.papers import reading

PERSON = (
    Registration.given_name,
    Registration.family_name,
    Registration.title,
    Registration.organisation,
    Registration.position,
    Registration.badge_name,
    Registration.badge_organisation,
    Registration.pronouns,
    Registration.languages,
    Registration.room,
    Registration.alliance_id,
    Registration.role_id,
    Registration.theme_id,
    Registration.short_code,
    Registration.photo_consent,
)
"""What a badge says of whose it is, beside further roles."""


def rows(event_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    """Return the statement for all badges of people who are confirmed, by alliance and name."""
    return (
        select(
            Badge.id.label("badge_id"),
            Badge.generation,
            Badge.key_slot,
            Registration.id.label("registration_id"),
            roles.further_ids(),
            *PERSON,
        )
        .join(Registration, Registration.id == Badge.registration_id)
        .outerjoin(Alliance, Alliance.id == Registration.alliance_id)
        .where(
            Badge.event_id == event_id,
            Badge.revoked_at.is_(None),
            Registration.state == RegistrationState.CONFIRMED,
        )
        .order_by(
            Alliance.sort_name.is_(None),
            Alliance.sort_name,
            Alliance.id,
            Registration.sort_name,
            Registration.id,
        )
    )


def row_of(registration: Registration) -> Any:
    """Return what `rows` have of one registration; None: it has no badge that is in force."""
    badge = registration.badge
    if registration.state != RegistrationState.CONFIRMED or badge is None or badge.revoked_at:
        return None
    return SimpleNamespace(
        badge_id=badge.id,
        generation=badge.generation,
        key_slot=badge.key_slot,
        registration_id=registration.id,
        further_role_ids=" ".join(str(role.id) for role in registration.further_roles),
        **{column.key: getattr(registration, column.key) for column in PERSON},
    )


def count(event_id: uuid.UUID) -> int:
    """Return how many badges are in force now."""
    found = rows(event_id).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Signs the badges of one event: its keys are opened once."""

    event_id: uuid.UUID
    event_tag: int
    private_keys: Mapping[int, Ed25519PrivateKey]
    classes: Mapping[int, int]
    """The class of each role, by the role's id; a token has that of the leading one."""

    @classmethod
    def of(cls, event_id: uuid.UUID) -> "Signer":
        """Return the event's signer.

        Raises:
            SettingRefused: its keys were sealed under another secret key.
        """
        session = db.session
        slots = session.scalars(select(SigningKey.slot).filter_by(event_id=event_id)).all()
        classes = session.execute(select(Role.id, Role.badge_class).filter_by(event_id=event_id))
        return cls(
            event_id=event_id,
            event_tag=session.scalars(select(Event.tag).where(Event.id == event_id)).one(),
            private_keys={slot: keys.private_key(event_id, slot) for slot in slots},
            classes={role_id: badge_class for role_id, badge_class in classes},  # noqa: C416  # Row is no tuple to dict()
        )

    def token(self, row: Any) -> str:
        """Return the token of the badge in one of `rows`, or of a `row_of`."""
        payload = tokens.Payload(
            version=tokens.VERSION,
            key_slot=row.key_slot,
            event_tag=self.event_tag,
            badge_id=row.badge_id,
            generation=row.generation,
            badge_class=self.classes[row.role_id],
        )
        return tokens.encode(payload, self.private_keys[row.key_slot], self.event_id)


def list_tokens(event_id: uuid.UUID) -> Iterator[tuple[str, str]]:
    """Return the short code and the token of each badge, as they are read."""
    signer = Signer.of(event_id)
    with reading.streaming() as connection:
        for chunk in reading.chunks(connection, rows(event_id)):
            for row in chunk:
                yield row.short_code, signer.token(row)

"""Find a registration: by its id, by the key of its form, by the link in its mail."""

import uuid
from datetime import timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from registration import clock
from registration.database import db
from registration.errors import LinkExpired, NotFound
from registration.models.registrations import IS_OPEN, Registration

LINK_OUTLIVES_EVENT = timedelta(days=90)

ALL_OF_IT = (
    joinedload(Registration.event),
    joinedload(Registration.alliance),
    joinedload(Registration.role),
    joinedload(Registration.sector),
    joinedload(Registration.theme),
    joinedload(Registration.badge),
    selectinload(Registration.further_roles),
)


def get(registration_id: uuid.UUID) -> Registration:
    """Return the registration with all that it refers to.

    Raises:
        NotFound: there is none.
    """
    registration = db.session.scalars(
        select(Registration).where(Registration.id == registration_id).options(*ALL_OF_IT)
    ).one_or_none()
    if registration is None:
        raise NotFound(noun="registration")
    return registration


def find_by_key(idempotency_key: str) -> Registration | None:
    """Return the registration that a form with this key made."""
    return db.session.scalars(
        select(Registration).where(Registration.idempotency_key == idempotency_key)
    ).one_or_none()


def find_successor(registration: Registration) -> Registration | None:
    """Return the registration that took over this one's place."""
    return db.session.scalars(
        select(Registration).where(Registration.replaces_id == registration.id)
    ).one_or_none()


def _link_serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="registration-link")


def link_token(registration: Registration) -> str:
    """Return the token of ``/r/<token>``: whoever has it may see and change this registration."""
    return str(_link_serializer().dumps(registration.id.hex))


def get_by_link(token: str) -> Registration:
    """Return the registration that a link means.

    Raises:
        NotFound: the link is not one of ours.
        LinkExpired: the event has been over for longer than `LINK_OUTLIVES_EVENT`.
    """
    try:
        registration_id = uuid.UUID(hex=_link_serializer().loads(token))
    except (BadSignature, ValueError, TypeError, AttributeError) as error:
        raise NotFound(noun="link") from error
    registration = get(registration_id)
    if clock.now() > registration.event.ends_at + LINK_OUTLIVES_EVENT:
        raise LinkExpired(noun="link")
    return registration


def may_change(registration: Registration) -> bool:
    """Return whether the attendee may still correct or cancel."""
    return registration.state in IS_OPEN and clock.now() < registration.event.changes_close_at

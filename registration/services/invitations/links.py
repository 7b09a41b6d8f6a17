"""Links to invitations: whoever has one may answer, or register while it has places."""

import uuid

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db
from registration.errors import LinkExpired, NotFound
from registration.models.invitations import Invitation
from registration.services.registrations.finding import LINK_OUTLIVES_EVENT


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="invitation-link")


def link_token(invitation: Invitation) -> str:
    """Return the token of ``/i/<token>``: the invitation's id and generation, signed."""
    return str(_serializer().dumps([invitation.id.hex, invitation.generation]))


def address_of(invitation: Invitation) -> str:
    """Return the whole address of the invitation's page, as it is copied, mailed and scanned."""
    return f"{current_app.config['BASE_URL']}/i/{link_token(invitation)}"


def get_by_link(token: str) -> Invitation:
    """Return the invitation that a link means, with its event, alliance and role.

    A revoked one is returned too, so that its page can say that it was.

    Raises:
        NotFound: the link is not one of ours, or another has taken its place.
        LinkExpired: the event has been over for longer than `LINK_OUTLIVES_EVENT`.
    """
    try:
        hexadecimal, generation = _serializer().loads(token)
        invitation_id = uuid.UUID(hex=hexadecimal)
    except (BadSignature, ValueError, TypeError, AttributeError) as error:
        raise NotFound(noun="link") from error
    invitation = db.session.scalars(
        select(Invitation).where(Invitation.id == invitation_id).options(*ALL_OF_IT)
    ).one_or_none()
    if invitation is None:
        raise NotFound(noun="link")
    if invitation.generation != generation and invitation.revoked_at is None:
        raise NotFound(noun="link")
    if clock.now() > invitation.event.ends_at + LINK_OUTLIVES_EVENT:
        raise LinkExpired(noun="link")
    return invitation


ALL_OF_IT = (
    joinedload(Invitation.event),
    joinedload(Invitation.alliance),
    joinedload(Invitation.role),
)

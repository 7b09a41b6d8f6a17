"""Remind invited people who have not answered."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, or_, select, update

from registration import clock
from registration.database import db
from registration.errors import InvitationClosed
from registration.models.deliveries import DeliveryKind
from registration.models.events import Event
from registration.models.invitations import IS_UNANSWERED, Invitation, InvitationKind
from registration.services import audit, deliveries
from registration.services.invitations.listing import list_invitations, standing_of

REST = timedelta(days=1)
"""Nobody is reminded more often than this, whoever presses the button how often."""
BEFORE_DEADLINE = timedelta(days=7)
"""When those are reminded who never were."""
MOST_AT_ONCE = 100


def remind(invitation: Invitation, *, actor: str) -> bool:
    """Promise a reminder; return False, with nothing done, if there was one within `REST`.

    Raises:
        InvitationClosed: it was answered, has expired or was revoked, or is a link.
    """
    status = standing_of(invitation).status
    if status not in IS_UNANSWERED:
        raise InvitationClosed(status=status)
    moment = clock.now()
    rested = or_(Invitation.reminded_at.is_(None), Invitation.reminded_at <= moment - REST)
    reminded = db.session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.used == 0,
            Invitation.declined_at.is_(None),
            Invitation.revoked_at.is_(None),
            rested,
        )
        .values(reminded_at=moment)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.refresh(invitation)
    if reminded is None:
        return False
    deliveries.promise_invitation(
        invitation, DeliveryKind.INVITATION_REMINDER, reason=f"{moment:%Y%m%dT%H%M%S.%f}"
    )
    audit.record(
        "invitation.reminded",
        actor=actor,
        subject=f"invitation:{invitation.id}",
        event_id=invitation.event_id,
    )
    return True


def list_to_remind(event_id: uuid.UUID, alliance_id: int | None = None) -> Sequence[Invitation]:
    """Return the invitations without an answer whose people had no reminder within `REST`."""
    latest = clock.now() - REST
    found = list_invitations(event_id, alliance_id, statuses=IS_UNANSWERED)
    return [
        each.invitation
        for each in found
        if each.invitation.reminded_at is None or each.invitation.reminded_at <= latest
    ]


def remind_all(event_id: uuid.UUID, alliance_id: int | None = None, *, actor: str) -> int:
    """Remind at most `MOST_AT_ONCE` of those who have not answered; return how many.

    Call it again, in another transaction, until it returns 0.
    """
    due = list_to_remind(event_id, alliance_id)[:MOST_AT_ONCE]
    return sum(_remind_if_open(invitation, actor=actor) for invitation in due)


def _remind_if_open(invitation: Invitation, *, actor: str) -> bool:
    """Remind, unless it was answered or ended after it had been found."""
    try:
        return remind(invitation, actor=actor)
    except InvitationClosed:
        return False


def remind_due() -> int:
    """Remind, once, those whose invitation ends within `BEFORE_DEADLINE` and who never were.

    An invitation that was made within that time is left alone for `REST`. Reminds at most
    `MOST_AT_ONCE`; returns how many.
    """
    moment = clock.now()
    ends_at = func.coalesce(Invitation.expires_at, Event.registration_closes_at)
    due = db.session.scalars(
        select(Invitation)
        .join(Event, Event.id == Invitation.event_id)
        .where(
            Invitation.kind == InvitationKind.PERSONAL,
            Invitation.reminded_at.is_(None),
            Invitation.used == 0,
            Invitation.declined_at.is_(None),
            Invitation.revoked_at.is_(None),
            ends_at > moment,
            ends_at <= moment + BEFORE_DEADLINE,
            Event.ends_at > moment,
            Invitation.created_at <= moment - REST,
        )
        .order_by(ends_at, Invitation.id)
        .limit(MOST_AT_ONCE)
    ).all()
    return sum(_remind_if_open(invitation, actor="worker") for invitation in due)

"""What becomes of an invitation: opened, used, declined, revoked. Each is a conditional UPDATE."""

from typing import Any

from sqlalchemy import ColumnElement, update

from registration import clock
from registration.database import db
from registration.errors import InvitationClosed, InvitationUsedUp
from registration.models.invitations import (
    IS_UNANSWERED,
    MAY_BE_USED,
    Invitation,
    InvitationKind,
    InvitationStatus,
)
from registration.services import audit
from registration.services.invitations.listing import standing_of


def _change(invitation: Invitation, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Change the row if it meets the conditions now; return whether it did."""
    changed = db.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation.id, *conditions)
        .values(**values)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.refresh(invitation)
    return changed is not None


def check_open(invitation: Invitation) -> InvitationStatus:
    """Return the status of an invitation by which somebody may register now.

    Raises:
        InvitationUsedUp: it is a link without places.
        InvitationClosed: it was answered, has expired or was revoked.
    """
    status = standing_of(invitation).status
    if status == InvitationStatus.USED_UP:
        raise InvitationUsedUp
    if status not in MAY_BE_USED:
        raise InvitationClosed(status=status)
    return status


def use(invitation: Invitation) -> None:
    """Take one place of the invitation, in the transaction that registers the person.

    However many try at once, no more get one than there are places. A registration that ends gives
    a link's place back (`registrations.cancel` and the others do it); a personal invitation stays
    accepted.

    Raises:
        InvitationUsedUp: a link has none left; the transaction must be rolled back.
        InvitationClosed: it was answered, has expired or was revoked; likewise.
    """
    check_open(invitation)
    values: dict[str, Any] = {"used": Invitation.used + 1, "person_key": None}
    if invitation.kind == InvitationKind.PERSONAL:
        values["accepted_at"] = clock.now()
    used = _change(
        invitation,
        Invitation.used < Invitation.places,
        Invitation.generation == invitation.generation,
        Invitation.declined_at.is_(None),
        **values,
    )
    if not used:  # somebody was faster between the check and the change
        check_open(invitation)
        raise InvitationUsedUp


def note_opening(invitation: Invitation) -> None:
    """Write down when a personal invitation's page was opened first."""
    _change(invitation, Invitation.opened_at.is_(None), opened_at=clock.now())


def decline(invitation: Invitation, *, actor: str = "attendee") -> None:
    """Say that the invited person does not come; saying so again changes nothing.

    Raises:
        InvitationClosed: it was accepted, has expired or was revoked, or is a link.
    """
    status = standing_of(invitation).status
    if status == InvitationStatus.DECLINED:
        return
    unanswered = status in IS_UNANSWERED and _change(
        invitation,
        Invitation.used == 0,
        Invitation.declined_at.is_(None),
        Invitation.revoked_at.is_(None),
        declined_at=clock.now(),
        person_key=None,
    )
    if not unanswered:
        raise InvitationClosed(status=standing_of(invitation).status)
    _record("invitation.declined", invitation, actor)


def revoke(invitation: Invitation, *, actor: str) -> None:
    """Take an invitation back: its link stops at once; who has registered by it stays.

    Revoking again changes nothing.

    Raises:
        InvitationClosed: it is a personal one that was accepted or declined.
    """
    status = standing_of(invitation).status
    if status in {InvitationStatus.ACCEPTED, InvitationStatus.DECLINED}:
        raise InvitationClosed(status=status)
    conditions: list[ColumnElement[bool]] = [Invitation.revoked_at.is_(None)]
    if invitation.kind == InvitationKind.PERSONAL:
        conditions += [Invitation.used == 0, Invitation.declined_at.is_(None)]
    revoked = _change(
        invitation,
        *conditions,
        revoked_at=clock.now(),
        generation=Invitation.generation + 1,
        person_key=None,
    )
    if revoked:
        _record("invitation.revoked", invitation, actor)
    elif invitation.revoked_at is None:
        raise InvitationClosed(status=standing_of(invitation).status)


def _record(action: str, invitation: Invitation, actor: str) -> None:
    audit.record(
        action,
        actor=actor,
        subject=f"invitation:{invitation.id}",
        event_id=invitation.event_id,
    )

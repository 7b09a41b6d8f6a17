"""Move a registration from state to state, once, whoever else tries at the same time."""

import uuid
from collections.abc import Collection

from sqlalchemy import update

from registration import clock
from registration.database import db
from registration.errors import TransitionRefused
from registration.models.deliveries import DeliveryKind
from registration.models.invitations import Invitation, InvitationKind
from registration.models.registrations import (
    HOLDS_PLACE,
    IS_OPEN,
    TRANSITIONS,
    Registration,
    RegistrationState,
)
from registration.services import audit, deliveries, quotas

DECIDES = frozenset({RegistrationState.CONFIRMED, RegistrationState.DECLINED})


def move(
    registration: Registration,
    state: RegistrationState,
    *,
    before: Collection[RegistrationState],
    actor: str,
    action: str = "",
    **columns: object,
) -> RegistrationState:
    """Change the state if it is one of ``before``, and nothing else: places are the caller's.

    Args:
        registration: which.
        state: where it goes.
        before: where it may come from; what `TRANSITIONS` does not allow is left out.
        actor: for the audit log.
        action: for the audit log, if it is not called after the state.
        columns: what else changes with the state.

    Returns:
        The state that it came from.

    Raises:
        TransitionRefused: it is in none of these states.
    """
    allowed = [each for each in before if state in TRANSITIONS[each]]
    came_from = RegistrationState(registration.state)
    moment = clock.now()
    changed = columns | {
        "state": state,
        "updated_at": moment,
        "sequence": Registration.sequence + 1,
    }
    if state in DECIDES:
        changed["decided_at"] = moment
    if state == RegistrationState.CANCELLED:
        changed["cancelled_at"] = moment
    if state not in IS_OPEN:
        changed["address_key"] = None
    moved = db.session.execute(
        update(Registration)
        .where(Registration.id == registration.id, Registration.state.in_(allowed))
        .values(**changed)
        .returning(Registration.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if moved is None:
        raise TransitionRefused(state=registration.state, asked=str(state))
    db.session.refresh(registration)
    record(registration, action or f"registration.{state}", actor=actor)
    return came_from


def record(registration: Registration, action: str, *, actor: str, **detail: str | int) -> None:
    """Write to the audit log what was done to a registration."""
    audit.record(
        action,
        actor=actor,
        subject=f"registration:{registration.id}",
        event_id=registration.event_id,
        **detail,
    )


def promise(registration: Registration, kind: DeliveryKind, *, reason: str) -> None:
    """Promise a mail to the person."""
    deliveries.promise(
        registration.id,
        registration.event_id,
        kind,
        recipient=registration.email,
        reason=reason,
    )


def release(registration: Registration, came_from: RegistrationState) -> None:
    """Give back the places that it held, and the use of the link that it came by.

    The caller holds the queue and the room, and promotes those who wait.
    """
    if came_from in HOLDS_PLACE:
        quotas.free(
            quotas.matching(
                registration.event_id,
                registration.alliance_id,
                [role.id for role in registration.roles],
            )
        )
    if registration.invitation_id is not None:
        _give_back_use(registration.invitation_id)


def _give_back_use(invitation_id: uuid.UUID) -> None:
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.kind == InvitationKind.LINK,
            Invitation.used > 0,
        )
        .values(used=Invitation.used - 1)
        .execution_options(synchronize_session=False)
    )

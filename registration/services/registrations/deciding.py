"""Decide: approve, decline, cancel, accept an offer, let one expire."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, select

from registration import clock
from registration.database import db, uuid7
from registration.errors import ChangesClosed, OfferExpired
from registration.models.deliveries import DeliveryKind
from registration.models.registrations import IS_OPEN, Registration, RegistrationState
from registration.services import badges, quotas
from registration.services.registrations import waiting
from registration.services.registrations.approval import needs_approval
from registration.services.registrations.finding import ALL_OF_IT, may_change
from registration.services.registrations.moving import move, promise, record, release


def approve(registration: Registration, *, actor: str) -> None:
    """Confirm a request: it gets its badge and its mail; its places it has already.

    Raises:
        TransitionRefused: it is not a request any more.
    """
    _confirm(registration, came_from=RegistrationState.REQUESTED, actor=actor)


def _confirm(registration: Registration, *, came_from: RegistrationState, actor: str) -> None:
    quotas.hold_event(registration.event_id)
    move(registration, RegistrationState.CONFIRMED, before={came_from}, actor=actor)
    badges.issue(registration, actor=actor)
    db.session.flush()
    promise(registration, DeliveryKind.APPROVED, reason=f"approved:{registration.sequence}")


def decline(registration: Registration, *, reason: str, actor: str) -> None:
    """Decline a request and free its places; the reason goes into the mail.

    Somebody on the waiting list can be declined as well.

    Raises:
        TransitionRefused: it is not a request any more.
    """
    _end(
        registration,
        RegistrationState.DECLINED,
        before={RegistrationState.REQUESTED, RegistrationState.WAITING},
        reason=reason,
        actor=actor,
    )
    promise(registration, DeliveryKind.DECLINED, reason="declined")


def cancel(registration: Registration, *, actor: str = "attendee", reason: str = "") -> None:
    """Give the place up: the badge stops, the places are free at once, a mail says so.

    Raises:
        ChangesClosed: the attendee's time for changes is over.
        TransitionRefused: it holds no place and waits for none any more.
    """
    if actor == "attendee" and registration.state in IS_OPEN and not may_change(registration):
        raise ChangesClosed(at=registration.event.changes_close_at)
    _end(registration, RegistrationState.CANCELLED, before=IS_OPEN, reason=reason, actor=actor)
    promise(registration, DeliveryKind.CANCELLED, reason="cancelled")


def _end(
    registration: Registration,
    state: RegistrationState,
    *,
    before: Collection[RegistrationState],
    reason: str,
    actor: str,
) -> None:
    """End a registration, and let those who wait have its places."""
    waiting.hold(registration.event_id)
    db.session.refresh(registration, ["state"])
    came_from = move(registration, state, before=before, actor=actor, decision_reason=reason)
    badges.revoke(registration)
    release(registration, came_from)
    waiting.promote(registration.event_id)


def accept(registration: Registration, *, actor: str = "attendee") -> None:
    """Take the place that is offered; for a party, for all of it.

    In a role that needs approval it becomes a request, which keeps the place.

    Raises:
        OfferExpired: the deadline has passed.
        TransitionRefused: there is no offer any more.
    """
    expires_at = registration.offer_expires_at
    offered = registration.state == RegistrationState.OFFERED
    if offered and expires_at is not None and clock.now() >= expires_at:
        raise OfferExpired(at=expires_at)
    quotas.hold_queue(registration.event_id)
    for each in _offered_with(registration):
        if needs_approval(each):
            move(each, RegistrationState.REQUESTED, before=OFFERED, actor=actor)
            promise(each, DeliveryKind.RECEIVED, reason="accepted")
        else:
            move(each, RegistrationState.CONFIRMED, before=OFFERED, actor=actor)
            badges.issue(each, actor=actor)
            db.session.flush()
            promise(each, DeliveryKind.CONFIRMED, reason="accepted")


OFFERED = frozenset({RegistrationState.OFFERED})


def _offered_with(registration: Registration) -> Sequence[Registration]:
    """Return the registration, and those of its party who have the same offer."""
    if registration.party_id is None:
        return [registration]
    others = db.session.scalars(
        select(Registration)
        .where(
            Registration.party_id == registration.party_id,
            Registration.id != registration.id,
            Registration.state == RegistrationState.OFFERED,
        )
        .order_by(Registration.id)
        .options(*ALL_OF_IT)
    ).all()
    return [registration, *others]


def is_any_offer_over() -> bool:
    """Return whether `expire_offers` has something to do; a look along an index of few rows."""
    return db.session.scalars(_offers_over(select(Registration.id)).limit(1)).first() is not None


def _offers_over(statement: Select[Any]) -> Select[Any]:
    return statement.where(
        Registration.state == RegistrationState.OFFERED,
        Registration.offer_expires_at <= clock.now(),
    )


def expire_offers() -> int:
    """End the offers whose deadline has passed, and promote those who wait; return how many."""
    expired: Sequence[Registration] = db.session.scalars(
        _offers_over(select(Registration))
        .order_by(Registration.event_id, Registration.id)
        .options(*ALL_OF_IT)
    ).all()
    ended = 0
    for event_id in dict.fromkeys(each.event_id for each in expired):
        waiting.hold(event_id)
        for each in expired:
            if each.event_id == event_id:
                ended += _expire(each)
        waiting.promote(event_id)
    return ended


def _expire(registration: Registration) -> bool:
    db.session.refresh(registration, ["state"])
    if registration.state != RegistrationState.OFFERED:
        return False
    came_from = move(registration, RegistrationState.EXPIRED, before=OFFERED, actor="worker")
    release(registration, came_from)
    promise(registration, DeliveryKind.EXPIRED, reason="expired")
    return True


def resend(registration: Registration, *, actor: str) -> None:
    """Promise the mail that tells the registration's present state once more."""
    kinds = {
        RegistrationState.WAITING: DeliveryKind.WAITING,
        RegistrationState.OFFERED: DeliveryKind.OFFER,
        RegistrationState.REQUESTED: DeliveryKind.RECEIVED,
        RegistrationState.CONFIRMED: DeliveryKind.CONFIRMED,
        RegistrationState.DECLINED: DeliveryKind.DECLINED,
        RegistrationState.CANCELLED: DeliveryKind.CANCELLED,
        RegistrationState.EXPIRED: DeliveryKind.EXPIRED,
    }
    kind = kinds[RegistrationState(registration.state)]
    promise(registration, kind, reason=f"resent:{uuid7().hex}")
    record(registration, "registration.mail_resent", actor=actor)

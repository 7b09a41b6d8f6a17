"""Mails about a registration: to the attendee, or to the office that answers for them."""

from collections.abc import Callable, Mapping

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from registration import clock
from registration.database import db
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Promotion
from registration.models.registrations import (
    IS_OPEN,
    Registration,
    RegistrationState,
    Source,
)
from registration.services import events, registrations
from registration.services.deliveries import addresses
from registration.services.deliveries.telling.told import Told

SPEAKS_OF: dict[DeliveryKind, frozenset[RegistrationState]] = {
    DeliveryKind.RECEIVED: frozenset({RegistrationState.REQUESTED}),
    DeliveryKind.CONFIRMED: frozenset({RegistrationState.CONFIRMED}),
    DeliveryKind.APPROVED: frozenset({RegistrationState.CONFIRMED}),
    DeliveryKind.NOMINATION: frozenset({RegistrationState.CONFIRMED}),
    DeliveryKind.DECLINED: frozenset({RegistrationState.DECLINED}),
    DeliveryKind.CHANGED: IS_OPEN,
    DeliveryKind.CANCELLED: frozenset({RegistrationState.CANCELLED}),
    DeliveryKind.WAITING: frozenset({RegistrationState.WAITING}),
    DeliveryKind.OFFER: frozenset({RegistrationState.OFFERED}),
    DeliveryKind.PROMOTED: frozenset({RegistrationState.REQUESTED, RegistrationState.CONFIRMED}),
    DeliveryKind.EXPIRED: frozenset({RegistrationState.EXPIRED}),
    DeliveryKind.REPLACED: frozenset({RegistrationState.CANCELLED}),
    DeliveryKind.TWICE: IS_OPEN,
}
"""The states in which a mail is true; in any other, it says what has happened since."""

SINCE = {
    RegistrationState.WAITING: _l("You are on the waiting list now; a mail of its own says so."),
    RegistrationState.OFFERED: _l(
        "A place has been offered to you in the meantime; a mail of its own says so."
    ),
    RegistrationState.REQUESTED: _l(
        "Your request is being looked at now; a mail of its own says so."
    ),
    RegistrationState.CONFIRMED: _l(
        "Your registration has been confirmed in the meantime; a mail of its own says so."
    ),
    RegistrationState.DECLINED: _l(
        "Your request has been declined in the meantime; a mail of its own says so."
    ),
    RegistrationState.CANCELLED: _l(
        "Your registration has been cancelled in the meantime; a mail of its own says so."
    ),
    RegistrationState.EXPIRED: _l(
        "The time to accept the offered place is over; a mail of its own says so."
    ),
}
OFFER_IS_OVER = _l("The time to accept this place is over.")

WITH_BADGE = frozenset(
    {
        DeliveryKind.CONFIRMED,
        DeliveryKind.APPROVED,
        DeliveryKind.NOMINATION,
        DeliveryKind.CHANGED,
        DeliveryKind.PROMOTED,
    }
)
ENDS = frozenset({DeliveryKind.CANCELLED, DeliveryKind.REPLACED})
"""What takes back a place: the calendar must learn of it, if it had learnt of the place."""
CAN_RETURN = frozenset({DeliveryKind.CANCELLED, DeliveryKind.EXPIRED})
"""After what somebody may register once more."""
BY_OTHERS = frozenset({Source.NOMINATION, Source.IMPORT, Source.TRANSFER})
"""How somebody comes to be registered without having done it themself."""


def tell(delivery: Delivery, registration: Registration) -> Told:
    """Return what a mail about this registration says."""
    kind = DeliveryKind(delivery.kind)
    has_badge = _has_badge(kind, registration)
    takes_back = kind in ENDS and registration.badge is not None
    return Told(
        name=registration.full_name,
        locale=registration.locale,
        link=addresses.link(registration),
        words=words_of(kind, registration) | MORE.get(kind, _nothing)(registration),
        overtaken=_overtaken(kind, registration),
        badge_of=registration if has_badge else None,
        calendar_of=registration if has_badge or takes_back else None,
    )


def words_of(kind: DeliveryKind, registration: Registration) -> dict[str, object]:
    """Return what the templates of all mails about a registration speak of."""
    event = registration.event
    return {
        "registration": registration,
        "roles": registration.roles,
        "alliance": registration.alliance,
        "by_others": registration.source if registration.source in BY_OTHERS else "",
        "is_coming": registration.state in IS_OPEN,
        "is_requested": registration.state == RegistrationState.REQUESTED,
        "had_badge": registration.badge is not None,
        "may_change": registrations.may_change(registration),
        "may_return": kind in CAN_RETURN and events.is_open(event, clock.now()),
        "event_link": f"{current_app.config['BASE_URL']}/{event.slug}/",
    }


def _nothing(_registration: Registration) -> dict[str, object]:
    return {}


def _turn(registration: Registration) -> dict[str, object]:
    """Return whose turn it is, and what happens when it is this person's."""
    return {
        "turn": registrations.position(registration),
        "as_of": clock.now(),
        "companions": _count_companions(registration),
        "is_offered": registration.event.promotion == Promotion.OFFER,
    }


def _offer(registration: Registration) -> dict[str, object]:
    return {"companions": _count_companions(registration)}


def _count_companions(registration: Registration) -> int:
    """Return how many others stand where this person does and come only together with them."""
    if registration.party_id is None:
        return 0
    others = select(func.count()).where(
        Registration.party_id == registration.party_id,
        Registration.id != registration.id,
        Registration.state == registration.state,
    )
    return db.session.scalar(others) or 0


MORE: Mapping[DeliveryKind, Callable[[Registration], dict[str, object]]] = {
    DeliveryKind.WAITING: _turn,
    DeliveryKind.OFFER: _offer,
}
"""What some kinds speak of beside."""


def _has_badge(kind: DeliveryKind, registration: Registration) -> bool:
    """Return whether a badge goes with this mail: one that would be let in."""
    badge = registration.badge
    return (
        kind in WITH_BADGE
        and registration.state == RegistrationState.CONFIRMED
        and badge is not None
        and badge.revoked_at is None
    )


def _overtaken(kind: DeliveryKind, registration: Registration) -> object:
    """Return what has happened since, if the mail is not true any more."""
    state = RegistrationState(registration.state)
    if state not in SPEAKS_OF[kind]:
        return SINCE[state]
    ends_at = registration.offer_expires_at
    if kind == DeliveryKind.OFFER and ends_at is not None and ends_at <= clock.now():
        return OFFER_IS_OVER
    return ""

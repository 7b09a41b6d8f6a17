"""Digests: what has changed in a delegation on one day, told to its coordinators next day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db
from registration.models.accounts import Account, Mandate
from registration.models.deliveries import DeliveryKind, MailAddress
from registration.models.events import Event
from registration.models.registrations import IS_OPEN, Registration
from registration.services import deliveries, events

FROM_HOUR = 7
"""In the event's zone; what is due earlier waits until then."""


class Change(StrEnum):
    """What has become of a person on a day."""

    NEW = "new"
    ENDED = "ended"
    CHANGED = "changed"


def digest_due() -> int:
    """Promise the digests of yesterday to coordinators for whom something has changed.

    Returns:
        How many coordinators are due one; who has it promised gets it no second time.
    """
    moment = clock.now()
    due = 0
    for event in events.list_events():
        local = moment.astimezone(event.zone)
        if moment < event.ends_at and local.hour >= FROM_HOUR:
            due += _digest(event, local.date() - timedelta(days=1))
    return due


def _digest(event: Event, day: date) -> int:
    changed = (
        select(Registration.alliance_id)
        .where(
            Registration.event_id == event.id,
            Registration.alliance_id.is_not(None),
            _touched(*_bounds(event, day)),
        )
        .distinct()
    )
    no_more = select(MailAddress.address_key).where(
        MailAddress.unsubscribed_at.is_not(None) | MailAddress.complained_at.is_not(None)
    )
    mandates = db.session.scalars(
        select(Mandate)
        .join(Mandate.account)
        .where(
            Mandate.event_id == event.id,
            Mandate.alliance_id.in_(changed),
            Account.disabled_at.is_(None),
            Account.password_hash != "",
            func.lower(Account.email).not_in(no_more),
        )
        .options(joinedload(Mandate.account))
    ).all()
    for mandate in mandates:
        deliveries.promise_to_account(mandate, DeliveryKind.DIGEST, reason=day.isoformat())
    return len(mandates)


def _bounds(event: Event, day: date) -> tuple[datetime, datetime]:
    starts = datetime.combine(day, time(), tzinfo=event.zone)
    return starts, datetime.combine(day + timedelta(days=1), time(), tzinfo=event.zone)


def _touched(starts: datetime, ends: datetime) -> ColumnElement[bool]:
    columns = (Registration.updated_at, Registration.created_at, Registration.cancelled_at)
    return or_(*(and_(column >= starts, column < ends) for column in columns))


def changes_on(event: Event, alliance_id: int, day: date) -> Mapping[Change, Sequence[str]]:
    """Return the names of those for whom something has changed, by what it was; sorted."""
    starts, ends = _bounds(event, day)
    found: dict[Change, list[str]] = {change: [] for change in Change}
    for registration in db.session.scalars(
        select(Registration)
        .where(
            Registration.event_id == event.id,
            Registration.alliance_id == alliance_id,
            _touched(starts, ends),
        )
        .order_by(Registration.sort_name, Registration.id)
    ):
        found[_change(registration, starts, ends)].append(registration.full_name)
    return {change: names for change, names in found.items() if names}


def _change(registration: Registration, starts: datetime, ends: datetime) -> Change:
    if registration.state not in IS_OPEN:
        return Change.ENDED
    return Change.NEW if starts <= registration.created_at < ends else Change.CHANGED

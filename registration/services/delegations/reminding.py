"""Reminders to the coordinators of delegations with free places, before the deadline."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db
from registration.models.accounts import Account, Mandate
from registration.models.deliveries import DeliveryKind
from registration.models.events import Event
from registration.services import deliveries, events
from registration.services.delegations.standings import list_short

REMIND_BEFORE = (1, 7)
"""Days before the deadline at which those who are short are reminded, the latest first."""
GRACE = timedelta(days=1)
"""Whoever has just been invited to coordinate has a mail about it, and needs no second one."""


def deadline_of(event: Event) -> datetime:
    """Return until when the event's coordinators name their people."""
    return event.nominations_close_at or event.registration_closes_at


def is_open(event: Event, moment: datetime) -> bool:
    """Return whether coordinators may name people at this moment."""
    return event.registration_opens_at <= moment < deadline_of(event)


def remind_due() -> int:
    """Promise the reminders that are due: to each coordinator of a short delegation, once each.

    Returns:
        How many coordinators are due one; who has it promised gets it no second time.
    """
    moment = clock.now()
    reminded = 0
    for event in events.list_events():
        days = _days_before(deadline_of(event), moment)
        if days is not None:
            reminded += _remind(event, days, moment)
    return reminded


def _days_before(deadline: datetime, moment: datetime) -> int | None:
    """Return which of `REMIND_BEFORE` has come; None: none yet, or the deadline is over."""
    left = deadline - moment
    if left <= timedelta(0):
        return None
    return next((days for days in REMIND_BEFORE if left <= timedelta(days=days)), None)


def _remind(event: Event, days: int, moment: datetime) -> int:
    short = [alliance.id for alliance, _ in list_short(event.id)]
    mandates = db.session.scalars(
        select(Mandate)
        .join(Mandate.account)
        .where(
            Mandate.alliance_id.in_(short),
            Mandate.invited_at.is_(None) | (Mandate.invited_at <= moment - GRACE),
            Account.disabled_at.is_(None),
        )
        .options(joinedload(Mandate.account))
    ).all()
    # a deadline that is put off is another occasion
    occasion = f"{days}:{deadline_of(event):%Y%m%d}"
    for mandate in mandates:
        deliveries.promise_to_account(mandate, DeliveryKind.SHORT, reason=occasion)
    return len(mandates)

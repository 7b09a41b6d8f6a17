"""How the installation does, in numbers that an operator watches."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from registration import clock
from registration.database import db
from registration.models.deliveries import OUTBOX, Delivery, DeliveryState
from registration.models.events import Event
from registration.models.gates import Presence, Scan
from registration.models.jobs import Job
from registration.models.registrations import Registration
from registration.services.deliveries import channels

LATE_SECONDS = 300
"""A mail that has been due for longer tells of senders that are not there, or too slow."""

Counts = Sequence[tuple[tuple[str, ...], int]]
"""Numbers by the values of their labels."""


@dataclass(frozen=True)
class Health:
    """The numbers of one moment."""

    registrations: Counts
    """By event and state."""
    scans: Counts
    """By event and verdict."""
    inside: Counts
    """People inside, by event."""
    deliveries: Counts
    """By state."""
    jobs: Counts
    """By state."""
    oldest_unsent_seconds: float
    """Age of the mail that has been promised for longest and not been sent; 0 without any."""
    overdue_seconds: float
    """How long a mail has been due that no sender has taken; 0 without any."""
    paused_accounts: Counts
    """1 for each mail account that takes nothing from us, else 0, by its name."""
    repeated_deliveries: int
    taken_at: datetime = field(default_factory=clock.now)


def read() -> Health:
    """Count, in one grouped query for each number."""
    session = db.session

    def counts(*rows: tuple[object, ...]) -> Counts:
        return [(tuple(str(each) for each in labels), int(str(count))) for *labels, count in rows]

    return Health(
        registrations=counts(
            *session.execute(
                select(Event.slug, Registration.state, func.count())
                .join_from(Registration, Event, Event.id == Registration.event_id)
                .group_by(Event.slug, Registration.state)
            )
        ),
        scans=counts(
            *session.execute(
                select(Event.slug, Scan.verdict, func.count())
                .join_from(Scan, Event, Event.id == Scan.event_id)
                .group_by(Event.slug, Scan.verdict)
            )
        ),
        inside=counts(
            *session.execute(
                select(Event.slug, func.count())
                .join_from(Presence, Event, Event.id == Presence.event_id)
                .where(Presence.inside)
                .group_by(Event.slug)
            )
        ),
        deliveries=counts(
            *session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
        ),
        jobs=counts(*session.execute(select(Job.state, func.count()).group_by(Job.state))),
        oldest_unsent_seconds=oldest_unsent_seconds(),
        overdue_seconds=overdue_seconds(),
        paused_accounts=_paused_accounts(),
        repeated_deliveries=session.scalar(select(func.coalesce(func.sum(Delivery.repeats), 0)))
        or 0,
    )


def is_mail_late() -> bool:
    """Return whether mails do not go out: an account is paused, or no sender takes what is due."""
    return bool(channels.list_paused()) or overdue_seconds() > LATE_SECONDS


def _paused_accounts() -> Counts:
    paused = {channel.name for channel in channels.list_paused()}
    return [((each.name,), int(each.name in paused)) for each in channels.accounts()]


def overdue_seconds() -> float:
    """Return for how long the mail has been due that has been due for longest; 0 without any."""
    moment = clock.now()
    first = db.session.scalar(
        select(Delivery.due_at)
        .where(Delivery.state.in_(list(OUTBOX)), Delivery.due_at < moment)
        .order_by(Delivery.due_at)
        .limit(1)
    )
    return (moment - first).total_seconds() if first else 0.0


def oldest_unsent_seconds() -> float:
    """Return the age of the mail that has waited longest in the outbox; 0 when all are sent."""
    oldest = db.session.scalar(
        select(Delivery.created_at)
        .where(Delivery.state.in_([DeliveryState(state) for state in OUTBOX]))
        .order_by(Delivery.created_at)
        .limit(1)
    )
    return max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0

"""The outbox as its keepers see it: how many mails stand where, since when, and which."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from registration.database import db
from registration.errors import NotFound
from registration.models.accounts import Mandate
from registration.models.deliveries import OUTBOX, Delivery, DeliveryState, MailAddress
from registration.models.events import Event
from registration.services.deliveries.keeping import Selection

OPEN = (*OUTBOX, DeliveryState.HELD)
"""Where mails wait for something; of these it matters for how long."""


@dataclass(frozen=True)
class Standing:
    """How many mails stand somewhere, and since when the oldest has been promised."""

    count: int = 0
    oldest_at: datetime | None = None


def count_states(event_id: uuid.UUID) -> Mapping[DeliveryState, Standing]:
    """Return how the event's mails stand; every state is a key."""
    rows = db.session.execute(
        select(Delivery.state, func.count(), func.min(Delivery.created_at))
        .where(Delivery.event_id == event_id)
        .group_by(Delivery.state)
    )
    found = {DeliveryState(state): Standing(count, oldest) for state, count, oldest in rows}
    return {state: found.get(state, Standing()) for state in DeliveryState}


def list_kinds(event_id: uuid.UUID) -> Sequence[str]:
    """Return which kinds of mails the event has."""
    query = select(Delivery.kind).where(Delivery.event_id == event_id).distinct()
    return sorted(db.session.scalars(query))


@dataclass(frozen=True)
class Page:
    """One page of a list: the rows, which page, and how much there is in all."""

    rows: Sequence[Delivery]
    number: int
    size: int
    total: int

    @property
    def count(self) -> int:
        """The number of pages; at least one."""
        return max(1, -(-self.total // self.size))


ABOUT = (
    joinedload(Delivery.registration),
    joinedload(Delivery.invitation),
    joinedload(Delivery.mandate).joinedload(Mandate.account),
)


def search(selection: Selection, *, page: int = 1, size: int = 50) -> Page:
    """Return one page of the mails that are meant, the newest first.

    A page beyond the last is the last.
    """
    total = db.session.scalar(select(func.count()).where(selection.condition)) or 0
    number = max(1, min(page, -(-total // size)))
    rows = db.session.scalars(
        select(Delivery)
        .where(selection.condition)
        .options(*ABOUT)
        .order_by(Delivery.created_at.desc(), Delivery.id.desc())
        .limit(size)
        .offset((number - 1) * size)
    ).all()
    return Page(rows=rows, number=number, size=size, total=total)


def list_all(selection: Selection, *, most: int) -> Sequence[Delivery]:
    """Return the mails that are meant with their events, those due first first."""
    return db.session.scalars(
        select(Delivery)
        .join(Event, Event.id == Delivery.event_id)
        .where(selection.condition)
        .options(contains_eager(Delivery.event))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(most)
    ).all()


def get(delivery_id: uuid.UUID, *, event_id: uuid.UUID) -> Delivery:
    """Return one mail of an event, with whom it is about.

    Raises:
        NotFound: the event has none with this id.
    """
    found = db.session.scalars(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.event_id == event_id)
        .options(*ABOUT, joinedload(Delivery.event))
    ).one_or_none()
    if found is None:
        raise NotFound(noun="mail", name=str(delivery_id))
    return found


def bounced(recipients: Iterable[str]) -> Mapping[str, MailAddress]:
    """Return those of the addresses that mails do not reach, by the address in small letters."""
    keys = {each.lower() for each in recipients}
    rows = db.session.scalars(
        select(MailAddress).where(
            MailAddress.address_key.in_(keys), MailAddress.bounced_at.is_not(None)
        )
    )
    return {row.address_key: row for row in rows}

"""Lists of notices, for the console and for commands; and what people may do with one."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from registration import clock
from registration.database import db
from registration.errors import NotFound
from registration.models.deliveries import Bounce, BounceKind, Delivery, Mailbox
from registration.services import audit
from registration.services.bounces import flags
from registration.services.deliveries import keeping, repeating
from registration.services.deliveries.keeping import Action

PAGE = 50
SILENT_FOR = timedelta(minutes=15)
"""A mailbox that was not read for so long is one that nobody reads."""


class Shelf(StrEnum):
    """Which notices are meant."""

    MISSED = "missed"
    """Of mails that did not arrive, and complaints."""
    OTHERS = "others"
    """Delays, automatic answers and replies, about mails of the event."""
    UNKNOWN = "unknown"
    """About no mail that we know: for those who answer for every event."""


KINDS = (BounceKind.HARD, BounceKind.SOFT, BounceKind.COMPLAINT)


def list_bounces(
    event_id: uuid.UUID | None, shelf: Shelf, *, page: int = 1, size: int = PAGE
) -> Sequence[Bounce]:
    """Return one page of the notices, the newest first, each with its mail and its person."""
    statement = (
        _chosen(select(Bounce), event_id, shelf)
        .order_by(Bounce.received_at.desc(), Bounce.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    )
    if shelf != Shelf.UNKNOWN:
        person = contains_eager(Bounce.delivery).joinedload(Delivery.registration)
        statement = statement.options(person)
    return db.session.scalars(statement).all()


def count(event_id: uuid.UUID | None, shelf: Shelf) -> int:
    """Return how many notices there are."""
    return db.session.scalar(_chosen(select(func.count(Bounce.id)), event_id, shelf)) or 0


def _chosen(statement: Select[Any], event_id: uuid.UUID | None, shelf: Shelf) -> Select[Any]:
    if shelf == Shelf.UNKNOWN:
        return statement.where(Bounce.delivery_id.is_(None))
    missed: ColumnElement[bool] = Bounce.kind.in_(KINDS)
    chosen = statement.join(Delivery, Delivery.id == Bounce.delivery_id)
    if event_id is not None:
        chosen = chosen.where(Delivery.event_id == event_id)
    return chosen.where(missed if shelf == Shelf.MISSED else ~missed)


def get(bounce_id: uuid.UUID, *, event_id: uuid.UUID) -> Bounce:
    """Return a notice about a mail of the event.

    Raises:
        NotFound: there is none.
    """
    statement = (
        select(Bounce)
        .join(Delivery, Delivery.id == Bounce.delivery_id)
        .where(Bounce.id == bounce_id, Delivery.event_id == event_id)
        .options(joinedload(Bounce.delivery))
    )
    found = db.session.scalars(statement).one_or_none()
    if found is None:
        raise NotFound(noun="bounce", name=str(bounce_id))
    return found


def try_again(bounce_id: uuid.UUID, *, event_id: uuid.UUID, actor: str) -> bool:
    """Take away the flag of the address that a notice is about, and send the mail once more.

    It goes to the address that the person has by now. Return whether a mail goes out; not twice
    for one notice.

    Raises:
        NotFound: the event has no such notice.
    """
    delivery = get(bounce_id, event_id=event_id).delivery
    if delivery is None:
        return False
    if flags.clear(delivery.recipient):
        subject = f"delivery:{delivery.id}"
        audit.record("address.cleared", actor=actor, subject=subject, event_id=event_id)
    selection = keeping.Selection(event_id=event_id, ids=[delivery.id])
    return bool(keeping.act(Action.RESEND, selection, actor=actor, key=bounce_id.hex))


def retried(rows: Sequence[Bounce]) -> set[uuid.UUID]:
    """Return the notices whose mails have been sent once more, by `try_again`."""
    keys = {
        repeating.again_key(row.delivery_id, row.id.hex): row.id for row in rows if row.delivery_id
    }
    found = select(Delivery.dedupe_key).where(Delivery.dedupe_key.in_(keys))
    return {keys[key] for key in db.session.scalars(found)}


def list_mailboxes() -> Sequence[Mailbox]:
    """Return the mailboxes that were read, with how that went."""
    return db.session.scalars(select(Mailbox).order_by(Mailbox.name)).all()


def is_silent(mailbox: Mailbox) -> bool:
    """Return whether a mailbox has not been read for long, for whatever reason."""
    return mailbox.read_at is None or clock.now() - mailbox.read_at > SILENT_FOR

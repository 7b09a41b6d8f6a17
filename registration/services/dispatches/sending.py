"""Send what is due: each once, however many workers look at the same time.

The file is made with no transaction open, since that may take seconds. Then one transaction takes
the row, looks whether it is still to be sent, promises the mail and keeps who was on the list.
Whoever comes second finds it sent, and throws its file away.
"""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select

from registration import clock
from registration.database import db, uuid7
from registration.errors import Invalid, NotFound
from registration.models.deliveries import DeliveryKind
from registration.models.events import Event
from registration.models.rosters import Dispatch, DispatchState
from registration.services import deliveries
from registration.services.dispatches import listing, making, passwords
from registration.services.dispatches.finding import lock
from registration.services.dispatches.keeping import folder, path_of
from registration.services.dispatches.listing import Listing
from registration.services.dispatches.planning import name_of, record
from registration.services.papers.files import sync

log = structlog.get_logger()

Transaction = Callable[[], AbstractContextManager[Any]]

MOST_BYTES = 10 * 1024 * 1024
"""Of an attachment; in a mail it grows by a third, and many servers take 20 MB at most."""
MOST_ATTEMPTS = 5
PAUSE = timedelta(minutes=5)
"""Until the next attempt, when the list could not be made."""
MOST_PROBLEM = 200


class TooLarge(Exception):
    """No mail server would take this attachment."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was made of a dispatch's list at one moment."""

    at: datetime
    listing: Listing
    attachment: bytes | None
    """Encrypted; of a link there is none."""


def send_due(transaction: Transaction) -> int:
    """Send all that are due; return how many.

    Args:
        transaction: opens a unit of work that commits at its end.
    """
    with transaction():
        follow_events()
    due = select(Dispatch.id).where(
        Dispatch.state == DispatchState.PLANNED, Dispatch.send_at <= clock.now()
    )
    found = db.session.scalars(due.order_by(Dispatch.send_at)).all()
    db.session.rollback()
    return sum(_send(dispatch_id, transaction) for dispatch_id in found)


def follow_events() -> None:
    """Let what is planned by hours before an event move with it, and be open for as long."""
    planned = db.session.execute(
        select(Dispatch, Event.starts_at)
        .join(Event, Event.id == Dispatch.event_id)
        .where(Dispatch.state == DispatchState.PLANNED, Dispatch.hours_before.is_not(None))
    )
    for dispatch, starts_at in planned.all():
        send_at = starts_at - timedelta(hours=dispatch.hours_before or 0)
        if dispatch.send_at != send_at and not dispatch.attempts:
            dispatch.expires_at += send_at - dispatch.send_at
            dispatch.send_at = send_at


def _send(dispatch_id: uuid.UUID, transaction: Transaction) -> bool:
    try:
        made = make(dispatch_id)
        db.session.rollback()
        with transaction():
            return settle(dispatch_id, made)
    except Exception as error:  # one that cannot be made must not keep the others
        log.exception("dispatch_not_sent", dispatch=str(dispatch_id))
        with transaction():
            _fail(dispatch_id, error)
        return False


def make(dispatch_id: uuid.UUID) -> Made:
    """Read who is on the list, and make what is to be attached.

    Raises:
        TooLarge: no mail could carry it.
    """
    dispatch = db.session.get_one(Dispatch, dispatch_id)
    moment = clock.now()
    read = listing.read(dispatch)
    attachment = None
    if dispatch.is_attached:
        content, _people = making.content_of(dispatch, as_of=moment)
        attachment = encrypted_for(dispatch, content)
    return Made(at=moment, listing=read, attachment=attachment)


def encrypted_for(dispatch: Dispatch, content: bytes) -> bytes:
    """Return a PDF as the recipient of this dispatch can open it.

    Raises:
        TooLarge: no mail could carry it.
    """
    if dispatch.sealed_password is None:
        raise ValueError("an attachment without a password")
    password = passwords.unseal(dispatch.sealed_password, dispatch.id)
    attachment = making.encrypted(content, password)
    if len(attachment) > MOST_BYTES:
        raise TooLarge(len(attachment))
    return attachment


def settle(dispatch_id: uuid.UUID, made: Made) -> bool:
    """Promise the mail, unless somebody else has done so or took the dispatch back."""
    dispatch = lock(dispatch_id)
    if dispatch is None or dispatch.state != DispatchState.PLANNED:
        return False
    if dispatch.send_at > clock.now() or dispatch.expires_at <= clock.now():
        return False
    dispatch.state = DispatchState.SENT
    dispatch.people = dict(made.listing.people)
    dispatch.columns = list(made.listing.columns)
    dispatch.changes = []
    dispatch.sent_at = dispatch.told_at = made.at
    dispatch.attempts, dispatch.problem = 0, ""
    promise(dispatch, DeliveryKind.ROSTER, made.attachment)
    record(
        "sent",
        dispatch,
        actor="worker",
        way="attachment" if dispatch.is_attached else "link",
        roster=name_of(dispatch),
        columns=", ".join(made.listing.columns),
        people=made.listing.count,
    )
    return True


def promise(dispatch: Dispatch, kind: DeliveryKind, attachment: bytes | None) -> None:
    """Promise one more mail to the recipient; what is attached waits on disk for it."""
    dispatch.mails += 1
    delivery_id = deliveries.promise_dispatch(dispatch, kind, reason=str(dispatch.mails))
    if attachment is None:
        return
    path = path_of(delivery_id)
    made = path.with_name(f".{uuid7().hex}")
    made.write_bytes(attachment)
    sync(made)
    made.replace(path)
    sync(folder())


def _fail(dispatch_id: uuid.UUID, error: Exception) -> None:
    """Write down why the list could not be made: it is tried again, or given up."""
    dispatch = lock(dispatch_id)
    if dispatch is None or dispatch.state != DispatchState.PLANNED:
        return
    dispatch.attempts += 1
    is_hopeless = (
        isinstance(error, TooLarge | NotFound | Invalid) or dispatch.attempts >= MOST_ATTEMPTS
    )
    dispatch.problem = _problem(error)
    if is_hopeless:
        dispatch.state = DispatchState.FAILED
        record("failed", dispatch, actor="worker", problem=dispatch.problem)
    else:
        dispatch.send_at = clock.now() + PAUSE


def _problem(error: Exception) -> str:
    """Return a code that pages have words for, or what the fault says of itself."""
    if isinstance(error, TooLarge):
        return "too_large"
    if isinstance(error, NotFound | Invalid):
        return "list_gone"
    return f"{type(error).__name__}: {error}"[:MOST_PROBLEM]

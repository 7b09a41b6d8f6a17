"""Tell recipients who was added to and removed from their list, collected, once an hour at most.

Compared is with what was sent or told last. Until the doors open: from then on the door itself
knows who comes.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import exists, select

from registration import clock
from registration.database import db
from registration.models.deliveries import DeliveryKind
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.models.rosters import Dispatch, DispatchState
from registration.services.dispatches import drawing, listing
from registration.services.dispatches.finding import Change, lock
from registration.services.dispatches.planning import record
from registration.services.dispatches.sending import Transaction, encrypted_for, promise

log = structlog.get_logger()

BETWEEN = timedelta(hours=1)
LEEWAY = timedelta(minutes=5)
"""A registration may have been written so long after the moment that it bears."""
MOST_KEPT = 50
"""Changes that stay on the recipient's page."""


def tell_changes(transaction: Transaction) -> int:
    """Tell what has changed in the lists that were sent; return how many recipients are told."""
    moment = clock.now()
    found = db.session.execute(
        select(Dispatch.id, Dispatch.told_at)
        .join(Event, Event.id == Dispatch.event_id)
        .where(
            Dispatch.state == DispatchState.SENT,
            Dispatch.tells_changes,
            Dispatch.told_at <= moment - BETWEEN,
            Dispatch.expires_at > moment,
            Event.doors_at > moment,
        )
    ).all()
    db.session.rollback()
    return sum(_tell(each.id, each.told_at, transaction) for each in found)


def _tell(dispatch_id: uuid.UUID, told_at: datetime, transaction: Transaction) -> bool:
    try:
        if not _has_moved(dispatch_id, told_at):
            return False
        dispatch = db.session.get_one(Dispatch, dispatch_id)
        moment = clock.now()
        people = listing.read(dispatch).people
        change = difference(dispatch.people, people, at=moment)
        if change is None:
            return False
        attachment = None
        if dispatch.is_attached:
            attachment = encrypted_for(dispatch, drawing.changes_pdf(dispatch, change))
        db.session.rollback()
        with transaction():
            return _settle(dispatch_id, told_at, people, change, attachment)
    except Exception:  # one that cannot be told must not keep the others
        log.exception("changes_not_told", dispatch=str(dispatch_id))
        return False
    finally:
        db.session.rollback()


def _has_moved(dispatch_id: uuid.UUID, told_at: datetime) -> bool:
    """Return whether any registration was written since; a look that reads no list."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Registration.event_id == Dispatch.event_id,
                    Registration.updated_at > told_at - LEEWAY,
                )
            ).where(Dispatch.id == dispatch_id)
        )
    )


def difference(
    before: Mapping[str, str], after: Mapping[str, str], *, at: datetime
) -> Change | None:
    """Return who was added and removed, or None if nobody was.

    Whose name or house has changed is removed as they were and added as they are.
    """
    added = [shown for person, shown in after.items() if before.get(person) != shown]
    removed = [shown for person, shown in before.items() if after.get(person) != shown]
    if not added and not removed:
        return None
    return {"at": at.isoformat(), "added": added, "removed": removed}


def _settle(
    dispatch_id: uuid.UUID,
    told_at: datetime,
    people: Mapping[str, str],
    change: Change,
    attachment: bytes | None,
) -> bool:
    """Promise the mail, unless somebody else has told something since."""
    dispatch = lock(dispatch_id)
    if dispatch is None or dispatch.state != DispatchState.SENT or dispatch.told_at != told_at:
        return False
    dispatch.people = dict(people)
    dispatch.changes = [*dispatch.changes, change][-MOST_KEPT:]
    dispatch.told_at = datetime.fromisoformat(change["at"])
    promise(dispatch, DeliveryKind.ROSTER_CHANGE, attachment)
    record(
        "change_told",
        dispatch,
        actor="worker",
        columns=", ".join(dispatch.columns),
        people=len(people),
        added=len(change["added"]),
        removed=len(change["removed"]),
    )
    return True

"""Send lists to others at their time, tell them of changes, and forget what has expired."""

from celery import shared_task

from registration.database import db, transaction
from registration.queue import nudge
from registration.services.dispatches import changes, keeping, sending


@shared_task(name="dispatches.send_due")  # type: ignore[untyped-decorator,unused-ignore]
def send_due() -> int:
    """Promise the mails of the lists that are due; return how many."""
    return _nudged(sending.send_due(transaction))


@shared_task(name="dispatches.tell_changes")  # type: ignore[untyped-decorator,unused-ignore]
def tell_changes() -> int:
    """Tell recipients who was added to and removed from their list; return how many."""
    return _nudged(changes.tell_changes(transaction))


@shared_task(name="dispatches.expire")  # type: ignore[untyped-decorator,unused-ignore]
def expire() -> int:
    """End what has expired, forget who was on it, and delete its files; return how many."""
    with transaction():
        ended = keeping.expire()
    keeping.sweep()
    db.session.rollback()
    return ended


def _nudged(promised: int) -> int:
    if promised:
        nudge("deliveries.send_due")
    return promised

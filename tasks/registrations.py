"""Let offers of the waiting list end, so that the next person gets the place."""

from celery import shared_task

from registration.database import db, transaction
from registration.queue import nudge
from registration.services import registrations


@shared_task(name="registrations.expire_offers")  # type: ignore[untyped-decorator,unused-ignore]
def expire_offers() -> int:
    """End the offers whose deadline has passed, and promote those who wait."""
    due = registrations.is_any_offer_over()
    db.session.rollback()
    if not due:
        return 0
    with transaction():
        ended = registrations.expire_offers()
    nudge("deliveries.send_due")
    return ended

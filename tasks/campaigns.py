"""Promise the mails of campaigns that are due."""

from celery import shared_task

from registration.database import db, transaction
from registration.queue import nudge
from registration.services import campaigns


@shared_task(name="campaigns.run_due")  # type: ignore[untyped-decorator,unused-ignore]
def run_due() -> int:
    """Promise chunk after chunk, each in a transaction of its own; return how many chunks."""
    due = campaigns.list_due()
    db.session.rollback()
    chunks = 0
    for campaign_id in due:
        more = True
        while more:
            with transaction():
                more = campaigns.promise_some(campaign_id)
            chunks += 1
            nudge("deliveries.send_due")
    return chunks

"""Send the mails that are due."""

from celery import shared_task

from registration.database import transaction
from registration.services.deliveries import sending


@shared_task(name="deliveries.send_due")
def send_due() -> int:
    """Send until nothing is due; any number of these may run at once."""
    return sending.send_due(transaction)

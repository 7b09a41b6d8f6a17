"""Read what comes back of our mails, and forget what is over."""

from celery import shared_task

from registration.database import transaction
from registration.services import bounces
from registration.services.bounces import mailboxes


@shared_task(name="bounces.read_mailbox")  # type: ignore[untyped-decorator,unused-ignore]
def read_mailbox() -> int:
    """Read the mailbox of the settings, if they name one; return how many notices were taken."""
    run = mailboxes.read(transaction)
    return run.taken if run else 0


@shared_task(name="bounces.clear_silent")  # type: ignore[untyped-decorator,unused-ignore]
def clear_silent() -> int:
    """Take flags away from addresses to which a later mail has not come back."""
    with transaction():
        return bounces.clear_silent()

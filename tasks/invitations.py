"""Remind invited people who have not answered."""

from celery import shared_task

from registration.database import transaction
from registration.services import invitations


@shared_task(name="invitations.remind")  # type: ignore[untyped-decorator,unused-ignore]
def remind() -> int:
    """Promise the reminders that are due a week before the end; return how many."""
    promised = 0
    while True:
        with transaction():
            reminded = invitations.remind_due()
        promised += reminded
        if not reminded:
            return promised

"""Remind those whose delegation is short."""

from celery import shared_task

from registration.database import transaction
from registration.services import delegations


@shared_task(name="delegations.remind")  # type: ignore[untyped-decorator,unused-ignore]
def remind() -> int:
    """Promise the reminders that are due before the deadline for nominations."""
    with transaction():
        return delegations.remind_due()


@shared_task(name="delegations.digest")  # type: ignore[untyped-decorator,unused-ignore]
def digest() -> int:
    """Promise the coordinators' summaries of yesterday, from seven o'clock on."""
    with transaction():
        return delegations.digest_due()

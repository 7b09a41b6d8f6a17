"""Forget sessions that have ended."""

from celery import shared_task

from registration.database import transaction
from registration.services import accounts


@shared_task(name="accounts.expire")  # type: ignore[untyped-decorator,unused-ignore]
def expire() -> None:
    """Delete the sessions that nobody has used for `SESSION_HOURS`."""
    with transaction():
        accounts.expire()

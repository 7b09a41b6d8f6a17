"""Delete answers whose time is over."""

from celery import shared_task

from registration.database import transaction
from registration.services import questions


@shared_task(name="questions.purge")  # type: ignore[untyped-decorator,unused-ignore]
def purge() -> int:
    """Delete the answers, with their files, to questions that are kept no longer."""
    with transaction():
        return questions.purge()

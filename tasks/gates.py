"""Look after the gates: scans that are missing, and days that are over."""

from celery import shared_task

from registration.database import transaction
from registration.services.gates import endings, gaps


@shared_task(name="gates.find_gaps")  # type: ignore[untyped-decorator,unused-ignore]
def find_gaps() -> int:
    """Write a finding for each gap in a device's scans, and resolve those that were filled."""
    with transaction():
        return gaps.find_gaps()


@shared_task(name="gates.end_days")  # type: ignore[untyped-decorator,unused-ignore]
def end_days() -> int:
    """Let everybody be outside who was left inside when the day ended."""
    with transaction():
        return endings.end_days()

"""Telling how far a job is."""

import time
from collections.abc import Callable

from registration.database import transaction
from registration.services import jobs
from registration.services.jobs import Claim

BETWEEN_REPORTS = 0.5
"""Seconds: progress is not written more often than this."""


def reporter(claim: Claim, total: int) -> Callable[[int], None]:
    """Return what is told of each step, and writes it down at most every `BETWEEN_REPORTS`.

    It must not be called while a transaction is open.
    """
    done, reported_at = 0, time.monotonic()
    with transaction():
        jobs.report(claim, done=0, total=total)

    def on_progress(steps: int) -> None:
        nonlocal done, reported_at
        done += steps
        if time.monotonic() - reported_at >= BETWEEN_REPORTS:
            with transaction():
                jobs.report(claim, done=done, total=max(total, done))
            reported_at = time.monotonic()

    return on_progress

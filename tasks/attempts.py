"""Attempts at a job or at a part of one: what is done when they fail, and what is left behind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from registration.database import transaction
from registration.services.jobs import LeaseLost

log = structlog.get_logger()


@contextmanager
def attempt(path: Path, fail: Callable[[str], None], **about: object) -> Iterator[None]:
    """Let a file be made; a fault is written down, and nothing is raised.

    Args:
        path: what is being written; it is deleted where it was not put in its place.
        fail: writes down why the attempt failed, within a transaction.
        about: what the log says of it.
    """
    try:
        yield
    except LeaseLost:
        log.warning("job_lease_lost", **about)
    except Exception as error:
        log.error("job_failed", exc_info=error, **about)
        try:
            with transaction():
                fail(f"{type(error).__name__}: {error}")
        except LeaseLost:
            log.warning("job_lease_lost", **about)
    finally:
        path.unlink(missing_ok=True)

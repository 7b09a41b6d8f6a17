"""Attempts at a job or at a part of one: what is done when they fail, and what is left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import structlog

from registration.database import transaction
from registration.errors import Invalid, NotFound
from registration.services.jobs import LeaseLost

log = structlog.get_logger()

HOPELESS = (NotFound, Invalid)
"""Faults that no further attempt mends: what the file was to be made of is gone or has changed."""


class Fail(Protocol):
    """Writes down why an attempt failed."""

    def __call__(self, error: str, /, *, is_hopeless: bool) -> None:
        """Write it down; ``is_hopeless`` says that no further attempt may help."""


@contextmanager
def attempt(path: Path, fail: Fail, **about: object) -> Iterator[None]:
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
                fail(f"{type(error).__name__}: {error}", is_hopeless=isinstance(error, HOPELESS))
        except LeaseLost:
            log.warning("job_lease_lost", **about)
    finally:
        path.unlink(missing_ok=True)

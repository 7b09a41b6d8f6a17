"""Make the files that are due, and delete those that are not kept any longer.

The service says what may happen to a job; here are the transactions. While a file is made none
is open: progress is reported in short ones of its own.
"""

from pathlib import Path

import structlog
from celery import shared_task

from registration.database import db, transaction
from registration.models.events import Event
from registration.models.jobs import JobKind
from registration.services import imports as lists
from registration.services import jobs
from registration.services.badges import in_force, sheets
from registration.services.jobs import Claim, LeaseLost
from registration.services.papers.files import sync
from registration.services.rosters import MEDIA_TYPES, RosterFormat, making
from registration.services.rosters.wanted import Wanted
from tasks import imports
from tasks.progress import reporter

log = structlog.get_logger()


@shared_task(name="jobs.run_due")  # type: ignore[untyped-decorator,unused-ignore]
def run_due() -> int:
    """Make what is due until nothing is; return how many files were made."""
    made = 0
    while jobs.is_any_due():
        with transaction():
            claim = jobs.claim()
        if claim is None:
            break
        made += _run(claim)
    return made


@shared_task(name="jobs.expire")  # type: ignore[untyped-decorator,unused-ignore]
def expire() -> int:
    """Delete the files that are not kept any longer, and what dead workers left."""
    with transaction():
        jobs.expire()
    return jobs.sweep() + lists.uploads.sweep()


def _run(claim: Claim) -> bool:
    """Make one file; return whether it is there now."""
    path = jobs.folder() / f"{claim.id}.{claim.lease.hex}"
    try:
        outcome = imports.take_over(claim, path) if claim.kind == JobKind.IMPORT else None
        done = outcome["applied"] if outcome is not None else _make(claim, path)
        sync(path)
        with transaction():
            name, media_type = _names(claim)
            jobs.finish(
                claim, path, done=done, file_name=name, media_type=media_type, outcome=outcome
            )
    except LeaseLost:
        log.warning("job_lease_lost", job=str(claim.id))
        return False
    except Exception as error:
        log.error("job_failed", job=str(claim.id), exc_info=error)
        _fail(claim, error)
        return False
    finally:
        path.unlink(missing_ok=True)
    if outcome is not None:
        imports.tidy_up(claim, outcome)
    return True


def _fail(claim: Claim, error: Exception) -> None:
    try:
        with transaction():
            jobs.fail(claim, f"{type(error).__name__}: {error}")
    except LeaseLost:
        log.warning("job_lease_lost", job=str(claim.id))


def _make(claim: Claim, path: Path) -> int:
    """Write the job's file; return how many people are in it."""
    locale = claim.parameters["locale"]
    if claim.kind == JobKind.BADGES:
        return sheets.write_pdf(
            path,
            event_id=claim.event_id,
            locale=locale,
            as_of=claim.created_at,
            on_progress=reporter(claim, in_force.count(claim.event_id)),
        )
    wanted = Wanted.of(claim.event_id, claim.parameters)
    return making.make(
        path,
        wanted,
        as_of=claim.created_at,
        on_progress=reporter(claim, wanted.count()),
    )


def _names(claim: Claim) -> tuple[str, str]:
    """Return what the reader's copy is called, and its media type."""
    event = db.session.get_one(Event, claim.event_id)
    day = claim.created_at.astimezone(event.zone).date()
    if claim.kind == JobKind.IMPORT:
        return f"{event.slug}-import-{day}.xlsx", MEDIA_TYPES[RosterFormat.XLSX]
    if claim.kind == JobKind.BADGES:
        return f"{event.slug}-badges-{day}.pdf", MEDIA_TYPES[RosterFormat.PDF]
    wanted = Wanted.of(claim.event_id, claim.parameters)
    return wanted.file_name(event.slug, day), MEDIA_TYPES[wanted.file_format]

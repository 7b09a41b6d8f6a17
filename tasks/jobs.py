"""Make the files that are due, and delete those that are not kept any longer.

The service says what may happen to a job; here are the transactions. While a file is made none
is open: progress is reported in short ones of its own.
"""

from functools import partial
from pathlib import Path

from celery import shared_task

from registration.database import db, transaction
from registration.models.events import Event
from registration.models.jobs import JobKind
from registration.services import imports as lists
from registration.services import jobs
from registration.services.jobs import Claim
from registration.services.papers.files import sync
from registration.services.rosters import MEDIA_TYPES, RosterFormat, making
from registration.services.rosters.wanted import Wanted
from tasks import certificates, imports, prints
from tasks.attempts import attempt
from tasks.progress import reporter


@shared_task(name="jobs.run_due")  # type: ignore[untyped-decorator,unused-ignore]
def run_due() -> int:
    """Make what is due until nothing is; return how many files were made.

    Whole jobs come before parts, so that a short list does not wait for a long print run.
    """
    made = 0
    while True:
        done = _run_job()
        if done is None and not _run_part():
            return made
        made += done or 0


def _run_job() -> bool | None:
    """Make the next file, if one is due; return whether it is there now."""
    if not jobs.is_any_due():
        return None
    with transaction():
        claim = jobs.claim()
    if claim is None:
        return None
    if claim.kind == JobKind.BADGES:
        return prints.run(claim)
    return imports.check(claim) if claim.kind == JobKind.CHECK else _run(claim)


def _run_part() -> bool:
    """Make the next part of a file, if one is due; return whether there was one."""
    if not jobs.is_any_part_due():
        return False
    with transaction():
        claim = jobs.claim_part()
    if claim is not None:
        prints.draw(claim)
    return claim is not None


@shared_task(name="jobs.expire")  # type: ignore[untyped-decorator,unused-ignore]
def expire() -> int:
    """Delete the files that are not kept any longer, and what dead workers left."""
    with transaction():
        jobs.expire()
    return jobs.sweep() + lists.uploads.sweep()


def _run(claim: Claim) -> bool:
    """Make one file; return whether it is there now."""
    path = jobs.folder() / f"{claim.id}.{claim.lease.hex}"
    made, is_import = False, claim.kind == JobKind.IMPORT
    with attempt(path, partial(jobs.fail, claim), job=str(claim.id)):
        outcome = imports.take_over(claim, path) if is_import else None
        done = outcome["applied"] if outcome is not None else _make(claim, path)
        if claim.kind == JobKind.CERTIFICATES:
            outcome = certificates.outcome_of(claim)
        sync(path)
        with transaction():
            name, media_type = _names(claim)
            jobs.finish(
                claim, path, done=done, file_name=name, media_type=media_type, outcome=outcome
            )
        made = True
    if made and is_import and outcome is not None:
        imports.tidy_up(claim, outcome)
    return made


def _make(claim: Claim, path: Path) -> int:
    """Write the job's file; return how many people are in it."""
    if claim.kind == JobKind.CERTIFICATES:
        return certificates.make(claim, path)
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
    if claim.kind == JobKind.CERTIFICATES:
        return certificates.names(claim, event)
    wanted = Wanted.of(claim.event_id, claim.parameters)
    return wanted.file_name(event.slug, day), MEDIA_TYPES[wanted.file_format]

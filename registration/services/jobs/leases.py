"""Who makes a file: a worker claims a job with a lease, and settles it.

Each report of progress renews the lease; one that has ended may be claimed by the next worker. The
file is put in its place by the same fenced transaction that settles the job, so a worker that
lost its lease changes nothing.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import ColumnElement, Exists, case, or_, select, update

from registration import clock
from registration.database import db
from registration.models.jobs import Job, JobKind, JobPart, JobState
from registration.services import audit
from registration.services.jobs.keeping import folder
from registration.services.papers.files import sync

MOST_ATTEMPTS = 3
PAUSE = timedelta(seconds=5)
"""Before a job that met a fault is tried again."""
MOST_ERROR = 500


class LeaseLost(Exception):
    """Another worker has taken the job over; this one must stop."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A job that one worker holds until its lease ends."""

    id: uuid.UUID
    lease: uuid.UUID
    event_id: uuid.UUID
    kind: JobKind
    parameters: Mapping[str, str]
    created_at: datetime
    attempts: int
    """Counts this one too."""
    is_divided: bool = False
    """Whether it was divided into parts: all of them are done, and wait to be merged."""


def is_any_due() -> bool:
    """Return whether `claim` has something to do; a look that locks nothing."""
    return db.session.scalar(select(Job.id).where(*_due(clock.now())).limit(1)) is not None


def claim() -> Claim | None:
    """Take the job that has been due for longest; nobody else can take it until its lease ends.

    A job whose worker died in its last attempt is given up first.
    """
    moment = clock.now()
    _give_up(moment)
    due = (
        select(Job.id)
        .where(*_due(moment))
        .order_by(Job.created_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    lease = uuid.uuid4()
    job = db.session.execute(
        update(Job)
        .where(Job.id == due.c.id)
        .values(
            state=JobState.RUNNING,
            lease=lease,
            leased_until=moment + lease_time(),
            attempts=Job.attempts + 1,
            done=case((_parts(), Job.done), else_=0),
        )
        .returning(Job.id, Job.event_id, Job.kind, Job.parameters, Job.created_at, Job.attempts)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if job is None:
        return None
    return Claim(
        id=job.id,
        lease=lease,
        event_id=job.event_id,
        kind=JobKind(job.kind),
        parameters=job.parameters,
        created_at=job.created_at,
        attempts=job.attempts,
        is_divided=db.session.scalar(select(_parts()).where(Job.id == job.id)) or False,
    )


def _due(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions: unfinished, held by nobody, and not waiting for its parts.

    A new job may be put off, too.
    """
    return (
        Job.state.in_((JobState.NEW, JobState.RUNNING)),
        or_(Job.leased_until.is_(None), Job.leased_until <= moment),
        ~_parts(JobPart.state != JobState.DONE),
    )


def _parts(*conditions: ColumnElement[bool]) -> Exists:
    """Return the condition: the job has parts, like this."""
    return (
        select(JobPart.job_id).where(JobPart.job_id == Job.id, *conditions).correlate(Job).exists()
    )


def _give_up(moment: datetime) -> None:
    given_up = db.session.execute(
        update(Job)
        .where(*_due(moment), Job.attempts >= MOST_ATTEMPTS)
        .values(
            state=JobState.FAILED,
            lease=None,
            last_error="The worker ended while it made this file.",
            finished_at=moment,
        )
        .returning(Job.id, Job.event_id)
        .execution_options(synchronize_session=False)
    )
    for job_id, event_id in given_up.all():
        record("job.failed", job_id, event_id)


def report(claimed: Claim, *, done: int, total: int) -> None:
    """Write down how far the job is, and let its lease begin anew.

    Raises:
        LeaseLost: somebody else holds the job now.
    """
    settle(claimed, done=done, total=total, leased_until=clock.now() + lease_time())


def finish(
    claimed: Claim,
    made: Path | None,
    *,
    done: int,
    file_name: str = "",
    media_type: str = "",
    outcome: Mapping[str, int] | None = None,
) -> None:
    """Put the file in its place, if there is one, and write down that the job is done.

    Args:
        claimed: whose file.
        made: the file, safe on disk, in `folder`; None for a job without one.
        done: how many people it was about.
        file_name: what the reader's copy is called.
        media_type: what it is.
        outcome: what else came of it, in numbers.

    Raises:
        LeaseLost: somebody else holds the job now; nothing has changed.
    """
    moment = clock.now()
    settle(
        claimed,
        state=JobState.DONE,
        lease=None,
        leased_until=None,
        done=done,
        total=done,
        last_error="",
        size=made.stat().st_size if made is not None else 0,
        file_name=file_name,
        media_type=media_type,
        outcome=dict(outcome) if outcome is not None else None,
        finished_at=moment,
        expires_at=moment + timedelta(hours=current_app.config["JOB_HOURS"])
        if made is not None
        else None,
    )
    record("job.finished", claimed.id, claimed.event_id, people=done)
    if made is not None:
        made.replace(folder() / str(claimed.id))
        sync(folder())


def fail(claimed: Claim, error: str, *, is_hopeless: bool = False) -> None:
    """Write down that an attempt met a fault: it is tried again later, or given up.

    Args:
        claimed: which job.
        error: what went wrong.
        is_hopeless: give it up at once, since it would go wrong once more.

    Raises:
        LeaseLost: somebody else holds the job now.
    """
    moment = clock.now()
    if claimed.attempts < MOST_ATTEMPTS and not is_hopeless:
        settle(
            claimed,
            state=JobState.NEW,
            lease=None,
            leased_until=moment + PAUSE,
            last_error=error[:MOST_ERROR],
        )
        return
    settle(
        claimed,
        state=JobState.FAILED,
        lease=None,
        leased_until=None,
        last_error=error[:MOST_ERROR],
        finished_at=moment,
    )
    record("job.failed", claimed.id, claimed.event_id)


def settle(claimed: Claim, **values: object) -> None:
    """Write to the job, fenced by its lease.

    Raises:
        LeaseLost: somebody else holds the job now.
    """
    held = db.session.execute(
        update(Job)
        .where(Job.id == claimed.id, Job.lease == claimed.lease)
        .values(**values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if held is None:
        raise LeaseLost(claimed.id)


def lease_time() -> timedelta:
    """Return for how long a claim lasts."""
    return timedelta(seconds=current_app.config["LEASE_SECONDS"])


def record(action: str, job_id: uuid.UUID, event_id: uuid.UUID, **detail: int) -> None:
    """Write down what a worker did to a job."""
    audit.record(action, actor="worker", subject=f"job:{job_id}", event_id=event_id, **detail)

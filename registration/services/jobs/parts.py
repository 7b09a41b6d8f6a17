"""Jobs in parts: whoever plans one divides it, and any number of workers make its parts.

A part is held by a lease as a job is (see `leases`), and its file is put in its place by the same
fenced transaction that settles it. Once all of its parts are done, a job is due to be merged.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, insert, or_, select, update

from registration import clock
from registration.database import db
from registration.models.jobs import Job, JobPart, JobState
from registration.services.jobs.keeping import part_path, plan_path
from registration.services.jobs.leases import (
    MOST_ERROR,
    PAUSE,
    Claim,
    LeaseLost,
    lease_time,
    record,
    settle,
)
from registration.services.papers.files import sync

MOST_PART_ATTEMPTS = 5
"""More than a whole job has: with many parts, more workers may die for reasons of their own."""


@dataclass(frozen=True, kw_only=True)
class PartClaim:
    """A part of a job that one worker holds until its lease ends."""

    job_id: uuid.UUID
    number: int
    """From 0."""
    lease: uuid.UUID
    event_id: uuid.UUID
    first: int
    """The position of its first item."""
    count: int
    attempts: int
    """Counts this one too."""


def divide(claimed: Claim, plan: Path, *, parts: Sequence[tuple[int, int]], total: int) -> None:
    """Put a job's plan in its place, and let any worker make its parts.

    Args:
        claimed: the job, which is let go of.
        plan: what its parts are made from, safe on disk, in `folder`.
        parts: the position of the first item of each, and how many it has; at least one part.
        total: how many items there are.

    Raises:
        LeaseLost: somebody else holds the job now; nothing has changed.
    """
    settle(claimed, lease=None, leased_until=None, attempts=0, done=0, total=total, last_error="")
    db.session.execute(
        insert(JobPart),
        [
            {"job_id": claimed.id, "number": number, "first": first, "count": count}
            for number, (first, count) in enumerate(parts)
        ],
    )
    plan.replace(plan_path(claimed.id))
    sync(plan_path(claimed.id).parent)


def is_any_part_due() -> bool:
    """Return whether `claim_part` has something to do; a look that locks nothing."""
    due = select(JobPart.job_id).join(Job, Job.id == JobPart.job_id).where(*_due(clock.now()))
    return db.session.scalar(due.limit(1)) is not None


def claim_part() -> PartClaim | None:
    """Take the part that has been due for longest; nobody else can take it until its lease ends.

    A job of which a part was tried too often is given up first.
    """
    moment = clock.now()
    _give_up(moment)
    due = (
        select(JobPart.job_id, JobPart.number)
        .join(Job, Job.id == JobPart.job_id)
        .where(*_due(moment))
        .order_by(Job.created_at, Job.id, JobPart.number)
        .limit(1)
        .with_for_update(skip_locked=True, of=JobPart)
        .cte("due")
    )
    lease = uuid.uuid4()
    part = db.session.execute(
        update(JobPart)
        .where(JobPart.job_id == due.c.job_id, JobPart.number == due.c.number)
        .values(
            state=JobState.RUNNING,
            lease=lease,
            leased_until=moment + lease_time(),
            attempts=JobPart.attempts + 1,
        )
        .returning(JobPart.job_id, JobPart.number, JobPart.first, JobPart.count, JobPart.attempts)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if part is None:
        return None
    job_id, number, first, count, attempts = part
    return PartClaim(
        job_id=job_id,
        number=number,
        lease=lease,
        event_id=db.session.scalars(select(Job.event_id).where(Job.id == job_id)).one(),
        first=first,
        count=count,
        attempts=attempts,
    )


def _due(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions: its job is wanted, it is unfinished, and nobody holds it."""
    return (
        Job.state == JobState.RUNNING,
        JobPart.state != JobState.DONE,
        or_(JobPart.leased_until.is_(None), JobPart.leased_until <= moment),
    )


def _give_up(moment: datetime) -> None:
    hopeless = (
        select(JobPart.job_id)
        .join(Job, Job.id == JobPart.job_id)
        .where(*_due(moment), JobPart.attempts >= MOST_PART_ATTEMPTS)
    )
    for job_id in db.session.scalars(hopeless.distinct()).all():
        _fail_job(job_id, "The workers ended while they made a part of this file.")


def renew(claimed: PartClaim) -> None:
    """Let the part's lease begin anew.

    Raises:
        LeaseLost: somebody else holds the part now, or nobody wants its job any more.
    """
    _check_wanted(claimed)
    _settle_part(claimed, leased_until=clock.now() + lease_time())


def finish_part(claimed: PartClaim, made: Path) -> None:
    """Put the part's file in its place; the job is so much further.

    Args:
        claimed: which part.
        made: its file, safe on disk, in `folder`.

    Raises:
        LeaseLost: as `renew`; nothing has changed.
    """
    _check_wanted(claimed, done=Job.done + claimed.count)
    _settle_part(claimed, state=JobState.DONE, lease=None, leased_until=None)
    path = part_path(claimed.job_id, claimed.number)
    made.replace(path)
    sync(path.parent)


def fail_part(claimed: PartClaim, error: str, *, is_hopeless: bool = False) -> None:
    """Write down that an attempt met a fault: it is tried again later, or the job is given up.

    Args:
        claimed: which part.
        error: what went wrong.
        is_hopeless: give the job up at once, since it would go wrong once more.

    Raises:
        LeaseLost: as `renew`.
    """
    _check_wanted(claimed, last_error=error[:MOST_ERROR])
    later = clock.now() + PAUSE
    _settle_part(claimed, state=JobState.NEW, lease=None, leased_until=later)
    if is_hopeless or claimed.attempts >= MOST_PART_ATTEMPTS:
        _fail_job(claimed.job_id, error)


def _check_wanted(claimed: PartClaim, **values: object) -> None:
    """Write to the part's job, which is first locked, so that a cancellation waits or has won."""
    values = values or {"state": JobState.RUNNING}
    wanted = db.session.execute(
        update(Job)
        .where(Job.id == claimed.job_id, Job.state == JobState.RUNNING)
        .values(**values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if wanted is None:
        raise LeaseLost(claimed.job_id)


def _settle_part(claimed: PartClaim, **values: object) -> None:
    held = db.session.execute(
        update(JobPart)
        .where(
            JobPart.job_id == claimed.job_id,
            JobPart.number == claimed.number,
            JobPart.lease == claimed.lease,
        )
        .values(**values)
        .returning(JobPart.number)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if held is None:
        raise LeaseLost(claimed.job_id)


def _fail_job(job_id: uuid.UUID, error: str) -> None:
    failed = db.session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.RUNNING)
        .values(
            state=JobState.FAILED,
            lease=None,
            leased_until=None,
            last_error=error[:MOST_ERROR],
            finished_at=clock.now(),
        )
        .returning(Job.event_id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if failed is not None:
        record("job.failed", job_id, failed)

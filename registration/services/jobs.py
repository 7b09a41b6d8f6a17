"""Jobs: ask for a file, make it once whoever dies, and keep it for a while.

A worker claims a job with a lease and renews it with each report of progress; a lease that has
ended may be claimed by the next. The file is put in its place by the same fenced transaction that
settles the job, so a worker that lost its lease changes nothing.
"""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree

from flask import current_app
from sqlalchemy import ColumnElement, or_, select, update

from registration import clock
from registration.database import db
from registration.errors import Invalid, JobNotReady, NotFound
from registration.languages import LANGUAGES
from registration.models.jobs import Job, JobKind, JobState
from registration.services import audit
from registration.services.papers.files import sync
from registration.services.rosters import RosterFormat, RosterKind

MOST_ATTEMPTS = 3
PAUSE = timedelta(seconds=5)
"""Before a job that met a fault is tried again."""
MOST_ERROR = 500
MOST_LISTED = 50

CHOICES: Mapping[JobKind, Mapping[str, frozenset[str]]] = {
    JobKind.ROSTER: {
        "kind": frozenset(RosterKind),
        "format": frozenset(RosterFormat),
        "locale": frozenset(LANGUAGES),
    },
    JobKind.BADGES: {"locale": frozenset(LANGUAGES)},
}
"""The parameters of each kind of job, and what they may be."""


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


def ask(
    *,
    event_id: uuid.UUID,
    kind: JobKind,
    parameters: dict[str, str],
    account_id: int | None,
) -> Job:
    """Write down that somebody wants a file; a worker makes it.

    Args:
        event_id: whose list or badges.
        kind: what.
        parameters: exactly those of `CHOICES`.
        account_id: who asks; None for a command.

    Raises:
        Invalid: a parameter is missing, unknown or not one of its choices.
    """
    choices = CHOICES[kind]
    wrong = {name for name in choices if parameters.get(name) not in choices[name]}
    wrong |= set(parameters) - set(choices)
    if wrong:
        raise Invalid(fields=dict.fromkeys(sorted(wrong), "unknown"))
    job = Job(
        event_id=event_id,
        account_id=account_id,
        kind=kind,
        parameters=parameters,
        created_at=clock.now(),
    )
    db.session.add(job)
    db.session.flush()
    audit.record(
        "job.asked",
        actor=f"account:{account_id}" if account_id is not None else "command",
        subject=f"job:{job.id}",
        event_id=event_id,
        kind=kind,
        wanted=", ".join(parameters[name] for name in choices),
    )
    return job


def list_jobs(event_id: uuid.UUID) -> Sequence[Job]:
    """Return the event's latest jobs, the newest first."""
    return db.session.scalars(
        select(Job)
        .where(Job.event_id == event_id)
        .order_by(Job.created_at.desc(), Job.id.desc())
        .limit(MOST_LISTED)
    ).all()


def get(job_id: uuid.UUID) -> Job:
    """Return the job.

    Raises:
        NotFound: there is none.
    """
    job = db.session.get(Job, job_id)
    if job is None:
        raise NotFound(noun="job", name=str(job_id))
    return job


def path_of(job: Job) -> Path:
    """Return where the file of a finished job is.

    Raises:
        JobNotReady: it is not made yet, or not kept any longer.
    """
    path = folder() / str(job.id)
    expired = job.expires_at is not None and job.expires_at <= clock.now()
    if job.state != JobState.DONE or expired or not path.is_file():
        raise JobNotReady(state=job.state)
    return path


def folder() -> Path:
    """Return where the files are, and make sure that it is there, for this user only."""
    path: Path = current_app.config["DATA_DIR"] / "jobs"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


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
            leased_until=moment + _lease_time(),
            attempts=Job.attempts + 1,
            done=0,
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
    )


def _due(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions: unfinished, and held by nobody; a new job may be put off, too."""
    return (
        Job.state.in_((JobState.NEW, JobState.RUNNING)),
        or_(Job.leased_until.is_(None), Job.leased_until <= moment),
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
        _record("job.failed", job_id, event_id)


def report(claimed: Claim, *, done: int, total: int) -> None:
    """Write down how far the job is, and let its lease begin anew.

    Raises:
        LeaseLost: somebody else holds the job now.
    """
    _settle(claimed, done=done, total=total, leased_until=clock.now() + _lease_time())


def finish(claimed: Claim, made: Path, *, done: int, file_name: str, media_type: str) -> None:
    """Put the file in its place and write down that it is there.

    Args:
        claimed: whose file.
        made: the file, safe on disk, in `folder`.
        done: how many people are in it.
        file_name: what the reader's copy is called.
        media_type: what it is.

    Raises:
        LeaseLost: somebody else holds the job now; nothing has changed.
    """
    moment = clock.now()
    _settle(
        claimed,
        state=JobState.DONE,
        lease=None,
        leased_until=None,
        done=done,
        total=done,
        last_error="",
        size=made.stat().st_size,
        file_name=file_name,
        media_type=media_type,
        finished_at=moment,
        expires_at=moment + timedelta(hours=current_app.config["JOB_HOURS"]),
    )
    _record("job.finished", claimed.id, claimed.event_id, people=done)
    made.replace(folder() / str(claimed.id))
    sync(folder())


def fail(claimed: Claim, error: str) -> None:
    """Write down that an attempt met a fault: it is tried again later, or given up.

    Raises:
        LeaseLost: somebody else holds the job now.
    """
    moment = clock.now()
    if claimed.attempts < MOST_ATTEMPTS:
        _settle(
            claimed,
            state=JobState.NEW,
            lease=None,
            leased_until=moment + PAUSE,
            last_error=error[:MOST_ERROR],
        )
        return
    _settle(
        claimed,
        state=JobState.FAILED,
        lease=None,
        leased_until=None,
        last_error=error[:MOST_ERROR],
        finished_at=moment,
    )
    _record("job.failed", claimed.id, claimed.event_id)


def _settle(claimed: Claim, **values: object) -> None:
    held = db.session.execute(
        update(Job)
        .where(Job.id == claimed.id, Job.lease == claimed.lease)
        .values(**values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if held is None:
        raise LeaseLost(claimed.id)


def expire() -> int:
    """Write down which files are not kept any longer; return how many. `sweep` deletes them."""
    expired = db.session.execute(
        update(Job)
        .where(Job.state == JobState.DONE, Job.expires_at <= clock.now())
        .values(state=JobState.EXPIRED)
        .returning(Job.id, Job.event_id)
        .execution_options(synchronize_session=False)
    ).all()
    for job_id, event_id in expired:
        _record("job.expired", job_id, event_id)
    return len(expired)


def sweep() -> int:
    """Delete every file that belongs to no finished or running job; return how many."""
    found = list(folder().iterdir())  # before the jobs are read: a file made since is not in it
    states = {
        str(row.id): row.state
        for row in db.session.execute(
            select(Job.id, Job.state).where(Job.state.in_((JobState.RUNNING, JobState.DONE)))
        )
    }
    stray = [path for path in found if not _belongs(path.name, states)]
    for path in stray:
        with suppress(FileNotFoundError):
            rmtree(path) if path.is_dir() else path.unlink()
    return len(stray)


def _belongs(name: str, states: Mapping[str, str]) -> bool:
    """Return whether this is a job's file, or what a worker is writing (``<job>.<lease>…``)."""
    job_id, dot, _ = name.partition(".")
    return states.get(job_id) == (JobState.RUNNING if dot else JobState.DONE)


def _lease_time() -> timedelta:
    return timedelta(seconds=current_app.config["LEASE_SECONDS"])


def _record(action: str, job_id: uuid.UUID, event_id: uuid.UUID, **detail: int) -> None:
    audit.record(action, actor="worker", subject=f"job:{job_id}", event_id=event_id, **detail)

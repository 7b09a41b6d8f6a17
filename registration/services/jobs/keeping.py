"""Where the files of jobs are, and for how long."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from flask import current_app
from sqlalchemy import select, update

from registration import clock
from registration.database import db
from registration.errors import FileExpired, JobNotReady
from registration.models.jobs import Job, JobState
from registration.services import audit

OVER = (JobState.EXPIRED, JobState.CANCELLED)
"""Without a file for good."""
BEING_MADE = (JobState.NEW, JobState.RUNNING)
"""New is also what met a fault and is tried again soon, with the parts that it has."""


def path_of(job: Job) -> Path:
    """Return where the file of a finished job is.

    Raises:
        JobNotReady: it is not made yet, or could not be made.
        FileExpired: it is not kept any longer, or was cancelled.
    """
    path = folder() / str(job.id)
    expired = job.expires_at is not None and job.expires_at <= clock.now()
    if expired or job.state in OVER or (job.state == JobState.DONE and not path.is_file()):
        raise FileExpired(noun="job", name=str(job.id))
    if job.state != JobState.DONE:
        raise JobNotReady(state=job.state)
    return path


def plan_path(job_id: uuid.UUID) -> Path:
    """Return where the plan of a job in parts is."""
    return folder() / f"{job_id}.plan"


def part_path(job_id: uuid.UUID, number: int) -> Path:
    """Return where a part of a job is, until all are merged."""
    return folder() / f"{job_id}.part-{number:05d}"


def folder() -> Path:
    """Return where the files are, and make sure that it is there, for this user only."""
    path: Path = current_app.config["DATA_DIR"] / "jobs"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


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
        audit.record("job.expired", actor="worker", subject=f"job:{job_id}", event_id=event_id)
    return len(expired)


def sweep() -> int:
    """Delete every file that belongs to no finished or running job; return how many."""
    found = list(folder().iterdir())  # before the jobs are read: a file made since is not in it
    states = {
        str(row.id): row.state
        for row in db.session.execute(
            select(Job.id, Job.state).where(Job.state.in_((*BEING_MADE, JobState.DONE)))
        )
    }
    stray = [path for path in found if not _belongs(path.name, states)]
    for path in stray:
        with suppress(FileNotFoundError):
            rmtree(path) if path.is_dir() else path.unlink()
    return len(stray)


def clear(job_id: uuid.UUID) -> None:
    """Delete the plan and the parts of a job, and what workers were writing for it."""
    for path in folder().glob(f"{job_id}.*"):
        if not path.is_dir():
            path.unlink(missing_ok=True)


def _belongs(name: str, states: Mapping[str, str]) -> bool:
    """Return whether this is a job's file, or what a worker is writing (``<job>.<lease>…``).

    A file is in its place a moment before its job is seen to be done.
    """
    job_id, dot, _ = name.partition(".")
    state = states.get(job_id)
    return state in BEING_MADE or (state == JobState.DONE and not dot)

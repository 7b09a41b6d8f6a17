"""Where the files of jobs are, and for how long."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from flask import current_app
from sqlalchemy import select, update

from registration import clock
from registration.database import db
from registration.errors import JobNotReady
from registration.models.jobs import Job, JobState
from registration.services import audit


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

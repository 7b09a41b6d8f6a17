"""Several workers at once: each job is held by one of them, and only that one settles it."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from registration.database import db, transaction
from registration.models.events import Event
from registration.models.jobs import Job, JobKind, JobState
from registration.services import jobs
from registration.services.jobs import Claim, LeaseLost, leases

WORKERS = 4
JOBS = 12


@pytest.fixture(autouse=True)
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)


def ask(event: Event, *, times: int = JOBS) -> None:
    event_id = event.id
    with transaction():
        for _ in range(times):
            jobs.ask(
                event_id=event_id,
                kind=JobKind.BADGES,
                parameters={"locale": "de"},
                account_id=None,
            )
    db.session.rollback()


def at_once(app: Flask, work: Callable[[], list[uuid.UUID]]) -> list[uuid.UUID]:
    """Let several workers begin together; return all that they say they hold."""
    begin = threading.Barrier(WORKERS)
    held: list[uuid.UUID] = []
    errors: list[BaseException] = []

    def run() -> None:
        begin.wait()
        try:
            with app.app_context():
                held.extend(work())
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=run) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return held


def claim_all() -> list[uuid.UUID]:
    held: list[uuid.UUID] = []
    while True:
        with transaction():
            claim = jobs.claim()
        if claim is None:
            return held
        held.append(claim.id)


def test_several_workers_never_hold_the_same_job(app: Flask, event: Event) -> None:
    ask(event)
    held = at_once(app, claim_all)
    assert (len(held), len(set(held))) == (JOBS, JOBS)


def test_twin_that_looks_first_and_claims_afterwards_holds_jobs_twice(
    app: Flask, event: Event
) -> None:
    ask(event)
    seen = threading.Barrier(WORKERS, timeout=60)
    one_after_another = threading.Lock()  # else PostgreSQL may find that they wait in a circle

    def look_then_claim() -> list[uuid.UUID]:
        ids = list(db.session.scalars(select(Job.id).where(Job.state == JobState.NEW)))
        db.session.rollback()
        seen.wait()
        with one_after_another, transaction():
            db.session.execute(update(Job).where(Job.id.in_(ids)).values(state=JobState.RUNNING))
        return ids

    assert len(at_once(app, look_then_claim)) == WORKERS * JOBS, "the twin must show the damage"


def two_workers_finish_one_job(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Let a slow worker finish after the quick one that took its job over; return the file."""
    with transaction():
        slow = jobs.claim()
    monkeypatch.setattr(leases, "lease_time", lambda: timedelta(hours=1))
    with transaction():
        quick = jobs.claim()
    assert slow is not None
    assert quick is not None
    finish(quick, b"of the quick one")
    with pytest.raises(LeaseLost):
        finish(slow, b"of the slow one")
    return jobs.path_of(jobs.get(quick.id)).read_bytes()


def finish(claim: Claim, content: bytes) -> None:
    made = jobs.folder() / f"{claim.id}.{claim.lease.hex}"
    made.write_bytes(content)
    with transaction():
        jobs.finish(claim, made, done=1, file_name="badges.pdf", media_type="application/pdf")


def test_a_worker_that_was_given_up_cannot_finish_its_job(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "lease_time", lambda: timedelta(seconds=-1))
    ask(event, times=1)
    assert two_workers_finish_one_job(monkeypatch) == b"of the quick one"


def test_twin_without_the_fence_the_late_worker_replaces_the_file(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settle_unfenced(claimed: Claim, **values: object) -> None:
        db.session.execute(update(Job).where(Job.id == claimed.id).values(**values))

    monkeypatch.setattr(leases, "lease_time", lambda: timedelta(seconds=-1))
    monkeypatch.setattr(leases, "settle", settle_unfenced)
    ask(event, times=1)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        two_workers_finish_one_job(monkeypatch)
    (job,) = jobs.list_jobs(event.id)
    assert jobs.path_of(job).read_bytes() == b"of the slow one", "the twin must show the damage"

"""A job makes its file once, whoever dies meanwhile, and keeps it for a while."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction
from registration.errors import FileExpired, Invalid, JobNotReady, NotFound
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.jobs import Job, JobKind, JobState
from registration.services import jobs
from registration.services.jobs import Claim, LeaseLost, leases
from tests import factories

ROSTER = {"kind": "attendance", "format": "csv", "locale": "de"}
LEASE_AND_A_BIT = timedelta(seconds=121)


@pytest.fixture(autouse=True)
def empty_folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)


def asked(event: Event, kind: JobKind = JobKind.ROSTER, **parameters: str) -> uuid.UUID:
    wanted = parameters or (ROSTER if kind == JobKind.ROSTER else {"locale": "de"})
    with transaction():
        return jobs.ask(event_id=event.id, kind=kind, parameters=wanted, account_id=None).id


def claimed() -> Claim:
    with transaction():
        claim = jobs.claim()
    assert claim is not None
    return claim


def finished(claim: Claim, content: bytes = b"rows") -> None:
    made = jobs.folder() / f"{claim.id}.{claim.lease.hex}"
    made.write_bytes(content)
    with transaction():
        jobs.finish(claim, made, done=2, file_name="list.csv", media_type="text/csv")


def test_a_job_is_asked_claimed_reported_and_finished(event: Event) -> None:
    job_id = asked(event)
    assert [job.state for job in jobs.list_jobs(event.id)] == [JobState.NEW]
    claim = claimed()
    assert claim.parameters == ROSTER
    with transaction():
        jobs.report(claim, done=1, total=2)
    job = jobs.get(job_id)
    assert (job.state, job.done, job.total) == (JobState.RUNNING, 1, 2)
    with pytest.raises(JobNotReady):
        jobs.path_of(job)
    finished(claim)
    job = jobs.get(job_id)
    assert (job.state, job.done, job.total, job.size) == (JobState.DONE, 2, 2, 4)
    assert jobs.path_of(job).read_bytes() == b"rows"
    assert not jobs.is_any_due()


def test_what_happens_to_a_job_is_written_down(event: Event) -> None:
    asked(event)
    finished(claimed())
    found = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action.startswith("job.")).order_by(AuditEntry.id)
    ).all()
    assert [(entry.action, entry.actor) for entry in found] == [
        ("job.asked", "command"),
        ("job.finished", "worker"),
    ]
    assert found[0].detail["wanted"] == "attendance, csv, de"


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (JobKind.ROSTER, {}),
        (JobKind.ROSTER, {**ROSTER, "format": "exe"}),
        (JobKind.ROSTER, {**ROSTER, "kind": "../../etc"}),
        (JobKind.ROSTER, {**ROSTER, "locale": "xx"}),
        (JobKind.ROSTER, {**ROSTER, "more": "x"}),
        (JobKind.BADGES, ROSTER),
    ],
)
def test_a_job_with_other_parameters_is_not_taken(
    event: Event, kind: JobKind, parameters: dict[str, str]
) -> None:
    with pytest.raises(Invalid), transaction():
        jobs.ask(event_id=event.id, kind=kind, parameters=parameters, account_id=None)
    assert jobs.list_jobs(event.id) == []


def test_an_unknown_job_is_not_found(event: Event) -> None:
    with pytest.raises(NotFound):
        jobs.get(uuid.uuid4())


def test_jobs_are_claimed_in_the_order_in_which_they_were_asked(event: Event) -> None:
    asked_ids = [asked(event) for _ in range(3)]
    assert [claimed().id for _ in range(3)] == asked_ids
    with transaction():
        assert jobs.claim() is None


def test_a_claimed_job_is_claimed_again_only_when_its_lease_has_ended(event: Event) -> None:
    asked(event)
    first = claimed()
    assert not jobs.is_any_due()
    with time_machine.travel(clock.now() + LEASE_AND_A_BIT):
        second = claimed()
    assert second.id == first.id
    assert second.lease != first.lease
    assert second.attempts == 2


def test_progress_keeps_the_lease_alive(event: Event) -> None:
    asked(event)
    claim = claimed()
    with time_machine.travel(clock.now() + timedelta(seconds=100)), transaction():
        jobs.report(claim, done=1, total=2)
    with time_machine.travel(clock.now() + LEASE_AND_A_BIT):
        assert not jobs.is_any_due()


def test_a_worker_that_lost_its_lease_changes_nothing(event: Event) -> None:
    job_id = asked(event)
    slow = claimed()
    with time_machine.travel(clock.now() + LEASE_AND_A_BIT):
        quick = claimed()
        finished(quick, b"of the quick one")
        with pytest.raises(LeaseLost), transaction():
            jobs.report(slow, done=1, total=2)
        with pytest.raises(LeaseLost), transaction():
            jobs.fail(slow, "late")
        with pytest.raises(LeaseLost):
            finished(slow, b"of the slow one")
        job = jobs.get(job_id)
        assert job.state == JobState.DONE
        assert jobs.path_of(job).read_bytes() == b"of the quick one"


def test_a_fault_is_tried_again_later_and_given_up_in_the_end(event: Event) -> None:
    job_id = asked(event)
    moment = clock.now()
    for attempt in range(1, leases.MOST_ATTEMPTS + 1):
        moment += 2 * leases.PAUSE
        with time_machine.travel(moment):
            claim = claimed()
            with transaction():
                jobs.fail(claim, f"OSError: disk full {attempt}")
            assert not jobs.is_any_due()
    job = jobs.get(job_id)
    assert (job.state, job.attempts) == (JobState.FAILED, leases.MOST_ATTEMPTS)
    assert job.last_error == "OSError: disk full 3"


def test_a_job_that_kills_its_workers_is_given_up(event: Event) -> None:
    job_id = asked(event)
    moment = clock.now()
    for _ in range(leases.MOST_ATTEMPTS):
        with time_machine.travel(moment):
            claimed()
        moment += LEASE_AND_A_BIT
    with time_machine.travel(moment), transaction():
        assert jobs.claim() is None
    job = jobs.get(job_id)
    assert job.state == JobState.FAILED
    assert job.last_error


def test_a_file_is_kept_for_its_hours_and_then_deleted(app: Flask, event: Event) -> None:
    job_id = asked(event)
    finished(claimed())
    kept = timedelta(hours=app.config["JOB_HOURS"])
    with time_machine.travel(clock.now() + kept - timedelta(minutes=1)):
        with transaction():
            assert jobs.expire() == 0
        assert jobs.sweep() == 0
        assert jobs.path_of(jobs.get(job_id)).exists()
    with time_machine.travel(clock.now() + kept + timedelta(minutes=1)):
        with pytest.raises(FileExpired):
            jobs.path_of(jobs.get(job_id))
        with transaction():
            assert jobs.expire() == 1
        assert jobs.sweep() == 1
    assert jobs.get(job_id).state == JobState.EXPIRED
    assert list(jobs.folder().iterdir()) == []


def test_what_dead_workers_left_is_deleted_and_nothing_else(event: Event) -> None:
    asked(event)
    done = claimed()
    finished(done)
    asked(event)
    running = claimed()
    being_made = jobs.folder() / f"{running.id}.{running.lease.hex}"
    being_made.touch()
    scratch = jobs.folder() / f"{running.id}.{running.lease.hex}.abc"
    scratch.mkdir()
    (jobs.folder() / f"{done.id}.{uuid.uuid4().hex}").touch()
    (jobs.folder() / f"{uuid.uuid4()}.{uuid.uuid4().hex}").mkdir()
    (jobs.folder() / "stray").touch()
    assert jobs.sweep() == 3
    left = {path.name for path in jobs.folder().iterdir()}
    assert left == {str(done.id), being_made.name, scratch.name}


def test_a_file_in_its_place_stays_though_its_job_is_not_seen_to_be_done_yet(event: Event) -> None:
    asked(event)
    running = claimed()
    (jobs.folder() / str(running.id)).touch()
    assert jobs.sweep() == 0


def test_what_is_tried_again_keeps_its_parts(event: Event) -> None:
    asked(event)
    claim = claimed()
    jobs.plan_path(claim.id).touch()
    jobs.part_path(claim.id, 0).touch()
    with transaction():
        jobs.fail(claim, "OSError: no space left")
    assert jobs.sweep() == 0


def test_files_are_for_this_user_only(event: Event) -> None:
    assert jobs.folder().stat().st_mode & 0o077 == 0


def test_a_finished_job_without_its_file_has_none_any_more(event: Event) -> None:
    job_id = asked(event)
    finished(claimed())
    jobs.path_of(jobs.get(job_id)).unlink()
    with pytest.raises(FileExpired):
        jobs.path_of(jobs.get(job_id))


def test_jobs_belong_to_their_event(event: Event) -> None:
    asked(event)
    other = factories.make_event("andere")
    assert jobs.list_jobs(other.id) == []
    assert db.session.scalars(select(Job.event_id)).all() == [event.id]

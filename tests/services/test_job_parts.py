"""A job in parts: any worker makes any part, once, and the job goes on when all are there."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from registration import clock
from registration.database import transaction
from registration.models.events import Event
from registration.models.jobs import JobKind, JobState
from registration.services import jobs
from registration.services.jobs import LeaseLost, PartClaim, parts, records

LEASE_AND_A_BIT = timedelta(seconds=121)
SIZES = [(0, 3), (3, 3), (6, 1)]


@pytest.fixture(autouse=True)
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)
    return jobs.folder()


def divided(event: Event) -> uuid.UUID:
    with transaction():
        job_id = jobs.ask(
            event_id=event.id, kind=JobKind.BADGES, parameters={"locale": "de"}, account_id=None
        ).id
    with transaction():
        claim = jobs.claim()
    assert claim is not None
    assert not claim.is_divided
    plan = jobs.folder() / f"{job_id}.{claim.lease.hex}"
    plan.write_bytes(b"plan")
    with transaction():
        jobs.divide(claim, plan, parts=SIZES, total=7)
    return job_id


def claimed() -> PartClaim:
    with transaction():
        claim = jobs.claim_part()
    assert claim is not None
    return claim


def made(claim: PartClaim, content: bytes = b"part") -> Path:
    path = jobs.folder() / f"{claim.job_id}.{claim.lease.hex}"
    path.write_bytes(content)
    return path


def finish(claim: PartClaim, content: bytes = b"part") -> None:
    with transaction():
        jobs.finish_part(claim, made(claim, content))


def test_the_parts_of_a_job_are_made_one_by_one_and_then_it_is_due_again(event: Event) -> None:
    job_id = divided(event)
    assert jobs.plan_path(job_id).read_bytes() == b"plan"
    for number, (first, count) in enumerate(SIZES):
        assert jobs.is_any_part_due()
        assert not jobs.is_any_due()
        claim = claimed()
        assert (claim.number, claim.first, claim.count) == (number, first, count)
        assert claim.event_id == event.id
        finish(claim)
        assert jobs.get(job_id).done == first + count
    assert not jobs.is_any_part_due()
    assert jobs.is_any_due()
    with transaction():
        merging = jobs.claim()
    assert merging is not None
    assert merging.is_divided
    assert (jobs.get(job_id).done, jobs.get(job_id).total) == (7, 7)
    assert sorted(path.name for path in jobs.folder().glob("*.part-*")) == [
        f"{job_id}.part-{number:05d}" for number in range(3)
    ]


def test_a_part_is_held_by_one_worker_until_its_lease_ends(event: Event) -> None:
    divided(event)
    held = [claimed() for _ in SIZES]
    assert not jobs.is_any_part_due()
    with time_machine.travel(clock.now() + LEASE_AND_A_BIT):
        again = claimed()
        assert (again.number, again.attempts) == (held[0].number, 2)
        for too_late in (jobs.renew, lambda claim: jobs.fail_part(claim, "x")):
            with pytest.raises(LeaseLost), transaction():
                too_late(held[0])
        finish(again, b"of the quick one")
        with pytest.raises(LeaseLost):
            finish(held[0], b"of the late one")
    part = jobs.part_path(again.job_id, again.number)
    assert part.read_bytes() == b"of the quick one"
    assert jobs.get(again.job_id).done == again.count


def test_twin_without_the_fence_a_late_worker_replaces_the_part(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_settle_part", lambda _claim, **_values: None)
    divided(event)
    late = claimed()
    finish(late, b"of the quick one")
    finish(late, b"of the late one")
    assert jobs.part_path(late.job_id, late.number).read_bytes() == b"of the late one"
    assert jobs.get(late.job_id).done == 2 * late.count, "the twin must show the damage"


def test_nobody_goes_on_with_a_job_that_was_cancelled(event: Event) -> None:
    job_id = divided(event)
    claim = claimed()
    path = made(claim)
    with transaction():
        assert jobs.cancel(job_id, actor="command")
    assert not jobs.is_any_part_due()
    assert not jobs.is_any_due()
    for too_late in (jobs.renew, lambda claim: jobs.finish_part(claim, path)):
        with pytest.raises(LeaseLost), transaction():
            too_late(claim)
    jobs.clear(job_id)
    assert list(jobs.folder().iterdir()) == []
    assert jobs.get(job_id).state == JobState.CANCELLED
    with transaction():
        assert not jobs.cancel(job_id, actor="command")


def test_a_part_that_meets_faults_is_tried_again_and_then_fails_its_job(event: Event) -> None:
    job_id = divided(event)
    moment = clock.now()
    for attempt in range(1, parts.MOST_PART_ATTEMPTS + 1):
        with time_machine.travel(moment + timedelta(seconds=20 * attempt), tick=False):
            claim = claimed()
            assert (claim.number, claim.attempts) == (0, attempt)
            with transaction():
                jobs.fail_part(claim, "OSError: no space left")
    job = jobs.get(job_id)
    assert (job.state, job.last_error) == (JobState.FAILED, "OSError: no space left")
    assert not jobs.is_any_part_due()


def test_a_part_that_kills_every_worker_fails_its_job(event: Event) -> None:
    job_id = divided(event)
    moment = clock.now()
    for attempt in range(parts.MOST_PART_ATTEMPTS):
        with time_machine.travel(moment + attempt * LEASE_AND_A_BIT, tick=False):
            assert claimed().number == 0
    later = moment + parts.MOST_PART_ATTEMPTS * LEASE_AND_A_BIT
    with time_machine.travel(later, tick=False), transaction():
        assert jobs.claim_part() is None
    assert jobs.get(job_id).state == JobState.FAILED


def test_records_come_back_as_they_were_written(tmp_path: Path) -> None:
    path, told = tmp_path / "records", [b"", b"one", b"\x00" * 70_000]
    with path.open("wb") as file:
        writer = records.Writer(file)
        places = []
        for record in told:
            places.append(writer.at)
            writer.add(record)
        writer.close({"places": places})
    note = records.note_of(path, dict[str, list[int]])
    assert note == {"places": places}
    assert list(records.records(path, count=3)) == told
    assert list(records.records(path, at=places[1], count=1)) == [b"one"]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(EOFError):
        list(records.records(path, count=3))

"""The worker makes what was asked for, and survives its own death."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

import tasks.jobs
from registration import clock
from registration.database import transaction
from registration.models.events import Event
from registration.models.jobs import JobKind, JobState
from registration.services import jobs
from registration.services.jobs import Claim
from registration.services.rosters import RosterFormat, making
from tests import factories


@pytest.fixture(autouse=True)
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)
    return tmp_path / "jobs"


def ask_for_badges(event: Event) -> uuid.UUID:
    with transaction():
        return jobs.ask(
            event_id=event.id, kind=JobKind.BADGES, parameters={"locale": "de"}, account_id=None
        ).id


def ask_for_list(event: Event, file_format: str) -> uuid.UUID:
    with transaction():
        return jobs.ask(
            event_id=event.id,
            kind=JobKind.ROSTER,
            parameters={"kind": "attendance", "format": file_format, "locale": "de"},
            account_id=None,
        ).id


@pytest.mark.parametrize("file_format", RosterFormat)
def test_a_list_is_made_under_its_name(event: Event, file_format: RosterFormat) -> None:
    factories.register(event)
    job_id = ask_for_list(event, file_format)
    assert tasks.jobs.run_due.run() == 1
    job = jobs.get(job_id)
    day = job.created_at.astimezone(event.zone).date()
    ending = file_format.removesuffix("-excel")
    assert (job.state, job.done, job.total) == (JobState.DONE, 1, 1)
    assert job.file_name == f"werkstatt-attendance-{day}.{ending}"
    assert job.size == jobs.path_of(job).stat().st_size > 0


def test_badges_are_made_as_one_file(event: Event, folder: Path) -> None:
    factories.register(event)
    job_id = ask_for_badges(event)
    assert tasks.jobs.run_due.run() == 1
    job = jobs.get(job_id)
    assert job.media_type == "application/pdf"
    assert jobs.path_of(job).read_bytes().startswith(b"%PDF-")
    assert [path.name for path in folder.iterdir()] == [str(job_id)]


def test_everything_that_is_due_is_made(event: Event) -> None:
    for _ in range(3):
        ask_for_badges(event)
    assert tasks.jobs.run_due.run() == 3
    assert tasks.jobs.run_due.run() == 0


def test_a_fault_leaves_no_file_and_is_told(
    event: Event, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask_for_list(event, "csv")

    def fail(path: Path, *_: object, **__: object) -> int:
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(making, "make", fail)
    assert tasks.jobs.run_due.run() == 0
    job = jobs.get(job_id)
    assert job.state == JobState.NEW
    assert job.last_error == "OSError: No space left on device"
    assert list(folder.iterdir()) == []
    monkeypatch.undo()


def test_a_job_taken_over_meanwhile_is_left_to_whoever_has_it(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask_for_list(event, "csv")
    taken_over: list[Claim] = []

    def lose(path: Path, *_: object, **__: object) -> int:
        path.write_bytes(b"late")
        with time_machine.travel(clock.now() + timedelta(hours=1)), transaction():
            claim = jobs.claim()
        assert claim is not None
        taken_over.append(claim)
        return 1

    monkeypatch.setattr(making, "make", lose)
    assert tasks.jobs.run_due.run() == 0
    assert jobs.get(job_id).state == JobState.RUNNING
    assert jobs.get(job_id).lease == taken_over[0].lease


def test_old_files_are_deleted(event: Event, folder: Path) -> None:
    ask_for_badges(event)
    tasks.jobs.run_due.run()
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert tasks.jobs.expire.run() == 1
    assert list(folder.iterdir()) == []


def test_the_tasks_have_the_names_that_the_schedule_calls() -> None:
    assert tasks.jobs.run_due.name == "jobs.run_due"
    assert tasks.jobs.expire.name == "jobs.expire"

"""The worker takes lists over, and ends the same if it dies on the way."""

import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

import tasks.jobs
from registration import clock
from registration.database import db, transaction
from registration.errors import NotFound
from registration.models.audit import AuditEntry
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.models.jobs import Job, JobKind, JobState
from registration.models.registrations import Registration
from registration.services import jobs, quotas, tables
from registration.services.imports import applying, sheets, uploads
from tests import factories, lists

WORKER = """
from registration import create_app
from registration.services import imports
import tasks.jobs, tasks.imports

register = imports.register

def register_and_say(*arguments, **options):
    done = register(*arguments, **options)
    print("batch", flush=True)
    return done

imports.register = register_and_say
with create_app().app_context():
    tasks.jobs.run_due.run()
"""


@pytest.fixture(autouse=True)
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)


def ask(event: Event, content: bytes, *, apply: str = "good", by: str = "organiser") -> uuid.UUID:
    about = uploads.keep(
        tables.read(content, ""),
        event_id=event.id,
        alliance="MR4B",
        is_coordinators=by == "coordinator",
        file_name="liste.csv",
    )
    with transaction():
        return jobs.ask(
            event_id=event.id,
            kind=JobKind.IMPORT,
            parameters={
                "apply": apply,
                "by": by,
                "locale": "en",
                "upload": str(about.id),
                "alliance": "MR4B",
                "role": "",
                "columns": "0=given_name 1=family_name 2=email 3=role ",
            },
            account_id=None,
        ).id


def done(job_id: uuid.UUID) -> Job:
    db.session.rollback()
    return jobs.get(job_id)


def people_in() -> int:
    db.session.rollback()
    count = db.session.scalar(select(func.count()).select_from(Registration)) or 0
    db.session.rollback()  # else what is done next would be done on what was true here
    return count


def told_by_the_log() -> int:
    """Return how many people lists have registered, as the audit log adds up."""
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "registrations.imported")
    )
    return sum(int(entry.detail["people"] or 0) for entry in entries)


def reasons(job: Job) -> list[str]:
    """Return what the last column of the job's file says, row by row."""
    table = tables.read(jobs.path_of(job).read_bytes(), "")
    width = len(table.rows[0].cells)
    return [tables.text_of(row.cell(width - 1)) for row in table.rows[1:]]


def test_the_good_rows_are_taken_and_the_file_says_why_not_the_others(event: Event) -> None:
    factories.set_places(event, 2)
    job_id = ask(event, lists.csv(*lists.people(3), "Max;;m@b.example;Gast"))
    assert tasks.jobs.run_due.run() == 1
    job = done(job_id)
    assert (job.state, job.outcome) == (
        JobState.DONE,
        {"rows": 4, "good": 2, "applied": 2, "errors": 2},
    )
    assert reasons(job) == [
        *("", "", "Rolle: No place is free for this choice of alliance and role."),
        "Nachname: Family name is missing.",
    ]
    assert people_in() == 2


def test_a_whole_list_is_taken_or_nothing_and_can_then_be_tried_again(event: Event) -> None:
    refused = done(ask(event, lists.csv(*lists.people(3), "Max;;m@;Gast"), apply="all"))
    tasks.jobs.run_due.run()
    refused = done(refused.id)
    assert refused.outcome == {"rows": 4, "good": 3, "applied": 0, "errors": 2}
    assert people_in() == 0
    assert uploads.get(uuid.UUID(refused.parameters["upload"]), event_id=event.id)
    taken = done(ask(event, lists.csv(*lists.people(3)), apply="all"))
    tasks.jobs.run_due.run()
    taken = done(taken.id)
    assert (taken.outcome or {})["applied"] == people_in() == 3
    with pytest.raises(NotFound):
        uploads.get(uuid.UUID(taken.parameters["upload"]), event_id=event.id)


def test_a_coordinators_list_keeps_its_bounds_in_the_worker(event: Event) -> None:
    job_id = ask(event, lists.csv("Max;Au;m@b.example;Gast"), by="coordinator")
    tasks.jobs.run_due.run()
    assert reasons(done(job_id)) == ["Rolle: “Guest” is a role that only the organisers give."]
    assert people_in() == 0


def test_a_list_that_is_gone_fails_the_job(event: Event) -> None:
    job_id = ask(event, lists.csv(*lists.people(1)))
    uploads.discard(uuid.UUID(done(job_id).parameters["upload"]))
    assert tasks.jobs.run_due.run() == 0
    assert "NotFound" in done(job_id).last_error


def test_lists_that_nobody_took_over_are_deleted_after_a_day(event: Event) -> None:
    job_id = ask(event, lists.csv(*lists.people(1)))
    upload_id = uuid.UUID(done(job_id).parameters["upload"])
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        tasks.jobs.expire.run()
    with pytest.raises(NotFound):
        uploads.get(upload_id, event_id=event.id)


def test_a_job_that_failed_after_its_people_were_registered_ends_the_same(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(event, lists.csv(*lists.people(3)))
    write: Callable[..., None] = sheets.write_reasons

    def fail(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(sheets, "write_reasons", fail)
    assert tasks.jobs.run_due.run() == 0
    assert people_in() == 3
    monkeypatch.setattr(sheets, "write_reasons", write)
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        assert tasks.jobs.run_due.run() == 1
    assert done(job_id).outcome == {"rows": 3, "good": 3, "applied": 3, "errors": 0}
    assert people_in() == 3


def test_a_worker_killed_on_the_way_leaves_nothing_that_is_done_twice(
    app: Flask, event: Event, tmp_path: Path
) -> None:
    count = 3 * applying.BATCH + 20
    factories.set_places(event, count - 5)
    job_id = ask(event, lists.csv(*lists.people(count)))
    environment = {
        "EINLASS_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "EINLASS_DATA_DIR": str(tmp_path),
        "EINLASS_SECRET_KEY": app.config["SECRET_KEY"],
        "EINLASS_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-c", WORKER]
    with subprocess.Popen(
        command, env=environment, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout is not None
        for _ in range(2):  # the first is committed then, and the second may be
            assert worker.stdout.readline() == b"batch\n"
        worker.send_signal(signal.SIGKILL)
    assert applying.BATCH <= people_in() < count - 5
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        assert tasks.jobs.run_due.run() == 1
    assert done(job_id).outcome == {
        "rows": count,
        "good": count - 5,
        "applied": count - 5,
        "errors": 5,
    }
    assert people_in() == quotas.list_quotas(event.id)[0].taken == count - 5
    assert told_by_the_log() == count - 5
    assert db.session.scalar(select(func.count()).select_from(Delivery)) == count - 5
    with transaction():
        assert quotas.reconcile(event.id) == []


def ask_check(event: Event, content: bytes) -> tuple[uploads.About, uuid.UUID]:
    about = uploads.keep(
        content, event_id=event.id, alliance="MR4B", is_coordinators=False, file_name="liste.csv"
    )
    parameters = {"by": "organiser", "locale": "en", "upload": str(about.id), "alliance": "MR4B"}
    with transaction():
        job_id = jobs.ask(
            event_id=event.id,
            kind=JobKind.CHECK,
            parameters={**parameters, "role": "", "columns": "auto"},
            account_id=None,
        ).id
    return about, job_id


def kept(about: uploads.About) -> set[str]:
    """Return which parts of an upload there are."""
    return {path.suffix for path in uploads.folder().iterdir() if path.stem == str(about.id)}


def test_a_check_that_met_a_fault_is_done_again_and_leaves_nothing_half(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    about, job_id = ask_check(event, lists.csv(*lists.people(2), "Max;;m@b.example;Gast"))

    def fail(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(uploads, "keep_preview", fail)
        assert tasks.jobs.run_due.run() == 0
    assert (done(job_id).state, kept(about)) == (JobState.NEW, {".about", ".file"})
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        assert tasks.jobs.run_due.run() == 1
        found = uploads.find_preview(about, locale="en")
    assert found is not None
    assert (found.count_all, found.count_good, found.count_bad) == (3, 2, 1)
    assert kept(about) == {".about", ".file", ".preview", ".reasons"}
    assert uploads.find_preview(about, locale="de") is None
    assert people_in() == 0


def test_a_list_that_is_taken_back_while_it_is_checked_leaves_nothing(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    about, job_id = ask_check(event, lists.csv("Max;;m@b.example;Gast"))
    write: Callable[..., None] = sheets.write_reasons

    def write_late(*arguments: object) -> None:
        with transaction():
            assert jobs.cancel(job_id, actor="account:1")
        uploads.discard(about.id)
        write(*arguments)

    monkeypatch.setattr(sheets, "write_reasons", write_late)
    assert tasks.jobs.run_due.run() == 0
    assert (done(job_id).state, kept(about)) == (JobState.CANCELLED, set())
    assert not list(jobs.folder().iterdir())


def test_a_list_that_nobody_was_taken_from_is_checked_anew(event: Event) -> None:
    about, _ = ask_check(event, lists.csv("Max;;m@b.example;Gast"))
    tasks.jobs.run_due.run()
    assert uploads.find_preview(about, locale="en")
    parameters = {"apply": "all", "by": "organiser", "locale": "en", "alliance": "MR4B", "role": ""}
    with transaction():
        jobs.ask(
            event_id=event.id,
            kind=JobKind.IMPORT,
            parameters={**parameters, "upload": str(about.id), "columns": "auto"},
            account_id=None,
        )
    tasks.jobs.run_due.run()
    assert kept(about) == {".about", ".file"}


def test_the_file_can_be_corrected_and_brought_again(event: Event) -> None:
    job_id = ask(event, lists.csv(*lists.people(2), "Max;;m@b.example;Gast"))
    tasks.jobs.run_due.run()
    back = tables.read(jobs.path_of(done(job_id)).read_bytes(), "")
    lines = [";".join(tables.text_of(cell) for cell in row.cells[:4]) for row in back.rows]
    corrected = "\n".join(lines).replace("Max;;", "Max;Au;")
    again = ask(event, corrected.encode())
    tasks.jobs.run_due.run()
    assert (done(again).outcome or {})["applied"] == 1
    assert people_in() == 3

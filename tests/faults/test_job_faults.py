"""Workers are killed with ``kill -9`` while they make a print run: its file is the same."""

import uuid
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

import tasks.jobs
from registration import clock
from registration.database import db, transaction
from registration.models.badges import Printed, PrintRun
from registration.models.events import Event
from registration.models.jobs import Job, JobState
from registration.services import jobs
from registration.services.badges.runs import asking, planning
from registration.services.badges.runs.orders import Grouping, Layout, Order
from registration.services.events import Prospectus
from tests import factories, workers

PEOPLE = 34
ALLIANCES = ("MR4B", "BIOZ", "VOGTLAND")
ORDER = Order(design="l4785", layout=Layout(cut_marks=True, blanks=3))
ORDERS = {
    "sheets": ORDER,
    "files": Order(design="a6", layout=Layout(grouping=Grouping.FILES, duplex=True)),
}


@pytest.fixture(autouse=True)
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)
    return tmp_path / "jobs"


@pytest.fixture
def people(event: Event) -> None:
    for number in range(PEOPLE):
        factories.register(event, family_name=f"Person {number}", alliance=ALLIANCES[number % 3])


def ask(prospectus: Prospectus, order: Order = ORDER) -> uuid.UUID:
    with transaction():
        run = asking.ask(prospectus, order, reason="again", account_id=None)
        assert run.job_id is not None
        return run.job_id


def made_twice(
    prospectus: Prospectus, monkeypatch: pytest.MonkeyPatch, order: Order = ORDER
) -> tuple[bytes, uuid.UUID]:
    """Let nobody die once; return that file, and a job that asks for the same at the same time."""
    monkeypatch.setattr(planning, "PART", workers.PART)
    with time_machine.travel(clock.now(), tick=False):
        other = ask(prospectus, order)
        with transaction():
            db.session.get_one(Job, other).state = "held"
        whole = ask(prospectus, order)  # another, since the first is not being made
    assert whole != other
    assert tasks.jobs.run_due.run() == 1
    expected = jobs.path_of(jobs.get(whole)).read_bytes()
    with transaction():
        db.session.get_one(Job, other).state = JobState.NEW
    db.session.rollback()
    return expected, other


def check(job_id: uuid.UUID, expected: bytes, folder: Path) -> None:
    db.session.rollback()
    job = jobs.get(job_id)
    assert job.state == JobState.DONE, job.last_error
    assert (folder / str(job_id)).read_bytes() == expected
    run = db.session.scalars(select(PrintRun).filter_by(job_id=job_id)).one()
    printed = db.session.scalars(select(Printed.badge_id).filter_by(run_id=run.id)).all()
    assert run.finished_at is not None
    assert run.badges == len(printed) == len(set(printed)) == PEOPLE
    jobs.sweep()
    assert not list(folder.glob("*.*"))


def test_two_workers_share_a_run_and_their_file_is_that_of_one(
    app: Flask,
    people: None,
    prospectus: Prospectus,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected, job_id = made_twice(prospectus, monkeypatch)
    planned, *drawn = workers.run(app, ["placing:2"], ["", ""])
    assert planned == []
    assert all(drawn), "each has drawn a part"
    assert sorted(number for each in drawn for number in each) == [0, 1, 2, 3]
    check(job_id, expected, folder)


def test_a_run_survives_kill_9_of_each_of_its_workers(
    app: Flask,
    people: None,
    prospectus: Prospectus,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected, job_id = made_twice(prospectus, monkeypatch)
    drawn = workers.run(app, ["planning:2"], ["drawing:15"], ["merging:2"], [""])
    assert drawn == [[], [0], [1, 2, 3], []], "what was drawn is not drawn again"
    check(job_id, expected, folder)


@pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True)
def test_twin_that_settles_before_it_draws_loses_badges_when_it_is_killed(
    app: Flask,
    people: None,
    prospectus: Prospectus,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected, job_id = made_twice(prospectus, monkeypatch)
    workers.run(app, ["drawing:15"], [""], twin=True)
    with pytest.raises(AssertionError):
        check(job_id, expected, folder)


@pytest.mark.long
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "rounds",
    [
        *[[[f"planning:{call}"]] for call in (1, 2, 3, 4)],
        *[[[f"placing:{call}"]] for call in (1, 2, 3, 4)],
        *[[[f"drawing:{call}"]] for call in range(1, PEOPLE, 3)],
        *[[[f"merging:{call}"]] for call in (1, 2, 3, 4)],
        [["finishing:1"]],
        [["clearing:1"]],
        [["planning:2"], ["placing:1"], ["drawing:5"], ["merging:1"], ["finishing:1"]],
        [["placing:2"], ["drawing:5", "drawing:5"], ["drawing:5", ""], ["merging:3"]],
    ],
)
def test_a_run_survives_kill_9_at_any_point(
    app: Flask,
    people: None,
    prospectus: Prospectus,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    rounds: list[list[str]],
    order: str,
) -> None:
    expected, job_id = made_twice(prospectus, monkeypatch, ORDERS[order])
    workers.run(app, *rounds, [""])
    check(job_id, expected, folder)

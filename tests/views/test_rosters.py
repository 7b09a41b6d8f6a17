"""Lists and badges as files of the console."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.jobs import Job, JobState
from registration.services import jobs
from tasks.jobs import expire, run_due
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of

HERE = "/organise/werkstatt"


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """A browser in which an organiser of the small event looks at its files."""
    browser = signed_in(app)
    browser.get(f"{HERE}/rosters")
    return browser


def only_job() -> Job:
    db.session.rollback()
    return db.session.scalars(select(Job)).one()


def address_of(job: Job) -> str:
    return f"{HERE}/files/{job.id}"


@pytest.mark.parametrize(
    ("file_format", "begins", "ending"),
    [
        ("csv", b"", ".csv"),
        ("csv-excel", b"\xef\xbb\xbf", ".csv"),
        ("xlsx", b"PK", ".xlsx"),
        ("pdf", b"%PDF-", ".pdf"),
    ],
)
def test_a_list_is_asked_for_made_and_downloaded(
    event: Event, organiser: Browser, file_format: str, begins: bytes, ending: str
) -> None:
    factories.register(event)
    asked = organiser.post(f"{HERE}/rosters", kind="attendance", format=file_format)
    assert asked.status_code == 303
    job = only_job()
    assert job.account_id is not None
    assert job.parameters == {"kind": "attendance", "format": file_format, "locale": "en"}
    assert "Waiting for the worker" in text_of(organiser.get(f"{HERE}/rosters"))
    run_due()
    page = organiser.get(f"{HERE}/rosters")
    assert address_of(job) in page.text
    assert faults_of(page) == []
    file = organiser.get(address_of(job))
    assert file.status_code == 200
    assert file.data.startswith(begins)
    assert len(file.data) == only_job().size
    disposition = file.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert ending in disposition
    assert file.headers["Cache-Control"] == "no-store"
    entry = db.session.scalars(select(AuditEntry).filter_by(action="job.downloaded")).one()
    assert entry.subject == f"job:{job.id}"


def test_all_badges_are_asked_for_as_one_pdf(event: Event, organiser: Browser) -> None:
    factories.register(event)
    assert organiser.post(f"{HERE}/badges").status_code == 303
    run_due()
    file = organiser.get(address_of(only_job()))
    assert file.data.startswith(b"%PDF-")


def test_one_badge_is_downloaded_and_that_is_written_down(event: Event, organiser: Browser) -> None:
    person = factories.register(event)
    file = organiser.get(f"{HERE}/registrations/{person.id}/badge.pdf")
    assert file.data.startswith(b"%PDF-")
    assert f"badge-{person.short_code}.pdf" in file.headers["Content-Disposition"]
    assert "Badge downloaded" in text_of(organiser.get(f"{HERE}/registrations/{person.id}"))


def test_who_has_no_badge_has_none_to_download(event: Event, organiser: Browser) -> None:
    asked = factories.register(event, role="guest", alliance="")
    assert organiser.get(f"{HERE}/registrations/{asked.id}/badge.pdf").status_code == 404


def test_a_file_needs_a_sign_in(app: Flask, event: Event, organiser: Browser) -> None:
    organiser.post(f"{HERE}/rosters", kind="attendance", format="csv")
    run_due()
    stranger = Browser(app).get(address_of(only_job()))
    assert stranger.status_code == 303
    assert "/organise/sign-in" in stranger.location
    assert b"Gro" not in stranger.data


def test_a_file_of_another_event_is_not_found(event: Event, organiser: Browser) -> None:
    factories.make_event("andere")
    organiser.post(f"{HERE}/rosters", kind="attendance", format="csv")
    run_due()
    assert organiser.get(f"/organise/andere/files/{only_job().id}").status_code == 404


def test_a_file_that_is_still_being_made_says_so(event: Event, organiser: Browser) -> None:
    organiser.post(f"{HERE}/rosters", kind="attendance", format="csv")
    page = organiser.get(address_of(only_job()))
    assert page.status_code == 409
    assert "This file is still being made." in text_of(page)
    assert not db.session.scalars(select(AuditEntry).filter_by(action="job.downloaded")).all()


@pytest.mark.parametrize("swept", [False, True])
def test_a_file_expires_and_says_so(
    app: Flask, event: Event, organiser: Browser, swept: bool
) -> None:
    app.config["SESSION_HOURS"], hours = 10_000, app.config["SESSION_HOURS"]
    organiser.post(f"{HERE}/rosters", kind="attendance", format="csv")
    run_due()
    later = clock.now() + timedelta(hours=app.config["JOB_HOURS"], seconds=5)
    with time_machine.travel(later, tick=False):
        if swept:
            expire()
            assert not (jobs.folder() / str(only_job().id)).exists()
        page = organiser.get(address_of(only_job()))
        assert page.status_code == 404
        assert "This file has expired" in text_of(page)
    app.config["SESSION_HOURS"] = hours


def test_a_job_that_failed_says_why_and_offers_no_file(event: Event, organiser: Browser) -> None:
    organiser.post(f"{HERE}/rosters", kind="attendance", format="csv")
    with transaction():
        job = db.session.scalars(select(Job)).one()
        job.state, job.last_error = JobState.FAILED, "OSError: no space left <disk>"
    page = organiser.get(f"{HERE}/rosters")
    assert "OSError: no space left <disk>" in text_of(page)
    assert address_of(only_job()) not in page.text
    assert organiser.get(address_of(only_job())).status_code == 409


def test_a_running_job_shows_how_far_it_is(event: Event, organiser: Browser) -> None:
    organiser.post(f"{HERE}/rosters", kind="attendance", format="csv")
    with transaction():
        job = db.session.scalars(select(Job)).one()
        job.state, job.done, job.total = JobState.RUNNING, 40, 100
    fragment = organiser.get(f"{HERE}/rosters?fragment=1").text
    assert 'max="100"' in fragment
    assert 'value="40"' in fragment
    assert "data-live-rest" not in fragment
    assert "<html" not in fragment


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "x", "format": "csv"},
        {"kind": "attendance", "format": "x"},
        {"kind": "attendance", "format": ""},
    ],
)
def test_a_list_that_there_is_not_is_refused_at_its_field(
    event: Event, organiser: Browser, fields: dict[str, str]
) -> None:
    page = organiser.post(f"{HERE}/rosters", **fields)
    assert page.status_code == 422
    assert "Choose one of these." in text_of(page)
    assert not db.session.scalars(select(Job)).all()

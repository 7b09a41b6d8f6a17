"""Badges in the console: print runs are asked for, watched, cancelled and downloaded."""

import io
import re
import uuid
from datetime import timedelta

import pypdf
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction
from registration.models.audit import AuditEntry
from registration.models.badges import PrintRun
from registration.models.events import Event
from registration.models.jobs import Job, JobState
from registration.services import jobs
from registration.services.badges.runs import history
from registration.services.badges.runs.orders import Grouping, Order, Paper, Which
from tasks.jobs import expire, run_due
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of
from tests.documents import Page

HERE = "/organise/werkstatt"
PLAIN = {
    "which": "all",
    "design": "a6",
    "locale": "de",
    "paper": "sheet",
    "grouping": "none",
}


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """A browser in which an organiser of the small event looks at its badges."""
    browser = signed_in(app)
    browser.get(f"{HERE}/badges")
    return browser


def only_run() -> PrintRun:
    db.session.rollback()
    return db.session.scalars(select(PrintRun)).one()


def file_of(run: PrintRun) -> str:
    return f"{HERE}/files/{run.job_id}"


def test_badges_are_asked_for_made_and_downloaded(event: Event, organiser: Browser) -> None:
    factories.register(event)
    assert "1 badge in force · 1 not yet printed" in text_of(organiser.get(f"{HERE}/badges"))
    more = {"duplex": "y", "cut_marks": "y", "offset_x": "1,5", "offset_y": "−2", "blanks": "3"}
    asked = organiser.post(f"{HERE}/badges", **{**PLAIN, "alliance": "MR4B", **more})
    assert asked.status_code == 303
    run = only_run()
    order = Order.read(run.selection)
    assert (order.selection.which, order.selection.alliance) == (Which.ALL, "MR4B")
    assert (order.layout.paper, order.layout.grouping) == (Paper.SHEET, Grouping.NONE)
    assert (order.layout.offset_x, order.layout.offset_y, order.layout.blanks) == (1.5, -2, 3)
    assert order.layout.duplex
    assert order.layout.cut_marks
    waiting = organiser.get(f"{HERE}/badges?fragment=1")
    assert "Waiting for the worker" in text_of(waiting)
    assert "data-live-rest" not in waiting.text
    run_due()
    page = organiser.get(f"{HERE}/badges")
    assert faults_of(page) == []
    assert "1 badge in force · 0 not yet printed" in text_of(page)
    assert file_of(run) in page.text
    file = organiser.get(file_of(run))
    assert file.data.startswith(b"%PDF-")
    assert "Änne" in pypdf.PdfReader(io.BytesIO(file.data)).pages[0].extract_text()
    db.session.rollback()
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert {"job.asked", "badges.printed", "job.downloaded"} <= set(actions)


def test_a_page_of_a_run_says_what_was_asked_for(event: Event, organiser: Browser) -> None:
    factories.register(event, given_name="W" * 80, family_name="W" * 80)
    factories.register(event, given_name="Bernhardinewilhelminechen", family_name="李")
    organiser.post(f"{HERE}/badges", **{**PLAIN, "design": "l4784", "blanks": "2"})
    run_due()
    page = organiser.get(f"{HERE}/badges/{only_run().id}")
    assert faults_of(page) == []
    assert "Look at these before you print" in text_of(page)
    assert "Avery L4784" in text_of(page)
    assert "Words are missing: “WW" in text_of(page)
    assert "Smaller than the design wants: “Bernhardinewilhelminechen”" in text_of(page)
    assert "The font does not have all letters of" in text_of(page)
    assert "Look at 2 badges first" in text_of(organiser.get(f"{HERE}/badges"))


def test_a_run_that_is_made_shows_how_far_it_is_and_can_be_cancelled(
    event: Event, organiser: Browser
) -> None:
    factories.register(event)
    organiser.post(f"{HERE}/badges", **PLAIN)
    with transaction():
        job = db.session.scalars(select(Job)).one()
        job.state, job.done, job.total = JobState.RUNNING, 40, 100
    run = only_run()
    stray = jobs.folder() / f"{run.job_id}.part-00000"
    stray.touch()
    fragment = organiser.get(f"{HERE}/badges?fragment=1").text
    assert 'max="100"' in fragment
    assert 'value="40"' in fragment
    assert organiser.post(f"{HERE}/badges/{run.id}/cancel").status_code == 303
    assert not stray.exists()
    assert run_due() == 0
    page = text_of(organiser.get(f"{HERE}/badges"))
    assert "Nothing of it counts as printed" in page
    assert "1 not yet printed" in page
    assert organiser.get(file_of(run)).status_code == 404
    organiser.post(f"{HERE}/badges/{run.id}/cancel")
    assert "It was too late" in text_of(organiser.get(f"{HERE}/badges"))


def test_a_run_whose_design_was_deleted_fails_at_once_and_says_so(
    event: Event, organiser: Browser
) -> None:
    factories.register(event)
    organiser.post(f"{HERE}/designs/a6/copy")
    for _ in range(2):
        organiser.post(f"{HERE}/badges", **{**PLAIN, "design": "a6-2"})
    organiser.post(f"{HERE}/designs/a6-2/restore")
    run_due()
    job = db.session.get_one(Job, only_run().job_id)
    assert (job.state, job.attempts) == (JobState.FAILED, 1)
    assert "has been changed or deleted since" in text_of(organiser.get(f"{HERE}/badges"))


def test_a_file_needs_a_sign_in_and_belongs_to_one_event(
    app: Flask, event: Event, organiser: Browser
) -> None:
    factories.register(event)
    factories.make_event("andere")
    organiser.post(f"{HERE}/badges", **PLAIN)
    run_due()
    run = only_run()
    stranger = Browser(app).get(file_of(run))
    assert stranger.status_code == 303
    assert "/organise/sign-in" in stranger.location
    elsewhere = f"/organise/andere/badges/{run.id}"
    for address in (f"/organise/andere/files/{run.job_id}", elsewhere, f"{elsewhere}/badge.pdf"):
        assert organiser.get(address).status_code == 404
    assert organiser.post(f"{elsewhere}/cancel").status_code == 404


@pytest.mark.parametrize("swept", [False, True])
def test_an_expired_file_is_not_there(
    app: Flask,
    event: Event,
    organiser: Browser,
    swept: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "SESSION_HOURS", 10_000)
    factories.register(event)
    organiser.post(f"{HERE}/badges", **PLAIN)
    run_due()
    run = only_run()
    later = clock.now() + timedelta(hours=app.config["JOB_HOURS"], seconds=5)
    with time_machine.travel(later, tick=False):
        if swept:
            expire()
            assert not (jobs.folder() / str(run.job_id)).exists()
            assert "Printed, file deleted" in text_of(organiser.get(f"{HERE}/badges"))
        page = organiser.get(file_of(run))
    assert page.status_code == 404
    assert "expired" in text_of(page)


@pytest.mark.parametrize(
    ("told", "field", "said"),
    [
        ({"which": "none"}, "which", "Choose one of these."),
        ({"design": "a5"}, "design", "Choose one of these."),
        ({"offset_x": "21"}, "offset_x", "Enter a number from -20 to 20."),
        ({"offset_y": "viel"}, "offset_y", "Enter a number from -20 to 20."),
        ({"blanks": "1.5"}, "blanks", "Enter a number from 0 to 500."),
        ({"alliance": "BIOZ"}, "which", "Nobody’s badge is meant by this."),
        ({"reason": "x" * 201}, "reason", "Please shorten this to 200 characters"),
    ],
)
def test_what_cannot_be_printed_is_said_at_its_field(
    event: Event, organiser: Browser, told: dict[str, str], field: str, said: str
) -> None:
    factories.register(event)
    page = organiser.post(f"{HERE}/badges", **{**PLAIN, **told})
    assert page.status_code == 422
    assert Page(page.text).error_at(field).startswith(said)
    assert not db.session.scalars(select(Job)).all()


def test_printing_again_asks_for_a_reason(event: Event, organiser: Browser) -> None:
    factories.register(event)
    organiser.post(f"{HERE}/badges", **PLAIN)
    run_due()
    page = organiser.post(f"{HERE}/badges", **PLAIN)
    assert page.status_code == 422
    assert "printed before" in Page(page.text).error_at("reason")
    assert organiser.post(f"{HERE}/badges", **PLAIN, reason="Regen").status_code == 303
    assert "Regen" in text_of(organiser.get(f"{HERE}/badges"))


def test_marked_people_are_printed(event: Event, organiser: Browser) -> None:
    chosen = factories.register(event, family_name="Groß")
    factories.register(event, family_name="Ott")
    asked = factories.register(event, role="guest", alliance="", family_name="Pauli")
    marked = [str(chosen.id), str(asked.id), "x", str(uuid.uuid4())]
    page = organiser.post(f"{HERE}/badges/chosen", id=marked)
    assert faults_of(page) == []
    ids = re.findall(r'name="id"\s+value="([^"]+)"', page.text)
    assert ids == [str(chosen.id)]
    assert organiser.post(f"{HERE}/badges", **PLAIN, id=ids).status_code == 303
    run_due()
    assert only_run().badges == 1
    assert "1 chosen person" in text_of(organiser.get(f"{HERE}/badges"))


def test_one_badge_is_printed_at_once(event: Event, organiser: Browser) -> None:
    person = factories.register(event, locale="en")
    here = f"{HERE}/registrations/{person.id}"
    assert "data-print-badge" in organiser.get(here).text
    sent = organiser.post(f"{here}/print", design="label")
    assert sent.status_code == 303
    file = organiser.get(sent.location)
    assert file.headers["Content-Disposition"].startswith("inline")
    assert "frame-ancestors 'self'" in file.headers["Content-Security-Policy"]
    (page,) = pypdf.PdfReader(io.BytesIO(file.data)).pages
    assert [round(float(edge) / 72 * 25.4) for edge in page.mediabox] == [0, 0, 62, 100]
    assert "Delegate" in page.extract_text()
    again = organiser.post(f"{here}/print", design="label")
    assert again.status_code == 422
    assert faults_of(again) == []
    assert "printed before" in Page(again.text).error_at("reason")
    assert organiser.post(f"{here}/print", design="a6", reason="Verloren").status_code == 303
    shown = text_of(organiser.get(f"{here}/print"))
    assert "Verloren" in shown
    assert "Änne Groß" in text_of(organiser.get(f"{HERE}/badges"))
    told = text_of(organiser.get(here))
    assert told.count("at the door, 62 × 100 mm") == 1
    assert told.count("at the door, A6") == 1


def test_what_does_not_fit_on_one_badge_is_shown_before_it_is_printed(
    event: Event, organiser: Browser
) -> None:
    """As a run of it would tell; another design is looked at anew."""
    person = factories.register(event, given_name="Ada \u4e2d", family_name="W" * 80)
    here = f"{HERE}/registrations/{person.id}/print"
    shown = organiser.post(here, design="l4784")
    assert shown.status_code == 422
    assert faults_of(shown) == []
    told = text_of(shown)
    assert "Look at this before you print" in told
    assert "Words are missing: “WWW" in told
    assert "The font does not have all letters of “Ada" in told
    seen = Page(shown.text).values["seen"]
    assert organiser.post(here, design="a7", seen=seen).status_code == 422
    assert not list(db.session.scalars(select(PrintRun)))
    assert organiser.post(here, design="l4784", seen=seen).status_code == 303
    (warned,) = history.warnings_of(only_run().id)
    assert [each.code for each in warned.warnings] == ["missing_letters", "cut"]


def test_who_has_no_badge_has_none_to_print(event: Event, organiser: Browser) -> None:
    asked = factories.register(event, role="guest", alliance="")
    assert organiser.get(f"{HERE}/registrations/{asked.id}/print").status_code == 404
    assert organiser.post(f"{HERE}/registrations/{asked.id}/print").status_code == 404

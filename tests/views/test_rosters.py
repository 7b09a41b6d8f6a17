"""Lists and badges as files of the console."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Connection, select
from werkzeug.test import TestResponse

from registration import clock
from registration.database import db, transaction
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.jobs import Job, JobState
from registration.models.rosters import RosterPreset
from registration.services import jobs
from registration.services.rosters import COUNTS, PROOFS, RosterKind
from registration.services.rosters.reading import Line, Reader
from registration.views.rosters import lists
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
    for _pressed in range(2):
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


def test_what_was_deleted_before_its_file_was_made_fails_at_once_and_is_told_in_words(
    event: Event, organiser: Browser
) -> None:
    here = compose(organiser).location
    organiser.post(f"{HERE}/rosters", kind=here.rpartition("/")[2], format="csv")
    organiser.post(f"{HERE}/rosters/own/{only_list().id}/remove")
    run_due()
    assert (only_job().state, only_job().attempts) == (JobState.FAILED, 1)
    page = text_of(organiser.get(f"{HERE}/rosters"))
    assert "has been changed or deleted since. Please ask for it once more." in page
    assert "NotFound" not in page


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


OWN = {
    "kind": "delegation",
    "title": "For the bus",
    "file-family_name": "y",
    "at-family_name": "2",
    "file-room": "y",
    "paper-room": "y",
    "at-room": "1",
    "paper-name": "y",
    "at-name": "3",
    "states": "confirmed",
    "attendance": "any",
    "photo_consent": "any",
    "sort": "name",
    "group_by": "",
    "layout": "portrait",
}


def compose(organiser: Browser, **changes: str) -> TestResponse:
    organiser.get(f"{HERE}/rosters/new")
    return organiser.post(f"{HERE}/rosters/new", **{**OWN, **changes})


def noted(action: str) -> Sequence[AuditEntry]:
    db.session.rollback()
    query = select(AuditEntry).filter_by(action=action).order_by(AuditEntry.id)
    return db.session.scalars(query).all()


def only_list() -> RosterPreset:
    db.session.rollback()
    return db.session.scalars(select(RosterPreset)).one()


def test_every_ready_made_list_says_for_whom_it_is_and_can_be_had(
    event: Event, organiser: Browser
) -> None:
    factories.register(event)
    start = organiser.get(f"{HERE}/rosters")
    assert faults_of(start) == []
    given = {"recipient": "Pforte", "purpose": "Gästeliste", "locale": "de"}
    given["expires"] = "2026-01-20"
    for kind in RosterKind:
        assert f"{HERE}/rosters/{kind}" in start.text
        assert faults_of(organiser.get(f"{HERE}/rosters/{kind}")) == []
        paper = organiser.post(f"{HERE}/rosters/{kind}/print", **given)
        assert paper.status_code == 200
        assert faults_of(paper) == []
        assert 'lang="de"' in paper.text
        assert (event.programme_line in paper.text) == (kind in PROOFS)
        totals = re.findall(r'<tfoot>\s*<tr>\s*<th scope="row">Gesamt</th>', paper.text)
        assert bool(totals) == (kind in COUNTS)
    shown = noted("roster.shown")
    assert [entry.subject for entry in shown] == [f"roster:{kind}" for kind in RosterKind]
    assert {entry.detail["recipient"] for entry in shown} == {"Pforte"}


def test_a_page_says_how_many_it_leaves_out_and_where_all_of_them_are(
    event: Event, organiser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Ada", "Zoe"):
        factories.register(event, given_name=name)
    monkeypatch.setattr(lists, "MOST_ON_A_PAGE", 1)
    page = organiser.get(f"{HERE}/rosters/attendance/print")
    assert "the first 1 people. For all of them, please make the PDF." in text_of(page)
    assert "2 people" in text_of(page)
    assert "Ada" in page.text
    assert "Zoe" not in page.text


def test_a_csv_begins_before_anybody_is_read_and_is_written_down(
    event: Event, organiser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.register(event)
    pieces: list[str] = []
    read = Reader.chunks

    def watched(self: Reader, connection: Connection) -> Iterator[Sequence[Line]]:
        pieces.append("people")
        return read(self, connection)

    monkeypatch.setattr(Reader, "chunks", watched)
    with organiser.app.app_context():
        answer = organiser.client.get(f"{HERE}/rosters/attendance.csv?form=programs")
        stream = answer.iter_encoded()
        assert next(iter(stream)).startswith(b"alliance,family_name")
        assert pieces == []
        assert b"MR4B" in b"".join(stream)
        answer.close()
    assert answer.headers["Cache-Control"] == "no-store"
    (entry,) = noted("roster.downloaded")
    assert entry.detail["format"] == "csv"
    (sent,) = noted("roster.sent")
    assert sent.detail == {"people": 1}


def test_a_list_for_the_house_needs_a_recipient_a_purpose_and_an_end(
    event: Event, organiser: Browser
) -> None:
    factories.register(event)
    refused = organiser.post(f"{HERE}/rosters", kind="security", format="xlsx", recipient="Pforte")
    assert refused.status_code == 422
    assert "Needed on a list that leaves the house" in text_of(refused)
    assert organiser.get(f"{HERE}/rosters/security.csv").status_code == 422
    assert organiser.get(f"{HERE}/rosters/security/print").status_code == 422
    told = "recipient=Pforte&purpose=G%C3%A4ste"
    assert organiser.get(f"{HERE}/rosters/security.csv?{told}").status_code == 422
    assert (
        f'value="{event.held_on + timedelta(days=1)}"'
        in organiser.get(f"{HERE}/rosters/security").text
    )
    asked = organiser.get(f"{HERE}/rosters/security.csv?{told}&expires=2026-01-20")
    assert asked.data.decode("utf-8-sig").startswith("Family name;Given name;Organisation\r\n")
    (entry,) = noted("roster.downloaded")
    assert (entry.detail["recipient"], entry.detail["purpose"]) == ("Pforte", "Gäste")
    assert entry.detail["columns"] == "family_name, given_name, organisation"


def test_a_list_of_ones_own_is_put_together_changed_run_and_removed(
    event: Event, organiser: Browser
) -> None:
    factories.register(event)
    saved = compose(organiser)
    assert saved.status_code == 303
    here = saved.location
    assert faults_of(organiser.get(here)) == []
    file = organiser.get(f"{here}.csv?form=programs")
    assert file.text.startswith("room,family_name\r\n"), "in the order of their numbers"
    paper = organiser.get(f"{here}/print")
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)', paper.text)
    assert heads == ["Room", "Name"]
    edit = f"{HERE}/rosters/own/{only_list().id}"
    page = organiser.get(edit)
    assert faults_of(page) == []
    again = organiser.post(edit, **{**OWN, "title": "For the train", "at-room": "9"})
    assert again.status_code == 303
    assert organiser.get(f"{here}.csv?form=programs").text.startswith("family_name,room\r\n")
    organiser.post(f"{HERE}/rosters", kind=here.rpartition("/")[2], format="xlsx")
    run_due()
    assert only_job().state == JobState.DONE
    assert "For the train · XLSX" in text_of(organiser.get(f"{HERE}/rosters"))
    assert organiser.post(f"{edit}/remove").status_code == 303
    assert organiser.get(here).status_code == 404


WRONG: Sequence[tuple[dict[str, str], str]] = (
    ({"title": " "}, "Give your list a title."),
    ({"at-room": "first"}, "Write the order of columns in whole numbers"),
    ({"kind": "security", "file-email": "y"}, "This list leaves your hands"),
    ({"roles": "jester"}, "Something chosen here is not there any more."),
    (dict.fromkeys((each for each in OWN if "-" in each), ""), "Tick at least one column."),
)


def test_a_list_that_cannot_be_kept_says_why_and_keeps_what_was_entered(
    event: Event, organiser: Browser
) -> None:
    for changes, said in WRONG:
        page = compose(organiser, **changes)
        assert page.status_code == 422
        assert said in text_of(page)
        assert faults_of(page) == []
        assert "title" in changes or 'value="For the bus"' in page.text
    db.session.rollback()
    assert not db.session.scalars(select(RosterPreset)).all()


HUGE = "9" * 20


def test_numbers_that_no_column_holds_mean_nothing(event: Event, organiser: Browser) -> None:
    places = (f"own-{HUGE}", f"own/{HUGE}", f"own-{'9' * 5000}", f"own/{HUGE}/remove")
    addresses = [*(f"{HERE}/rosters/{place}" for place in places), f"{HERE}/logos/{HUGE}"]
    assert [organiser.get(address).status_code for address in addresses] == [404] * 5
    page = compose(organiser, **{"at-room": "0001" + "0" * 5000})
    assert "Write the order of columns in whole numbers" in text_of(page)


def test_what_a_database_cannot_hold_is_no_fault_of_ours(event: Event, organiser: Browser) -> None:
    for address in (f"{HERE}/certificates?q=%00", f"{HERE}/designs/%00"):
        assert organiser.get(address).status_code in {200, 400, 404}
    assert organiser.get(f"{HERE}/wordings/confirmation/de/versions/{HUGE}").status_code in {
        *(400, 404),
    }


def test_a_day_is_taken_however_the_standard_writes_it(event: Event, organiser: Browser) -> None:
    told = {"kind": "security", "format": "csv", "recipient": "Pforte", "purpose": "Einlass"}
    asked = organiser.post(f"{HERE}/rosters", **told, expires="20261130")
    assert asked.status_code == 303
    assert only_job().parameters["expires"] == "2026-11-30"


def test_two_lists_cannot_have_one_title(event: Event, organiser: Browser) -> None:
    compose(organiser)
    page = compose(organiser)
    assert page.status_code == 422
    assert "Another list has this title." in text_of(page)


def test_a_list_of_another_event_is_not_found(event: Event, organiser: Browser) -> None:
    factories.make_event("andere")
    name = compose(organiser).location.rpartition("/")[2]
    there = "/organise/andere/rosters"
    for address in (name, f"{name}.csv", f"{name}/print", "own/1", "own-x", "nothing"):
        assert organiser.get(f"{there}/{address}").status_code == 404
    assert organiser.post(there, kind=name, format="xlsx").status_code == 422


def test_a_file_that_nobody_wants_any_more_is_not_made(event: Event, organiser: Browser) -> None:
    organiser.post(f"{HERE}/rosters", kind="attendance", format="xlsx")
    assert organiser.post(f"{address_of(only_job())}/cancel").status_code == 303
    run_due()
    assert only_job().state == JobState.CANCELLED
    assert organiser.get(address_of(only_job())).status_code == 404

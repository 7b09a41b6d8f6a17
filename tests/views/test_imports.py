"""Lists are brought, looked at, corrected and taken over in the console and by coordinators."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

import tasks.jobs
from registration import clock
from registration.database import db, transaction
from registration.models.events import Event
from registration.models.jobs import JobKind
from registration.services import jobs, quotas, tables
from registration.services.events import get_prospectus, revise
from registration.services.imports import uploads
from tests import coordinators, factories, lists
from tests.console import Browser, faults_of, signed_in, text_of
from tests.coordinators import HERE, THERE

CONSOLE = "/organise/werkstatt/import"
BAD = "Max;;max@;Hofnarr"


@pytest.fixture(autouse=True)
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)
    return tmp_path / "uploads"


@pytest.fixture
def event(app: Flask) -> Event:
    return coordinators.make_event()


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    return signed_in(app)


@pytest.fixture
def coordinator(app: Flask, event: Event) -> Browser:
    return coordinators.signed_in(app, event)


def bring(
    browser: Browser, content: bytes, *, place: str = CONSOLE, name: str = "liste.csv", **told: Any
) -> TestResponse:
    browser.get(place)
    brought = browser.post(place, sheet=(io.BytesIO(content), name), **told)
    brought.request.environ["wsgi.input"].close()  # the test client leaves large ones open
    return brought


def look(browser: Browser, content: bytes, *, place: str = CONSOLE, **told: Any) -> tuple[str, str]:
    """Bring a list; return its address, and what its page says."""
    brought = bring(browser, content, place=place, **told)
    assert brought.status_code == 303, text_of(brought)
    page = browser.get(brought.location)
    assert page.status_code == 200
    assert not faults_of(page)
    return brought.location, text_of(page)


def people_in(event: Event) -> int:
    count = quotas.count_holders(event.id, None, None)
    db.session.rollback()  # else what is done next would be done on what was true here
    return count


def test_a_list_is_brought_looked_at_and_taken_over(organiser: Browser, event: Event) -> None:
    content = lists.csv(*lists.people(3), encoding="cp1252")
    address, said = look(organiser, content, alliance="MR4B")
    assert "All 3 people can be registered" in said
    assert people_in(event) == 0
    taken = organiser.post(f"{address}/apply", apply="all")
    assert taken.status_code == 303
    assert "Waiting for the worker" in text_of(organiser.get(taken.location))
    tasks.jobs.run_due.run()
    page = organiser.get(taken.location)
    assert "All 3 people are registered" in text_of(page)
    assert not faults_of(page)
    assert people_in(event) == 3
    assert organiser.get(address).status_code == 404
    assert "3 people registered" in text_of(organiser.get(CONSOLE))


def test_problems_are_shown_by_row_and_column_and_the_good_rows_are_taken(
    organiser: Browser, event: Event
) -> None:
    address, said = look(organiser, lists.csv(*lists.people(2), BAD), alliance="MR4B")
    assert "2 of 3 people can be registered" in said
    assert "4 Nachname: Family name is missing." in said
    assert "Rolle: “Hofnarr” is none of the answers here. There are: Delegate" in said
    assert "Register all" not in said
    reasons = tables.read(organiser.get(f"{address}/reasons.xlsx").data, "")
    assert reasons.rows[0].cells[-1] == "Reasons"
    taken = organiser.post(f"{address}/apply", apply="good").location
    tasks.jobs.run_due.run()
    assert "2 of 3 people are registered" in text_of(organiser.get(taken))
    left = tables.read(organiser.get(f"{taken}/reasons.xlsx").data, "")
    assert "Family name is missing" in str(left.rows[3].cells[-1])
    assert people_in(event) == 2


def test_rows_with_the_same_problem_are_told_together(organiser: Browser, event: Event) -> None:
    factories.set_places(event, 1, alliance="MR4B")
    _, said = look(organiser, lists.csv(*lists.people(5)), alliance="MR4B")
    assert "3–6 Rolle: No place is free for this choice of alliance and role." in said


def test_a_list_for_which_there_is_no_place_is_not_called_wrong(
    organiser: Browser, event: Event
) -> None:
    factories.set_places(event, 0, alliance="MR4B")
    _, said = look(organiser, lists.csv(*lists.people(2)), alliance="MR4B")
    assert "No place is free for anybody on this list" in said
    _, said = look(organiser, lists.csv(*lists.people(1), BAD), alliance="MR4B")
    assert "Please correct it in your spreadsheet" in said


def test_good_rows_between_bad_ones_are_not_told_with_them(organiser: Browser) -> None:
    first, second, third = lists.people(3)
    bad = [each.replace("@", "") for each in (first, third)]
    _, said = look(organiser, lists.csv(bad[0], second, bad[1]), alliance="MR4B")
    assert "2–4" not in said
    assert said.count("Please enter an address") == 2


def test_what_columns_hold_can_be_corrected(organiser: Browser) -> None:
    content = lists.csv("Änne;Groß;a@b.example;rot", header="A;Name;Mail;Farbe")
    address, said = look(organiser, content, alliance="MR4B")
    assert "Not taken over, since we do not know what it is: A, Farbe." in said
    chosen = {"column-0": "given_name", "column-1": "family_name", "column-2": "email"}
    again = organiser.post(f"{address}/columns", **chosen, role="guest")
    assert (again.status_code, again.location) == (303, address)
    page = organiser.get(address)
    assert "The only person on it can be registered" in text_of(page)
    assert re.search(r'value="guest"\s+selected', page.text)
    organiser.post(f"{address}/apply", apply="all")
    tasks.jobs.run_due.run()
    assert "1 person registered" in text_of(organiser.get(CONSOLE))


def test_nonsense_about_columns_changes_nothing_that_is_not_there(organiser: Browser) -> None:
    address, _ = look(organiser, lists.csv(*lists.people(1)), alliance="MR4B")
    sent = {"column-0": "email", "column-1": "email", "column-2": "nothing", "column-99": "role"}
    assert organiser.post(f"{address}/columns", **sent, role="narr").status_code == 303
    assert "We do not know all columns that are needed" in text_of(organiser.get(address))
    assert organiser.post(f"{address}/apply", apply="everything").status_code == 422


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file has no rows"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "in the old format (.xls)"),
        (b"PK\x03\x04", "damaged or incomplete"),
        (b"a;b\n" * 20_002, "more than 20,000 rows"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_advice(
    organiser: Browser, folder: Path, content: bytes, said: str
) -> None:
    refused = bring(organiser, content)
    assert refused.status_code == 422
    assert said in text_of(refused)
    assert not faults_of(refused)
    assert not list(folder.glob("*"))


def test_a_list_of_two_megabytes_is_taken_and_one_of_eleven_is_not(organiser: Browser) -> None:
    wide = lists.csv(*(f"{line};{'x' * 1000}" for line in lists.people(2000)))
    assert len(wide) > 2_000_000
    assert bring(organiser, wide).status_code == 303
    assert bring(organiser, b"x" * 11_000_000).status_code == 413


def long_list(*lines: str) -> bytes:
    return lists.csv(*lists.people(uploads.LONG), *lines)


def test_a_long_list_is_checked_by_a_worker_and_looks_the_same_then(
    organiser: Browser, event: Event
) -> None:
    factories.set_places(event, 1000)
    address = bring(organiser, long_list(BAD), alliance="MR4B").location
    page = organiser.get(address)
    assert "Waiting for the worker" in text_of(page)
    assert f"{address}?fragment=1" in page.text
    assert not faults_of(page)
    assert "liste.csv" in text_of(organiser.get(CONSOLE))
    assert organiser.get(f"{address}/reasons.xlsx").status_code == 404
    for early in ("apply", "columns"):
        assert organiser.post(f"{address}/{early}", apply="good").location == address
    assert people_in(event) == 0
    tasks.jobs.run_due.run()
    assert "data-live-over" in organiser.get(f"{address}?fragment=1").text
    page = organiser.get(address)
    assert "300 of 301 people can be registered" in text_of(page)
    assert "302 Nachname: Family name is missing." in text_of(page)
    assert not faults_of(page)
    reasons = tables.read(organiser.get(f"{address}/reasons.xlsx").data, "")
    assert "Family name is missing" in str(reasons.rows[-1].cells[-1])
    taken = organiser.post(f"{address}/apply", apply="good").location
    tasks.jobs.run_due.run()
    assert "300 of 301 people are registered" in text_of(organiser.get(taken))
    assert "liste.csv" not in text_of(organiser.get(CONSOLE))


def test_a_large_file_that_is_no_list_is_refused_by_the_worker(organiser: Browser) -> None:
    address = bring(organiser, b"PK\x03\x04" + bytes(40_000)).location
    tasks.jobs.run_due.run()
    page = organiser.get(address)
    assert "damaged or incomplete" in text_of(page)
    assert not faults_of(page)
    assert "liste.csv" not in text_of(organiser.get(CONSOLE))


def test_what_is_chosen_for_a_long_list_is_checked_anew(organiser: Browser, event: Event) -> None:
    factories.set_places(event, 1000)
    content = long_list().replace(b"Vorname", b"A", 1)
    address = bring(organiser, content, alliance="MR4B").location
    organiser.post(f"{address}/discard")
    assert tasks.jobs.run_due.run() == 0
    address = bring(organiser, content, alliance="MR4B").location
    tasks.jobs.run_due.run()
    assert "We do not know all columns" in text_of(organiser.get(address))
    chosen = {"column-0": "given_name", "column-1": "family_name", "column-2": "email"}
    organiser.post(f"{address}/columns", **chosen, role="guest")
    assert "Waiting for the worker" in text_of(organiser.get(address))
    tasks.jobs.run_due.run()
    assert "All 300 people can be registered" in text_of(organiser.get(address))
    organiser.get(f"{CONSOLE}?lang=de")
    assert "muss noch einmal geprüft werden" in text_of(organiser.get(address))
    factories.set_places(event, 1)
    assert organiser.post(f"{address}/check").location == address
    tasks.jobs.run_due.run()
    assert "1 von 300 Personen" in text_of(organiser.get(address))


def test_without_a_file_or_the_forms_token_nothing_is_read(organiser: Browser) -> None:
    organiser.get(CONSOLE)
    empty = organiser.post(CONSOLE)
    assert (empty.status_code, "Choose a file first." in text_of(empty)) == (422, True)
    organiser.csrf = "stolen"
    assert bring_without_looking(organiser).status_code == 400


def bring_without_looking(browser: Browser) -> TestResponse:
    return browser.post(CONSOLE, sheet=(io.BytesIO(lists.csv()), "liste.csv"))


def test_a_list_can_be_taken_back(organiser: Browser, folder: Path) -> None:
    address, _ = look(organiser, lists.csv(*lists.people(1)))
    assert len(list(folder.iterdir())) == 2
    assert organiser.post(f"{address}/discard").location == CONSOLE
    assert not list(folder.iterdir())
    assert organiser.get(address).status_code == 404


def test_asked_twice_a_list_is_taken_over_by_one_job(organiser: Browser) -> None:
    address, _ = look(organiser, lists.csv(*lists.people(1)), alliance="MR4B")
    first = organiser.post(f"{address}/apply", apply="all").location
    assert organiser.post(f"{address}/apply", apply="all").location == first


def test_an_empty_list_can_be_downloaded_and_brought_back(organiser: Browser) -> None:
    template = organiser.get(f"{CONSOLE}/template.xlsx")
    assert template.headers["Cache-Control"] == "no-store"
    assert "werkstatt-list.xlsx" in template.headers["Content-Disposition"]
    _, said = look(organiser, template.data, alliance="MR4B", name="werkstatt-list.xlsx")
    assert "There is nobody on this list" in said


def test_a_coordinators_list_is_for_their_own_people(coordinator: Browser, event: Event) -> None:
    start = coordinator.get(f"{HERE}/import")
    assert 'name="alliance"' not in start.text
    assert not faults_of(start)
    content = lists.csv(*lists.people(2), "Max;Au;m@b.example;Gast", "Eva;Au;;Moderation")
    address, said = look(coordinator, content, place=f"{HERE}/import", alliance="BIOZ")
    assert "3 of 4 people can be registered" in said
    assert "“Guest” is a role that only the organisers give." in said
    taken = coordinator.post(f"{address}/apply", apply="good").location
    tasks.jobs.run_due.run()
    assert "3 of 4 people are registered" in text_of(coordinator.get(taken))
    db.session.rollback()
    alliance = get_prospectus(event.slug).find_alliance("MR4B")
    assert alliance is not None
    assert quotas.count_holders(event.id, alliance.id, None) == people_in(event) == 3


def test_lists_of_others_are_not_there(app: Flask, coordinator: Browser, event: Event) -> None:
    other = coordinators.signed_in(app, event, "BIOZ")
    organiser = signed_in(app)
    theirs, _ = look(other, lists.csv(*lists.people(1)), place=f"{THERE}/import")
    upload = theirs.rpartition("/")[2]
    taken = other.post(f"{theirs}/apply", apply="all").location.rpartition("/")[2]
    console, _ = look(organiser, lists.csv(*lists.people(1)), alliance="MR4B")
    brought = console.rpartition("/")[2]
    for address in (upload, f"{upload}/reasons.xlsx", f"taken/{taken}", brought):
        assert coordinator.get(f"{HERE}/import/{address}").status_code == 404
    assert organiser.get(f"{CONSOLE}/{upload}").status_code == 404
    assert organiser.get(f"{CONSOLE}/taken/{taken}").status_code == 200
    assert "taken" not in coordinator.get(f"{HERE}/import").text


def test_after_the_deadline_coordinators_bring_no_more_lists(
    event: Event, coordinator: Browser
) -> None:
    address, _ = look(coordinator, lists.csv(*lists.people(1)), place=f"{HERE}/import")
    with transaction():
        db.session.get_one(Event, event.id).nominations_close_at = clock.now()
        revise(event.id)
    closed = coordinator.get(f"{HERE}/import")
    assert (closed.status_code, "Nominations are closed" in text_of(closed)) == (409, True)
    assert coordinator.post(f"{address}/apply", apply="all").status_code == 409
    assert jobs.list_jobs(event.id, kinds=(JobKind.IMPORT,)) == []


def test_the_files_of_imports_are_not_among_the_lists_for_the_house(
    organiser: Browser, event: Event
) -> None:
    address, _ = look(organiser, lists.csv(*lists.people(1)), alliance="MR4B")
    organiser.post(f"{address}/apply", apply="all")
    assert "No files yet" in text_of(organiser.get("/organise/werkstatt/rosters"))


def test_uploads_are_readable_for_this_user_only(organiser: Browser, folder: Path) -> None:
    look(organiser, lists.csv(*lists.people(1)))
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    assert uploads.sweep() == 0

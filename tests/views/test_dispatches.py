"""Lists for others: planned in the console, opened by a link with a code."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.rosters import Dispatch, RosterPreset
from registration.services import dispatches
from registration.services.dispatches import downloads
from tasks.dispatches import send_due
from tasks.jobs import run_due
from tests import factories, letters
from tests.console import Browser, faults_of, signed_in, text_of

pytestmark = pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True)
"""What depends on the database is tried in the services."""

HERE = "/organise/werkstatt/dispatches"


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """Noon of one day; tests move it on."""
    with time_machine.travel("2026-11-22T12:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def event(app: Flask, noon: time_machine.Traveller) -> Event:
    """The small event with one person."""
    event = factories.make_event()
    factories.register(event, family_name="Wunderlich")
    return event


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """An organiser who is about to plan a list."""
    browser = signed_in(app)
    browser.get(f"{HERE}/new")
    return browser


def fields(**told: str) -> dict[str, str]:
    """Return what a filled-in form sends."""
    return {
        "roster": "security",
        "format": "pdf",
        "locale": "en",
        "recipient": "pforte@haus.example",
        "recipient_name": "Pforte",
        "purpose": "Einlasskontrolle",
        "when": "at_once",
        "way": "link",
        "expires_at": "2027-01-10T12:00",
        "tells_changes": "y",
        **told,
    }


def only() -> Dispatch:
    db.session.rollback()
    return db.session.scalars(select(Dispatch)).one()


def test_an_organiser_plans_a_list_two_days_before(organiser: Browser, event: Event) -> None:
    told = fields(when="before", hours_before="2", unit="days")
    assert organiser.post(f"{HERE}/new", **told).status_code == 303
    planned = only()
    assert planned.send_at == event.starts_at - timedelta(days=2)
    assert planned.expires_at.isoformat() == "2027-01-10T11:00:00+00:00"
    for page in (organiser.get(HERE), organiser.get(f"{HERE}/{planned.id}")):
        assert page.status_code == 200
        assert not faults_of(page)
        assert "Planned" in text_of(page)
        assert "Einlasskontrolle" in text_of(page)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"way": "attachment", "format": "xlsx"}, "Only a PDF can be encrypted"),
        ({"when": "at", "send_at": "2026-11-01T10:00"}, "That moment is over"),
        ({"when": "at", "send_at": ""}, "Please enter a day and a time"),
        ({"when": "before", "hours_before": "x", "unit": "days"}, "a whole number"),
        ({"expires_at": "2028-01-01T00:00"}, "at most 90 days after"),
        ({"recipient": "pforte"}, "name@example.org"),
        ({"purpose": ""}, "what the recipient needs"),
        ({"roster": "preset-77"}, "choose one of the answers"),
    ],
)
def test_what_cannot_be_planned_says_why_at_its_field(
    organiser: Browser, told: dict[str, str], said: str
) -> None:
    page = organiser.post(f"{HERE}/new", **fields(**told))
    assert page.status_code == 422
    assert said in text_of(page)
    assert not faults_of(page)
    assert db.session.scalars(select(Dispatch)).all() == []


def test_an_own_list_that_names_what_is_gone_is_refused_at_its_field(
    organiser: Browser, event: Event
) -> None:
    with transaction() as session:
        preset = RosterPreset(
            event_id=event.id,
            title="Old",
            data={"kind": "attendance", "columns": ["name"], "alliances": ["GONE"]},
            updated_at=event.starts_at,
        )
        session.add(preset)
        session.flush()
        code = f"preset-{preset.id}"
    page = organiser.post(f"{HERE}/new", **fields(roster=code))
    assert page.status_code == 422
    assert "names something that is not there any more" in text_of(page)


def test_the_password_is_shown_once(organiser: Browser) -> None:
    page = organiser.post(f"{HERE}/new", **fields(way="attachment"))
    address = f"{HERE}/{only().id}"
    assert "it is shown only now" in text_of(page)
    password = text_of(page).partition("shown only now ")[2].split()[0]
    assert password.count("-") == 3
    assert password not in organiser.get(address).text
    renewed = organiser.post(f"{address}/password")
    assert "it is shown only now" in text_of(renewed)
    assert password not in renewed.text


def sent(organiser: Browser, **told: str) -> str:
    """Plan a list and let it be sent; return the path of its link."""
    organiser.post(f"{HERE}/new", **fields(**told))
    send_due()
    return dispatches.link_of(only()).removeprefix("http://127.0.0.1:8000")


def opened(app: Flask, link: str) -> Browser:
    """Return the recipient's browser, in which the code has been typed."""
    browser = Browser(app)
    assert "Send me a code" in text_of(browser.get(link))
    assert browser.post(f"{link}/code").status_code == 303
    page = browser.get(link)
    assert not faults_of(page)
    assert "Wunderlich" not in page.text
    code = letters.plain(letters.mail("roster_code")).partition("\n\n")[2]
    typed = next(line for line in code.splitlines() if line.replace(" ", "").isdigit())
    assert browser.post(link, code=typed).status_code == 303
    return browser


def noted(action: str) -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry).filter_by(action=action)))


def test_the_code_opens_the_list_of_now_and_each_download_is_noted(
    app: Flask, organiser: Browser, event: Event
) -> None:
    link = sent(organiser, format="csv")
    browser = opened(app, link)
    factories.register(event, family_name="Neuling")
    for _ in range(2):
        file = browser.get(f"{link}/list")
        assert file.status_code == 200
        assert "Wunderlich" in file.text
        assert "Neuling" in file.text
    assert "attachment" in file.headers["Content-Disposition"]
    entries = noted("dispatch.downloaded")
    assert [entry.actor for entry in entries] == ["recipient"] * 2
    detail = entries[0].detail
    assert (detail["recipient"], detail["people"]) == ("pforte@haus.example", 2)
    assert "family_name" in detail["columns"]
    assert only().opened == 2
    page = organiser.get(f"{HERE}/{only().id}")
    assert "the recipient" in text_of(page)
    assert not faults_of(page)


def test_without_the_code_nothing_is_downloaded(app: Flask, organiser: Browser) -> None:
    link = sent(organiser)
    stranger = Browser(app)
    assert stranger.get(f"{link}/list").status_code == 303
    stranger.get(link)
    stranger.post(f"{link}/code")
    refused = stranger.post(link, code="000 00x")
    assert refused.status_code == 422
    assert "This is not the code" in text_of(refused)
    assert stranger.get(f"{link}/list").status_code == 303
    assert not noted("dispatch.downloaded")


def test_a_browser_may_download_for_half_an_hour_and_only_this_list(
    app: Flask, organiser: Browser, noon: time_machine.Traveller
) -> None:
    link = sent(organiser)
    browser = opened(app, link)
    organiser.post(f"{HERE}/new", **fields(recipient="andere@haus.example"))
    send_due()
    other = db.session.scalars(select(Dispatch).filter_by(recipient="andere@haus.example")).one()
    path = dispatches.link_of(other).removeprefix("http://127.0.0.1:8000")
    assert browser.get(f"{path}/list").status_code == 303
    assert browser.get(f"{link}/list").status_code == 200
    noon.shift(timedelta(minutes=31))
    assert browser.get(f"{link}/list").status_code == 303


def test_a_link_that_is_over_or_taken_back_is_not_there(
    app: Flask, organiser: Browser, noon: time_machine.Traveller
) -> None:
    link = sent(organiser)
    browser = opened(app, link)
    organiser.get(f"{HERE}/{only().id}")
    assert organiser.post(f"{HERE}/{only().id}/cancel").status_code == 303
    for path in (link, f"{link}/list"):
        assert browser.get(path).status_code == 404


def test_a_long_list_is_made_by_a_worker(
    app: Flask, organiser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MOST_AT_ONCE", 0)
    link = sent(organiser)
    browser = opened(app, link)
    assert browser.get(f"{link}/list").status_code == 303
    assert "This is a long list" in text_of(browser.get(link))
    assert browser.post(f"{link}/list").status_code == 303
    assert "The list is being made" in text_of(browser.get(link))
    run_due()
    page = browser.get(link)
    assert "Download the list" in text_of(page)
    assert browser.get(f"{link}/list").data.startswith(b"%PDF-")
    assert len(noted("dispatch.downloaded")) == 1

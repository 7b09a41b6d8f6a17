"""Campaigns in the console, and the page on which somebody wants no more of them."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration.database import db, transaction
from registration.models.campaigns import Campaign
from registration.models.events import Event
from registration.services import campaigns, leaving
from tasks.campaigns import run_due
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of
from tests.letters import mail, page, plain

HERE = "/organise/werkstatt/campaigns"
TEXTS = {
    "title": "Anreise",
    "subject_de": "Anreise",
    "body_de": "Hallo {{ given_name }}",
    "subject_en": "",
    "body_en": "",
}


def begun(browser: Browser) -> str:
    browser.get(HERE)
    return str(browser.post(HERE, kind="logistics").location)


def has_left() -> bool:
    db.session.rollback()
    return leaving.has_left("a@buendnis.example")


def the_campaign() -> Campaign:
    db.session.rollback()
    return db.session.query(Campaign).one()


def test_a_campaign_is_written_looked_at_started_and_stopped(app: Flask, event: Event) -> None:
    registration = factories.register(event, given_name="Änne")
    browser = signed_in(app)
    address = begun(browser)
    first = browser.get(address)
    assert faults_of(first) == []
    assert "Getting there" in first.text
    assert browser.post(address, **TEXTS, states="confirmed", roles="delegate").status_code == 303
    assert the_campaign().selection["roles"] == ["delegate"]
    assert not the_campaign().is_transactional
    assert "Send one mail now" in text_of(browser.get(address))
    assert "Groß" in browser.get(f"{address}/recipients").text
    sent = {**TEXTS, "sample": str(registration.id), "locale": "en", "form": "text"}
    shown = browser.post(f"{address}/preview", **sent)
    assert "There is no text in English" in shown.text
    assert "Hallo Änne" in shown.text
    browser.post(f"{address}/start")
    run_due()
    progress = browser.get(address)
    assert "0 of 1 mails sent" in text_of(progress)
    assert faults_of(progress) == []
    answer = browser.post(f"{address}/stop")
    assert "one mail that was waiting has been cancelled" in text_of(browser.get(answer.location))


def test_of_two_who_save_one_campaign_the_later_is_told_and_loses_nothing(
    app: Flask, event: Event
) -> None:
    browser = signed_in(app)
    address = begun(browser)
    browser.get(address)
    seen = campaigns.mark_of(the_campaign())
    browser.post(address, **TEXTS, states="confirmed", seen=seen)
    theirs = {**TEXTS, "body_de": "Anders"}
    answer = browser.post(address, **theirs, states="confirmed", seen=seen)
    assert answer.status_code == 409
    assert "Somebody else has changed this text meanwhile" in text_of(answer)
    assert "Anders</textarea>" in answer.text
    assert the_campaign().texts["de"]["body"] == TEXTS["body_de"]
    assert browser.post(address, **TEXTS, states="confirmed", seen=seen).status_code == 303
    seen = campaigns.mark_of(the_campaign())
    assert browser.post(address, **theirs, states="confirmed", seen=seen).status_code == 303
    assert the_campaign().texts["de"]["body"] == "Anders"
    browser.post(f"{address}/start")
    begun_since = browser.post(address, **TEXTS, states="confirmed")
    assert "has begun already" in text_of(browser.get(str(begun_since.location)))


def test_it_is_scheduled_before_the_event_and_not_in_the_past(app: Flask, event: Event) -> None:
    browser = signed_in(app)
    address = begun(browser)
    browser.get(address)
    assert browser.post(f"{address}/schedule", day="-1", hour="08:30").status_code == 303
    assert the_campaign().relative_days == -1
    assert "moves with the event" in text_of(browser.get(address))
    late = browser.post(f"{address}/schedule", day="", at="2020-01-01T10:00")
    assert late.status_code == 422
    assert "This moment is over." in text_of(late)
    assert browser.post(f"{address}/schedule", day="", at="").status_code == 422


@pytest.mark.parametrize("day", ["²", "--5", "-", "9" * 5000, "x", "366"])
def test_a_day_that_is_none_stands_at_its_field(app: Flask, event: Event, day: str) -> None:
    browser = signed_in(app)
    address = begun(browser)
    assert browser.post(f"{address}/schedule", day=day, hour="09:00").status_code == 422
    assert the_campaign().state == "draft"


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59", "x"])
def test_a_moment_at_the_ends_of_time_is_no_fault(app: Flask, event: Event, at: str) -> None:
    browser = signed_in(app)
    address = begun(browser)
    assert browser.post(f"{address}/schedule", day="", at=at).status_code in {303, 422}


def test_a_condition_that_is_no_longer_offered_never_widens_a_campaign(
    app: Flask, event: Event
) -> None:
    browser = signed_in(app)
    address = begun(browser)
    campaign = the_campaign()
    with transaction():
        campaign = campaigns.get(campaign.event_id, campaign.id)
        campaign.selection = campaigns.Selection(alliances=("gone",)).stored()
    shown = browser.get(address)
    assert 'value="gone"' in shown.text
    assert browser.post(address, **TEXTS, alliances="gone").status_code == 303
    assert the_campaign().selection["alliances"] == ["gone"]


def test_what_is_wrong_stands_at_its_field(app: Flask, event: Event) -> None:
    browser = signed_in(app)
    address = begun(browser)
    browser.get(address)
    answer = browser.post(
        address, **{**TEXTS, "body_de": "{{ x }}", "subject_en": "only a subject"}
    )
    assert answer.status_code == 422
    assert "Line 1: there is no variable “x”." in text_of(answer)
    assert "Please write something here." in text_of(answer)
    assert the_campaign().title == "Getting there"


def test_who_wants_no_campaigns_leaves_with_one_press_or_on_a_page(
    app: Flask, event: Event, client: FlaskClient
) -> None:
    factories.register(event, email="a@buendnis.example", locale="en")
    with transaction():
        campaign = campaigns.draft(event, "thanks", account_id=None, actor="test")
        campaign.selection = campaigns.Selection().stored()
        campaigns.start(campaign, actor="test")
    run_due()
    message = mail("campaign")
    leave = str(message["List-Unsubscribe"]).strip("<>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert leave in plain(message)
    assert f'href="{leave}"' in page(message)
    assert client.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 204
    assert has_left()
    browser = Browser(app)
    path = re.sub(r"^https?://[^/]+", "", leave)
    assert "You get no more of these mails." in text_of(browser.get(path))
    browser.post(path, back="yes")
    assert not has_left()
    browser.get(path)
    browser.post(path)
    assert has_left()

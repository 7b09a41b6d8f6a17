"""The console says what the door must know of a person, and who is told when they arrive."""

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import registrations
from tests import console, factories


@pytest.fixture
def browser(app: Flask, event: Event) -> console.Browser:
    """An organiser's browser."""
    return console.signed_in(app)


def address(event: Event, person: Registration) -> str:
    return f"/organise/{event.slug}/registrations/{person.id}/door"


def test_the_note_and_the_host_are_kept_and_shown(event: Event, browser: console.Browser) -> None:
    person = factories.register(event)
    before = person.updated_at
    browser.get(address(event, person))
    told = {"gate_note": "Wird abgeholt", "host_email": "Empfang@HAUS.example "}
    assert browser.post(address(event, person), **told).status_code == 303
    db.session.rollback()
    kept = registrations.get(person.id)
    assert (kept.gate_note, kept.host_email) == ("Wird abgeholt", "Empfang@haus.example")
    assert kept.updated_at > before, "so that devices learn of it"
    page = browser.get(address(event, person).removesuffix("/door")).text
    assert "Wird abgeholt" in page
    assert "Empfang@haus.example" in page
    assert "registration.hosting_set" in db.session.scalars(select(AuditEntry.action)).all()


def test_both_can_be_taken_away_again(event: Event, browser: console.Browser) -> None:
    person = factories.register(event)
    browser.get(address(event, person))
    for note in ("Wird abgeholt", ""):
        browser.post(address(event, person), gate_note=note, host_email="")
    db.session.rollback()
    assert registrations.get(person.id).gate_note == ""


def test_what_is_no_address_is_said_at_its_field(event: Event, browser: console.Browser) -> None:
    person = factories.register(event)
    browser.get(address(event, person))
    answer = browser.post(address(event, person), gate_note="x" * 201, host_email="nobody")
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2
    db.session.rollback()
    assert registrations.get(person.id).host_email == ""

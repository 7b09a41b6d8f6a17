"""What badges show, as people and organisers say it."""

import json

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import audit, registrations
from tests import coordinators, factories
from tests.console import Browser, faults_of, signed_in, text_of
from tests.visitors import Visitor

HERE = "/organise/werkstatt/registrations"
TOLD = {
    "badge_name": "Mia",
    "badge_organisation": "IfB",
    "pronouns": "she/her",
    "languages": "DE EN",
}


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """A browser in which an organiser has signed in."""
    return signed_in(app)


def path_of(registration: Registration) -> str:
    return f"/r/{registrations.link_token(registration)}"


def details_of(page: str) -> str:
    return page.partition('<details class="optional-part"')[2].partition(">")[0]


def stored(registration: Registration) -> dict[str, str]:
    db.session.rollback()
    now = registrations.get(registration.id)
    return {name: getattr(now, name) for name in TOLD}


def test_a_person_says_what_their_badge_shows_and_reads_it_back(app: Flask, event: Event) -> None:
    visitor = Visitor(app)
    form = visitor.read("/werkstatt/register")
    assert " open" not in details_of(visitor.get("/werkstatt/register").text)
    sent = form.values | TOLD
    sent |= {"given_name": "Änne", "family_name": "Groß", "email": "a@b.example"}
    sent |= {"role": "delegate", "alliance": "MR4B", "privacy_consent": "y"}
    assert visitor.post("/werkstatt/register", sent).status_code == 303
    person = db.session.scalars(select(Registration)).one()
    assert stored(person) == TOLD
    path = path_of(person)
    page = visitor.get(f"{path}/edit")
    assert " open" in details_of(page.text), "what is filled in is not hidden"
    fields = visitor.read(f"{path}/edit").values
    assert {name: fields[name] for name in TOLD} == TOLD
    visitor.post(f"{path}/edit", fields | {"badge_name": "", "pronouns": "they/them"})
    assert stored(person) == TOLD | {"badge_name": "", "pronouns": "they/them"}
    data = json.loads(visitor.get(f"{path}/data.json").data)
    assert data["person"]["pronouns"] == "they/them"
    assert {"room", "precedence", "languages"} <= set(data["person"])


def test_a_sign_that_no_badge_can_print_is_refused_at_its_field(app: Flask, event: Event) -> None:
    visitor = Visitor(app)
    values = visitor.read("/werkstatt/register").values | {"badge_name": "🎉"}
    page = visitor.post("/werkstatt/register", values)
    assert page.status_code == 422
    assert " open" in details_of(page.text), "the error is not hidden"
    assert "badge_name-error" in page.text


def test_organisers_set_what_the_badge_shows_the_room_and_the_rank(
    event: Event, organiser: Browser
) -> None:
    person = factories.register(event)
    page = organiser.get(f"{HERE}/{person.id}/label")
    assert faults_of(page) == []
    saved = organiser.post(f"{HERE}/{person.id}/label", **TOLD, room="Saal 2", precedence="3")
    assert saved.status_code == 303
    assert stored(person) == TOLD
    shown = text_of(organiser.get(f"{HERE}/{person.id}"))
    assert "Saal 2" in shown
    assert "Badge or protocol changed Name on the badge, Organisation on the badge" in shown
    refused = organiser.post(f"{HERE}/{person.id}/label", precedence="first")
    assert refused.status_code == 422
    assert "Enter a whole number from 0 to 9999." in text_of(refused)
    elsewhere = factories.make_event("andere")
    assert (
        organiser.get(f"/organise/{elsewhere.slug}/registrations/{person.id}/label").status_code
        == 404
    )


@pytest.mark.parametrize(("role", "may_name"), [("delegate", True), ("guest", False)])
def test_a_coordinator_says_it_but_names_nobody_anew_whom_the_organisers_let_in(
    app: Flask, role: str, may_name: bool
) -> None:
    event = coordinators.make_event()
    browser = coordinators.signed_in(app, event)
    person = factories.register(event, role=role)
    edit = f"{coordinators.HERE}/people/{person.id}/edit"
    assert ('name="badge_name"' in browser.get(edit).text) is may_name
    name = {"given_name": "Änne", "family_name": "Groß", "locale": "de", "salutation": "neutral"}
    assert browser.post(edit, **name, email=person.email, **TOLD).status_code == 303
    assert stored(person) == TOLD | ({} if may_name else {"badge_name": ""})


def test_an_action_without_a_name_can_be_read_all_the_same(
    event: Event, organiser: Browser
) -> None:
    person = factories.register(event)
    with transaction():
        audit.record(
            "registration.seat_swapped",
            actor="command",
            subject=f"registration:{person.id}",
            event_id=event.id,
            seat="B 12",
        )
    page = organiser.get(f"{HERE}/{person.id}")
    assert faults_of(page) == []
    assert "registration: seat swapped seat: B 12" in text_of(page)
    assert "command line" in text_of(page)


def test_a_person_page_shows_one_kind_of_what_happened(event: Event, organiser: Browser) -> None:
    person = factories.register(event)
    shown = text_of(organiser.get(f"{HERE}/{person.id}?show=mails"))
    assert "Confirmation with badge" in shown
    assert "by the public form" not in shown
    assert "by the public form" in text_of(
        organiser.get(f"{HERE}/{person.id}?show=nonsense&page=x")
    )

"""A coordinator names people on their behalf, one or several, within the deadline."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from registration.database import db
from registration.models.deliveries import Delivery
from registration.models.events import Event, Promotion
from registration.models.registrations import Registration, Source
from tests import factories
from tests.console import Browser, faults_of, text_of
from tests.coordinators import HERE, OFFICE, actions, make_event, signed_in

FORM = f"{HERE}/nominate"
TOGETHER = f"{HERE}/nominate/together"


@pytest.fixture
def event(app: Flask) -> Event:
    return make_event()


@pytest.fixture
def coordinator(app: Flask, event: Event) -> Browser:
    return signed_in(app, event)


def everybody() -> list[Registration]:
    db.session.rollback()
    return list(db.session.scalars(select(Registration).order_by(Registration.sort_name)))


def nominate(browser: Browser, **told: str) -> TestResponse:
    return browser.post(
        FORM,
        **{
            "idempotency_key": uuid.uuid4().hex,
            "role": "delegate",
            "salutation": "ms",
            "given_name": "Ina",
            "family_name": "Maier",
            "email": OFFICE,
            "locale": "de",
            **told,
        },
    )


def test_a_nomination_is_confirmed_and_the_office_gets_the_mail(
    event: Event, coordinator: Browser
) -> None:
    form = coordinator.get(FORM)
    assert f'value="{OFFICE}"' in form.text
    assert not faults_of(form)
    assert "Moderator" not in text_of(form)
    assert "Photos" not in form.text.split("<form", 1)[1].split("Food, support", 1)[0]
    assert nominate(coordinator).status_code == 303
    [person] = everybody()
    assert (person.state, person.source) == ("confirmed", Source.NOMINATION)
    assert (person.privacy_consent_at, person.privacy_version) == (None, "")
    assert (person.photo_consent, person.photo_consent_at) == (None, None)
    [mail] = db.session.scalars(select(Delivery))
    assert (mail.kind, mail.recipient) == ("nomination", OFFICE)
    assert actions()[-1][0] == "registration.nominated"


def test_what_only_the_person_may_say_is_not_read_from_a_nomination(
    event: Event, coordinator: Browser
) -> None:
    nominate(coordinator, photo_consent="yes", diet="vegan", privacy_consent="y", alliance="BIOZ")
    [person] = everybody()
    assert (person.photo_consent, person.diet, person.privacy_consent_at) == (None, "any", None)
    assert person.alliance is not None
    assert person.alliance.code == "MR4B"


@pytest.mark.parametrize("role", ["moderator", "guest", "political", "nonsense", ""])
def test_only_roles_to_nominate_for_are_taken(
    event: Event, coordinator: Browser, role: str
) -> None:
    assert nominate(coordinator, role=role).status_code == 422
    assert not everybody()


def test_the_form_sent_twice_is_one_person(event: Event, coordinator: Browser) -> None:
    key = uuid.uuid4().hex
    first, second = (nominate(coordinator, idempotency_key=key) for _ in range(2))
    assert first.location == second.location
    assert len(everybody()) == 1


def test_when_all_is_full_the_waiting_list_is_offered(event: Event, coordinator: Browser) -> None:
    factories.set_places(event, 1, alliance="MR4B", role="delegate")
    factories.register(event)
    full = nominate(coordinator)
    assert full.status_code == 409
    assert "Put on the waiting list" in text_of(full)
    assert 'value="Maier"' in full.text
    assert not faults_of(full)
    assert len(everybody()) == 1
    assert nominate(coordinator, wait="1").status_code == 303
    assert [person.state for person in everybody()] == ["confirmed", "waiting"]


def test_without_a_waiting_list_none_is_offered(app: Flask) -> None:
    event = make_event(promotion=Promotion.NONE)
    coordinator = signed_in(app, event)
    factories.set_places(event, 0, alliance="MR4B", role="delegate")
    full = nominate(coordinator)
    assert full.status_code == 409
    assert "waiting list" not in text_of(full)
    assert nominate(coordinator, wait="1").status_code == 409
    assert not everybody()


def test_after_the_deadline_a_page_says_since_when(app: Flask, event: Event) -> None:
    signed_in(app, event)
    assert event.nominations_close_at is not None
    with time_machine.travel(event.nominations_close_at, tick=False):
        late = Browser(app)
        late.sign_in("mr4b@buendnis.example")
        late.get(f"{HERE}/")
        for path in (FORM, TOGETHER, f"{HERE}/invitations/person", f"{HERE}/invitations/link"):
            page = late.get(path)
            assert page.status_code == 409
            assert "Nominations are closed" in text_of(page)
            assert not faults_of(page)
        assert nominate(late).status_code == 409
    assert not everybody()


def test_where_an_address_is_one_person_a_second_is_asked_for_another(app: Flask) -> None:
    event = make_event(address_policy="one")
    coordinator = signed_in(app, event)
    factories.register(event, alliance="BIOZ", email="taken@b.example", family_name="Fremdling")
    sent = nominate(coordinator, email="Taken@b.example")
    assert sent.status_code == 409
    assert "stands for another person" in text_of(sent)
    assert "Fremdling" not in sent.text
    assert len(everybody()) == 1
    assert [mail.kind for mail in db.session.scalars(select(Delivery))] == ["confirmed"]


def together(browser: Browser, *names: str, **more: str) -> TestResponse:
    told = {
        "idempotency_key": uuid.uuid4().hex,
        "people": str(max(2, len(names))),
        "email": OFFICE,
        "locale": "en",
        "organisation": "Labor",
        **more,
    }
    for number, name in enumerate(names, start=1):
        told[f"p{number}-given_name"] = "P"
        told[f"p{number}-family_name"] = name
        told[f"p{number}-role"] = "delegate"
    return browser.post(TOGETHER, **told)


def test_several_get_places_together(event: Event, coordinator: Browser) -> None:
    assert not faults_of(coordinator.get(TOGETHER))
    sent = together(coordinator, "Adler", "Berg", "Conz", **{"p3-email": "c@conz.example"})
    assert sent.status_code == 303
    found = everybody()
    assert [person.family_name for person in found] == ["Adler", "Berg", "Conz"]
    assert [person.email for person in found] == [OFFICE, OFFICE, "c@conz.example"]
    assert {person.state for person in found} == {"confirmed"}
    assert {person.organisation for person in found} == {"Labor"}
    assert [action for action, _ in actions()].count("registration.nominated") == 3


def test_if_not_all_fit_nobody_comes_until_all_wait_together(
    event: Event, coordinator: Browser
) -> None:
    factories.set_places(event, 1, alliance="MR4B", role="delegate")
    full = together(coordinator, "Adler", "Berg")
    assert full.status_code == 409
    assert "There are not enough places for all of them now" in text_of(full)
    assert not faults_of(full)
    assert not everybody()
    assert together(coordinator, "Adler", "Berg", wait="1").status_code == 303
    found = everybody()
    assert [person.state for person in found] == ["waiting", "waiting"]
    assert len({person.party_id for person in found}) == 1
    assert "Waits together with others" in text_of(coordinator.get(f"{HERE}/people/{found[0].id}"))


def test_the_form_grows_by_one_person_and_keeps_what_was_typed(
    event: Event, coordinator: Browser
) -> None:
    grown = together(coordinator, "Adler", "Berg", more="1")
    assert grown.status_code == 200
    assert "Person 3" in text_of(grown)
    assert 'value="Adler"' in grown.text
    assert not everybody()
    ten = together(coordinator, *(f"N{each}" for each in range(10)), more="1")
    assert "Person 10" in text_of(ten)
    assert "Person 11" not in text_of(ten)


def test_two_are_the_least_that_come_together(event: Event, coordinator: Browser) -> None:
    sent = together(coordinator, "Adler")
    assert sent.status_code == 422
    assert "Please enter the family name." in text_of(sent)
    assert not everybody()
    assert together(coordinator, "Adler", "Berg", people="9").status_code == 303
    assert len(everybody()) == 2


def test_nominations_may_begin_before_registration_opens(app: Flask, event: Event) -> None:
    signed_in(app, event)
    with time_machine.travel(event.registration_opens_at - timedelta(days=1), tick=False):
        early = Browser(app)
        early.sign_in("mr4b@buendnis.example")
        early.get(FORM)
        assert nominate(early).status_code == 303
    assert len(everybody()) == 1

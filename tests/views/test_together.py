"""Register together: everybody gets a place, or all of them wait, or nobody is registered."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from registration.database import db, transaction
from registration.models.deliveries import Delivery
from registration.models.events import AddressPolicy, Event, Promotion
from registration.models.registrations import Registration
from registration.services import events
from tests import factories
from tests.documents import Page
from tests.visitors import Visitor, check_structure, page_of

FORM = "/werkstatt/register/together"
GOOD = {
    "email": "buero@buendnis.example",
    "locale": "en",
    "alliance": "MR4B",
    "p1-given_name": "Anna",
    "p1-family_name": "Arndt",
    "p1-role": "delegate",
    "p1-email": "anna@buendnis.example",
    "p2-title": "Dr.",
    "p2-given_name": "Bert",
    "p2-family_name": "Böhm",
    "p2-role": "presenter",
    "privacy_consent": "y",
}


@pytest.fixture
def visitor(app: Flask, event: Event) -> Visitor:
    return Visitor(app)


def fill_in(visitor: Visitor, **told: str) -> dict[str, str]:
    return visitor.read(FORM).values | GOOD | told


def send(visitor: Visitor, **told: str) -> TestResponse:
    return visitor.post(FORM, fill_in(visitor, **told))


def people() -> list[Registration]:
    db.session.rollback()
    return list(db.session.scalars(select(Registration).order_by(Registration.sort_name)))


def mails() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.execute(select(Delivery.kind, Delivery.recipient))
    return sorted((row.kind, row.recipient) for row in rows)


def change_event(event: Event, **columns: Any) -> None:
    with transaction():
        found = events.get_event(event.slug)
        for name, value in columns.items():
            setattr(found, name, value)
        events.revise(event.id)


def test_two_people_are_two_registrations_with_a_mail_each(visitor: Visitor) -> None:
    answer = send(visitor)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/werkstatt/registered"
    assert [each.full_name for each in people()] == ["Anna Arndt", "Dr. Bert Böhm"]
    assert [each.role.code for each in people()] == ["delegate", "presenter"]
    assert {each.state for each in people()} == {"confirmed"}
    assert all(each.privacy_consent_at for each in people())
    assert mails() == [
        ("confirmed", "anna@buendnis.example"),
        ("confirmed", "buero@buendnis.example"),
    ]
    page = visitor.read("/werkstatt/registered")
    assert "Confirmed, for 2 people" in page.text
    check_structure(page)


def test_the_form_leads_there_and_back(visitor: Visitor) -> None:
    assert visitor.read("/werkstatt/register").all("a", href=FORM)
    page = visitor.read(FORM)
    assert page.all("a", href="/werkstatt/register")
    check_structure(page)


def test_rows_are_added_one_by_one_up_to_ten_and_keep_what_was_entered(visitor: Visitor) -> None:
    page = visitor.read(FORM)
    told = page.values | GOOD
    for size in range(3, 11):
        page = page_of(visitor.post(FORM, told | {"more": "yes"}), 200)
        assert page.values["people"] == str(size)
        assert page.values["p1-given_name"] == "Anna"
        assert page.errors == set()
        told = page.values
    check_structure(page)
    assert not page.all("button", name="more")
    assert not people()


def test_rows_left_empty_beyond_two_are_not_counted(visitor: Visitor) -> None:
    page = page_of(visitor.post(FORM, fill_in(visitor, more="yes")), 200)
    assert visitor.post(FORM, page.values).status_code == 303
    assert len(people()) == 2


@pytest.mark.parametrize("size", ["", "0", "1", "-5", "11", "9" * 5000, "zwei", "²"])
def test_no_other_number_of_rows_can_be_asked_for(visitor: Visitor, size: str) -> None:
    page = page_of(visitor.post(FORM, fill_in(visitor, people=size, more="yes")), 200)
    assert 2 <= int(page.values["people"]) <= 10


def test_an_error_is_said_at_the_field_of_the_person(visitor: Visitor) -> None:
    told = {"p2-given_name": "", "p1-email": "nowhere", "p2-role": "political"}
    page = page_of(send(visitor, **told), 422)
    assert page.errors == {"p1-email", "p2-given_name", "p2-role"}
    links = [each.text for each in page.all("a") if each["href"].startswith("#p")]
    assert [each.split(":")[0] for each in links] == ["Person 1", "Person 2", "Person 2"]
    assert page.values["p1-given_name"] == "Anna"
    check_structure(page)
    assert not people()


def test_one_person_alone_is_not_a_party(visitor: Visitor) -> None:
    alone = {name: "" for name in GOOD if name.startswith("p2-")}
    page = page_of(send(visitor, **alone), 422)
    assert page.errors == {"p2-given_name", "p2-family_name", "p2-role"}


def test_a_role_that_needs_an_alliance_says_so(visitor: Visitor) -> None:
    page = page_of(send(visitor, alliance=""), 422)
    assert page.errors == {"alliance"}
    assert "Delegate" in page.error_at("alliance")


def test_consent_is_needed_for_all(visitor: Visitor) -> None:
    page = page_of(send(visitor, privacy_consent=""), 422)
    assert page.errors == {"privacy_consent"}
    assert not people()


def test_who_does_not_fit_keeps_everybody_out_and_it_is_said_where(
    visitor: Visitor, event: Event
) -> None:
    factories.set_places(event, 0, alliance="MR4B", role="presenter")
    page = page_of(send(visitor), 409)
    assert page.errors == {"p2-role"}
    assert "MR4B for “Presenter”: 0. You need 1." in page.error_at("p2-role")
    assert "Nobody is registered" in page.text
    assert (people(), mails()) == ([], [])
    check_structure(page)


def test_too_few_places_for_all_are_said_with_their_number(visitor: Visitor, event: Event) -> None:
    factories.set_places(event, 1)
    page = page_of(send(visitor), 409)
    assert "Free places in all: 1. You need 2." in page.text
    factories.set_places(event, None)
    factories.set_places(event, 1, alliance="MR4B")
    assert page_of(visitor.post(FORM, page.values), 409).errors == {"alliance"}
    assert (people(), mails()) == ([], [])


@pytest.mark.parametrize("how", ["tick", "button"])
def test_who_agrees_to_wait_waits_with_everybody(visitor: Visitor, event: Event, how: str) -> None:
    factories.set_places(event, 1)
    if how == "tick":
        answer = send(visitor, wait="y")
    else:
        page = page_of(send(visitor), 409)
        assert len(page.all("button", name="wait")) == 2
        answer = visitor.post(FORM, page.values | {"wait": "yes"})
    assert answer.status_code == 303
    assert [each.state for each in people()] == ["waiting", "waiting"]
    assert len({each.party_id for each in people()} - {None}) == 1
    assert {kind for kind, _recipient in mails()} == {"waiting"}
    assert "on the waiting list, all 2 of you" in visitor.read("/werkstatt/registered").text


def test_who_agrees_to_wait_gets_places_while_there_are_any(visitor: Visitor) -> None:
    assert send(visitor, wait="y").status_code == 303
    assert [each.state for each in people()] == ["confirmed", "confirmed"]


def test_without_a_waiting_list_none_is_offered(visitor: Visitor, event: Event) -> None:
    change_event(event, promotion=Promotion.NONE)
    factories.set_places(event, 1)
    page = page_of(send(visitor, wait="y"), 409)
    assert not page.all("button", name="wait")
    assert not page.all("input", name="wait")
    assert people() == []


def test_the_form_sent_twice_is_one_party(visitor: Visitor) -> None:
    told = fill_in(visitor)
    assert [visitor.post(FORM, told).status_code for _ in range(2)] == [303, 303]
    assert len(people()) == len(mails()) == 2


def test_the_form_sent_again_for_others_is_not_swallowed(visitor: Visitor) -> None:
    told = fill_in(visitor)
    visitor.post(FORM, told)
    page = page_of(visitor.post(FORM, told | {"p1-given_name": "Clara"}), 422)
    assert "send the form once more" in page.text
    assert len(people()) == 2
    assert visitor.post(FORM, page.values).status_code == 303
    assert len(people()) == 4


def test_a_stale_page_loses_no_input(visitor: Visitor) -> None:
    page = page_of(send(visitor, csrf_token="stale"), 400)
    assert page.values["p2-family_name"] == "Böhm"
    assert people() == []
    assert visitor.post(FORM, page.values).status_code == 303


def test_switching_the_language_keeps_what_was_entered(visitor: Visitor) -> None:
    page = page_of(send(visitor, **{"p1-given_name": ""}), 422)
    german = page_of(visitor.post(f"{FORM}?lang=de", page.values | {"leaving": "en"}), 200)
    assert german.all("html")[0]["lang"] == "de"
    assert german.values["p2-family_name"] == "Böhm"
    assert german.errors == set()


def test_each_needs_an_own_address_where_one_stands_for_one(
    visitor: Visitor, app: Flask, event: Event
) -> None:
    change_event(event, address_policy=AddressPolicy.ONE)
    assert send(visitor).status_code == 303
    taken = {"p2-email": "anna@buendnis.example"}
    other = Visitor(app)
    page = page_of(send(other, **taken), 422)
    assert page.errors == {"p2-email"}
    assert "of their own" in page.error_at("p2-email")


def test_who_is_registered_already_is_told_by_mail_only(visitor: Visitor, event: Event) -> None:
    change_event(event, address_policy=AddressPolicy.ONE)
    factories.register(event, given_name="Anna", email="anna@buendnis.example")
    assert send(visitor).status_code == 303
    assert "Confirmed, for 2 people" in visitor.read("/werkstatt/registered").text
    assert len(people()) == 2
    assert ("twice", "anna@buendnis.example") in mails()


@pytest.mark.parametrize(("days", "said"), [(3, "It closed on"), (200, "It opens on")])
def test_a_closed_registration_says_since_or_until_when(app: Flask, days: int, said: str) -> None:
    factories.make_event("werkstatt", days_ahead=days)
    visitor = Visitor(app)
    assert said in visitor.read(FORM, 409).text
    assert said in page_of(visitor.post(FORM, GOOD), 409).text


def focused(page: Page) -> list[str]:
    return [each.text for each in page.elements if "autofocus" in each.attributes]


def test_a_new_row_has_the_focus(visitor: Visitor) -> None:
    page = page_of(visitor.post(FORM, fill_in(visitor, more="yes")), 200)
    assert focused(page) == ["Person 3"]

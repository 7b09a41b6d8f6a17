"""The console shows who waits, who has an offer, and how they came."""

import uuid

import pytest
from flask import Flask

from registration.database import db, transaction, uuid7
from registration.models.events import Event
from registration.models.registrations import Registration, RegistrationState
from registration.services import events, invitations, registrations
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of

HERE = "/organise/werkstatt"
STATES = tuple(each.value for each in RegistrationState)


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """A browser in which an organiser of the small event has signed in."""
    browser = signed_in(app)
    browser.get(f"{HERE}/")
    return browser


def wait(event: Event, *families: str) -> list[Registration]:
    """Let people join the waiting list together, where no place is free."""
    factories.set_places(event, 0)
    prospectus = events.get_prospectus(event.slug)
    role, alliance = prospectus.find_role("delegate"), prospectus.find_alliance("MR4B")
    assert role is not None
    assert alliance is not None
    wishes = [
        registrations.Wish(
            person=factories.person(family_name=family),
            role=role,
            alliance_id=alliance.id,
            idempotency_key=uuid.uuid4().hex,
        )
        for family in families
    ]
    with transaction():
        receipts = registrations.register_or_wait(prospectus, wishes)
    return [registrations.get(each.registration_id) for each in receipts]


def page_of(organiser: Browser, registration_id: uuid.UUID) -> str:
    page = organiser.get(f"{HERE}/registrations/{registration_id}")
    assert (page.status_code, faults_of(page)) == (200, [])
    return text_of(page)


def state_of(registration_id: uuid.UUID) -> str:
    db.session.rollback()
    return registrations.get(registration_id).state


def test_the_list_counts_and_filters_every_state(event: Event, organiser: Browser) -> None:
    people = {state: factories.register(event, family_name=state.title()) for state in STATES}
    with transaction():
        for state, person in people.items():
            registrations.get(person.id).state = state
    page = text_of(organiser.get(f"{HERE}/registrations"))
    assert "All 7" in page
    for state in STATES:
        found = organiser.get(f"{HERE}/registrations?state={state}")
        assert f"{state.title()} 1" in page
        assert f"{state.title()}, Änne" in text_of(found)
        assert "1 person" in text_of(found)
        assert faults_of(found) == []


def test_who_waits_stands_in_the_order_of_the_queue(event: Event, organiser: Browser) -> None:
    wait(event, "Zander")
    wait(event, "Adam")
    page = organiser.get(f"{HERE}/registrations?state=waiting")
    assert page.text.index("Zander, Änne") < page.text.index("Adam, Änne")
    assert 'aria-sort="ascending"' in page.text
    assert "Waiting since" in text_of(page)


def test_a_person_who_waits_sees_turn_and_party(event: Event, organiser: Browser) -> None:
    wait(event, "Erste")
    one, _other = wait(event, "Paar", "Partner")
    page = page_of(organiser, one.id)
    assert "Waiting list Number 2 in the queue" in page
    assert "Comes together with Änne Partner Waiting" in page


def test_an_offer_is_shown_with_its_deadline(event: Event, organiser: Browser) -> None:
    with transaction():
        events.get_event(event.slug).promotion = "offer"
    (person,) = wait(event, "Glück")
    factories.set_places(event, 1)
    assert state_of(person.id) == RegistrationState.OFFERED
    assert "Offer The place is kept until" in page_of(organiser, person.id)


def test_who_replaces_whom_is_shown_on_both_sides(event: Event, organiser: Browser) -> None:
    first = factories.register(event)
    with transaction():
        receipt = registrations.replace(
            registrations.get(first.id),
            factories.person(given_name="Karla"),
            idempotency_key="k",
            terms=registrations.PUBLIC,
        )
    assert "Replaced by Karla Groß" in page_of(organiser, first.id)
    assert "Replaces Änne Groß" in page_of(organiser, receipt.registration_id)


def test_who_came_by_an_invitation_leads_to_it(event: Event, organiser: Browser) -> None:
    prospectus = events.get_prospectus(event.slug)
    role = prospectus.find_role("guest")
    assert role is not None
    person = factories.register(event)
    with transaction():
        invitation = invitations.invite(
            prospectus, email="gast@amt.example", role=role, alliance=None, actor="command"
        )
        registrations.get(person.id).invitation_id = invitation.id
    assert "Invitation personal, to gast@amt.example" in page_of(organiser, person.id)


def test_who_waits_can_be_declined_but_not_approved(event: Event, organiser: Browser) -> None:
    (waits,) = wait(event, "Wartende")
    marked = {"id": [str(waits.id)]}
    organiser.get(f"{HERE}/registrations?state=waiting")
    question = organiser.post(f"{HERE}/registrations/decide", decision="approve", **marked)
    assert "No request is marked" in text_of(question)
    forced = organiser.post(f"{HERE}/registrations/decide", decision="approve", sure="1", **marked)
    assert forced.status_code == 303
    assert state_of(waits.id) == RegistrationState.WAITING
    question = organiser.post(f"{HERE}/registrations/decide", decision="decline", **marked)
    assert "Decline 1 request?" in text_of(question)
    organiser.post(f"{HERE}/registrations/decide", decision="decline", sure="1", **marked)
    assert state_of(waits.id) == RegistrationState.DECLINED


def test_who_waits_can_be_cancelled(event: Event, organiser: Browser) -> None:
    (waits,) = wait(event, "Wartende")
    question = organiser.get(f"{HERE}/registrations/{waits.id}/cancel")
    assert "leaves the waiting list" in text_of(question)
    organiser.post(f"{HERE}/registrations/{waits.id}/cancel")
    assert state_of(waits.id) == RegistrationState.CANCELLED


def roles_page(person_id: uuid.UUID) -> str:
    return f"{HERE}/registrations/{person_id}/roles"


def roles_of(registration_id: uuid.UUID) -> list[str]:
    db.session.rollback()
    return [role.code for role in registrations.get(registration_id).roles]


def test_several_roles_are_given_at_once_and_shown_by_rank(
    event: Event, organiser: Browser
) -> None:
    person = factories.register(event)
    factories.set_places(event, 1, alliance="MR4B")  # which the person counts against already
    factories.set_places(event, 7, role="presenter")
    page = organiser.get(roles_page(person.id))
    assert faults_of(page) == []
    assert "Presenter 7 free" in text_of(page)
    assert "Delegate has this place" in text_of(page)
    done = organiser.post(roles_page(person.id), role=["delegate", "presenter"])
    assert done.status_code == 303
    assert roles_of(person.id) == ["presenter", "delegate"]
    assert "Presenter, Delegate" in page_of(organiser, person.id)
    listed = text_of(organiser.get(f"{HERE}/registrations?role=delegate"))
    assert "Presenter, Delegate" in listed


def test_a_role_without_a_free_place_is_refused_and_nothing_changes(
    event: Event, organiser: Browser
) -> None:
    factories.set_places(event, 0, alliance="MR4B", role="presenter")
    person = factories.register(event)
    page = organiser.get(roles_page(person.id))
    assert "Presenter none free" in text_of(page)
    refused = organiser.post(roles_page(person.id), role=["delegate", "presenter"])
    assert refused.status_code == 422
    assert faults_of(refused) == []
    assert "Presenter has 0, and 0 are taken." in text_of(refused)
    assert refused.text.count(" checked") == 2
    assert roles_of(person.id) == ["delegate"]


@pytest.mark.parametrize("chosen", [[], ["jester"]])
def test_nobody_is_left_without_a_role(event: Event, organiser: Browser, chosen: list[str]) -> None:
    person = factories.register(event)
    organiser.get(roles_page(person.id))
    refused = organiser.post(roles_page(person.id), role=chosen)
    assert refused.status_code == 422
    assert "Choose at least one role." in text_of(refused)
    assert roles_of(person.id) == ["delegate"]


def test_a_role_for_alliances_needs_one(event: Event, organiser: Browser) -> None:
    person = factories.register(event, role="guest", alliance="")
    organiser.get(roles_page(person.id))
    refused = organiser.post(roles_page(person.id), role=["guest", "delegate"])
    assert refused.status_code == 422
    assert "“Delegate” is for people of an alliance" in text_of(refused)


def test_roles_of_somebody_who_cancelled_stay(event: Event, organiser: Browser) -> None:
    person = factories.register(event)
    with transaction():
        registrations.cancel(registrations.get(person.id), actor="command")
    assert organiser.get(roles_page(person.id)).status_code == 409
    organiser.get(f"{HERE}/registrations/{person.id}")
    assert organiser.post(roles_page(person.id), role=["guest"]).status_code == 409
    assert roles_of(person.id) == ["delegate"]


def test_people_of_another_event_and_unknown_ones_are_not_found(
    event: Event, organiser: Browser
) -> None:
    other = factories.register(factories.make_event("andere"))
    for person_id in (other.id, uuid7()):
        assert organiser.get(roles_page(person_id)).status_code == 404
        assert organiser.post(roles_page(person_id), role=["guest"]).status_code == 404

"""What invited people see at their link, and what they can do there."""

import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from registration import clock
from registration.database import db, transaction
from registration.models.events import Event, Promotion
from registration.models.invitations import Invitation
from registration.models.questions import QuestionKind
from registration.models.registrations import Registration, RegistrationState
from registration.models.roles import Role, RoleAccess
from registration.services import events, invitations, questions, registrations
from registration.services.events import Prospectus
from tests import factories
from tests.inviting import invite, make_link
from tests.views.test_answers import PDF, ask, in_parts
from tests.visitors import Visitor, check_structure, page_of

GOOD = {
    "given_name": "Mila",
    "family_name": "Hahn",
    "email": "mila.hahn@landtag.example",
    "locale": "en",
    "photo_consent": "no",
    "privacy_consent": "y",
}


@pytest.fixture
def visitor(app: Flask, event: Event) -> Visitor:
    return Visitor(app)


def path_of(invitation: Invitation) -> str:
    return f"/i/{invitations.link_token(invitation)}"


def answer(visitor: Visitor, path: str, **told: str) -> TestResponse:
    """Fill in the form at the link, and send it."""
    return visitor.post(path, visitor.read(path).values | GOOD | told)


def look_again(invitation: Invitation) -> None:
    """Read it as it is now, not as this test's transaction saw it first."""
    db.session.rollback()
    db.session.refresh(invitation)


def people() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Registration)) or 0


def only() -> Registration:
    db.session.rollback()
    return db.session.scalars(select(Registration)).one()


def close_role(event: Event, code: str) -> Prospectus:
    """Let a role be reached by invitation only."""
    with transaction():
        role = db.session.scalars(select(Role).where(Role.code == code)).one()
        role.access = RoleAccess.INVITATION
        events.revise(event.id)
    return events.get_prospectus(event.slug)


def test_the_page_says_who_invites_whom_as_what_until_when(
    visitor: Visitor, prospectus: Prospectus
) -> None:
    invitation = invite(prospectus, title="Dr.")
    path = path_of(invitation)
    page = visitor.read(path)
    check_structure(page)
    assert page.all("h1")[0].text == "Dr. Mila Hahn, you are invited"
    assert "would like you to come as “Delegate”" in page.text
    assert prospectus.event.organiser_name in page.text
    assert "Please answer by" in page.text
    assert page.values["given_name"] == "Mila"
    assert page.values["title"] == "Dr."
    assert not {"role", "alliance", "email"} & set(page.values)
    assert "mila.hahn@landtag.example" in page.text


def test_opening_is_noted_for_reading_and_not_for_looking_whether_it_is_there(
    app: Flask, visitor: Visitor, prospectus: Prospectus
) -> None:
    invitation = invite(prospectus)
    with app.app_context():
        app.test_client().head(path_of(invitation))
    look_again(invitation)
    assert invitation.opened_at is None
    visitor.read(path_of(invitation))
    look_again(invitation)
    first = invitation.opened_at
    visitor.read(path_of(invitation))
    look_again(invitation)
    assert invitation.opened_at == first is not None


def test_who_accepts_is_registered_at_the_address_that_was_invited(
    visitor: Visitor, prospectus: Prospectus
) -> None:
    path = path_of(invite(prospectus))
    answered = answer(
        visitor, path, email="somebody@else.example", role="presenter", alliance="BIOZ"
    )
    assert (answered.status_code, answered.location) == (303, "/werkstatt/registered")
    registration = registrations.get(only().id)
    assert registration.email == "mila.hahn@landtag.example"
    assert registration.role.code == "delegate"
    assert registration.alliance is not None
    assert registration.alliance.code == "MR4B"
    told = visitor.read("/werkstatt/registered")
    assert "mila.hahn@landtag.example" in told.text


def test_afterwards_the_link_says_what_stands(visitor: Visitor, prospectus: Prospectus) -> None:
    path = path_of(invite(prospectus))
    answer(visitor, path)
    page = visitor.read(path)
    check_structure(page)
    assert "You have accepted" in page.text
    assert "you have a place" in page.text
    with transaction():
        registrations.cancel(registrations.get(only().id))
    assert "Your registration has ended since" in visitor.read(path).text


def test_a_link_registers_everybody_at_their_own_address(
    visitor: Visitor, prospectus: Prospectus
) -> None:
    path = path_of(make_link(prospectus, places=1))
    page = visitor.read(path)
    check_structure(page)
    assert "MR4B" in page.text
    assert not [each for each in page.all("a") if "decline" in each["href"]]
    assert answer(visitor, path, email="ida@buendnis.example").status_code == 303
    assert only().email == "ida@buendnis.example"
    used_up = visitor.read(path, 409)
    check_structure(used_up)
    assert "All places of this link are taken" in used_up.text


def test_the_same_form_sent_twice_is_one_registration_and_says_so_twice(
    visitor: Visitor, prospectus: Prospectus
) -> None:
    for invitation in (invite(prospectus), make_link(prospectus, places=5)):
        path, before = path_of(invitation), people()
        form = visitor.read(path).values | GOOD
        first, second = visitor.post(path, form), visitor.post(path, form)
        assert (first.status_code, second.status_code) == (303, 303)
        assert first.location == second.location
        assert people() == before + 1
        look_again(invitation)
        assert invitation.used == 1


def test_going_back_and_sending_the_form_for_another_is_asked_again(
    visitor: Visitor, prospectus: Prospectus
) -> None:
    path = path_of(make_link(prospectus, places=5))
    form = visitor.read(path).values | GOOD
    visitor.post(path, form)
    page = page_of(visitor.post(path, form | {"email": "ida@buendnis.example"}), 422)
    assert "Please send the form once more" in page.text
    assert people() == 1


def test_what_is_wrong_is_told_at_the_field_and_nothing_is_used(
    visitor: Visitor, prospectus: Prospectus
) -> None:
    invitation = invite(prospectus)
    page = page_of(answer(visitor, path_of(invitation), given_name="", privacy_consent=""), 422)
    check_structure(page)
    assert page.errors == {"given_name", "privacy_consent"}
    look_again(invitation)
    assert (people(), invitation.used) == (0, 0)


def test_a_form_without_its_token_is_shown_again_with_what_was_entered(
    visitor: Visitor, prospectus: Prospectus
) -> None:
    path = path_of(invite(prospectus))
    form = visitor.read(path).values | GOOD | {"csrf_token": "old", "organisation": "Landtag"}
    page = page_of(visitor.post(path, form), 400)
    assert page.values["organisation"] == "Landtag"
    assert people() == 0


def test_changing_the_language_keeps_what_was_entered(
    visitor: Visitor, prospectus: Prospectus
) -> None:
    path = path_of(invite(prospectus))
    form = visitor.read(path).values | GOOD | {"organisation": "Landtag", "leaving": "en"}
    page = page_of(visitor.post(f"{path}?lang=de", form), 200)
    assert page.all("html")[0]["lang"] == "de"
    assert page.values["organisation"] == "Landtag"
    assert people() == 0


def test_a_role_by_invitation_is_reached_by_the_link_and_not_by_the_public_form(
    visitor: Visitor, event: Event
) -> None:
    prospectus = close_role(event, "political")
    path = path_of(invite(prospectus, role="political", alliance=""))
    public = visitor.read("/werkstatt/register").values | GOOD | {"role": "political"}
    refused = page_of(visitor.post("/werkstatt/register", public), 422)
    assert refused.errors == {"role"}
    assert people() == 0
    assert answer(visitor, path).status_code == 303
    assert only().state == RegistrationState.CONFIRMED


def test_an_invitation_works_while_registration_is_closed(
    visitor: Visitor, prospectus: Prospectus
) -> None:
    closes = prospectus.event.registration_closes_at
    path = path_of(invite(prospectus, expires_at=closes + timedelta(days=2)))
    with time_machine.travel(closes + timedelta(days=1), tick=False):
        assert visitor.get("/werkstatt/register").status_code == 409
        assert answer(visitor, path).status_code == 303


def test_when_all_is_full_the_invited_person_may_wait(
    visitor: Visitor, event: Event, prospectus: Prospectus
) -> None:
    factories.set_places(event, 0)
    invitation = invite(prospectus)
    path = path_of(invitation)
    full = page_of(answer(visitor, path), 409)
    check_structure(full)
    assert "No place is free at the moment" in full.text
    look_again(invitation)
    assert invitation.used == 0
    waits = visitor.post(path, full.values | GOOD | {"wait": "yes"})
    assert waits.status_code == 303
    assert only().state == RegistrationState.WAITING
    assert "You are on the waiting list" in visitor.read(path).text


def test_who_may_wait_is_asked_for_their_file_again(visitor: Visitor, event: Event) -> None:
    ask(event, "slides", QuestionKind.FILE)
    factories.set_places(event, 0)
    path = path_of(invite(events.get_prospectus(event.slug)))
    file = {"q_slides": FileStorage(io.BytesIO(PDF), "talk.pdf")}
    full = page_of(in_parts(visitor, visitor.read(path).values | GOOD | file, path), 409)
    assert full.errors == {"q_slides"}
    assert len(full.all("button", name="wait")) == 1  # behind the file, and not before it


def test_without_a_waiting_list_nobody_is_offered_to_wait(visitor: Visitor, event: Event) -> None:
    with transaction():
        events.get_event(event.slug).promotion = Promotion.NONE
        events.revise(event.id)
    factories.set_places(event, 0)
    path = path_of(invite(events.get_prospectus(event.slug)))
    full = page_of(answer(visitor, path), 409)
    assert "waiting list" not in full.text
    assert page_of(visitor.post(path, full.values | GOOD | {"wait": "yes"}), 409)
    assert people() == 0


def test_the_events_questions_for_the_role_are_asked_and_kept(
    visitor: Visitor, event: Event, prospectus: Prospectus
) -> None:
    hotel = ask(event, "hotel", QuestionKind.YES_NO, is_required=True)
    presenter = prospectus.find_role("presenter")
    assert presenter is not None
    ask(event, "talk", QuestionKind.TEXT, role_id=presenter.id, is_required=True)
    path = path_of(invite(prospectus))
    page = page_of(answer(visitor, path), 422)
    assert page.errors == {"q_hotel"}
    assert "Question talk" not in page.text
    assert answer(visitor, path, q_hotel="yes").status_code == 303
    registration = only()
    assert questions.answers_of([registration.id])[registration.id] == {hotel: True}


def test_declining_asks_first_and_then_says_so(visitor: Visitor, prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    path = path_of(invitation)
    asked = visitor.read(f"{path}/decline")
    check_structure(asked)
    look_again(invitation)
    assert invitation.declined_at is None
    for _again in range(2):
        declined = visitor.post(f"{path}/decline", {"csrf_token": asked.values["csrf_token"]})
        assert (declined.status_code, declined.location) == (303, path)
    page = visitor.read(path)
    check_structure(page)
    assert "You have declined" in page.text
    assert page_of(visitor.post(path, GOOD), 200).text == page.text
    assert people() == 0


def test_declining_needs_the_pages_own_button(visitor: Visitor, prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    assert visitor.post(f"{path_of(invitation)}/decline", {}).status_code == 400
    look_again(invitation)
    assert invitation.declined_at is None


def test_a_link_has_nothing_to_decline(visitor: Visitor, prospectus: Prospectus) -> None:
    link = make_link(prospectus)
    path = path_of(link)
    assert visitor.get(f"{path}/decline").location == path
    token = visitor.read(path).values["csrf_token"]
    assert visitor.post(f"{path}/decline", {"csrf_token": token}).location == path
    look_again(link)
    assert link.declined_at is None


def test_an_expired_invitation_says_until_when_it_was_open(
    visitor: Visitor, prospectus: Prospectus
) -> None:
    path = path_of(invite(prospectus, expires_at=clock.now() + timedelta(days=1)))
    form = visitor.read(path).values | GOOD
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        page = visitor.read(path, 410)
        check_structure(page)
        assert "The time to answer is over" in page.text
        assert prospectus.event.organiser_email in page.text
        assert visitor.post(path, form).status_code == 410
    assert people() == 0


def test_a_revoked_invitation_says_so_to_whoever_has_its_page_open(
    visitor: Visitor, prospectus: Prospectus
) -> None:
    invitation = invite(prospectus)
    path = path_of(invitation)
    form = visitor.read(path).values | GOOD
    with transaction():
        invitations.revoke(invitation, actor="command")
    page = page_of(visitor.post(path, form), 410)
    check_structure(page)
    assert "This invitation has been withdrawn" in page.text
    assert visitor.get(f"{path}/decline").location == path
    assert people() == 0


@pytest.mark.parametrize("token", ["x", "WyJhIiwwXQ.bad", "%00"])
def test_a_link_that_is_not_ours_leads_nowhere(visitor: Visitor, token: str) -> None:
    for path in (f"/i/{token}", f"/i/{token}/decline"):
        assert visitor.get(path).status_code == 404


def test_an_event_cannot_take_the_address_of_invitations() -> None:
    assert "i" in events.setup.RESERVED


@pytest.mark.parametrize("language", ["de", "en"])
def test_both_languages_say_everything(app: Flask, prospectus: Prospectus, language: str) -> None:
    path = path_of(invite(prospectus))
    page = Visitor(app, language).read(path)
    assert page.all("html")[0]["lang"] == language
    assert ("Sie sind eingeladen" in page.text) == (language == "de")

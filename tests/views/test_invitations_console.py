"""Invitations in the console: made singly and by list, as links, reminded, withdrawn."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction
from registration.models.accounts import AccountRole
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.models.invitations import Invitation
from registration.services import invitations
from registration.services.events import Prospectus
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of
from tests.inviting import invite, make_link

HERE = "/organise/werkstatt/invitations"
SURE = re.compile(r'name="sure"\s+value="([^"]+)"')


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """A browser in which an organiser of the small event has signed in."""
    return signed_in(app)


def all_invitations() -> list[Invitation]:
    db.session.rollback()
    return list(db.session.scalars(select(Invitation).order_by(Invitation.id)))


def mails() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Delivery.kind).order_by(Delivery.created_at)))


def test_one_person_is_invited_by_mail(organiser: Browser, event: Event) -> None:
    asked = organiser.get(f"{HERE}/new")
    assert faults_of(asked) == []
    day = (clock.now() + timedelta(days=10)).date()
    sent = organiser.post(
        f"{HERE}/new",
        email="mila.hahn@landtag.example",
        given_name="Mila",
        family_name="Hahn",
        title="Dr.",
        salutation="ms",
        locale="en",
        role="political",
        expires_on=day.isoformat(),
        skips_approval="y",
    )
    assert (sent.status_code, sent.location) == (303, HERE)
    (invitation,) = all_invitations()
    assert invitation.email == "mila.hahn@landtag.example"
    assert (invitation.title, invitation.salutation, invitation.locale) == ("Dr.", "ms", "en")
    assert invitation.skips_approval
    assert invitation.created_by.startswith("account:")
    assert invitation.expires_at is not None
    assert invitation.expires_at.astimezone(event.zone).date() == day
    assert mails() == [DeliveryKind.INVITATION]
    listed = text_of(organiser.get(HERE))
    assert "Mila Hahn" in listed
    assert "In the outbox" in listed
    assert "Clara Vogt" in listed


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"email": "nobody"}, "Please enter an address"),
        ({"role": "king"}, "Choose one of the roles"),
        ({"role": "delegate"}, "Choose theirs."),
        ({"expires_on": "2020-01-01"}, "This day is over."),
        ({"expires_on": "2999-01-01"}, "Choose a day before the event"),
        ({"expires_on": "soon"}, "Please enter a day"),
    ],
)
def test_what_cannot_be_sent_is_told_at_its_field(
    organiser: Browser, told: dict[str, str], said: str
) -> None:
    organiser.get(f"{HERE}/new")
    good = {"email": "mila@landtag.example", "role": "political", "locale": "de"}
    page = organiser.post(f"{HERE}/new", **(good | told))
    assert page.status_code == 422
    assert said in text_of(page)
    assert all_invitations() == []


def test_a_person_is_not_invited_twice_at_once(organiser: Browser, prospectus: Prospectus) -> None:
    invite(prospectus, role="political", alliance="")
    organiser.get(f"{HERE}/new")
    page = organiser.post(
        f"{HERE}/new",
        email="mila.hahn@landtag.example",
        given_name="Mila",
        family_name="Hahn",
        role="guest",
        locale="de",
    )
    assert page.status_code == 422
    assert "has an invitation that waits for an answer" in text_of(page)
    assert len(all_invitations()) == 1


def preview(organiser: Browser, people: str, **told: str) -> tuple[str, str]:
    """Paste a list; return what the page says, and the mark of its button to send."""
    organiser.get(f"{HERE}/several")
    fields = {"role": "guest", "locale": "de", "people": people, **told}
    page = organiser.post(f"{HERE}/several", **fields)
    assert page.status_code == 200
    assert faults_of(page) == []
    mark = SURE.search(page.text)
    return text_of(page), mark[1] if mark else ""


def test_a_list_is_shown_first_and_then_sent(organiser: Browser, prospectus: Prospectus) -> None:
    invite(prospectus, role="guest", alliance="")
    people = (
        "Änne Groß <aenne@buendnis.example>\n"
        "Hahn, Mila <mila.hahn@landtag.example>\n"
        "nobody\n"
        "Otto; von der Heide; otto@buendnis.example"
    )
    said, mark = preview(organiser, people)
    assert "2 people can be invited. 2 cannot" in said
    assert "has an invitation that waits for an answer" in said
    assert "Please enter an address like name@example.org" in said
    assert len(all_invitations()) == 1
    fields = {"role": "guest", "locale": "de", "people": people}
    sent = organiser.post(f"{HERE}/several", **fields, sure=mark)
    assert (sent.status_code, sent.location) == (303, HERE)
    assert "2 invitations are on their way." in text_of(organiser.get(HERE))
    names = {(each.given_name, each.family_name) for each in all_invitations()}
    assert names == {("Mila", "Hahn"), ("Änne", "Groß"), ("Otto", "von der Heide")}
    organiser.post(f"{HERE}/several", **fields, sure=mark)
    assert len(all_invitations()) == 3


def test_a_list_that_was_changed_after_the_preview_is_shown_again(organiser: Browser) -> None:
    _said, mark = preview(organiser, "aenne@buendnis.example")
    fields = {"role": "guest", "locale": "de", "people": "otto@buendnis.example"}
    page = organiser.post(f"{HERE}/several", **fields, sure=mark)
    assert page.status_code == 200
    assert "1 person can be invited." in text_of(page)
    assert all_invitations() == []


def test_a_list_without_anybody_to_invite_has_no_button_to_send(organiser: Browser) -> None:
    said, mark = preview(organiser, "nobody\nno one")
    assert mark == ""
    assert "0 people can be invited. 2 cannot" in said


@pytest.mark.parametrize(
    "people", ["", "a@x.example\n" * 501, "a@x.example; " * 501, "a" * 150_000]
)
def test_a_list_has_some_people_and_not_too_many(organiser: Browser, people: str) -> None:
    organiser.get(f"{HERE}/several")
    page = organiser.post(f"{HERE}/several", role="guest", locale="de", people=people)
    assert page.status_code == 422
    assert all_invitations() == []


def test_a_link_is_made_and_shown_with_its_code(organiser: Browser, event: Event) -> None:
    assert faults_of(organiser.get(f"{HERE}/link")) == []
    made = organiser.post(f"{HERE}/link", role="delegate", alliance="MR4B", places="15")
    assert made.status_code == 303
    (link,) = all_invitations()
    assert made.location == f"{HERE}/{link.id}"
    page = organiser.get(made.location)
    assert faults_of(page) == []
    assert invitations.address_of(link) in page.text
    assert 'aria-label="QR code of the link"' in page.text
    assert "0 of 15 used" in text_of(page)


@pytest.mark.parametrize("places", ["", "0", "-1", "many", "10001", "1.5"])
def test_a_link_has_a_number_of_places(organiser: Browser, places: str) -> None:
    organiser.get(f"{HERE}/link")
    page = organiser.post(f"{HERE}/link", role="delegate", alliance="MR4B", places=places)
    assert page.status_code == 422
    assert "Enter a whole number from 1 to 10,000." in text_of(page)
    assert all_invitations() == []


def test_the_list_is_narrowed_by_status_and_alliance(
    organiser: Browser, prospectus: Prospectus
) -> None:
    invite(prospectus)
    invite(prospectus, alliance="BIOZ", given_name="Otto", family_name="Brandt")
    make_link(prospectus)
    assert faults_of(organiser.get(HERE)) == []
    links = text_of(organiser.get(f"{HERE}?status=active"))
    assert "Link, 0 of 2 used" in links
    assert "Mila Hahn" not in links
    bioz = text_of(organiser.get(f"{HERE}?alliance=BIOZ"))
    assert "Otto Brandt" in bioz
    assert "Mila Hahn" not in bioz
    assert "No invitation matches" in text_of(organiser.get(f"{HERE}?status=declined"))
    odd = organiser.get(f"{HERE}?status=odd&page=x&alliance=x")
    assert "Mila Hahn" in text_of(odd)


def test_who_registered_by_an_invitation_is_on_its_page(
    organiser: Browser, prospectus: Prospectus
) -> None:
    link = make_link(prospectus)
    with transaction():
        invitations.accept(prospectus, link, factories.person(), idempotency_key="one-form")
    assert "Änne Groß" in text_of(organiser.get(f"{HERE}/{link.id}"))


def test_one_person_is_reminded_once_a_day(organiser: Browser, prospectus: Prospectus) -> None:
    invitation = invite(prospectus)
    here = f"{HERE}/{invitation.id}"
    organiser.get(here)
    assert organiser.post(f"{here}/remind").location == here
    assert "The reminder is on its way." in text_of(organiser.get(here))
    organiser.post(f"{here}/remind")
    assert "There was a reminder within the last day" in text_of(organiser.get(here))
    assert mails() == [DeliveryKind.INVITATION, DeliveryKind.INVITATION_REMINDER]


def test_all_who_have_not_answered_are_reminded_after_a_question(
    organiser: Browser, prospectus: Prospectus
) -> None:
    for number in range(3):
        invite(prospectus, given_name=f"Mila {number}")
    asked = organiser.get(f"{HERE}/remind")
    assert faults_of(asked) == []
    assert "Remind 3 people?" in text_of(asked)
    assert organiser.post(f"{HERE}/remind").location == HERE
    assert "3 reminders are on their way." in text_of(organiser.get(HERE))
    assert mails().count(DeliveryKind.INVITATION_REMINDER) == 3
    assert "There is nobody to remind" in text_of(organiser.get(f"{HERE}/remind"))


def test_withdrawing_asks_first_and_then_stops_the_link(
    organiser: Browser, prospectus: Prospectus
) -> None:
    link = make_link(prospectus)
    here = f"{HERE}/{link.id}"
    asked = organiser.get(f"{here}/revoke")
    assert faults_of(asked) == []
    assert "Withdraw this link?" in text_of(asked)
    assert organiser.post(f"{here}/revoke").location == here
    shown = organiser.get(here)
    assert "The link does not work any more." in text_of(shown)
    assert "/i/" not in shown.text
    assert organiser.get(f"{here}/revoke").location == here


def test_what_was_answered_in_the_meantime_is_left_as_it_is(
    organiser: Browser, prospectus: Prospectus
) -> None:
    invitation = invite(prospectus)
    here = f"{HERE}/{invitation.id}"
    organiser.get(f"{here}/revoke")
    with transaction():
        invitations.decline(invitation)
    organiser.post(f"{here}/revoke")
    assert "It was answered in the meantime" in text_of(organiser.get(here))
    organiser.post(f"{here}/remind")
    assert "no reminder was sent" in text_of(organiser.get(here))


def test_an_invitation_of_another_event_is_not_there(
    organiser: Browser, prospectus: Prospectus
) -> None:
    factories.make_event("other")
    invitation = invite(prospectus)
    for path in ("", "/revoke"):
        other = f"/organise/other/invitations/{invitation.id}{path}"
        assert organiser.get(other).status_code == 404
    organiser.get(HERE)
    for path in ("/revoke", "/remind"):
        other = f"/organise/other/invitations/{invitation.id}{path}"
        assert organiser.post(other).status_code == 404


@pytest.mark.parametrize("path", ["", "/new", "/several", "/link", "/remind"])
def test_only_organisers_see_invitations(app: Flask, event: Event, path: str) -> None:
    assert Browser(app).get(f"{HERE}{path}").location.startswith("/organise/sign-in")
    assert signed_in(app, AccountRole.STAFF).get(f"{HERE}{path}").status_code == 403

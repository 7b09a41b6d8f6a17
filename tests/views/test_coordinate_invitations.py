"""A coordinator invites people and makes links, for the own alliance only."""

import uuid

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.models.invitations import Invitation
from registration.services import events, invitations
from tests.console import Browser, faults_of, text_of
from tests.coordinators import HERE, actions, make_event, signed_in

LIST = f"{HERE}/invitations"


@pytest.fixture
def event(app: Flask) -> Event:
    return make_event()


@pytest.fixture
def coordinator(app: Flask, event: Event) -> Browser:
    return signed_in(app, event)


def all_invitations() -> list[Invitation]:
    db.session.rollback()
    return list(db.session.scalars(select(Invitation)))


def of_another(event: Event) -> Invitation:
    prospectus = events.get_prospectus(event.slug)
    role = prospectus.find_role("delegate")
    assert role is not None
    with transaction():
        return invitations.make_link(
            prospectus,
            role=role,
            alliance=prospectus.find_alliance("BIOZ"),
            places=3,
            actor="command",
        )


def test_one_person_is_invited_by_mail(event: Event, coordinator: Browser) -> None:
    assert not faults_of(coordinator.get(f"{LIST}/person"))
    told = {"role": "delegate", "email": "ina@maier.example", "locale": "de"}
    sent = coordinator.post(f"{LIST}/person", **told, given_name="Ina", family_name="Maier")
    assert sent.status_code == 303
    [made] = all_invitations()
    assert made.alliance is not None
    assert (made.alliance.code, made.email) == ("MR4B", "ina@maier.example")
    [mail] = db.session.scalars(select(Delivery))
    assert (mail.kind, mail.recipient) == ("invitation", "ina@maier.example")
    page = coordinator.get(LIST)
    assert "Ina Maier" in text_of(page)
    assert not faults_of(page)
    assert actions()[-1][0] == "invitation.sent"


def test_the_same_person_is_not_invited_twice(event: Event, coordinator: Browser) -> None:
    told = {"role": "delegate", "email": "ina@maier.example", "locale": "de"}
    coordinator.post(f"{LIST}/person", **told)
    again = coordinator.post(f"{LIST}/person", **told)
    assert again.status_code == 409
    assert "You can remind them" in text_of(again)
    assert len(all_invitations()) == 1


@pytest.mark.parametrize("role", ["political", "guest", "nonsense", ""])
def test_nobody_is_invited_into_a_role_of_the_organisers(
    event: Event, coordinator: Browser, role: str
) -> None:
    told = {"role": role, "email": "ina@maier.example", "locale": "de", "places": "2"}
    assert coordinator.post(f"{LIST}/person", **told).status_code == 422
    assert coordinator.post(f"{LIST}/link", **told).status_code == 422
    assert not all_invitations()


def test_a_link_is_made_copied_and_revoked(event: Event, coordinator: Browser) -> None:
    assert not faults_of(coordinator.get(f"{LIST}/link"))
    assert coordinator.post(f"{LIST}/link", role="delegate", places="5").status_code == 303
    [link] = all_invitations()
    page = coordinator.get(LIST)
    assert invitations.address_of(link) in page.text
    assert "0 of 5 used" in text_of(page)
    assert not faults_of(page)
    question = coordinator.get(f"{LIST}/{link.id}/revoke")
    assert "Withdraw this link?" in text_of(question)
    assert not faults_of(question)
    assert coordinator.post(f"{LIST}/{link.id}/revoke").status_code == 303
    after = coordinator.get(LIST)
    assert "/i/" not in after.text
    assert "Withdrawn" in text_of(after)
    assert actions()[-1][0] == "invitation.revoked"


def test_a_link_needs_a_number_of_places(event: Event, coordinator: Browser) -> None:
    sent = coordinator.post(f"{LIST}/link", role="delegate", places="many")
    assert sent.status_code == 422
    assert not all_invitations()


def test_who_has_not_answered_is_reminded_once_a_day(event: Event, coordinator: Browser) -> None:
    told = {"role": "delegate", "email": "ina@maier.example", "locale": "de"}
    coordinator.post(f"{LIST}/person", **told)
    [made] = all_invitations()
    coordinator.get(LIST)
    for _ in range(2):
        assert coordinator.post(f"{LIST}/{made.id}/remind").status_code == 303
    db.session.rollback()
    kinds = [mail.kind for mail in db.session.scalars(select(Delivery))]
    assert sorted(kinds) == ["invitation", "reminder"]


def test_a_revoked_invitation_cannot_be_reminded_of(event: Event, coordinator: Browser) -> None:
    told = {"role": "delegate", "email": "ina@maier.example", "locale": "de"}
    coordinator.post(f"{LIST}/person", **told)
    [made] = all_invitations()
    coordinator.get(LIST)
    coordinator.post(f"{LIST}/{made.id}/revoke")
    late = coordinator.post(f"{LIST}/{made.id}/remind")
    assert late.status_code == 409
    assert "has been answered or has ended" in text_of(late)


def test_another_alliances_invitations_are_not_there(event: Event, coordinator: Browser) -> None:
    theirs = of_another(event)
    assert invitations.address_of(theirs) not in coordinator.get(LIST).text
    assert coordinator.get(f"{LIST}/{theirs.id}/revoke").status_code == 404
    assert coordinator.post(f"{LIST}/{theirs.id}/revoke").status_code == 404
    assert coordinator.post(f"{LIST}/{theirs.id}/remind").status_code == 404
    assert coordinator.get(f"{LIST}/{uuid.uuid4()}/revoke").status_code == 404
    [untouched] = all_invitations()
    assert untouched.revoked_at is None

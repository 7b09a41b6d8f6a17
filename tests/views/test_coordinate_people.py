"""A coordinator and one person of their alliance: see, decide, correct, replace, cancel."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from registration.database import db
from registration.models.badges import Badge
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.models.registrations import Registration, Source
from tests import factories
from tests.console import Browser, faults_of, text_of
from tests.coordinators import HERE, actions, again, make_event, signed_in


@pytest.fixture
def event(app: Flask) -> Event:
    return make_event()


@pytest.fixture
def coordinator(app: Flask, event: Event) -> Browser:
    return signed_in(app, event)


def at(registration: Registration, what: str = "") -> str:
    return f"{HERE}/people/{registration.id}{'/' if what else ''}{what}"


def mails_of(registration: Registration) -> list[str]:
    db.session.rollback()
    query = select(Delivery).where(Delivery.registration_id == registration.id)
    return [row.kind for row in db.session.scalars(query.order_by(Delivery.created_at))]


def their_data(**changes: str) -> dict[str, str]:
    return {
        "salutation": "neutral",
        "title": "",
        "given_name": "Änne",
        "family_name": "Groß",
        "email": "aenne.gross@buendnis.example",
        "locale": "de",
        "organisation": "",
        "position": "",
        "sector": "",
        "theme": "",
        **changes,
    }


def test_a_persons_page_shows_what_a_coordinator_may_know(
    event: Event, coordinator: Browser
) -> None:
    person = factories.register(event, support_needs="a ramp, please", diet="vegan")
    page = coordinator.get(at(person))
    assert person.short_code[:4] in page.text
    assert "Confirmed" in text_of(page)
    assert "a ramp" not in page.text
    assert "Vegan" not in page.text
    assert not faults_of(page)


def test_requests_are_approved_in_roles_that_coordinators_decide_on(
    event: Event, coordinator: Browser
) -> None:
    request = factories.register(event, role="moderator")
    assert coordinator.post(at(request, "approve")).status_code == 303
    assert again(request).state == "confirmed"
    assert mails_of(request) == ["received", "approved"]
    [(_, actor)] = [each for each in actions() if each[0] == "registration.confirmed"]
    assert actor.startswith("account:")
    assert coordinator.post(at(request, "approve")).status_code == 409


def test_requests_in_other_roles_are_the_organisers_to_decide(
    event: Event, coordinator: Browser
) -> None:
    request = factories.register(event, role="guest")
    page = coordinator.get(at(request))
    assert "The organisers decide" in text_of(page)
    assert "/approve" not in page.text
    assert coordinator.post(at(request, "approve")).status_code == 409
    assert coordinator.get(at(request, "decline")).status_code == 409
    assert coordinator.post(at(request, "decline"), reason="no").status_code == 409
    assert again(request).state == "requested"


def test_a_request_is_declined_with_its_reason(event: Event, coordinator: Browser) -> None:
    request = factories.register(event, role="moderator")
    assert not faults_of(coordinator.get(at(request, "decline")))
    assert coordinator.post(at(request, "decline"), reason="Nur eine Moderation").status_code == 303
    declined = again(request)
    assert (declined.state, declined.decision_reason) == ("declined", "Nur eine Moderation")


def test_several_requests_are_decided_after_one_question(
    event: Event, coordinator: Browser
) -> None:
    ours = [factories.register(event, role="moderator") for _ in range(3)]
    guest = factories.register(event, role="guest")
    theirs = factories.register(event, role="moderator", alliance="BIOZ")
    marked = [str(each.id) for each in (*ours[:2], guest, theirs)]
    question = coordinator.post(f"{HERE}/people/decide", decision="approve", id=marked)
    assert "Approve 2 requests?" in text_of(question)
    assert not faults_of(question)
    sure = [str(each.id) for each in (*ours[:2], guest)]
    done = coordinator.post(f"{HERE}/people/decide", decision="approve", id=sure, sure="1")
    assert done.status_code == 303
    assert [again(each).state for each in ours] == ["confirmed", "confirmed", "requested"]
    assert again(guest).state == "requested"
    page = text_of(coordinator.get(f"{HERE}/"))
    assert "2 requests approved." in page
    assert "1 had been decided in the meantime" in page


def test_marking_somebody_of_another_alliance_decides_nothing(
    event: Event, coordinator: Browser
) -> None:
    ours = factories.register(event, role="moderator")
    theirs = factories.register(event, role="moderator", alliance="BIOZ")
    both = [str(ours.id), str(theirs.id)]
    sent = coordinator.post(
        f"{HERE}/people/decide", decision="decline", id=both, sure="1", reason=""
    )
    assert sent.status_code == 404
    assert [again(each).state for each in (ours, theirs)] == ["requested", "requested"]


def test_data_is_corrected_and_what_is_the_persons_own_stays(
    event: Event, coordinator: Browser
) -> None:
    person = factories.register(
        event, support_needs="a ramp", diet="vegan", photo_consent=False, organisation="Alt"
    )
    form = coordinator.get(at(person, "edit"))
    assert "a ramp" not in form.text
    assert not faults_of(form)
    sent = coordinator.post(
        at(person, "edit"),
        **their_data(organisation="Neu e.V."),
        diet="halal",
        support_needs="",
        photo_consent="yes",
    )
    assert sent.status_code == 303
    now = again(person)
    assert now.organisation == "Neu e.V."
    assert (now.diet, now.support_needs, now.photo_consent) == ("vegan", "a ramp", False)
    assert "changed" in mails_of(person)
    assert actions()[-1][0] == "registration.corrected"


def test_whoever_registered_themself_keeps_their_address_and_who_was_named_does_not(
    event: Event, coordinator: Browser
) -> None:
    person = factories.register(event, email="mine@own.example")
    assert 'name="email"' not in coordinator.get(at(person, "edit")).text
    coordinator.post(at(person, "edit"), **their_data(email="spy@mr4b.example"))
    assert again(person).email == "mine@own.example"
    told = their_data(role="delegate", email="office@mr4b.example", family_name="Adler")
    coordinator.post(f"{HERE}/nominate", **told, idempotency_key=uuid.uuid4().hex)
    db.session.rollback()
    named = db.session.scalars(select(Registration).filter_by(family_name="Adler")).one()
    coordinator.get(at(named, "edit"))
    coordinator.post(at(named, "edit"), **their_data(email="other@mr4b.example"))
    assert again(named).email == "other@mr4b.example"


def test_who_was_let_in_by_the_organisers_does_not_become_somebody_else(
    event: Event, coordinator: Browser
) -> None:
    guest = factories.register(event, role="guest")
    form = coordinator.get(at(guest, "edit"))
    assert 'name="family_name"' not in form.text
    assert not faults_of(form)
    told = their_data(given_name="Bo", family_name="Lund", organisation="Neu")
    assert coordinator.post(at(guest, "edit"), **told).status_code == 303
    now = again(guest)
    assert (now.given_name, now.family_name, now.organisation) == ("Änne", "Groß", "Neu")


def test_a_bad_correction_changes_nothing_and_says_what_is_missing(
    event: Event, coordinator: Browser
) -> None:
    person = factories.register(event)
    coordinator.get(at(person, "edit"))
    sent = coordinator.post(at(person, "edit"), **their_data(given_name="", email="nonsense"))
    assert sent.status_code == 422
    assert "Please enter the given name." in text_of(sent)
    assert again(person).given_name == "Änne"


def test_a_person_is_cancelled_with_a_reason(event: Event, coordinator: Browser) -> None:
    person = factories.register(event)
    assert not faults_of(coordinator.get(at(person, "cancel")))
    assert coordinator.post(at(person, "cancel"), reason="krank").status_code == 303
    assert again(person).state == "cancelled"
    assert coordinator.post(at(person, "cancel"), reason="krank").status_code == 409


def test_somebody_else_takes_the_place_and_the_old_badge_stops_at_once(
    event: Event, coordinator: Browser
) -> None:
    factories.set_places(event, 1, alliance="MR4B")
    person = factories.register(event)
    form = coordinator.get(at(person, "replace"))
    assert "The old badge stops at once" in text_of(form)
    assert 'value="office@mr4b.example"' in form.text
    assert not faults_of(form)
    key = uuid.uuid4().hex
    told = their_data(given_name="Bo", family_name="Lund", email="bo@lund.example")
    sent = coordinator.post(at(person, "replace"), **told, idempotency_key=key)
    assert sent.status_code == 303
    old, new = again(person), successor_of(person)
    assert (old.state, new.state, new.given_name) == ("cancelled", "confirmed", "Bo")
    assert (new.source, new.privacy_consent_at) == (Source.TRANSFER, None)
    assert new.alliance_id == old.alliance_id
    assert badge_of(old).revoked_at is not None
    assert badge_of(new).revoked_at is None
    assert mails_of(person)[-1] == "replaced"
    assert mails_of(new) == ["confirmed"]
    twice = coordinator.post(at(person, "replace"), **told, idempotency_key=key)
    assert twice.location == sent.location
    assert "Bo Lund" in text_of(coordinator.get(sent.location))
    assert "Somebody else comes instead Bo Lund" in text_of(coordinator.get(at(person)))


def successor_of(registration: Registration) -> Registration:
    query = select(Registration).where(Registration.replaces_id == registration.id)
    return db.session.scalars(query).one()


def badge_of(registration: Registration) -> Badge:
    query = select(Badge).where(Badge.registration_id == registration.id)
    return db.session.scalars(query).one()


def test_roles_that_coordinators_have_nothing_to_do_with_are_not_handed_on(
    event: Event, coordinator: Browser
) -> None:
    guest = factories.register(event, role="guest")
    assert "/replace" not in coordinator.get(at(guest)).text
    assert coordinator.get(at(guest, "replace")).status_code == 409
    told = their_data(given_name="Bo", idempotency_key=uuid.uuid4().hex)
    assert coordinator.post(at(guest, "replace"), **told).status_code == 409
    assert again(guest).state == "requested"


def test_nobody_is_exchanged_once_the_event_is_over(
    app: Flask, event: Event, coordinator: Browser
) -> None:
    person = factories.register(event)
    with time_machine.travel(event.ends_at + timedelta(minutes=1), tick=False):
        late = Browser(app)
        late.sign_in("mr4b@buendnis.example")
        late.get(f"{HERE}/")
        for what in ("edit", "cancel", "replace"):
            assert late.get(at(person, what)).status_code == 409
        assert late.post(at(person, "cancel"), reason="").status_code == 409
    assert again(person).state == "confirmed"


def test_the_mail_is_sent_again(event: Event, coordinator: Browser) -> None:
    person = factories.register(event)
    assert coordinator.post(at(person, "resend")).status_code == 303
    assert mails_of(person) == ["confirmed", "confirmed"]
    assert actions()[-1][0] == "registration.mail_resent"

"""What came back is shown to organisers of the event, with what they can do."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.accounts import AccountRole, Mandate
from registration.models.deliveries import Delivery, MailAddress
from registration.models.events import Event
from registration.services.senders import checking
from tests import factories
from tests.console import Browser, faults_of, make_account, signed_in, text_of
from tests.returned import flagged, notice, sent, stored, taken

pytestmark = pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True)


def test_what_came_back_is_shown_with_whom_and_why(app: Flask, event: Event) -> None:
    delivery = sent(event, family_name="<b>Groß</b>")
    taken(notice("postfix-unknown", delivery))
    organiser = signed_in(app)
    page = organiser.get(f"/organise/{event.slug}/bounces")
    told = text_of(page)
    assert "Änne <b>Groß</b>" in told
    assert "The address does not exist." in told
    assert "User unknown in virtual mailbox table" in told
    assert faults_of(page) == []
    person = f"/organise/{event.slug}/registrations/{delivery.registration_id}"
    assert "Mail does not arrive" in text_of(organiser.get(person))
    assert "mail does not arrive" in text_of(organiser.get(f"/organise/{event.slug}/registrations"))
    assert "Mails to 1 person come back" in text_of(organiser.get(f"/organise/{event.slug}/"))


def test_trying_again_sends_the_mail_once_more_to_the_present_address(
    app: Flask, event: Event
) -> None:
    delivery = sent(event)
    taken(notice("postfix-unknown", delivery))
    with transaction():
        registration = db.session.merge(delivery).registration
        assert registration is not None
        registration.email = "right@buendnis.example"
    organiser = signed_in(app)
    organiser.get(f"/organise/{event.slug}/bounces")
    for _ in range(2):
        organiser.post(f"/organise/{event.slug}/bounces/{stored()[0].id}")
    assert flagged() == {}
    recipients = db.session.scalars(select(Delivery.recipient).where(Delivery.state == "new")).all()
    assert recipients == ["right@buendnis.example"]
    assert "sent once more" in text_of(organiser.get(f"/organise/{event.slug}/bounces"))


def test_a_notice_of_another_event_is_not_there(app: Flask, event: Event) -> None:
    taken(notice("postfix-unknown", sent(event)))
    other = factories.make_event("andere")
    organiser = signed_in(app)
    page = organiser.get(f"/organise/{other.slug}/bounces")
    assert "Nothing has come back" in text_of(page)
    answer = organiser.post(f"/organise/{other.slug}/bounces/{stored()[0].id}")
    assert (answer.status_code, len(flagged())) == (404, 1)


def test_notices_about_no_mail_are_for_those_who_answer_for_every_event(
    app: Flask, event: Event
) -> None:
    content = notice("reply", sent(event), message_id="<x@y.example>", envelope="a@b.example")
    taken(content)
    address = f"/organise/{event.slug}/bounces?show=unknown"
    assert "Re: Confirmed" in text_of(signed_in(app).get(address))
    account_id = make_account("nur-hier@orga.example")
    with transaction():
        db.session.add(Mandate(account_id=account_id, event_id=event.id))
    limited = Browser(app)
    limited.sign_in("nur-hier@orga.example")
    assert "Re: Confirmed" not in text_of(limited.get(address))


def test_a_flag_of_an_address_in_capitals_is_found(app: Flask, event: Event) -> None:
    delivery = sent(event, email="Aenne.Gross@Buendnis.example")
    taken(notice("postfix-unknown", delivery))
    assert db.session.get(MailAddress, "aenne.gross@buendnis.example") is not None
    page = signed_in(app).get(f"/organise/{event.slug}/registrations/{delivery.registration_id}")
    assert "Mail does not arrive" in text_of(page)


def test_the_sender_is_checked_only_when_somebody_asks(
    app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(name: str, kind: str, _seconds: float) -> list[str]:
        asked.append(f"{kind} {name}")
        return ["v=spf1 <script> -all"] if kind == "TXT" and name == "zukunft.de" else []

    real = checking.check
    monkeypatch.setattr(checking, "check", lambda found: real(found, ask=ask))
    monkeypatch.setitem(app.config, "MAIL_FROM", "Zukunft <anmeldung@zukunft.de>")
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://u:geheim@smtp.zukunft.de")
    organiser = signed_in(app)
    page = organiser.get(f"/organise/{event.slug}/mail")
    assert asked == []
    assert "geheim" not in page.text
    checked = organiser.post(f"/organise/{event.slug}/mail")
    assert "TXT zukunft.de" in asked
    told = text_of(checked)
    assert "v=DMARC1; p=none; rua=mailto:postmaster@zukunft.de" in told
    assert "“<script>” is not understood" in told
    assert re.search(r"\d things need attention", told)
    assert faults_of(checked) == []


def test_staff_see_no_returned_mail(app: Flask, event: Event) -> None:
    staff = signed_in(app, AccountRole.STAFF)
    assert staff.get(f"/organise/{event.slug}/bounces").status_code == 403

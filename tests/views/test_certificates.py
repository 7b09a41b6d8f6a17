"""Certificates on pages: issued in the console, downloaded by link, verified by anybody."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from registration.database import db, transaction
from registration.models.certificates import Certificate
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.models.jobs import Job
from registration.models.registrations import Registration
from registration.services import certificates, events, registrations
from registration.views.limits import limiter
from tasks.jobs import run_due
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of
from tests.doors import Door

pytestmark = pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True)
"""What depends on the database is tried in the services."""

HERE = "/organise/werkstatt/certificates"


@pytest.fixture
def begun(app: Flask) -> Iterator[Event]:
    """The small event, half an hour after it began."""
    event = factories.make_event()
    with time_machine.travel(event.starts_at + timedelta(minutes=30), tick=False):
        yield events.get_event(event.slug)


@pytest.fixture
def guest(begun: Event) -> Registration:
    """Somebody who came."""
    with time_machine.travel(begun.starts_at - timedelta(days=60), tick=False):
        person = factories.register(begun, family_name="Wunderlich")
    Door(begun).scan(person)
    return person


def only() -> Certificate:
    db.session.rollback()
    found = select(Certificate).where(Certificate.revoked_at.is_(None))
    return db.session.scalars(found).one()


def count(model: Any, **told: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).filter_by(**told)) or 0


def test_one_press_issues_and_mails_to_all_who_came(
    app: Flask, begun: Event, guest: Registration
) -> None:
    organiser = signed_in(app)
    page = organiser.get(HERE)
    assert "1 person came" in text_of(page)
    assert "Issue to 1 person" in text_of(page)
    assert not faults_of(page)
    assert organiser.post(HERE, way="mail").status_code == 303
    run_due()
    page = organiser.get(HERE)
    assert certificates.shown(only().code) in text_of(page)
    assert "Download" in text_of(page)
    assert not faults_of(page)
    assert "Nobody who came fits" in text_of(organiser.get(f"{HERE}?q=zzz"))
    assert "Wunderlich" in text_of(organiser.get(f"{HERE}?q=wunder"))


def test_one_person_gets_one_anew_and_it_is_revoked_by_hand(
    app: Flask, begun: Event, guest: Registration
) -> None:
    organiser = signed_in(app)
    organiser.get(HERE)
    assert organiser.post(f"{HERE}/people/{guest.id}/issue").status_code == 303
    first = only()
    assert f'name="instead_of" value="{first.code}"' in organiser.get(HERE).text
    organiser.post(f"{HERE}/people/{guest.id}/issue", instead_of=first.code)
    certificate = only()
    assert certificate.code != first.code
    paper = organiser.get(f"{HERE}/{certificate.id}.pdf")
    assert paper.data.startswith(b"%PDF-")
    assert organiser.post(f"{HERE}/{certificate.id}/revoke").status_code == 303
    page = Browser(app).get(f"/certificates/{certificates.shown(certificate.code)}")
    assert "This certificate was revoked" in text_of(page)
    assert "Wunderlich" not in page.text


def test_pressed_twice_it_is_issued_and_mailed_once(
    app: Flask, begun: Event, guest: Registration
) -> None:
    organiser = signed_in(app)
    organiser.get(HERE)
    one = f"{HERE}/people/{guest.id}/issue"
    for _ in range(2):
        organiser.post(one)
    first = only().code
    assert "is not issued a second time" in text_of(organiser.get(HERE))
    for _ in range(2):
        organiser.post(one, instead_of=first)
    assert (count(Certificate), count(Delivery, kind="certificate")) == (2, 2)


def test_all_asked_for_twice_are_made_once(app: Flask, begun: Event, guest: Registration) -> None:
    organiser = signed_in(app)
    organiser.get(HERE)
    for _ in range(2):
        assert organiser.post(HERE, way="mail").status_code == 303
    assert run_due() == 1
    assert (count(Job), count(Certificate), count(Delivery, kind="certificate")) == (1, 1, 1)
    (job,) = db.session.scalars(select(Job)).all()
    too_late = organiser.post(f"/organise/werkstatt/files/{job.id}/cancel")
    assert too_late.location == f"{HERE}#files"


def test_names_that_the_fonts_lack_letters_of_are_told_beside_the_file(
    app: Flask, begun: Event, guest: Registration
) -> None:
    with transaction():
        registrations.get(guest.id).given_name = "سارة"
    organiser = signed_in(app)
    organiser.get(HERE)
    organiser.post(HERE, way="pdf")
    run_due()
    page = organiser.get(HERE)
    assert "1 name has letters that our fonts lack" in text_of(page)
    assert not faults_of(page)


def test_anybody_verifies_a_certificate_by_its_code(app: Flask, guest: Registration) -> None:
    with transaction():
        certificates.issue_one(registrations.get(guest.id), by_mail=False, actor="command")
    shown = certificates.shown(only().code)
    reader = Browser(app)
    assert not faults_of(reader.get("/certificates/"))
    found = reader.post("/certificates/", code=f" {shown.lower()} ")
    assert found.location == f"/certificates/{shown}"
    page = reader.get(found.location)
    assert not faults_of(page)
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    for said in ("This certificate is genuine", "Wunderlich", "Future Workshop", "MR4B", shown):
        assert said in text_of(page)


def test_what_is_no_code_and_what_is_nobodys_answer_alike(app: Flask, begun: Event) -> None:
    reader = Browser(app)
    answers = set()
    for typed in ("2222-2222-2222-2222", "x", "0000-0000-0000-0000"):
        page = reader.get(f"/certificates/{typed}")
        assert page.status_code == 404
        assert not faults_of(page)
        answers.add(text_of(page).replace(typed, ""))
    assert len(answers) == 1
    reader.get("/certificates/")
    assert reader.post("/certificates/", code="").status_code == 422


def test_codes_are_not_tried_without_end(
    app: Flask, begun: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "VERIFY_RATE", 2)
    reader = Browser(app)
    limiter.reset()
    tried = [reader.get("/certificates/2222-2222-2222-2222").status_code for _ in range(3)]
    limiter.reset()
    assert tried == [404, 404, 429]


def test_attendees_download_theirs_once_it_is_issued(app: Flask, guest: Registration) -> None:
    reader = Browser(app)
    link = f"/r/{registrations.link_token(guest)}"
    assert reader.get(f"{link}/certificate.pdf").status_code == 404
    assert "Download certificate" not in text_of(reader.get(link))
    with transaction():
        certificates.issue_one(registrations.get(guest.id), by_mail=False, actor="command")
    assert "Download certificate" in text_of(reader.get(f"{link}?lang=en"))
    assert reader.get(f"{link}/certificate.pdf").data.startswith(b"%PDF-")


def test_before_the_event_the_page_offers_nothing_to_issue(app: Flask, event: Event) -> None:
    organiser = signed_in(app)
    page = organiser.get(HERE)
    assert "Nobody has been let in yet" in text_of(page)
    assert "Issue to" not in text_of(page)
    assert organiser.post(HERE, way="mail").status_code == 303
    assert "has not begun yet" in text_of(organiser.get(HERE))

"""What the mails say, and how they are put together."""

import email
import io
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from pathlib import Path
from typing import Any

import icalendar
import pypdfium2
import pytest
import time_machine
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import select

from registration.database import db, snapshot, transaction
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.models.registrations import Registration, RegistrationState
from registration.services import badges, registrations
from registration.services.deliveries import addresses, calendar, sending
from registration.services.deliveries.message import Letter
from registration.services.registrations import link_token
from tests import factories

SNAPSHOTS = Path(__file__).parents[1] / "snapshots" / "mail"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon() -> Iterator[None]:
    """It is noon of one day, so that dates in mails are always the same."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def event(app: Flask, noon: None) -> Event:
    """The small event, 42 days after noon."""
    return factories.make_event()


def letter_of(kind: str) -> Letter:
    """Return the mail of this kind that was promised last, written now."""
    with snapshot():
        delivery = db.session.scalars(
            select(Delivery).where(Delivery.kind == kind).order_by(Delivery.created_at.desc())
        ).first()
        assert delivery is not None
        letter = sending._write(delivery)
    assert isinstance(letter, Letter), letter
    return letter


def mail(kind: str) -> EmailMessage:
    """Return it as a reader's program sees it."""
    return email.message_from_bytes(letter_of(kind).content, policy=policy.default)


def promised(event: Event, kind: str, **told: str) -> Registration:
    """Let something happen to one person that promises a mail of this kind."""
    told = {"title": "Prof. Dr.", **told}
    asked = kind in {"received", "declined"}
    registration = factories.register(event, role="guest" if asked else "delegate", **told)
    with transaction():
        found = registrations.get(registration.id)
        if kind == "declined":
            registrations.decline(
                found, reason="Alle Plätze für Gäste sind vergeben.", actor="command"
            )
        elif kind == "changed":
            registrations.correct(found, factories.person(**told, organisation="Neu"))
        elif kind == "cancelled":
            registrations.cancel(found)
    return registrations.get(registration.id)


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def page(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def attached(message: EmailMessage, media_type: str) -> bytes:
    (found,) = [part for part in message.walk() if part.get_content_type() == media_type]
    content = found.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


KINDS = ("received", "confirmed", "declined", "changed", "cancelled")


@pytest.mark.parametrize("locale", ["de", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_mail_reads_as_agreed(event: Event, kind: str, locale: str) -> None:
    registration = promised(event, kind, locale=locale)
    message = mail(kind)
    told = f"Subject: {message['Subject']}\nTo: {message['To']}\n\n{plain(message)}"
    told = told.replace(link_token(registration), "<link>")
    told = told.replace(registration.short_code, "<code>")
    agreed = SNAPSHOTS / f"{kind}.{locale}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        agreed.write_text(told, encoding="utf-8")
    assert told == agreed.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_says_what_the_text_says(event: Event, kind: str) -> None:
    promised(event, kind, locale="en")
    message = mail(kind)
    state = plain(message).splitlines()[0]
    assert f"<title>{state}</title>" in page(message)
    shown = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page(message), flags=re.DOTALL)
    assert state in " ".join(shown.split())
    assert len(message.as_bytes()) < 300_000


def structure(part: MIMEPart) -> object:
    if not part.is_multipart():
        return part.get_content_type()
    return (part.get_content_subtype(), *[structure(each) for each in part.iter_parts()])


@pytest.mark.parametrize("kind", ["confirmed", "changed"])
def test_a_mail_with_a_badge_shows_its_code_and_carries_badge_and_calendar_file(
    event: Event, kind: str
) -> None:
    promised(event, kind)
    assert structure(mail(kind)) == (
        "mixed",
        ("alternative", "text/plain", ("related", "text/html", "image/png")),
        "application/pdf",
        "text/calendar",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_is_put_together_without_defects(event: Event, kind: str) -> None:
    promised(event, kind)
    message = mail(kind)
    assert [part.defects for part in message.walk() if part.defects] == []
    assert letter_of(kind).content == letter_of(kind).content, "a repeat is the same mail"


def test_a_mail_without_a_badge_carries_nothing(event: Event) -> None:
    promised(event, "received")
    assert structure(mail("received")) == ("alternative", "text/plain", "text/html")


def test_a_cancellation_carries_the_calendar_file_only(event: Event) -> None:
    promised(event, "cancelled")
    expected = ("mixed", ("alternative", "text/plain", "text/html"), "text/calendar")
    assert structure(mail("cancelled")) == expected


def test_the_code_in_the_mail_and_on_the_attached_badge_is_the_badges_token(event: Event) -> None:
    registration = promised(event, "confirmed")
    message = mail("confirmed")
    assert registration.badge is not None
    token = badges.token_of(registration.badge)
    (picture,) = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert f"cid:{picture['Content-ID'].strip('<>')}" in page(message)
    shown = Image.open(io.BytesIO(attached(message, "image/png")))
    assert [found.text for found in zxingcpp.read_barcodes(shown)] == [token]
    sheet = pypdfium2.PdfDocument(attached(message, "application/pdf"))
    printed = sheet[0].render(scale=4).to_pil()
    assert [found.text for found in zxingcpp.read_barcodes(printed)] == [token]


def test_a_mail_says_who_it_is_from_whom_to_answer_and_that_no_machine_should(event: Event) -> None:
    promised(event, "confirmed", locale="en")
    message = mail("confirmed")
    delivery = db.session.scalars(select(Delivery)).one()
    assert message["Message-ID"] == delivery.message_id
    assert message["From"] == "Einlass <einlass@localhost>"
    assert message["Reply-To"].addresses[0].addr_spec == event.organiser_email
    assert [each.addr_spec for each in message["To"].addresses] == [delivery.recipient]
    assert message["Date"].datetime == NOON
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Content-Language"] == "en"


def test_every_line_is_short_enough_and_ascii(event: Event) -> None:
    promised(event, "confirmed", given_name="Ä" * 80, family_name="ß" * 80)
    letter = letter_of("confirmed")
    assert letter.content.isascii()
    assert letter.content.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(len(line) for line in letter.content.split(b"\r\n")) <= 78
    name = str(make_header(decode_header(email.message_from_bytes(letter.content)["To"])))
    assert name.startswith("Prof. Dr. " + "Ä" * 80)


HOSTILE = [
    "Änne\r\nBcc: all@staff.example",
    "=?utf-8?q?a=0d=0aBcc:_all=40staff.example?=",
    'Groß" <all@staff.example>, "x',
    "Groß, all@staff.example;",
    "<script>alert(1)</script>",
    "{{ config.SECRET_KEY }} %(name)s %s",
    "\u202egnitsetorp\u202c\x07",
    "🎟" * 40,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(event: Event, name: str) -> None:
    promised(event, "confirmed", family_name=name, title="")
    message = mail("confirmed")
    assert "Bcc" not in message
    assert [each.addr_spec for each in message["To"].addresses] == ["aenne.gross@buendnis.example"]
    shown = str(
        make_header(decode_header(email.message_from_bytes(letter_of("confirmed").content)["To"]))
    )
    assert len(shown.splitlines()) == 1
    assert "<script>" not in page(message)
    assert "secret key of the tests" not in plain(message) + page(message)


def test_twin_without_the_guard_a_name_adds_a_recipient(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "one_line", lambda text: text)
    promised(event, "confirmed", family_name=HOSTILE[1], title="")
    assert "all@staff.example" in mail("confirmed")["Bcc"], "the twin must show the damage"


def test_an_address_beyond_ascii_is_written_for_servers_that_take_it() -> None:
    assert addresses.named("A", "jörg@bücher.example").addr_spec == "jörg@xn--bcher-kva.example"
    assert addresses.named("A", "j@bücher.example").addr_spec == "j@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address", ["", "a", "@b.example", "a@", "a@b.example\r\nBcc: c@d.example"]
)
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    with pytest.raises(ValueError, match=r"addr"):
        addresses.named("A", address)


def test_a_confirmation_overtaken_by_a_cancellation_says_so_and_carries_no_badge(
    event: Event,
) -> None:
    promised(event, "cancelled", locale="en")
    message = mail("confirmed")
    assert "cancelled in the meantime" in plain(message)
    assert structure(message) == ("alternative", "text/plain", "text/html")


def test_after_the_deadline_a_mail_does_not_offer_changes(event: Event) -> None:
    promised(event, "confirmed", locale="en")
    with time_machine.travel(event.changes_close_at, tick=False):
        assert "The time for changes is over" in plain(mail("confirmed"))


def entry(registration: Registration) -> Any:
    read = icalendar.Calendar.from_ical(calendar.event_file(registration))
    assert read["METHOD"] == "PUBLISH"
    (found,) = read.walk("VEVENT")
    return found


def test_the_calendar_file_enters_the_event_and_asks_for_no_reply(event: Event) -> None:
    found = entry(promised(event, "confirmed"))
    assert "ORGANIZER" not in found
    assert found["STATUS"] == "CONFIRMED"
    assert found["DTSTART"].dt == event.starts_at
    assert found["DTEND"].dt == event.ends_at
    assert found["DTSTART"].to_ical().endswith(b"Z")
    assert found["LOCATION"] == "Landesvertretung Thüringen, Berlin"
    assert found["SUMMARY"] == event.title["de"]
    assert "http://127.0.0.1:8000/r/" in found["DESCRIPTION"]


def test_a_newer_calendar_file_replaces_the_older_one(event: Event) -> None:
    registration = factories.register(event)
    first = entry(registrations.get(registration.id))
    with transaction():
        registrations.correct(registrations.get(registration.id), factories.person(position="X"))
    second = entry(registrations.get(registration.id))
    with transaction():
        registrations.cancel(registrations.get(registration.id))
    third = entry(registrations.get(registration.id))
    assert first["UID"] == second["UID"] == third["UID"] == f"{registration.id}@127.0.0.1"
    assert first["SEQUENCE"] < second["SEQUENCE"] < third["SEQUENCE"]
    assert third["STATUS"] == "CANCELLED"


def test_the_calendar_file_of_a_request_is_tentative(event: Event) -> None:
    registration = promised(event, "received")
    assert registration.state == RegistrationState.REQUESTED
    assert entry(registration)["STATUS"] == "TENTATIVE"

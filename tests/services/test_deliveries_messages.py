"""How mails are put together: headers, parts, files; and that nothing in a name can undo that."""

import email
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import decode_header, make_header
from typing import Any

import icalendar
import pypdfium2
import pytest
import time_machine
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import event as hooks
from sqlalchemy import select, update

from registration.database import db, snapshot, transaction
from registration.models.alliances import Alliance
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.models.invitations import Invitation
from registration.models.registrations import Registration, RegistrationState
from registration.services import badges, registrations
from registration.services.deliveries import addresses, calendar, mime, sending
from registration.services.deliveries.message import Letter
from tests import factories, letters
from tests.letters import attached, letter_of, mail, page, plain, promised, structure

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


KINDS = tuple(letters.OCCASIONS)
WITH_FILES = {"cancelled", "replaced", "certificate"}
WITH_BADGE = {"confirmed", "approved", "nomination", "changed", "promoted"}


@pytest.mark.parametrize("kind", sorted(WITH_BADGE))
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


@pytest.mark.parametrize("kind", sorted(set(KINDS) - WITH_BADGE - WITH_FILES))
def test_a_mail_without_a_badge_carries_nothing(event: Event, kind: str) -> None:
    promised(event, kind)
    assert structure(mail(kind)) == ("alternative", "text/plain", "text/html")


def test_a_certificate_goes_with_its_mail(event: Event) -> None:
    promised(event, "certificate")
    expected = ("mixed", ("alternative", "text/plain", "text/html"), "application/pdf")
    assert structure(mail("certificate")) == expected


@pytest.mark.parametrize("kind", ["cancelled", "replaced"])
def test_what_takes_a_place_back_carries_the_calendar_file_only(event: Event, kind: str) -> None:
    promised(event, kind)
    expected = ("mixed", ("alternative", "text/plain", "text/html"), "text/calendar")
    assert structure(mail(kind)) == expected


def test_a_cancelled_request_was_never_in_a_calendar(event: Event) -> None:
    request = promised(event, "received")
    with transaction():
        registrations.cancel(registrations.get(request.id))  # type: ignore[arg-type]
    assert structure(mail("cancelled")) == ("alternative", "text/plain", "text/html")


def test_the_code_in_the_mail_and_on_the_attached_badge_is_the_badges_token(event: Event) -> None:
    registration = promised(event, "confirmed")
    message = mail("confirmed")
    assert isinstance(registration, Registration)
    assert registration.badge is not None
    token = badges.token_of(registration.badge)
    (picture,) = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert f"cid:{picture['Content-ID'].strip('<>')}" in page(message)
    shown = Image.open(io.BytesIO(attached(message, "image/png")))
    assert [found.text for found in zxingcpp.read_barcodes(shown)] == [token]
    sheet = pypdfium2.PdfDocument(attached(message, "application/pdf"))
    printed = sheet[0].render(scale=4).to_pil()
    assert [found.text for found in zxingcpp.read_barcodes(printed)] == [token]


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_says_who_it_is_from_whom_to_answer_and_that_no_machine_should(
    event: Event, kind: str
) -> None:
    promised(event, kind, locale="en")
    message = mail(kind)
    delivery = db.session.scalars(select(Delivery).where(Delivery.kind == kind)).one()
    assert message["Message-ID"] == delivery.message_id
    assert message["From"] == "Einlass <einlass@localhost>"
    assert message["Reply-To"].addresses[0].addr_spec == event.organiser_email
    assert [each.addr_spec for each in message["To"].addresses] == [delivery.recipient]
    assert [name for name in ("Cc", "Bcc", "Sender") if name in message] == []
    assert message["Date"].datetime == NOON
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Content-Language"] == "en"


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_wants_no_invitation_can_say_so_with_one_press(
    event: Event, client: FlaskClient, kind: str
) -> None:
    invitation = promised(event, kind)
    message = mail(kind)
    if kind in {DeliveryKind.INVITATION, DeliveryKind.INVITATION_REMINDER}:
        leave = message["List-Unsubscribe"].strip("<>")
        assert f"<{leave}>\r\n".encode() in letter_of(kind).content, "as it is, not encoded"
        assert leave in plain(message)
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        answer = client.post(leave, data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.data) == (204, b"")
        assert db.session.get_one(Invitation, invitation.id).declined_at is not None
    elif kind not in {DeliveryKind.CAMPAIGN, DeliveryKind.DIGEST}:
        assert message["List-Unsubscribe"] is None


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
    "Gross <all@staff.example>, x",
    "<script>alert(1)</script>",
    "{{ config.SECRET_KEY }} %(name)s %s",
    "\u202egnitsetorp\u202c\x07",
    "🎟" * 40,
]


@pytest.mark.parametrize("kind", ["confirmed", "waiting", "invitation", "coordinator"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(event: Event, name: str, kind: str) -> None:
    promised(event, kind, family_name=name, title="")
    delivery = db.session.scalars(select(Delivery).where(Delivery.kind == kind)).one()
    message = mail(kind)
    assert "Bcc" not in message
    assert [each.addr_spec for each in message["To"].addresses] == [delivery.recipient]
    raw = email.message_from_bytes(letter_of(kind).content)
    for header in ("To", "Subject"):
        unfolded = raw[header].replace("\r\n", "")
        written = str(make_header(decode_header(unfolded)))
        assert len(written.splitlines()) == 1
        assert not set(written) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
    assert "<script>" not in page(message)
    assert "secret key of the tests" not in plain(message) + page(message)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_alliance_stays_an_alliance(event: Event, name: str) -> None:
    with transaction():
        db.session.execute(
            update(Alliance).where(Alliance.code == "MR4B").values(name=f"{name} {'x' * 200}"[:200])
        )
    promised(event, "short")
    message = mail("short")
    assert "Bcc" not in message
    assert len(str(message["Subject"]).splitlines()) == 1
    assert "<script>" not in page(message)


def test_twin_without_the_guard_a_name_adds_a_recipient(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mime, "_phrase", lambda name: [name.encode("ascii", "ignore").decode()])
    promised(event, "confirmed", family_name="Gross <all@staff.example>, x", title="")
    recipients = [each.addr_spec for each in mail("confirmed")["To"].addresses]
    assert "all@staff.example" in recipients, "the twin must show the damage"


def test_an_address_beyond_ascii_is_written_for_servers_that_take_it() -> None:
    assert addresses.named("A", "jörg@bücher.example").addr_spec == "jörg@xn--bcher-kva.example"
    assert addresses.named("A", "j@bücher.example").addr_spec == "j@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address", ["", "a", "@b.example", "a@", ",@b.example", "a@b.example\r\nBcc: c@d.example"]
)
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    with pytest.raises(ValueError, match=r"addr"):
        addresses.named("A", address)


def entry(registration: Registration) -> Any:
    read = icalendar.Calendar.from_ical(calendar.event_file(registration))
    assert read["METHOD"] == "PUBLISH"
    (found,) = read.walk("VEVENT")
    return found


def test_the_calendar_file_enters_the_event_and_asks_for_no_reply(event: Event) -> None:
    found = entry(factories.register(event))
    assert "ORGANIZER" not in found
    assert found["STATUS"] == "CONFIRMED"
    assert found["DTSTART"].dt == event.starts_at
    assert found["DTEND"].dt == event.ends_at
    assert found["DTSTART"].to_ical().endswith(b"Z")
    assert found["LOCATION"] == "Landesvertretung Thüringen, Berlin"
    assert found["SUMMARY"] == event.title["de"]
    assert "http://127.0.0.1:8000/r/" in found["DESCRIPTION"]


def test_a_title_of_the_event_stays_a_title_in_the_calendar_file(event: Event) -> None:
    title = "Ä,Ö;Ü\\n " * 20 + "🎟\nATTENDEE:mailto:all@staff.example"
    with transaction():
        db.session.execute(update(Event).values(title={"de": title}))
    registration = factories.register(event)
    db.session.expire_all()
    found = entry(registration)
    assert (found["SUMMARY"], "ATTENDEE" in found) == (title, False)
    lines = calendar.event_file(registration).split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(line.decode() is not None for line in lines), "no letter is cut in two"


def test_a_mail_that_follows_another_asks_the_database_nothing(event: Event) -> None:
    for name in ("a", "b"):
        factories.register(event, email=f"{name}@buendnis.example")
    asked: list[str] = []

    def note(*given: Any) -> None:
        asked.append(given[2])

    with snapshot():
        query = select(Delivery).options(*sending.WITH_ALL_A_MAIL_TELLS)
        first, second = db.session.scalars(query).all()
        assert isinstance(sending.write(first), Letter)
        hooks.listen(db.engine, "before_cursor_execute", note)
        assert isinstance(sending.write(second), Letter)
        hooks.remove(db.engine, "before_cursor_execute", note)
    assert asked == []


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
    registration = factories.register(event, role="guest")
    assert registration.state == RegistrationState.REQUESTED
    assert entry(registration)["STATUS"] == "TENTATIVE"

"""What comes back of a mail is matched, understood, stored once, and has its consequences."""

import uuid
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from registration.database import db, transaction
from registration.models.deliveries import BounceKind, Delivery, MailAddress
from registration.models.events import Event
from registration.services import bounces, deliveries
from registration.services.bounces import listing, notices, parts, storing
from registration.services.bounces.listing import Shelf
from registration.services.bounces.reasons import Reason
from registration.services.deliveries import envelopes
from tests import factories, returned
from tests.returned import NO_MARK, flagged, notice, sent, stored, taken

NONE = "<nobody-knows@this.example>"
HARD, SOFT = BounceKind.HARD, BounceKind.SOFT
CORPUS: dict[str, tuple[BounceKind, str, Reason | None]] = {
    "postfix-unknown": (HARD, "5.1.1", Reason.NO_ADDRESS),
    "postfix-delayed": (BounceKind.DELAYED, "4.4.1", None),
    "exim-unrouteable": (HARD, "5.0.0", Reason.NO_ADDRESS),
    "office365-not-found": (HARD, "5.1.10", Reason.NO_ADDRESS),
    "gmail-full": (SOFT, "5.2.2", Reason.FULL),
    "gmx-refused": (HARD, "5.0.0", Reason.REFUSED),
    "qmail-no-mailbox": (HARD, "5.1.1", Reason.NO_ADDRESS),
    "exchange-denied": (HARD, "5.7.1", Reason.REFUSED),
    "utf8-unknown": (HARD, "5.1.1", Reason.NO_ADDRESS),
    "complaint": (BounceKind.COMPLAINT, "", None),
    "away": (BounceKind.AUTOMATIC, "", None),
    "reply": (BounceKind.REPLY, "", None),
}
ANY = Delivery(
    id=uuid.UUID(int=7),
    message_id="<01940f7e-8c00-7000-8000-000000000007@einlass.example>",
    recipient="aenne.gross@buendnis.example",
)


@pytest.fixture
def context(sqlite_app: Flask) -> Flask:
    """An application whose secret makes marks; nothing of its database is used."""
    return sqlite_app


@pytest.mark.parametrize("name", CORPUS)
@pytest.mark.parametrize("ends", ["\r\n", "\n"])
def test_every_form_of_notice_is_understood(context: Flask, name: str, ends: str) -> None:
    with context.app_context():
        content = notice(name, ANY).replace(b"\r\n", ends.encode())
        read = notices.read(content)
    kind, status, reason = CORPUS[name]
    (told,) = read.told
    assert (told.kind, told.status) == (kind, status)
    assert told.recipient == ANY.recipient
    if reason:
        assert bounces.reason_of(told.status, told.diagnostic) == reason


def test_addresses_in_other_letters_are_read(context: Flask) -> None:
    with context.app_context():
        plain = notice("utf8-unknown", ANY, recipient="änne@bündnis.example")
        escaped = notice("utf8-unknown", ANY, recipient="\\x{E4}nne@b\\x{FC}ndnis.example")
    assert notices.read(plain).told[0].recipient == "änne@bündnis.example"
    assert notices.read(escaped).told[0].recipient == "änne@bündnis.example"


@pytest.mark.parametrize("kind", ["delivery-status", "global-delivery-status"])
def test_a_report_that_is_encoded_is_read(kind: str) -> None:
    report = "Reporting-MTA: dns; x\n\nFinal-Recipient: utf-8; ä@b.example\nStatus: 5.1.1\n"
    lines = [
        "From: MAILER-DAEMON@x.example",
        f"Content-Type: multipart/report; report-type={kind}; boundary=b",
        "",
        "--b",
        f"Content-Type: message/{kind}",
        "Content-Transfer-Encoding: base64",
        "",
        b64encode(report.encode()).decode(),
        "--b--",
    ]
    (told,) = notices.read("\r\n".join(lines).encode()).told
    assert (told.kind, told.recipient, told.status) == (HARD, "ä@b.example", "5.1.1")


@pytest.mark.parametrize("name", sorted(CORPUS))
@pytest.mark.parametrize(
    ("instead", "is_known"),
    [
        ({"message_id": NONE}, True),
        ({"envelope": NO_MARK}, True),
        ({"envelope": NO_MARK, "message_id": NONE}, False),
    ],
    ids=["by its mark", "by its Message-ID", "by neither"],
)
def test_a_notice_is_matched(
    event: Event, name: str, instead: dict[str, str], is_known: bool
) -> None:
    delivery = sent(event)
    raw = (returned.NOTICES / f"{name}.eml").read_text(encoding="utf-8")
    gone = {"envelope": "{{message_id}}", "message_id": "{{envelope}}"}
    if len(instead) == 1 and gone[next(iter(instead))] not in raw:
        return  # this server tells only one of the two
    assert taken(notice(name, delivery, **instead)).delivery_id == (
        delivery.id if is_known else None
    )


def test_a_hard_bounce_flags_the_address_and_the_mail(event: Event) -> None:
    delivery = sent(event, email="Aenne.Gross@Buendnis.example")
    taken(notice("postfix-unknown", delivery))
    assert flagged() == {"aenne.gross@buendnis.example": "no_address"}
    db.session.refresh(delivery)
    assert (delivery.state, delivery.bounced_at is not None) == ("sent", True)
    flag = bounces.find("AENNE.gross@buendnis.example")
    assert flag is not None
    assert flag.reason == Reason.NO_ADDRESS
    assert bounces.count_people(event.id) == 1


@pytest.mark.parametrize("name", ["postfix-unknown", "two-recipients"])
def test_a_notice_counts_once_however_often_it_comes(event: Event, name: str) -> None:
    delivery = sent(event)
    first = taken(notice(name, delivery))
    count = len(stored())
    again = taken(notice(name, delivery))
    assert (first.is_new, again.is_new) == (True, False)
    assert len(stored()) == count == (2 if name == "two-recipients" else 1)


def forged_mark(delivery: Delivery) -> str:
    """Return a mark with the right id and another MAC."""
    right = envelopes.mark(delivery.id)
    return f"bounces+{right[:-4]}{'aaaa' if right[-4:] != 'aaaa' else 'bbbb'}@mail.example"


def test_a_forged_notice_is_listed_and_changes_nothing(event: Event) -> None:
    delivery = sent(event)
    content = notice("postfix-unknown", delivery, envelope=forged_mark(delivery), message_id=NONE)
    assert taken(content).delivery_id is None
    db.session.refresh(delivery)
    assert (flagged(), delivery.bounced_at) == ({}, None)
    assert listing.count(None, Shelf.UNKNOWN) == 1
    assert listing.count(event.id, Shelf.MISSED) == 0


def test_without_the_mac_the_forged_notice_would_flag(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the mark is believed without its MAC."""
    delivery = sent(event)
    monkeypatch.setattr("hmac.compare_digest", lambda *_both: True)
    taken(notice("postfix-unknown", delivery, envelope=forged_mark(delivery), message_id=NONE))
    assert flagged()


def test_a_notice_about_one_mail_flags_nobody_else(event: Event) -> None:
    delivery = sent(event)
    sent(event, email="bela@buendnis.example")
    taken(notice("postfix-unknown", delivery, recipient="bela@buendnis.example"))
    assert list(flagged()) == ["aenne.gross@buendnis.example"]


def test_an_address_that_forwards_is_not_flagged_while_one_of_its_readers_gets_mail(
    event: Event,
) -> None:
    taken(notice("two-recipients", sent(event)))
    assert {each.kind for each in stored()} == {"hard", "delivered"}
    assert flagged() == {}


def test_three_soft_bounces_flag_and_two_do_not(event: Event) -> None:
    for count in (1, 2, 3):
        delivery = sent(event, family_name=f"Groß {count}")
        taken(notice("gmail-full", delivery))
        assert bool(flagged()) == (count == 3)
    assert flagged() == {"aenne.gross@buendnis.example": "full"}


@pytest.mark.parametrize("name", ["postfix-delayed", "away", "reply"])
def test_delays_and_answers_change_nothing(event: Event, name: str) -> None:
    delivery = sent(event)
    taken(notice(name, delivery))
    db.session.refresh(delivery)
    assert (flagged(), delivery.bounced_at) == ({}, None)
    assert listing.count(event.id, Shelf.OTHERS) == 1


def test_a_complaint_is_kept_for_campaigns(event: Event) -> None:
    delivery = sent(event)
    taken(notice("complaint", delivery))
    address = db.session.get_one(MailAddress, delivery.recipient)
    assert address.complained_at is not None
    assert flagged() == {}


def test_trying_again_clears_the_flag_and_older_notices_do_not_bring_it_back(event: Event) -> None:
    with time_machine.travel(factories.yesterday_at(8), tick=False) as time:
        delivery = sent(event)
        taken(notice("postfix-unknown", delivery))
        time.shift(timedelta(hours=1))
        bounce = stored()[0]
        with transaction():
            assert listing.try_again(bounce.id, event_id=event.id, actor="command")
        assert flagged() == {}
        time.shift(timedelta(hours=1))
        taken(notice("qmail-no-mailbox", delivery))  # about the same mail, and late
        assert flagged() == {}
        taken(notice("postfix-unknown", sent(event, family_name="Später")))
        assert flagged()


def test_a_later_mail_of_which_nothing_comes_back_clears_the_flag(event: Event) -> None:
    with time_machine.travel(factories.yesterday_at(8), tick=False) as time:
        taken(notice("postfix-unknown", sent(event)))
        time.shift(timedelta(days=6))
        cleared = []
        for wait in (timedelta(), timedelta(days=4), timedelta(days=2)):
            time.shift(wait)
            if not wait:
                sent(event, family_name="Später")
            with transaction():
                cleared.append(bounces.clear_silent())
    assert cleared == [0, 0, 1]
    assert flagged() == {}


def test_an_event_lists_its_own_notices_only(event: Event) -> None:
    taken(notice("postfix-unknown", sent(event)))
    other = factories.make_event("andere")
    assert listing.count(event.id, Shelf.MISSED) == 1
    assert listing.list_bounces(other.id, Shelf.MISSED) == []
    assert listing.list_bounces(event.id, Shelf.MISSED)[0].delivery is not None


def nested(levels: int) -> bytes:
    return b"From: x@y\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * levels


HOSTILE: dict[str, Callable[[], bytes]] = {
    "levels": lambda: nested(30_000),
    "multiparts": lambda: (
        b"From: x@y\r\n"
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n)
            for n in range(5000)
        )
    ),
    "parts": lambda: (
        b'From: x\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\n" * 100_000
    ),
    "size": lambda: b"From: x@y\r\nSubject: y\r\n\r\n" + b"A" * 5_000_000,
    "long header": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 60_000 + b"\r\n\r\n",
    "charset": lambda: (
        b"From: =?nobody?q?=FF=00?= <a@b>\r\nSubject: =?utf-8?b?/////w==?=\r\n"
        b"Content-Type: text/plain; charset=\x00nothing\r\n\r\n\x00\xff\xfe"
    ),
    "zeros": lambda: b"From: a\x00@b\r\nSubject: \x00\x01\x85\xe2\x80\xae\r\n\r\n\x00",
    "report of nothing": lambda: b"Content-Type: message/delivery-status\r\n\r\nAction\x00: x\r\n",
    "report in base64": lambda: (
        b"Content-Type: message/delivery-status\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n////====!!\r\n"
    ),
    "uuencoded": lambda: (
        b"From: a@b\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 6\r\n\xff"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_are_stored_and_change_nothing(event: Event, name: str) -> None:
    assert taken(HOSTILE[name]()).is_new
    (bounce,) = stored()
    assert bounce.delivery_id is None
    assert len(bounce.diagnostic) <= notices.MOST_DIAGNOSTIC
    assert bounce.subject.isprintable()


@settings(max_examples=150)
@given(
    name=st.sampled_from(sorted(CORPUS)),
    at=st.floats(0, 1),
    instead=st.binary(max_size=12),
    length=st.integers(0, 200),
)
def test_a_damaged_notice_is_read_or_refused(
    sqlite_app: Flask, name: str, at: float, instead: bytes, length: int
) -> None:
    with sqlite_app.app_context():
        content = notice(name, ANY)
        start = int(at * len(content))
        damaged = content[:start] + instead + content[start + length :]
        try:
            read = notices.read(damaged)
        except parts.Unreadable:
            return
        assert read.told
        list(envelopes.find_marked(read.words))


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"no header\r\n\r\n", b"\x00\xff" * 50])
def test_what_is_no_mail_is_refused_and_not_stored(event: Event, content: bytes) -> None:
    with pytest.raises(parts.Unreadable), transaction():
        storing.take(content)
    assert stored() == []


def test_each_mail_has_an_envelope_of_its_own_where_an_address_is_set(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with context.app_context():
        assert envelopes.sender_of(ANY.id, usual="a@b.example") == "a@b.example"
        monkeypatch.setitem(context.config, "BOUNCE_ADDRESS", "bounces@mail.example")
        marked = envelopes.sender_of(ANY.id, usual="a@b.example")
        assert len(marked.rpartition("@")[0]) <= 64
        assert list(envelopes.find_marked(marked.upper())) == [ANY.id]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("RCPT TO: 550 5.1.1 User unknown", "no_address"),
        ("RCPT TO: 550 No such user here", "no_address"),
        ("RCPT TO: 552 5.2.2 Mailbox full", None),
        ("the mail: 554 5.7.1 looks like spam", None),
    ],
)
def test_a_recipient_that_our_own_mail_server_refuses_is_flagged_at_once(
    event: Event, error: str, reason: str | None
) -> None:
    factories.register(event)
    with transaction():
        claim = deliveries.claim()
    with transaction():
        outcome = deliveries.Outcome(fate=deliveries.Fate.REFUSED, error=error)
        assert deliveries.settle(claim.deliveries[0], outcome, lease=claim.lease)
    assert flagged() == ({"aenne.gross@buendnis.example": reason} if reason else {})

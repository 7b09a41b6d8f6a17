"""The ways a mail leaves the house: servers of every kind, or files."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask

from registration.mailservers import Server
from registration.services.deliveries import Fate, Outcome, channel, channels
from registration.services.deliveries.message import Letter
from registration.services.deliveries.smtp import _make_private, connect
from tests import postbox
from tests.postbox import PASSWORD, USER

LETTER = Letter(
    name="20261122T120000.000000Z-confirmed-1.eml",
    sender="einlass@localhost",
    recipient="aenne.gross@buendnis.example",
    content=b"Subject: x\r\nMessage-ID: <1@x>\r\n\r\n.dots\r\n..\r\n.\r\nend\r\n",
)
SIGNED_IN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"


@pytest.fixture
def migrated_app(tmp_path: Path) -> Iterator[Flask]:
    """Nothing here needs a database."""
    app = Flask("channels")
    app.config.update(SMTP_URL="", DATA_DIR=tmp_path, MAIL_DOMAIN="127.0.0.1")
    with app.app_context():
        yield app


def send(app: Flask, url: str, letter: Letter = LETTER) -> Outcome:
    with way_to(app, url) as way:
        return way.send(letter)


@contextmanager
def way_to(app: Flask, url: str) -> Iterator[channel.Channel]:
    app.config["SMTP_URL"] = url
    (account,) = channels.accounts()
    way = channel.open_channel(account)
    try:
        yield way
    finally:
        way.close()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate that this machine trusts."""
    context, public = postbox.certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    return context


@pytest.mark.parametrize("scheme", ["smtp", "smtp+plain"])
def test_a_server_on_this_machine_may_be_plain(migrated_app: Flask, scheme: str) -> None:
    with postbox.serving() as box:
        outcome = send(migrated_app, f"{scheme}://127.0.0.1:{box.port}")
    assert outcome == Outcome(fate=Fate.SENT)
    (mail,) = box.mails
    assert (mail.sender, mail.recipients) == (LETTER.sender, [LETTER.recipient])
    assert mail.content == LETTER.content


def test_smtp_turns_tls_on_where_it_is_offered(
    migrated_app: Flask, trusted: ssl.SSLContext
) -> None:
    with postbox.serving(starttls=trusted) as box:
        assert send(migrated_app, box.url).fate == Fate.SENT
    assert box.mails[0].was_private


def test_smtps_is_private_from_the_first_byte(migrated_app: Flask, trusted: ssl.SSLContext) -> None:
    with postbox.serving(tls=trusted) as box:
        assert send(migrated_app, f"smtps://127.0.0.1:{box.port}").fate == Fate.SENT
    assert len(box.mails) == 1


def test_plain_means_plain_even_where_tls_is_offered(
    migrated_app: Flask, trusted: ssl.SSLContext
) -> None:
    with postbox.serving(starttls=trusted) as box:
        assert send(migrated_app, f"smtp+plain://127.0.0.1:{box.port}").fate == Fate.SENT
    assert not box.mails[0].was_private


@pytest.mark.parametrize("kind", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_gets_no_mail(
    migrated_app: Flask, tmp_path: Path, kind: str
) -> None:
    context, _public = postbox.certificate(tmp_path)
    scheme = "smtp" if kind == "starttls" else "smtps"
    starttls, tls = (context if kind == each else None for each in ("starttls", "tls"))
    with postbox.serving(starttls=starttls, tls=tls) as box:
        outcome = send(migrated_app, f"{scheme}://127.0.0.1:{box.port}")
    assert outcome.fate == Fate.UNREACHABLE
    assert "certificate" in outcome.error
    assert box.mails == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps", "smtp+plain"])
def test_we_sign_in_with_percent_encoded_credentials(
    migrated_app: Flask, trusted: ssl.SSLContext, scheme: str
) -> None:
    starttls, tls = (trusted if scheme == each else None for each in ("smtp", "smtps"))
    with postbox.serving(auth=True, starttls=starttls, tls=tls) as box:
        outcome = send(migrated_app, f"{scheme}://{SIGNED_IN}127.0.0.1:{box.port}")
    assert outcome == Outcome(fate=Fate.SENT)
    assert set(box.users) == {USER}


def test_a_wrong_password_is_for_the_settings_to_mend(migrated_app: Flask) -> None:
    with postbox.serving(auth=True) as box:
        outcome = send(migrated_app, f"smtp://someone:w%C3%B6rong@127.0.0.1:{box.port}")
    assert outcome.fate == Fate.TURNED_AWAY
    assert outcome.error.startswith("signing in: 535")


def test_a_server_that_wants_us_to_sign_in_is_for_the_settings_to_mend(migrated_app: Flask) -> None:
    with postbox.serving(auth=True) as box:
        outcome = send(migrated_app, box.url)
    assert outcome.fate == Fate.TURNED_AWAY
    assert "530" in outcome.error


def test_a_server_elsewhere_without_starttls_gets_neither_mail_nor_password() -> None:
    elsewhere = Server.parse(f"smtp://{SIGNED_IN}mail.example:25")
    assert not elsewhere.is_loopback
    with postbox.serving() as box:
        here = Server.parse(f"smtp+plain://127.0.0.1:{box.port}")
        connection = connect(here, hello="[127.0.0.1]")
        with pytest.raises(OSError, match="STARTTLS"):
            _make_private(connection, elsewhere)
        connection.close()


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("[::1]", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_else(host: str, is_loopback: bool) -> None:
    assert Server.parse(f"smtp://{host}:25").is_loopback is is_loopback


def test_one_connection_carries_a_hundred_mails(migrated_app: Flask) -> None:
    with postbox.serving() as box, way_to(migrated_app, box.url) as way:
        for _ in range(101):
            assert way.send(LETTER).fate == Fate.SENT
    assert (len(box.mails), box.connections) == (101, 2)


def test_after_a_refused_mail_the_connection_carries_the_next(migrated_app: Flask) -> None:
    with postbox.serving() as box, way_to(migrated_app, box.url) as way:
        box.answer_recipient[LETTER.recipient] = "550 5.1.1 nobody of that name"
        refused = way.send(LETTER)
        box.answer_recipient.clear()
        assert way.send(LETTER).fate == Fate.SENT
    assert refused == Outcome(fate=Fate.REFUSED, error="RCPT TO: 550 5.1.1 nobody of that name")
    assert box.connections == 1


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        ("451 4.7.1 greylisted", Fate.DEFERRED),
        ("421 closing", Fate.DEFERRED),
        ("552 too large", Fate.REFUSED),
        ("530 sign in", Fate.TURNED_AWAY),
    ],
)
def test_what_a_server_answers_decides(migrated_app: Flask, answer: str, fate: Fate) -> None:
    with postbox.serving() as box:
        box.answer_recipient[LETTER.recipient] = answer
        assert send(migrated_app, box.url).fate == fate
        box.answer_recipient.clear()
        box.answer_mail = answer
        assert send(migrated_app, box.url).fate == fate


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        ("554 5.7.1 <aenne.gross@buendnis.example>: Relay access denied", Fate.TURNED_AWAY),
        ("550 5.7.1 Unable to relay", Fate.TURNED_AWAY),
        ("550 5.1.1 <aenne@relay.example> is not known", Fate.REFUSED),
    ],
)
def test_a_server_that_relays_nothing_for_us_is_for_the_settings_to_mend(
    migrated_app: Flask, answer: str, fate: Fate
) -> None:
    with postbox.serving() as box:
        box.answer_recipient[LETTER.recipient] = answer
        assert send(migrated_app, box.url).fate == fate


def test_a_server_that_has_had_enough_of_a_connection_gets_the_mail_through_another(
    migrated_app: Flask,
) -> None:
    with postbox.serving() as box, way_to(migrated_app, box.url) as way:
        assert way.send(LETTER).fate == Fate.SENT
        box.answer_senders = ["421 4.7.0 too many mails on this connection"]
        assert way.send(LETTER).fate == Fate.SENT
    assert (len(box.mails), box.connections) == (2, 2)


@pytest.mark.parametrize("answer", ["550 no such sender", "451 try later", "530 sign in"])
def test_a_refused_sender_is_for_the_settings_to_mend(migrated_app: Flask, answer: str) -> None:
    with postbox.serving() as box:
        box.answer_sender = answer
        assert send(migrated_app, box.url).fate == Fate.TURNED_AWAY


def test_no_server_means_unreachable(migrated_app: Flask) -> None:
    assert send(migrated_app, "smtp://127.0.0.1:1").fate == Fate.UNREACHABLE


def test_an_address_beyond_ascii_goes_to_servers_that_take_it(migrated_app: Flask) -> None:
    letter = Letter(
        name="x", sender=LETTER.sender, recipient="jörg@buendnis.example", content=LETTER.content
    )
    with postbox.serving() as box:
        assert send(migrated_app, box.url, letter).fate == Fate.SENT
    assert box.mails[0].recipients == ["jörg@buendnis.example"]
    with postbox.serving(smtputf8=False) as box:
        assert send(migrated_app, box.url, letter).fate == Fate.REFUSED


def test_without_a_server_a_mail_becomes_one_whole_file(
    migrated_app: Flask, tmp_path: Path
) -> None:
    assert send(migrated_app, "").fate == Fate.SENT
    assert send(migrated_app, "").fate == Fate.SENT
    assert [path.name for path in (tmp_path / "mail").iterdir()] == [LETTER.name]
    assert (tmp_path / "mail" / LETTER.name).read_bytes() == LETTER.content


def test_a_folder_that_cannot_be_written_loses_nothing(migrated_app: Flask, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    outcome = send(migrated_app, "")
    assert outcome.fate == Fate.UNREACHABLE
    assert "mail" in outcome.error


def test_we_introduce_ourselves_by_name_or_by_an_address_in_brackets() -> None:
    assert channel._hello("einlass.example") == "einlass.example"
    assert channel._hello("127.0.0.1") == "[127.0.0.1]"
    assert channel._hello("::1") == "[IPv6:::1]"

"""Notices are read from a mailbox, each once, whatever happens to the reader or the connection."""

import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.deliveries import Mailbox
from registration.models.events import Event
from registration.services.bounces import imap, mailboxes, notices, storing
from tests import imap as servers
from tests.returned import flagged, notice, sent, stored

TEN = 10
on_one_database = pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True)
"""For what has more to do with the server than with the database."""


class Killed(BaseException):
    """The reader's process ended here."""


@pytest.fixture(scope="module")
def server() -> Iterator[servers.Server]:
    """A real IMAP server."""
    try:
        with servers.imap_server() as running:
            yield running
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture
def mailbox(server: servers.Server, app: Flask, monkeypatch: pytest.MonkeyPatch) -> servers.Server:
    """The server, with nothing in its mailbox, in the application's settings."""
    server.empty()
    monkeypatch.setitem(app.config, "BOUNCE_IMAP_URL", server.url)
    return server


def fill(mailbox: servers.Server, event: Event) -> None:
    """Let the notices about ten mails come."""
    for number in range(TEN):
        delivery = sent(event, email=f"nobody{number}@buendnis.example")
        mailbox.receive([notice("postfix-unknown", delivery)])


def read() -> mailboxes.Run:
    run = mailboxes.read(transaction)
    assert run is not None
    return run


def state() -> Mailbox:
    db.session.rollback()
    return db.session.scalars(select(Mailbox)).one()


def test_each_notice_is_taken_once_and_marked_as_read(
    mailbox: servers.Server, event: Event
) -> None:
    fill(mailbox, event)
    assert (read().taken, read().taken) == (TEN, 0)
    assert (len(stored()), len(flagged())) == (TEN, TEN)
    assert (mailbox.count("SEEN"), mailbox.count("UNSEEN")) == (TEN, 0)
    assert (state().read_at is not None, state().error) == (True, "")
    assert "p@ss" not in state().name


@on_one_database
@pytest.mark.parametrize("can_move", [True, False])
def test_read_notices_go_to_the_folder_that_the_settings_name(
    mailbox: servers.Server,
    event: Event,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    can_move: bool,
) -> None:
    name = uuid.uuid4().hex
    monkeypatch.setitem(app.config, "BOUNCE_FOLDER", f"Einlass/{name}")
    begin = imap.Session.__init__

    def begin_without(session: imap.Session, connection: object) -> None:
        begin(session, connection)  # type: ignore[arg-type]  # the real one
        session._can -= set() if can_move else {"MOVE"}

    monkeypatch.setattr(imap.Session, "__init__", begin_without)
    fill(mailbox, event)
    assert read().taken == TEN
    assert mailbox.count() == 0
    assert mailbox.count(folder=f"Einlass.{name}") == TEN


def die_between_storing_and_marking(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Let the reader's process end when it has stored so many, before the last is marked."""
    put_away, done = imap.Session.put_away, 0

    def die(session: imap.Session, uid: str, *, folder: str) -> None:
        nonlocal done
        done += 1
        if done == after:
            raise Killed
        put_away(session, uid, folder=folder)

    monkeypatch.setattr(imap.Session, "put_away", die)


def read_in_spite_of_a_death(mailbox: servers.Server, event: Event) -> int:
    """Let a reader die after its fourth notice, and another one go on; return what is stored."""
    fill(mailbox, event)
    with pytest.MonkeyPatch.context() as dying:
        die_between_storing_and_marking(dying, after=4)
        with pytest.raises(Killed):
            read()
    assert mailbox.count("UNSEEN") == TEN - 3
    read()
    return len(stored())


def test_a_reader_that_dies_between_storing_and_marking_counts_nothing_twice(
    mailbox: servers.Server, event: Event
) -> None:
    assert read_in_spite_of_a_death(mailbox, event) == TEN
    assert mailbox.count("UNSEEN") == 0


def test_without_the_digest_it_would_count_one_twice(
    mailbox: servers.Server, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: every reading has a digest of its own."""

    def read_anew(content: bytes) -> notices.Notice:
        return notices.read(content + uuid.uuid4().hex.encode())

    monkeypatch.setattr(storing, "read", read_anew)
    assert read_in_spite_of_a_death(mailbox, event) == TEN + 1


@on_one_database
def test_a_connection_that_breaks_is_made_anew(
    mailbox: servers.Server, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mailbox, event)
    fetch, done = imap.Session.fetch, 0

    def cut(session: imap.Session, uid: str) -> bytes | None:
        nonlocal done
        done += 1
        if done == 5:
            session._connection.sock.shutdown(socket.SHUT_RDWR)
        return fetch(session, uid)

    monkeypatch.setattr(imap.Session, "fetch", cut)
    assert (read().taken, state().error) == (TEN, "")


@on_one_database
def test_what_is_no_mail_stays_unread_for_people_and_holds_up_nothing(
    mailbox: servers.Server, event: Event
) -> None:
    mailbox.receive([b"\r\nno header at all\r\n", notice("postfix-unknown", sent(event))])
    assert [(run.taken, run.unreadable) for run in (read(), read())] == [(1, 1), (0, 1)]
    assert (mailbox.count("UNSEEN FLAGGED"), state().unreadable) == (1, 1)


def test_a_notice_that_the_database_does_not_take_is_tried_again(
    mailbox: servers.Server, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.receive([notice("postfix-unknown", sent(event))])
    with monkeypatch.context() as away:
        away.setattr(storing, "take", lambda _content: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            read()
    assert (mailbox.count("UNSEEN UNFLAGGED"), read().taken) == (1, 1)


@on_one_database
def test_a_mailbox_that_cannot_be_read_says_so_until_it_can(
    mailbox: servers.Server, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "BOUNCE_IMAP_URL", mailbox.url.replace("p%40ss", "other"))
    read()
    assert state().failed_at is not None
    assert "AUTHENTICATIONFAILED" in state().error
    monkeypatch.setitem(app.config, "BOUNCE_IMAP_URL", mailbox.url)
    read()
    assert (state().failed_at, state().error) == (None, "")


@on_one_database
def test_tls_is_believed_only_with_a_certificate_that_holds(
    mailbox: servers.Server, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "BOUNCE_IMAP_URL", mailbox.tls_url)
    assert "certificate" in read().error
    monkeypatch.setenv("SSL_CERT_FILE", str(Path(mailbox.authority)))
    assert read().error == ""

"""A mailbox by IMAP (RFC 9051, with what older servers of RFC 3501 lack done in two steps)."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from registration.mailservers import Server
from registration.services.bounces.parts import MOST_BYTES

TIMEOUT = 30.0
"""Seconds for which a server may stay silent."""
WAITING = "UNSEEN UNFLAGGED UNDELETED"
SEEN, FLAGGED, DELETED = r"(\Seen)", r"(\Flagged)", r"(\Deleted)"
DELIMITER = re.compile(rb'^\([^)]*\) "(\\?.)" ')

FAULTS = (OSError, imaplib.IMAP4.error)
"""What a server or the way to it can cause; a connection that broke is an `imaplib` abort."""


@dataclass(frozen=True)
class Account:
    """Where a mailbox is, and how to get in."""

    server: Server
    folder: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read ``imaps://user:password@host/INBOX``; user and password are percent-encoded."""
        return cls(Server.parse(url), folder=unquote(urlsplit(url).path.strip("/")) or "INBOX")

    @property
    def name(self) -> str:
        """What people call it: no password in it."""
        return f"{self.server.user}@{self.server.host}/{self.folder}"[:120]


class Session:
    """One connection to a mailbox, signed in, with its folder open."""

    def __init__(self, connection: imaplib.IMAP4) -> None:
        self._connection = connection
        self._read_folder = ""
        told = self._checked("CAPABILITY", connection.capability())  # more than before signing in
        self._can = set((told[0] or b"").decode("ascii", "replace").upper().split())

    def waiting(self) -> list[str]:
        """Return the UIDs of what nobody has read and nobody has set aside, the oldest first."""
        found = self._uid("SEARCH", WAITING)
        return (found[0] or b"").decode("ascii").split() if found else []

    def set_aside(self) -> int:
        """Return how many messages wait for people, since they could not be read."""
        found = self._uid("SEARCH", "UNSEEN FLAGGED UNDELETED")
        return len((found[0] or b"").split()) if found else 0

    def fetch(self, uid: str) -> bytes | None:
        """Return a message, its first `MOST_BYTES`, without marking it; None if it is gone."""
        answer = self._uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
        contents = [part[1] for part in answer if isinstance(part, tuple)]
        return contents[0] if contents else None

    def flag(self, uid: str) -> None:
        """Leave a message unread, marked for people."""
        self._uid("STORE", uid, "+FLAGS.SILENT", FLAGGED)

    def put_away(self, uid: str, *, folder: str) -> None:
        """Mark a message as read, and move it to the folder if one is named."""
        self._uid("STORE", uid, "+FLAGS.SILENT", SEEN)
        if not folder:
            return
        target = self._folder(folder)
        if "MOVE" in self._can:
            self._uid("MOVE", uid, target)
            return
        self._uid("COPY", uid, target)
        self._uid("STORE", uid, "+FLAGS.SILENT", DELETED)
        if "UIDPLUS" in self._can:
            self._uid("EXPUNGE", uid)

    def _folder(self, folder: str) -> str:
        """Return the folder's name as the server writes it, made if it is not there."""
        if not self._read_folder:
            listed = self._checked("LIST", self._connection.list('""', '""'))
            found = DELIMITER.match(listed[0] or b"") if listed else None
            delimiter = found[1][-1:].decode("ascii") if found else "/"
            self._read_folder = '"' + folder.replace("/", delimiter) + '"'
            self._connection.create(self._read_folder)  # refused where it is there already
        return self._read_folder

    def _uid(self, command: str, *arguments: str) -> list[Any]:
        return self._checked(command, self._connection.uid(command, *arguments))

    def _checked(self, command: str, answer: tuple[str, list[Any]]) -> list[Any]:
        kind, told = answer
        if kind != "OK":
            first = told[0] if told else b""
            words = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
            raise imaplib.IMAP4.error(f"{command}: {kind} {words}")
        return told


@contextmanager
def connected(account: Account) -> Iterator[Session]:
    """Connect, sign in, and open the folder; the connection is closed at the end.

    Raises:
        OSError: there is no such server, or none that may be trusted.
        imaplib.IMAP4.error: it does not let us in, or has no such folder.
    """
    server = account.server
    if server.scheme == "imaps":
        context = ssl.create_default_context()
        connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            server.host, server.port, ssl_context=context, timeout=TIMEOUT
        )
    else:
        connection = imaplib.IMAP4(server.host, server.port, timeout=TIMEOUT)
    try:
        _sign_in(connection, server)
        session = Session(connection)
        session._checked("SELECT", connection.select(f'"{account.folder}"'))
        yield session
    finally:
        with suppress(*FAULTS):
            connection.logout()
        with suppress(OSError):  # what cannot say goodbye is closed too
            connection.shutdown()


def _sign_in(connection: imaplib.IMAP4, server: Server) -> None:
    if f"{server.user}{server.password}".isascii():
        connection.login(server.user, server.password)
        return
    # LOGIN is ASCII only, PLAIN is UTF-8 (RFC 4616 §2)
    secret = f"\0{server.user}\0{server.password}".encode()
    connection.authenticate("PLAIN", lambda _challenge: secret)

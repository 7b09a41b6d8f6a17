"""Channels: the way a mail leaves the house. A mail server, or a folder where there is none."""

import ipaddress
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from flask import current_app

from registration.services.deliveries.message import Letter
from registration.services.deliveries.outbox import Fate, Outcome
from registration.services.deliveries.smtp import MailServer, Server


class Channel(Protocol):
    """A way out."""

    def send(self, letter: Letter) -> Outcome:
        """Hand one mail over and say what came of it; raises nothing that a server can cause."""


@contextmanager
def open_channel() -> Iterator[Channel]:
    """Give the channel that the settings name; it connects when it has something to send."""
    url = current_app.config["SMTP_URL"]
    if not url:
        yield Folder(current_app.config["DATA_DIR"] / "mail")
        return
    server = MailServer(Server.parse(url), hello=_hello(current_app.config["MAIL_DOMAIN"]))
    try:
        yield server
    finally:
        server.close()


def _hello(domain: str) -> str:
    """Return how we introduce ourselves (RFC 5321 §4.1.3: an IP address goes into brackets)."""
    try:
        address = ipaddress.ip_address(domain)
    except ValueError:
        return domain
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"  # noqa: PLR2004  # IPv4


class Folder:
    """Writes each mail as a file; the same mail again becomes the same file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, letter: Letter) -> Outcome:
        """Write the mail; it is on the disk, whole, once this returns."""
        try:
            self._write(letter)
        except OSError as error:
            return Outcome(fate=Fate.UNREACHABLE, error=f"{self._path}: {error.strerror}")
        return Outcome(fate=Fate.SENT)

    def _write(self, letter: Letter) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        made = self._path / f".{letter.name}.{os.getpid()}"
        with made.open("wb") as file:
            file.write(letter.content)
            file.flush()
            os.fsync(file.fileno())
        made.rename(self._path / letter.name)
        folder = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(folder)  # a new name lasts only once its folder is written
        finally:
            os.close(folder)

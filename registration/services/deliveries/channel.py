"""Channels: the way a mail leaves the house. A mail server, or a folder where there is none."""

import ipaddress
import os
from pathlib import Path
from typing import Protocol

from flask import current_app

from registration.mailservers import Account
from registration.services.deliveries import channels
from registration.services.deliveries.message import Letter
from registration.services.deliveries.settling import Fate, Outcome
from registration.services.deliveries.smtp import MailServer


class Channel(Protocol):
    """A way out."""

    def send(self, letter: Letter) -> Outcome:
        """Hand one mail over and say what came of it; raises nothing that a server can cause."""

    def would_take(self, letter: Letter, recipient: str) -> bool:
        """Return whether it would take this mail for somebody else; nothing is handed over."""

    def close(self) -> None:
        """Say goodbye."""


class Ways:
    """The ways out by the names of their accounts; each connects when it has something to send."""

    def __init__(self) -> None:
        self._open: dict[str, Channel] = {}

    def send(self, letter: Letter, *, through: str) -> Outcome:
        """Hand one mail over through an account."""
        return self._way(through).send(letter)

    def would_take(self, letter: Letter, recipient: str, *, through: str) -> bool:
        """Return whether an account would take this mail for somebody else."""
        return self._way(through).would_take(letter, recipient)

    def _way(self, name: str) -> Channel:
        if name not in self._open:
            self._open[name] = open_channel(channels.get_account(name))
        return self._open[name]

    def close(self) -> None:
        """Say goodbye to all servers."""
        for channel in self._open.values():
            channel.close()
        self._open.clear()


def open_channel(account: Account) -> Channel:
    """Return the way out that an account is."""
    if account == channels.FILES:
        return Folder(current_app.config["DATA_DIR"] / "mail")
    return MailServer(account.server, hello=_hello(current_app.config["MAIL_DOMAIN"]))


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

    def would_take(self, letter: Letter, recipient: str) -> bool:  # noqa: ARG002  # all are alike
        """Return True: a folder refuses nobody."""
        return True

    def close(self) -> None:
        """Do nothing: each mail is whole on the disk already."""

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

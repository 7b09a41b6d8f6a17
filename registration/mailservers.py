"""Mail servers: the accounts that the settings name, and how fast mails may go.

``EINLASS_SMTP_URL`` holds one address or several, with white space between them:
``smtp://user:password@host:587?name=main&rate=20/s&from=events@example.org``.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
MAILBOX_PORTS = {"imaps": 993, "imap+plain": 143}
OPTIONS = frozenset({"name", "rate", "from"})
RATE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)/(s|m|h)")
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
NAME = re.compile(r"[\w.@:+-]{1,80}")
OTHERS = "*"
"""In the rates of domains: each domain that has none of its own."""


@dataclass(frozen=True)
class Server:
    """Where a mail server listens, and how to speak to it."""

    scheme: str
    host: str
    port: int
    user: str
    password: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read ``smtp://user:password@host:port``; user and password are percent-encoded.

        A mailbox's ``imaps://…`` is read in the same way.
        """
        parts = urlsplit(url)
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "localhost",
            port=parts.port or (PORTS | MAILBOX_PORTS)[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    @property
    def is_loopback(self) -> bool:
        """Whether nothing that is sent there leaves this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True)
class Account:
    """One way out: a mail server, and what the settings say of it."""

    name: str
    """Tells it from others, without the password."""
    server: Server
    rate: float | None = None
    """Mails a second; None: as many as it takes."""
    mail_from: str = ""
    """The sender of what goes through it; empty: ``EINLASS_MAIL_FROM``."""


@lru_cache(maxsize=8)
def parse_accounts(urls: str) -> tuple[Account, ...]:
    """Return the accounts that a setting names; none for an empty one.

    Raises:
        ValueError: one cannot be; the message says what is wrong, and never the password.
    """
    accounts = tuple(_account(url) for url in urls.split())
    names = [account.name for account in accounts]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise ValueError(f"names {twice} twice: give each a name of its own with ?name=…")
    return accounts


def _account(url: str) -> Account:
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        known = ", ".join(sorted(f"{scheme}://" for scheme in PORTS))
        raise ValueError(f"does not begin with one of {known}")
    if not parts.hostname or parts.port == 0:
        raise ValueError("names no host, or no port that can be")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - OPTIONS)
    if unknown:
        raise ValueError(f"has ?{unknown[0]}=, which is none of {', '.join(sorted(OPTIONS))}")
    server = Server.parse(url)
    name = options.get("name") or (f"{server.user}@" if server.user else "") + parts.hostname
    if not options.get("name") and server.port != PORTS[server.scheme]:
        name += f":{server.port}"
    if not NAME.fullmatch(name):
        raise ValueError("needs a short name of letters and digits: ?name=…")
    rate = parse_rate(options["rate"]) if "rate" in options else None
    return Account(name=name, server=server, rate=rate, mail_from=options.get("from", ""))


def parse_rate(text: str) -> float:
    """Return how many a second ``20/s``, ``300/m`` or ``5000/h`` is.

    Raises:
        ValueError: it is none of these, or none at all.
    """
    found = RATE.fullmatch(text.strip())
    if not found or not float(found[1]):
        raise ValueError(f"has the rate {text!r}: write it as 20/s, 300/m or 5000/h")
    return float(found[1]) / SECONDS[found[2]]


@lru_cache(maxsize=8)
def parse_domain_rates(text: str) -> Mapping[str, float]:
    """Return mails a second by recipient domain, from ``gmx.de=5/s *=50/s``.

    Raises:
        ValueError: it is not of this form.
    """
    rates: dict[str, float] = {}
    for each in text.replace(",", " ").split():
        domain, equals, rate = each.partition("=")
        if not (domain and equals):
            raise ValueError(f"has {each!r}: write gmx.de=5/s, or *=50/s for all others")
        rates[domain.lower()] = parse_rate(rate)
    return rates

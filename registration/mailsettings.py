"""What the settings say of mail: who sends it, where notices of it go, what signs it."""

import re
from email.utils import parseaddr
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from registration.errors import SettingRefused
from registration.mailservers import parse_accounts, parse_domain_rates

if TYPE_CHECKING:
    from registration.config import Settings

SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
BOUNCE_NAME = re.compile(r"[A-Za-z0-9._=-]{1,24}")
"""Short enough that a mark fits behind it (RFC 5321 §4.5.3.1.1)."""
LEAST_RSA_BITS = 1024
"""Shorter keys are verified by nobody (RFC 8301 §3.2)."""


def check(settings: "Settings") -> None:
    """Refuse what no mail could be sent, matched or signed with.

    Raises:
        SettingRefused: a setting is bad; the message names it and says what to do.
    """
    _check_mail(settings)
    _check_bounces(settings)
    _check_signing(settings)


def _check_mail(settings: "Settings") -> None:
    for name, parse in (("smtp_url", parse_accounts), ("mail_domain_rate", parse_domain_rates)):
        try:
            parse(getattr(settings, name))
        except ValueError as error:  # a port that is not a number tells of itself in the same way
            raise SettingRefused(
                f"EINLASS_{name.upper()} {error}. Correct it; docs/operations.md shows how."
            ) from error
    senders = [account.mail_from for account in parse_accounts(settings.smtp_url)]
    wrong = next((each for each in senders if each and "@" not in parseaddr(each)[1]), "")
    if wrong:
        raise SettingRefused(
            f"EINLASS_SMTP_URL has ?from={wrong}, which is no address. Correct or remove it."
        )
    if not parseaddr(settings.mail_from)[1].rpartition("@")[0]:
        raise SettingRefused(
            f"EINLASS_MAIL_FROM is {settings.mail_from!r}. Give a name and an address, for "
            f'instance: "Events, Berlin" <events@example.org>.'
        )


def _check_bounces(settings: "Settings") -> None:
    name, _at, domain = settings.bounce_address.rpartition("@")
    if settings.bounce_address and not (BOUNCE_NAME.fullmatch(name) and "." in domain):
        raise SettingRefused(
            f"EINLASS_BOUNCE_ADDRESS is {settings.bounce_address!r}. Give an address with at most "
            "24 letters before its @, for instance bounces@mail.example.org."
        )
    try:
        server = urlsplit(settings.bounce_imap_url)
        whole = bool(server.hostname and server.username and server.port != 0)
    except ValueError:  # a port that is not a number, or out of range
        server, whole = urlsplit(""), False
    if settings.bounce_imap_url and not whole:
        raise SettingRefused(
            "EINLASS_BOUNCE_IMAP_URL names no host, no user, or no port that can be. Write it as "
            "imaps://user:password@host/INBOX, with user and password percent-encoded."
        )
    if server.scheme == "imap+plain" and server.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise SettingRefused(
            "EINLASS_BOUNCE_IMAP_URL would send the password in the open. Use imaps://; "
            "imap+plain:// is for this machine only."
        )
    if not settings.bounce_folder.isascii() or set(settings.bounce_folder) & set('"\\*%\r\n'):
        raise SettingRefused(
            "EINLASS_BOUNCE_FOLDER has signs that no folder's name here may have. Use letters, "
            "digits and /, for instance Einlass/Read."
        )


def _check_signing(settings: "Settings") -> None:
    if bool(settings.dkim_selector) != bool(settings.dkim_key):
        raise SettingRefused(
            "EINLASS_DKIM_SELECTOR and EINLASS_DKIM_KEY go together. Set both, or neither."
        )
    if not settings.dkim_key:
        return
    if not all(SELECTOR.fullmatch(each) for each in settings.dkim_selector.lower().split(".")):
        raise SettingRefused(
            f"EINLASS_DKIM_SELECTOR is {settings.dkim_selector!r}. Use letters, digits and "
            f"hyphens, for instance einlass."
        )
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # rare
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa  # noqa: PLC0415  # rare
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415  # rare
        load_pem_private_key,
    )

    try:
        pem = settings.dkim_key.replace("\\n", "\n").encode()
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    is_good = isinstance(key, ed25519.Ed25519PrivateKey) or (
        isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS
    )
    if not is_good:
        raise SettingRefused(
            "EINLASS_DKIM_KEY is no private key that mails can be signed with. Give one in PEM "
            "without a password, RSA of 2048 bits or Ed25519; `einlass mail key` makes one."
        )

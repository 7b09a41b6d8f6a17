"""Addresses in mails: whom they go to, whom they come from, and where their links lead."""

import re
from email.utils import parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import current_app

from registration.models.registrations import Registration
from registration.services import registrations

if TYPE_CHECKING:
    from email.headerregistry import Address

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")
DIRECTION = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn how a line runs, for what comes after them too (Unicode Annex 9)."""
MOST_NAME = 120


def link(registration: Registration) -> str:
    """Return the address of the registration's own page."""
    return f"{current_app.config['BASE_URL']}/r/{registrations.link_token(registration)}"


def one_line(text: str) -> str:
    """Return the text so that a header can hold it: one line, and nothing that decodes to more.

    Nor may it turn the direction of what a mail program writes beside it.

    ``=?`` begins an encoded word (RFC 2047 §2); a name that contains one would be decoded by
    whoever reads the header, and may then hold line breaks and further headers.
    """
    return CONTROL.sub(" ", DIRECTION.sub("", text)).replace("=?", "= ?").strip()


def named(name: str, address: str) -> "Address":
    """Return an address with a name that cannot break out of its header.

    Raises:
        ValueError: it is not an address, or no server would take it.
    """
    from email.errors import MessageError  # noqa: PLC0415  # as below
    from email.headerregistry import Address  # noqa: PLC0415  # keeps the web process light

    shown = one_line(name)[:MOST_NAME].strip()
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or CONTROL.search(address):
        raise ValueError("not an address")
    ascii_domain = domain.encode("idna").decode("ascii")  # RFC 5891
    if not local.isascii():  # RFC 6531; the parser behind addr_spec knows only ASCII
        return Address(shown, username=local, domain=ascii_domain)
    try:
        return Address(shown, addr_spec=f"{local}@{ascii_domain}")
    except MessageError as error:  # what its parser raises is no ValueError
        raise ValueError("not an address") from error


def sender(own: str = "") -> "Address":
    """Return who sends every mail, from the settings; ``own`` is what a mail account has instead.

    Raises:
        ValueError: the setting holds no address.
    """
    return _sender(current_app.config["MAIL_FROM"], own)


@lru_cache(maxsize=16)
def _sender(usual: str, own: str) -> "Address":
    name, address = parseaddr(usual)
    own_name, own_address = parseaddr(own)
    return named(own_name or name, own_address or address)

"""Envelopes: where notices about a mail come back to, marked so that nobody can make one up.

Each mail has an envelope sender of its own (VERP, variable envelope return path): the bounce
address with the delivery's id and a MAC behind a plus. Servers that return nothing of the mail
itself still write to that address.
"""

import hmac
import re
import uuid
from base64 import b32decode, b32encode
from collections.abc import Iterator
from hashlib import sha256

from flask import current_app

PURPOSE = b"einlass/bounces/v1"
MAC_BYTES = 8
MARK = re.compile(r"[+=]([a-z2-7]{39})@", re.IGNORECASE)
"""24 bytes in base32: servers may turn capitals into small letters. ``=`` as RFC 3798 quotes."""


def sender_of(delivery_id: uuid.UUID, *, usual: str) -> str:
    """Return the envelope sender of a delivery; ``usual`` where no bounce address is set."""
    address = current_app.config["BOUNCE_ADDRESS"]
    if not address:
        return usual
    name, _at, domain = address.rpartition("@")
    return f"{name}+{mark(delivery_id)}@{domain.encode('idna').decode('ascii')}"


def mark(delivery_id: uuid.UUID) -> str:
    """Return the id with its MAC, 39 small letters and digits."""
    raw = delivery_id.bytes + _mac(delivery_id)
    return b32encode(raw).decode("ascii").rstrip("=").lower()


def find_marked(text: str) -> Iterator[uuid.UUID]:
    """Yield the ids of deliveries whose marks stand in a text; a forged mark is passed over."""
    for found in MARK.finditer(text):
        raw = b32decode(found[1].upper() + "=")
        delivery_id = uuid.UUID(bytes=raw[:16])
        if hmac.compare_digest(raw[16:], _mac(delivery_id)):
            yield delivery_id


def _mac(delivery_id: uuid.UUID) -> bytes:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(key, PURPOSE + delivery_id.bytes, sha256)[:MAC_BYTES]

"""Naming: which badge a scanned text means, which needs no transaction."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import blake2b

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from registration.database import db
from registration.errors import SettingRefused, TokenRefused
from registration.models.events import Event
from registration.models.gates import Verdict
from registration.models.registrations import CODE_LETTERS
from registration.services import keys
from registration.services.badges import tokens
from registration.services.gates.devices import EnrolledDevice
from registration.services.gates.scans.seen import (
    NOTHING_TOLD,
    Batch,
    Named,
    Report,
    Seen,
    Unreadable,
)

WALK_IN_PREFIX = "W1:"
"""Of the text that stands for a badge which is yet to be made; the walk-in's scan id follows."""


def prepare(
    device: EnrolledDevice,
    scans: Iterable[Seen],
    *,
    unreadable: Sequence[Unreadable] = (),
    report: Report = NOTHING_TOLD,
) -> Batch:
    """Verify signatures, which needs no transaction, and return what `store` takes."""
    key_of = partial(_signing_key, device.event_id)
    named = [(scan, _named(scan.badge, device.event_id, key_of)) for scan in scans]
    return Batch(device, named, unreadable, report)


def _named(
    text: str, event_id: uuid.UUID, key_of: Callable[[int], Ed25519PrivateKey | None]
) -> Named:
    if not text.startswith(tokens.PREFIX):
        return _typed(text)
    mark = blake2b(text.encode(), digest_size=MARK_BYTES, key=event_id.bytes).digest()
    if mark in _genuine:
        return _of(tokens.peek(text))
    payload = tokens.recognise(text, event_id, key_of)
    if payload is None:
        return _verified(text, event_id)
    if len(_genuine) >= MOST_GENUINE:
        _genuine.clear()
    _genuine.add(mark)
    return _of(payload)


def _of(payload: tokens.Payload) -> Named:
    return Named(badge_id=payload.badge_id, generation=payload.generation)


MARK_BYTES = 16
MOST_GENUINE = 16_384
_genuine: set[bytes] = set()
"""Marks of texts that this process has found to be genuine badges of their event; 85 bytes each."""


def _typed(text: str) -> Named:
    if text.startswith(WALK_IN_PREFIX):
        return _walked_in(text)
    code = text.replace("-", "").replace(" ", "").upper()
    if len(code) == 8 and set(code) <= set(CODE_LETTERS):  # noqa: PLR2004  # a short code's
        return Named(short_code=code)
    return Named(verdict=Verdict.UNKNOWN)


def _walked_in(text: str) -> Named:
    try:
        return Named(walk_in=uuid.UUID(text.removeprefix(WALK_IN_PREFIX)))
    except ValueError:
        return Named(verdict=Verdict.UNKNOWN)


def _verified(text: str, event_id: uuid.UUID) -> Named:
    try:
        signed = tokens.decode(text)
    except TokenRefused:
        return Named(verdict=Verdict.FORGED)
    payload = signed.payload
    if _is_genuine(signed, event_id):
        return _of(payload)
    others = db.session.scalars(
        select(Event.id).where(Event.tag == payload.event_tag, Event.id != event_id)
    )
    genuine = any(_is_genuine(signed, other_id) for other_id in others)
    return Named(verdict=Verdict.OTHER_EVENT if genuine else Verdict.FORGED)


def _is_genuine(signed: tokens.Signed, event_id: uuid.UUID) -> bool:
    public_key = keys.find_public_key(event_id, signed.payload.key_slot)
    return public_key is not None and tokens.verify(signed, public_key, event_id)


_signing_keys: dict[tuple[uuid.UUID, int], Ed25519PrivateKey | None] = {}
"""What this process has looked up: a key of a slot never changes."""


def _signing_key(event_id: uuid.UUID, slot: int) -> Ed25519PrivateKey | None:
    """Return the key with which this event's badges of the slot are signed.

    None if there is none, or if it was sealed under another secret key: then the public one,
    which always opens, has to do.
    """
    known = (event_id, slot)
    if known not in _signing_keys:
        if keys.find_public_key(event_id, slot) is None:
            return None
        try:
            _signing_keys[known] = keys.private_key(event_id, slot)
        except SettingRefused:
            _signing_keys[known] = None
    return _signing_keys[known]

"""Badge tokens: what a badge's code says, signed, and nothing personal.

A token is ``E1:`` and the base45 (RFC 9285) of a payload and its Ed25519 signature (RFC 8032):

    version << 4 | key slot   1 byte
    event tag                 2 bytes, big endian
    badge id                  8 bytes, random
    generation                1 byte
    class                     1 byte, the role's number
    signature                64 bytes, over `DOMAIN`, the event's id and the payload

Decoding is strict: to each badge there is one text. Its last character is always a digit, so that
trimming a line that holds a token never cuts it.
"""

import struct
import uuid
from collections.abc import Callable
from hmac import compare_digest
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from registration.errors import TokenRefused

PREFIX = "E1:"
VERSION = 1
DOMAIN = b"einlass/badge/v1\x00"
FORM = struct.Struct(">BH8sBB")
SIGNATURE_BYTES = 64
BYTES = FORM.size + SIGNATURE_BYTES
LENGTH = len(PREFIX) + BYTES // 2 * 3 + BYTES % 2 * 2
"""119 characters: what QR version 5 holds at level M, with three to spare."""

HEAD = len(PREFIX) + -(-FORM.size // 2) * 3
"""So many characters hold the payload, and one byte of the signature with it."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
BASE = len(ALPHABET)
PAIRS = tuple(low + high for high in ALPHABET for low in ALPHABET)
PAIR_VALUES = {pair: value for value, pair in enumerate(PAIRS)}
HIGH_VALUES = {letter: value * BASE**2 for value, letter in enumerate(ALPHABET)}


class Payload(NamedTuple):
    """What a token says."""

    version: int
    key_slot: int
    event_tag: int
    badge_id: str
    """8 bytes as 16 lower-case hexadecimal digits."""
    generation: int
    badge_class: int


class Signed(NamedTuple):
    """A payload as it was signed; whether the signature holds is for `verify` to say."""

    payload: Payload
    raw: bytes
    signature: bytes


def encode(payload: Payload, private_key: Ed25519PrivateKey, event_id: uuid.UUID) -> str:
    """Return the token that says ``payload``, signed for this event.

    Raises:
        struct.error, ValueError: a part of the payload does not fit its bytes.
    """
    raw = FORM.pack(
        payload.version << 4 | payload.key_slot,
        payload.event_tag,
        bytes.fromhex(payload.badge_id),
        payload.generation,
        payload.badge_class,
    )
    return PREFIX + base45(raw + private_key.sign(DOMAIN + event_id.bytes + raw))


def decode(text: str) -> Signed:
    """Return what a token says; the signature is not checked here.

    Raises:
        TokenRefused: it is not exactly such a text as `encode` makes.
    """
    if len(text) != LENGTH or not text.startswith(PREFIX):
        raise TokenRefused(reason="shape")
    digits = text[len(PREFIX) :]
    try:
        found = from_base45(digits)
    except KeyError as error:
        raise TokenRefused(reason="alphabet") from error
    if base45(found) != digits:
        raise TokenRefused(reason="not_canonical")
    payload = _payload(found)
    if payload.version != VERSION:
        raise TokenRefused(reason="version")
    return Signed(payload, found[: FORM.size], found[FORM.size :])


def _payload(raw: bytes) -> Payload:
    first, event_tag, badge_id, generation, badge_class = FORM.unpack_from(raw)
    return Payload(first >> 4, first & 0xF, event_tag, badge_id.hex(), generation, badge_class)


def peek(text: str) -> Payload:
    """Return what a token says that is known to be genuine."""
    return _payload(from_base45(text[len(PREFIX) : HEAD]))


def recognise(
    text: str, event_id: uuid.UUID, key_of: Callable[[int], Ed25519PrivateKey | None]
) -> Payload | None:
    """Return what a token says if it is, letter by letter, what `encode` makes for this event.

    A key signs one message in one way only (RFC 8032 §5.1.6), so this is as strict as `decode`
    and `verify`, and to sign costs a third of what it costs to verify. None says nothing but
    that those two must be asked.

    Args:
        text: what was scanned.
        event_id: whose badge it may be.
        key_of: returns the event's key of a slot, if it is at hand.
    """
    if len(text) != LENGTH or not text.isascii():
        return None
    try:
        raw = from_base45(text[len(PREFIX) : HEAD])[: FORM.size]
    except KeyError:
        return None
    payload = _payload(raw)
    key = key_of(payload.key_slot)
    if key is None or payload.version != VERSION:
        return None
    written = PREFIX + base45(raw + key.sign(DOMAIN + event_id.bytes + raw))
    return payload if compare_digest(written, text) else None


def verify(signed: Signed, public_key: Ed25519PublicKey, event_id: uuid.UUID) -> bool:
    """Return whether the event's key has signed this."""
    try:
        public_key.verify(signed.signature, DOMAIN + event_id.bytes + signed.raw)
    except InvalidSignature:
        return False
    return True


def base45(data: bytes) -> str:
    """Return bytes as base45 (RFC 9285 §4): three characters for two bytes, two for a last one."""
    values = struct.unpack(f">{len(data) // 2}H", data[: len(data) & ~1])
    text = "".join([PAIRS[value % BASE**2] + ALPHABET[value // BASE**2] for value in values])
    return text + PAIRS[data[-1]] if len(data) % 2 else text


def from_base45(text: str) -> bytes:
    """Return the bytes that base45 text stands for.

    Values too large for their bytes are cut: such text is not what `base45` makes of the result,
    and that is how `decode` refuses it.

    Raises:
        KeyError: a character is not of the alphabet, or one is left over.
    """
    whole = len(text) // 3 * 3
    values = [
        (PAIR_VALUES[text[at : at + 2]] + HIGH_VALUES[text[at + 2]]) & 0xFFFF
        for at in range(0, whole, 3)
    ]
    rest = text[whole:]
    last = bytes([PAIR_VALUES[rest] & 0xFF]) if rest else b""
    return struct.pack(f">{len(values)}H", *values) + last

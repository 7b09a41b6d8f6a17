"""Signing keys: made for each event, and sealed under the secret key of the installation."""

import os
import uuid
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from sqlalchemy import select

from registration import clock
from registration.database import db, once
from registration.errors import SettingRefused
from registration.models.badges import SigningKey

NONCE_BYTES = 12


def make(event_id: uuid.UUID, *, slot: int) -> None:
    """Make an Ed25519 key (RFC 8032) for one of the event's sixteen slots."""
    private = Ed25519PrivateKey.generate()
    db.session.add(
        SigningKey(
            event_id=event_id,
            slot=slot,
            public_key=private.public_key().public_bytes_raw(),
            sealed_private_key=_seal(private.private_bytes_raw(), event_id),
            created_at=clock.now(),
        )
    )


def private_key(event_id: uuid.UUID, slot: int) -> Ed25519PrivateKey:
    """Return the key that signs the event's badges.

    Raises:
        SettingRefused: it was sealed under another secret key.
    """
    return _opened(once(_sealed, event_id, slot), event_id, current_app.config["SECRET_KEY"])


def _sealed(event_id: uuid.UUID, slot: int) -> bytes:
    return db.session.scalars(
        select(SigningKey.sealed_private_key).filter_by(event_id=event_id, slot=slot)
    ).one()


_public_keys: dict[tuple[uuid.UUID, int], Ed25519PublicKey] = {}
"""What this process has looked up: a key of a slot never changes."""


def find_public_key(event_id: uuid.UUID, slot: int) -> Ed25519PublicKey | None:
    """Return the key that verifies the event's badges of this slot."""
    known = _public_keys.get((event_id, slot))
    if known is None:
        raw = db.session.scalars(
            select(SigningKey.public_key).filter_by(event_id=event_id, slot=slot)
        ).one_or_none()
        if raw is None:
            return None
        known = _public_keys[event_id, slot] = Ed25519PublicKey.from_public_bytes(raw)
    return known


def _sealing_key(secret: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"einlass/signing-keys/v1")
    return AESGCM(derived.derive(secret.encode()))


def _seal(raw: bytes, event_id: uuid.UUID) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    sealing = _sealing_key(current_app.config["SECRET_KEY"])
    return nonce + sealing.encrypt(nonce, raw, event_id.bytes)


@lru_cache(maxsize=64)
def _opened(sealed: bytes, event_id: uuid.UUID, secret: str) -> Ed25519PrivateKey:
    nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        raw = _sealing_key(secret).decrypt(nonce, text, event_id.bytes)
    except InvalidTag as error:
        raise SettingRefused(
            "EINLASS_SECRET_KEY is not the one under which this event's badge keys were sealed. "
            "Set the secret key with which the event was created."
        ) from error
    return Ed25519PrivateKey.from_private_bytes(raw)

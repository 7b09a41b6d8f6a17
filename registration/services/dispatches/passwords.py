"""Passwords of attachments: made to be read out on the telephone, and kept sealed.

The recipient opens every attachment of a dispatch with one password, so we must know it when the
next is made. It is sealed as the badge keys are: with AES-GCM, under a key derived from the
installation's secret key, bound to its dispatch.
"""

import os
import secrets
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from registration.errors import SettingRefused

NONCE_BYTES = 12
CONSONANTS, VOWELS = "bdfgklmnprst", "aeiou"
"""No two of them sound or look alike in German or English."""
WORDS, SYLLABLES, DIGITS = 3, 3, 4


def new() -> str:
    """Return a new password, for instance ``gamito-deluna-8347-pesoni``: 66 random bits."""
    words = [_word() for _ in range(WORDS)]
    number = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    return "-".join([*words[:-1], number, words[-1]])


def _word() -> str:
    return "".join(secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _ in range(SYLLABLES))


def seal(password: str, dispatch_id: uuid.UUID) -> bytes:
    """Return what is stored of a dispatch's password."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _sealing_key().encrypt(nonce, password.encode(), dispatch_id.bytes)


def unseal(sealed: bytes, dispatch_id: uuid.UUID) -> str:
    """Return a dispatch's password.

    Raises:
        SettingRefused: it was sealed under another secret key.
    """
    nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return _sealing_key().decrypt(nonce, text, dispatch_id.bytes).decode()
    except InvalidTag as error:
        raise SettingRefused(
            "EINLASS_SECRET_KEY is not the one under which this password was sealed. Set the "
            "secret key with which the dispatch was planned, or make a new password there."
        ) from error


def _sealing_key() -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"einlass/dispatches/v1")
    return AESGCM(derived.derive(current_app.config["SECRET_KEY"].encode()))

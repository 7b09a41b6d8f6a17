"""What only a device's holder has: a one-time code, then a bearer token; we keep their hashes.

Both are random and long enough that no salt is needed.
"""

import hashlib
import re
import secrets

from registration.models.registrations import CODE_LETTERS

CODE_LENGTH = 10
SEPARATORS = re.compile(r"[\s\-‐‑‒–—−._]+")
"""Blanks, and the dashes that keyboards and mails make of a hyphen."""


def new_code() -> str:
    """Return a new one-time code."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def new_token() -> str:
    """Return a new bearer token."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """Return the SHA-256 of a code or token, which is what is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def shown(code: str) -> str:
    """Return a one-time code in two groups that a person can read out."""
    return f"{code[:5]}-{code[5:]}"


def bare(typed: str) -> str:
    """Return a code as it was made from how it was typed: any case, blanks, hyphens."""
    return SEPARATORS.sub("", typed).upper()

"""Password hashes: argon2id (RFC 9106), in the PHC string format."""

import secrets
from typing import NamedTuple

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id


class Cost(NamedTuple):
    """What a hash costs whoever makes it, and whoever guesses."""

    memory: int
    """In KiB."""
    iterations: int
    lanes: int


COST = Cost(memory=64 * 1024, iterations=3, lanes=4)
"""The choice of RFC 9106 §4 for machines with little memory; only tests make it cheaper."""
SALT_BYTES, HASH_BYTES = 16, 32


def seal(password: str) -> str:
    """Return what is stored of a password; takes tens of milliseconds."""
    kdf = Argon2id(
        salt=secrets.token_bytes(SALT_BYTES),
        length=HASH_BYTES,
        iterations=COST.iterations,
        lanes=COST.lanes,
        memory_cost=COST.memory,
    )
    return kdf.derive_phc_encoded(password.encode())


def matches(stored: str, password: str) -> bool:
    """Return whether this is the password of a stored hash; never of what is no hash."""
    try:
        Argon2id.verify_phc_encoded(password.encode(), stored)
    except InvalidKey:
        return False
    return True


def is_current(stored: str) -> bool:
    """Return whether the hash was made at the cost of today."""
    return stored.startswith(f"$argon2id$v=19$m={COST.memory},t={COST.iterations},p={COST.lanes}$")

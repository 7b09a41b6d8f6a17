"""Password hashes: argon2id (RFC 9106), in the PHC string format."""

import secrets

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MEMORY, ITERATIONS, LANES = 64 * 1024, 3, 4
"""KiB, rounds, threads: the choice of RFC 9106 §4 for machines with little memory."""
SALT_BYTES, HASH_BYTES = 16, 32
CURRENT = f"$argon2id$v=19$m={MEMORY},t={ITERATIONS},p={LANES}$"
"""What every hash of today begins with."""


def seal(password: str) -> str:
    """Return what is stored of a password; takes tens of milliseconds."""
    kdf = Argon2id(
        salt=secrets.token_bytes(SALT_BYTES),
        length=HASH_BYTES,
        iterations=ITERATIONS,
        lanes=LANES,
        memory_cost=MEMORY,
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
    """Return whether the hash was made with the parameters of today."""
    return stored.startswith(CURRENT)

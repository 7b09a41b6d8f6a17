"""Addresses that the settings name: of the database, of Redis, of ourselves.

Each is checked before anything connects to it, so that a slip of the pen is a sentence at the
start and not a traceback later.
"""

import os
import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

SCHEMES = {
    "database_url": {"sqlite", "postgresql", "postgres", "postgresql+psycopg"},
    "redis_url": {"redis", "rediss", "unix"},
    "base_url": {"http", "https"},
    "bounce_imap_url": {"imaps", "imap+plain"},
}
OURS = re.compile(r"[^\s?#@]+")
"""What links can be put behind."""


def fault_of(name: str, address: str) -> str:
    """Return what is wrong with the address of this setting, or an empty string.

    The sentence goes on after the setting's name, and never repeats the address: it may hold
    a password.
    """
    parts = urlsplit(address)
    if parts.scheme not in SCHEMES[name]:
        schemes = ", ".join(sorted(f"{scheme}://" for scheme in SCHEMES[name]))
        return f"does not begin with one of {schemes}. Correct it."
    if not _names_a_port(parts):
        return "names a port that cannot be. Give a number from 1 to 65535."
    if name == "database_url" and parts.scheme == "sqlite" and not parts.path.startswith("//"):
        # in memory it would forget all; a short path means another folder to each library
        return "names no file by its whole path. Write sqlite:////srv/einlass.sqlite3."
    if name == "redis_url" and parts.scheme != "unix" and re.search(r"[^/0-9]", parts.path):
        return "ends in something else than a number. Write redis://host:6379/0."
    if name == "base_url" and not (parts.hostname and OURS.fullmatch(address)):
        return "is no address that links can begin with. Write https://events.example.org."
    return ""


def _names_a_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def can_be_written(folder: Path) -> bool:
    """Return whether the folder can be written to, or be made where it is not there yet."""
    nearest = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)

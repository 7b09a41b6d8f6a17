"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registration.database import uuid7


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a new path beside ``path``; what was written there takes its place, safe on disk.

    If the block fails, nothing is left and what was at ``path`` stays.
    """
    made = path.with_name(f".{path.name}.{uuid7().hex}")
    try:
        yield made
        sync(made)
        made.replace(path)
        sync(path.parent)
    finally:
        made.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Return once a file, or the names in a folder, are safe on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

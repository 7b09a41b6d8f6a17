"""Files of records: what a job's plan hands to its parts, and its parts to who merges them.

Each record stands behind its length; a closing note, in JSON, says what they have in common, and
the last eight bytes say where it begins. The same records make the same file.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

LENGTH = 4
"""Bytes that say how long a record is; big-endian."""
ADDRESS = 8
"""Bytes at the end that say where the note begins."""

Note = TypeVar("Note")


class Writer:
    """Writes records to a file that is open for writing."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin with no record."""
        self._file = file
        self.at = 0
        """Where the next record begins."""

    def add(self, record: bytes) -> None:
        """Write one record."""
        self._write(len(record).to_bytes(LENGTH, "big") + record)

    def close(self, note: object) -> None:
        """Write the closing note, which msgspec can write as JSON."""
        begins = self.at
        self._write(msgspec.json.encode(note, order="deterministic"))
        self._write(begins.to_bytes(ADDRESS, "big"))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self.at += len(data)


def note_of(path: Path, kind: type[Note]) -> Note:
    """Return the closing note of a file of records, as what it is."""
    with path.open("rb") as file:
        file.seek(-ADDRESS, os.SEEK_END)
        end = file.tell()
        begins = int.from_bytes(file.read(ADDRESS), "big")
        file.seek(begins)
        return msgspec.json.decode(file.read(end - begins), type=kind)


def records(path: Path, *, at: int = 0, count: int) -> Iterator[bytes]:
    """Return so many records, from the one that begins at ``at``.

    Raises:
        EOFError: there are not so many.
    """
    with path.open("rb") as file:
        file.seek(at)
        for _ in range(count):
            length = int.from_bytes(_read(file, LENGTH), "big")
            yield _read(file, length)


def _read(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise EOFError(f"{file.name} ends within a record")
    return data

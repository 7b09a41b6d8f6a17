"""Lists on disk between their upload and the moment when they are taken over.

An upload is two files for this user only: what is in the list, and what is known about it.
"""

import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from flask import current_app

from registration import clock
from registration.database import uuid7
from registration.errors import NotFound
from registration.services.papers.files import replacing
from registration.services.tables import Cell, Row, Table, TableKind, text_of

KEPT = timedelta(days=1)
LARGEST = 2**53
"""Of the numbers that every reader of JSON takes exactly (RFC 8259 §6)."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a list."""

    id: uuid.UUID
    event_id: uuid.UUID
    alliance: str
    """The code of the alliance that all people come for; empty if the list says it."""
    is_coordinators: bool
    """Whether an alliance's coordinator brought it, and not an organiser."""
    file_name: str
    created_at: datetime
    role: str = ""
    """The code of the role of people for whom the list has none, if one was chosen."""
    columns: dict[int, str] | None = None
    """What the columns hold, if the reader has said it."""


class _Kept(msgspec.Struct, frozen=True):
    """A table as it is kept: all that counts of it, with dates as texts."""

    kind: str
    sheet: str
    other_sheets: list[str]
    rows: list[tuple[int, list[str | int | float | bool | None]]]


def keep(
    table: Table, *, event_id: uuid.UUID, alliance: str, is_coordinators: bool, file_name: str
) -> About:
    """Keep a list until it is taken over, or a day is over."""
    about = About(
        id=uuid7(),
        event_id=event_id,
        alliance=alliance,
        is_coordinators=is_coordinators,
        file_name=file_name[:200],
        created_at=clock.now(),
    )
    kept = _Kept(
        kind=table.kind,
        sheet=table.sheet,
        other_sheets=list(table.other_sheets),
        rows=[(row.number, [_plain(cell) for cell in row.cells]) for row in table.rows],
    )
    _write(_path(about.id, "table"), msgspec.json.encode(kept))
    _write(_path(about.id, "about"), msgspec.json.encode(about))
    return about


def _plain(cell: Cell) -> str | int | float | bool | None:
    if isinstance(cell, int) and abs(cell) > LARGEST:
        return str(cell)
    if isinstance(cell, str | int | float) or cell is None:
        return cell
    return text_of(cell)


def get(upload_id: uuid.UUID, *, event_id: uuid.UUID) -> About:
    """Return what is known about a list of this event.

    Raises:
        NotFound: there is none, or it was brought more than a day ago.
    """
    try:
        about = msgspec.json.decode(_path(upload_id, "about").read_bytes(), type=About)
    except FileNotFoundError as error:
        raise NotFound(noun="upload", name=str(upload_id)) from error
    if about.event_id != event_id or clock.now() > about.created_at + KEPT:
        raise NotFound(noun="upload", name=str(upload_id))
    return about


def table_of(about: About) -> Table:
    """Return the list itself.

    Raises:
        NotFound: it is not kept any longer.
    """
    try:
        kept = msgspec.json.decode(_path(about.id, "table").read_bytes(), type=_Kept)
    except FileNotFoundError as error:
        raise NotFound(noun="upload", name=str(about.id)) from error
    return Table(
        rows=tuple(Row(number, tuple(cells)) for number, cells in kept.rows),
        kind=TableKind(kept.kind),
        sheet=kept.sheet,
        other_sheets=tuple(kept.other_sheets),
    )


def choose(about: About, columns: Mapping[int, str], *, role: str) -> About:
    """Write down what the columns hold by the reader's word, and who has which role."""
    chosen = msgspec.structs.replace(about, columns=dict(columns), role=role)
    _write(_path(about.id, "about"), msgspec.json.encode(chosen))
    return chosen


def discard(upload_id: uuid.UUID) -> None:
    """Delete a list; one that is gone already is no error."""
    for part in ("about", "table"):
        _path(upload_id, part).unlink(missing_ok=True)


def sweep() -> int:
    """Delete all lists that were brought more than a day ago; return how many files."""
    oldest = (clock.now() - KEPT).timestamp()
    stray = [path for path in _folder().iterdir() if path.stat().st_mtime < oldest]
    for path in stray:
        with suppress(FileNotFoundError):
            path.unlink()
    return len(stray)


def _path(upload_id: uuid.UUID, part: str) -> Path:
    return _folder() / f"{upload_id}.{part}"


def _folder() -> Path:
    path: Path = current_app.config["DATA_DIR"] / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as made:
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)

"""Lists on disk between their upload and the moment when they are taken over.

An upload is some files for this user only: the list (read, or as it came if reading takes long),
what is known about it, and if it was checked by a worker, what that has found.
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
from registration.services import tables
from registration.services.imports.choosing import columns_out
from registration.services.imports.previews import Preview
from registration.services.papers.files import replacing
from registration.services.tables import Cell, Row, Table, TableKind, text_of

KEPT = timedelta(days=1)
LONG = 300
"""Rows; checking more takes longer than a page may make others wait."""
PARTS = ("about", "table", "file", "preview", "reasons")
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
    rows: int | None = None
    """None if it was not read yet, since that takes long."""

    @property
    def is_long(self) -> bool:
        """Whether a worker checks it, and its page waits."""
        return self.rows is None or self.rows > LONG

    @property
    def choice(self) -> str:
        """What the reader has said of the list, as one text."""
        return f"{self.role} {columns_out(self.columns)}"


class _Kept(msgspec.Struct, frozen=True):
    """A table as it is kept: all that counts of it, with dates as texts."""

    kind: str
    sheet: str
    other_sheets: list[str]
    rows: list[tuple[int, list[str | int | float | bool | None]]]


def keep(
    brought: Table | bytes,
    *,
    event_id: uuid.UUID,
    alliance: str,
    is_coordinators: bool,
    file_name: str,
) -> About:
    """Keep a list, or a file that is yet to be read, until it is taken over or a day is over."""
    about = About(
        id=uuid7(),
        event_id=event_id,
        alliance=alliance,
        is_coordinators=is_coordinators,
        file_name=file_name[:200],
        created_at=clock.now(),
        rows=None if isinstance(brought, bytes) else len(brought.rows),
    )
    if isinstance(brought, bytes):
        _write(_path(about.id, "file"), brought)
    else:
        _write(_path(about.id, "table"), msgspec.json.encode(_plainly(brought)))
    _write(_path(about.id, "about"), msgspec.json.encode(about))
    return about


def _plainly(table: Table) -> _Kept:
    return _Kept(
        kind=table.kind,
        sheet=table.sheet,
        other_sheets=list(table.other_sheets),
        rows=[(row.number, [_plain(cell) for cell in row.cells]) for row in table.rows],
    )


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
        TableRefused: it was not read before, and is no table.
    """
    try:
        if about.rows is None:
            return tables.read(_path(about.id, "file").read_bytes(), about.file_name)
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


def keep_preview(about: About, preview: Preview, *, reasons: Path | None) -> None:
    """Keep what a worker has found in a list, in place of what another found before.

    Args:
        about: which list, with what was chosen for it.
        preview: what its page tells.
        reasons: the list with what is wrong with it, in a file that is moved; None if nothing is.
    """
    place = _path(about.id, "reasons")
    if reasons is None:
        place.unlink(missing_ok=True)
    else:
        reasons.replace(place)
    told = msgspec.structs.replace(preview, choice=about.choice)
    _write(_path(about.id, "preview"), msgspec.json.encode(told))


def find_preview(about: About, *, locale: str) -> Preview | None:
    """Return what was found in a list, if it was for the same choice and in this language."""
    try:
        content = _path(about.id, "preview").read_bytes()
    except FileNotFoundError:
        return None
    found = msgspec.json.decode(content, type=Preview)
    return found if (found.choice, found.locale) == (about.choice, locale) else None


def reasons_path(about: About) -> Path:
    """Return where a worker has written what is wrong with the list.

    Raises:
        NotFound: it has not.
    """
    path = _path(about.id, "reasons")
    if not path.is_file():
        raise NotFound(noun="upload", name=str(about.id))
    return path


def forget_preview(upload_id: uuid.UUID) -> None:
    """Delete what was found in a list, since it is not true any longer."""
    for part in ("preview", "reasons"):
        _path(upload_id, part).unlink(missing_ok=True)


def discard(upload_id: uuid.UUID) -> None:
    """Delete a list; one that is gone already is no error."""
    for part in PARTS:
        _path(upload_id, part).unlink(missing_ok=True)


def sweep() -> int:
    """Delete all lists that were brought more than a day ago; return how many files."""
    oldest = (clock.now() - KEPT).timestamp()
    stray = [path for path in folder().iterdir() if path.stat().st_mtime < oldest]
    for path in stray:
        with suppress(FileNotFoundError):
            path.unlink()
    return len(stray)


def _path(upload_id: uuid.UUID, part: str) -> Path:
    return folder() / f"{upload_id}.{part}"


def folder() -> Path:
    """Return where uploads are, and make sure that it is there, for this user only."""
    path: Path = current_app.config["DATA_DIR"] / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as made:
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)

"""Make a roster's file; imports what the formats need, so only workers and commands import it."""

import uuid
from datetime import datetime
from pathlib import Path

from registration.services.rosters import (
    RosterFormat,
    RosterKind,
    delimited,
    kinds,
    printed,
    workbook,
)
from registration.services.rosters.reading import Progress
from registration.services.rosters.spec import Spec
from registration.services.rosters.wanted import Wanted

WRITERS = {
    RosterFormat.CSV: delimited.write,
    RosterFormat.CSV_EXCEL: delimited.write,
    RosterFormat.XLSX: workbook.write,
    RosterFormat.PDF: printed.write,
}


def make(path: Path, wanted: Wanted, *, as_of: datetime, on_progress: Progress) -> int:
    """Write a list to ``path``; return how many people are on it.

    The same people and the same ``as_of`` make the same file, byte for byte.

    Args:
        path: the file to write.
        wanted: which list, and as what file.
        as_of: the moment that the list says it was made.
        on_progress: is told, now and then, how many more people are written.
    """
    return WRITERS[wanted.file_format](path, wanted, as_of=as_of, on_progress=on_progress)


def write(
    path: Path,
    *,
    event_id: uuid.UUID,
    alliance_id: int | None = None,
    file_format: RosterFormat,
    locale: str,
    as_of: datetime,
    on_progress: Progress,
    spec: Spec | None = None,
) -> int:
    """Write a list of the organisers', or of one alliance, as `make` does.

    Args:
        path: the file to write.
        event_id: whose list.
        alliance_id: only the people of this alliance.
        file_format: as what.
        locale: the language of words, dates and headers; the technical CSV has none.
        as_of: the moment that the list says it was made.
        on_progress: is told, now and then, how many more people are written.
        spec: which list; None is the attendance list, for one alliance without its answers.
    """
    if spec is None:
        own = kinds.READY[RosterKind.ATTENDANCE]
        spec = kinds.ready(event_id, own.kind) if alliance_id is None else own
    wanted = Wanted(
        event_id=event_id,
        spec=spec,
        file_format=file_format,
        locale=locale,
        alliance_id=alliance_id,
    )
    return make(path, wanted, as_of=as_of, on_progress=on_progress)

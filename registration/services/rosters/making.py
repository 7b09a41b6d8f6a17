"""Make a roster's file; imports what the formats need, so only workers and commands import it."""

import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from registration.services.rosters import RosterFormat, delimited, printed, workbook


def write(
    path: Path,
    *,
    event_id: uuid.UUID,
    alliance_id: int | None = None,
    file_format: RosterFormat,
    locale: str,
    as_of: datetime,
    on_progress: Callable[[int], None],
) -> int:
    """Write the attendance list to ``path``; return how many people are on it.

    The same people and the same ``as_of`` make the same file, byte for byte.

    Args:
        path: the file to write.
        event_id: whose list.
        alliance_id: only the people of this alliance.
        file_format: as what.
        locale: the language of words, dates and headers; the technical CSV has none.
        as_of: the moment that the list says it was made.
        on_progress: is told, now and then, how many more people are written.
    """
    match file_format:
        case RosterFormat.CSV:
            form = delimited.for_programs(event_id)
            return delimited.write(
                path, form, event_id=event_id, alliance_id=alliance_id, on_progress=on_progress
            )
        case RosterFormat.CSV_EXCEL:
            form = delimited.for_excel(event_id, locale=locale)
            return delimited.write(
                path, form, event_id=event_id, alliance_id=alliance_id, on_progress=on_progress
            )
        case RosterFormat.XLSX | RosterFormat.PDF:
            make = workbook.write if file_format == RosterFormat.XLSX else printed.write
            return make(
                path,
                event_id=event_id,
                alliance_id=alliance_id,
                locale=locale,
                as_of=as_of,
                on_progress=on_progress,
            )

"""Who is on the list of a dispatch now, and how its recipient knows them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registration.services.papers.reading import streaming
from registration.services.rosters import COUNTS, RosterFormat, RosterKind, kinds, people
from registration.services.rosters.spec import Spec

READS = ("id", "family_name", "title", "given_name", "organisation")


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What a list says, without its file."""

    people: Mapping[str, str]
    """By registration, in order: "Groß, Dr. Änne · Institut"; of counts, nobody is named."""
    columns: tuple[str, ...]
    count: int


def spec_of(event_id: uuid.UUID, roster: Mapping[str, Any]) -> Spec:
    """Return which list the roster of a dispatch means.

    Raises:
        NotFound: it is a preset that has been deleted.
    """
    return kinds.ready(event_id, RosterKind(roster["kind"]))


def read(event_id: uuid.UUID, roster: Mapping[str, Any]) -> Listing:
    """Return who is on the list now.

    Raises:
        NotFound: see `spec_of`.
    """
    spec = spec_of(event_id, roster)
    columns = spec.on_paper if roster["format"] == RosterFormat.PDF else spec.in_files
    if spec.kind in COUNTS:
        return Listing(people={}, columns=columns, count=people.count(event_id, spec))
    tells_house = "organisation" in columns
    with streaming() as connection:
        chunks = people.chunks(connection, event_id, spec, READS)
        found = {str(row[0]): _known_as(tuple(row), tells_house) for rows in chunks for row in rows}
    return Listing(people=found, columns=columns, count=len(found))


def _known_as(row: tuple[Any, ...], tells_house: bool) -> str:  # noqa: FBT001  # a claim of the list
    _id, family_name, title, given_name, organisation = row
    called = " ".join(part for part in (title, given_name) if part)
    house = f" · {organisation}" if tells_house and organisation else ""
    return f"{family_name}, {called}{house}"

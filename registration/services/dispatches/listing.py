"""Which list a dispatch is of, who is on it now, and how its recipient knows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registration.models.rosters import Dispatch
from registration.services.papers.reading import streaming
from registration.services.rosters import COUNTS, RosterFormat, people
from registration.services.rosters.wanted import Wanted

READS = ("id", "family_name", "title", "given_name", "organisation")
MOST_RECIPIENT = 120


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What a list says, without its file."""

    people: Mapping[str, str]
    """By registration, in order: "Groß, Dr. Änne · Institut"; of counts, nobody is named."""
    columns: tuple[str, ...]
    count: int


def parameters_of(dispatch: Dispatch) -> dict[str, str]:
    """Return the list as a job's parameters name it, with whom it is for noted on it."""
    day = dispatch.expires_at.astimezone(dispatch.event.zone).date()
    return {
        **dispatch.roster,
        "recipient": (dispatch.recipient_name or dispatch.recipient)[:MOST_RECIPIENT],
        "purpose": dispatch.purpose,
        "expires": day.isoformat(),
        "outside": "yes",
    }


def wanted(dispatch: Dispatch) -> Wanted:
    """Return the list as it is to be made.

    Raises:
        NotFound: its preset or alliance has been deleted.
    """
    return Wanted.of(dispatch.event_id, parameters_of(dispatch))


def read(dispatch: Dispatch) -> Listing:
    """Return who is on the list now.

    Raises:
        NotFound: see `wanted`.
    """
    meant = wanted(dispatch)
    spec, columns = meant.spec, columns_of(meant)
    if spec.kind in COUNTS:
        return Listing(people={}, columns=columns, count=meant.count())
    tells_house = "organisation" in columns
    with streaming() as connection:
        chunks = people.chunks(
            connection, dispatch.event_id, spec, READS, alliance_id=meant.alliance_id
        )
        found = {str(row[0]): _known_as(tuple(row), tells_house) for rows in chunks for row in rows}
    return Listing(people=found, columns=columns, count=len(found))


def columns_of(meant: Wanted) -> tuple[str, ...]:
    """Return the codes of the columns that a list has in its format."""
    spec = meant.spec
    return spec.on_paper if meant.file_format == RosterFormat.PDF else spec.in_files


def _known_as(row: tuple[Any, ...], tells_house: bool) -> str:  # noqa: FBT001  # a claim of the list
    _id, family_name, title, given_name, organisation = row
    called = " ".join(part for part in (title, given_name) if part)
    house = f" · {organisation}" if tells_house and organisation else ""
    return f"{family_name}, {called}{house}"

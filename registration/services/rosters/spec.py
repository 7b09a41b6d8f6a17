"""What is on a list: columns, whom it is of, sorting, grouping, layout; kept as JSON in presets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from registration.models.registrations import RegistrationState
from registration.services.rosters import RosterKind


class Attendance(StrEnum):
    """Who is meant, by whether they came."""

    ANY = "any"
    CAME = "came"
    ABSENT = "absent"
    INSIDE = "inside"


class Consent(StrEnum):
    """Who is meant, by what they said to photos."""

    ANY = "any"
    YES = "yes"
    NO = "no"
    UNANSWERED = "unanswered"


class Sort(StrEnum):
    """What people are sorted by within their group; names decide among equals."""

    NAME = "name"
    ARRIVED = "arrived"
    CREATED = "created"
    ROLE = "role"
    PROTOCOL = "protocol"
    """By the rank of the role, then precedence, then name."""


class Layout(StrEnum):
    """What a list looks like on paper."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"
    DOOR = "door"
    """Large names, and the alphabet at the edge."""
    SIGNATURE = "signature"


GROUPS = ("alliance", "role", "sector", "theme", "state", "letter")
"""What people can be grouped by; an answer, too, as ``q_<code>``."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Whom a list is of; empty means whoever. Everything is named by its code."""

    alliances: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    """One of them is enough, leading or further."""
    states: tuple[str, ...] = (RegistrationState.CONFIRMED,)
    sectors: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    attendance: Attendance = Attendance.ANY
    photo_consent: Consent = Consent.ANY
    answers: Mapping[str, str] = field(default_factory=dict)
    """By a question's code: the option's code, or yes or no."""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One list, without the people."""

    kind: RosterKind
    title: str = ""
    """The organisers' own; "" is the kind's name in the reader's language."""
    columns: tuple[str, ...] = ()
    """In files for programs and spreadsheets, and on paper if `printed` is empty."""
    printed: tuple[str, ...] = ()
    """On paper and on pages, where that is less."""
    filter: Filter = field(default_factory=Filter)
    sort: Sort = Sort.NAME
    group_by: str = ""
    new_page: bool = False
    """Whether each group begins a page."""
    layout: Layout = Layout.PORTRAIT

    @property
    def on_paper(self) -> tuple[str, ...]:
        """The columns on paper."""
        return self.printed or self.columns

    @property
    def in_files(self) -> tuple[str, ...]:
        """The columns in files, with what people are grouped by."""
        missing = self.group_by and self.group_by != "letter" and self.group_by not in self.columns
        return (self.group_by, *self.columns) if missing else self.columns

    def as_json(self) -> dict[str, Any]:
        """Return it as presets keep it: one level, as forms name the fields."""
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        told.pop("filter")
        told |= {each.name: getattr(self.filter, each.name) for each in fields(self.filter)}
        return {name: _plain(value) for name, value in told.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(each) for each in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value if isinstance(value, bool) else str(value)

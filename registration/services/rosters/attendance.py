"""The attendance list: everybody who is confirmed, by alliance and name, and who has arrived."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Connection, Row, Select, func, select

from registration.database import Localised, db
from registration.languages import force_locale
from registration.models.alliances import Alliance
from registration.models.badges import Badge
from registration.models.events import Event, Sector, Theme
from registration.models.gates import Gate, Presence
from registration.models.registrations import Registration, RegistrationState
from registration.models.roles import Role
from registration.services import roles
from registration.services.papers import reading

COLUMNS = (
    *("alliance", "family_name", "given_name", "title", "organisation", "position", "sector"),
    *("role", "theme", "short_code", "state", "photo_consent", "arrived_at", "gate"),
)
"""The names of the columns, in their order; also the headers for programs."""
ARRIVED_AT = COLUMNS.index("arrived_at")


BY_ALLIANCE = (Alliance.sort_name.is_(None), Alliance.sort_name, Alliance.id)
"""As Germans sort; people without an alliance last."""


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """The event, in one language."""

    title: str
    held_on: date
    venue: str
    organiser: str
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the numbers in the rows stand for: words in one language, or codes for programs."""

    alliances: Mapping[int | None, str]
    sectors: Mapping[int | None, str]
    roles: Mapping[int, str]
    ranks: Mapping[int, int]
    between: str
    """Between several roles of one person."""
    themes: Mapping[int | None, str]
    gates: Mapping[str | None, str]
    states: Mapping[str, str]
    consents: Mapping[bool | None, str]

    def cells(self, row: Row[Any]) -> list[Any]:
        """Return one person's cells, in the order of `COLUMNS`: texts, and a moment or None."""
        values: tuple[Any, ...] = tuple(row)
        alliance, *own_words = values[:6]
        sector, role, further, theme, *door = values[6:]
        short_code, state, photo_consent, arrived_at, gate, _registration_id = door
        return [
            self.alliances[alliance],
            *own_words,
            self.sectors[sector],
            self._roles(role, further) if further else self.roles[role],
            self.themes[theme],
            short_code,
            self.states[state],
            self.consents[photo_consent],
            arrived_at,
            self.gates.get(gate, gate),
        ]

    def _roles(self, leading: int, further: str) -> str:
        ids = (leading, *roles.in_order(further, self.ranks))
        return self.between.join(self.roles[role_id] for role_id in ids)


def occasion(event_id: uuid.UUID, *, locale: str) -> Occasion:
    """Return what heads of lists say of the event."""
    event = db.session.execute(
        select(
            Event.title,
            Event.held_on,
            Event.venue_name,
            Event.venue_city,
            Event.organiser_name,
            Event.timezone,
        ).where(Event.id == event_id)
    ).one()
    return Occasion(
        title=event.title.in_locale(locale),
        held_on=event.held_on,
        venue=f"{event.venue_name}, {event.venue_city}",
        organiser=event.organiser_name,
        zone=ZoneInfo(event.timezone),
    )


def headers(*, locale: str) -> list[str]:
    """Return the headers for people, in the order of `COLUMNS`."""
    with force_locale(locale):
        return [
            _("Alliance"),
            _("Family name"),
            _("Given name"),
            _("Academic title"),
            _("Organisation"),
            _("Position"),
            _("Sector"),
            _("Role"),
            _("Theme"),
            _("Short code"),
            _("State"),
            _("Photos"),
            _("Arrived at"),
            _("Gate"),
        ]


def words(event_id: uuid.UUID, *, locale: str) -> Words:
    """Return words for people, in their language."""
    with force_locale(locale):
        states = {RegistrationState.CONFIRMED.value: _("Confirmed")}
        consents = {True: _("Yes"), False: _("No"), None: ""}
    return Words(
        alliances=_by_id(Alliance.id, Alliance.name, event_id),
        sectors=_in_locale(_by_id(Sector.id, Sector.title, event_id), locale),
        roles=_in_locale(_by_id(Role.id, Role.title, event_id), locale),
        ranks=roles.ranks_of(event_id),
        between=", ",
        themes=_in_locale(_by_id(Theme.id, Theme.title, event_id), locale),
        gates=_by_id(Gate.code, Gate.name, event_id),
        states=states,
        consents=consents,
    )


def codes(event_id: uuid.UUID) -> Words:
    """Return codes for programs."""
    return Words(
        alliances=_by_id(Alliance.id, Alliance.code, event_id),
        sectors=_by_id(Sector.id, Sector.code, event_id),
        roles=_by_id(Role.id, Role.code, event_id),
        ranks=roles.ranks_of(event_id),
        between=" ",
        themes=_by_id(Theme.id, Theme.code, event_id),
        gates={None: ""},
        states={RegistrationState.CONFIRMED.value: RegistrationState.CONFIRMED.value},
        consents={True: "true", False: "false", None: ""},
    )


def _by_id(key: Any, value: Any, event_id: uuid.UUID) -> dict[Any, Any]:
    rows = db.session.execute(select(key, value).where(key.class_.event_id == event_id))
    return {None: "", **{row[0]: row[1] for row in rows}}


def _in_locale(titles: Mapping[Any, Localised | str], locale: str) -> dict[Any, str]:
    return {
        key: title.in_locale(locale) if isinstance(title, Localised) else title
        for key, title in titles.items()
    }


def count(event_id: uuid.UUID, alliance_id: int | None = None) -> int:
    """Return how many people are on the list now; with an alliance, of its own."""
    return db.session.scalar(select(func.count()).where(*_confirmed(event_id, alliance_id))) or 0


@dataclass(frozen=True)
class Group:
    """The people of one alliance, or with the name "" those of none."""

    name: str
    colour: str | None
    people: int
    arrived: int


def groups(
    connection: Connection, event_id: uuid.UUID, alliance_id: int | None = None
) -> list[Group]:
    """Return the groups of the list in their order, with how many they are."""
    rows = connection.execute(
        select(
            Alliance.name,
            Alliance.colour,
            func.count(Registration.id),
            func.count(Presence.badge_id),
        )
        .select_from(Registration)
        .outerjoin(Alliance, Alliance.id == Registration.alliance_id)
        .outerjoin(Badge, Badge.registration_id == Registration.id)
        .outerjoin(Presence, Presence.badge_id == Badge.id)
        .where(*_confirmed(event_id, alliance_id))
        .group_by(Alliance.id, Alliance.name, Alliance.colour, Alliance.sort_name)
        .order_by(*BY_ALLIANCE)
    )
    return [Group(name or "", colour, people, arrived) for name, colour, people, arrived in rows]


def chunks(
    connection: Connection, event_id: uuid.UUID, alliance_id: int | None = None
) -> Iterator[Sequence[Row[Any]]]:
    """Return the rows, a chunk at a time, for `Words.cells`; with an alliance, only its own."""
    return reading.chunks(connection, _rows(event_id, alliance_id))


def _confirmed(event_id: uuid.UUID, alliance_id: int | None) -> tuple[Any, ...]:
    of_event = (
        Registration.event_id == event_id,
        Registration.state == RegistrationState.CONFIRMED,
    )
    return of_event if alliance_id is None else (*of_event, Registration.alliance_id == alliance_id)


def _rows(event_id: uuid.UUID, alliance_id: int | None) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Registration.alliance_id,
            Registration.family_name,
            Registration.given_name,
            Registration.title,
            Registration.organisation,
            Registration.position,
            Registration.sector_id,
            Registration.role_id,
            roles.further_ids(),
            Registration.theme_id,
            Registration.short_code,
            Registration.state,
            Registration.photo_consent,
            Presence.first_at,
            Presence.first_gate,
            Registration.id,
        )
        .outerjoin(Alliance, Alliance.id == Registration.alliance_id)
        .outerjoin(Badge, Badge.registration_id == Registration.id)
        .outerjoin(Presence, Presence.badge_id == Badge.id)
        .where(*_confirmed(event_id, alliance_id))
        .order_by(*BY_ALLIANCE, Registration.sort_name, Registration.id)
    )

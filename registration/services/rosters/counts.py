"""Lists that count people and name none: for the caterer, and for the funder."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, func, select

from registration.languages import force_locale
from registration.models.alliances import Alliance
from registration.models.gates import Presence
from registration.models.registrations import Diet, Registration, RegistrationState, Source
from registration.services.papers.reading import streaming
from registration.services.rosters import RosterKind, people, words
from registration.services.rosters.spec import Spec
from registration.services.rosters.words import Words


@dataclass(frozen=True)
class Count:
    """One row: what is counted, and its numbers."""

    code: str
    name: str
    numbers: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Section:
    """One table of counts."""

    code: str
    name: str
    heads: Sequence[tuple[str, str]]
    """Of the names and of each number: its code, and its name for people."""
    rows: Sequence[Count]
    totals: Sequence[Count] = ()
    has_bars: bool = False
    """Whether a chart beside the numbers makes them plain: the second as a part of the first."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """All tables of a list."""

    people: int
    sections: Sequence[Section]


def sections(
    event_id: uuid.UUID, spec: Spec, *, locale: str, alliance_id: int | None = None
) -> Counted:
    """Return the counts of a list, as they are at one moment, in one language."""
    said = words.for_people(event_id, locale=locale)
    make = _for_the_caterer if spec.kind == RosterKind.CATERING else _for_the_funder
    with streaming() as connection, force_locale(locale):
        codes = words.for_programs(event_id)
        return make(Counting(connection, event_id, spec, alliance_id), said, codes)


@dataclass(frozen=True)
class Counting:
    """Counts the people of a list, all as of one moment."""

    connection: Connection
    event_id: uuid.UUID
    spec: Spec
    alliance_id: int | None

    def by(self, *what: Any) -> Sequence[Any]:
        """Return rows with the values of ``what``, and how many people have them."""
        statement = select(*what, func.count(Registration.id))
        found = people.of_list(statement, self.event_id, self.spec, self.alliance_id)
        return self.connection.execute(found.group_by(*what)).all()

    def alliances(self) -> Sequence[int | None]:
        """Return the event's alliances as Germans sort them, and None for none, last."""
        query = select(Alliance.id).where(Alliance.event_id == self.event_id)
        found = self.connection.scalars(query.order_by(Alliance.sort_name, Alliance.id))
        return [*found, None]


def _for_the_caterer(counting: Counting, said: Words, codes: Words) -> Counted:
    found = Counter[tuple[int, str]]()
    for role_id, diet, number in counting.by(Registration.role_id, Registration.diet):
        found[role_id, diet] += number
    diets = [*Diet]

    def numbers(of: Iterable[int]) -> list[int]:
        each = [sum(found[role_id, diet] for role_id in of) for diet in diets]
        return [*each, sum(each)]

    rows = [
        Count(codes.roles[role_id], said.roles[role_id], numbers((role_id,)))
        for role_id in said.ranks
    ]
    total = numbers(tuple(said.ranks))
    food = Section(
        code="diet",
        name=_("Food"),
        heads=[
            ("role", _("Role")),
            *((diet.value, said.diets[diet]) for diet in diets),
            ("total", _("Total")),
        ],
        rows=[row for row in rows if row.numbers[-1]],
        totals=[Count("total", _("Total"), total)],
    )
    return Counted(people=total[-1], sections=[food, _support(counting)])


def _support(counting: Counting) -> Section:
    """Count what people need in their own words, which name nobody."""
    found, first = Counter[str](), dict[str, str]()
    for told, number in counting.by(Registration.support_needs):
        text = " ".join(told.split())
        if text:
            found[text.casefold()] += number
            first.setdefault(text.casefold(), text)
    return Section(
        code="support",
        name=_("Support needed"),
        heads=[("support_needs", _("In the words of those who come")), ("people", _("People"))],
        rows=[
            Count("", first[key], [number])
            for key, number in sorted(found.items(), key=lambda item: (-item[1], item[0]))
        ],
    )


@dataclass
class Tally:
    """Who registered, and who of them came."""

    registered: int = 0
    came: int = 0

    def add(self, state: str, *, came: bool, number: int) -> None:
        """Count people of one state: whoever came is registered, whatever happened since."""
        if came or state == RegistrationState.CONFIRMED:
            self.registered += number
            self.came += number if came else 0

    @property
    def numbers(self) -> list[int]:
        """Registered, came, did not come."""
        return [self.registered, self.came, self.registered - self.came]


def _for_the_funder(counting: Counting, said: Words, codes: Words) -> Counted:
    total, walked_in = Tally(), 0
    alliances, by_role = defaultdict[int | None, Tally](Tally), defaultdict[int, Tally](Tally)
    states = Counter[str]()
    came = Presence.badge_id.is_not(None)
    told = (Registration.alliance_id, Registration.role_id, Registration.state, Registration.source)
    for alliance_id, role_id, state, source, is_here, number in counting.by(*told, came):
        for tally in (total, alliances[alliance_id], by_role[role_id]):
            tally.add(state, came=bool(is_here), number=number)
        states[state] += number
        walked_in += number if source == Source.WALK_IN and is_here else 0
    sums = [Count("total", _("Total"), total.numbers)]
    alliances_said = {**said.alliances, None: _("Without an alliance")}
    return Counted(
        people=total.registered,
        sections=[
            _in_all(total, walked_in, states, said),
            _came(
                "alliance",
                _("By alliance"),
                [
                    Count(codes.alliances[key], alliances_said[key], alliances[key].numbers)
                    for key in counting.alliances()
                ],
                sums,
            ),
            _came(
                "role",
                _("By role"),
                [
                    Count(codes.roles[key], said.roles[key], by_role[key].numbers)
                    for key in said.ranks
                ],
                sums,
            ),
        ],
    )


def _in_all(total: Tally, walked_in: int, states: Mapping[str, int], said: Words) -> Section:
    registered, came, absent = total.numbers
    told = [
        Count("registered", _("Registered"), [registered]),
        Count("came", _("Came"), [came]),
        Count("walked_in", _("Of these without having registered before"), [walked_in]),
        Count("absent", _("Did not come"), [absent]),
    ]
    others = [
        Count(state.value, said.states[state], [states[state]])
        for state in RegistrationState
        if state != RegistrationState.CONFIRMED and states[state]
    ]
    return Section(
        code="total",
        name=_("In all"),
        heads=[("what", ""), ("people", _("People"))],
        rows=[*told, *others],
    )


def _came(code: str, name: str, rows: Sequence[Count], sums: Sequence[Count]) -> Section:
    return Section(
        code=code,
        name=name,
        heads=[
            (code, _("Alliance") if code == "alliance" else _("Role")),
            ("registered", _("Registered")),
            ("came", _("Came")),
            ("absent", _("Did not come")),
        ],
        rows=[row for row in rows if row.numbers[0]],
        totals=sums,
        has_bars=True,
    )

"""The people of a list: who they are, how many, in which order and groups."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    Connection,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)

from registration.database import db
from registration.languages import force_locale
from registration.models.alliances import Alliance
from registration.models.badges import Badge
from registration.models.deliveries import MailAddress
from registration.models.events import Sector, Theme
from registration.models.gates import Presence
from registration.models.questions import Answer, Question
from registration.models.registrations import Registration
from registration.models.roles import Role
from registration.services.papers import reading
from registration.services.rosters import RosterKind, filters
from registration.services.rosters.columns import ANSWER, READS
from registration.services.rosters.spec import Sort, Spec
from registration.services.rosters.words import Words

PRESS = "press"
"""The code of the role that the press has."""

BY_NAME: tuple[Any, ...] = (Registration.sort_name, Registration.id)
BY_RANK: tuple[Any, ...] = (Role.rank, Role.position, Role.id)
SORTS: Mapping[Sort, tuple[Any, ...]] = {
    Sort.NAME: (),
    Sort.ARRIVED: (Presence.first_at.is_(None), Presence.first_at),
    Sort.CREATED: (Registration.created_at,),
    Sort.ROLE: BY_RANK,
    Sort.PROTOCOL: (*BY_RANK, Registration.precedence == 0, Registration.precedence),
}
LETTER = func.substr(Registration.sort_name, 1, 1)
GROUPINGS: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    # As Germans sort; people without an alliance last.
    "alliance": (
        Registration.alliance_id,
        (Alliance.sort_name.is_(None), Alliance.sort_name, Alliance.id),
    ),
    "role": (Registration.role_id, BY_RANK),
    "sector": (
        Registration.sector_id,
        (Sector.position.is_(None), Sector.position, Sector.id),
    ),
    "theme": (Registration.theme_id, (Theme.position.is_(None), Theme.position, Theme.id)),
    "state": (Registration.state, (Registration.state,)),
    "letter": (LETTER, (LETTER,)),
}
"""What people are grouped by: the key of a group, and the order of the groups."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """The people of a list that stand together, in numbers."""

    name: str
    colour: str | None
    people: int
    arrived: int
    inside: int


def count(event_id: uuid.UUID, spec: Spec, alliance_id: int | None = None) -> int:
    """Return how many people are on the list now; with an alliance, of its own."""
    statement = of_list(select(func.count(Registration.id)), event_id, spec, alliance_id)
    return db.session.scalar(statement) or 0


def chunks(
    connection: Connection,
    event_id: uuid.UUID,
    spec: Spec,
    reads: Sequence[str],
    *,
    alliance_id: int | None = None,
) -> Iterator[Sequence[Row[Any]]]:
    """Return the rows of the list in order, a chunk at a time, with what is to be read of each."""
    statement = of_list(select(*(READS[name] for name in reads)), event_id, spec, alliance_id)
    if "bounced_at" in reads:
        key = func.lower(Registration.email)
        statement = statement.outerjoin(MailAddress, MailAddress.address_key == key)
    order = (*_grouping(spec)[1], *SORTS[spec.sort], *BY_NAME)
    return reading.chunks(connection, statement.order_by(*order))


def groups(
    connection: Connection,
    event_id: uuid.UUID,
    spec: Spec,
    words: Words,
    *,
    locale: str,
    alliance_id: int | None = None,
) -> list[Group]:
    """Return the groups of the list in their order, with how many they are; at most one without."""
    key, order = _grouping(spec)
    inside = func.sum(case((Presence.inside, 1), else_=0))
    numbers = (func.count(Registration.id), func.count(Presence.badge_id), inside)
    keys = () if key is None else (key,)
    statement = of_list(select(*numbers, *keys), event_id, spec, alliance_id)
    statement = statement.group_by(*keys, *order).order_by(*order)
    colours = (
        dict(connection.execute(_colours(event_id)).all()) if spec.group_by == "alliance" else {}
    )
    name = _namer(event_id, spec, words, locale)
    return [
        Group(
            name=name(*of),
            colour=colours.get(*of) if of else None,
            people=people,
            arrived=arrived,
            inside=inside,
        )
        for people, arrived, inside, *of in connection.execute(statement)
        if people
    ]


def of_list(
    statement: Select[Any], event_id: uuid.UUID, spec: Spec, alliance_id: int | None
) -> Select[Any]:
    """Return the statement, narrowed to the people of a list; what it may read is joined."""
    statement = (
        statement.select_from(Registration)
        .join(Role, Role.id == Registration.role_id)
        .outerjoin(Alliance, Alliance.id == Registration.alliance_id)
        .outerjoin(Badge, Badge.registration_id == Registration.id)
        .outerjoin(Presence, Presence.badge_id == Badge.id)
        .where(Registration.event_id == event_id, *filters.conditions(event_id, spec.filter))
    )
    if spec.group_by == "sector":
        statement = statement.outerjoin(Sector, Sector.id == Registration.sector_id)
    if spec.group_by == "theme":
        statement = statement.outerjoin(Theme, Theme.id == Registration.theme_id)
    if spec.group_by.startswith(ANSWER):
        of_group = and_(
            Answer.registration_id == Registration.id,
            Answer.question_id == filters.question_id(event_id, spec.group_by.removeprefix(ANSWER)),
        )
        statement = statement.outerjoin(Answer, of_group)
    if spec.kind == RosterKind.PRESS:
        agrees = Registration.photo_consent.is_(True)
        statement = statement.where(or_(filters.has_role(event_id, (PRESS,)), agrees))
    if alliance_id is not None:
        statement = statement.where(Registration.alliance_id == alliance_id)
    return statement


def _grouping(spec: Spec) -> tuple[Any, tuple[Any, ...]]:
    if not spec.group_by:
        return None, ()
    if spec.group_by.startswith(ANSWER):
        told = cast(Answer.value, Text)
        return told, (told.is_(None), told)
    return GROUPINGS[spec.group_by]


def _colours(event_id: uuid.UUID) -> Select[int, str]:
    return select(Alliance.id, Alliance.colour).where(Alliance.event_id == event_id)


def _namer(event_id: uuid.UUID, spec: Spec, words: Words, locale: str) -> Any:
    """Return what names a group by its key."""
    if not spec.group_by:
        return lambda *_key: ""
    with force_locale(locale):
        nameless = {
            "alliance": _("Without an alliance"),
            "sector": _("Without a sector"),
            "theme": _("Without a theme"),
        }.get(spec.group_by, _("Not answered"))
    if spec.group_by == "letter":
        return lambda letter: (letter or "–").upper()
    if spec.group_by.startswith(ANSWER):
        code = spec.group_by.removeprefix(ANSWER)
        asked = db.session.scalars(
            select(Question).where(Question.event_id == event_id, Question.code == code)
        ).one_or_none()
        return lambda told: (
            nameless if told is None or asked is None else words.answer(asked, json.loads(told))
        )
    named: Mapping[Any, str] = getattr(words, f"{spec.group_by}s")
    return lambda key: named[key] or nameless

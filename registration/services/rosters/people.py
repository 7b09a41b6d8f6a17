"""The people of a list: who they are, how many, in which order and groups."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
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
from registration.models.registrations import FurtherRole, Registration
from registration.models.roles import Role
from registration.services.papers import reading
from registration.services.rosters import RosterKind
from registration.services.rosters.columns import ANSWER, READS
from registration.services.rosters.spec import Attendance, Consent, Filter, Sort, Spec
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
        .where(Registration.event_id == event_id, *_meant(event_id, spec.filter))
    )
    if spec.group_by == "sector":
        statement = statement.outerjoin(Sector, Sector.id == Registration.sector_id)
    if spec.group_by == "theme":
        statement = statement.outerjoin(Theme, Theme.id == Registration.theme_id)
    if spec.group_by.startswith(ANSWER):
        of_group = and_(
            Answer.registration_id == Registration.id,
            Answer.question_id == _question_id(event_id, spec.group_by.removeprefix(ANSWER)),
        )
        statement = statement.outerjoin(Answer, of_group)
    if spec.kind == RosterKind.PRESS:
        agrees = Registration.photo_consent.is_(True)
        statement = statement.where(or_(_has_role(event_id, (PRESS,)), agrees))
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


def _meant(event_id: uuid.UUID, who: Filter) -> Iterator[ColumnElement[bool]]:
    """Return the conditions of a filter; a code that is gone since matches nobody."""
    if who.states:
        yield Registration.state.in_(who.states)
    if who.alliances:
        yield Alliance.code.in_(who.alliances)
    if who.roles:
        yield _has_role(event_id, who.roles)
    if who.sectors:
        yield Registration.sector_id.in_(_ids(Sector, event_id, who.sectors))
    if who.themes:
        yield Registration.theme_id.in_(_ids(Theme, event_id, who.themes))
    if who.attendance != Attendance.ANY:
        yield ATTENDED[who.attendance]
    if who.photo_consent != Consent.ANY:
        yield Registration.photo_consent.is_(CONSENTS[who.photo_consent])
    for code, option in who.answers.items():
        yield Registration.id.in_(_answered(event_id, code, option))


ATTENDED: Mapping[Attendance, ColumnElement[bool]] = {
    Attendance.CAME: Presence.badge_id.is_not(None),
    Attendance.ABSENT: Presence.badge_id.is_(None),
    Attendance.INSIDE: Presence.inside.is_(True),
}
CONSENTS = {Consent.YES: True, Consent.NO: False, Consent.UNANSWERED: None}


def _ids(model: type[Role | Sector | Theme], event_id: uuid.UUID, codes: Sequence[str]) -> Any:
    return select(model.id).where(model.event_id == event_id, model.code.in_(codes))


def _has_role(event_id: uuid.UUID, codes: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition: it is the leading role, or one of the further ones."""
    ids = _ids(Role, event_id, codes)
    further = select(FurtherRole.registration_id).where(FurtherRole.role_id.in_(ids))
    return or_(Registration.role_id.in_(ids), Registration.id.in_(further))


def _question_id(event_id: uuid.UUID, code: str) -> Any:
    query = select(Question.id).where(Question.event_id == event_id, Question.code == code)
    return query.scalar_subquery()


def _answered(event_id: uuid.UUID, code: str, option: str) -> Any:
    """Return who answered so; an answer is stored as JSON, several codes as a list of them."""
    told = cast(Answer.value, Text)
    truth = {"yes": "true", "no": "false"}.get(option)
    fits = told.contains(json.dumps(option), autoescape=True)
    return select(Answer.registration_id).where(
        Answer.question_id == _question_id(event_id, code),
        fits if truth is None else or_(told == truth, fits),
    )


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

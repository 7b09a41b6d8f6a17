"""Conditions: which people of an event a campaign means."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, or_, select

from registration.models.alliances import Alliance
from registration.models.badges import Badge
from registration.models.events import Theme
from registration.models.gates import Presence
from registration.models.questions import Answer, Question
from registration.models.registrations import FurtherRole, Registration, RegistrationState
from registration.models.roles import Role


class Attendance(StrEnum):
    """Whether a person was at the event."""

    CAME = "came"
    ABSENT = "absent"


class Photos(StrEnum):
    """What a person says to photos."""

    YES = "yes"
    NO = "no"
    OPEN = "open"
    """Not answered."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which people of an event are meant: all conditions hold; of several codes, any.

    An empty condition asks nothing.
    """

    states: tuple[str, ...] = (RegistrationState.CONFIRMED.value,)
    alliances: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    """``question=value``; of several to one question, any; each question asked must fit."""
    attendance: str = ""
    photos: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Selection":
        """Return a selection as it is stored with its campaign."""
        known = {each.name for each in fields(cls)}
        told: dict[str, Any] = {
            name: value if isinstance(value, str) else tuple(value)
            for name, value in stored.items()
            if name in known
        }
        return cls(**told)

    def stored(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {
            name: value if isinstance(value, str) else list(value)
            for name, value in asdict(self).items()
        }


def people(event_id: uuid.UUID, selection: Selection) -> Select[uuid.UUID, str, str, str, str]:
    """Select who is meant: registration, address, name, language, and name to sort by."""
    name = Registration.given_name + " " + Registration.family_name
    statement = select(
        Registration.id, Registration.email, name, Registration.locale, Registration.sort_name
    ).where(
        Registration.event_id == event_id,
        Registration.email != "",  # who came unannounced may have left none
        *_conditions(event_id, selection),
    )
    return statement


def _conditions(event_id: uuid.UUID, selection: Selection) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if selection.states:
        conditions.append(Registration.state.in_(selection.states))
    if selection.alliances:
        conditions.append(
            Registration.alliance_id.in_(_ids(Alliance, event_id, selection.alliances))
        )
    if selection.roles:
        roles = _ids(Role, event_id, selection.roles)
        further = select(FurtherRole.registration_id).where(FurtherRole.role_id.in_(roles))
        conditions.append(or_(Registration.role_id.in_(roles), Registration.id.in_(further)))
    if selection.themes:
        conditions.append(Registration.theme_id.in_(_ids(Theme, event_id, selection.themes)))
    if selection.attendance:
        came = select(Badge.registration_id).join(Presence, Presence.badge_id == Badge.id)
        is_there = Registration.id.in_(came.where(Presence.event_id == event_id))
        conditions.append(is_there if selection.attendance == Attendance.CAME else ~is_there)
    if selection.photos:
        conditions.append(_photos(Photos(selection.photos)))
    return conditions + _answers(event_id, selection.answers)


def _photos(said: Photos) -> ColumnElement[bool]:
    consent = Registration.photo_consent
    return consent.is_(None) if said == Photos.OPEN else consent.is_(said == Photos.YES)


def _ids(
    model: type[Alliance | Role | Theme], event_id: uuid.UUID, codes: Sequence[str]
) -> Select[Any]:
    return select(model.id).where(model.event_id == event_id, model.code.in_(codes))


def _answers(event_id: uuid.UUID, wanted: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return one condition for each question that something is asked of."""
    by_question: dict[str, list[str]] = {}
    for each in wanted:
        code, _equals, value = each.partition("=")
        by_question.setdefault(code, []).append(value)
    return [
        Registration.id.in_(
            select(Answer.registration_id)
            .join(Question, Question.id == Answer.question_id)
            .where(Question.event_id == event_id, Question.code == code, _is_any(values))
        )
        for code, values in by_question.items()
    ]


def _is_any(values: Sequence[str]) -> ColumnElement[bool]:
    """Return whether an answer is one of these values, or has one among its codes."""
    written = cast(Answer.value, Text)
    return or_(
        *(
            or_(
                written.contains(json.dumps(value), autoescape=True),
                and_(written == {"yes": "true", "no": "false"}.get(value, value)),
            )
            for value in values
        )
    )

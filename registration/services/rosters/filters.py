"""Who is meant: the filters of lists, as conditions."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, or_, select

from registration.models.alliances import Alliance
from registration.models.events import Sector, Theme
from registration.models.gates import Presence
from registration.models.questions import Answer, Question
from registration.models.registrations import FurtherRole, Registration
from registration.models.roles import Role
from registration.services.rosters.spec import Attendance, Consent, Filter


def conditions(event_id: uuid.UUID, who: Filter) -> Iterator[ColumnElement[bool]]:
    """Return the conditions of a filter; a code that is gone since matches nobody."""
    if who.states:
        yield Registration.state.in_(who.states)
    if who.alliances:
        yield Alliance.code.in_(who.alliances)
    if who.roles:
        yield has_role(event_id, who.roles)
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


def has_role(event_id: uuid.UUID, codes: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition: it is the leading role, or one of the further ones."""
    ids = _ids(Role, event_id, codes)
    further = select(FurtherRole.registration_id).where(FurtherRole.role_id.in_(ids))
    return or_(Registration.role_id.in_(ids), Registration.id.in_(further))


def question_id(event_id: uuid.UUID, code: str) -> Any:
    """Return the id of the event's question with this code, as a subquery."""
    query = select(Question.id).where(Question.event_id == event_id, Question.code == code)
    return query.scalar_subquery()


def _answered(event_id: uuid.UUID, code: str, option: str) -> Any:
    """Return who answered so; an answer is stored as JSON, several codes as a list of them."""
    told = cast(Answer.value, Text)
    truth = {"yes": "true", "no": "false"}.get(option)
    fits = told.contains(json.dumps(option), autoescape=True)
    return select(Answer.registration_id).where(
        Answer.question_id == question_id(event_id, code),
        fits if truth is None else or_(told == truth, fits),
    )

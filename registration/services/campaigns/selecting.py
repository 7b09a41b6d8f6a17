"""Selecting: who gets a campaign, and who of them does not, with the reason."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, false, func, or_, select

from registration.database import db
from registration.models.alliances import Alliance
from registration.models.badges import Badge
from registration.models.deliveries import MailAddress
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


@dataclass(frozen=True)
class Recipient:
    """One person who gets a campaign."""

    registration_id: uuid.UUID
    address: str
    name: str
    locale: str
    sort_name: str

    @property
    def person(self) -> str:
        """The same for whoever is registered twice: the address and the name, as a digest."""
        told = f"{self.address.lower()}\n{self.sort_name}"
        return sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Count:
    """How many people are meant, and how many of them get no mail, by the reason."""

    matched: int
    bounced: int
    complained: int
    unsubscribed: int
    twice: int
    """Registrations of somebody who is in the list already."""
    languages: Mapping[str, int]
    """Of those who get it."""

    @property
    def recipients(self) -> int:
        """How many get a mail."""
        return self.matched - self.bounced - self.complained - self.unsubscribed - self.twice


def count(event_id: uuid.UUID, selection: Selection, *, is_transactional: bool) -> Count:
    """Return how many people a selection means, and how many of them get no mail."""
    counts = dict.fromkeys(Hindrance, 0)
    languages: dict[str, int] = {}
    seen: set[str] = set()
    matched = twice = 0
    statement = _people(event_id, selection).outerjoin(
        MailAddress, MailAddress.address_key == func.lower(Registration.email)
    )
    for row in db.session.execute(statement.add_columns(*STANDING)):
        matched += 1
        recipient = Recipient(*row[:5])
        hindrance = _hindrance(row, is_transactional=is_transactional)
        if hindrance is not None:
            counts[hindrance] += 1
        elif recipient.person in seen:
            twice += 1
        else:
            seen.add(recipient.person)
            languages[recipient.locale] = languages.get(recipient.locale, 0) + 1
    return Count(
        matched=matched,
        bounced=counts[Hindrance.BOUNCED],
        complained=counts[Hindrance.COMPLAINED],
        unsubscribed=counts[Hindrance.UNSUBSCRIBED],
        twice=twice,
        languages=languages,
    )


class Hindrance(StrEnum):
    """Why somebody gets no campaign."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


STANDING = (MailAddress.bounced_at, MailAddress.complained_at, MailAddress.unsubscribed_at)


def _hindrance(row: Any, *, is_transactional: bool) -> Hindrance | None:
    bounced_at, complained_at, unsubscribed_at = row[5:8]
    if bounced_at is not None:
        return Hindrance.BOUNCED
    if complained_at is not None:
        return Hindrance.COMPLAINED
    if unsubscribed_at is not None and not is_transactional:
        return Hindrance.UNSUBSCRIBED
    return None


def recipients(
    event_id: uuid.UUID,
    selection: Selection,
    *,
    is_transactional: bool,
    after: uuid.UUID | None = None,
    most: int = 200,
) -> Sequence[Recipient]:
    """Return the next people who get a mail, by the age of their registration.

    Args:
        event_id: of whose people.
        selection: who is meant.
        is_transactional: whether those are meant too who want no campaigns.
        after: the registration after which to go on.
        most: how many at a time.
    """
    hindered = or_(
        MailAddress.bounced_at.is_not(None),
        MailAddress.complained_at.is_not(None),
        false() if is_transactional else MailAddress.unsubscribed_at.is_not(None),
    )
    statement = (
        _people(event_id, selection)
        .where(
            func.lower(Registration.email).not_in(select(MailAddress.address_key).where(hindered))
        )
        .order_by(Registration.id)
        .limit(most)
    )
    if after is not None:
        statement = statement.where(Registration.id > after)
    return [Recipient(*row) for row in db.session.execute(statement)]


def first_people(
    event_id: uuid.UUID, selection: Selection, *, is_transactional: bool, most: int
) -> Sequence[Recipient]:
    """Return some of those who get a mail, sorted by name, to look at."""
    everybody = recipients(
        event_id, selection, is_transactional=is_transactional, most=MOST_PREVIEWED
    )
    return sorted(everybody, key=lambda each: (each.sort_name, each.registration_id))[:most]


MOST_PREVIEWED = 1_000


def _people(event_id: uuid.UUID, selection: Selection) -> Select[uuid.UUID, str, str, str, str]:
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

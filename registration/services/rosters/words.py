"""What lists say in words to people, and in codes to programs."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from registration.database import Localised, db
from registration.languages import force_locale
from registration.models.alliances import Alliance
from registration.models.events import Event, Sector, Theme
from registration.models.gates import Gate
from registration.models.questions import Question, QuestionKind, Value
from registration.models.registrations import Diet, RegistrationState, Salutation, Source
from registration.models.roles import Role
from registration.services import questions, roles

Cell = str | int | float | date | datetime | None
"""What a list says of one person in one column; moments are aware."""

STATES = {
    RegistrationState.WAITING: _l("Waiting"),
    RegistrationState.OFFERED: _l("Offered"),
    RegistrationState.REQUESTED: _l("Requested"),
    RegistrationState.CONFIRMED: _l("Confirmed"),
    RegistrationState.DECLINED: _l("Declined"),
    RegistrationState.CANCELLED: _l("Cancelled"),
    RegistrationState.EXPIRED: _l("Expired"),
}
DIETS = {
    Diet.ANY: _l("Any food"),
    Diet.VEGETARIAN: _l("Vegetarian"),
    Diet.VEGAN: _l("Vegan"),
    Diet.HALAL: _l("Halal"),
    Diet.KOSHER: _l("Kosher"),
    Diet.OTHER: _l("Other food"),
}
SALUTATIONS = {Salutation.MS: _l("Ms"), Salutation.MR: _l("Mr"), Salutation.NEUTRAL: ""}
SOURCES = {
    Source.FORM: _l("Form"),
    Source.CONSOLE: _l("Console"),
    Source.GENERATED: _l("Made up"),
    Source.NOMINATION: _l("Nomination"),
    Source.INVITATION: _l("Invitation"),
    Source.IMPORT: _l("Import"),
    Source.WALK_IN: _l("Walk-in"),
    Source.TRANSFER: _l("Replacement"),
}


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """The event, in one language."""

    title: str
    slug: str
    held_on: date
    venue: str
    organiser: str
    programme_line: str
    zone: ZoneInfo


def occasion(event_id: uuid.UUID, *, locale: str) -> Occasion:
    """Return what heads of lists say of the event."""
    event = db.session.get_one(Event, event_id)
    return Occasion(
        title=event.title.in_locale(locale),
        slug=event.slug,
        held_on=event.held_on,
        venue=f"{event.venue_name}, {event.venue_city}",
        organiser=event.organiser_name,
        programme_line=event.programme_line,
        zone=event.zone,
    )


@dataclass(frozen=True, kw_only=True)
class Words:
    """What stored values stand for: words in one language, or codes for programs."""

    alliances: Mapping[int | None, str]
    sectors: Mapping[int | None, str]
    roles: Mapping[int, str]
    ranks: Mapping[int, int]
    between: str
    """Between several roles of one person."""
    themes: Mapping[int | None, str]
    gates: Mapping[str | None, str]
    states: Mapping[str, str]
    diets: Mapping[str, str]
    salutations: Mapping[str, str]
    sources: Mapping[str, str]
    booleans: Mapping[bool | None, str]
    """None: not answered."""
    answer: Callable[[Question, Value], str]

    def all_roles(self, leading: int, further: str | None) -> str:
        """Return the roles of one person, the leading one first, as `roles.further_ids` reads."""
        if not further:
            return self.roles[leading]
        ids = (leading, *roles.in_order(further, self.ranks))
        return self.between.join(self.roles[role_id] for role_id in ids)

    def gate(self, code: str | None) -> str:
        """Return the gate's name; where the gate is gone, its code."""
        return self.gates.get(code, code or "")

    def answered(self, question: Question, value: Value) -> Cell:
        """Return an answer: numbers and dates are real, all else is text."""
        if question.kind == QuestionKind.NUMBER and isinstance(value, int | float):
            return value
        if question.kind == QuestionKind.DATE:
            return date.fromisoformat(str(value))
        return self.answer(question, value)


def for_people(event_id: uuid.UUID, *, locale: str) -> Words:
    """Return words for people, in their language."""
    with force_locale(locale):
        yes, no = _("Yes"), _("No")
        named = {
            "states": _said(STATES),
            "diets": _said(DIETS),
            "salutations": _said(SALUTATIONS),
            "sources": _said(SOURCES),
        }
    return Words(
        alliances=_by_id(Alliance.id, Alliance.name, event_id),
        sectors=_in_locale(_by_id(Sector.id, Sector.title, event_id), locale),
        roles=_in_locale(_by_id(Role.id, Role.title, event_id), locale),
        ranks=roles.ranks_of(event_id),
        between=", ",
        themes=_in_locale(_by_id(Theme.id, Theme.title, event_id), locale),
        gates=_by_id(Gate.code, Gate.name, event_id),
        booleans={True: yes, False: no, None: ""},
        answer=lambda question, value: questions.words(question, value, locale),
        **named,
    )


def for_programs(event_id: uuid.UUID) -> Words:
    """Return codes for programs."""
    return Words(
        alliances=_by_id(Alliance.id, Alliance.code, event_id),
        sectors=_by_id(Sector.id, Sector.code, event_id),
        roles=_by_id(Role.id, Role.code, event_id),
        ranks=roles.ranks_of(event_id),
        between=" ",
        themes=_by_id(Theme.id, Theme.code, event_id),
        gates={None: ""},
        states={each.value: each.value for each in RegistrationState},
        diets={each.value: each.value for each in Diet},
        salutations={each.value: each.value for each in Salutation},
        sources={each.value: each.value for each in Source},
        booleans={True: "true", False: "false", None: ""},
        answer=lambda _question, value: questions.codes(value),
    )


def _said(texts: Mapping[Any, Any]) -> dict[str, str]:
    return {str(code): str(text) for code, text in texts.items()}


def _by_id(key: Any, value: Any, event_id: uuid.UUID) -> dict[Any, Any]:
    rows = db.session.execute(select(key, value).where(key.class_.event_id == event_id))
    return {None: "", **{row[0]: row[1] for row in rows}}


def _in_locale(titles: Mapping[Any, Localised | str], locale: str) -> dict[Any, str]:
    return {
        key: title.in_locale(locale) if isinstance(title, Localised) else title
        for key, title in titles.items()
    }

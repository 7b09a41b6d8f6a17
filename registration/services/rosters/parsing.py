"""Read a spec that people or presets give, and say for each field what is wrong with it."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import select

from registration.database import db
from registration.errors import Invalid
from registration.models.alliances import Alliance
from registration.models.events import Sector, Theme
from registration.models.questions import Question, QuestionKind
from registration.models.registrations import RegistrationState
from registration.models.roles import Role
from registration.services import questions
from registration.services.rosters import COUNTS, RosterKind, catalogue
from registration.services.rosters.columns import ANSWER, Column
from registration.services.rosters.spec import (
    GROUPS,
    Attendance,
    Consent,
    Filter,
    Layout,
    Sort,
    Spec,
)

MOST_COLUMNS = 60
MOST_TITLE = 80
OUTSIDE = frozenset(
    {RosterKind.SECURITY, RosterKind.SIGNATURE, RosterKind.PRESS, RosterKind.THEMES}
)
"""Lists that leave the organisers' hands: no sensitive column, whoever asks for it."""
FILTERABLE = frozenset(
    {QuestionKind.CHOICE, QuestionKind.CHOICES, QuestionKind.COUNTRY, QuestionKind.YES_NO}
)
"""Kinds of questions that a list can be filtered and grouped by."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a spec of one event may name."""

    columns: Mapping[str, Column]
    alliances: Collection[str]
    roles: Collection[str]
    sectors: Collection[str]
    themes: Collection[str]
    questions: Mapping[str, Question]
    """By code, those in `FILTERABLE`."""

    @property
    def groups(self) -> Sequence[str]:
        """What people can be grouped by; "" is nothing."""
        return ("", *GROUPS, *(f"{ANSWER}{code}" for code in self.questions))


def choices(event_id: uuid.UUID) -> Choices:
    """Return what specs of the event may name."""
    codes = {
        model: db.session.scalars(select(model.code).where(model.event_id == event_id)).all()
        for model in (Alliance, Role, Sector, Theme)
    }
    listed = questions.list_all(event_id)
    return Choices(
        columns=catalogue.available(event_id),
        alliances=codes[Alliance],
        roles=codes[Role],
        sectors=codes[Sector],
        themes=codes[Theme],
        questions={each.code: each for each in listed if each.kind in FILTERABLE},
    )


def parse(event_id: uuid.UUID, data: Mapping[str, Any]) -> Spec:
    """Return the spec that ``data`` says, as `Spec.as_json` writes it; what is missing is default.

    Raises:
        Invalid: ``details["fields"]`` says for each field that cannot be taken: ``unknown`` (a
            name that there is not), ``missing``, ``too_long``, ``repeated`` or ``sensitive`` (a
            column that lists of this kind must not have).
    """
    known = choices(event_id)
    problems = {name: "unknown" for name in data if name not in RULES}
    for name, rule in RULES.items():
        if name in data or name in {"kind", "columns"}:
            problem = rule(data.get(name), known)
            if problem:
                problems[name] = problem
    problems |= _counting(data, problems) or _outside(data, known)
    if problems:
        raise Invalid(fields=problems)
    return _built(data)


Rule = Callable[[Any, Choices], str]
"""Returns what is wrong with a value, or ""."""


def _one_of(among: Collection[str]) -> Rule:
    return lambda value, _known: "" if isinstance(value, str) and value in among else "unknown"


def _some_of(pick: Callable[[Choices], Collection[str]]) -> Rule:
    def check(value: Any, known: Choices) -> str:
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            return "unknown"
        if len(set(value)) < len(value):
            return "repeated"
        if len(value) > MOST_COLUMNS:
            return "too_long"
        among = pick(known)
        return "" if all(each in among for each in value) else "unknown"

    return check


def _title(value: Any, _known: Choices) -> str:
    if not isinstance(value, str) or not (value.isprintable() or not value):
        return "unknown"
    return "too_long" if len(value.strip()) > MOST_TITLE else ""


def _answers(value: Any, known: Choices) -> str:
    if not isinstance(value, Mapping):
        return "unknown"
    fits = (
        code in known.questions and _is_option(known.questions[code], option)
        for code, option in value.items()
    )
    return "" if all(fits) else "unknown"


def _is_option(question: Question, option: Any) -> bool:
    if question.kind == QuestionKind.YES_NO:
        return option in {"yes", "no"}
    if question.kind == QuestionKind.COUNTRY:
        return isinstance(option, str) and len(option) == len("DE") and option.isalpha()
    return any(option == each["code"] for each in question.options)


RULES: Mapping[str, Rule] = {
    "kind": _one_of([*RosterKind]),
    "title": _title,
    "columns": _some_of(lambda known: known.columns),
    "printed": _some_of(lambda known: known.columns),
    "alliances": _some_of(lambda known: known.alliances),
    "roles": _some_of(lambda known: known.roles),
    "states": _some_of(lambda _known: [*RegistrationState]),
    "sectors": _some_of(lambda known: known.sectors),
    "themes": _some_of(lambda known: known.themes),
    "attendance": _one_of([*Attendance]),
    "photo_consent": _one_of([*Consent]),
    "answers": _answers,
    "sort": _one_of([*Sort]),
    "group_by": lambda value, known: _one_of(known.groups)(value, known),
    "new_page": lambda value, _known: "" if isinstance(value, bool) else "unknown",
    "layout": _one_of([*Layout]),
}


def _counting(data: Mapping[str, Any], problems: dict[str, str]) -> dict[str, str]:
    """A list of counts has no columns; every other one needs some."""
    if data.get("kind") in COUNTS:
        problems.pop("columns", None)
        return {}
    return {} if "columns" in problems or data.get("columns") else {"columns": "missing"}


def _outside(data: Mapping[str, Any], known: Choices) -> dict[str, str]:
    """A list for people outside has no column that only organisers need."""
    if data.get("kind") not in OUTSIDE:
        return {}
    wanted = {name: [*(data.get(name) or ())] for name in ("columns", "printed")}
    wanted["group_by"] = [str(data.get("group_by", ""))]
    return {
        name: "sensitive"
        for name, codes in wanted.items()
        if any(known.columns[code].is_sensitive for code in codes if code in known.columns)
    }


def sensitive_in(event_id: uuid.UUID, spec: Spec) -> frozenset[str]:
    """Return the codes of what a list tells, also by its groups, that only organisers need."""
    known = catalogue.available(event_id)
    told = {*spec.columns, *spec.printed, spec.group_by} & set(known)
    return frozenset(code for code in told if known[code].is_sensitive)


def for_others(event_id: uuid.UUID, spec: Spec) -> Spec:
    """Return a list as people outside get it: without what only organisers need."""
    hidden = sensitive_in(event_id, spec)
    columns, printed = (
        tuple(
            dict.fromkeys(
                INSTEAD.get(code, code) for code in codes if code not in hidden or code in INSTEAD
            )
        )
        for codes in (spec.columns, spec.printed)
    )
    group_by = "" if spec.group_by in hidden else spec.group_by
    return replace(spec, columns=columns, printed=printed, group_by=group_by)


INSTEAD: Mapping[str, str] = {"role_note": "role"}
"""What others get in the place of a column that says more than they need."""


LISTS = frozenset({"columns", "printed", "alliances", "roles", "states", "sectors", "themes"})
TYPES: Mapping[str, Callable[[Any], Any]] = {
    "kind": RosterKind,
    "title": str.strip,
    "attendance": Attendance,
    "photo_consent": Consent,
    "answers": dict,
    "sort": Sort,
    "layout": Layout,
}


def _built(data: Mapping[str, Any]) -> Spec:
    typed = {name: _typed(name, value) for name, value in data.items()}
    filters = {each.name for each in fields(Filter)} & set(typed)
    narrowed = Filter(**{name: typed.pop(name) for name in filters})
    return Spec(filter=narrowed, **typed)


def _typed(name: str, value: Any) -> Any:
    return tuple(value) if name in LISTS else TYPES.get(name, _same)(value)


def _same(value: Any) -> Any:
    return value

"""Set an event's questions: add, change, move, remove and restore them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from registration import clock
from registration.database import Localised, db
from registration.errors import Duplicate, Invalid, NotFound
from registration.models.questions import Answer, Question, QuestionKind
from registration.models.roles import Role
from registration.services import audit
from registration.services.events.prospectus import revise
from registration.services.questions.asking import list_all
from registration.services.questions.shaping import (
    CODE,
    LANGUAGES,
    WITH_OPTIONS,
    YES_OR_NO,
    Wanted,
    made_code,
    options_of,
    problems_of,
    values_of,
)

RESERVED = frozenset({"new"})
"""Codes that the console's addresses use themselves."""


def get(event_id: uuid.UUID, code: str) -> Question:
    """Return the event's question with this code, also one that is asked no more.

    Raises:
        NotFound: there is none.
    """
    query = select(Question).where(Question.event_id == event_id, Question.code == code)
    question = db.session.scalars(query).one_or_none()
    if question is None:
        raise NotFound(noun="question", name=code)
    return question


def count_answers(event_id: uuid.UUID) -> Mapping[int, int]:
    """Return how many people have answered, by question id; those nobody answered are not in it."""
    rows = db.session.execute(
        select(Answer.question_id, func.count().label("people"))
        .join(Question, Question.id == Answer.question_id)
        .where(Question.event_id == event_id)
        .group_by(Answer.question_id)
    )
    return {row.question_id: row.people for row in rows}


def is_answered(question: Question) -> bool:
    """Return whether anybody has answered it."""
    query = select(Answer.question_id).where(Answer.question_id == question.id).limit(1)
    return db.session.scalar(query) is not None


def create(event_id: uuid.UUID, wanted: Wanted, *, code: str = "", actor: str) -> Question:
    """Add a question behind all others.

    Args:
        event_id: whose.
        wanted: what it shall be.
        code: names it in forms, lists and imports; "" makes one of its title.
        actor: for the audit log.

    Raises:
        Invalid: it cannot be so; ``fields`` says where.
        Duplicate: the event has a question with this code.
    """
    earlier = list_all(event_id)
    question = Question(event_id=event_id, position=_behind(earlier), options=[])
    question.code = _checked_code(code, wanted.title, earlier)
    _fill(question, wanted, earlier)
    db.session.add(question)
    _note("created", question, actor)
    return question


def change(question: Question, wanted: Wanted, *, actor: str) -> None:
    """Make the question what is wanted; options that fall away stay readable once answered.

    Raises:
        Invalid: it cannot be so; ``fields`` says where.
    """
    listed = list_all(question.event_id)
    earlier = [each for each in listed if each.position < question.position]
    if wanted.kind != question.kind and is_answered(question):
        raise Invalid(fields={"kind": "answered"})
    _check_followers(question, wanted, listed)
    _fill(question, wanted, earlier)
    _note("changed", question, actor)


def move(question: Question, *, by: int, actor: str) -> None:
    """Exchange the question with the one before (``by=-1``) or after it (``by=1``).

    Raises:
        Invalid: a question would come before the one that it hangs on, or nothing is there.
    """
    asked = [each for each in list_all(question.event_id) if each.removed_at is None]
    place = asked.index(question)
    if not may_move(asked, question, by=by):
        raise Invalid(fields={"position": "not_possible"})
    other = asked[place + by]
    question.position, other.position = other.position, question.position
    _note("moved", question, actor)


def may_move(asked: Sequence[Question], question: Question, *, by: int) -> bool:
    """Return whether the question may change places with its neighbour among those asked."""
    place = asked.index(question) + by
    if not 0 <= place < len(asked):
        return False
    first, second = (asked[place], question) if by > 0 else (question, asked[place])
    return first.shown_if_id != second.id


def remove(question: Question, *, actor: str) -> None:
    """Ask it no more; the answers given stay readable.

    Raises:
        Invalid: other questions hang on it; ``needed_by`` is the code of one.
    """
    for follower in followers(question, list_all(question.event_id)):
        raise Invalid(fields={"question": "needed"}, needed_by=follower.code)
    question.removed_at = clock.now()
    _note("removed", question, actor)


def restore(question: Question, *, actor: str) -> None:
    """Ask a removed question again, behind all others.

    Raises:
        Invalid: it hangs on an answer that nobody can give now; ``needs`` is the code of the
            question.
    """
    listed = list_all(question.event_id)
    condition = next((each for each in listed if each.id == question.shown_if_id), None)
    if condition is not None and (
        condition.removed_at is not None or question.shown_if_value not in values_of(condition)
    ):
        raise Invalid(fields={"question": "needs"}, needs=condition.code)
    question.removed_at = None
    question.position = _behind(listed)
    _note("restored", question, actor)


def followers(question: Question, listed: Sequence[Question]) -> Sequence[Question]:
    """Return those questions that are asked and hang on this one's answer."""
    return [each for each in listed if each.shown_if_id == question.id and each.removed_at is None]


def set_up(event_id: uuid.UUID, rows: Sequence[Mapping[str, Any]], *, actor: str) -> None:
    """Add the questions of a file of facts, ``[[questions]]``.

    Raises:
        Invalid: one cannot be so.
        Duplicate: two have the same code.
    """
    roles = select(Role.code, Role.id).where(Role.event_id == event_id)
    role_ids: dict[str, int] = {row.code: row.id for row in db.session.execute(roles)}
    for row in rows:
        condition = row.get("shown_if", {})
        wanted = Wanted(
            kind=QuestionKind(row["kind"]),
            title=Localised({each: row[each] for each in LANGUAGES}),
            help=Localised(row.get("help", {})),
            purpose=Localised(row["purpose"]),
            options=row.get("options", ()),
            is_required=row.get("required", False),
            role_id=role_ids[row["role"]] if "role" in row else None,
            shown_if=condition.get("question", ""),
            shown_if_value=condition.get("value", ""),
            retention_days=row.get("retention_days", 30),
        )
        create(event_id, wanted, code=row["code"], actor=actor)


def _fill(question: Question, wanted: Wanted, earlier: Sequence[Question]) -> None:
    """Write what is wanted into the row, if it can be so."""
    problems = problems_of(wanted)
    condition = next((each for each in earlier if each.code == wanted.shown_if), None)
    if wanted.shown_if and (condition is None or condition.removed_at is not None):
        problems["shown_if"] = "not_earlier"
    elif condition is not None and wanted.shown_if_value not in values_of(condition):
        problems["shown_if"] = "not_offered"
    if problems:
        raise Invalid(fields=problems)
    answered = question.id is not None and is_answered(question)
    question.options = options_of(question, wanted, answered=answered)
    question.kind = wanted.kind
    question.title = Localised(wanted.title)
    question.help = Localised(wanted.help)
    question.purpose = Localised(wanted.purpose)
    question.is_required = wanted.is_required
    question.role_id = wanted.role_id
    question.shown_if_id = condition.id if condition else None
    question.shown_if_value = wanted.shown_if_value if condition else ""
    question.retention_days = wanted.retention_days


def _check_followers(question: Question, wanted: Wanted, listed: Sequence[Question]) -> None:
    """Refuse a change after which a question that hangs on this one could never be asked."""
    offered = {each["code"] for each in wanted.options if wanted.kind in WITH_OPTIONS}
    if wanted.kind == QuestionKind.YES_NO:
        offered = set(YES_OR_NO)
    for follower in followers(question, listed):
        if follower.shown_if_value not in offered:
            field = "kind" if wanted.kind != question.kind else "options"
            raise Invalid(fields={field: "needed"}, needed_by=follower.code)


def _checked_code(code: str, title: Localised, listed: Sequence[Question]) -> str:
    taken = {each.code for each in listed} | RESERVED
    if code:
        if not CODE.fullmatch(code):
            raise Invalid(fields={"code": "code"})
        if code in taken:
            raise Duplicate(field="code", name=code)
        return code
    return made_code(title.in_locale("de"), taken, otherwise="question")


def _behind(listed: Sequence[Question]) -> int:
    return max((each.position for each in listed), default=-1) + 1


def _note(verb: str, question: Question, actor: str) -> None:
    revise(question.event_id)
    audit.record(
        f"question.{verb}",
        actor=actor,
        subject=f"question:{question.code}",
        event_id=question.event_id,
    )

"""Which questions an event asks, and which of them whom."""

import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from registration.database import db
from registration.models.questions import Question, Value
from registration.models.registrations import IS_OPEN, Registration
from registration.services.questions.answers import answers_of
from registration.services.questions.wording import codes


def list_asked(event_id: uuid.UUID) -> tuple[Question, ...]:
    """Return what the event asks now, in order, detached from the session.

    One query each time; `Prospectus.questions` is the same and costs none.
    """
    asked = tuple(
        db.session.scalars(
            select(Question)
            .where(Question.event_id == event_id, Question.removed_at.is_(None))
            .order_by(Question.position, Question.id)
        )
    )
    for question in asked:
        db.session.expunge(question)
    return asked


def list_all(event_id: uuid.UUID) -> Sequence[Question]:
    """Return the event's questions in order, also those that are asked no more."""
    return db.session.scalars(
        select(Question)
        .where(Question.event_id == event_id)
        .order_by(Question.position, Question.id)
        .execution_options(populate_existing=True)
    ).all()


def applying(
    asked: Sequence[Question],
    role_ids: Collection[int],
    answers: Mapping[int, Value | None],
) -> tuple[Question, ...]:
    """Return those questions that a person in these roles, who answers so, is asked.

    A question with a condition is asked only if the one that it hangs on is asked and answered
    as it needs; that one comes before it.
    """
    found: dict[int, Question] = {}
    for question in asked:
        if question.role_id is not None and question.role_id not in role_ids:
            continue
        condition = question.shown_if_id
        if condition is None or (condition in found and _is_met(question, answers.get(condition))):
            found[question.id] = question
    return tuple(found.values())


def _is_met(question: Question, answer: Value | None) -> bool:
    if isinstance(answer, bool):
        return question.shown_if_value == ("yes" if answer else "no")
    if isinstance(answer, list):
        return question.shown_if_value in answer
    return answer is not None and codes(answer) == question.shown_if_value


def kept_answers(
    asked: Sequence[Question],
    role_ids: Collection[int],
    answers: Mapping[int, Value | None],
) -> Mapping[int, Value]:
    """Return the answers to what this person is asked; others are not to be stored."""
    applying_ids = [question.id for question in applying(asked, role_ids, answers)]
    found = ((each, answers.get(each)) for each in applying_ids)
    return {question_id: value for question_id, value in found if value is not None}


def unanswered(
    asked: Sequence[Question],
    role_ids: Collection[int],
    answers: Mapping[int, Value | None],
) -> tuple[Question, ...]:
    """Return those questions that this person must answer and has not."""
    return tuple(
        question
        for question in applying(asked, role_ids, answers)
        if question.is_required and answers.get(question.id) is None
    )


def missing_of(registration: Registration, asked: Sequence[Question]) -> tuple[Question, ...]:
    """Return what somebody who comes, or may still come, must answer and has not.

    Whoever was named by others, or took a place over, answers by the link in their mail.

    Args:
        registration: whose.
        asked: what the event asks (`Prospectus.questions`).
    """
    if registration.state not in IS_OPEN or not any(each.is_required for each in asked):
        return ()
    answers = answers_of([registration.id]).get(registration.id, {})
    return unanswered(asked, [role.id for role in registration.roles], answers)

"""The answers of registrations: stored, changed, read, and deleted when their time is over."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, delete, insert, select, update

from registration import clock
from registration.database import db
from registration.errors import NotFound
from registration.models.events import Event
from registration.models.questions import Answer, AnswerFile, Question, Value
from registration.models.registrations import Registration
from registration.prepared import Among
from registration.services import audit
from registration.services.questions.files import Upload

Files = Mapping[int, Upload]
"""Files by the id of the question that they answer."""


def store(
    registration_id: uuid.UUID, answers: Mapping[int, Value | None], *, files: Files | None = None
) -> None:
    """Write the answers of a registration that has none to these questions yet.

    Args:
        registration_id: whose.
        answers: by question id; None is no answer.
        files: of those that are files; the answer becomes the file's name.
    """
    files = files or {}
    given = {key: value for key, value in answers.items() if value is not None}
    given |= {key: upload.name for key, upload in files.items()}
    if not given:
        return
    moment = clock.now()
    row = {"registration_id": registration_id, "updated_at": moment}
    rows = [{**row, "question_id": key, "value": value} for key, value in given.items()]
    db.session.execute(insert(Answer), rows)
    for key, upload in files.items():
        db.session.execute(
            insert(AnswerFile).values(
                registration_id=registration_id,
                question_id=key,
                media_type=upload.media_type,
                content=upload.content,
            )
        )


def change(
    registration: Registration,
    answers: Mapping[int, Value | None],
    *,
    files: Files | None = None,
    actor: str,
) -> bool:
    """Replace the answers to these questions, and leave those to others; return if any changed.

    Args:
        registration: whose.
        answers: by question id; None deletes the answer. A question that is missing here keeps
            its answer, so that a file need not be sent again.
        files: of those that are files.
        actor: for the audit log.
    """
    files = files or {}
    before = answers_of([registration.id]).get(registration.id, {})
    changed = {key: value for key, value in answers.items() if before.get(key) != value}
    changed |= dict.fromkeys(files, None)
    if not changed:
        return False
    _delete(Answer, registration.id, changed)
    _delete(AnswerFile, registration.id, changed)
    store(registration.id, changed, files=files)
    db.session.execute(
        update(Registration)
        .where(Registration.id == registration.id)
        .values(updated_at=clock.now())
    )
    audit.record(
        "registration.answers_changed",
        actor=actor,
        subject=f"registration:{registration.id}",
        event_id=registration.event_id,
        fields=", ".join(_codes_of(changed)),
    )
    return True


def _delete(
    model: type[Answer | AnswerFile], registration_id: uuid.UUID, question_ids: Mapping[int, object]
) -> None:
    db.session.execute(
        delete(model)
        .where(model.registration_id == registration_id, model.question_id.in_(question_ids))
        .execution_options(synchronize_session=False)
    )


def _codes_of(question_ids: Mapping[int, object]) -> Sequence[str]:
    query = select(Question.code).where(Question.id.in_(question_ids)).order_by(Question.position)
    return db.session.scalars(query).all()


def answers_of(
    registration_ids: Sequence[uuid.UUID], *, connection: Connection | None = None
) -> Mapping[uuid.UUID, Mapping[int, Value]]:
    """Return answers by registration and question, in one query; who has none is not in it.

    Args:
        registration_ids: whose; any number.
        connection: another than the session's, for what is streamed.
    """
    found: dict[uuid.UUID, dict[int, Value]] = {}
    rows = (connection or db.session.connection()).execute(
        select(Answer.registration_id, Answer.question_id, Answer.value).where(
            Among(cast(Any, Answer.__table__.c.registration_id), "registration_ids")
        ),
        {"registration_ids": list(registration_ids)},
    )
    for registration_id, question_id, value in rows:
        found.setdefault(registration_id, {})[question_id] = value
    return found


@dataclass(frozen=True)
class Told:
    """A question, and what somebody answers to it."""

    question: Question
    value: Value


def told_by(registration_id: uuid.UUID) -> Sequence[Told]:
    """Return what a registration answers, in the questions' order; also to removed ones."""
    rows = db.session.execute(
        select(Question, Answer.value)
        .join(Answer, Answer.question_id == Question.id)
        .where(Answer.registration_id == registration_id)
        .order_by(Question.position, Question.id)
    )
    return [Told(question, value) for question, value in rows]


def file_of(registration_id: uuid.UUID, code: str) -> Upload:
    """Return the file that a registration answers to the question with this code.

    Raises:
        NotFound: there is none.
    """
    row = db.session.execute(
        select(Answer.value, AnswerFile.media_type, AnswerFile.content)
        .join(
            AnswerFile,
            (AnswerFile.registration_id == Answer.registration_id)
            & (AnswerFile.question_id == Answer.question_id),
        )
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.registration_id == registration_id, Question.code == code)
    ).one_or_none()
    if row is None:
        raise NotFound(noun="file")
    return Upload(str(row.value), row.media_type, row.content)


def purge() -> int:
    """Delete the answers whose questions are kept no longer; return how many.

    They are kept `Question.retention_days` after the event ends.
    """
    due: dict[uuid.UUID, list[int]] = {}
    for event_id, question_id, days, ends_at in db.session.execute(
        select(Question.event_id, Question.id, Question.retention_days, Event.ends_at)
        .join(Event, Event.id == Question.event_id)
        .where(Event.ends_at < clock.now())
    ):
        if ends_at + timedelta(days=days) <= clock.now():
            due.setdefault(event_id, []).append(question_id)
    return sum(_purge(event_id, question_ids) for event_id, question_ids in due.items())


def _purge(event_id: uuid.UUID, question_ids: Sequence[int]) -> int:
    files, answers = (
        cast(
            CursorResult[Any],
            db.session.execute(
                delete(model)
                .where(model.question_id.in_(question_ids))
                .execution_options(synchronize_session=False)
            ),
        ).rowcount
        for model in (AnswerFile, Answer)
    )
    if answers:
        audit.record(
            "answers.purged",
            actor="worker",
            subject=f"event:{event_id}",
            event_id=event_id,
            answers=answers,
            files=files,
        )
    return answers

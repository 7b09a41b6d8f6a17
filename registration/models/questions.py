"""Questions that an event asks beyond the form's own fields, and the answers to them."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Localised, Model

Value = str | int | float | bool | list[str]
"""An answer as it is stored: a text, number, ISO date, code, codes, yes or no, or a file's name."""


class QuestionKind(StrEnum):
    """What kind of answer a question takes."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    NUMBER = "number"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    FILE = "file"
    COUNTRY = "country"
    YES_NO = "yes-no"


class Question(Model):
    """One question of an event, for everybody or for one role."""

    __tablename__ = "question"
    __table_args__ = (UniqueConstraint("event_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(32))
    """Names it in forms (``q_<code>``), rosters and imports."""
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[Localised]
    help: Mapped[Localised]
    options: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    """Of a choice: ``{"code", "de", "en"}`` each, with ``"removed": "yes"`` once taken away."""
    is_required: Mapped[bool] = mapped_column(default=False)
    shown_if_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    shown_if_value: Mapped[str] = mapped_column(String(200), default="")
    """Shown only if the other question's answer is, or has among its codes, this one."""
    purpose: Mapped[Localised]
    """What the answer is for, in the words that the attendee reads."""
    retention_days: Mapped[int] = mapped_column(default=30)
    """Days after the event on which answers are deleted."""
    position: Mapped[int]
    removed_at: Mapped[datetime | None]
    """Asked no more; the answers given stay readable."""


class Answer(Model):
    """What one registration answers to one question."""

    __tablename__ = "answer"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    value: Mapped[Value] = mapped_column(JSON)
    updated_at: Mapped[datetime]

    question: Mapped[Question] = relationship()


class AnswerFile(Model):
    """The file of an answer; the answer's value is its name."""

    __tablename__ = "answer_file"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), primary_key=True
    )
    media_type: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary)

"""A form that also asks an event's own questions: they are data, so its fields are too."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage, MultiDict

from registration import languages
from registration.forms.choices import YES
from registration.forms.questions.fields import AnswerField
from registration.models.questions import Question, QuestionKind, Value
from registration.models.roles import Role
from registration.services import questions
from registration.services.events import Prospectus
from registration.services.questions import files, shaping

LAST = ("photo_consent", "privacy_consent")
"""Fields of the form that come after the questions, as on the page."""
SENT_FOR_EACH_FILE = 3 * files.MOST_BYTES
"""Bytes; more than may be kept, so that a file too large is an error at its field."""


def most_bytes(asked: Sequence[Question], otherwise: int) -> int:
    """Return how large a request may be that answers these questions."""
    count = sum(question.kind == QuestionKind.FILE for question in asked)
    return otherwise + count * SENT_FOR_EACH_FILE


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is settled before the form is shown: the roles, and the answers given before."""

    roles: Sequence[Role] = ()
    answers: Mapping[int, Value] | None = None


class QuestionsForm(FlaskForm):
    """A form that also asks what its event asks; until `ask` is called it asks nothing."""

    answer_fields: Sequence[AnswerField] = ()
    _standing = Standing()

    def ask(
        self,
        prospectus: Prospectus,
        *,
        formdata: MultiDict[str, str] | None = None,
        sent_files: MultiDict[str, FileStorage] | None = None,
        standing: Standing | None = None,
    ) -> None:
        """Add a field for each question of the event.

        Args:
            prospectus: whose questions.
            formdata: what was sent, if anything was.
            sent_files: the files that were sent with it.
            standing: what is settled; with roles, only what those are asked is added.
        """
        self._standing = standing or Standing()
        role_ids = {role.id for role in self._standing.roles}
        asked = [
            each
            for each in prospectus.questions
            if not role_ids or each.role_id is None or each.role_id in role_ids
        ]
        self.answer_fields = tuple(
            self._add(question, prospectus, formdata, sent_files or MultiDict())
            for question in asked
        )
        for name in LAST:
            if asked and name in self._fields:
                self._fields[name] = self._fields.pop(name)

    def _add(
        self,
        question: Question,
        prospectus: Prospectus,
        formdata: MultiDict[str, str] | None,
        sent_files: MultiDict[str, FileStorage],
    ) -> AnswerField:
        name = f"q_{question.code}"
        kept = (self._standing.answers or {}).get(question.id)
        unbound = AnswerField(question=question, kept=kept)
        field: AnswerField = self.meta.bind_field(self, unbound, {"name": name, "prefix": ""})
        self._fields[name] = field  # a class's fields are fixed; an event's are not
        field.process(formdata)
        if question.kind == QuestionKind.CHOICES and formdata is not None:
            field.data = formdata.getlist(name)  # no box ticked sends nothing
        if question.kind == QuestionKind.FILE and formdata is not None:
            given_up = formdata.get(f"{name}_remove", "").lower() in YES
            field.take_file(sent_files.get(name), is_given_up=given_up)
        _describe(field, prospectus, is_role_open=not self._standing.roles)
        return field

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then the answers to those questions that this person is asked."""
        is_valid: bool = super().validate(extra_validators)
        if not self.answer_fields:
            return is_valid
        return self._check_answers(is_valid=is_valid) and is_valid

    def _check_answers(self, *, is_valid: bool) -> bool:
        wrong = {field.question.id: field.read() for field in self.answer_fields}
        asked = [field.question for field in self.answer_fields]
        answers = {field.question.id: field.value for field in self.answer_fields}
        role_ids = self._role_ids()
        applying = {each.id for each in questions.applying(asked, role_ids, answers)}
        missing = {each.id for each in questions.unanswered(asked, role_ids, answers)}
        for field in self.answer_fields:
            question = field.question
            if question.id not in applying:
                field.forget()
            elif wrong[question.id]:
                field.errors = [wrong[question.id]]
            elif question.id in missing:
                required = questions.refused(question, "required")
                field.errors = [questions.advice(question, required)]
        is_right = not any(field.errors for field in self.answer_fields)
        if not (is_right and is_valid):
            self.say_that_files_are_lost()
        return is_right

    def say_that_files_are_lost(self) -> None:
        """Ask for each good file again, where the form has to be shown once more."""
        for field in self.answer_fields:
            field.say_that_file_is_lost()

    def _role_ids(self) -> Collection[int]:
        if self._standing.roles or "role" not in self._fields:
            return [role.id for role in self._standing.roles]
        role = self.prospectus.find_role(self["role"].data)
        return [role.id] if role is not None else []

    def answers(self) -> Mapping[int, Value | None]:
        """Return the answers by question id, once `validate` has agreed; None deletes one.

        A file that stays is not in it, nor is one that comes anew (see `uploads`).
        """
        return {
            field.question.id: field.value
            for field in self.answer_fields
            if field.question.kind != QuestionKind.FILE or field.value is None
        }

    def uploads(self) -> Mapping[int, questions.Upload]:
        """Return the files sent, by question id, once `validate` has agreed."""
        found = ((field.question.id, field.upload) for field in self.answer_fields)
        return {question_id: upload for question_id, upload in found if upload is not None}


def preview(question: Question, prospectus: Prospectus, *, name: str) -> AnswerField:
    """Return the field as attendees see it, in the present language, under a name of its own."""
    form = QuestionsForm(formdata=None, meta={"csrf": False})
    unbound = AnswerField(question=question, kept=None)
    field: AnswerField = form.meta.bind_field(form, unbound, {"name": name, "prefix": ""})
    field.process(None)
    _describe(field, prospectus, is_role_open=True)
    return field


def _describe(field: AnswerField, prospectus: Prospectus, *, is_role_open: bool) -> None:
    """Say of a field when it is asked, what the answer is for, and until when it is kept."""
    question = field.question
    ends_on = prospectus.event.ends_at.astimezone(prospectus.event.zone).date()
    purpose = languages.in_language(question.purpose).rstrip(" .")
    deleted_on = ends_on + timedelta(days=question.retention_days)
    if purpose:
        field.purpose = _(
            "What for: %(purpose)s. Deleted on %(day)s.",
            purpose=purpose,
            day=questions.day(deleted_on, languages.current()),
        )
    field.only_if = tuple(_conditions(field, prospectus, is_role_open=is_role_open))


def _conditions(field: AnswerField, prospectus: Prospectus, *, is_role_open: bool) -> Iterator[str]:
    question = field.question
    role = next((each for each in prospectus.roles if each.id == question.role_id), None)
    if role is not None and is_role_open:
        field.role_code = role.code
        yield _("Only for: %(role)s.", role=languages.in_language(role.title))
    other = next((each for each in prospectus.questions if each.id == question.shown_if_id), None)
    if other is not None:
        field.condition_name = f"q_{other.code}"
        yield _(
            "Only if you answer “%(question)s” with “%(answer)s”.",
            question=languages.in_language(other.title),
            answer=word_of_value(other, question.shown_if_value),
        )


def word_of_value(question: Question, value: str) -> str:
    """Return what a question's condition value means to people."""
    if value in shaping.YES_OR_NO and question.kind == QuestionKind.YES_NO:
        return questions.words(question, value == "yes", languages.current())
    return questions.title_of(question, value, languages.current())

"""The field that takes the answer to one question."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from wtforms import Field

from registration import languages
from registration.errors import Invalid
from registration.forms.choices import Choice
from registration.models.questions import Question, QuestionKind, Value
from registration.services import questions
from registration.services.questions import countries, files

MOST_RADIOS = 6
"""A choice of more than this is a list that opens."""


class AnswerField(Field):
    """The answer to one question: a text, or for several choices several, or a file."""

    data: Any
    errors: Any

    def __init__(self, *, question: Question, kept: Value | None, **options: Any) -> None:
        super().__init__(
            label=languages.in_language(question.title),
            description=languages.in_language(question.help),
            default=_as_typed(question, kept),
            **options,
        )
        self.question = question
        self.kept = kept
        self.flags.required = question.is_required
        self.whose = _("“%(question)s”", question=self.label.text)
        self.choices = _choices(question, kept)
        self.value: Value | None = kept
        self.upload: questions.Upload | None = None
        self.was_sent = False
        """Whether a file came, which the browser forgets when the form is shown again."""
        self.is_given_up = False
        self.role_code = ""
        self.condition_name = ""
        self.only_if: Sequence[str] = ()
        self.purpose = ""

    @property
    def drawn_as(self) -> str:
        """How it is drawn: the question's kind, or ``list`` for a choice of many."""
        is_long = self.question.kind == QuestionKind.CHOICE and len(self.choices) > MOST_RADIOS
        return "list" if is_long else str(self.question.kind)

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        """Take what was typed or chosen; a file is taken by `take_file`."""
        texts = [value for value in valuelist if isinstance(value, str)]
        if self.question.kind == QuestionKind.CHOICES:
            self.data = texts
        elif texts and self.question.kind != QuestionKind.FILE:
            self.data = texts[0]

    def take_file(self, sent: FileStorage | None, *, is_given_up: bool) -> None:
        """Take the file sent, if there is one; else the one before stays unless given up."""
        self.is_given_up = is_given_up
        if sent is not None and sent.filename:
            self.was_sent = True
            self._sent = sent

    def read(self) -> str:
        """Read the answer into `value`; return what is wrong with it, or ""."""
        try:
            if self.question.kind != QuestionKind.FILE:
                self.value = questions.parse(self.question, self.data or "", kept=self.kept)
            elif self.was_sent:
                content = self._sent.stream.read(files.MOST_BYTES + 1)
                self._sent.close()
                name = self._sent.filename or ""
                self.upload = questions.accept(self.question, name, content)
                self.value = self.upload.name
            else:
                self.value = None if self.is_given_up else self.kept
        except Invalid as error:
            self.value = None
            return questions.advice(self.question, error)
        return ""

    def say_that_file_is_lost(self) -> None:
        """Ask for a good file again, where the form has to be shown once more."""
        if self.upload is not None and not self.errors:
            self.errors = [
                _(
                    "Please choose the file once more: browsers do not keep it when a form "
                    "comes back."
                )
            ]

    def forget(self) -> None:
        """Have no answer: the question is not asked of this person."""
        self.value, self.upload, self.errors = None, None, []

    def _value(self) -> str:
        return self.data if isinstance(self.data, str) else ""


def _as_typed(question: Question, value: Value | None) -> str | list[str]:
    """Return an answer as its field holds it."""
    if isinstance(value, list):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return [] if question.kind == QuestionKind.CHOICES else ""
    if isinstance(value, float) and languages.current() == "de":
        return str(value).replace(".", ",")
    return str(value)


def _choices(question: Question, kept: Value | None) -> Sequence[Choice]:
    none = Choice("", _("Not answered"))
    match question.kind:
        case QuestionKind.CHOICES:
            return _options(question, kept)
        case QuestionKind.CHOICE:
            options = _options(question, kept)
            is_blank_needed = not question.is_required or len(options) >= MOST_RADIOS
            return (none, *options) if is_blank_needed else options
        case QuestionKind.YES_NO:
            yes_no = (Choice("yes", _("Yes")), Choice("no", _("No")))
            return yes_no if question.is_required else (*yes_no, none)
        case QuestionKind.COUNTRY:
            named = countries.names(languages.current()).items()
            return (none, *(Choice(code, name) for code, name in named))
    return ()


def _options(question: Question, kept: Value | None) -> Sequence[Choice]:
    """Return the options offered, and those removed since that this person has chosen."""
    chosen = kept if isinstance(kept, list) else [kept]
    gone = _("No longer offered; your choice stays if you leave it.")
    locale = languages.current()
    return tuple(
        Choice(
            each["code"],
            questions.title_of(question, each["code"], locale),
            gone if "removed" in each else "",
        )
        for each in question.options
        if "removed" not in each or each["code"] in chosen
    )

"""Set one question of an event."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from registration import languages
from registration.database import Localised
from registration.errors import Duplicate, Invalid
from registration.forms.choices import Choice, ChoiceField, ConsentField
from registration.forms.questions.asking import word_of_value
from registration.forms.text import Plain, Required, TextField, tidy
from registration.models.questions import Question, QuestionKind
from registration.models.roles import Role
from registration.services.questions import shaping
from registration.services.questions.shaping import Wanted

MOST_OPTIONS_TEXT = 10_000
NOT_LISTED = _l("Please choose one of the answers that the list offers.")
SEPARATOR = "|"


def kind_words() -> Mapping[str, tuple[str, str]]:
    """Return the name of each kind of question, and what its answer is."""
    return {
        QuestionKind.TEXT: (_("Text"), _("One line, for example a name.")),
        QuestionKind.LONG_TEXT: (_("Long text"), _("Several lines.")),
        QuestionKind.NUMBER: (_("Number"), _("For example a count or a distance.")),
        QuestionKind.CHOICE: (_("Choice"), _("One of several options.")),
        QuestionKind.CHOICES: (_("Several choices"), _("Any number of several options.")),
        QuestionKind.DATE: (_("Date"), _("A day, for example of arrival.")),
        QuestionKind.FILE: (_("File"), _("A PDF, PNG or JPEG of at most 5 MB.")),
        QuestionKind.COUNTRY: (_("Country"), _("One of the world’s countries.")),
        QuestionKind.YES_NO: (_("Yes or no"), _("Other questions can hang on the answer.")),
    }


class QuestionForm(FlaskForm):
    """What a question is; what it may be, the service judges."""

    kind = ChoiceField(_l("Kind of answer"), [Required(NOT_LISTED)], unknown=NOT_LISTED, default="")
    title_de = TextField(_l("Question in German"), [Plain(shaping.LONGEST_TITLE)], default="")
    title_en = TextField(_l("Question in English"), [Plain(shaping.LONGEST_TITLE)], default="")
    code = TextField(_l("Code"), [Plain(32)], default="")
    options = TextField(_l("Options"), [Plain(MOST_OPTIONS_TEXT, lines=True)], default="")
    help_de = TextField(_l("Hint in German"), [Plain(shaping.LONGEST_TEXT)], default="")
    help_en = TextField(_l("Hint in English"), [Plain(shaping.LONGEST_TEXT)], default="")
    purpose_de = TextField(_l("What for, in German"), [Plain(shaping.LONGEST_TEXT)], default="")
    purpose_en = TextField(_l("What for, in English"), [Plain(shaping.LONGEST_TEXT)], default="")
    retention_days = TextField(
        _l("Days after the event until answers are deleted"), [Plain(9)], default="30"
    )
    role = ChoiceField(_l("Who is asked"), default="", unknown=NOT_LISTED)
    shown_if = ChoiceField(_l("Asked only if"), default="", unknown=NOT_LISTED)
    is_required = ConsentField(_l("An answer is required"), default=False)

    def offer(self, roles: Sequence[Role], earlier: Sequence[Question]) -> None:
        """Fill the lists.

        Args:
            roles: of the event.
            earlier: the questions that come before this one and are asked.
        """
        self.roles = roles
        self.kind.choices = [Choice(code, words[0]) for code, words in kind_words().items()]
        self.role.choices = [
            Choice("", _("Everybody")),
            *(Choice(each.code, languages.in_language(each.title)) for each in roles),
        ]
        self.shown_if.choices = [
            Choice("", _("Always asked")),
            *(
                Choice(f"{each.code}={value}", _condition(each, value))
                for each in earlier
                for value in shaping.values_of(each)
            ),
        ]
        for name in ("title_de", "title_en", "purpose_de", "purpose_en", "retention_days"):
            self[name].flags.required = True

    @property
    def has_options(self) -> bool:
        """Whether the kind chosen is one with options."""
        return self.kind.data in shaping.WITH_OPTIONS

    def wanted(self) -> Wanted:
        """Return what the question shall be."""
        role = next((each for each in self.roles if each.code == self.role.data), None)
        shown_if, _equals, value = self.shown_if.data.partition("=")
        days = self.retention_days.data
        return Wanted(
            kind=QuestionKind(self.kind.data),
            title=self._localised("title"),
            help=self._localised("help"),
            purpose=self._localised("purpose"),
            options=read_options(self.options.data) if self.has_options else (),
            is_required=self.is_required.data,
            role_id=role.id if role else None,
            shown_if=shown_if,
            shown_if_value=value,
            retention_days=int(days) if days.isascii() and days.isdigit() else -1,
        )

    def _localised(self, name: str) -> Localised:
        texts = {each: self[f"{name}_{each}"].data for each in shaping.LANGUAGES}
        return Localised({language: text for language, text in texts.items() if text})

    def blame(self, error: Invalid | Duplicate) -> None:
        """Say at the fields what the service has found wrong."""
        if isinstance(error, Duplicate):
            self.code.errors = [_("Another question has this code. Please choose another.")]
            return
        reasons: Mapping[str, str] = error.details["fields"]  # type: ignore[assignment]
        sentences = _sentences(error.details)
        for name, reason in reasons.items():
            said = sentences.get(f"{name}:{reason}") or sentences.get(reason) or str(NOT_LISTED)
            self[name].errors = [said]
            self[name].whose = self[name].label.text


def _condition(question: Question, value: str) -> str:
    title = languages.in_language(question.title)
    return f"{title} – {word_of_value(question, value)}"


def _sentences(details: Mapping[str, object]) -> Mapping[str, str]:
    follower = details.get("needed_by", "")
    return {
        "required": _("Please fill this in; attendees read it in this language."),
        "too_long": _("Please shorten this."),
        "options:required": _("Please write at least one option, each on a line of its own."),
        "options:twice": _("Two options have the same code."),
        "options:code": _(
            "A code begins with a letter, and has only a to z, 0 to 9, hyphens and underscores."
        ),
        "code:code": _(
            "A code begins with a letter, and has only a to z, 0 to 9, hyphens and underscores."
        ),
        "options:both_languages": _("Each option needs a title in German and in English."),
        "options:needed": _(
            "The question “%(code)s” is asked only on an option that is missing here.",
            code=follower,
        ),
        "kind:needed": _(
            "The question “%(code)s” is asked only on an answer that this kind does not have.",
            code=follower,
        ),
        "kind:answered": _("There are answers already, so the kind cannot change any more."),
        "retention_days:out_of_range": _(
            "Enter a whole number of days from 0 to %(most)s.", most=shaping.LONGEST_RETENTION
        ),
    }


def read_options(text: str) -> Sequence[shaping.Option]:
    """Return the options that a text has, one on each line.

    A line is ``code | German | English``, without a code ``German | English``, or one title that
    is the same in both.
    """
    found: list[shaping.Option] = []
    for line in text.splitlines():
        parts = [tidy(part) for part in line.split(SEPARATOR)]
        if not any(parts):
            continue
        if len(parts) == 1:
            parts = [parts[0], parts[0]]
        if len(parts) < 3:  # noqa: PLR2004  # code and both titles
            taken = {each["code"] for each in found}
            parts = [shaping.made_code(parts[0], taken, otherwise="option"), *parts]
        found.append({"code": parts[0], "de": parts[1], "en": SEPARATOR.join(parts[2:])})
    return found


def write_options(options: Sequence[shaping.Option]) -> str:
    """Return the options offered as `read_options` reads them."""
    return "\n".join(
        f" {SEPARATOR} ".join((each["code"], each["de"], each["en"]))
        for each in options
        if "removed" not in each
    )


def told_by(question: Question, roles: Sequence[Role], listed: Sequence[Question]) -> Any:
    """Return a question as the fields of a `QuestionForm` hold it."""
    role = next((each for each in roles if each.id == question.role_id), None)
    condition = next((each for each in listed if each.id == question.shown_if_id), None)
    texts = {"title": question.title, "help": question.help, "purpose": question.purpose}
    return {
        "kind": question.kind,
        "code": question.code,
        "options": write_options(question.options),
        "retention_days": str(question.retention_days),
        "role": role.code if role else "",
        "shown_if": f"{condition.code}={question.shown_if_value}" if condition else "",
        "is_required": question.is_required,
        **{
            f"{name}_{language}": text.get(language, "")
            for name, text in texts.items()
            for language in shaping.LANGUAGES
        },
    }

"""Write what a kind of mail says."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField
from wtforms.validators import Optional

from registration.errors import Invalid
from registration.forms.text import TextField
from registration.services.wordings import Fault, Faults, Text


class WordingForm(FlaskForm):
    """A subject and a text; whether they can be used, the service judges."""

    subject = TextField(_l("Subject"), default="")
    body = TextField(_l("Text"), default="")
    seen = IntegerField(validators=[Optional()])
    """Which version was in use when the page was shown."""

    def text(self) -> Text:
        """Return what was written."""
        return Text(self.subject.data, self.body.data)

    def blame(self, error: Invalid) -> None:
        """Say at the fields what the service has found wrong."""
        blame({"subject": self.subject, "body": self.body}, error)


def blame(fields: Mapping[str, Field], error: Invalid) -> None:
    """Say at the fields what is wrong, and in which line."""
    reasons: Mapping[str, str] = error.details["fields"]  # type: ignore[assignment]
    faults: Faults = error.details.get("faults", {})  # type: ignore[assignment]
    for name, reason in reasons.items():
        if name in fields:
            field = fields[name]
            field.errors = [_sentence(reason, faults.get(name, ()))]
            field.whose = field.label.text  # for the summary


def _sentence(reason: str, faults: Sequence[Fault]) -> str:
    if reason == "faults":
        return " ".join(fault_sentence(each) for each in faults)
    sentences: Mapping[str, str] = {
        "required": _("Please write something here."),
        "too_long": _("Please shorten this."),
        "one_line": _("A subject has one line only."),
        "hidden": _(
            "This contains a character that nobody sees. "
            "Please type the text anew instead of pasting it."
        ),
        "too_deep": _("This is nested too deeply. Please write it more simply."),
    }
    return sentences.get(reason, reason)


def fault_sentence(fault: Fault) -> str:
    """Return what is wrong in a line of a text, and what to do."""
    words = {"line": fault.line, "name": fault.detail}
    if fault.reason == "unknown":
        return str(
            _("Line %(line)s: there is no variable “%(name)s”. Choose one of the list.", **words)
        )
    if fault.reason == "filter":
        return str(
            _(
                "Line %(line)s: there is no filter “%(name)s”. Use upper, lower, title or default.",
                **words,
            )
        )
    if fault.reason == "refused":
        return str(
            _(
                "Line %(line)s: “%(name)s” cannot be used here, only variables and if, else, "
                "endif.",
                **words,
            )
        )
    if fault.reason == "syntax":
        return str(_("Line %(line)s: braces or words are missing here (%(name)s).", **words))
    return str(_("Line %(line)s: this is nested too deeply. Please write it more simply.", **words))

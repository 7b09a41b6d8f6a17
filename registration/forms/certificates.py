"""Verify a certificate by its code, and issue them in bulk."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from registration.forms.choices import Choice, ChoiceField
from registration.forms.text import Plain, Required, TextField

CHOOSE = _l("Choose one of these.")
WAYS = (
    Choice(
        "mail",
        _l("By mail to everybody who came"),
        _l("Nobody gets one twice. You get a list of what was issued."),
    ),
    Choice("pdf", _l("All in one PDF"), _l("To print, by alliance and name.")),
    Choice("zip", _l("One PDF each, in a ZIP"), _l("In a folder for each alliance.")),
)


class CodeForm(FlaskForm):
    """The code on a certificate."""

    code = TextField(
        _l("Code of the certificate"),
        [Required(_l("Type the code from the certificate.")), Plain(60)],
        description=_l("Sixteen letters and digits, beside the picture at the foot of the paper."),
    )


class IssueForm(FlaskForm):
    """How all certificates are issued."""

    way = ChoiceField(_l("How"), [Required(CHOOSE)], unknown=CHOOSE, default="mail")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way.choices = WAYS

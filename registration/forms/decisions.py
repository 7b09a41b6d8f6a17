"""Decide on requests: the reason that goes into the mail."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from registration.forms.text import Plain, TextField

MOST_REASON = 1000


class DeclineForm(FlaskForm):
    """Why a request is declined; the person reads it in their mail."""

    reason = TextField(
        _l("Reason"),
        [Plain(MOST_REASON, lines=True)],
        description=_l("It goes into the mail, in your words. Without one, the mail gives none."),
    )

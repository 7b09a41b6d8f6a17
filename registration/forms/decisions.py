"""Decide on requests: the reason that goes into the mail."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length

MOST_REASON = 1000


class DeclineForm(FlaskForm):
    """Why a request is declined; the person reads it in their mail."""

    reason = TextAreaField(
        _l("Reason"),
        [Length(max=MOST_REASON, message=_l("Use at most 1,000 characters."))],
        filters=[lambda text: text.strip() if text else ""],
        description=_l("It goes into the mail, in your words. Without one, the mail gives none."),
    )

"""Say what became of something that was found."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from registration.forms.text import Plain, TextField

MOST_NOTE = 500


class ResolveForm(FlaskForm):
    """What whoever looked at it says about it; may be nothing."""

    note = TextField(_l("What you did about it"), [Plain(MOST_NOTE)])

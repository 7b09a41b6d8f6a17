"""What the door must know of a person, and who is told when they arrive."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import Optional

from registration.forms.text import Address, Plain, TextField

MOST_NOTE = 200
MOST_EMAIL = 254


class HostingForm(FlaskForm):
    """A note for the door, and the address of whoever expects the person."""

    gate_note = TextField(
        _l("Note for the door"),
        [Plain(MOST_NOTE)],
        description=_l("Shown when the badge is scanned, for instance who meets this person."),
    )
    host_email = TextField(
        _l("Host’s mail address"),
        [Optional(), Address(MOST_EMAIL)],
        description=_l("Told by mail when this person arrives."),
    )

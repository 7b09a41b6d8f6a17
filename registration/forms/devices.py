"""Make a one-time code for a scanner."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from registration.forms.choices import ChoiceField
from registration.forms.text import tidy


class DeviceForm(FlaskForm):
    """At which gate the device will stand, and what to call it; the view fills in the gates."""

    gate = ChoiceField(
        _l("Gate"), [InputRequired(_l("Choose a gate."))], unknown=_l("Choose a gate.")
    )
    name = StringField(
        _l("Name of the device"),
        [Length(max=120, message=_l("Use at most 120 characters."))],
        filters=[lambda text: tidy(text or "")],
        description=_l("So that you can tell it from the others, for instance “Phone 3”."),
    )

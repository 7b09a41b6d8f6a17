"""Make a one-time code for a scanner."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import Length


class DeviceForm(FlaskForm):
    """At which gate the device will stand, and what to call it; the view fills in the gates."""

    gate = SelectField(_l("Gate"), validate_choice=True)
    name = StringField(
        _l("Name of the device"),
        [Length(max=120, message=_l("Use at most 120 characters."))],
        filters=[lambda text: text.strip() if text else ""],
        description=_l("So that you can tell it from the others, for instance “Phone 3”."),
    )

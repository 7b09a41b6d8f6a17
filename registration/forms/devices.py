"""Make a one-time code for a scanner."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField

from registration.forms.choices import ChoiceField
from registration.forms.text import Plain, Required, TextField
from registration.services.gates.devices import MOST_NAME


class DeviceForm(FlaskForm):
    """At which gate the device will stand, and what to call it; the view fills in the gates."""

    gate = ChoiceField(_l("Gate"), [Required(_l("Choose a gate."))], unknown=_l("Choose a gate."))
    name = TextField(
        _l("Name of the device"),
        [Plain(MOST_NAME)],
        description=_l("So that you can tell it from the others, for instance “Phone 3”."),
    )
    is_supervisor = BooleanField(
        _l("For a supervisor"),
        description=_l("May undo scans and admit people without a registration."),
    )

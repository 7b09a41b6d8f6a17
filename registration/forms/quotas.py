"""Set the number of places of one quota."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

MOST_PLACES = 1_000_000


class QuotaForm(FlaskForm):
    """A number of places; an empty field means that there is no limit."""

    places = IntegerField(
        _l("Places"),
        [
            Optional(),
            NumberRange(0, MOST_PLACES, _l("Enter a whole number from 0 to 1,000,000.")),
        ],
    )

    def validate_places(self, field: IntegerField) -> None:
        """Say in our words what is not a number."""
        if field.process_errors:
            field.process_errors = [_l("Enter a whole number from 0 to 1,000,000.")]

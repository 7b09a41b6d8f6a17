"""Set the number of places of one quota, or of many by a sheet."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

MOST_PLACES = 1_000_000


NO_NUMBER = _l("Enter a whole number from 0 to 1,000,000.")


class PlacesField(IntegerField):
    """A whole number; says in our words what is none."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number.

        Raises:
            ValueError: it is none.
        """
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(NO_NUMBER)) from error


class QuotaForm(FlaskForm):
    """A number of places; an empty field means that there is no limit."""

    places = PlacesField(_l("Places"), [Optional(), NumberRange(0, MOST_PLACES, NO_NUMBER)])


class SheetForm(FlaskForm):
    """A sheet with places by alliance and role."""

    sheet = FileField(
        _l("Sheet"),
        [FileRequired(_l("Choose a file first."))],
        description=_l("XLSX or CSV, as this page lets you download it."),
    )

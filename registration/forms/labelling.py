"""What a badge says of a person beyond their name, and their place in a house and an order."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import NumberRange

from registration.forms.text import Name, Plain, TextField
from registration.services.registrations import MOST_PRECEDENCE, Label

NO_NUMBER = _l("Enter a whole number from 0 to 9999.")


class RankField(IntegerField):
    """A whole number; empty is 0, and what is none is told in our words."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number.

        Raises:
            ValueError: it is none.
        """
        try:
            super().process_formdata([text.strip() or "0" for text in valuelist])
        except ValueError as error:
            raise ValueError(str(NO_NUMBER)) from error


class LabelForm(FlaskForm):
    """What organisers set for badges and lists; in the page's order."""

    badge_name = TextField(
        _l("Name on the badge"),
        [Name(160)],
        description=_l("Empty: given and family name."),
    )
    badge_organisation = TextField(
        _l("Organisation on the badge"),
        [Plain(160)],
        description=_l("Empty: the organisation as the person told it."),
    )
    pronouns = TextField(_l("Pronouns"), [Plain(40)])
    languages = TextField(_l("Spoken languages"), [Plain(80)], description=_l("For example DE EN."))
    room = TextField(
        _l("Room"),
        [Plain(40)],
        description=_l("For example a workshop’s room, or the row of a seat."),
    )
    precedence = RankField(
        _l("Place in protocol order"),
        [NumberRange(0, MOST_PRECEDENCE, NO_NUMBER)],
        default=0,
        description=_l("Within the role: 1 comes before 2; 0 comes after all of these, by name."),
    )

    def label(self) -> Label:
        """Return what was entered, once `validate` has agreed."""
        return Label(
            badge_name=self.badge_name.data or "",
            badge_organisation=self.badge_organisation.data or "",
            pronouns=self.pronouns.data or "",
            languages=self.languages.data or "",
            room=self.room.data or "",
            precedence=self.precedence.data or 0,
        )

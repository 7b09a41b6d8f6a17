"""Forms to invite one person, to invite many, and to make a link."""

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, IntegerField, ValidationError
from wtforms.validators import InputRequired, NumberRange

from registration import languages
from registration.forms.choices import ChoiceField
from registration.forms.invitations.lines import MOST_LINES, Line, read_lines
from registration.forms.invitations.offering import OfferForm
from registration.forms.people import NOT_LISTED, locales, salutations
from registration.forms.text import Address, Plain, Required, TextField
from registration.models.registrations import Salutation
from registration.services.events import Prospectus
from registration.services.invitations import MOST_PLACES, find_invited

MOST_TEXT = 100_000
"""Characters: 200 a line, and fewer than Python's reader of CSV takes in one cell."""


class InviteForm(OfferForm):
    """One person, who gets a mail; only the address is needed."""

    email = TextField(
        _l("Mail address"), [Required(_l("Enter the mail address.")), Address(254)], default=""
    )
    salutation = ChoiceField(_l("Salutation"), default=Salutation.NEUTRAL, unknown=NOT_LISTED)
    title = TextField(_l("Academic title"), [Plain(60)], default="")
    given_name = TextField(_l("Given name"), [Plain(80)], default="")
    family_name = TextField(_l("Family name"), [Plain(80)], default="")
    locale = ChoiceField(
        _l("Language of the mail"),
        [Required(_l("Choose German or English."))],
        default=languages.DEFAULT,
        unknown=_l("Choose German or English."),
    )

    def offer(self, prospectus: Prospectus, **limits: Any) -> None:
        """Fill the lists; see `OfferForm.offer`."""
        super().offer(prospectus, **limits)
        self.salutation.choices = salutations()
        self.locale.choices = locales()

    def addressee(self) -> Mapping[str, Any]:
        """Return who is invited, as `invitations.invite` takes them."""
        return {
            "email": self.email.data,
            "salutation": Salutation(self.salutation.data or Salutation.NEUTRAL),
            "title": self.title.data,
            "given_name": self.given_name.data,
            "family_name": self.family_name.data,
            "locale": self.locale.data,
        }


class ListForm(OfferForm):
    """Many people, one a line; shown first as they were understood, then sent."""

    people = TextField(
        _l("People"),
        [Required(_l("Paste at least one line."))],
        default="",
        description=_l(
            "One person a line: name and address as a mail program copies them, or cells copied "
            "from a spreadsheet: given name, family name, address. A first line of column names "
            "is understood."
        ),
    )
    locale = ChoiceField(
        _l("Language of the mails"),
        [Required(_l("Choose German or English."))],
        default=languages.DEFAULT,
        unknown=_l("Choose German or English."),
    )
    lines: Sequence[Line] = ()

    def offer(self, prospectus: Prospectus, **limits: Any) -> None:
        """Fill the lists; see `OfferForm.offer`."""
        super().offer(prospectus, **limits)
        self.locale.choices = locales()

    def validate_people(self, field: Field) -> None:
        """Read the list; WTForms calls this. What is wrong with a line is told in the line.

        Raises:
            ValidationError: it has too many lines.
        """
        if len(field.data) > MOST_TEXT or field.data.count("\n") >= MOST_LINES:
            raise ValidationError(_("Send at most %(count)s lines at once.", count=MOST_LINES))
        self.lines = read_lines(field.data)
        if len(self.lines) > MOST_LINES:
            raise ValidationError(_("Send at most %(count)s people at once.", count=MOST_LINES))

    def find_invited(self) -> Set[str]:
        """Return the keys of those on the list who have an invitation without an answer yet."""
        people = [line.addressee for line in self.lines]
        return find_invited(self.prospectus.event, self.found_alliance, people)

    def lines_without(self, invited: Set[str]) -> Sequence[Line]:
        """Return the lines, saying so of those people whose keys these are."""
        waits = _("This person has an invitation that waits for an answer.")
        return [
            replace(line, problem=line.problem or waits) if line.addressee.key in invited else line
            for line in self.lines
        ]

    @property
    def mark(self) -> str:
        """What tells this list from one that was changed after it had been shown."""
        told = (self.people.data, self.role.data, self.expires_on.data, self.locale.data)
        alliance = self.found_alliance
        skips = "skips" if self.offered()["skips_approval"] else ""
        parts = [*told, alliance.code if alliance else "", skips]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


NO_COUNT = _l("Enter a whole number from 1 to 10,000.")


class CountField(IntegerField):
    """A whole number; says in our words what is none."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number.

        Raises:
            ValueError: it is none.
        """
        try:
            super().process_formdata([text.strip() for text in valuelist])
        except ValueError as error:
            raise ValueError(str(NO_COUNT)) from error


class LinkForm(OfferForm):
    """A link for people of an alliance, with a number of places."""

    places = CountField(
        _l("Places"),
        [InputRequired(NO_COUNT), NumberRange(1, MOST_PLACES, NO_COUNT)],
        description=_l("So many people may register by the link; the event’s quotas apply too."),
    )

"""Forms to invite one person, to invite many, and to make a link."""

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, ValidationError
from wtforms.validators import InputRequired, NumberRange, StopValidation

from registration import clock, languages
from registration.forms.choices import Choice, ChoiceField, ConsentField
from registration.forms.invitations.lines import MOST_LINES, Line, read_lines
from registration.forms.people import NOT_LISTED, locales, salutations
from registration.forms.text import Address, Plain, Required, TextField
from registration.models.alliances import Alliance
from registration.models.registrations import Salutation
from registration.models.roles import Role, RoleAccess
from registration.services.events import Prospectus
from registration.services.invitations import MOST_PLACES, Addressee

DAY_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")
"""As browsers send a date, and as Germans type it where a browser has no field for dates."""
MOST_TEXT = 200_000


class DayField(TextField):
    """A day, or none; the data stays the text that was sent."""

    def pre_validate(self, _form: object) -> None:
        """Read the day.

        Raises:
            StopValidation: the text is none.
        """
        if self.data and self.day is None:
            raise StopValidation(_("Please enter a day like 2026-11-30."))

    @property
    def day(self) -> date | None:
        """The day that was entered."""
        for shape in DAY_FORMATS:
            try:
                return datetime.strptime(self.data or "", shape).date()  # noqa: DTZ007  # a day has no zone
            except ValueError:
                continue
        return None


class OfferForm(FlaskForm):
    """What every invitation offers: a role, for an alliance, until when."""

    role = ChoiceField(
        _l("Role"),
        [Required(_l("Choose what they come as."))],
        default="",
        unknown=_l("Choose one of the roles that are offered."),
    )
    alliance = ChoiceField(
        _l("Alliance"), default="", unknown=_l("Choose an alliance from the list.")
    )
    skips_approval = ConsentField(_l("Confirm at once, without approval"), default=False)
    expires_on = DayField(_l("Last day to answer"), default="")

    def offer(
        self,
        prospectus: Prospectus,
        *,
        alliance: Alliance | None = None,
        roles: Sequence[Role] | None = None,
    ) -> None:
        """Fill the lists.

        Args:
            prospectus: the event.
            alliance: the only one; then the form does not ask for it.
            roles: those that may be offered; None: all of the event.
        """
        self.prospectus = prospectus
        self._alliance = alliance
        offered = prospectus.roles if roles is None else roles
        self.role.choices = [
            Choice("", _("Please choose")),
            *(Choice(each.code, languages.in_language(each.title)) for each in offered),
        ]
        if alliance is not None:
            del self["alliance"]
        else:
            self.alliance.choices = [
                Choice("", _("No alliance")),
                *(Choice(each.code, each.name) for each in prospectus.alliances),
            ]
        if all(each.access != RoleAccess.APPROVAL for each in offered):
            del self["skips_approval"]
        for name in ("role", "alliance", "expires_on", "skips_approval"):
            if name in self._fields:  # as on the page, and so in the summary of errors: last
                self._fields[name] = self._fields.pop(name)

    def validate_alliance(self, field: Field) -> None:
        """Say it at the alliance when the role needs one; WTForms calls this.

        Raises:
            ValidationError: it does, and none is chosen.
        """
        role = self.prospectus.find_role(self.role.data)
        if role is not None and role.needs_alliance and not field.data:
            raise ValidationError(
                _(
                    "“%(role)s” is for people who come for an alliance. Choose theirs.",
                    role=languages.in_language(role.title),
                )
            )

    def validate_expires_on(self, field: Field) -> None:
        """Refuse a day on which nobody can answer; WTForms calls this.

        Raises:
            ValidationError: it is over, or after the event, or registration has closed.
        """
        event = self.prospectus.event
        ends_at = self.expires_at or event.registration_closes_at
        if ends_at <= clock.now():
            raise ValidationError(
                _("This day is over. Choose a later one.")
                if field.data
                else _("Registration has closed. Choose until when they may still answer.")
            )
        if ends_at > event.ends_at:
            raise ValidationError(
                _(
                    "Choose a day before the event, which is on %(day)s.",
                    day=languages.long_date(event.held_on),
                )
            )

    @property
    def expires_at(self) -> datetime | None:
        """The end of the last day, in the event's zone; None: as registration closes."""
        day = self.expires_on.day
        if day is None:
            return None
        return datetime.combine(day, time(23, 59, 59), tzinfo=self.prospectus.event.zone)

    @property
    def found_alliance(self) -> Alliance | None:
        """The alliance for which people come."""
        if self._alliance is not None:
            return self._alliance
        return self.prospectus.find_alliance(self.alliance.data)

    def offered(self) -> dict[str, Any]:
        """Return what `services.invitations` takes for this, once `validate` has agreed."""
        skips = self.skips_approval.data if "skips_approval" in self else False
        return {
            "role": self.prospectus.find_role(self.role.data),
            "alliance": self.found_alliance,
            "skips_approval": bool(skips),
            "expires_at": self.expires_at,
        }


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

    @property
    def people_read(self) -> Sequence[Addressee]:
        """Who is on the list."""
        return [line.addressee for line in self.lines]

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

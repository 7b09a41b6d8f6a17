"""What every form offers that makes an invitation: a role, for an alliance, until when."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError
from wtforms.validators import StopValidation

from registration import clock, languages
from registration.forms.choices import Choice, ChoiceField, ConsentField
from registration.forms.text import Required, TextField
from registration.models.alliances import Alliance
from registration.models.roles import Role, RoleAccess
from registration.services.events import Prospectus

DAY_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")
"""As browsers send a date, and as Germans type it where a browser has no field for dates."""


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

"""The rules of an event: deadlines, waiting list, addresses, and how people come to each role."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError

from registration.forms.choices import Choice, ChoiceField
from registration.forms.quotas import NO_NUMBER, PlacesField
from registration.forms.text import Required, tidy
from registration.models.events import AddressPolicy, Promotion
from registration.models.gates import Reentry
from registration.models.roles import Coordination, Role, RoleAccess
from registration.services.events import Prospectus
from registration.services.events.rules import Rules, find_faults, rules_of

NO_MOMENT = _l("Please enter a day and a time.")
NOT_LISTED = _l("Please choose one of the answers that the list offers.")


class MomentField(Field):
    """A day and a time in the event's zone, as ``datetime-local`` sends it; aware, or None.

    It sends whole minutes: sent back as it was shown, a moment keeps its seconds.
    """

    zone: ZoneInfo

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        """Read the moment.

        Raises:
            ValueError: it is none.
        """
        text = tidy(str(valuelist[0])) if valuelist else ""
        self.raw = text
        try:
            self.data = datetime.fromisoformat(text).replace(tzinfo=self.zone) if text else None
        except ValueError as error:
            raise ValueError(str(NO_MOMENT)) from error
        shown = self.object_data
        if shown is not None and self.data is not None and self._written(shown) == text:
            self.data = shown

    @property
    def moment(self) -> datetime:
        """The moment entered, where one is required."""
        assert self.data is not None  # noqa: S101  # `validate` has agreed
        return self.data

    def _value(self) -> str:
        if self.data is None:
            return getattr(self, "raw", "")
        return self._written(self.data)

    def _written(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M")


class RulesForm(FlaskForm):
    """Everything about registration that holds for the whole event."""

    registration_opens_at = MomentField(_l("Registration opens"), [Required(NO_MOMENT)])
    registration_closes_at = MomentField(_l("Registration closes"), [Required(NO_MOMENT)])
    changes_close_at = MomentField(_l("Changes by attendees until"), [Required(NO_MOMENT)])
    nominations_close_at = MomentField(_l("Nominations by coordinators until"))
    promotion = ChoiceField(
        _l("When a place comes free"), [Required(NOT_LISTED)], unknown=NOT_LISTED
    )
    offer_hours = PlacesField(_l("Hours for which an offer is kept"), [Required(NO_NUMBER)])
    address_policy = ChoiceField(
        _l("One mail address stands for"), [Required(NOT_LISTED)], unknown=NOT_LISTED
    )

    def __init__(self, prospectus: Prospectus, **options: Any) -> None:
        """Offer what the event has; without anything sent, show its rules as they are."""
        self.prospectus = prospectus
        self.zone = prospectus.event.zone
        super().__init__(data=vars(rules_of(prospectus.event)), **options)
        self.promotion.choices = promotions()
        self.address_policy.choices = address_policies()

    def process(self, *given: Any, **options: Any) -> None:
        """Read what was sent in the event's own time zone; WTForms calls this."""
        for field in self:
            if isinstance(field, MomentField):
                field.zone = self.zone
        super().process(*given, **options)

    def rules(self) -> Rules:
        """Return what was entered, once `validate` has agreed."""
        return Rules(
            registration_opens_at=self.registration_opens_at.moment,
            registration_closes_at=self.registration_closes_at.moment,
            changes_close_at=self.changes_close_at.moment,
            nominations_close_at=self.nominations_close_at.data,
            promotion=Promotion(self.promotion.data),
            offer_hours=self.offer_hours.data,
            address_policy=AddressPolicy(self.address_policy.data),
        )

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Check each field, then whether all of them can hold together."""
        if not super().validate(extra_validators):
            return False
        words = _faults()
        for name, code in find_faults(self.rules(), self.prospectus.event).items():
            self._fields[name].errors = [words[code]]
        return not any(field.errors for field in self)


def _faults() -> dict[str, str]:
    return {
        "before_opening": _("Registration must close after it opens."),
        "after_event": _("The event is over by then. Please enter an earlier day."),
        "out_of_range": _("Please enter between 1 and 672 hours (four weeks)."),
    }


def promotions() -> Sequence[Choice]:
    """Return what a place that comes free can do."""
    return (
        Choice(Promotion.AUTOMATIC, _("The next who fits has it at once")),
        Choice(
            Promotion.OFFER,
            _("The next who fits is offered it"),
            _("It is kept until they answer or the time is over."),
        ),
        Choice(
            Promotion.NONE,
            _("There is no waiting list"),
            _("Whoever waits already still moves up."),
        ),
    )


def address_policies() -> Sequence[Choice]:
    """Return what one address can stand for."""
    return (
        Choice(
            AddressPolicy.FREE,
            _("Any number of people"),
            _("Offices can register several people under one address."),
        ),
        Choice(
            AddressPolicy.ONE,
            _("One person"),
            _("Whoever registers a second time is told so by mail."),
        ),
    )


def accesses() -> Sequence[Choice]:
    """Return how people can come to a role."""
    return (
        Choice(RoleAccess.OPEN, _("Open: confirmed at once")),
        Choice(RoleAccess.APPROVAL, _("With approval")),
        Choice(RoleAccess.INVITATION, _("By invitation only")),
    )


def coordinations() -> Sequence[Choice]:
    """Return what a coordinator can do for a role."""
    return (
        Choice(Coordination.NONE, _("Nothing")),
        Choice(Coordination.APPROVE, _("Approve their own people")),
        Choice(Coordination.NOMINATE, _("Name people on their behalf")),
    )


def reentries() -> Sequence[Choice]:
    """Return how often people of a role may come in on one day."""
    return (
        Choice(Reentry.FREE, _("As often as they like")),
        Choice(Reentry.ONCE, _("Once a day")),
    )


class RoleForm(FlaskForm):
    """How people come to one role."""

    access = ChoiceField(_l("Access"), [Required(NOT_LISTED)], unknown=NOT_LISTED)
    coordination = ChoiceField(_l("Coordinators"), default="none", unknown=NOT_LISTED)
    reentry = ChoiceField(_l("Re-entry"), default="free", unknown=NOT_LISTED)

    def __init__(self, role: Role, **options: Any) -> None:
        """Offer what there is; each role has fields of its own name."""
        given = {name: getattr(role, name) for name in ("access", "coordination", "reentry")}
        super().__init__(data=given, prefix=f"{role.code}-", meta={"csrf": False}, **options)
        self.role = role
        self.access.choices = accesses()
        self.coordination.choices = coordinations()
        self.reentry.choices = reentries()

    def validate_coordination(self, field: Field) -> None:
        """Say that only an alliance has coordinators; WTForms calls this.

        Raises:
            ValidationError: the role is not for people of an alliance.
        """
        if field.data not in {"", Coordination.NONE} and not self.role.needs_alliance:
            raise ValidationError(_("This role is not for people who come for an alliance."))

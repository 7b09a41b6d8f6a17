"""The form by which several people register who come together or not at all."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, ValidationError

from registration import languages
from registration.forms.choices import Choice, ChoiceField, ConsentField
from registration.forms.members import MemberForm, MembersForm
from registration.forms.people import ContactForm, locales, salutations
from registration.forms.registrations import choices_of
from registration.forms.text import Required
from registration.models.events import AddressPolicy, Promotion
from registration.models.roles import Role
from registration.services.events import Prospectus
from registration.services.registrations import Wish


class PartyForm(MembersForm, ContactForm):
    """One contact, and the people who come together; in the page's order."""

    alliance = ChoiceField(
        _l("Alliance"), default="", unknown=_l("Please choose an alliance from the list.")
    )
    wait = ConsentField(
        _l("Put us on the waiting list if not everybody gets a place"), default=False
    )
    privacy_consent = ConsentField(
        _l("Everybody named here has agreed that their data is used as described"),
        [Required(_l("Please tick that everybody has agreed to the use of their data."))],
        default=False,
    )

    def __init__(self, prospectus: Prospectus, formdata: Any, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.prospectus = prospectus
        self._offer()

    def _offer(self) -> None:
        offered = choices_of(self.prospectus)
        self.locale.choices = locales()
        self.alliance.choices = offered["alliance"]
        roles = (Choice("", _("Please choose")), *offered["role"])
        for member in self.members:
            member.salutation.choices = salutations()
            member.role.choices = roles

    @property
    def has_queue(self) -> bool:
        """Whether the event has a waiting list."""
        return self.prospectus.event.promotion != Promotion.NONE

    def grow(self) -> None:
        """Make room for one more person."""
        super().grow()
        self._offer()

    @property
    def all_fields(self) -> Iterator[Field]:
        """All fields in the page's order, which is the errors' order."""
        yield from (self.email, self.locale, self.alliance)
        for member in self.members:
            yield from member
        yield from (self.wait, self.privacy_consent)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the contact and each person, and that they fit together."""
        checked = [super().validate(extra_validators)]
        if self.prospectus.event.address_policy == AddressPolicy.ONE:
            checked.append(self._check_addresses())
        return all(checked)

    def validate_alliance(self, field: Field) -> None:
        """Say it at the alliance when a role chosen needs one; WTForms calls this.

        Raises:
            ValidationError: one does, and none is chosen.
        """
        roles = [self.role_of(member) for member in self.named]
        needing = next((role for role in roles if role and role.needs_alliance), None)
        if needing is not None and not field.data:
            raise ValidationError(
                _(
                    "“%(role)s” is for people who come for an alliance. Please choose yours.",
                    role=languages.in_language(needing.title),
                )
            )

    def _check_addresses(self) -> bool:
        """Say where an address stands for two people, at an event where it may not."""
        seen: set[str] = set()
        for member in self.named:
            address = self.address_of(member).lower()
            if address in seen:
                member.email.errors = [
                    _("At this event each person needs a mail address of their own.")
                ]
            seen.add(address)
        return not any(member.email.errors for member in self.named)

    def role_of(self, member: MemberForm) -> Role | None:
        """Return what this person comes as, if they have said it."""
        return self.prospectus.find_role(member.role.data)

    @property
    def alliance_id(self) -> int | None:
        """The alliance for which all of them come."""
        alliance = self.prospectus.find_alliance(self.alliance.data)
        return alliance.id if alliance else None

    def wishes(self) -> Sequence[Wish]:
        """Return what each asks for, once `validate` has agreed.

        Each has a key made of the form's, so that the form sent twice is one party.
        """
        return [self._wish(member) for member in self.named]

    def _wish(self, member: MemberForm) -> Wish:
        role = self.role_of(member)
        assert role is not None  # noqa: S101  # the form has checked it
        return Wish(
            person=member.person(email=self.address_of(member), locale=self.locale.data),
            role=role,
            alliance_id=self.alliance_id,
            idempotency_key=self.key_of(member),
        )

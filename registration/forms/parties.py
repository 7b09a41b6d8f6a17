"""The form by which several people register who come together or not at all."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, ValidationError
from wtforms.validators import Optional

from registration import languages
from registration.forms.choices import Choice, ChoiceField, ConsentField
from registration.forms.people import NOT_LISTED, KeyedForm, locales, salutations
from registration.forms.registrations import choices_of
from registration.forms.text import Address, Name, Plain, Required, TextField
from registration.models.events import AddressPolicy, Promotion
from registration.models.registrations import Salutation
from registration.models.roles import Role
from registration.services.events import Prospectus
from registration.services.registrations import Person, Wish

LEAST, MOST = 2, 10
"""How many people a party has."""


class MemberForm(Form):
    """One person of a party; the fields' names begin with ``p1-``, ``p2-`` and so on."""

    salutation = ChoiceField(_l("Salutation"), default=Salutation.NEUTRAL, unknown=NOT_LISTED)
    title = TextField(_l("Academic title"), [Plain(60)], default="")
    given_name = TextField(
        _l("Given name"), [Required(_l("Please enter the given name.")), Name(80)], default=""
    )
    family_name = TextField(
        _l("Family name"), [Required(_l("Please enter the family name.")), Name(80)], default=""
    )
    role = ChoiceField(
        _l("Comes as"),
        [Required(_l("Please choose what this person comes as."))],
        default="",
        unknown=_l("Please choose one of the roles that are offered."),
    )
    email = TextField(_l("Own mail address"), [Optional(), Address(254)], default="")

    def __init__(self, formdata: Any, *, number: int) -> None:
        super().__init__(formdata, prefix=f"p{number}-")
        self.number = number
        for field in self:
            field.whose = _("Person %(number)s", number=number)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        typed = (self.title, self.given_name, self.family_name, self.email, self.role)
        return not any(field.data for field in typed)


class PartyForm(KeyedForm):
    """One contact, and the people who come together; in the page's order."""

    people = TextField("", default="")
    email = TextField(
        _l("Mail address"),
        [Required(_l("Please enter your mail address.")), Address(254)],
        default="",
    )
    locale = ChoiceField(
        _l("Language of our mails"),
        [Required(_l("Please choose German or English."))],
        default=languages.current,
        unknown=_l("Please choose German or English."),
    )
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
        super().__init__(formdata=formdata, **kwargs)
        self.prospectus = prospectus
        self.members = [MemberForm(formdata, number=each + 1) for each in range(self._size())]
        self._offer()

    def _size(self) -> int:
        asked = self.people.data
        size = int(asked) if len(asked) <= len(str(MOST)) and asked.isdecimal() else LEAST
        return min(max(size, LEAST), MOST)

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

    @property
    def may_grow(self) -> bool:
        """Whether one more person fits into the form."""
        return len(self.members) < MOST

    def grow(self) -> None:
        """Make room for one more person."""
        if self.may_grow:
            self.members.append(MemberForm(None, number=len(self.members) + 1))
            self._offer()

    @property
    def all_fields(self) -> Iterator[Field]:
        """All fields in the page's order, which is the errors' order."""
        yield from (self.email, self.locale, self.alliance)
        for member in self.members:
            yield from member
        yield from (self.wait, self.privacy_consent)

    @property
    def named(self) -> Sequence[MemberForm]:
        """The people that count: rows beyond the least number may be left empty."""
        return [each for each in self.members if each.number <= LEAST or not each.is_blank]

    def follow_language(self, left: str) -> None:
        """Have mails in the page's new language, unless another than the old one was chosen."""
        if self.locale.data == left:
            self.locale.data = languages.current()

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the contact and each person, and that they fit together."""
        checked = [super().validate(extra_validators)]
        checked += [member.validate() for member in self.named]
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

    def address_of(self, member: MemberForm) -> str:
        """Return where the mail of this person goes."""
        return str(member.email.data or self.email.data)

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
            person=Person(
                salutation=Salutation(member.salutation.data or Salutation.NEUTRAL),
                title=member.title.data,
                given_name=member.given_name.data,
                family_name=member.family_name.data,
                email=self.address_of(member),
                locale=self.locale.data,
            ),
            role=role,
            alliance_id=self.alliance_id,
            idempotency_key=digest(self.idempotency_key.data, str(member.number)),
        )


def digest(*parts: str) -> str:
    """Return 64 letters and digits that stand for these parts and no others."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()

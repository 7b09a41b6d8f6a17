"""Several people in one form, who come together or not at all."""

import hashlib
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form
from wtforms.validators import Optional

from registration.forms.choices import ChoiceField
from registration.forms.people import NOT_LISTED, KeyedForm
from registration.forms.text import Address, Name, Plain, Required, TextField
from registration.models.registrations import Salutation
from registration.services.registrations import Person

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

    def person(self, *, email: str, locale: str, organisation: str = "") -> Person:
        """Return who this is, once `validate` has agreed, with what is said for all of them."""
        return Person(
            salutation=Salutation(self.salutation.data or Salutation.NEUTRAL),
            title=self.title.data,
            given_name=self.given_name.data,
            family_name=self.family_name.data,
            email=email,
            organisation=organisation,
            locale=locale,
        )


class MembersForm(KeyedForm):
    """Those who come together, and what is said for all of them."""

    people = TextField("", default="")
    email: TextField

    def __init__(self, formdata: Any, **kwargs: Any) -> None:
        super().__init__(formdata=formdata, **kwargs)
        self.members = [MemberForm(formdata, number=each + 1) for each in range(self._size())]

    def _size(self) -> int:
        asked = self.people.data
        size = int(asked) if len(asked) <= len(str(MOST)) and asked.isdecimal() else LEAST
        return min(max(size, LEAST), MOST)

    @property
    def may_grow(self) -> bool:
        """Whether one more person fits into the form."""
        return len(self.members) < MOST

    def grow(self) -> None:
        """Make room for one more person."""
        if self.may_grow:
            self.members.append(MemberForm(None, number=len(self.members) + 1))

    @property
    def named(self) -> Sequence[MemberForm]:
        """The people that count: rows beyond the least number may be left empty."""
        return [each for each in self.members if each.number <= LEAST or not each.is_blank]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what is said for all of them, and each person."""
        checked = [bool(super().validate(extra_validators))]
        checked += [bool(member.validate()) for member in self.named]
        return all(checked)

    def address_of(self, member: MemberForm) -> str:
        """Return where the mail of this person goes."""
        return str(member.email.data or self.email.data)

    def key_of(self, member: MemberForm) -> str:
        """Return this person's key, made of the form's: so the form sent twice is one party."""
        return digest(self.idempotency_key.data, str(member.number))


def digest(*parts: str) -> str:
    """Return 64 letters and digits that stand for these parts and no others."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()

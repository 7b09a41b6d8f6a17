"""What a coordinator enters about people of their alliance, on their behalf.

Food, support and photos are left to the person: the link in their mail asks for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field

from registration import languages
from registration.forms.choices import Choice, ChoiceField
from registration.forms.members import MembersForm
from registration.forms.people import NOT_LISTED, locales, salutations
from registration.forms.registrations import CorrectionForm, RegistrationForm, told_by
from registration.forms.rosters import ASKED, FORMATS
from registration.forms.text import Address, Plain, Required, TextField
from registration.models.registrations import Registration, Source
from registration.models.roles import Coordination, Role, RoleAccess
from registration.services.events import Prospectus
from registration.services.registrations import Wish

LEFT_TO_THE_PERSON = ("diet", "support_needs", "photo_consent")
CAME_THEMSELVES = frozenset({Source.FORM, Source.INVITATION})

GIVEN_NAME_ASKED = _l("Please enter the given name.")
FAMILY_NAME_ASKED = _l("Please enter the family name.")
ADDRESS_ASKED = _l("Please enter the mail address that the badge goes to.")
ROLE_ASKED = _l("Please choose one of the roles that are offered.")


def nominated_roles(prospectus: Prospectus) -> Sequence[Role]:
    """Return the roles that coordinators name their people for."""
    return [role for role in prospectus.roles if role.coordination == Coordination.NOMINATE]


def roles_with_room(prospectus: Prospectus, room: Mapping[int, str]) -> Sequence[Choice]:
    """Return the roles to nominate for, each with what ``room`` says by its id."""
    return [
        Choice(role.code, languages.in_language(role.title), room.get(role.id, ""))
        for role in nominated_roles(prospectus)
    ]


def _speak_of_another(form: RegistrationForm) -> None:
    """Ask for somebody else's name and address, not for the reader's own."""
    asked = {
        "given_name": GIVEN_NAME_ASKED,
        "family_name": FAMILY_NAME_ASKED,
        "email": ADDRESS_ASKED,
        "role": ROLE_ASKED,
    }
    for name in asked.keys() & form._fields.keys():
        form[name].validators = [
            Required(asked[name]) if isinstance(each, Required) else each
            for each in form[name].validators
        ]


class NominationForm(RegistrationForm):
    """One person of the alliance, named on their behalf."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for settled in ("alliance", "privacy_consent"):
            del self[settled]
        for name in LEFT_TO_THE_PERSON:
            self[name].data = ""
        self.role.label.text = _("Role")
        _speak_of_another(self)

    def offer_roles(self, prospectus: Prospectus, room: Mapping[int, str]) -> None:
        """Fill the lists; of the roles only those to nominate for, with what room they have."""
        self.offer(prospectus)
        self.role.choices = roles_with_room(prospectus, room)

    def wishes(self, prospectus: Prospectus, alliance_id: int) -> Sequence[Wish]:
        """Return what is asked for this person, once `validate` has agreed."""
        return [
            Wish(
                person=self.person(),
                role=role_of(prospectus, self.role.data),
                alliance_id=alliance_id,
                idempotency_key=self.idempotency_key.data,
            )
        ]


def settled_for(registration: Registration) -> frozenset[str]:
    """Return the fields of a person that are not the coordinator's to change.

    An address to which somebody registered stays theirs, since the link in their mails shows what
    only the organisers read. A name that the organisers let in does not become another's.
    """
    settled = set(LEFT_TO_THE_PERSON)
    if registration.source in CAME_THEMSELVES:
        settled.add("email")
    if any(_is_the_organisers(role) for role in registration.roles):
        settled |= {"given_name", "family_name", "badge_name"}
    return frozenset(settled)


def _is_the_organisers(role: Role) -> bool:
    return role.access != RoleAccess.OPEN and role.coordination == Coordination.NONE


class TheirCorrectionForm(CorrectionForm):
    """Corrects what is a coordinator's to change; the rest stays, whatever is sent."""

    def __init__(self, registration: Registration, *args: Any, **kwargs: Any) -> None:
        told = told_by(registration)
        super().__init__(*args, data=told, **kwargs)
        self.settled = settled_for(registration)
        for name in self.settled:
            self[name].data = told[name]
        _speak_of_another(self)


class SuccessorForm(RegistrationForm):
    """The person who takes over another's place: its roles and its alliance stay."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for settled in ("role", "alliance", "privacy_consent"):
            del self[settled]
        for name in LEFT_TO_THE_PERSON:
            self[name].data = ""
        _speak_of_another(self)


class TogetherForm(MembersForm):
    """Several people who come together or not at all; in the page's order."""

    email = TextField(
        _l("Mail address for all of them"), [Required(ADDRESS_ASKED), Address(254)], default=""
    )
    locale = ChoiceField(
        _l("Language of our mails"),
        [Required(NOT_LISTED)],
        default=languages.current,
        unknown=NOT_LISTED,
    )
    organisation = TextField(_l("Organisation"), [Plain(160)], default="")

    def offer_roles(self, prospectus: Prospectus, room: Mapping[int, str]) -> None:
        """Fill the lists; of the roles only those to nominate for, with what room they have."""
        self.locale.choices = locales()
        roles = [
            Choice(each.code, f"{each.title} ({each.more})" if each.more else each.title)
            for each in roles_with_room(prospectus, room)
        ]
        for member in self.members:
            member.salutation.choices = salutations()
            member.role.choices = [Choice("", _("Please choose")), *roles]

    @property
    def all_fields(self) -> Iterator[Field]:
        """All fields in the page's order, which is the errors' order."""
        for member in self.members:
            yield from member
        yield from (self.email, self.locale, self.organisation)

    def wishes(self, prospectus: Prospectus, alliance_id: int) -> Sequence[Wish]:
        """Return what is asked for each, once `validate` has agreed.

        Each has a key made of the form's, so that the form sent twice is one party.
        """
        return [
            Wish(
                person=member.person(
                    email=self.address_of(member),
                    locale=self.locale.data,
                    organisation=self.organisation.data,
                ),
                role=role_of(prospectus, member.role.data),
                alliance_id=alliance_id,
                idempotency_key=self.key_of(member),
            )
            for member in self.named
        ]


def role_of(prospectus: Prospectus, code: str) -> Role:
    """Return the role that a form, which has checked it, names."""
    role = prospectus.find_role(code)
    assert role is not None  # noqa: S101  # the form has checked it
    return role


class DownloadForm(FlaskForm):
    """As which file the delegation's list is wanted."""

    format = ChoiceField(_l("Format"), [Required(ASKED)], default="xlsx", unknown=ASKED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.format.choices = FORMATS

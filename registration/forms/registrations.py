"""The registration form, and the smaller one that corrects a registration."""

import uuid
from collections.abc import Mapping, Sequence, Set
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, ValidationError

from registration import languages
from registration.forms.choices import Choice, ChoiceField, ConsentField
from registration.forms.people import NOT_LISTED, PersonForm, locales, salutations
from registration.forms.questions import QuestionsForm
from registration.forms.text import Name, Plain, Required, TextField
from registration.models.events import Promotion
from registration.models.registrations import MOST_SUPPORT_NEEDS, Diet, Registration, Salutation
from registration.models.roles import Coordination, Role, RoleAccess
from registration.services.events import Prospectus
from registration.services.registrations import Person, Wish

PHOTO_ANSWERS = {"yes": True, "no": False}

FOR_THE_BADGE = ("badge_name", "badge_organisation", "pronouns", "languages")
"""What a badge shows where a person says so; nothing else hangs on it."""

Choices = Mapping[str, Sequence[Choice]]
"""What each list of a form offers, by the name of its field."""

_choices: dict[tuple[uuid.UUID, str], tuple[int, Choices]] = {}


def choices_of(prospectus: Prospectus) -> Choices:
    """Return what the event's form offers in the present language; made once for each revision."""
    event = prospectus.event
    place = (event.id, languages.current())
    revision, choices = _choices.get(place, (0, {}))
    if revision != event.revision:
        choices = _make_choices(prospectus)
        _choices[place] = (event.revision, choices)
    return choices


def _make_choices(prospectus: Prospectus) -> Choices:
    title = languages.in_language
    return {
        "salutation": salutations(),
        "locale": locales(),
        "sector": (
            Choice("", _("Not stated")),
            *(Choice(each.code, title(each.title)) for each in prospectus.sectors),
        ),
        "role": tuple(
            Choice(each.code, title(each.title), _about(each)) for each in prospectus.public_roles
        ),
        "alliance": (
            Choice("", _("No alliance")),
            *(Choice(each.code, each.name) for each in prospectus.alliances),
        ),
        "theme": (
            Choice("", _("No preference")),
            *(Choice(each.code, title(each.title)) for each in prospectus.themes),
        ),
        "diet": _diets(),
        "photo_consent": (
            Choice("yes", _("Yes, I may be photographed")),
            Choice("no", _("No, please do not photograph me")),
            Choice("", _("I do not answer this now"), _("We take this as a no.")),
        ),
    }


def _about(role: Role) -> str:
    told = []
    if role.needs_alliance:
        told.append(_("For people who come for an alliance."))
    if role.access == RoleAccess.APPROVAL and role.coordination == Coordination.APPROVE:
        told.append(_("Your alliance or the organisers decide on each request; you get a mail."))
    elif role.access == RoleAccess.APPROVAL:
        told.append(_("The organisers decide on each request and write to you."))
    return " ".join(told)


def _taken(prospectus: Prospectus) -> str:
    taken = str(_("All places are taken at the moment."))
    if prospectus.event.promotion == Promotion.NONE:
        return taken
    return f"{taken} {_('You can join the waiting list.')}"


def _diets() -> Sequence[Choice]:
    return (
        Choice(Diet.ANY, _("Everything")),
        Choice(Diet.VEGETARIAN, _("Vegetarian")),
        Choice(Diet.VEGAN, _("Vegan")),
        Choice(Diet.HALAL, _("Halal")),
        Choice(Diet.KOSHER, _("Kosher")),
        Choice(Diet.OTHER, _("Something else; I say so below")),
    )


class RegistrationForm(QuestionsForm, PersonForm):
    """What a person tells when registering; in the page's order, which is the errors' order."""

    organisation = TextField(_l("Organisation"), [Plain(160)], default="")
    position = TextField(_l("Position"), [Plain(120)], default="")
    sector = ChoiceField(_l("Sector"), default="", unknown=NOT_LISTED)
    badge_name = TextField(_l("Name on the badge"), [Name(160)], default="")
    badge_organisation = TextField(_l("Organisation on the badge"), [Plain(160)], default="")
    pronouns = TextField(_l("Pronouns"), [Plain(40)], default="")
    languages = TextField(_l("Languages that you speak"), [Plain(80)], default="")
    role = ChoiceField(
        _l("I come as"),
        [Required(_l("Please choose what you come as."))],
        default="",
        unknown=_l("Please choose one of the roles that are offered."),
    )
    alliance = ChoiceField(
        _l("Alliance"), default="", unknown=_l("Please choose an alliance from the list.")
    )
    theme = ChoiceField(_l("Theme"), default="", unknown=NOT_LISTED)
    diet = ChoiceField(_l("Food"), default=Diet.ANY, unknown=NOT_LISTED)
    support_needs = TextField(
        _l("Support that you need"), [Plain(MOST_SUPPORT_NEEDS, lines=True)], default=""
    )
    photo_consent = ChoiceField(_l("Photos"), default="", unknown=NOT_LISTED)
    privacy_consent = ConsentField(
        _l("I agree that my data is used as described here"),
        [Required(_l("Please tick that you agree to the use of your data."))],
        default=False,
    )

    def offer(self, prospectus: Prospectus, *, full_roles: Set[int] = frozenset()) -> None:
        """Fill the lists with what the event offers; say at a role that is full what then."""
        self.prospectus = prospectus
        for name, choices in choices_of(prospectus).items():
            if name in self._fields:
                self._fields[name].choices = choices
        if full_roles:
            full = {role.code for role in prospectus.roles if role.id in full_roles}
            taken = _taken(prospectus)
            self.role.choices = [
                each._replace(more=f"{taken} {each.more}") if each.code in full else each
                for each in self.role.choices
            ]

    def validate_alliance(self, field: Field) -> None:
        """Say it at the alliance when the role chosen needs one; WTForms calls this.

        Raises:
            ValidationError: it does, and none is chosen.
        """
        role = self.prospectus.find_role(self.role.data)
        if role is not None and role.needs_alliance and not field.data and not self.role.errors:
            raise ValidationError(
                _(
                    "“%(role)s” is for people who come for an alliance. Please choose yours.",
                    role=languages.in_language(role.title),
                )
            )

    def wish(self) -> Wish:
        """Return what the person asks for, once `validate` has agreed."""
        role = self.prospectus.find_role(self.role.data)
        alliance = self.prospectus.find_alliance(self.alliance.data)
        assert role is not None  # noqa: S101  # the form has checked it
        return Wish(
            person=self.person(),
            role=role,
            alliance_id=alliance.id if alliance else None,
            idempotency_key=self.idempotency_key.data,
        )

    def person(self) -> Person:
        """Return what the person told, once `validate` has agreed."""
        sector = self.prospectus.find_sector(self.sector.data)
        theme = self.prospectus.find_theme(self.theme.data)
        return Person(
            salutation=Salutation(self.salutation.data or Salutation.NEUTRAL),
            title=self.title.data,
            given_name=self.given_name.data,
            family_name=self.family_name.data,
            email=self.email.data,
            organisation=self.organisation.data,
            position=self.position.data,
            sector_id=sector.id if sector else None,
            theme_id=theme.id if theme else None,
            locale=self.locale.data,
            diet=Diet(self.diet.data or Diet.ANY),
            support_needs=self.support_needs.data,
            photo_consent=PHOTO_ANSWERS.get(self.photo_consent.data),
            **{name: self[name].data for name in FOR_THE_BADGE},
        )


class CorrectionForm(RegistrationForm):
    """The same, without what is settled: places hang on alliance and role."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for settled in ("idempotency_key", "role", "alliance", "privacy_consent"):
            del self[settled]


def told_by(registration: Registration) -> dict[str, str]:
    """Return a registration's own words as the fields of a `CorrectionForm` hold them."""
    answers = {True: "yes", False: "no", None: ""}
    return {
        "salutation": registration.salutation,
        "title": registration.title,
        "given_name": registration.given_name,
        "family_name": registration.family_name,
        "email": registration.email,
        "locale": registration.locale,
        "organisation": registration.organisation,
        "position": registration.position,
        "sector": registration.sector.code if registration.sector else "",
        "theme": registration.theme.code if registration.theme else "",
        "diet": registration.diet,
        "support_needs": registration.support_needs,
        "photo_consent": answers[registration.photo_consent],
        **{name: getattr(registration, name) for name in FOR_THE_BADGE},
    }

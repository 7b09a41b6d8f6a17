"""A person in a form: their name, their address, and the key that makes one form one person."""

import re
import uuid

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from registration import languages
from registration.forms.choices import Choice, ChoiceField
from registration.forms.text import Address, Name, Plain, Required, TextField
from registration.models.registrations import Salutation
from registration.services.registrations import Person

KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
NOT_LISTED = _l("Please choose one of the answers that the list offers.")


def salutations() -> tuple[Choice, ...]:
    """Return how a person may be addressed, in the present language."""
    return (
        Choice(Salutation.NEUTRAL, _("By name only")),
        Choice(Salutation.MS, _("Ms")),
        Choice(Salutation.MR, _("Mr")),
    )


class KeyedForm(FlaskForm):
    """A form that is one thing however often it is sent."""

    idempotency_key = TextField("", default="")

    @property
    def is_stale(self) -> bool:
        """Whether the form was sent from a page that this browser session does not know."""
        return bool(self.csrf_token.errors)

    def keep_key(self) -> bool:
        """Make sure that the form has a key; return False if the one sent could not be kept."""
        sent = self.idempotency_key.data
        if KEY.fullmatch(sent):
            return True
        self.renew_key()
        return not sent

    def renew_key(self) -> None:
        """Give the form a new key: what is sent with it is another registration."""
        self.idempotency_key.data = uuid.uuid4().hex


class Named:
    """How a person is called: what a form asks for first."""

    salutation = ChoiceField(_l("Salutation"), default=Salutation.NEUTRAL, unknown=NOT_LISTED)
    title = TextField(_l("Academic title"), [Plain(60)], default="")
    given_name = TextField(
        _l("Given name"), [Required(_l("Please enter your given name.")), Name(80)], default=""
    )
    family_name = TextField(
        _l("Family name"), [Required(_l("Please enter your family name.")), Name(80)], default=""
    )


class ContactForm(KeyedForm):
    """Where our mail reaches somebody."""

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

    def follow_language(self, left: str) -> None:
        """Have mails in the page's new language, unless another than the old one was chosen."""
        if self.locale.data == left:
            self.locale.data = languages.current()


class PersonForm(Named, ContactForm):
    """Who a person is, and where our mail reaches them."""


class TransferForm(PersonForm):
    """The colleague who comes in one's place."""

    def offer(self) -> None:
        """Fill the lists."""
        self.salutation.choices = salutations()
        self.locale.choices = locales()

    def person(self) -> Person:
        """Return the colleague, once `validate` has agreed; the rest they tell themself."""
        return Person(
            salutation=Salutation(self.salutation.data or Salutation.NEUTRAL),
            title=self.title.data,
            given_name=self.given_name.data,
            family_name=self.family_name.data,
            email=self.email.data,
            locale=self.locale.data,
        )


def locales() -> tuple[Choice, ...]:
    """Return the languages that our mails speak."""
    return tuple(Choice(code, name) for code, name in languages.LANGUAGES.items())

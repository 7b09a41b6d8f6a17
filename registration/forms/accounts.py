"""Sign in, choose a password, ask for another, and invite coordinators."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Optional

from registration.forms.choices import Choice, ChoiceField
from registration.forms.text import Address, Plain, Required, TextField
from registration.languages import DEFAULT, LANGUAGES
from registration.services.accounts import LEAST_PASSWORD, MOST_PASSWORD

MOST_EMAIL = 254
MOST_NAME = 160

REASONS = {
    "email": _l("Please enter an address like name@example.org; mail goes there."),
    "other_role": _l("This address belongs to an organiser or to staff. Please enter another one."),
    "known": _l("This address coordinates the alliance already. You can mail it once more below."),
    "disabled": _l("The account of this address has been closed. Please enter another one."),
}
"""Why a service did not take an address, in words."""


class SignInForm(FlaskForm):
    """Address and password; whether they belong together is the service's to say."""

    email = StringField(
        _l("E-mail address"),
        [InputRequired(_l("Enter your e-mail address.")), Length(max=MOST_EMAIL)],
        render_kw={"type": "email", "autocomplete": "username", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Enter your password.")), Length(max=MOST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )


class WelcomeForm(FlaskForm):
    """A password that somebody chooses, twice."""

    password = PasswordField(
        _l("Password"),
        [
            InputRequired(_l("Choose a password.")),
            Length(
                LEAST_PASSWORD,
                MOST_PASSWORD,
                _l("Please use at least %(least)s characters.", least=LEAST_PASSWORD),
            ),
        ],
    )
    again = PasswordField(
        _l("The password once more"),
        [
            InputRequired(_l("Enter the password once more.")),
            EqualTo("password", _l("The two passwords differ. Please enter both again.")),
        ],
    )


class ForgottenForm(FlaskForm):
    """The address of somebody who forgot the password."""

    email = TextField(
        _l("E-mail address"), [Required(_l("Enter your e-mail address.")), Address(MOST_EMAIL)]
    )


class CoordinatorForm(FlaskForm):
    """Whom to invite to coordinate an alliance."""

    email = TextField(
        _l("E-mail address"), [Required(_l("Enter the e-mail address.")), Address(MOST_EMAIL)]
    )
    name = TextField(_l("Name"), [Plain(MOST_NAME)])
    locale = ChoiceField(
        _l("Language of the mail"),
        default=DEFAULT,
        unknown=_l("Please choose one of the answers that the list offers."),
    )


class OfficeForm(FlaskForm):
    """Where mail about people goes whom a coordinator names without an address of their own."""

    office_email = TextField(_l("Office address"), [Optional(), Address(MOST_EMAIL)])


def languages() -> tuple[Choice, ...]:
    """Return the languages of our mails, each in its own words."""
    return tuple(Choice(code, name) for code, name in LANGUAGES.items())


def refuse(field: Field, reason: str) -> None:
    """Say at a field why a service did not take its text."""
    field.errors = [REASONS.get(reason, REASONS["email"])]

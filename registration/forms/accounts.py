"""Sign in to the console."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from registration.services.accounts import MOST_PASSWORD


class SignInForm(FlaskForm):
    """Address and password; whether they belong together is the service's to say."""

    email = StringField(
        _l("E-mail address"),
        [InputRequired(_l("Enter your e-mail address.")), Length(max=254)],
        render_kw={"type": "email", "autocomplete": "username", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Enter your password.")), Length(max=MOST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )

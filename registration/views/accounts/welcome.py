"""Choose a password by a link from a mail, and ask for such a mail."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from registration.database import transaction
from registration.errors import LinkUsedUp, NotFound
from registration.forms.accounts import ForgottenForm, WelcomeForm
from registration.models.accounts import Account
from registration.queue import nudge
from registration.services import accounts
from registration.views.accounts.sessions import begin
from registration.views.accounts.signing_in import start_of
from registration.views.accounts.surface import furnish
from registration.views.limits import limiter, sign_in_rate

blueprint = Blueprint("welcome", __name__)
furnish(blueprint)


@blueprint.after_request
def keep_out_of_search(response: Response) -> Response:
    """Ask search engines to forget the page: its address is its key."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.route("/coordinate/welcome/<token>", methods=["GET", "POST"])
@limiter.limit(sign_in_rate, methods=["POST"])
def choose(token: str) -> ResponseReturnValue:
    """Let whoever was invited, or forgot, choose a password; then they are signed in."""
    try:
        account = accounts.get_by_welcome(token)
        form = WelcomeForm()
        if not form.validate_on_submit():
            page = _ask(form, account)
            return page, 422 if form.errors else 200
        return _begin(token, form.password.data or "")
    except (LinkUsedUp, NotFound) as error:
        is_ours = isinstance(error, LinkUsedUp)
        page = render_template(
            "accounts/link-over.html", is_ours=is_ours, days=accounts.WELCOME_LASTS.days
        )
        return page, 410 if is_ours else 404


def _ask(form: WelcomeForm, account: Account) -> str:
    return render_template(
        "accounts/welcome.html", form=form, invited=account, least=accounts.LEAST_PASSWORD
    )


def _begin(token: str, password: str) -> Response:
    """Keep the password, and sign in; hashing it is slow, so no transaction waits for that."""
    password_hash = accounts.hash_password(password)
    with transaction():
        verified = accounts.choose_password(token, password_hash)
        session_token = accounts.open_session(verified)
    return begin(session_token, start_of(verified.role))


@blueprint.route("/organise/forgotten", methods=["GET", "POST"])
@limiter.limit(sign_in_rate, methods=["POST"])
def forgotten() -> ResponseReturnValue:
    """Send a link to choose another password; nobody is told whether the address has an account."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        page = render_template("accounts/forgotten.html", form=form, sent=False)
        return page, 422 if form.errors else 200
    with transaction():
        accounts.ask_for_password(form.email.data)
    nudge("deliveries.send_due")
    return render_template("accounts/forgotten.html", form=form, sent=True)

"""The start of the console, and the pages to sign in and out."""

import re

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import SignInFailed
from registration.forms.accounts import SignInForm
from registration.models.accounts import Account, AccountRole
from registration.services import accounts
from registration.views.accounts.access import sign_in_required
from registration.views.accounts.sessions import COOKIE, begin, signed_in
from registration.views.accounts.surface import furnish
from registration.views.limits import limiter, sign_in_rate

SAME_SITE = re.compile(r"/(?:[A-Za-z0-9_~][!-\[\]-~]*)?")
"""A path of this server in printable ASCII: no //host, no backslash, no control characters."""

DELEGATIONS = "/coordinate/"
"""Where a coordinator begins."""

blueprint = Blueprint("accounts", __name__, url_prefix="/organise")
furnish(blueprint)


@blueprint.get("/")
@sign_in_required(AccountRole.ORGANISER, AccountRole.STAFF)
def home() -> ResponseReturnValue:
    """Show the events, or go to the only one."""
    found = accounts.events_of(signed_in() or Account())
    organises = (signed_in() or Account()).role == AccountRole.ORGANISER
    endpoint = "overview.show" if organises else "arrivals.show"
    if len(found) == 1:
        return redirect(url_for(endpoint, slug=found[0].slug))
    return render_template("console/events.html", events=found, endpoint=endpoint)


def target(role: str) -> str:
    """Return where to go after signing in: a path of this server, else where the role begins."""
    wanted, start = request.args.get("next", ""), start_of(role)
    may_go = role != AccountRole.COORDINATOR or wanted.startswith(start)
    return wanted if may_go and SAME_SITE.fullmatch(wanted) else start


def start_of(role: str) -> str:
    """Return where somebody of this role begins."""
    return DELEGATIONS if role == AccountRole.COORDINATOR else url_for("accounts.home")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(sign_in_rate, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for address and password; a right pair opens a new session."""
    form = SignInForm()
    account = signed_in()
    if request.method == "GET":
        return redirect(target(account.role)) if account else _sign_in_page(form)
    if not form.validate():
        return _sign_in_page(form), 422
    try:
        verified = accounts.verify(form.email.data or "", form.password.data or "")
        with transaction():
            accounts.sign_out(request.cookies.get(COOKIE, ""))
            token = accounts.open_session(verified)
    except SignInFailed:
        failed = _("Address and password do not match. Please check both and try again.")
        return _sign_in_page(form, failed), 403
    return begin(token, target(verified.role))


def _sign_in_page(form: SignInForm, failed: str = "") -> str:
    return render_template("accounts/sign-in.html", form=form, failed=failed)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session; signing out twice is no error."""
    with transaction():
        accounts.sign_out(request.cookies.get(COOKIE, ""))
    session.clear()
    response = redirect(url_for("accounts.sign_in"), 303)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
    return response

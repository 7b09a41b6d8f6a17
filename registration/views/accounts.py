"""Signing in and out, and who may see which page of the console or of a delegation."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, cast
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import (
    Blueprint,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import languages
from registration.database import db, transaction
from registration.errors import Forbidden, NotFound, SignInFailed, SignInRequired
from registration.forms.accounts import SignInForm
from registration.models.accounts import Account, AccountRole
from registration.models.alliances import Alliance
from registration.services import accounts, events
from registration.views.limits import limiter, sign_in_rate

Params = ParamSpec("Params")

COOKIE = "einlass_session"
DENSITY_COOKIE = "density"
DENSITIES = ("comfortable", "compact")
KNOWN = "einlass.account"
"""Where a request keeps whom it comes from, once that has been looked up."""
DELEGATION = "einlass.delegation"

DELEGATIONS = "/coordinate/"
"""Where a coordinator begins."""

SAME_SITE = re.compile(r"/(?:[A-Za-z0-9_~][!-\[\]-~]*)?")
"""A path of this server in printable ASCII: no //host, no backslash, no control characters."""

blueprint = Blueprint("accounts", __name__, url_prefix="/organise")


def signed_in() -> Account | None:
    """Return the account that this request comes from, detached from the database session."""
    if KNOWN not in request.environ:
        token = request.cookies.get(COOKIE, "")
        request.environ[KNOWN] = _account_of(token) if token else None
    return cast("Account | None", request.environ[KNOWN])


def _account_of(token: str) -> Account | None:
    found = accounts.find_session(token)
    if found is None:
        return None
    account, due = found.account, accounts.is_due(found)
    db.session.expunge(account)
    if due:
        with transaction():
            accounts.see(token)
    return account


def actor() -> str:
    """Return how the audit log names who is signed in."""
    account = signed_in()
    if account is None:
        raise SignInRequired
    return f"account:{account.id}"


def _admit(roles: tuple[AccountRole, ...]) -> ResponseReturnValue | None:
    """Send strangers to the sign-in page; refuse accounts without one of the roles."""
    account = signed_in()
    if account is None:
        if request.args.get("fragment"):
            raise SignInRequired
        read = request.method in {"GET", "HEAD"}
        wanted = request.full_path.rstrip("?") if read else url_for("accounts.home")
        return redirect(url_for("accounts.sign_in", next=wanted), 303)
    if account.role not in roles:
        raise Forbidden
    return None


def sign_in_required(
    *roles: AccountRole,
) -> Callable[[Callable[Params, ResponseReturnValue]], Callable[Params, ResponseReturnValue]]:
    """Let only accounts with one of these roles into a view."""

    def decorate(
        view: Callable[Params, ResponseReturnValue],
    ) -> Callable[Params, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: Params.args, **kwargs: Params.kwargs) -> ResponseReturnValue:
            refusal = _admit(roles)
            return view(*args, **kwargs) if refusal is None else refusal

        return guarded

    return decorate


def guard(guarded: Blueprint, *roles: AccountRole) -> None:
    """Make a blueprint a part of the console that only these roles may see.

    The ``slug`` of an address names an event; to an account that does not answer for it, it is not
    there.
    """

    @guarded.before_request
    def admit() -> ResponseReturnValue | None:
        refusal = _admit(roles)
        slug = (request.view_args or {}).get("slug")
        if refusal is None and slug is not None:
            _check_event(slug)
        return refusal

    furnish(guarded)


def _check_event(slug: str) -> None:
    event = events.get_prospectus(slug).event
    if not accounts.may_see_event(signed_in() or Account(), event.id):
        raise NotFound(noun="event", name=slug)


@dataclass(frozen=True)
class Delegation:
    """An alliance at an event, and who has signed in to see to it."""

    prospectus: events.Prospectus
    alliance: Alliance
    account: Account


def guard_delegation(guarded: Blueprint) -> None:
    """Make a blueprint the pages of one alliance, under ``/coordinate/<slug>/<code>/``.

    They are for its coordinators and for the event's organisers; to any other account, they are
    not there. Inside, `delegation` says whose page it is.
    """

    @guarded.before_request
    def admit() -> ResponseReturnValue | None:
        refusal = _admit(tuple(AccountRole))
        if refusal is None:
            request.environ[DELEGATION] = _find_delegation(**(request.view_args or {}))
        return refusal

    furnish(guarded)


def _find_delegation(*, slug: str, code: str, **_rest: object) -> Delegation:
    account = signed_in() or Account()
    prospectus = events.get_prospectus(slug)
    alliance = prospectus.find_alliance(code)
    own = {each.id for each in accounts.alliances_of(account, prospectus.event.id)}
    if alliance is None or alliance.id not in own:
        raise NotFound(noun="alliance", name=code)
    return Delegation(prospectus, alliance, account)


def delegation() -> Delegation:
    """Return the delegation whose page this is; only behind `guard_delegation`."""
    return cast(Delegation, request.environ[DELEGATION])


def furnish(part: Blueprint) -> None:
    """Give a blueprint's templates what the console's layout needs."""
    part.context_processor(_context)
    part.after_request(_keep_density)


def _context() -> dict[str, Any]:
    return {
        "account": signed_in(),
        "is_organiser": (signed_in() or Account()).role == AccountRole.ORGANISER,
        "density": density(),
        "url_with": url_with,
        "short_moment": short_moment,
    }


def density() -> str:
    """Return how closely the reader wants rows to stand: ``comfortable`` or ``compact``."""
    for chosen in (request.args.get("density"), request.cookies.get(DENSITY_COOKIE)):
        if chosen in DENSITIES:
            return chosen
    return DENSITIES[0]


def _keep_density(response: Response) -> Response:
    chosen = request.args.get("density")
    if chosen in DENSITIES:
        response.set_cookie(
            DENSITY_COOKIE, chosen, max_age=365 * 86400, samesite="Lax", httponly=True
        )
    return response


def short_moment(at: datetime, zone: ZoneInfo) -> str:
    """Write date and time closely, for tables: "04.11.25, 09:30"."""
    pattern = "dd.MM.yy, HH:mm" if languages.current() == "de" else "d MMM yy, HH:mm"
    return format_datetime(at, pattern, tzinfo=zone, locale=languages.current())


def url_with(**changes: Any) -> str:
    """Return this page's address with some of its query changed; None removes a part."""
    kept = {name: value for name, value in request.args.items() if name not in {"fragment", "lang"}}
    query = {name: value for name, value in (kept | changes).items() if value is not None}
    return url_for(request.endpoint or "", **(request.view_args or {}), **query)


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
    wanted = request.args.get("next", "")
    may_go = SAME_SITE.fullmatch(wanted)
    if role == AccountRole.COORDINATOR:
        return wanted if may_go and wanted.startswith(DELEGATIONS) else DELEGATIONS
    return wanted if may_go else url_for("accounts.home")


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


def begin(token: str, place: str) -> Response:
    """Give the browser its session, and go on to this place."""
    session.clear()
    response = cast(Response, redirect(place, 303))
    response.set_cookie(
        COOKIE,
        token,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session; signing out twice is no error."""
    with transaction():
        accounts.sign_out(request.cookies.get(COOKIE, ""))
    session.clear()
    response = redirect(url_for("accounts.sign_in"), 303)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
    return response


furnish(blueprint)

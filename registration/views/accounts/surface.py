"""What every page for people who sign in has: who they are, and how closely rows stand."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import Blueprint, Response, request, url_for

from registration import languages
from registration.models.accounts import Account, AccountRole
from registration.views.accounts.sessions import signed_in

DENSITY_COOKIE = "density"
DENSITIES = ("comfortable", "compact")


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

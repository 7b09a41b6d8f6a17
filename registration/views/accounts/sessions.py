"""Who a request comes from: the session behind its cookie."""

from typing import cast

from flask import Response, current_app, redirect, request, session

from registration.database import db, transaction
from registration.errors import SignInRequired
from registration.models.accounts import Account
from registration.services import accounts

COOKIE = "einlass_session"
KNOWN = "einlass.account"
"""Where a request keeps whom it comes from, once that has been looked up."""


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

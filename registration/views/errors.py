"""Errors as people and scripts read them: one table from kind to status, one from code to text."""

from typing import Any, cast

import structlog
from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from registration.errors import (
    Conflict,
    EinlassError,
    Forbidden,
    Invalid,
    LinkExpired,
    LinkUsedUp,
    Malformed,
    NotFound,
    SignInRequired,
)

log = structlog.get_logger()

STATUS: dict[type[EinlassError], int] = {
    NotFound: 404,
    LinkExpired: 410,
    LinkUsedUp: 410,
    Forbidden: 403,
    SignInRequired: 401,
    Conflict: 409,
    Invalid: 422,
    Malformed: 400,
}

TEXTS: dict[str, tuple[Any, Any]] = {
    "error": (
        _l("Something went wrong on our side"),
        _l("Nothing that you entered has been stored halfway. Please try again in a moment."),
    ),
    "bad_request": (
        _l("We could not read this request"),
        _l("Please go back, load the page again and repeat what you did."),
    ),
    "form_too_old": (
        _l("This page was open for too long"),
        _l("For your safety nothing was done. Please go back, load the page again and repeat it."),
    ),
    "not_found": (
        _l("We have nothing at this address"),
        _l("Please check the address. If you followed a link from a mail, copy the whole link."),
    ),
    "link_expired": (
        _l("This link has expired"),
        _l(
            "The event has been over for some time. Please write to the organisers if you need "
            "your data."
        ),
    ),
    "link_used_up": (
        _l("This link has been used, or is too old"),
        _l("Please sign in with your password, or ask for another link on the page to sign in."),
    ),
    "method_not_allowed": (
        _l("This address does not do that"),
        _l("Please go back and use the buttons on the page."),
    ),
    "too_large": (
        _l("That was too much at once"),
        _l("Please send less, or split it into several parts."),
    ),
    "too_many_requests": (
        _l("Please wait a minute"),
        _l("There were many attempts from your network. Nothing is lost; try again in a minute."),
    ),
    "unsupported_media_type": (
        _l("This format is not understood here"),
        _l("Please send JSON, with the header Content-Type: application/json."),
    ),
    "forbidden": (
        _l("This is not for your account"),
        _l("Please sign in with an account that may do this, or ask the organisers."),
    ),
    "sign_in_required": (
        _l("Please sign in"),
        _l("This page is for people who have signed in, or for an enrolled device."),
    ),
    "sign_in_failed": (
        _l("Address and password do not match"),
        _l("Please check both and try again."),
    ),
    "device_revoked": (
        _l("This device has been revoked"),
        _l("Please ask the organisers for a new code and enrol the device again."),
    ),
    "conflict": (
        _l("This is not possible any more"),
        _l("Something has changed in the meantime. Please load the page again."),
    ),
    "quota_exhausted": (
        _l("All places are taken"),
        _l("No place is free for this choice of alliance and role."),
    ),
    "registration_closed": (
        _l("Registration is closed"),
        _l("This event does not take registrations at the moment."),
    ),
    "invitation_used_up": (
        _l("All places of this invitation are taken"),
        _l("Please write to whoever gave you the link, or to the organisers."),
    ),
    "invitation_closed": (
        _l("This invitation is not open any more"),
        _l("It was answered, has expired or was taken back. Please write to the organisers."),
    ),
    "event_not_begun": (
        _l("The event has not begun yet"),
        _l("Certificates of attendance can be issued once it has."),
    ),
    "changes_closed": (
        _l("Changes are closed"),
        _l("The time for changes is over. Please write to the organisers."),
    ),
    "transition_refused": (
        _l("This has been decided already"),
        _l("The registration has changed in the meantime. Please load the page again."),
    ),
    "offer_expired": (
        _l("The time for this offer is over"),
        _l("The place has gone to the next person. You can register again."),
    ),
    "generations_used_up": (
        _l("This badge cannot be issued anew"),
        _l("It has been issued 255 times. Please cancel the registration and make a new one."),
    ),
    "enrolment_refused": (
        _l("This code does not work"),
        _l("It was used already, is too old, or was mistyped. Please ask for a new one."),
    ),
    "job_not_ready": (
        _l("This file is not there"),
        _l("It is still being made, or could not be made. Please look at the list of files."),
    ),
    "file_expired": (
        _l("This file is not kept any longer"),
        _l("It has expired or was cancelled. Please ask for it once more."),
    ),
    "duplicate": (
        _l("This exists already"),
        _l("Please choose another name."),
    ),
    "invalid": (
        _l("Some entries need your attention"),
        _l("Please correct what is marked; everything else is kept."),
    ),
    "malformed": (
        _l("We could not read this request"),
        _l("Its body is not the JSON that this address takes. Nothing was stored."),
    ),
    "token_refused": (
        _l("This is not one of our badges"),
        _l("Please scan the code on the badge itself."),
    ),
    "table_refused": (
        _l("We could not read this file"),
        _l("Please save the list as an “Excel workbook (.xlsx)” and choose it again."),
    ),
}
"""Title and advice for each error code; a test compares it with the tree of errors."""

HTTP_CODES = {
    400: "bad_request",
    401: "sign_in_required",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
}

UNSTORABLE = (DataError, OverflowError)
"""What databases say of a value that none of their columns can hold: a zero byte in a search, a
number of twenty digits in an address."""


def status_of(error: EinlassError) -> int:
    """Return the HTTP status of the nearest kind in `STATUS`."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def init_app(app: Flask) -> None:
    """Answer every error as a page, or for the API as problem details (RFC 9457)."""
    app.register_error_handler(EinlassError, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    for kind in UNSTORABLE:
        app.register_error_handler(kind, _unstorable)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: EinlassError) -> ResponseReturnValue:
    return answer(error.code, status_of(error), details=error.details)


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return answer("form_too_old", 400)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:  # noqa: PLR2004  # a redirect
        return cast(ResponseReturnValue, error)
    status = error.code or 500
    return answer(HTTP_CODES.get(status, "error" if status >= 500 else "bad_request"), status)  # noqa: PLR2004


def _unstorable(error: Exception) -> ResponseReturnValue:
    log.warning("unstorable", path=request.path, exc_info=error)
    return answer("bad_request", 400)


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("unexpected", path=request.path, exc_info=error)
    return answer("error", 500)


def answer(
    code: str, status: int, *, details: dict[str, object] | None = None
) -> ResponseReturnValue:
    """Return the error as a page in the reader's language, or as ``application/problem+json``."""
    title, advice = TEXTS[code]
    if request.path.startswith("/api/"):
        problem = {
            "type": "about:blank",
            "title": str(title),
            "status": status,
            "code": code,
            "detail": str(advice),
        }
        fields = (details or {}).get("fields")
        response = jsonify(problem | ({"fields": fields} if fields else {}))
        response.content_type = "application/problem+json"
        return response, status
    page = render_template("errors/error.html", title=title, advice=advice, code=code)
    return page, status

"""What all pages behind the link in an attendee's mail share: ``/r/<token>``."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, Response, request

from registration import languages
from registration.models.registrations import Registration


def blueprint(name: str) -> Blueprint:
    """Return a blueprint for pages under ``/r/<token>`` that search engines do not keep."""
    made = Blueprint(name, __name__, url_prefix="/r/<token>")
    made.after_request(_keep_out_of_search)
    return made


def _keep_out_of_search(response: Response) -> Response:
    """Ask search engines to forget the page: its address is its key."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@contextmanager
def speaking(registration: Registration) -> Iterator[None]:
    """Speak the reader's chosen language, or else that of their registration."""
    chosen = (request.args.get("lang"), request.cookies.get(languages.COOKIE))
    if any(each in languages.LANGUAGES for each in chosen):
        yield
    else:
        with languages.force_locale(registration.locale):
            yield


def file(content: bytes, media_type: str, name: str) -> Response:
    """Return a file to download."""
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

"""Languages: which one a reader gets, and how dates, times and lists are written in it."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from flask import Flask, has_request_context, request
from flask_babel import Babel, force_locale, get_locale
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from registration.database import Localised

LANGUAGES = {"de": "Deutsch", "en": "English"}
DEFAULT = "de"
COOKIE = "language"

__all__ = ["COOKIE", "DEFAULT", "LANGUAGES", "asked_for", "current", "force_locale", "init_app"]


def init_app(app: Flask) -> None:
    """Choose each request's language, and give templates the filters that need it."""
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    Babel(app, locale_selector=asked_for)
    app.jinja_env.globals.update(languages=LANGUAGES, current_language=current)
    app.jinja_env.filters.update(
        in_language=in_language, long_date=long_date, clock_time=clock_time, moment=moment
    )


def asked_for() -> str:
    """Return what the reader chose (``?lang=``, then the cookie), else what the browser prefers.

    Like `current`, but for a request only, and without loading a locale.
    """
    if not has_request_context():
        return DEFAULT
    for chosen in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    return _preferred(request.headers.get("Accept-Language", ""))


@lru_cache(maxsize=256)
def _preferred(accepted: str) -> str:
    """Return which of ours a header (RFC 9110 §12.5.4) likes best; few of them differ."""
    return parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES, DEFAULT) or DEFAULT


def current() -> str:
    """Return the language of the present request or mail: ``de`` or ``en``."""
    locale = get_locale()
    return locale.language if locale and locale.language in LANGUAGES else DEFAULT


def in_language(text: Localised | None) -> str:
    """Return an event's own text in the present language."""
    return "" if text is None else Localised(text).in_locale(current())


def long_date(day: date) -> str:
    """Write a date with its weekday: "Dienstag, 4. November 2025"."""
    pattern = "full" if current() == "de" else "EEEE, d MMMM y"
    return format_date(day, pattern, locale=current())


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """Write the time of day in the event's zone: "09:30"."""
    return format_time(at, "HH:mm", tzinfo=zone, locale=current())


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Write date and time in the event's zone: "28. Oktober 2025, 23:59"."""
    pattern = "d. MMMM y, HH:mm" if current() == "de" else "d MMMM y, HH:mm"
    return format_datetime(at, pattern, tzinfo=zone, locale=current())

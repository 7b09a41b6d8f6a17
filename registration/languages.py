"""Languages: which one a reader gets, and how dates, times and lists are written in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from threading import Lock
from typing import cast
from zoneinfo import ZoneInfo

import flask_babel
from babel import localedata
from babel.dates import format_date, format_datetime
from babel.support import Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, get_locale, get_translations
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from registration.database import Localised

LANGUAGES = {"de": "Deutsch", "en": "English"}
DEFAULT = "de"
COOKIE = "language"
UNSHOWN = ("currency_names", "currency_names_plural", "languages", "meta_zones")
"""What Babel knows in each language and none of our pages tells."""

__all__ = ["COOKIE", "DEFAULT", "LANGUAGES", "asked_for", "current", "force_locale", "init_app"]


def init_app(app: Flask) -> None:
    """Choose each request's language, and give templates the filters that need it."""
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    Babel(app, locale_selector=_choose)
    _load(DEFAULT)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # Jinja's i18n adds it
        _translated,
        _translated_count,
        newstyle=True,
        pgettext=flask_babel.pgettext,
        npgettext=flask_babel.npgettext,
    )
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]
    app.jinja_env.globals.update(languages=LANGUAGES, current_language=current)
    app.jinja_env.filters.update(
        in_language=in_language, long_date=long_date, clock_time=clock_time, moment=moment
    )


@contextmanager
def force_locale(language: str) -> Iterator[None]:
    """Write in this language within the block, whatever the reader chose."""
    _load(language)
    with flask_babel.force_locale(language):
        yield


def _choose() -> str:
    language = asked_for()
    _load(language)
    return language


_loaded: set[str] = set()
_loading = Lock()


def _load(language: str) -> None:
    """Load what Babel knows of a language, before Babel would.

    Only to learn that German and English inherit from no other language, Babel loads a table of
    all the world's languages and zones, and keeps it: 2.3 MB of a web process.
    """
    if language in _loaded or language not in LANGUAGES:
        return
    with _loading:
        if language in _loaded:
            return
        own = localedata.load(language, merge_inherited=False)  # Babel keeps it, and asks no more
        whole = localedata.load("root").copy()
        localedata.merge(whole, own)
        for name in UNSHOWN:
            whole.pop(name, None)
        own.clear()
        own.update(whole)
        _loaded.add(language)


def asked_for() -> str:
    """Return what the reader chose (``?lang=``, then the cookie), else what the browser prefers.

    Like `current`, but for a request only, and without loading a locale.
    """
    if not has_request_context():
        return DEFAULT
    chosen = request.args.get("lang") if request.query_string else None
    if chosen not in LANGUAGES and "HTTP_COOKIE" in request.environ:
        chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return _preferred(request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))


@lru_cache(maxsize=256)
def _preferred(accepted: str) -> str:
    """Return which of ours a header (RFC 9110 §12.5.4) likes best; few of them differ."""
    return parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES, DEFAULT) or DEFAULT


def current() -> str:
    """Return the language of the present request or mail: ``de`` or ``en``."""
    locale = get_locale()
    return locale.language if locale and locale.language in LANGUAGES else DEFAULT


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(_language: str) -> Translations:
    """Return the catalogue of the present language; to look it up takes longer than a word."""
    return cast(Translations, get_translations())


def _translated(text: str) -> str:
    return _catalogue(current()).ugettext(text)


def _translated_count(singular: str, plural: str, count: int) -> str:
    return _catalogue(current()).ungettext(singular, plural, count)


def in_language(text: Localised | None) -> str:
    """Return an event's own text in the present language."""
    return "" if text is None else Localised(text).in_locale(current())


def long_date(day: date) -> str:
    """Write a date with its weekday: "Dienstag, 4. November 2025"."""
    return _long_date(day, current())


@lru_cache(maxsize=256)
def _long_date(day: date, language: str) -> str:
    return format_date(day, "full" if language == "de" else "EEEE, d MMMM y", locale=language)


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """Write the time of day in the event's zone: "09:30"."""
    return f"{at.astimezone(zone):%H:%M}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Write date and time in the event's zone: "28. Oktober 2025, 23:59"."""
    return _moment(at, zone, current())


@lru_cache(maxsize=1024)
def _moment(at: datetime, zone: ZoneInfo, language: str) -> str:
    pattern = "d. MMMM y, HH:mm" if language == "de" else "d MMMM y, HH:mm"
    return format_datetime(at, pattern, tzinfo=zone, locale=language)

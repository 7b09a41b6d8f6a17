"""Answers in words, for people, and in codes, for programs."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import gettext as _

from registration.languages import force_locale
from registration.models.questions import Question, QuestionKind, Value
from registration.services.questions import countries

DAY = {"de": "d. MMMM y", "en": "d MMMM y"}


def words(question: Question, value: Value, locale: str) -> str:
    """Return an answer in words; an option that was removed since keeps its title."""
    match question.kind:
        case QuestionKind.CHOICE | QuestionKind.CHOICES:
            chosen = value if isinstance(value, list) else [str(value)]
            return ", ".join(title_of(question, code, locale) for code in chosen)
        case QuestionKind.COUNTRY:
            return countries.names(locale).get(str(value), str(value))
        case QuestionKind.DATE:
            return day(date.fromisoformat(str(value)), locale)
        case QuestionKind.NUMBER:
            return format_decimal(str(value), locale=locale, decimal_quantization=False)
        case QuestionKind.YES_NO:
            return _yes_and_no(locale)[bool(value)]
    return str(value)


def day(of: date, locale: str) -> str:
    """Write a date without its weekday: "4. November 2025"."""
    return format_date(of, DAY[locale], locale=locale)


def codes(value: Value) -> str:
    """Return an answer as programs read it: codes, ISO 8601, ``true`` and ``false``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ";".join(value) if isinstance(value, list) else str(value)


def title_of(question: Question, code: str, locale: str) -> str:
    """Return the title of an option, also of one that was removed; else its code."""
    option = next((each for each in question.options if each["code"] == code), {})
    return option.get(locale) or option.get("de") or code


@cache
def _yes_and_no(locale: str) -> Mapping[bool, str]:
    with force_locale(locale):
        return {True: str(_("Yes")), False: str(_("No"))}

"""Answers as people type them: read, checked, and refused with a reason that can be said."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from flask_babel import gettext as _

from registration.errors import Invalid
from registration.models.questions import Question, QuestionKind, Value
from registration.services.folding import fold
from registration.services.questions import countries
from registration.services.text import find_hidden, find_picture, tidy

LONGEST = {QuestionKind.TEXT: 200, QuestionKind.LONG_TEXT: 2000}
"""Characters."""
NUMBER = re.compile(r"[+-]?[0-9]{1,12}(?:[.,][0-9]{1,6})?")
ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]00:00(?::00)?)?")
GERMAN_DAY = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})")
YEARS = range(1900, 2101)
YES = frozenset({"yes", "y", "ja", "j", "true", "wahr", "1", "x"})
NO = frozenset({"no", "n", "nein", "false", "falsch", "0"})
SEPARATORS = (re.compile(r"[;\n|]"), re.compile(r"[;\n|,]"))


def parse(
    question: Question, text: str | Sequence[str], *, kept: Value | None = None
) -> Value | None:
    """Return the answer that a text is; None if nothing stands there.

    Takes what the form sends, and what people write into tables: titles of options in either
    language, names of countries, German dates and decimal commas, ja and nein.

    Args:
        question: what was asked; any kind but a file.
        text: what was answered; of several choices also a sequence of texts.
        kept: the answer that stands already; options removed since may stay in it.

    Raises:
        Invalid: it cannot be an answer; `advice` says why.
    """
    texts = [tidy(each) for each in ((text,) if isinstance(text, str) else text)]
    texts = [each for each in texts if each]
    if not texts:
        return None
    if question.kind == QuestionKind.CHOICES:
        return _choices(question, texts, kept)
    if question.kind == QuestionKind.CHOICE:
        return _choice(question, texts[0], kept)
    return READERS[QuestionKind(question.kind)](question, texts[0])


def refused(question: Question, reason: str, **filling: object) -> Invalid:
    """Return the error that says at the question's field why its answer is refused."""
    return Invalid(fields={f"q_{question.code}": reason}, **filling)


def advice(question: Question, error: Invalid) -> str:
    """Return in the present language why an answer was refused, and what to do."""
    reasons: Mapping[str, str] = error.details["fields"]  # type: ignore[assignment]
    said = _sentences().get(reasons[f"q_{question.code}"], "")
    return said % error.details if "%" in said else said


def _sentences() -> Mapping[str, str]:
    return {
        "required": _("Please answer this question."),
        "too_long": _("Please shorten this to %(limit)s characters; it has %(length)s."),
        "hidden": _(
            "This contains a character that nobody sees (%(code)s). "
            "Please type the text anew instead of pasting it."
        ),
        "picture": _(
            "“%(sign)s” cannot be printed on badges and lists. "
            "Please use letters, digits and punctuation."
        ),
        "not_a_number": _("Please enter a number, for example 3 or 2.5."),
        "not_offered": _("Please choose one of the answers that the list offers."),
        "not_a_day": _("Please enter a date as day, month and year, for example 04.11.2025."),
        "not_a_country": _("Please choose a country from the list."),
        "not_yes_or_no": _("Please answer with yes or no."),
        "no_file_here": _("A file can only be added in the form, not in a list."),
        "file_kind": _("Please choose a PDF, PNG or JPEG file; this one is something else."),
        "file_too_large": _("Please choose a file of at most %(limit)s MB."),
    }


def _text(question: Question, text: str) -> Value:
    limit = LONGEST[QuestionKind(question.kind)]
    if len(text) > limit:
        raise refused(question, "too_long", limit=limit, length=len(text))
    hidden = find_hidden(text, lines=question.kind == QuestionKind.LONG_TEXT)
    if hidden:
        raise refused(question, "hidden", code=f"U+{ord(hidden):04X}")
    picture = find_picture(text)
    if picture:
        raise refused(question, "picture", sign=picture)
    return text


def _number(question: Question, text: str) -> Value:
    if not NUMBER.fullmatch(text):
        raise refused(question, "not_a_number")
    number = float(text.replace(",", "."))
    return int(number) if number.is_integer() else number


def _day(question: Question, text: str) -> Value:
    iso, german = ISO_DAY.fullmatch(text), GERMAN_DAY.fullmatch(text)
    parts = iso.groups() if iso else german.groups()[::-1] if german else ("0", "0", "0")
    year, month, day = (int(each) for each in parts)
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise refused(question, "not_a_day") from error
    if found.year not in YEARS:
        raise refused(question, "not_a_day")
    return found.isoformat()


def _country(question: Question, text: str) -> Value:
    code = countries.find(text)
    if code is None:
        raise refused(question, "not_a_country")
    return code


def _yes_no(question: Question, text: str) -> Value:
    if text.casefold() not in YES | NO:
        raise refused(question, "not_yes_or_no")
    return text.casefold() in YES


def _file(question: Question, _text: str) -> Value:
    raise refused(question, "no_file_here")


def _choice(question: Question, text: str, kept: Value | None) -> str:
    code = _find_option(question, text, kept)
    if code is None:
        raise refused(question, "not_offered")
    return code


def _choices(question: Question, texts: Sequence[str], kept: Value | None) -> list[str]:
    """Return the codes in the order of the options; a single text may hold several of them."""
    if len(texts) == 1 and _find_option(question, texts[0], kept) is None:
        texts = _split(question, texts[0], kept)
    chosen = {_choice(question, each, kept) for each in texts}
    return [each["code"] for each in question.options if each["code"] in chosen]


def _split(question: Question, text: str, kept: Value | None) -> Sequence[str]:
    """Return the parts of a text that names several options; a title may have a comma in it."""
    parts: Sequence[str] = ()
    for separator in SEPARATORS:
        parts = [tidy(each) for each in separator.split(text) if each.strip()]
        if all(_find_option(question, each, kept) is not None for each in parts):
            break
    return parts


def _find_option(question: Question, text: str, kept: Value | None) -> str | None:
    """Return the code of the option with this code or title."""
    may_stay = kept if isinstance(kept, list) else [kept]
    offered = [
        each for each in question.options if "removed" not in each or each["code"] in may_stay
    ]
    for option in offered:
        if option["code"] == text:
            return text
    wanted = fold(text)
    named = (each for each in offered if wanted in {fold(name) for name in each.values()})
    return next((each["code"] for each in named), None)


READERS: Mapping[QuestionKind, Callable[[Question, str], Value]] = {
    QuestionKind.TEXT: _text,
    QuestionKind.LONG_TEXT: _text,
    QuestionKind.NUMBER: _number,
    QuestionKind.DATE: _day,
    QuestionKind.COUNTRY: _country,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.FILE: _file,
}

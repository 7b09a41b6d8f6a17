"""What a column of a list can hold, and by which headers people name it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from registration import languages
from registration.models.questions import Question
from registration.services import events
from registration.services.folding import fold


class Field(StrEnum):
    """What a column can hold, apart from answers to an event's own questions."""

    FULL_NAME = "full_name"
    NAME_REVERSED = "name_reversed"
    SALUTATION = "salutation"
    TITLE = "title"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    EMAIL = "email"
    ORGANISATION = "organisation"
    POSITION = "position"
    SECTOR = "sector"
    ALLIANCE = "alliance"
    ROLE = "role"
    THEME = "theme"
    LOCALE = "locale"
    DIET = "diet"
    SUPPORT_NEEDS = "support_needs"
    PHOTO_CONSENT = "photo_consent"
    BADGE_NAME = "badge_name"
    BADGE_ORGANISATION = "badge_organisation"
    PRONOUNS = "pronouns"
    LANGUAGES = "languages"


TITLES: Mapping[str, Any] = {
    Field.FULL_NAME: _l("Full name"),
    Field.NAME_REVERSED: _l("Full name, family name first"),
    Field.SALUTATION: _l("Salutation"),
    Field.TITLE: _l("Academic title"),
    Field.GIVEN_NAME: _l("Given name"),
    Field.FAMILY_NAME: _l("Family name"),
    Field.EMAIL: _l("Mail address"),
    Field.ORGANISATION: _l("Organisation"),
    Field.POSITION: _l("Position"),
    Field.SECTOR: _l("Sector"),
    Field.ALLIANCE: _l("Alliance"),
    Field.ROLE: _l("Role"),
    Field.THEME: _l("Theme"),
    Field.LOCALE: _l("Language"),
    Field.DIET: _l("Food"),
    Field.SUPPORT_NEEDS: _l("Support that you need"),
    Field.PHOTO_CONSENT: _l("Photos"),
    Field.BADGE_NAME: _l("Name on the badge"),
    Field.BADGE_ORGANISATION: _l("Organisation on the badge"),
    Field.PRONOUNS: _l("Pronouns"),
    Field.LANGUAGES: _l("Spoken languages"),
}
"""What each is called on pages and in the template."""

NAME = "name"
"""The header that means the family name beside a given name, and else the full name."""

PARENTHESES = re.compile(r"\([^)]*\)|\[[^\]]*\]")
NO_LETTER = re.compile(r"[\W_]+")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
QUESTION = "q_"
"""Begins the code of a column that holds answers, before the question's own code."""


@dataclass(frozen=True, slots=True)
class Target:
    """What one column can be chosen to hold: a code, and its title in the present language."""

    code: str
    title: str


@lru_cache(maxsize=4096)
def key_of(header: str) -> str:
    """Return what counts of a header: its letters and digits, without what stands in brackets."""
    plain = PARENTHESES.sub(" ", header) if header.strip("([")[:1] else header
    return NO_LETTER.sub(" ", fold(plain)).strip() or NO_LETTER.sub(" ", fold(header)).strip()


def keys_of(names: Iterable[str]) -> set[str]:
    """Return the keys of words, also as they are written without umlauts: ue for ü."""
    listed = list(names)
    return {key_of(name) for name in listed} | {key_of(name.translate(UMLAUTS)) for name in listed}


@cache
def facts() -> Mapping[str, Any]:
    """Return how people write lists (``facts/lists.toml``)."""
    return events.facts_of("lists")


@cache
def _fields() -> Mapping[str, str]:
    headers: Mapping[str, Sequence[str]] = facts()["headers"]
    found = {key: code for code in Field for key in keys_of(headers[code])}
    return found | {key_of(code): code for code in Field} | {NAME: NAME}


@cache
def _left_out() -> set[str]:
    return keys_of(facts()["headers"]["left_out"])


def is_left_out(header: str) -> bool:
    """Return whether the column is known and not needed, such as a phone number."""
    return not header.strip("# ") or key_of(header) in _left_out()


def find(header: str, questions: Sequence[Question]) -> str:
    """Return the code of what a column with this header holds; "" if that is not known.

    `NAME` still has to be told apart by what other columns there are.
    """
    key = key_of(header)
    if not key:
        return ""
    for question in questions:
        names = (question.code, f"{QUESTION}{question.code}", *question.title.values())
        if key in {key_of(name) for name in names}:
            return f"{QUESTION}{question.code}"
    return _fields().get(key, "")


def targets(questions: Sequence[Question]) -> Sequence[Target]:
    """Return all that a column can hold, in the order in which it is offered.

    ``questions`` are the event's own.
    """
    return [
        *(Target(code, str(title)) for code, title in TITLES.items()),
        *(
            Target(f"{QUESTION}{each.code}", languages.in_language(each.title))
            for each in questions
        ),
    ]


def title_of(code: str) -> str:
    """Return what a field is called in the present language."""
    return str(TITLES[code]) if code in TITLES else _("Answer")

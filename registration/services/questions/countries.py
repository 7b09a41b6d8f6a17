"""The names of countries, in the reader's language."""

import re
from collections.abc import Mapping
from functools import cache

from babel import Locale

from registration.services.folding import fold

ALPHA_2 = re.compile("[A-Z]{2}")
OTHERS = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())  # noqa: SIM905
"""Codes that Babel names and ISO 3166-1 gives to no country."""


@cache
def names(locale: str) -> Mapping[str, str]:
    """Return the countries by their code (ISO 3166-1 alpha-2), sorted by name as Germans sort."""
    territories = {str(code): str(name) for code, name in Locale.parse(locale).territories.items()}
    listed = {
        code: name
        for code, name in territories.items()
        if ALPHA_2.fullmatch(code) and code not in OTHERS
    }
    return dict(sorted(listed.items(), key=lambda each: fold(each[1])))


@cache
def _codes() -> Mapping[str, str]:
    found = {fold(name): code for locale in ("en", "de") for code, name in names(locale).items()}
    return found | {fold(code): code for code in names("en")}


def find(text: str) -> str | None:
    """Return the code of the country with this code, or this name in German or English."""
    return _codes().get(fold(text))

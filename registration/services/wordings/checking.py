"""Checking: what keeps a wording from being used, said before any mail is written with it."""

from collections.abc import Mapping, Sequence

from registration.errors import NotFound
from registration.languages import LANGUAGES
from registration.services.text import find_hidden
from registration.services.wordings.kinds import FAMILIES, Family
from registration.services.wordings.language import (
    MOST_SUBJECT,
    MOST_TEXT,
    Fault,
    Unreadable,
    find_faults,
)
from registration.services.wordings.markdown import read
from registration.services.wordings.originals import Text
from registration.services.wordings.variables import names

Faults = Mapping[str, Sequence[Fault]]


def check_kind(kind: str, locale: str) -> None:
    """Look whether there is such a wording.

    Raises:
        NotFound: there is none.
    """
    if kind not in FAMILIES or locale not in LANGUAGES:
        raise NotFound(noun="text", name=f"{kind}/{locale}")


def problems_of(text: Text, family: Family) -> tuple[Mapping[str, str], Faults]:
    """Return what keeps a text from being used: a reason by field, and where in it the faults are.

    The fields are ``subject`` and ``body``.
    """
    fields: dict[str, str] = {}
    faults: dict[str, Sequence[Fault]] = {}
    known = names(family)
    for field, source, most in (
        ("subject", text.subject, MOST_SUBJECT),
        ("body", text.body, MOST_TEXT),
    ):
        if not source.strip():
            fields[field] = "required"
        elif len(source) > most:
            fields[field] = "too_long"
        elif find_hidden(source, lines=True):
            fields[field] = "hidden"
        elif found := find_faults(source, known):
            fields[field], faults[field] = "faults", found
    if "\n" in text.subject.strip():
        fields["subject"] = "one_line"
    if not fields and not _can_be_read(text.body, known):
        fields["body"] = "too_deep"
    return fields, faults


def _can_be_read(body: str, known: frozenset[str]) -> bool:
    try:
        read(body, dict.fromkeys(known, "x"))
    except Unreadable:
        return False
    return True

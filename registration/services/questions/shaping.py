"""What a question may be: its parts, and what is wrong with them."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from registration.database import Localised
from registration.models.questions import Question, QuestionKind
from registration.services.folding import fold

CODE = re.compile(r"[a-z][a-z0-9_-]{0,31}")
WITH_OPTIONS = frozenset({QuestionKind.CHOICE, QuestionKind.CHOICES})
CONDITIONS = WITH_OPTIONS | {QuestionKind.YES_NO}
"""Kinds of questions on whose answer another may hang: those with few answers."""
YES_OR_NO = ("yes", "no")
LONGEST_TITLE, LONGEST_TEXT, LONGEST_RETENTION = 200, 500, 3650
LANGUAGES = ("de", "en")

Option = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a question shall be."""

    kind: QuestionKind
    title: Localised
    purpose: Localised
    help: Localised
    options: Sequence[Option] = ()
    """Of a choice: ``{"code", "de", "en"}`` each."""
    is_required: bool = False
    role_id: int | None = None
    shown_if: str = ""
    """The code of an earlier question, if this one is asked only on a certain answer to that."""
    shown_if_value: str = ""
    retention_days: int = 30


def values_of(question: Question) -> Sequence[str]:
    """Return the answers to this question that another may hang on."""
    if question.kind == QuestionKind.YES_NO:
        return YES_OR_NO
    if question.kind in WITH_OPTIONS:
        return [each["code"] for each in question.options if "removed" not in each]
    return ()


def problems_of(wanted: Wanted) -> dict[str, str]:
    """Return what is wrong with a question by itself: a reason by field; empty if nothing is."""
    found: dict[str, str] = {}
    for name, text, longest, is_needed in (
        ("title", wanted.title, LONGEST_TITLE, True),
        ("purpose", wanted.purpose, LONGEST_TEXT, True),
        ("help", wanted.help, LONGEST_TEXT, bool(wanted.help)),
    ):
        for language in LANGUAGES:
            if is_needed and not text.get(language):
                found[f"{name}_{language}"] = "required"
            elif len(text.get(language, "")) > longest:
                found[f"{name}_{language}"] = "too_long"
    if not 0 <= wanted.retention_days <= LONGEST_RETENTION:
        found["retention_days"] = "out_of_range"
    return found | _problems_of_options(wanted)


def _problems_of_options(wanted: Wanted) -> dict[str, str]:
    if wanted.kind not in WITH_OPTIONS:
        return {}
    codes = [each["code"] for each in wanted.options]
    if not codes:
        return {"options": "required"}
    if len(set(codes)) < len(codes):
        return {"options": "twice"}
    if not all(CODE.fullmatch(code) for code in codes):
        return {"options": "code"}
    complete = all(each.get(language) for each in wanted.options for language in LANGUAGES)
    return {} if complete else {"options": "both_languages"}


def options_of(question: Question, wanted: Wanted, *, answered: bool) -> list[dict[str, str]]:
    """Return the options wanted; if it is ``answered``, also those before, as removed ones."""
    if wanted.kind not in WITH_OPTIONS:
        return []
    offered = [{key: each[key] for key in ("code", *LANGUAGES)} for each in wanted.options]
    if not answered:
        return offered
    codes = {each["code"] for each in offered}
    gone = [each for each in question.options if each["code"] not in codes]
    return offered + [{**each, "removed": "yes"} for each in gone]


def made_code(text: str, taken: Set[str], *, otherwise: str) -> str:
    """Return a code made of a text that is none of those taken."""
    letters = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:24].strip("-")
    stem = letters if CODE.fullmatch(letters) else otherwise
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (stem, *numbered) if each not in taken)

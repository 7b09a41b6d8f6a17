"""Names as lists write them, taken apart: salutation, titles, given and family name."""

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from registration.models.registrations import Salutation
from registration.services.imports.fields import facts

SALUTATIONS = {
    "frau": Salutation.MS,
    "fr": Salutation.MS,
    "ms": Salutation.MS,
    "mrs": Salutation.MS,
    "miss": Salutation.MS,
    "herr": Salutation.MR,
    "herrn": Salutation.MR,
    "hr": Salutation.MR,
    "mr": Salutation.MR,
}
"""Words before a name, without their full stop."""

HONORARY = ("h. c.", "h.c.", "e. h.", "e.h.", "H. c.")
"""Titles that without one before them were initials."""

PRIVATE_LECTURER = "PD"
PARTS = re.compile(r"[.:*/-]")
BRACKETED = re.compile(r"\([A-Z]{2,4}\)")
"""As in "Dipl.-Ing. (FH)"."""

DEGREE = re.compile(
    r"(?:m\.\s?a\.?|m\.\s?sc\.?|b\.\s?a\.?|b\.\s?sc\.?|m\.\s?eng\.?|b\.\s?eng\.?|m\.\s?ed\.?|ll\.\s?m\.?|"
    r"ph\.?\s?d\.?|mba|mpa|mph|md[bla]|mdep|m\.d\.|d\.phil\.?)",
    re.IGNORECASE,
)
"""One degree or mandate behind a name."""


@cache
def _words(kind: str) -> frozenset[str]:
    """Return the words of a kind that ``facts/lists.toml`` knows of names."""
    return frozenset(facts()["names"][kind])


@dataclass(frozen=True, slots=True)
class Name:
    """A name in parts; those that are not there are empty."""

    given: str = ""
    family: str = ""
    title: str = ""
    salutation: Salutation | None = None


def assemble(given: str, family: str, whole: str = "", *, family_first: bool = False) -> Name:
    """Return the name that a row has in columns for its parts, for the whole of it, or both.

    Args:
        given: the given name's cell; a title in it is one.
        family: the family name's cell; a title or a given name behind a comma is one.
        whole: the full name's cell, for the parts that the others do not say.
        family_first: whether the full name begins with the family name, also without a comma.
    """
    parts = [unwrap(given), split_family(family)]
    if not (parts[0].given and parts[1].family):
        parts.append(split(whole, family_first=family_first))
    return Name(
        given=next((part.given for part in parts if part.given), ""),
        family=next((part.family for part in parts if part.family), ""),
        title=joined(*(part.title for part in parts)),
        salutation=next((part.salutation for part in parts if part.salutation), None),
    )


def split(text: str, *, family_first: bool = False) -> Name:
    """Take a full name apart.

    "Groß, Änne" and "Groß, Dr. Änne" have the family name first, as the comma says; without one
    the last word and the particles before it are the family name ("Änne von der Au").

    Args:
        text: the name, tidied.
        family_first: whether names without a comma begin with the family name.
    """
    found = split_family(text)
    if found.given:
        return found
    given, family = _divided(found.family, family_first=family_first)
    inner = unwrap(given)
    return replace(found, given=inner.given, family=family, title=joined(found.title, inner.title))


def split_family(text: str) -> Name:
    """Take titles and salutation off a family name; what stands behind a comma is the given name.

    "Groß, Prof. Dr." has none behind it, and "Groß, Dr. Änne, M.A." has one.
    """
    if "," not in text:
        head = unwrap(text)
        return replace(head, given="", family=head.given)
    first, *more = [part.strip() for part in text.split(",")]
    degrees = [part for part in more if _is_degree(part)]
    head = unwrap(first)
    tail = unwrap(" ".join(part for part in more if part and part not in degrees))
    return Name(
        given=tail.given,
        family=head.given,
        title=joined(head.title, tail.title, *degrees),
        salutation=head.salutation or tail.salutation,
    )


@lru_cache(maxsize=4096)
def unwrap(text: str) -> Name:
    """Take salutation and titles off a name; what is left is its given name."""
    salutation, left = _salutation(text)
    left, title = _leading_titles(left)
    left, degrees = _trailing_degrees(left)
    return Name(given=left, title=joined(title, degrees), salutation=salutation)


def begins_with_title(text: str) -> bool:
    """Return whether a salutation or a title stands before the name, as in "Dr. Änne"."""
    salutation, left = _salutation(text)
    return bool(salutation or _leading_titles(left)[1])


def salutation_of(text: str) -> Salutation | None:
    """Return the salutation that a word is."""
    return SALUTATIONS.get(text.strip().rstrip(".").casefold())


def _salutation(text: str) -> tuple[Salutation | None, str]:
    word, _, left = text.partition(" ")
    found = salutation_of(word) if left else None
    return found, left.strip() if found else text


def _leading_titles(text: str) -> tuple[str, str]:
    """Return the text without the titles before it, and these."""
    words = text.split()
    end = 0
    while end < len(words):
        if _is_title(words[end]) or (end and BRACKETED.fullmatch(words[end])):
            end += 1
        elif end and (found := _honorary(words[end : end + 2])):
            end += found
        else:
            break
    return " ".join(words[end:]), " ".join(words[:end])


def _honorary(words: list[str]) -> int:
    """Return of how many words the honorary title is that they begin with."""
    return next((n for n in (1, 2) if len(words) >= n and " ".join(words[:n]) in HONORARY), 0)


def _is_title(word: str) -> bool:
    if word == PRIVATE_LECTURER:
        return True
    parts = [part.casefold() for part in PARTS.split(word) if part]
    if parts[:1] == ["dipl"]:
        return True
    known = bool(parts) and _words("titles").issuperset(parts)
    return known and ("." in word or parts[0] in _words("titles_without_stop"))


def _trailing_degrees(text: str) -> tuple[str, str]:
    degrees: list[str] = []
    while " " in text:
        left, _, last = text.rpartition(" ")
        if not DEGREE.fullmatch(last):
            break
        degrees.insert(0, last)
        text = left.rstrip(" ,")
    return text, " ".join(degrees)


def _is_degree(part: str) -> bool:
    words = part.split()
    if not words:
        return False
    if all(DEGREE.fullmatch(word) for word in words) or DEGREE.fullmatch(part):
        return True
    left, title = _leading_titles(part)
    return bool(title) and not left


def _divided(text: str, *, family_first: bool) -> tuple[str, str]:
    """Return given and family name of one without a comma."""
    words = text.split()
    if len(words) < 2 or (words[0] in _words("particles") and not family_first):  # noqa: PLR2004  # one word cannot be two names
        return "", text
    if family_first:
        begin = next((at for at, word in enumerate(words) if word not in _words("particles")), 0)
        begin = min(begin + 1, len(words) - 1)
        return " ".join(words[begin:]), " ".join(words[:begin])
    begin = next(
        (at for at, word in enumerate(words[1:-1], 1) if word in _words("particles")),
        len(words) - 1,
    )
    return " ".join(words[:begin]), " ".join(words[begin:])


def joined(*titles: str) -> str:
    """Return the titles as one text; what another of them contains is left out."""
    kept: list[str] = []
    for title in filter(None, titles):
        if not any(title in each for each in kept):
            kept = [each for each in kept if each not in title] + [title]
    return " ".join(kept)

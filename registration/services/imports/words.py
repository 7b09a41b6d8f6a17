"""The words of a list's cells, and what they mean at this event."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TypeVar

from registration import languages
from registration.models.alliances import Alliance
from registration.models.events import Sector, Theme
from registration.models.questions import Question
from registration.models.roles import Role
from registration.services.events import Prospectus
from registration.services.imports.fields import facts, key_of, keys_of

NOTHING = frozenset({"-", "--", "–", "—", "/", "./.", "k.a.", "k. a.", "n/a"})
"""What people write into a cell to say that nothing is there."""
FAULT = re.compile(
    r"#(?:N/A|NV|REF!|BEZUG!|VALUE!|WERT!|DIV/0!|NAME\?|NULL!|NUM!|ZAHL!|SPILL!|ÜBERLAUF!)"
)
"""A cell whose formula went wrong, in English and in German."""
GENDERED = re.compile(r"(\w+)[:*_/](\w+)")
"""As in "Referent:in"."""
SEPARATORS = (re.compile(r"[;\n|]"), re.compile(r"[;\n|,]"), re.compile(r"[;\n|,/+&]"))
"""What may stand between several roles; a role's title may have a comma or a slash in it."""


@cache
def choices(kind: str) -> Mapping[str, str]:
    """Return the answers to one field of the form by the keys of the words for them."""
    words: Mapping[str, Sequence[str]] = facts()["values"][kind]
    return {key: code for code, names in words.items() for key in keys_of((code, *names))}


def offered(kind: str) -> str:
    """Return the answers to one field of the form as a text in the present language."""
    return ", ".join(offered_list(kind))


def offered_list(kind: str) -> Sequence[str]:
    """Return the answers to one field of the form in the present language."""
    words: Mapping[str, Sequence[str]] = facts()["values"][kind]
    place = list(languages.LANGUAGES).index(languages.current())
    return [names[place] for names in words.values()]


def answers_to(question: Question) -> Sequence[str]:
    """Return the options of a question in the present language, without those removed since."""
    return [
        option.get(languages.current()) or option["code"]
        for option in question.options
        if "removed" not in option
    ]


def titles_of(listed: Iterable[Role | Sector | Theme]) -> str:
    """Return the titles of roles, sectors or themes, in the present language."""
    return ", ".join(languages.in_language(each.title) for each in listed)


def names_of(title: str) -> Iterator[str]:
    """Yield a title as people write it: "Delegierte:r" is also "Delegierte" and "Delegierter"."""
    yield title
    if GENDERED.search(title):
        yield GENDERED.sub(r"\1", title)
        yield GENDERED.sub(r"\1\2", title)


Listed = TypeVar("Listed", Role, Sector, Theme)


class Words:
    """What the cells of lists mean at one event."""

    def __init__(self, prospectus: Prospectus) -> None:
        self._roles = _by_name(prospectus.roles)
        self._sectors = _by_name(prospectus.sectors)
        self._themes = _by_name(prospectus.themes)
        self._alliances = {
            key: each for each in prospectus.alliances for key in keys_of((each.name, each.code))
        } | {key_of(each.code): each for each in prospectus.alliances}

    def alliance(self, text: str) -> Alliance | None:
        """Return the alliance with this code or name."""
        return self._alliances.get(key_of(text))

    def sector(self, text: str) -> Sector | None:
        """Return the sector with this code or title in either language."""
        return self._sectors.get(key_of(text))

    def theme(self, text: str) -> Theme | None:
        """Return the theme with this code or title in either language."""
        return self._themes.get(key_of(text))

    def roles(self, text: str) -> Sequence[Role] | None:
        """Return the roles with these codes or titles; None if one of them is none."""
        whole = self._roles.get(key_of(text))
        if whole is not None:
            return (whole,)
        for separator in SEPARATORS:
            parts = [
                self._roles.get(key_of(part)) for part in separator.split(text) if part.strip()
            ]
            found = [part for part in parts if part is not None]
            if parts and len(found) == len(parts):
                return found
        return None


def _by_name(listed: Iterable[Listed]) -> Mapping[str, Listed]:
    """Return them by the keys of their titles and codes; codes come first."""
    several = list(listed)
    found: dict[str, Listed] = {}
    for each in several:
        names = [name for title in each.title.values() for name in names_of(title)]
        found |= {key: each for key in keys_of(names) if key not in found}
    return found | {key_of(each.code): each for each in several}

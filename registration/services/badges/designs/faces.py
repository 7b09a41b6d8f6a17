"""What a badge says: the words and colours of one person, and what all badges of an event share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PERSON = (
    "given_name",
    "family_name",
    "name",
    "title",
    "organisation",
    "position",
    "alliance",
    "role",
    "further_roles",
    "theme",
    "theme_label",
    "room",
    "pronouns",
    "languages",
    "short_code",
    "no_photo",
)
OCCASION = ("event", "programme_line", "date", "place", "organiser")
FIELDS = frozenset({*PERSON, *OCCASION})
"""What a text of a design may name in braces."""


@dataclass(frozen=True, kw_only=True)
class Artwork:
    """A logo, as it is stored."""

    id: int
    title: str
    media_type: str
    width: float
    height: float
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """What all badges of one event in one language share, in printable letters."""

    words: Mapping[str, str]
    """Those of `OCCASION`, by field."""
    logos: Mapping[int, Artwork] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Face:
    """What one badge shows, in printable letters."""

    words: Mapping[str, str]
    """Those of `PERSON`, by field; what is missing is empty."""
    token: str
    """What the code says; empty: there is no code, as on a blank badge."""
    role_colour: str = "#000000"
    alliance_colour: str = "#ffffff"
    roles: tuple[str, ...] = ()
    """The codes of all roles of this person."""

    @property
    def no_photo(self) -> bool:
        """Whether this person does not want to be in pictures."""
        return bool(self.words.get("no_photo"))

"""People: what somebody tells of themself, and the columns that it fills."""

from dataclasses import dataclass

from registration.models.registrations import Diet, Salutation
from registration.services.folding import fold

SEARCHED = (
    *("title", "given_name", "family_name", "badge_name", "organisation", "email", "short_code"),
)
"""The columns that a search looks into."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """What a person tells about themself, checked by a form; sector and theme by their ids."""

    given_name: str
    family_name: str
    email: str
    salutation: Salutation = Salutation.NEUTRAL
    title: str = ""
    organisation: str = ""
    position: str = ""
    sector_id: int | None = None
    theme_id: int | None = None
    locale: str = "de"
    diet: Diet = Diet.ANY
    support_needs: str = ""
    photo_consent: bool | None = None
    badge_name: str = ""
    badge_organisation: str = ""
    pronouns: str = ""
    languages: str = ""


def columns_of(person: Person) -> dict[str, object]:
    """Return the columns that a person's own words fill, with those derived from them."""
    return {
        **vars(person),
        "sort_name": fold(f"{person.family_name}, {person.given_name}")[:200],
    }


def search_text_of(columns: dict[str, object]) -> str:
    """Return the column in which a registration is searched, made of the others."""
    return fold(" ".join(str(columns[part]) for part in SEARCHED if columns[part]))

"""Search at the door: find a person by a part of a name, alliance, organisation or short code.

The gate sees name, role and alliance, nothing more; so an address of mail finds nobody here.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from registration.database import Localised, db
from registration.errors import Invalid
from registration.models.alliances import Alliance
from registration.models.badges import Badge
from registration.models.gates import Presence
from registration.models.registrations import Registration, RegistrationState
from registration.models.roles import Role
from registration.services import roles
from registration.services.folding import fold

FEWEST_LETTERS = 3
MOST_LETTERS = 100
MOST_PEOPLE = 20


class PersonState(StrEnum):
    """Where a person stands, in the door's words."""

    EXPECTED = "expected"
    INSIDE = "inside"
    LEFT = "left"
    """Has been inside and gone out."""
    REQUESTED = "requested"
    """Not confirmed yet."""
    WAITING = "waiting"
    OFFERED = "offered"
    """Has a place that was not accepted yet."""
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Found:
    """A person as the gate may see them."""

    badge: str
    """The short code."""
    name: str
    alliance: str | None
    role: Localised
    state: PersonState
    first_at: datetime | None
    """When they were first let in."""


def find_people(event_id: uuid.UUID, query: str) -> Sequence[Found]:
    """Return at most twenty people in whose name, alliance, organisation or code each word occurs.

    ä counts as a and ß as ss. Sorted as Germans sort names.

    Raises:
        Invalid: the query has fewer than three letters, or more than a hundred.
    """
    words = fold(query).replace("\0", "").split()
    letters = sum(len(word) for word in words)
    if letters < FEWEST_LETTERS:
        raise Invalid(fields={"q": "too_short"})
    if letters > MOST_LETTERS:
        raise Invalid(fields={"q": "too_long"})
    rows = db.session.execute(
        _PEOPLE.where(Registration.event_id == event_id, _meant(event_id, words))
        .order_by(Registration.sort_name, Registration.id)
        .limit(MOST_PEOPLE)
    )
    return [_found(row) for row in rows]


_PEOPLE = (
    select(
        Registration.short_code,
        Registration.title,
        Registration.given_name,
        Registration.family_name,
        Registration.state,
        Alliance.name.label("alliance"),
        Role.title.label("role"),
        roles.further_titles(),
        Presence.inside,
        Presence.first_at,
    )
    .join(Role, Role.id == Registration.role_id)
    .outerjoin(Alliance, Alliance.id == Registration.alliance_id)
    .outerjoin(Badge, Badge.registration_id == Registration.id)
    .outerjoin(Presence, Presence.badge_id == Badge.id)
)

_SEEN_AT_GATES = func.replace(Registration.search_text, func.lower(Registration.email), "")
"""The search text without the address of mail, which is in it for the console."""


def _meant(event_id: uuid.UUID, words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition: every word occurs, or all of them together are a short code."""
    alliances = {
        row.id: fold(f"{row.code} {row.name}")
        for row in db.session.execute(
            select(Alliance.id, Alliance.code, Alliance.name).filter_by(event_id=event_id)
        )
    }

    def occurs(word: str) -> ColumnElement[bool]:
        sends = [alliance_id for alliance_id, text in alliances.items() if word in text]
        return or_(
            _SEEN_AT_GATES.contains(word, autoescape=True), Registration.alliance_id.in_(sends)
        )

    code = "".join(words).replace("-", "").upper()
    return or_(and_(*map(occurs, words)), Registration.short_code == code)


def _found(row: Any) -> Found:
    names = (row.title, row.given_name, row.family_name)
    return Found(
        badge=row.short_code,
        name=" ".join(part for part in names if part),
        alliance=row.alliance,
        role=roles.joined(row.role, row.further_titles),
        state=_state(row),
        first_at=row.first_at,
    )


def _state(row: Any) -> PersonState:
    if row.state != RegistrationState.CONFIRMED:
        return PersonState(row.state)
    if row.first_at is None:
        return PersonState.EXPECTED
    return PersonState.INSIDE if row.inside else PersonState.LEFT

"""Samples: the people whose badges show best what a design does, and one who does not exist."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from registration.database import db
from registration.models.badges import Badge
from registration.models.registrations import Registration, RegistrationState
from registration.services.badges import in_force, tokens
from registration.services.badges.designs.faces import Face
from registration.services.badges.press import Press

MOST = 12
TOKEN = (tokens.PREFIX + tokens.ALPHABET * 3)[: tokens.LENGTH]
"""As long as a real one, and none."""
INVENTED = {
    "given_name": "Alexandra",
    "family_name": "Musterberg-Beispielhausen",
    "name": "Alexandra Musterberg-Beispielhausen",
    "title": "Prof. Dr.",
    "organisation": "Hochschule für angewandte Wissenschaften",
    "pronouns": "sie/ihr",
    "languages": "DE EN",
    "room": "A 101",
    "short_code": "MUSTER42",
    "no_photo": "No photos, please",
}


class Sample(NamedTuple):
    """Somebody to be shown in the preview."""

    registration_id: uuid.UUID
    name: str


def list_samples(event_id: uuid.UUID) -> Sequence[Sample]:
    """Return those with a badge who have most to say on it, and so show what does not fit."""
    length = (
        func.length(Registration.given_name)
        + func.length(Registration.family_name)
        + func.length(Registration.title)
    )
    rows = db.session.execute(
        select(Registration.id, Registration.given_name, Registration.family_name)
        .join(Badge, Badge.registration_id == Registration.id)
        .where(
            Registration.event_id == event_id,
            Registration.state == RegistrationState.CONFIRMED,
            Badge.revoked_at.is_(None),
        )
        .order_by(length.desc(), Registration.sort_name, Registration.id)
        .limit(MOST)
    )
    return [Sample(row.id, f"{row.given_name} {row.family_name}") for row in rows]


def face_of(event_id: uuid.UUID, registration_id: uuid.UUID | None, press: Press) -> Face:
    """Return what the badge of this person shows; of somebody invented, if there is none."""
    if registration_id is not None:
        row = db.session.execute(
            in_force.rows(event_id).where(Registration.id == registration_id)
        ).one_or_none()
        if row is not None:
            return press.face(row)
    return _invented(press)


def _invented(press: Press) -> Face:
    role, colour, code = next(iter(press.roles.values()), ("", "#000000", ""))
    alliances = [told for key, told in press.alliances.items() if key is not None]
    alliance, alliance_colour = alliances[0] if alliances else ("", "#ffffff")
    themes = [title for key, title in press.themes.items() if key is not None]
    words = INVENTED | {
        "role": role,
        "alliance": alliance,
        "theme": themes[0] if themes else "",
        "theme_label": press.theme_label if themes else "",
        "no_photo": press.no_photo,
    }
    return Face(
        words={field: word for field, word in words.items() if word},
        token=TOKEN,
        role_colour=colour,
        alliance_colour=alliance_colour,
        roles=(code,) if code else (),
    )

"""Make up people for trials: confirmed, with badges, and beyond the quotas.

Nobody is meant: names are combined from lists, and all addresses end in ``.example`` (RFC 2606).
"""

import random
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import insert, select

from registration import clock
from registration.database import db, uuid7
from registration.models.badges import Badge, new_badge_id
from registration.models.deliveries import DeliveryKind
from registration.models.registrations import (
    Diet,
    Registration,
    RegistrationState,
    Salutation,
    Source,
)
from registration.models.roles import Role, RoleAccess
from registration.services import audit, deliveries, quotas, registrations
from registration.services.events import Prospectus, facts_of
from registration.services.folding import fold

CHUNK = 1000
WEIGHTS = {RoleAccess.OPEN: 12, RoleAccess.APPROVAL: 3, RoleAccess.INVITATION: 1}
"""How often roles occur among those made up: as at an event that alliances send people to."""

DIETS = (*[Diet.ANY] * 6, Diet.VEGETARIAN, Diet.VEGETARIAN, Diet.VEGAN, Diet.HALAL)
CONSENTS = (True, True, True, False, None)
LOCALES = ("de", "de", "de", "de", "en")


def generate(
    prospectus: Prospectus,
    count: int,
    *,
    on_progress: Callable[[int], None] | None = None,
    mail: bool = False,
) -> int:
    """Write ``count`` made-up, confirmed registrations with badges, in the caller's transaction.

    They take places whether these are free or not. A caller that makes many does so in several
    transactions of at most `CHUNK`, so that others can write in between.

    Args:
        prospectus: the event; people are spread over its alliances and roles.
        count: how many.
        on_progress: is called with the number just written.
        mail: also promise each of them the mail that confirms.

    Returns:
        How many were written.
    """
    quotas.hold_event(prospectus.event.id)
    made = 0
    while made < count:
        rows = _rows(prospectus, min(CHUNK, count - made), begin=random.randrange(10_000))
        _write(prospectus, rows, mail=mail)
        made += len(rows)
        if on_progress is not None:
            on_progress(len(rows))
    audit.record(
        "registrations.generated",
        actor="command",
        subject=f"event:{prospectus.event.slug}",
        event_id=prospectus.event.id,
        count=count,
    )
    return made


def _write(prospectus: Prospectus, rows: Sequence[dict[str, object]], *, mail: bool) -> None:
    session = db.session
    event_id = prospectus.event.id
    session.execute(insert(Registration), rows)
    session.execute(insert(Badge), [_badge(row) for row in rows])
    _take_places(event_id, rows)
    if mail:
        for row in rows:
            deliveries.promise(
                uuid.UUID(str(row["id"])),
                event_id,
                DeliveryKind.CONFIRMED,
                recipient=str(row["email"]),
                reason="generated",
            )


def _badge(row: dict[str, object]) -> dict[str, object]:
    return {
        "id": new_badge_id(),
        "registration_id": row["id"],
        "event_id": row["event_id"],
        "generation": 0,
        "key_slot": 0,
        "issued_at": row["created_at"],
    }


def _take_places(event_id: uuid.UUID, rows: Sequence[dict[str, object]]) -> None:
    """Count all rows against each quota at once, in ascending id as everybody does."""
    people = Counter((row["alliance_id"], row["role_id"]) for row in rows)
    for quota in quotas.list_quotas(event_id):
        count = sum(
            number
            for (alliance_id, role_id), number in people.items()
            if quota.alliance_id in {None, alliance_id} and quota.role_id in {None, role_id}
        )
        if count:
            quotas.take_beyond([quota.id], count)


def _rows(prospectus: Prospectus, count: int, *, begin: int) -> list[dict[str, object]]:
    """Return the columns of so many people; alliances follow each other, so that all occur."""
    roles = [role for role in prospectus.roles if prospectus.alliances or not role.needs_alliance]
    chosen = random.choices(roles, [WEIGHTS[RoleAccess(role.access)] for role in roles], k=count)
    codes = _new_short_codes(count)
    return [
        _row(prospectus, role, short_code=code, number=begin + place)
        for place, (role, code) in enumerate(zip(chosen, codes, strict=True))
    ]


def _new_short_codes(count: int) -> list[str]:
    """Return different short codes that no registration has."""
    codes: set[str] = set()
    while len(codes) < count:
        codes |= {registrations.new_short_code() for _ in range(count - len(codes))}
        codes -= set(
            db.session.scalars(
                select(Registration.short_code).where(Registration.short_code.in_(codes))
            )
        )
    return list(codes)


def _row(prospectus: Prospectus, role: Role, *, short_code: str, number: int) -> dict[str, object]:
    event = prospectus.event
    alliances = prospectus.alliances
    moment = clock.now()
    columns = {
        **registrations.columns_of(_person(prospectus)),
        "id": uuid7(),
        "event_id": event.id,
        "role_id": role.id,
        "alliance_id": alliances[number % len(alliances)].id if role.needs_alliance else None,
        "state": RegistrationState.CONFIRMED,
        "source": Source.GENERATED,
        "short_code": short_code,
        "idempotency_key": f"generated:{uuid.uuid4().hex}",
        "privacy_consent_at": moment,
        "privacy_version": event.privacy_version,
        "created_at": moment,
        "updated_at": moment,
    }
    columns["photo_consent_at"] = None if columns["photo_consent"] is None else moment
    columns["search_text"] = registrations.search_text_of(columns)
    return columns


@lru_cache(maxsize=1)
def _parts() -> dict[str, Any]:
    """Return of what people are made up; a text of several words is a list of them."""
    parts = facts_of("people")
    given = {Salutation(key): names.split() for key, names in parts["given_names"].items()}
    split = {name: part.split() for name, part in parts.items() if isinstance(part, str)}
    return {**parts, **split, "given_names": given}


def _person(prospectus: Prospectus) -> registrations.Person:
    parts = _parts()
    salutation = random.choices(list(Salutation), [10, 10, 1])[0]
    given = random.choice(parts["given_names"][salutation])
    families = "family_names_of_several_words" if _happens(0.03) else "family_names"
    family = random.choice(parts[families])
    organisation = random.choice(parts["organisations"]).format(
        field=random.choice(parts["fields"]), town=random.choice(parts["towns"])
    )
    return registrations.Person(
        given_name=given,
        family_name=family,
        email=f"{_label(given)}.{_label(family)}@{_label(organisation)}.example",
        salutation=salutation,
        title=random.choice(parts["titles"]),
        organisation=organisation,
        position=random.choice(parts["positions"]),
        sector_id=random.choice(prospectus.sectors).id if prospectus.sectors else None,
        theme_id=random.choice(prospectus.themes).id if prospectus.themes else None,
        locale=random.choice(LOCALES),
        diet=random.choice(DIETS),
        support_needs=random.choice(parts["support_needs"]) if _happens(0.05) else "",
        photo_consent=random.choice(CONSENTS),
    )


def _happens(probability: float) -> bool:
    return random.random() < probability


def _label(text: str) -> str:
    """Return the text as a part of an address: a-z, 0-9 and hyphens."""
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in fold(text))
    return "-".join(part for part in plain.split("-") if part)

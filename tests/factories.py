"""Make what tests need, through the services that the program itself uses."""

import copy
import uuid
from datetime import date, datetime, timedelta
from typing import Any

from registration import clock
from registration.database import transaction
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import events, quotas, registrations

ALLIANCES = ("MR4B", "BIOZ", "VOGTLAND")
ROLES = ("delegate", "presenter", "guest", "political")


def facts(slug: str = "werkstatt") -> dict[str, Any]:
    """Return the Zukunftswerkstatt cut down to three alliances and four roles, without quotas."""
    shipped = copy.deepcopy(dict(events.facts_of("zukunftswerkstatt")))
    shipped["event"]["slug"] = slug
    shipped["alliances"] = [row for row in shipped["alliances"] if row["code"] in ALLIANCES]
    shipped["roles"] = [row for row in shipped["roles"] if row["code"] in ROLES]
    shipped["quotas"] = []
    return shipped


def in_days(days: int) -> date:
    """Return the day so many days ahead."""
    return clock.now().date() + timedelta(days=days)


def yesterday_at(hour: int) -> datetime:
    """Return an hour of yesterday, UTC: the events made here took registrations then."""
    yesterday = clock.now() - timedelta(days=1)
    return yesterday.replace(hour=hour, minute=0, second=0, microsecond=0)


def make_event(slug: str = "werkstatt", *, days_ahead: int = 42) -> Event:
    """Create the small event, so many days ahead."""
    with transaction():
        event = events.create(facts(slug), held_on=in_days(days_ahead))
    return event


def set_places(event: Event, places: int | None, *, alliance: str = "", role: str = "") -> None:
    """Set one quota, by the codes of its alliance and role."""
    prospectus = events.get_prospectus(event.slug)
    found_alliance = prospectus.find_alliance(alliance)
    found_role = prospectus.find_role(role)
    with transaction():
        quotas.set_quota(
            event_id=event.id,
            places=places,
            alliance_id=found_alliance.id if found_alliance else None,
            role_id=found_role.id if found_role else None,
            actor="command",
        )


def person(**told: Any) -> registrations.Person:
    """Return a person; what is not told is made up."""
    return registrations.Person(
        **{
            "given_name": "Änne",
            "family_name": "Groß",
            "email": "aenne.gross@buendnis.example",
            "organisation": "Institut für Beispiele",
            **told,
        }
    )


def register(
    event: Event,
    *,
    role: str = "delegate",
    alliance: str = "MR4B",
    idempotency_key: str = "",
    **told: Any,
) -> Registration:
    """Register a person as the public form does."""
    prospectus = events.get_prospectus(event.slug)
    found_alliance = prospectus.find_alliance(alliance)
    found_role = prospectus.find_role(role)
    assert found_role is not None
    with transaction():
        receipt = registrations.register(
            prospectus,
            person(**told),
            role=found_role,
            alliance_id=found_alliance.id if found_alliance else None,
            idempotency_key=idempotency_key or uuid.uuid4().hex,
        )
    return registrations.get(receipt.registration_id)

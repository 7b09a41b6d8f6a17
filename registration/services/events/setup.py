"""Set up an event from a file of facts (TOML), and move it to another day."""

import re
import secrets
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from registration.database import Localised, db
from registration.errors import Duplicate
from registration.models.alliances import Alliance
from registration.models.events import AddressPolicy, Event, Promotion, Sector, Theme
from registration.models.gates import Gate, Reentry
from registration.models.quotas import Quota
from registration.models.roles import Coordination, Role
from registration.services import audit, folding, keys
from registration.services.questions import setting

FACTS = Path(__file__).resolve().parents[2] / "facts"
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
RESERVED = frozenset(
    {
        "r",
        "i",
        "d",
        "certificates",
        "gate",
        "organise",
        "coordinate",
        "api",
        "livez",
        "readyz",
        "metrics",
        "static",
        "welcome",
    }
)
"""First parts of paths that an event's slug must not hide."""

Facts = Mapping[str, Any]
"""A parsed file of facts; registration/facts/zukunftswerkstatt.toml shows every key."""


def facts_of(name: str) -> Facts:
    """Return the facts of an event that this program ships, for instance ``zukunftswerkstatt``."""
    return tomllib.loads((FACTS / f"{name}.toml").read_text(encoding="utf-8"))


def create(facts: Facts, *, held_on: date | None = None, actor: str = "command") -> Event:
    """Create an event with its lists, quotas, gates and its first signing key.

    Args:
        facts: what the event is.
        held_on: another day than the facts have; all its times move along.
        actor: for the audit log.

    Raises:
        Duplicate: an event, or a part of this program, has its address already.
        Invalid: one of its questions cannot be so.
        ValueError: its slug cannot stand in an address.
    """
    about = facts["event"]
    venue = about["venue"]
    event = Event(
        slug=_checked_slug(about["slug"]),
        tag=_new_tag(),
        title=Localised(about["title"]),
        programme_line=about["programme_line"],
        timezone=about["timezone"],
        venue_name=venue["name"],
        venue_city=venue["city"],
        venue_country=venue["country"],
        venue_notice=Localised(venue["notice"]),
        organiser_name=about["organiser_name"],
        organiser_email=about["organiser_email"],
        promotion=Promotion(about.get("promotion", Promotion.AUTOMATIC)),
        offer_hours=about.get("offer_hours", 48),
        address_policy=AddressPolicy(about.get("address_policy", AddressPolicy.FREE)),
        privacy_version=about["privacy_version"],
        **_times(about, held_on or about["held_on"]),
    )
    db.session.add(event)
    db.session.flush()
    _add_lists(event.id, facts)
    keys.make(event.id, slot=0)
    db.session.flush()
    _add_quotas(event.id, facts["quotas"])
    setting.set_up(event.id, facts.get("questions", ()), actor=actor)
    audit.record("event.created", actor=actor, subject=f"event:{event.slug}", event_id=event.id)
    return event


def move(event: Event, facts: Facts, *, held_on: date) -> None:
    """Hold the event on another day; its times and deadlines move along."""
    for name, value in _times(facts["event"], held_on).items():
        setattr(event, name, value)
    event.revision += 1


def _times(about: Facts, held_on: date) -> dict[str, Any]:
    zone = ZoneInfo(about["timezone"])

    def at(clock_time: time) -> datetime:
        return datetime.combine(held_on, clock_time, tzinfo=zone)

    def end_of_day(days_before: int) -> datetime:
        day = held_on - timedelta(days=days_before)
        return datetime.combine(day, time(23, 59, 59), tzinfo=zone)

    return {
        "held_on": held_on,
        "doors_at": at(about["doors_at"]),
        "starts_at": at(about["starts_at"]),
        "ends_at": at(about["ends_at"]),
        "registration_opens_at": end_of_day(about["registration_opens_days_before"]),
        "registration_closes_at": end_of_day(about["registration_closes_days_before"]),
        "changes_close_at": end_of_day(about["changes_close_days_before"]),
        "nominations_close_at": end_of_day(
            about.get("nominations_close_days_before", about["registration_closes_days_before"])
        ),
    }


def _add_lists(event_id: uuid.UUID, facts: Facts) -> None:
    session = db.session
    for position, row in enumerate(facts["sectors"]):
        session.add(Sector(event_id=event_id, position=position, **_code_and_title(row)))
    for position, row in enumerate(facts["themes"]):
        session.add(Theme(event_id=event_id, position=position, **_code_and_title(row)))
    for position, row in enumerate(facts["roles"]):
        session.add(
            Role(
                event_id=event_id,
                access=row["access"],
                needs_alliance=row["needs_alliance"],
                coordination=row.get("coordination", Coordination.NONE),
                rank=row.get("rank", position),
                reentry=Reentry(row.get("reentry", Reentry.FREE)),
                colour=row["colour"],
                badge_class=position,
                position=position,
                **_code_and_title(row),
            )
        )
    for row in facts["alliances"]:
        session.add(
            Alliance(
                event_id=event_id,
                code=row["code"],
                name=row["name"],
                colour=row["colour"],
                sort_name=folding.fold(row["name"]),
            )
        )
    for row in facts["gates"]:
        zone = row.get("zone", "")
        session.add(Gate(event_id=event_id, code=row["code"], name=row["name"], zone=zone))


def _code_and_title(row: Facts) -> dict[str, Any]:
    texts = {language: text for language, text in row.items() if language in {"de", "en"}}
    return {"code": row["code"], "title": Localised(texts)}


def _add_quotas(event_id: uuid.UUID, rows: Sequence[Facts]) -> None:
    session = db.session
    roles = {
        role.code: role.id for role in session.scalars(select(Role).filter_by(event_id=event_id))
    }
    alliances = session.scalars(select(Alliance.id).filter_by(event_id=event_id)).all()
    for row in rows:
        role_id = roles[row["role"]] if "role" in row else None
        for alliance_id in alliances if row.get("each_alliance") else [None]:
            session.add(
                Quota(
                    event_id=event_id,
                    alliance_id=alliance_id,
                    role_id=role_id,
                    alliance_key=alliance_id or 0,
                    role_key=role_id or 0,
                    places=row["places"],
                    taken=0,
                )
            )
            session.flush()


def _new_tag() -> int:
    """Return a two-byte number that no event of this database has as its tag."""
    taken = set(db.session.scalars(select(Event.tag)))
    free = [tag for tag in range(65536) if tag not in taken]
    if not free:
        raise Duplicate(field="tag")
    return secrets.choice(free)


def _checked_slug(slug: str) -> str:
    if not SLUG.fullmatch(slug):
        raise ValueError(f"{slug!r}: use a-z, 0-9 and hyphens")
    taken = db.session.scalars(select(Event.id).where(Event.slug == slug)).first()
    if slug in RESERVED or taken:
        raise Duplicate(field="slug", name=slug)
    return slug

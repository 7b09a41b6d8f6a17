"""Bearers: whom the scans of a transaction name, read in one query."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, select

from registration import clock
from registration.database import Localised, Moment, db
from registration.models.alliances import Alliance
from registration.models.badges import Badge
from registration.models.gates import Presence
from registration.models.registrations import Registration
from registration.models.roles import Role
from registration.prepared import Among, Prepared
from registration.services import roles
from registration.services.gates.devices import DEVICE, SEEN_EVERY
from registration.services.gates.scans.passages import Passage
from registration.services.gates.scans.seen import Batch

BADGE = cast(Table, Badge.__table__)
REGISTRATION = cast(Table, Registration.__table__)


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """The person of a badge, as the gate may see them, with their passage so far."""

    badge_id: str
    event_id: uuid.UUID
    generation: int
    revoked: bool
    name: str
    alliance: str | None
    role: Localised
    passage: Passage | None


@dataclass(frozen=True)
class Known:
    """What the database knows of a transaction's scans, read in one query."""

    bearers: Mapping[str, Bearer]
    """Whom the scans name, by badge id, and by the short code where one was typed."""
    devices_in_order: int
    """How many of the devices are enrolled and were seen lately; 0 if that was not read."""

    @classmethod
    def read(cls, batches: Sequence[Batch]) -> "Known":
        """Read what the batches' scans name, and whether their devices are in order."""
        named = [each for batch in batches for _, each in batch.scans]
        about = {
            "devices": list({batch.device.id for batch in batches}),
            "lately": clock.now() - SEEN_EVERY,
        }
        connection = db.session.connection()
        bearers: dict[str, Bearer] = {}
        in_order = 0
        for statement, names in (
            (_BY_BADGE, {each.badge_id for each in named if each.badge_id}),
            (_BY_CODE, {each.short_code for each in named if each.short_code}),
        ):
            if names:
                for row in statement.rows(connection, about | {"names": list(names)}):
                    bearers[row.name] = _bearer(row)
                    in_order = row.devices_in_order
        return cls(bearers, in_order)


_IN_ORDER = (
    select(func.count())
    .where(
        Among(DEVICE.c.id, "devices"),
        DEVICE.c.revoked_at.is_(None),
        DEVICE.c.last_seen_at > bindparam("lately", type_=Moment),
    )
    .scalar_subquery()
    .label("devices_in_order")
)
_BEARERS = (
    select(
        _IN_ORDER,
        Badge.id.label("badge_id"),
        Badge.event_id,
        Badge.generation,
        Badge.revoked_at,
        Registration.title,
        Registration.given_name,
        Registration.family_name,
        Alliance.name.label("alliance"),
        Role.title.label("role"),
        roles.further_titles(),
        Presence.inside,
        Presence.first_at,
        Presence.first_gate,
        Presence.last_at,
        Presence.revision,
    )
    .join(Registration, Registration.id == Badge.registration_id)
    .join(Role, Role.id == Registration.role_id)
    .outerjoin(Alliance, Alliance.id == Registration.alliance_id)
    .outerjoin(Presence, Presence.badge_id == Badge.id)
)
_BY_BADGE = Prepared(
    lambda _: _BEARERS.add_columns(Badge.id.label("name")).where(Among(BADGE.c.id, "names"))
)
_BY_CODE = Prepared(
    lambda _: _BEARERS.add_columns(Registration.short_code.label("name")).where(
        Among(REGISTRATION.c.short_code, "names")
    )
)


def _bearer(row: Any) -> Bearer:
    passage = None
    if row.inside is not None:
        passage = Passage(
            inside=row.inside,
            first_at=row.first_at,
            first_gate=row.first_gate,
            last_at=row.last_at,
            revision=row.revision,
        )
    names = (row.title, row.given_name, row.family_name)
    return Bearer(
        badge_id=row.badge_id,
        event_id=row.event_id,
        generation=row.generation,
        revoked=row.revoked_at is not None,
        name=" ".join(part for part in names if part),
        alliance=row.alliance,
        role=roles.joined(row.role, row.further_titles),
        passage=passage,
    )

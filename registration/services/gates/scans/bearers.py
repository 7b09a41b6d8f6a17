"""Bearers: whom the scans of a transaction name, read in one query."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Table, func, select

from registration.database import Localised
from registration.models.alliances import Alliance
from registration.models.badges import Badge
from registration.models.gates import Presence, Scan
from registration.models.registrations import Registration
from registration.models.roles import Role
from registration.prepared import Among, Prepared, each_of
from registration.services import roles
from registration.services.gates.days import milliseconds
from registration.services.gates.merging import HOUSE, First, Standing
from registration.services.gates.rules import rules_of
from registration.services.gates.scans.seen import Named

BADGE = cast(Table, Badge.__table__)
REGISTRATION = cast(Table, Registration.__table__)
SCAN = cast(Table, Scan.__table__)


class Bearer(Struct, frozen=True, kw_only=True):
    """The person of a badge, as the gate may see them, with where their scans have left them."""

    badge_id: str
    event_id: uuid.UUID
    generation: int
    revoked: bool
    name: str
    alliance: str | None
    role: Localised
    reentry: str
    host_email: str
    standing: Standing | None
    """None of whoever was never let in."""
    revision: int | None
    """How often their presence was written since; None if none is kept."""
    last_scan_at: int | None
    """The latest scan of the badge that is stored, in milliseconds since 1970."""


Query = tuple[Prepared, Mapping[str, object]]


def queries(named: Iterable[Named]) -> Sequence[Query]:
    """Return what to ask to learn whom the texts name; `found` takes the answers."""
    several = list(named)
    wanted = (
        (_BY_BADGE, {each.badge_id for each in several if each.badge_id}),
        (_BY_CODE, {each.short_code for each in several if each.short_code}),
    )
    return [(statement, {"names": list(names)}) for statement, names in wanted if names]


def found(answers: Iterable[Sequence[Any]]) -> Mapping[str, Bearer]:
    """Return the people: by badge id, and by the short code where one was typed."""
    return {row.name: _bearer(row) for rows in answers for row in rows}


_LAST_SCAN_AT = (
    select(func.max(SCAN.c.scanned_at))
    .where(SCAN.c.badge_id == BADGE.c.id)
    .correlate(BADGE)
    .scalar_subquery()
)
_BEARERS = (
    select(
        Badge.id.label("badge_id"),
        Badge.event_id,
        Badge.generation,
        Badge.revoked_at.is_not(None).label("revoked"),
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
        Presence.zones,
        Presence.revision,
        Role.reentry,
        Registration.host_email,
        _LAST_SCAN_AT.label("last_scan_at"),
    )
    .join(Registration, Registration.id == Badge.registration_id)
    .join(Role, Role.id == Registration.role_id)
    .outerjoin(Alliance, Alliance.id == Registration.alliance_id)
    .outerjoin(Presence, Presence.badge_id == Badge.id)
)


def _named_by(column: ColumnElement[str], dialect: str) -> Select[Any]:
    """Return the query for the bearers whom this column names.

    PostgreSQL looks up one name after the other: asked for a list, it plans anew for the length
    of each, which costs ten times the looking up.
    """
    bearers = _BEARERS.add_columns(column.label("name"))
    if dialect == "postgresql":
        return each_of(column, "names", bearers)
    return bearers.where(Among(column, "names"))


_BY_BADGE = Prepared(partial(_named_by, BADGE.c.id))
_BY_CODE = Prepared(partial(_named_by, REGISTRATION.c.short_code))


def _bearer(row: Any) -> Bearer:
    names = (row.title, row.given_name, row.family_name)
    return Bearer(
        badge_id=row.badge_id,
        event_id=row.event_id,
        generation=row.generation,
        revoked=row.revoked,
        name=" ".join([part for part in names if part]),
        alliance=row.alliance,
        role=roles.joined(row.role, row.further_titles),
        reentry=row.reentry,
        host_email=row.host_email,
        standing=None if row.inside is None else _standing(row),
        revision=row.revision,
        last_scan_at=None if row.last_scan_at is None else milliseconds(row.last_scan_at),
    )


def _standing(row: Any) -> Standing:
    zones = row.zones
    if not zones:  # kept by a version that knew one zone and no days
        day = rules_of(row.event_id).day_of(milliseconds(row.last_at))
        zones = {HOUSE: f"{day}{'+' if row.inside else '-'}"}
    return Standing(zones, First(milliseconds(row.first_at), row.first_gate))

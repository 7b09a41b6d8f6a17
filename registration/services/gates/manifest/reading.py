"""What a manifest consists of, read as plain rows: no object is made of a hundred thousand."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import starmap
from typing import Any

from sqlalchemy import Select, or_, select

from registration.database import db
from registration.models.badges import Badge, SigningKey
from registration.models.gates import Device, Gate, Scan, Verdict
from registration.models.registrations import FurtherRole, Registration, RegistrationState
from registration.services.events import Prospectus
from registration.services.gates.days import day_ends, milliseconds

CHUNK = 1000
NOBODY = 256
"""A generation that no badge has: none is let in."""
Further = Mapping[uuid.UUID, Sequence[int]]
"""The places of people's further roles in the manifest's list, by registration."""
REFUSED = frozenset({Verdict.REVOKED, Verdict.UNKNOWN, Verdict.OTHER_EVENT, Verdict.FORGED})
"""What is decided when a scan is stored, and by no other scan."""


def head(prospectus: Prospectus) -> Mapping[str, object]:
    """Return what is the same for everybody: the event, its keys, gates, lists and rules."""
    event = prospectus.event
    session = db.session
    slots = session.execute(
        select(SigningKey.slot, SigningKey.public_key).filter_by(event_id=event.id)
    )
    gates = session.execute(
        select(Gate.code, Gate.name, Gate.zone).filter_by(event_id=event.id).order_by(Gate.id)
    )
    devices = session.execute(
        select(Device.id, Device.name).where(Device.event_id == event.id, Device.name != "")
    )
    return {
        "event": {
            "id": event.id.hex,
            "tag": event.tag,
            "slug": event.slug,
            "title": event.title,
            "ends_at": event.ends_at,
            "timezone": event.timezone,
            "evacuation_at": event.evacuation_at,
        },
        "keys": {str(slot): key for slot, key in slots},
        "gates": {code: {"name": name, "zone": zone} for code, name, zone in gates},
        "alliances": [[each.code, each.name, each.colour] for each in prospectus.alliances],
        "roles": [
            [each.code, each.title, each.colour, each.badge_class, each.reentry]
            for each in prospectus.roles
        ],
        "themes": [[each.code, each.title] for each in prospectus.themes],
        "devices": {key_of(device_id): name for device_id, name in devices},
        "rules": {"day_ends": day_ends(event)},
    }


@dataclass
class People:
    """The badges of an event, those that changed since a moment or all."""

    prospectus: Prospectus
    changed_since: datetime | None
    exceptions: dict[str, int] = field(default_factory=dict)
    """The least generation that is let in, by badge; filled as `chunks` are read."""

    def __post_init__(self) -> None:
        self._alliances = _numbered(self.prospectus.alliances)
        self._roles = _numbered(self.prospectus.roles)
        self._themes = _numbered(self.prospectus.themes)

    def chunks(self) -> Iterator[Sequence[object]]:
        """Yield the badges that would be let in, as devices read them."""
        further = self._further_roles()
        for chunk in _partitions(self._statement()):
            yield [self._badge(row, further) for row in chunk if self._is_let_in(row)]

    def _statement(self) -> Select[*tuple[Any, ...]]:
        statement = (
            select(
                Badge.id,
                Badge.generation,
                Badge.revoked_at.is_(None).label("in_force"),
                Registration.id,
                Registration.state,
                Registration.title,
                Registration.given_name,
                Registration.family_name,
                Registration.alliance_id,
                Registration.role_id,
                Registration.short_code,
                Registration.theme_id,
                Registration.gate_note,
            )
            .join(Badge, Badge.registration_id == Registration.id)
            .where(Registration.event_id == self.prospectus.event.id)
        )
        if self.changed_since is None:
            return statement
        return statement.where(Registration.updated_at >= self.changed_since)

    def _further_roles(self) -> Further:
        """Return the further roles of those who have any, in the order of their ranks."""
        ranks = {
            role.id: (role.rank, role.position, self._roles[role.id])
            for role in self.prospectus.roles
        }
        statement = (
            select(FurtherRole.registration_id, FurtherRole.role_id)
            .join(Registration, Registration.id == FurtherRole.registration_id)
            .where(Registration.event_id == self.prospectus.event.id)
        )
        if self.changed_since is not None:
            statement = statement.where(Registration.updated_at >= self.changed_since)
        found: defaultdict[uuid.UUID, list[int]] = defaultdict(list)
        for registration_id, role_id in db.session.connection().execute(statement):
            found[registration_id].append(role_id)
        return {
            registration_id: [ranks[each][2] for each in sorted(role_ids, key=ranks.__getitem__)]
            for registration_id, role_ids in found.items()
        }

    def _is_let_in(self, row: Sequence[Any]) -> bool:
        """Return whether the badge is in force, and note what it is an exception of."""
        badge_id, generation, in_force, _, state, *_rest = row
        let_in = bool(in_force) and state == RegistrationState.CONFIRMED
        if generation or not let_in or self.changed_since is not None:
            self.exceptions[badge_id] = generation if let_in else NOBODY
        return let_in

    def _badge(
        self, row: Sequence[Any], further: Mapping[uuid.UUID, Sequence[int]]
    ) -> list[object]:
        badge_id, _, _, registration_id, _, title, given, family, *rest = row
        alliance_id, role_id, short_code, theme_id, note = rest
        name = f"{title} {given} {family}" if title else f"{given} {family}"
        return [
            badge_id,
            name,
            self._alliances.get(alliance_id),
            [self._roles[role_id], *further.get(registration_id, ())],
            short_code,
            self._themes.get(theme_id),
            note,
        ]


def _numbered(listed: Sequence[Any]) -> Mapping[int | None, int]:
    return {each.id: number for number, each in enumerate(listed)}


def scans(event_id: uuid.UUID, stored_since: datetime | None) -> Iterator[Sequence[object]]:
    """Yield the scans of all devices that name a badge, or take back one that did."""
    statement = (
        select(
            Scan.id,
            Scan.badge_id,
            Scan.kind,
            Scan.scanned_at,
            Scan.gate,
            Scan.target_id,
            Scan.verdict,
            Scan.device_id,
        )
        .where(Scan.event_id == event_id)
        .where(or_(Scan.badge_id.is_not(None), Scan.target_id.is_not(None)))
    )
    if stored_since is not None:
        statement = statement.where(Scan.stored_at >= stored_since)
    for chunk in _partitions(statement):
        yield list(starmap(_scan, chunk))


def _scan(
    scan_id: uuid.UUID,
    badge_id: str | None,
    kind: str,
    at: datetime,
    gate: str,
    target_id: uuid.UUID | None,
    verdict: str,
    device_id: uuid.UUID,
) -> tuple[object, ...]:
    refused = verdict if verdict in REFUSED else None
    return scan_id, badge_id, kind, milliseconds(at), gate, target_id, refused, key_of(device_id)


def key_of(device_id: uuid.UUID) -> str:
    """Return what tells a device from the others of an event: 8 of its random digits.

    No place in a list, which would be another once devices are added or taken away, while the
    scans of before lie on the phones; two of a hundred devices share one once in a million events.
    """
    return device_id.hex[-8:]


def _partitions(statement: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    connection = db.session.connection()
    options = {"yield_per": CHUNK}
    with connection.execute(statement, execution_options=options) as result:
        yield from result.partitions()

"""Findings: what scans have left for a person to look at, until somebody says what it was."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import String, cast, func, literal, select, update

from registration import clock
from registration.database import db, insert_new
from registration.errors import NotFound
from registration.models.accounts import Account
from registration.models.badges import Badge
from registration.models.gates import Device, Finding, FindingKind, Scan
from registration.models.registrations import Registration
from registration.services import audit

MOST_FOUND = 200


class Found(NamedTuple):
    """One finding with whom, where and when it is about, as far as that is known."""

    id: uuid.UUID
    kind: FindingKind
    detail: Mapping[str, str | int | None]
    found_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    note: str
    device: str | None
    """The device's name, "" if it has none; None where no device is meant."""
    device_id: uuid.UUID | None
    at: datetime | None
    """When the scan was made, by corrected time."""
    gate: str | None
    scan_kind: str | None
    person: str
    registration_id: uuid.UUID | None


def note(
    kind: FindingKind,
    name: str,
    *,
    event_id: uuid.UUID,
    detail: Mapping[str, object],
    found_at: datetime | None = None,
    **about: uuid.UUID | str | None,
) -> bool:
    """Write down what a person must look at, once; return whether it was new.

    Args:
        kind: what was found.
        name: tells it from others of its kind, at whatever event; at most 140 characters.
        event_id: where it was found.
        detail: what whoever reads it must know.
        found_at: when; now, if it is not said.
        about: ``device_id``, ``badge_id`` or ``scan_id``, where there is one.
    """
    row: dict[str, object] = {"event_id": event_id, "kind": kind, "dedupe_key": f"{kind}:{name}"}
    row |= {"detail": detail, "found_at": found_at or clock.now()}
    return bool(insert_new(Finding, row | about))


def count_open(event_id: uuid.UUID) -> int:
    """Return how many findings wait for somebody; asked for on every page, so by an index alone."""
    query = select(func.count()).where(Finding.event_id == event_id, Finding.resolved_at.is_(None))
    return db.session.scalar(query) or 0


def list_found(
    event_id: uuid.UUID, *, is_resolved: bool = False, most: int = MOST_FOUND
) -> Sequence[Found]:
    """Return what waits, the newest first; or what was resolved, the last resolved first."""
    resolved = Finding.resolved_at
    rows = db.session.execute(
        _query(event_id)
        .where(resolved.is_not(None) if is_resolved else resolved.is_(None))
        .order_by((resolved if is_resolved else Finding.found_at).desc(), Finding.id.desc())
        .limit(most)
    ).all()
    walked_in = _people({uuid.UUID(str(row.detail["registration"])) for row in rows if _names(row)})
    return [_found(row, walked_in) for row in rows]


def _query(event_id: uuid.UUID) -> Any:
    return (
        select(
            Finding.id,
            Finding.kind,
            Finding.detail,
            Finding.found_at,
            Finding.resolved_at,
            Finding.resolved_by,
            Finding.note,
            Finding.device_id,
            Device.name.label("device"),
            Scan.scanned_at,
            Scan.gate,
            Scan.kind.label("scan_kind"),
            Registration.id.label("registration_id"),
            *_NAMES,
        )
        .outerjoin(Device, Device.id == Finding.device_id)
        .outerjoin(Scan, Scan.id == Finding.scan_id)
        .outerjoin(Badge, (Badge.id == Finding.badge_id) & (Badge.event_id == event_id))
        .outerjoin(Registration, Registration.id == Badge.registration_id)
        .where(Finding.event_id == event_id)
    )


_NAMES = (Registration.title, Registration.given_name, Registration.family_name)


def _name(row: Any) -> str:
    return " ".join(filter(None, (row.title, row.given_name, row.family_name)))


def _names(row: Any) -> bool:
    """Return whether a finding names a registration in its detail, as that of a walk-in does."""
    return bool(row.detail.get("registration"))


def _people(ids: set[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    if not ids:
        return {}
    rows = db.session.execute(select(Registration.id, *_NAMES).where(Registration.id.in_(ids)))
    return {row.id: _name(row) for row in rows}


def _found(row: Any, walked_in: Mapping[uuid.UUID, str]) -> Found:
    person, registration_id = _name(row), row.registration_id
    if _names(row):
        registration_id = uuid.UUID(str(row.detail["registration"]))
        person = walked_in.get(registration_id, "")
        registration_id = registration_id if person else None
    return Found(
        id=row.id,
        kind=FindingKind(row.kind),
        detail=row.detail,
        found_at=row.found_at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        note=row.note,
        device=row.device,
        device_id=row.device_id,
        at=row.scanned_at,
        gate=row.gate or row.detail.get("gate"),
        scan_kind=row.scan_kind,
        person=person,
        registration_id=registration_id,
    )


def names_of_resolvers(event_id: uuid.UUID) -> Mapping[str, str]:
    """Return the names of the accounts that have resolved findings, by actor."""
    rows = db.session.execute(
        select(Account.id, Account.name, Account.email).where(
            (literal("account:") + cast(Account.id, String)).in_(
                select(Finding.resolved_by).where(Finding.event_id == event_id)
            )
        )
    )
    return {f"account:{row.id}": row.name or row.email for row in rows}


def get(finding_id: uuid.UUID, *, event_id: uuid.UUID) -> Finding:
    """Return the finding.

    Raises:
        NotFound: the event has none of this id.
    """
    finding = db.session.get(Finding, finding_id, populate_existing=True)
    if finding is None or finding.event_id != event_id:
        raise NotFound(noun="finding", name=str(finding_id))
    return finding


def resolve(finding_id: uuid.UUID, *, event_id: uuid.UUID, note: str, actor: str) -> bool:
    """Take a finding off the list and keep what somebody says about it.

    Returns:
        Whether it was open until now; what somebody else has resolved stays as they left it.

    Raises:
        NotFound: the event has none of this id.
    """
    finding = get(finding_id, event_id=event_id)
    resolved = db.session.execute(
        update(Finding)
        .where(Finding.id == finding.id, Finding.resolved_at.is_(None))
        .values(resolved_at=clock.now(), resolved_by=actor, note=note)
        .returning(Finding.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if resolved is not None:
        audit.record(
            "finding.resolved",
            actor=actor,
            subject=f"finding:{finding_id}",
            event_id=event_id,
            kind=finding.kind,
        )
    return resolved is not None

"""Gaps: scans that a device must have made, since later ones have come, and that have not come."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select, tuple_, update

from registration import clock
from registration.database import db
from registration.models.gates import Device, Finding, FindingKind, Scan
from registration.services.gates import findings, sequences

PATIENCE = timedelta(minutes=2)
"""A device sends again every ten seconds what was not acknowledged: by then, it should be here."""
ACTOR = "worker"


class Gap(NamedTuple):
    """Numbers of one device of which none has come, though the one after them has."""

    device_id: uuid.UUID
    event_id: uuid.UUID
    first: int
    last: int

    @property
    def name(self) -> str:
        """What it is called among findings."""
        return f"{self.device_id.hex}:{self.first}-{self.last}"


def find_gaps() -> int:
    """Write a finding for each gap that is older than `PATIENCE`; return how many were new.

    The finding of a gap that was filled, wholly or in part, is resolved by that.
    """
    gaps = _gaps()
    _resolve_filled({gap.name for gap in gaps})
    known_since = _since(gaps)
    just_now = clock.now() - PATIENCE
    due = [gap for gap in gaps if gap not in known_since or known_since[gap] < just_now]
    return sum(map(_note, due))


def _gaps() -> Sequence[Gap]:
    """Return all gaps there are; a device without any has one range, from 1."""
    rows = db.session.execute(
        select(Device.id, Device.event_id, Device.received)
        .where(
            Device.received != "",
            or_(Device.received.contains(","), Device.acknowledged == 0),
        )
        .order_by(Device.id)
    )
    return [
        Gap(device_id, event_id, first, last)
        for device_id, event_id, received in rows
        for first, last in sequences.gaps(sequences.parse(received))
    ]


def _since(gaps: Sequence[Gap]) -> Mapping[Gap, datetime]:
    """Return when the scan after each gap came; one that could not be read has no such moment."""
    if not gaps:
        return {}
    after = {(gap.device_id, gap.last + 1): gap for gap in gaps}
    rows = db.session.execute(
        select(Scan.device_id, Scan.seq, Scan.stored_at).where(
            Scan.event_id.in_({gap.event_id for gap in gaps}),
            tuple_(Scan.device_id, Scan.seq).in_(list(after)),
        )
    )
    return {after[device_id, seq]: stored_at for device_id, seq, stored_at in rows}


def _note(gap: Gap) -> bool:
    return findings.note(
        FindingKind.GAP,
        gap.name,
        event_id=gap.event_id,
        device_id=gap.device_id,
        detail={"first": gap.first, "last": gap.last},
    )


def _resolve_filled(standing: set[str]) -> None:
    is_open = and_(Finding.kind == FindingKind.GAP, Finding.resolved_at.is_(None))
    rows: Sequence[Any] = db.session.execute(
        select(Finding.id, Finding.dedupe_key).where(is_open)
    ).all()
    filled = [row.id for row in rows if row.dedupe_key.partition(":")[2] not in standing]
    if filled:
        db.session.execute(
            update(Finding)
            .where(Finding.id.in_(filled), is_open)
            .values(resolved_at=clock.now(), resolved_by=ACTOR)
            .execution_options(synchronize_session=False)
        )

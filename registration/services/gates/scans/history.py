"""History: all that is stored of some badges, for scans that do not come in order."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from registration.database import db
from registration.models.gates import Scan, Verdict
from registration.services.gates.days import milliseconds
from registration.services.gates.merging import Pass

DID_NOT_COUNT = frozenset({Verdict.REVOKED, Verdict.UNKNOWN, Verdict.OTHER_EVENT, Verdict.FORGED})
"""Verdicts on the badge itself, made once when a scan is stored; merging takes them as they are."""


class Past:
    """The stored scans of one badge, as merging takes them, and what the door was told of each."""

    def __init__(self) -> None:
        self.passes: list[Pass] = []
        self.told: dict[str, str] = {}
        self.devices: dict[str, uuid.UUID] = {}
        self._own: defaultdict[uuid.UUID, list[tuple[int, int]]] = defaultdict(list)

    def add(self, one: Pass, *, device_id: uuid.UUID, seq: int, told: str) -> None:
        """Take one scan."""
        self.passes.append(one)
        self.told[one.id] = told
        self.devices[one.id] = device_id
        self._own[device_id].append((seq, one.at))

    def after_own(self, at: int, *, device_id: uuid.UUID, seq: int) -> int:
        """Return the moment, or that just after the device's earlier scans of this badge.

        A device's own scans keep their order, whatever its clock does.
        """
        earlier = [then for number, then in self._own[device_id] if number <= seq]
        return max([at, *(then + 1 for then in earlier)])

    def add_row(self, row: Any) -> None:
        """Take one stored scan."""
        refused = row.verdict if row.verdict in DID_NOT_COUNT else None
        target = str(row.target_id) if row.target_id else None
        at = milliseconds(row.scanned_at)
        self.add(
            Pass(at, str(row.id), row.kind, row.gate, target, refused),
            device_id=row.device_id,
            seq=row.seq,
            told=row.told or row.verdict,
        )


def read(event_id: uuid.UUID, badge_ids: Collection[str]) -> Mapping[str, Past]:
    """Return the past of these badges at the event, also of those that have none."""
    pasts: defaultdict[str, Past] = defaultdict(Past)
    rows = db.session.execute(
        select(
            Scan.id,
            Scan.badge_id,
            Scan.scanned_at,
            Scan.kind,
            Scan.gate,
            Scan.target_id,
            Scan.verdict,
            Scan.told,
            Scan.device_id,
            Scan.seq,
        ).where(Scan.event_id == event_id, Scan.badge_id.in_(badge_ids))
    )
    for row in rows:
        pasts[row.badge_id].add_row(row)
    return pasts

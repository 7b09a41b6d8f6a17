"""The ledger of one transaction: scans and passages, decided in memory, then written at once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import update

from registration.combiner import Again
from registration.database import Localised, db, new_row
from registration.models.gates import Presence, Scan, ScanState, Verdict
from registration.prepared import Prepared
from registration.services.gates.devices import EnrolledDevice
from registration.services.gates.scans import passages
from registration.services.gates.scans.bearers import Bearer
from registration.services.gates.scans.passages import Passage
from registration.services.gates.scans.seen import Named, Seen

MOST_TEXT = 200


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the door is told about one scan. The role is None where no badge is known."""

    id: str | None
    state: ScanState
    verdict: Verdict | None = None
    first_at: datetime | None = None
    first_gate: str | None = None
    name: str | None = None
    alliance: str | None = None
    role: Localised | None = None
    reason: str | None = None


class Ledger:
    """The scans and passages of one transaction: decided in memory, then written at once."""

    def __init__(
        self,
        bearers: Mapping[str, Bearer],
        known: Mapping[uuid.UUID, Scan],
        moment: datetime,
    ) -> None:
        self._bearers = bearers
        self._known = known
        self._moment = moment
        self._before = {bearer.badge_id: bearer.passage for bearer in bearers.values()}
        self._after = dict(self._before)
        self._rows: dict[uuid.UUID, dict[str, Any]] = {}

    def enter(self, device: EnrolledDevice, seen: Seen, named: Named) -> Answer:
        """Decide one scan, note it, and return what the door is told."""
        bearer = self._bearers.get(named.badge_id or named.short_code or "")
        if bearer is not None and bearer.event_id != device.event_id:
            bearer = None
        verdict = self._repeated(device, seen)
        if verdict is None and (seen.id in self._known or seen.id in self._rows):
            return Answer(id=str(seen.id), state=ScanState.REFUSED, reason="id_taken")
        state = ScanState.STORED if verdict is None else ScanState.ALREADY
        if verdict is None:
            verdict = self._decide(seen, named, bearer)
            self._rows[seen.id] = self._row(device, seen, named, bearer, verdict)
        passage = self._after.get(bearer.badge_id) if bearer else None
        return Answer(
            id=str(seen.id),
            state=state,
            verdict=verdict,
            first_at=passage.first_at if passage else None,
            first_gate=passage.first_gate if passage else None,
            name=bearer.name if bearer else None,
            alliance=bearer.alliance if bearer else None,
            role=bearer.role if bearer else None,
        )

    def _repeated(self, device: EnrolledDevice, seen: Seen) -> Verdict | None:
        """Return the verdict that this very scan got before, if it was stored before."""
        if seen.id in self._known:
            before = self._known[seen.id]
            same = (before.device_id, before.badge_text) == (device.id, seen.badge[:MOST_TEXT])
            return Verdict(before.verdict) if same else None
        row = self._rows.get(seen.id)
        if row and (row["device_id"], row["badge_text"]) == (device.id, seen.badge[:MOST_TEXT]):
            return Verdict(row["verdict"])
        return None

    def _decide(self, seen: Seen, named: Named, bearer: Bearer | None) -> Verdict:
        if named.verdict is not None:
            return named.verdict
        if bearer is None:
            return Verdict.UNKNOWN
        outdated = named.generation is not None and named.generation < bearer.generation
        if bearer.revoked or outdated:
            return Verdict.REVOKED
        verdict, self._after[bearer.badge_id] = passages.judge(
            self._after[bearer.badge_id],
            kind=seen.kind,
            at=min(seen.wall_at, self._moment),
            gate=seen.gate,
        )
        return verdict

    def _row(
        self,
        device: EnrolledDevice,
        seen: Seen,
        named: Named,
        bearer: Bearer | None,
        verdict: Verdict,
    ) -> dict[str, Any]:
        return {
            "id": seen.id,
            "event_id": device.event_id,
            "device_id": device.id,
            "seq": seen.seq,
            "badge_text": seen.badge[:MOST_TEXT],
            "badge_id": bearer.badge_id if bearer else named.badge_id,
            "generation": named.generation,
            "gate": seen.gate,
            "kind": seen.kind,
            "wall_at": seen.wall_at,
            "scanned_at": min(seen.wall_at, self._moment),
            "stored_at": self._moment,
            "verdict": verdict,
        }

    def write(self) -> None:
        """Write passages, then scans, each in the order of its key so that no two writers deadlock.

        Raises:
            Again: somebody was faster.
        """
        connection = db.session.connection()
        changed = sorted(
            badge_id for badge_id, after in self._after.items() if after != self._before[badge_id]
        )
        events = {bearer.badge_id: bearer.event_id for bearer in self._bearers.values()}
        first = [badge_id for badge_id in changed if self._before[badge_id] is None]
        for badge_id in changed:
            before = self._before[badge_id]
            if before is not None:
                self._pass_again(badge_id, before)
        passed = [
            {"badge_id": each, "event_id": events[each], **_columns(self._after, each)}
            for each in first
        ]
        scans = [self._rows[scan_id] for scan_id in sorted(self._rows)]
        writes = [
            (statement, rows)
            for statement, rows in ((_NEW_PRESENCE, passed), (_NEW_SCAN, scans))
            if rows
        ]
        if writes and sum(Prepared.write_all(connection, *writes)) < len(passed) + len(scans):
            raise Again

    def _pass_again(self, badge_id: str, before: Passage) -> None:
        columns = _columns(self._after, badge_id) | {"revision": before.revision + 1}
        moved = db.session.execute(
            update(Presence)
            .where(Presence.badge_id == badge_id, Presence.revision == before.revision)
            .values(columns)
            .returning(Presence.badge_id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if moved is None:
            raise Again


_NEW_PRESENCE = Prepared(partial(new_row, Presence), *Presence.__table__.columns.keys())
_NEW_SCAN = Prepared(partial(new_row, Scan), *Scan.__table__.columns.keys())


def _columns(by_badge: Mapping[str, Passage | None], badge_id: str) -> dict[str, Any]:
    passage = by_badge[badge_id]
    assert passage is not None  # noqa: S101  # a passage never goes away once it began
    return {
        "inside": passage.inside,
        "first_at": passage.first_at,
        "first_gate": passage.first_gate,
        "last_at": passage.last_at,
        "revision": passage.revision,
    }

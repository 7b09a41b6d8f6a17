"""The ledger of one transaction: which scans it stores, and what is answered to each."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from registration.models.gates import Scan, ScanKind, ScanState, Verdict
from registration.services.gates.days import milliseconds, moment_of
from registration.services.gates.scans import senders, writing
from registration.services.gates.scans.answers import Answer
from registration.services.gates.scans.bearers import Bearer
from registration.services.gates.scans.remarks import Remarks
from registration.services.gates.scans.seen import Named, Seen, Unreadable
from registration.services.gates.scans.senders import Sender
from registration.services.gates.scans.standings import Standings
from registration.strokes import Write

MOST_TEXT = 200
AGAIN = frozenset({Verdict.DUPLICATE, Verdict.NO_REENTRY})


class Ledger:
    """The scans and presences of one transaction of one event."""

    def __init__(
        self,
        event_id: uuid.UUID,
        bearers: Mapping[str, Bearer],
        known: Mapping[uuid.UUID, Scan],
        moment: datetime,
    ) -> None:
        self._event_id = event_id
        self._bearers = {
            name: bearer for name, bearer in bearers.items() if bearer.event_id == event_id
        }
        now = milliseconds(moment)
        self._moment = moment_of(now)
        self._remarks = Remarks(event_id, self._moment)
        self._standings = Standings(
            event_id, self._bearers.values(), now=now, remarks=self._remarks
        )
        self._entered = {
            scan_id: (scan.device_id, scan.badge_text, Verdict(scan.verdict))
            for scan_id, scan in known.items()
        }
        self._known = frozenset(known)
        self._rows: list[dict[str, Any]] = []

    def look_back(self, scans: Collection[tuple[Seen, Named]]) -> None:
        """Read the history of those badges of which a scan comes out of order, or is undone."""
        self._standings.look_back(
            (seen, bearer)
            for seen, named in scans
            if (bearer := self._bearer(named)) is not None and seen.id not in self._known
        )

    def enter(self, sender: Sender, seen: Seen, named: Named) -> Answer:
        """Decide one scan, note it, and return what the door is told."""
        bearer = self._bearer(named)
        text = seen.badge[:MOST_TEXT]
        state, verdict = ScanState.ALREADY, Verdict.UNKNOWN
        if (entered := self._entered.get(seen.id)) is not None:
            device_id, text_before, verdict = entered
            if (device_id, text_before) != (sender.id, text):
                return self.refuse(sender, _unreadable(seen, "id_taken"))
        elif seen.kind == ScanKind.UNDO and not sender.is_supervisor:
            return self.refuse(sender, _unreadable(seen, "not_supervisor"))
        else:
            state, verdict = ScanState.STORED, self._store(sender, seen, named, bearer, text)
        sender.receive(seen.seq)
        return self._answer(seen, state, verdict, bearer)

    def _store(
        self, sender: Sender, seen: Seen, named: Named, bearer: Bearer | None, text: str
    ) -> Verdict:
        """Note a scan that is new, and return its verdict."""
        if sender.has(seen.seq):
            self._remarks.repeated(sender.id, seen)
        if named.verdict is None and bearer is not None:
            verdict, at = self._standings.pass_by(sender, seen, named, bearer)
        else:
            verdict = named.verdict or Verdict.UNKNOWN
            at = self._standings.corrected(seen)
        self._entered[seen.id] = (sender.id, text, verdict)
        self._rows.append(
            {
                "id": seen.id,
                "event_id": self._event_id,
                "device_id": sender.id,
                "seq": seen.seq,
                "badge_text": text,
                "badge_id": bearer.badge_id if bearer else named.badge_id,
                "generation": named.generation,
                "gate": seen.gate,
                "kind": seen.kind,
                "wall_at": seen.wall_at,
                "scanned_at": moment_of(at),
                "stored_at": self._moment,
                "offset_ms": seen.offset_ms,
                "error_ms": seen.error_ms,
                "verdict": verdict,
                "told": seen.told,
                "target_id": seen.target,
            }
        )
        return verdict

    def _answer(
        self, seen: Seen, state: ScanState, verdict: Verdict, bearer: Bearer | None
    ) -> Answer:
        if bearer is None:
            return Answer(id=str(seen.id), state=state, verdict=verdict)
        first = self._standings.after[bearer.badge_id].first
        is_again = first is not None and verdict in AGAIN
        return Answer(
            id=str(seen.id),
            state=state,
            verdict=verdict,
            first_at=moment_of(first.at) if first else None,
            first_gate=first.gate if first else None,
            name=bearer.name,
            alliance=bearer.alliance,
            role=bearer.role,
            badge_id=bearer.badge_id if seen.kind == ScanKind.WALK_IN else None,
            already=bearer.badge_id if is_again else None,
        )

    def refuse(self, sender: Sender, unreadable: Unreadable) -> Answer:
        """Keep what cannot be taken for people to look at; its number has arrived all the same."""
        if unreadable.seq is not None:
            sender.receive(unreadable.seq)
        self._remarks.refused(sender.id, unreadable)
        return Answer(id=unreadable.id, state=ScanState.REFUSED, reason=unreadable.reason)

    def _bearer(self, named: Named) -> Bearer | None:
        return self._bearers.get(named.badge_id or named.short_code or "")

    def write(self, devices: Iterable[Sender]) -> Sequence[Write]:
        """Return what is to be written, in this order; write what is for people to know."""
        changed = self._standings.changed()
        self._remarks.write()
        writing.tell_hosts(self._standings, changed)
        return [
            *writing.of_presences(self._event_id, self._standings, changed),
            writing.of_scans(self._rows),
            (senders.WRITE, senders.rows(devices, self._moment)),
        ]


def _unreadable(seen: Seen, reason: str) -> Unreadable:
    raw = f"{seen.kind} {seen.badge} {seen.gate} {seen.wall_at.isoformat()} {seen.target or ''}"
    return Unreadable(id=str(seen.id), seq=seen.seq, raw=raw.strip(), reason=reason)

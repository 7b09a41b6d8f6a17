"""The ledger of one transaction: scans and presences, decided in memory, then written at once.

A scan later than all that is stored of its badge is one step from where the person stands. Any
other, and any undo, has the badge's whole history merged anew.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, update

from registration.combiner import Again
from registration.database import Localised, db, new_row
from registration.models.deliveries import DeliveryKind
from registration.models.gates import Presence, Scan, ScanKind, ScanState, Verdict
from registration.prepared import Prepared
from registration.services import deliveries
from registration.services.gates.days import milliseconds, moment_of
from registration.services.gates.merging import HOUSE, OUTSIDE, Pass, Rules, Standing, merge, step
from registration.services.gates.rules import rules_of
from registration.services.gates.scans import history, senders
from registration.services.gates.scans.bearers import Bearer
from registration.services.gates.scans.history import Past
from registration.services.gates.scans.remarks import Remarks
from registration.services.gates.scans.seen import Named, Seen, Unreadable
from registration.services.gates.scans.senders import Sender

MOST_TEXT = 200
MOST_OFFSET = timedelta(days=2)
"""A clock that is further off than this is not corrected: the measurement is not believed."""


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
    badge_id: str | None = None
    """Of a walk-in that was stored: the badge that they have now."""


def corrected(seen: Seen, moment: datetime) -> datetime:
    """Return when a scan was, by our clock: never later than it was stored.

    In whole milliseconds, as every replica counts.
    """
    offset = timedelta(milliseconds=seen.offset_ms or 0)
    at = min(seen.wall_at + (offset if abs(offset) <= MOST_OFFSET else timedelta()), moment)
    return moment_of(milliseconds(at))


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
        self._bearers = bearers
        self._known = known
        self._moment = moment_of(milliseconds(moment))
        by_badge = {bearer.badge_id: bearer for bearer in bearers.values()}
        self._by_badge = by_badge
        self._before = {
            badge_id: bearer.presence.standing if bearer.presence else OUTSIDE
            for badge_id, bearer in by_badge.items()
        }
        self._after: dict[str, Standing] = dict(self._before)
        self._last_at = {badge_id: bearer.last_scan_at for badge_id, bearer in by_badge.items()}
        self._pasts: Mapping[str, Past] = {}
        self._rows: dict[uuid.UUID, dict[str, Any]] = {}
        self._remarks = Remarks(event_id, self._moment)

    def look_back(self, scans: Collection[tuple[Seen, Named]]) -> None:
        """Read the history of those badges of which a scan comes out of order, or is undone."""
        last = dict(self._last_at)
        late = set()
        for seen, named in scans:
            bearer = self._bearer(named)
            if bearer is None or seen.id in self._known:
                continue
            before, at = last[bearer.badge_id], corrected(seen, self._moment)
            if seen.kind == ScanKind.UNDO or (before is not None and at <= before):
                late.add(bearer.badge_id)
            last[bearer.badge_id] = max(at, before) if before else at
        if late:
            self._pasts = history.read(self._event_id, late)
            self._pasts = {badge_id: self._pasts[badge_id] for badge_id in late}

    def enter(self, sender: Sender, seen: Seen, named: Named) -> Answer:
        """Decide one scan, note it, and return what the door is told."""
        bearer = self._bearer(named)
        verdict = self._repeated(sender.id, seen)
        if verdict is None and (seen.id in self._known or seen.id in self._rows):
            return self.refuse(sender, _taken(seen))
        state = ScanState.STORED if verdict is None else ScanState.ALREADY
        if verdict is None:
            if seen.kind == ScanKind.UNDO and not sender.is_supervisor:
                return self.refuse(sender, _unreadable(seen, "not_supervisor"))
            if sender.has(seen.seq):
                self._remarks.repeated(sender.id, seen)
            verdict, at = self._decide(sender, seen, named, bearer)
            row = self._row(sender, seen, named, bearer)
            self._rows[seen.id] = row | {"verdict": verdict, "scanned_at": at}
            if bearer is not None:
                before = self._last_at[bearer.badge_id]
                self._last_at[bearer.badge_id] = max(at, before) if before else at
        sender.receive(seen.seq)
        first = self._after[bearer.badge_id].first if bearer else None
        return Answer(
            id=str(seen.id),
            state=state,
            verdict=verdict,
            first_at=moment_of(first.at) if first else None,
            first_gate=first.gate if first else None,
            name=bearer.name if bearer else None,
            alliance=bearer.alliance if bearer else None,
            role=bearer.role if bearer else None,
            badge_id=bearer.badge_id if bearer and seen.kind == ScanKind.WALK_IN else None,
        )

    def refuse(self, sender: Sender, unreadable: Unreadable) -> Answer:
        """Keep what cannot be taken for people to look at; its number has arrived all the same."""
        if unreadable.seq is not None:
            sender.receive(unreadable.seq)
        self._remarks.refused(sender.id, unreadable)
        return Answer(id=unreadable.id, state=ScanState.REFUSED, reason=unreadable.reason)

    def _bearer(self, named: Named) -> Bearer | None:
        bearer = self._bearers.get(named.badge_id or named.short_code or "")
        return bearer if bearer and bearer.event_id == self._event_id else None

    def _repeated(self, device_id: uuid.UUID, seen: Seen) -> Verdict | None:
        """Return the verdict that this very scan got before, if it was stored before."""
        if seen.id in self._known:
            before = self._known[seen.id]
            same = (before.device_id, before.badge_text) == (device_id, seen.badge[:MOST_TEXT])
            return Verdict(before.verdict) if same else None
        row = self._rows.get(seen.id)
        if row and (row["device_id"], row["badge_text"]) == (device_id, seen.badge[:MOST_TEXT]):
            return Verdict(row["verdict"])
        return None

    def _decide(
        self, sender: Sender, seen: Seen, named: Named, bearer: Bearer | None
    ) -> tuple[Verdict, datetime]:
        """Return the verdict, and when the scan was."""
        at = corrected(seen, self._moment)
        if named.verdict is not None:
            return named.verdict, at
        if bearer is None:
            return Verdict.UNKNOWN, at
        outdated = named.generation is not None and named.generation < bearer.generation
        one = Pass(
            milliseconds(at),
            str(seen.id),
            seen.kind,
            seen.gate,
            str(seen.target) if seen.target else None,
            Verdict.REVOKED if bearer.revoked or outdated else None,
        )
        rules = rules_of(self._event_id, reentry=bearer.reentry)
        if bearer.badge_id in self._pasts:
            return self._merge(sender, seen, one, bearer.badge_id, rules)
        verdict, self._after[bearer.badge_id] = step(self._after[bearer.badge_id], one, rules)
        if _let_in(seen.told, one) and verdict != Verdict.ADMITTED:
            self._contradict(one, bearer.badge_id, sender.id, verdict)
        return verdict, at

    def _merge(
        self, sender: Sender, seen: Seen, one: Pass, badge_id: str, rules: Rules
    ) -> tuple[Verdict, datetime]:
        """Decide a scan among all others of its badge, and see what that makes of the others."""
        past = self._pasts[badge_id]
        at = past.after_own(one.at, device_id=sender.id, seq=seen.seq)
        one = one._replace(at=at)
        before = merge(past.passes, rules).verdicts
        merged = merge([*past.passes, one], rules)
        self._after[badge_id] = merged.standing
        verdict = Verdict(merged.verdicts[one.id])
        overturned = [
            each
            for each in past.passes
            if _let_in(past.told[each.id], each)
            and before[each.id] == Verdict.ADMITTED
            and merged.verdicts[each.id] not in {Verdict.ADMITTED, Verdict.UNDONE}
        ]
        if overturned and seen.told is None and verdict == Verdict.ADMITTED:
            # Somebody has been let in with this badge, if a moment later: they are in, so the
            # door is not told to let in a second, and no two doors contradict each other.
            verdict = Verdict.DUPLICATE
        else:
            if _let_in(seen.told, one) and verdict != Verdict.ADMITTED:
                self._contradict(one, badge_id, sender.id, verdict)
            for each in overturned:
                self._contradict(
                    each, badge_id, past.devices[each.id], Verdict(merged.verdicts[each.id])
                )
        past.add(one, device_id=sender.id, seq=seen.seq, told=seen.told or verdict)
        return verdict, moment_of(at)

    def _contradict(self, one: Pass, badge_id: str, device_id: uuid.UUID, verdict: Verdict) -> None:
        """Note that the door let somebody in whom all scans together do not let in."""
        self._remarks.contradicted(
            one.id,
            badge_id,
            told=Verdict.ADMITTED,
            verdict=verdict,
            gate=one.gate,
            device=device_id,
        )

    def _row(
        self,
        sender: Sender,
        seen: Seen,
        named: Named,
        bearer: Bearer | None,
    ) -> dict[str, Any]:
        return {
            "id": seen.id,
            "event_id": self._event_id,
            "device_id": sender.id,
            "seq": seen.seq,
            "badge_text": seen.badge[:MOST_TEXT],
            "badge_id": bearer.badge_id if bearer else named.badge_id,
            "generation": named.generation,
            "gate": seen.gate,
            "kind": seen.kind,
            "wall_at": seen.wall_at,
            "stored_at": self._moment,
            "offset_ms": seen.offset_ms,
            "error_ms": seen.error_ms,
            "told": seen.told,
            "target_id": seen.target,
        }

    def write(self, devices: Sequence[Sender]) -> None:
        """Write presences, scans and what arrived, each in the order of its key.

        So no two writers wait for each other in a circle.

        Raises:
            Again: somebody was faster.
        """
        changed = sorted(
            badge_id for badge_id, after in self._after.items() if after != self._before[badge_id]
        )
        for badge_id in changed:
            presence = self._by_badge[badge_id].presence
            if presence is not None:
                self._move(badge_id, presence.revision)
        first = [
            self._presence_row(badge_id)
            for badge_id in changed
            if self._by_badge[badge_id].presence is None and self._after[badge_id].first
        ]
        scans = [self._rows[scan_id] for scan_id in sorted(self._rows)]
        sent = senders.rows(devices, self._moment)
        writes = [
            (statement, rows)
            for statement, rows in (
                (_NEW_PRESENCE, first),
                (_NEW_SCAN, scans),
                (senders.WRITE, sent),
            )
            if rows
        ]
        due = len(first) + len(scans) + len(sent)
        if writes and sum(Prepared.write_all(db.session.connection(), *writes)) < due:
            raise Again
        self._remarks.write()
        self._tell_hosts(changed)

    def _presence_row(self, badge_id: str) -> dict[str, Any]:
        return {
            "badge_id": badge_id,
            "event_id": self._event_id,
            "revision": 0,
            **self._columns(badge_id),
        }

    def _columns(self, badge_id: str) -> dict[str, Any]:
        standing = self._after[badge_id]
        assert standing.first is not None  # noqa: S101  # see `_move`
        return {
            "inside": standing.zones.get(HOUSE, "").endswith("+"),
            "first_at": moment_of(standing.first.at),
            "first_gate": standing.first.gate,
            "last_at": self._last_at[badge_id],
            "zones": dict(standing.zones),
        }

    def _move(self, badge_id: str, revision: int) -> None:
        """Write where a person stands now; of one who never came after all, nothing is left."""
        is_same = (Presence.badge_id == badge_id, Presence.revision == revision)
        if self._after[badge_id].first is None:
            statement: Any = delete(Presence).where(*is_same)
        else:
            columns = self._columns(badge_id) | {"revision": revision + 1}
            statement = update(Presence).where(*is_same).values(columns)
        moved = db.session.execute(
            statement.returning(Presence.badge_id).execution_options(synchronize_session=False)
        ).one_or_none()
        if moved is None:
            raise Again

    def _tell_hosts(self, changed: Sequence[str]) -> None:
        """Promise a mail to whoever waits for a guest that has just come for the first time."""
        for badge_id in changed:
            bearer = self._by_badge[badge_id]
            came = self._before[badge_id].first is None and self._after[badge_id].first is not None
            if came and bearer.host_email:
                deliveries.promise(
                    bearer.registration_id,
                    bearer.event_id,
                    DeliveryKind.ARRIVED,
                    recipient=bearer.host_email,
                    reason="arrived",
                )


def _let_in(told: str | None, one: Pass) -> bool:
    """Return whether the door let somebody in on this scan."""
    return told == Verdict.ADMITTED and one.kind in {ScanKind.ENTRY, ScanKind.WALK_IN}


def _taken(seen: Seen) -> Unreadable:
    return _unreadable(seen, "id_taken")


def _unreadable(seen: Seen, reason: str) -> Unreadable:
    raw = f"{seen.kind} {seen.badge} {seen.gate} {seen.wall_at.isoformat()} {seen.target or ''}"
    return Unreadable(id=str(seen.id), seq=seen.seq, raw=raw.strip(), reason=reason)


_NEW_PRESENCE = Prepared(partial(new_row, Presence), *Presence.__table__.columns.keys())
_NEW_SCAN = Prepared(partial(new_row, Scan), *Scan.__table__.columns.keys())

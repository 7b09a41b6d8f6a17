"""Standings: where the scans of a transaction leave people, decided in memory.

A scan later than all that is stored of its badge is one step from where the person stands. Any
other, and any undo, has the badge's whole history merged anew.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from registration.models.gates import ScanKind, Verdict
from registration.services.gates.days import milliseconds
from registration.services.gates.merging import OUTSIDE, Pass, Rules, Standing, merge, step
from registration.services.gates.rules import rules_of
from registration.services.gates.scans import history
from registration.services.gates.scans.bearers import Bearer
from registration.services.gates.scans.history import Past
from registration.services.gates.scans.remarks import Remarks
from registration.services.gates.scans.seen import Named, Seen
from registration.services.gates.scans.senders import Sender

MOST_OFFSET = timedelta(days=2) // timedelta(milliseconds=1)
"""A clock that is further off than this is not corrected: the measurement is not believed."""


class Standings:
    """Where the bearers of one event stand, before and after the scans of one transaction."""

    def __init__(
        self, event_id: uuid.UUID, bearers: Iterable[Bearer], *, now: int, remarks: Remarks
    ) -> None:
        """``now`` is when the scans are stored, in milliseconds since 1970."""
        self._event_id = event_id
        self._now = now
        self._remarks = remarks
        self.bearers = {bearer.badge_id: bearer for bearer in bearers}
        self.before: Mapping[str, Standing] = {
            badge_id: bearer.standing or OUTSIDE for badge_id, bearer in self.bearers.items()
        }
        self.after = dict(self.before)
        self.last_at = {
            badge_id: bearer.last_scan_at
            for badge_id, bearer in self.bearers.items()
            if bearer.last_scan_at is not None
        }
        """Of each badge that was scanned, when its latest scan was, in milliseconds."""
        self._pasts: Mapping[str, Past] = {}

    def corrected(self, seen: Seen) -> int:
        """Return when a scan was, by our clock: never later than it was stored.

        In whole milliseconds, as every replica counts.
        """
        offset = seen.offset_ms or 0
        at = milliseconds(seen.wall_at) + (offset if abs(offset) <= MOST_OFFSET else 0)
        return min(at, self._now)

    def look_back(self, scans: Iterable[tuple[Seen, Bearer]]) -> None:
        """Read the history of those badges of which a scan comes out of order, or is undone."""
        last = dict(self.last_at)
        late = set()
        for seen, bearer in scans:
            before, at = last.get(bearer.badge_id), self.corrected(seen)
            if seen.kind == ScanKind.UNDO or (before is not None and at <= before):
                late.add(bearer.badge_id)
            last[bearer.badge_id] = at if before is None else max(at, before)
        if late:
            read = history.read(self._event_id, late)
            self._pasts = {badge_id: read[badge_id] for badge_id in late}

    def pass_by(
        self, sender: Sender, seen: Seen, named: Named, bearer: Bearer
    ) -> tuple[Verdict, int]:
        """Let a badge pass; return the verdict, and when that was."""
        badge_id, at = bearer.badge_id, self.corrected(seen)
        outdated = named.generation is not None and named.generation < bearer.generation
        one = Pass(
            at,
            str(seen.id),
            seen.kind,
            seen.gate,
            str(seen.target) if seen.target else None,
            Verdict.REVOKED if bearer.revoked or outdated else None,
        )
        rules = rules_of(self._event_id, reentry=bearer.reentry)
        if badge_id in self._pasts:
            verdict, at = self._merge(sender, seen, one, badge_id, rules)
        else:
            verdict, self.after[badge_id] = step(self.after[badge_id], one, rules)
            if _let_in(seen.told, one) and verdict != Verdict.ADMITTED:
                self._contradict(one, badge_id, sender.id, verdict)
        self.last_at[badge_id] = max(at, self.last_at.get(badge_id, at))
        return verdict, at

    def _merge(
        self, sender: Sender, seen: Seen, one: Pass, badge_id: str, rules: Rules
    ) -> tuple[Verdict, int]:
        """Decide a scan among all others of its badge, and see what that makes of the others."""
        past = self._pasts[badge_id]
        at = past.after_own(one.at, device_id=sender.id, seq=seen.seq)
        one = one._replace(at=at)
        before = merge(past.passes, rules).verdicts
        merged = merge([*past.passes, one], rules)
        self.after[badge_id] = merged.standing
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
        return verdict, at

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

    def changed(self) -> Collection[str]:
        """Return the badges whose bearers stand elsewhere now, in order."""
        return sorted(
            badge_id
            for badge_id, after in self.after.items()
            if after is not (before := self.before[badge_id]) and after != before
        )


def _let_in(told: str | None, one: Pass) -> bool:
    """Return whether the door let somebody in on this scan."""
    return told == Verdict.ADMITTED and one.kind in {ScanKind.ENTRY, ScanKind.WALK_IN}

"""Merging: what all scans of one badge together mean, the same on every replica.

A pure function of the set, in whole numbers and texts only, so that the twin in JavaScript
(static/js/gate/merging.js) reaches the same verdicts bit for bit, which tests compare. Scans
are ordered by their corrected time, then by their id.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from registration.models.gates import Reentry, ScanKind, Verdict

PASSES = frozenset({ScanKind.ENTRY, ScanKind.EXIT, ScanKind.WALK_IN})
HOUSE = ""
"""The zone that every gate leads into unless it says otherwise."""


class Pass(NamedTuple):
    """One scan of a badge, as far as merging goes."""

    at: int
    """Corrected, in milliseconds since 1970."""
    id: str
    """In its canonical form: 36 small hexadecimal digits and hyphens."""
    kind: str
    gate: str
    target: str | None = None
    refused: str | None = None
    """The verdict of a badge that did not count when the scan was stored: revoked, forged …"""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What merging needs to know beside the scans; the same for everybody at the event."""

    day_ends: Sequence[int] = ()
    """Moments in milliseconds, in order, at each of which everybody counts as gone."""
    zones: Mapping[str, str] = field(default_factory=dict)
    """The zone behind each gate; a gate that is not in it leads into the house."""
    reentry: str = Reentry.FREE

    def day_of(self, at: int) -> int:
        """Return the number of the day in which a moment lies."""
        return bisect_right(self.day_ends, at)


class First(NamedTuple):
    """When and where somebody was let in for the first time."""

    at: int
    gate: str


@dataclass(frozen=True)
class Standing:
    """Where a person stands after their scans so far; never changed, only succeeded."""

    zones: Mapping[str, str] = field(default_factory=dict)
    """By zone "<day>+" for inside since that day, "<day>-" for left on that day."""
    first: First | None = None

    def is_inside(self, zone: str, day: int) -> bool:
        """Return whether the person is in the zone on this day."""
        return self.zones.get(zone) == f"{day}+"

    def has_left(self, zone: str, day: int) -> bool:
        """Return whether the person has been in the zone on this day, and left it."""
        return self.zones.get(zone) == f"{day}-"


OUTSIDE = Standing()


class Merged(NamedTuple):
    """What all scans of a badge together mean."""

    verdicts: Mapping[str, str]
    """By the scan's id."""
    standing: Standing


def merge(scans: Iterable[Pass], rules: Rules) -> Merged:
    """Return the verdict of every scan and where the person stands after them.

    The order in which the scans are given, and how often each is, makes no difference.
    """
    ordered = sorted({scan.id: scan for scan in scans}.values(), key=lambda scan: scan[:2])
    passes = {scan.id for scan in ordered if scan.kind in PASSES}
    undone = {scan.target for scan in ordered if scan.kind == ScanKind.UNDO} & passes
    standing, verdicts = OUTSIDE, {}
    for scan in ordered:
        if scan.kind == ScanKind.UNDO:
            known = scan.target in passes
            verdicts[scan.id] = str(Verdict.ADMITTED if known else Verdict.STRAY)
        elif scan.id in undone:
            verdicts[scan.id] = str(Verdict.UNDONE)
        else:
            verdict, standing = step(standing, scan, rules)
            verdicts[scan.id] = str(verdict)
    return Merged(verdicts, standing)


def step(standing: Standing, scan: Pass, rules: Rules) -> tuple[Verdict, Standing]:
    """Return the verdict of a scan later than all before it, and the standing after it.

    For an undo, see `merge`: it needs the whole set.
    """
    if scan.refused is not None:
        return Verdict(scan.refused), standing
    if scan.kind == ScanKind.SAFE:
        return Verdict.ADMITTED, standing
    zone, day = rules.zones.get(scan.gate, HOUSE), rules.day_of(scan.at)
    refusal = _refusal(standing, scan, rules, zone=zone, day=day)
    if refusal is not None:
        return refusal, standing
    leaves = scan.kind == ScanKind.EXIT
    zones = {**standing.zones, zone: f"{day}{'-' if leaves else '+'}"}
    first = standing.first or (None if leaves else First(scan.at, scan.gate))
    return Verdict.ADMITTED, Standing(zones, first)


def _refusal(
    standing: Standing, scan: Pass, rules: Rules, *, zone: str, day: int
) -> Verdict | None:
    inside = standing.is_inside(zone, day)
    if scan.kind == ScanKind.EXIT:
        return None if inside else Verdict.STRAY
    if inside:
        return Verdict.DUPLICATE
    once = rules.reentry == Reentry.ONCE
    return Verdict.NO_REENTRY if once and standing.has_left(zone, day) else None

"""What a device saw: each scan as it was sent, and what its text names.

Structs, because a batch makes thousands of them: a frozen dataclass takes ten times as long.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from registration.models.gates import ScanKind, Verdict
from registration.services.gates.devices import EnrolledDevice


class WalkIn(Struct, frozen=True, kw_only=True):
    """Somebody without a registration, as they told their name at the door."""

    given_name: str
    family_name: str
    role: str
    """The role's code."""
    alliance: str | None = None
    """The alliance's code."""
    email: str = ""


class Seen(Struct, frozen=True, kw_only=True):
    """One scan as a device sent it, checked for form."""

    id: uuid.UUID
    seq: int
    badge: str
    gate: str
    kind: ScanKind
    wall_at: datetime
    offset_ms: int | None = None
    error_ms: int | None = None
    told: Verdict | None = None
    """What the device has shown at the door."""
    target: uuid.UUID | None = None
    """Of an undo: which scan it takes back."""
    walk_in: WalkIn | None = None
    """Of a walk-in: who was let in."""


class Unreadable(Struct, frozen=True, kw_only=True):
    """What a device sent as a scan and nobody can read: kept as it came, and answered for."""

    id: str | None
    seq: int | None
    raw: str
    reason: str


class Report(Struct, frozen=True, kw_only=True):
    """What a device says of itself with its scans."""

    unsent: int | None = None
    """How many scans it still holds back."""
    offset_ms: int | None = None
    """How far its clock is behind ours, as it measured last."""


class Named(Struct, frozen=True, kw_only=True):
    """What a scanned text names: a badge of this event, or the reason why not."""

    walk_in: uuid.UUID | None = None
    """The scan by which somebody was let in without a registration; stands for their badge."""
    badge_id: str | None = None
    generation: int | None = None
    short_code: str | None = None
    verdict: Verdict | None = None


NOTHING_TOLD = Report()


@dataclass(frozen=True)
class Batch:
    """The scans of one request, with what each names; see `naming.prepare`."""

    device: EnrolledDevice
    scans: Sequence[tuple[Seen, Named]]
    unreadable: Sequence[Unreadable] = ()
    report: Report = NOTHING_TOLD
    is_brought: bool = False
    """Whether a person who may brings it, from a device's file: also of a device since revoked."""

"""What a device saw: each scan as it was sent, and what its text names."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from registration.database import db
from registration.errors import TokenRefused
from registration.models.events import Event
from registration.models.gates import ScanKind, Verdict
from registration.models.registrations import CODE_LETTERS
from registration.services import keys
from registration.services.badges import tokens
from registration.services.gates.devices import EnrolledDevice

WALK_IN_PREFIX = "W1:"
"""Of the text that stands for a badge which is yet to be made; the walk-in's scan id follows."""


@dataclass(frozen=True, kw_only=True)
class WalkIn:
    """Somebody without a registration, as they told their name at the door."""

    given_name: str
    family_name: str
    role: str
    """The role's code."""
    alliance: str | None = None
    """The alliance's code."""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class Seen:
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


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """What a device sent as a scan and nobody can read: kept as it came, and answered for."""

    id: str | None
    seq: int | None
    raw: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a device says of itself with its scans."""

    unsent: int | None = None
    """How many scans it still holds back."""
    offset_ms: int | None = None
    """How far its clock is behind ours, as it measured last."""


@dataclass(frozen=True, kw_only=True)
class Named:
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
    """The scans of one request, with what each names; see `prepare`."""

    device: EnrolledDevice
    scans: Sequence[tuple[Seen, Named]]
    unreadable: Sequence[Unreadable] = ()
    report: Report = NOTHING_TOLD
    is_brought: bool = False
    """Whether a person who may brings it, from a device's file: also of a device since revoked."""


def prepare(
    device: EnrolledDevice,
    scans: Iterable[Seen],
    *,
    unreadable: Sequence[Unreadable] = (),
    report: Report = NOTHING_TOLD,
) -> Batch:
    """Verify signatures, which needs no transaction, and return what `store` takes."""
    named = [(scan, _named(scan.badge, device)) for scan in scans]
    return Batch(device, named, unreadable, report)


def _named(text: str, device: EnrolledDevice) -> Named:
    if text.startswith(WALK_IN_PREFIX):
        return _walked_in(text)
    if not text.startswith(tokens.PREFIX):
        code = text.replace("-", "").replace(" ", "").upper()
        if len(code) == 8 and set(code) <= set(CODE_LETTERS):  # noqa: PLR2004  # a short code's
            return Named(short_code=code)
        return Named(verdict=Verdict.UNKNOWN)
    try:
        signed = tokens.decode(text)
    except TokenRefused:
        return Named(verdict=Verdict.FORGED)
    payload = signed.payload
    if _is_genuine(signed, device.event_id):
        return Named(badge_id=payload.badge_id, generation=payload.generation)
    others = db.session.scalars(
        select(Event.id).where(Event.tag == payload.event_tag, Event.id != device.event_id)
    )
    genuine = any(_is_genuine(signed, event_id) for event_id in others)
    return Named(verdict=Verdict.OTHER_EVENT if genuine else Verdict.FORGED)


def _walked_in(text: str) -> Named:
    try:
        return Named(walk_in=uuid.UUID(text.removeprefix(WALK_IN_PREFIX)))
    except ValueError:
        return Named(verdict=Verdict.UNKNOWN)


def _is_genuine(signed: tokens.Signed, event_id: uuid.UUID) -> bool:
    public_key = keys.find_public_key(event_id, signed.payload.key_slot)
    return public_key is not None and tokens.verify(signed, public_key, event_id)

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


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One scan as a device sent it, checked for form."""

    id: uuid.UUID
    seq: int
    badge: str
    gate: str
    kind: ScanKind
    wall_at: datetime


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a scanned text names: a badge of this event, or the reason why not."""

    badge_id: str | None = None
    generation: int | None = None
    short_code: str | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Batch:
    """The scans of one request, with what each names; see `prepare`."""

    device: EnrolledDevice
    scans: Sequence[tuple[Seen, Named]]


def prepare(device: EnrolledDevice, scans: Iterable[Seen]) -> Batch:
    """Verify signatures, which needs no transaction, and return what `store` takes."""
    return Batch(device, [(scan, _named(scan.badge, device)) for scan in scans])


def _named(text: str, device: EnrolledDevice) -> Named:
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


def _is_genuine(signed: tokens.Signed, event_id: uuid.UUID) -> bool:
    public_key = keys.find_public_key(event_id, signed.payload.key_slot)
    return public_key is not None and tokens.verify(signed, public_key, event_id)

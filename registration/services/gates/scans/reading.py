"""Reading: scans as devices write them in JSON, one by one, so that a bad one blocks no other."""

import uuid
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from registration.models.gates import ScanKind, Verdict
from registration.services.gates.scans.seen import Seen, Unreadable, WalkIn

MOST_MILLISECONDS = 2**31 - 1

YEARS = range(1970, 2200)
"""A clock without a battery begins with 1970; what is near the ends of time cannot be corrected."""


class Person(Struct):
    """Somebody who was let in without a registration."""

    given_name: Annotated[str, Meta(min_length=1, max_length=80)]
    family_name: Annotated[str, Meta(min_length=1, max_length=80)]
    role: Annotated[str, Meta(min_length=1, max_length=32)]
    consent: Literal[True]
    alliance: Annotated[str, Meta(max_length=32)] | None = None
    email: Annotated[str, Meta(max_length=254)] = ""


class Item(Struct):
    """One scan as it is sent."""

    id: uuid.UUID
    seq: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    badge: Annotated[str, Meta(min_length=1, max_length=4000)]
    gate: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
    kind: ScanKind
    wall_at: Annotated[datetime, Meta(tz=True)]
    offset_ms: int | None = None
    error_ms: int | None = None
    told: Verdict | None = None
    target: uuid.UUID | None = None
    person: Person | None = None


class Numbered(Struct):
    """What is read of a scan that cannot be read as one."""

    id: object = None
    seq: object = None


_read_item = msgspec.json.Decoder(Item).decode
_read_numbered = msgspec.json.Decoder(Numbered).decode


def read(raw: msgspec.Raw) -> Seen | Unreadable:
    """Return a scan as it was sent, or what cannot be read as one."""
    try:
        item = _read_item(raw)
        fault = _fault(item)
        if fault:
            raise msgspec.ValidationError(fault)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return _unreadable(raw, str(error))
    return _seen(item)


def _fault(item: Item) -> str:
    """Return what is wrong with a scan of which each field may be so; said as the others are."""
    if item.kind == ScanKind.WALK_IN and item.person is None:
        return "Object missing required field `person`"
    if item.wall_at.year not in YEARS:
        return "Expected a year that a clock can show - at `$.wall_at`"
    return ""


def _unreadable(raw: msgspec.Raw, reason: str) -> Unreadable:
    try:
        given = _read_numbered(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        given = Numbered()
    seq = given.seq if isinstance(given.seq, int) and 1 <= given.seq < 2**31 else None
    return Unreadable(
        id=given.id if isinstance(given.id, str) else None,
        seq=None if isinstance(given.seq, bool) else seq,
        raw=bytes(raw).decode("utf-8", "replace").replace("\0", "\ufffd"),
        reason=reason,
    )


def _seen(item: Item) -> Seen:
    return Seen(
        id=item.id,
        seq=item.seq,
        badge=item.badge.strip().replace("\0", "\ufffd"),  # PostgreSQL stores no NUL
        gate=item.gate,
        kind=item.kind,
        wall_at=item.wall_at.astimezone(UTC),
        offset_ms=_measured(item.offset_ms),
        error_ms=_measured(item.error_ms),
        told=item.told,
        target=item.target,
        walk_in=_walk_in(item.person) if item.person else None,
    )


def _measured(milliseconds: int | None) -> int | None:
    """Return a measurement, unless it is too large to be kept: a clock that is decades off."""
    if milliseconds is None or abs(milliseconds) > MOST_MILLISECONDS:
        return None
    return milliseconds


def _walk_in(person: Person) -> WalkIn:
    return WalkIn(
        given_name=person.given_name,
        family_name=person.family_name,
        role=person.role,
        alliance=person.alliance,
        email=person.email,
    )

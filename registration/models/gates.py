"""Gates: points of entry, the devices that scan there, their scans, and who is inside."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model, uuid7
from registration.models.events import Event

CLUSTERED = {"sqlite_with_rowid": False}
"""On SQLite the rows lie in the primary key's own tree, which saves a page a commit."""


class ScanKind(StrEnum):
    """Which way a person passed."""

    ENTRY = "entry"
    EXIT = "exit"
    UNDO = "undo"
    """A supervisor takes another scan back; it and what it undoes stay in the log."""
    WALK_IN = "walk_in"
    """Somebody without a registration was let in; the scan carries who they are."""
    SAFE = "safe"
    """Somebody was seen safe outside in an evacuation; says nothing of entry or exit."""


class Verdict(StrEnum):
    """What the door is told about one scan."""

    ADMITTED = "admitted"
    """Let in; for an exit: seen out."""
    DUPLICATE = "duplicate"
    """Inside already, by this badge."""
    REVOKED = "revoked"
    """The badge was cancelled, or replaced by a newer one."""
    UNKNOWN = "unknown"
    """No badge of this event is meant."""
    OTHER_EVENT = "other_event"
    """A genuine badge of another event of ours."""
    FORGED = "forged"
    """It looks like a badge, but we have not signed it."""
    STRAY = "stray"
    """An exit of somebody who is not inside."""
    NO_REENTRY = "no_reentry"
    """Has been inside and left; the role lets in once a day only."""
    UNDONE = "undone"
    """Taken back by a supervisor."""


class Reentry(StrEnum):
    """Whether whoever has left may come in again on the same day; a rule of the role."""

    FREE = "free"
    ONCE = "once"


class ScanState(StrEnum):
    """What became of a scan that a device sent."""

    STORED = "stored"
    ALREADY = "already"
    REFUSED = "refused"


class Gate(Model):
    """A point of entry of one event."""

    __tablename__ = "gate"
    __table_args__ = (UniqueConstraint("event_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    zone: Mapped[str] = mapped_column(String(64), default="")
    """What it leads into: the house (""), or a part of it, in which people are counted apart."""


class Device(Model):
    """An enrolled scanner, or one that is about to be."""

    __tablename__ = "device"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    gate_id: Mapped[int] = mapped_column(ForeignKey("gate.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120), default="")
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the one-time code; gone once it was used."""
    code_expires_at: Mapped[datetime | None]
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the bearer token; absent until enrolled."""
    created_at: Mapped[datetime]
    enrolled_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    is_supervisor: Mapped[bool] = mapped_column(default=False)
    """May undo scans and admit people without a registration."""
    received: Mapped[str] = mapped_column(Text, default="")
    """The numbers of its scans that are stored, as ranges in order: "1-5,7-9"."""
    acknowledged: Mapped[int] = mapped_column(default=0)
    """The end of the first range if that begins with 1: what the device may forget."""
    unsent: Mapped[int] = mapped_column(default=0)
    """How many scans it said it still had to send when it last asked."""
    offset_ms: Mapped[int | None]
    """How far its clock was behind ours at the last measurement."""
    revoked_at: Mapped[datetime | None]
    wiped_at: Mapped[datetime | None]
    """When it said that it had deleted everything, after it was revoked."""

    event: Mapped[Event] = relationship()
    gate: Mapped[Gate] = relationship()


class Scan(Model):
    """One passage as the device saw it: never changed, never deleted (a grow-only set)."""

    __tablename__ = "scan"
    __table_args__ = (
        Index("ix_scan_badge", "badge_id", "scanned_at", "id"),
        Index("ix_scan_event_stored", "event_id", "stored_at"),
        CLUSTERED,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    device_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("device.id"))
    seq: Mapped[int]
    """The device's own gapless count of its scans, from 1."""
    badge_text: Mapped[str] = mapped_column(String(200))
    """What was scanned or typed, cut to 200 characters: evidence, whatever it is."""
    badge_id: Mapped[str | None] = mapped_column(String(16))
    """The badge it names, if its signature holds; no foreign key, so that nothing is lost."""
    generation: Mapped[int | None]
    gate: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))
    wall_at: Mapped[datetime]
    """When, by the device's clock."""
    scanned_at: Mapped[datetime]
    """When, corrected: never later than it was stored."""
    stored_at: Mapped[datetime]
    offset_ms: Mapped[int | None]
    """What to add to the device's clock, as it was measured last before the scan."""
    error_ms: Mapped[int | None]
    """At most so far is that measurement off."""
    verdict: Mapped[str] = mapped_column(String(16))
    """What the server made of it when it was stored."""
    told: Mapped[str | None] = mapped_column(String(16))
    """What the device had shown at the door, where it decided by itself."""
    target_id: Mapped[uuid.UUID | None]
    """Of an undo: which scan it takes back."""


class Presence(Model):
    """Whether the person with a badge is inside: derived from the scans, kept for speed."""

    __tablename__ = "presence"
    __table_args__ = (Index("ix_presence_event_first", "event_id", "first_at"), CLUSTERED)

    badge_id: Mapped[str] = mapped_column(ForeignKey("badge.id"), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    inside: Mapped[bool]
    first_at: Mapped[datetime]
    first_gate: Mapped[str] = mapped_column(String(64))
    last_at: Mapped[datetime]
    zones: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """How it stands in each zone, as `services.gates.merging` writes it."""
    revision: Mapped[int] = mapped_column(default=0)
    """Rises with each change; a change that was decided on an older revision is not written."""


class FindingKind(StrEnum):
    """What people must look at."""

    CONTRADICTED = "contradicted"
    """A device decided by itself what all scans together decide otherwise."""
    REFUSED = "refused"
    """What a device sent as a scan could not be read; it is kept here as it came."""
    GAP = "gap"
    """A device sent later scans and not these."""
    REPEATED = "repeated"
    """A device gave one number to two scans, as a copy of a device would."""
    BEYOND = "beyond"
    """Somebody was let in without a registration, beyond a quota."""


class Finding(Model):
    """Something about the scans that a person must look at, until somebody has."""

    __tablename__ = "finding"
    __table_args__ = (Index("ix_finding_event", "event_id", "resolved_at", "found_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    """Names what was found, so that it is written once."""
    device_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("device.id"))
    badge_id: Mapped[str | None] = mapped_column(String(16))
    scan_id: Mapped[uuid.UUID | None]
    detail: Mapped[dict[str, str | int | None]] = mapped_column(JSON)
    found_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    """What whoever resolved it says about it."""

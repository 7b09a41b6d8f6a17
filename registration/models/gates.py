"""Gates: points of entry, the devices that scan there, their scans, and who is inside."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model, uuid7
from registration.models.events import Event

CLUSTERED = {"sqlite_with_rowid": False}
"""On SQLite the rows lie in the primary key's own tree, which saves a page a commit."""


class ScanKind(StrEnum):
    """Which way a person passed."""

    ENTRY = "entry"
    EXIT = "exit"


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
    revoked_at: Mapped[datetime | None]

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
    verdict: Mapped[str] = mapped_column(String(16))
    """What the door was told."""


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
    revision: Mapped[int] = mapped_column(default=0)
    """Rises with each change; a change that was decided on an older revision is not written."""

"""Badges: signed passes, the keys that sign them, how they look and when they were printed."""

import secrets
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from registration.database import Model, uuid7
from registration.dialects import PartialIndex


def new_badge_id() -> str:
    """Return 8 random bytes in hexadecimal."""
    return secrets.token_hex(8)


class Badge(Model):
    """The pass of one registration. Its token is computed, never stored."""

    __tablename__ = "badge"
    __table_args__ = (
        CheckConstraint("generation BETWEEN 0 AND 255", name="generation_fits_one_byte"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_badge_id)
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"), unique=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), index=True)
    generation: Mapped[int] = mapped_column(default=0)
    """Rises when the badge is issued anew; a token of a lower generation is revoked."""
    key_slot: Mapped[int] = mapped_column(default=0)
    """Which of the event's keys signs this badge."""
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SigningKey(Model):
    """One of at most sixteen Ed25519 keys of an event; the private half is sealed."""

    __tablename__ = "signing_key"
    __table_args__ = (CheckConstraint("slot BETWEEN 0 AND 15", name="slot_fits_four_bits"),)

    event_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), primary_key=True
    )
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_private_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class Design(Model):
    """How badges of an event look: an organiser's own, or their version of a ready-made one."""

    __tablename__ = "design"
    __table_args__ = (UniqueConstraint("event_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(32))
    """That of a ready-made design means this is used in its place."""
    title: Mapped[str] = mapped_column(String(80))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Sheet, sides and elements, in millimetres; see `services.badges.designs`."""
    revision: Mapped[int] = mapped_column(default=1)
    """Rises with each change; a change of an older one is refused."""
    updated_at: Mapped[datetime]


class Logo(Model):
    """A picture on badges and papers, checked and written anew by us."""

    __tablename__ = "logo"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(String(80))
    media_type: Mapped[str] = mapped_column(String(40))
    """image/png, image/jpeg or image/svg+xml."""
    width: Mapped[int]
    """Pixels, or the units of an SVG's view box."""
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class PrintRun(Model):
    """Badges that were, or are being, printed together."""

    __tablename__ = "print_run"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), index=True
    )
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))
    """The job that makes the file; None: printed by a command, or one badge at the door."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    design: Mapped[str] = mapped_column(String(32))
    selection: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Who was chosen, and how the sheets are laid out, as it was asked for."""
    reason: Mapped[str] = mapped_column(String(200), default="")
    """Why badges are printed again."""
    badges: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    """Only then its badges count as printed."""


class Printed(Model):
    """One badge of a print run, as it was when the run was planned."""

    __tablename__ = "printed"
    __table_args__ = (
        Index("ix_printed_badge", "badge_id", "run_id"),
        # Few rows have one, and the list of runs is asked for every two seconds.
        PartialIndex(
            "ix_printed_warning",
            "run_id",
            where="warning != ''",
        ),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("print_run.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    badge_id: Mapped[str] = mapped_column(ForeignKey("badge.id"))
    generation: Mapped[int]
    digest: Mapped[str] = mapped_column(String(32))
    """Of what the badge shows: another one now means that it has changed since."""
    warning: Mapped[str] = mapped_column(String(200), default="")
    """What did not fit, to be looked at before the sheets are printed."""

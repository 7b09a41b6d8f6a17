"""Rosters: what organisers have chosen to list, and what was sent to whom."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model, uuid7
from registration.dialects import PartialIndex
from registration.models.events import Event


class RosterPreset(Model):
    """An organiser's own list: columns, order, filter, sorting, grouping, under a title."""

    __tablename__ = "roster_preset"
    __table_args__ = (UniqueConstraint("event_id", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(80))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    """See `services.rosters`."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    updated_at: Mapped[datetime]


class DispatchState(StrEnum):
    """Where a dispatch stands."""

    PLANNED = "planned"
    SENT = "sent"
    """Its mail is promised, and its list is what it was then."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Nobody can open the list any more."""
    FAILED = "failed"
    """Given up; `Dispatch.problem` says why."""


class Dispatch(Model):
    """A roster for somebody outside, sent at a time before the event."""

    __tablename__ = "dispatch"
    __table_args__ = (
        PartialIndex(
            "ix_dispatch_planned",
            "send_at",
            where="state = 'planned'",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), index=True
    )
    roster: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Which roster, as a job's parameters name it: kind or preset, format, language."""
    recipient: Mapped[str] = mapped_column(String(254))
    recipient_name: Mapped[str] = mapped_column(String(120), default="")
    purpose: Mapped[str] = mapped_column(String(200))
    """Why the recipient needs it; stands in the mail and in the audit log."""
    is_attached: Mapped[bool] = mapped_column(default=False)
    """As an encrypted attachment instead of a link."""
    sealed_password: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the attachment; shown to the organiser, who tells it by another way."""
    send_at: Mapped[datetime]
    hours_before: Mapped[int | None]
    """Before the event begins, where that was said: then `send_at` follows the event."""
    expires_at: Mapped[datetime]
    tells_changes: Mapped[bool] = mapped_column(default=True)
    """Whether later changes are sent as a list of who was added and removed."""
    state: Mapped[str] = mapped_column(String(16), default=DispatchState.PLANNED)
    problem: Mapped[str] = mapped_column(String(200), default="")
    """Why its list could not be made the last time."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often making it has failed."""
    people: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, deferred=True)
    """By registration, how the recipient knows them: what changes are told against."""
    columns: Mapped[list[str]] = mapped_column(JSON, default=list)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, deferred=True)
    """What was told since: at (ISO 8601), added and removed (as in `people`), the newest last."""
    mails: Mapped[int] = mapped_column(default=0)
    """How many mails were promised; numbers them."""
    code_seed: Mapped[str] = mapped_column(String(64), default="")
    """What, with the installation's secret key, the one-time code is made of; empty: there is
    none."""
    code_expires_at: Mapped[datetime | None]
    code_attempts: Mapped[int] = mapped_column(default=0)
    """Codes that were typed and are not this one."""
    opened: Mapped[int] = mapped_column(default=0)
    """How often the list was downloaded."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    """When its list, or the last change, was sent."""

    event: Mapped[Event] = relationship()

"""Deliveries: the mails that we have promised. Those not yet sent are the outbox."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model, uuid7
from registration.models.registrations import Registration


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    NEW = "new"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    """A passing fault; due again later."""
    FAILED = "failed"
    """Refused for good, or given up."""


OUTBOX = (DeliveryState.NEW, DeliveryState.SENDING, DeliveryState.DEFERRED)


class DeliveryKind(StrEnum):
    """What a mail says; also the name of its folder under templates/mail/."""

    RECEIVED = "received"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CHANGED = "changed"
    CANCELLED = "cancelled"


class Delivery(Model):
    """One mail to one recipient; written in the transaction that makes it true."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "ix_delivery_outbox",
            "due_at",
            sqlite_where=text("state IN ('new', 'sending', 'deferred')"),
            postgresql_where=text("state IN ('new', 'sending', 'deferred')"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(254))
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    """Names the reason for this mail, so that it is promised once."""
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    """Fixed when promised, so that a repeat can be told from a second mail."""
    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.NEW)
    due_at: Mapped[datetime]
    """When it may be claimed; while it is being sent: when its lease ends."""
    lease: Mapped[uuid.UUID | None]
    """Which claim holds it; a settlement with another lease is void."""
    attempts: Mapped[int] = mapped_column(default=0)
    repeats: Mapped[int] = mapped_column(default=0)
    """Claims taken over from a sender that died; each may have sent the mail before."""
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship()

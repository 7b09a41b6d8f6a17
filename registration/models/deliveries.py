"""Deliveries: the mails that we have promised. Those not yet sent are the outbox."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model, uuid7
from registration.models.accounts import Mandate
from registration.models.events import Event
from registration.models.invitations import Invitation
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
    WAITING = "waiting"
    OFFER = "offer"
    PROMOTED = "promoted"
    EXPIRED = "expired"
    REPLACED = "replaced"
    """To a person whose place another took over."""
    TWICE = "twice"
    """To an address that is registered already, where it may be so once only."""
    INVITATION = "invitation"
    INVITATION_REMINDER = "reminder"
    COORDINATOR = "coordinator"
    """Invites an account to answer for an alliance."""
    PASSWORD = "password"  # noqa: S105  # a kind of mail, no secret
    """Lets an account that forgot its password choose another."""
    ARRIVED = "arrived"
    """To a host: the guest has arrived."""
    SHORT = "short"
    """Reminds a coordinator that places of the delegation are free."""


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
        Index(
            "ix_delivery_invitation",
            "invitation_id",
            sqlite_where=text("invitation_id IS NOT NULL"),
            postgresql_where=text("invitation_id IS NOT NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    registration_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("registration.id"), index=True
    )
    """Whom it is about; else it is about an invitation, or is to an account."""
    invitation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("invitation.id", ondelete="CASCADE")
    )
    mandate_id: Mapped[int | None] = mapped_column(ForeignKey("mandate.id", ondelete="CASCADE"))
    """Of a mail to an account: the task that it is about."""
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

    event: Mapped[Event] = relationship()
    registration: Mapped[Registration | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    mandate: Mapped[Mandate | None] = relationship()

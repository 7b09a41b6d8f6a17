"""Deliveries: the mails that we have promised. Those not yet sent are the outbox."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model, uuid7
from registration.dialects import PartialIndex
from registration.models.accounts import Mandate
from registration.models.campaigns import Campaign
from registration.models.events import Event
from registration.models.invitations import Invitation
from registration.models.registrations import Registration
from registration.models.rosters import Dispatch


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    NEW = "new"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    """A passing fault; due again later."""
    FAILED = "failed"
    """Refused for good, or given up."""
    UNKNOWN = "unknown"
    """Handed over whole, and no answer: it may have arrived. Due again, as the same message."""
    HELD = "held"
    """Kept back by a person until they let it go."""
    CANCELLED = "cancelled"
    """Never to be sent: discarded by a person, or its campaign was stopped."""


OUTBOX = (
    DeliveryState.NEW,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
    DeliveryState.UNKNOWN,
)


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
    APPROVED = "approved"
    """A request was granted; says what `CONFIRMED` says, and that."""
    NOMINATION = "nomination"
    """To a person whom a coordinator has named."""
    DIGEST = "digest"
    """To a coordinator: what has changed in the delegation."""
    CAMPAIGN = "campaign"
    """One of many, see `models.campaigns`."""
    CERTIFICATE = "certificate"
    """With a certificate of attendance."""
    ROSTER = "roster"
    """To the venue or another recipient: a list, by link or attached."""
    ROSTER_CODE = "roster_code"
    """The one-time code that opens the link to a list."""
    ROSTER_CHANGE = "roster_change"
    """Who was added to and removed from a list since it was sent."""


class Delivery(Model):
    """One mail to one recipient; written in the transaction that makes it true."""

    __tablename__ = "delivery"
    __table_args__ = (
        PartialIndex(
            "ix_delivery_outbox",
            "is_bulk",
            "due_at",
            where="state IN ('new', 'sending', 'deferred', 'unknown')",
        ),
        PartialIndex(
            "ix_delivery_invitation",
            "invitation_id",
            where="invitation_id IS NOT NULL",
        ),
        PartialIndex(
            "ix_delivery_campaign",
            "campaign_id",
            where="campaign_id IS NOT NULL",
        ),
        PartialIndex(
            "ix_delivery_dispatch",
            "dispatch_id",
            where="dispatch_id IS NOT NULL",
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
    campaign_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("campaign.id"))
    dispatch_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("dispatch.id", ondelete="CASCADE")
    )
    """Of a mail that brings a roster: which one."""
    kind: Mapped[str] = mapped_column(String(16))
    is_bulk: Mapped[bool] = mapped_column(default=False)
    """Goes after everything that somebody waits for."""
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
    channel: Mapped[str] = mapped_column(String(120), default="")
    """Through which mail account it went last."""
    bounced_at: Mapped[datetime | None]
    """When a notice came back that it did not arrive."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    registration: Mapped[Registration | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    mandate: Mapped[Mandate | None] = relationship()
    campaign: Mapped[Campaign | None] = relationship()
    dispatch: Mapped[Dispatch | None] = relationship()


class MailChannel(Model):
    """What all senders must know of one way out: a mail account, by its name without a password."""

    __tablename__ = "mail_channel"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    paused_at: Mapped[datetime | None]
    """Since when nothing is sent through it: it takes no mail from us."""
    tried_at: Mapped[datetime | None]
    """When a mail was last tried in spite of the pause; none: the next one tries it."""
    error: Mapped[str] = mapped_column(Text, default="")
    fate: Mapped[str] = mapped_column(String(16), default="")
    """Whether it was not to be reached, or turned us away; see `services.deliveries.Fate`."""


class MailPace(Model):
    """When the next mail may go, for one account or one recipient domain that has a rate."""

    __tablename__ = "mail_pace"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    """channel:<name> or domain:<name>"""
    next_at: Mapped[datetime]


class BounceKind(StrEnum):
    """What came back."""

    HARD = "hard"
    """Never arrives: the address does not exist, or refuses us."""
    SOFT = "soft"
    """Did not arrive this time."""
    DELAYED = "delayed"
    """Did not arrive yet; the server goes on trying."""
    DELIVERED = "delivered"
    """Arrived, says the recipient's server."""
    COMPLAINT = "complaint"
    """The recipient called it unwanted."""
    AUTOMATIC = "automatic"
    """From the recipient's machine, for instance that they are away."""
    REPLY = "reply"
    """From a person, or of no form that we know: for people to read."""


class Bounce(Model):
    """One notice about a mail of ours, as it was read; of several recipients, one for each."""

    __tablename__ = "bounce"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    delivery_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("delivery.id", ondelete="CASCADE"), index=True
    )
    """None: about no mail that we know."""
    kind: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(254), default="")
    status: Mapped[str] = mapped_column(String(16), default="")
    """RFC 3463, for instance 5.1.1."""
    diagnostic: Mapped[str] = mapped_column(Text, default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the notice, so that it counts once however often it is read."""
    received_at: Mapped[datetime]

    delivery: Mapped[Delivery | None] = relationship()


class MailAddress(Model):
    """What we have learnt of one address."""

    __tablename__ = "mail_address"

    address_key: Mapped[str] = mapped_column(String(254), primary_key=True)
    """The address in small letters."""
    bounced_at: Mapped[datetime | None]
    """Since when mails to it do not arrive; the person is flagged in lists."""
    bounce: Mapped[str] = mapped_column(String(200), default="")
    """Why, as a word of `services.bounces.reasons`."""
    cleared_at: Mapped[datetime | None]
    """When the flag was taken away; notices about mails sent before say nothing any more."""
    complained_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    """Campaigns go to it no more; what a registration itself brings about does."""


class Mailbox(Model):
    """A mailbox that notices are read from, by its account without the password."""

    __tablename__ = "mailbox"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    read_at: Mapped[datetime | None]
    """When it was last read to its end."""
    failed_at: Mapped[datetime | None]
    """Since when it cannot be read."""
    error: Mapped[str] = mapped_column(Text, default="")
    unreadable: Mapped[int] = mapped_column(default=0)
    """Messages in it that nobody could read: flagged, and left for people."""

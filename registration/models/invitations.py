"""Invitations: to one person by mail, or to an alliance by a link with a number of places."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model, uuid7
from registration.dialects import PartialIndex
from registration.models.alliances import Alliance
from registration.models.events import Event
from registration.models.roles import Role


class InvitationKind(StrEnum):
    """For whom an invitation is."""

    PERSONAL = "personal"
    """Bound to one address; opens one registration."""
    LINK = "link"
    """For whoever has it, until its places are used up."""


class InvitationStatus(StrEnum):
    """Where an invitation stands; computed, see `services.invitations.listing`."""

    PROMISED = "promised"
    """Its mail is in the outbox."""
    FAILED = "failed"
    """Its mail could not be delivered."""
    SENT = "sent"
    OPENED = "opened"
    REMINDED = "reminded"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ACTIVE = "active"
    """A link with places."""
    USED_UP = "used_up"
    """A link without places."""
    EXPIRED = "expired"
    REVOKED = "revoked"


IS_UNANSWERED = frozenset(
    {
        InvitationStatus.PROMISED,
        InvitationStatus.FAILED,
        InvitationStatus.SENT,
        InvitationStatus.OPENED,
        InvitationStatus.REMINDED,
    }
)
"""A personal one that may still be accepted or declined."""

MAY_BE_USED = IS_UNANSWERED | {InvitationStatus.ACTIVE}


class Invitation(Model):
    """Leave to register in a role, also in one that the public form does not offer.

    It reserves nothing: the event's quotas decide when somebody registers by it.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("used >= 0 AND used <= places", name="used_within_places"),
        Index("ix_invitation_event_alliance", "event_id", "alliance_id"),
        PartialIndex(
            "uq_invitation_person",
            "person_key",
            unique=True,
            where="person_key IS NOT NULL",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    alliance_id: Mapped[int | None] = mapped_column(ForeignKey("alliance.id", ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    email: Mapped[str] = mapped_column(String(254), default="")
    """Of a personal one: the address that it is bound to."""
    salutation: Mapped[str] = mapped_column(String(16), default="neutral")
    title: Mapped[str] = mapped_column(String(60), default="")
    given_name: Mapped[str] = mapped_column(String(80), default="")
    family_name: Mapped[str] = mapped_column(String(80), default="")
    person_key: Mapped[str | None] = mapped_column(String(64))
    """Of a personal one without an answer: a digest of event, alliance, address and name, so that
    nobody is invited twice at once."""
    locale: Mapped[str] = mapped_column(String(8), default="de")
    skips_approval: Mapped[bool] = mapped_column(default=False)
    places: Mapped[int] = mapped_column(default=1)
    used: Mapped[int] = mapped_column(default=0)
    generation: Mapped[int] = mapped_column(default=0)
    """Part of the link; raising it makes the old link stop."""
    created_by: Mapped[str] = mapped_column(String(80))
    """As the audit log names an actor."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    alliance: Mapped[Alliance | None] = relationship()
    role: Mapped[Role] = relationship()

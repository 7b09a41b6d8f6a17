"""Badges: signed passes, and the keys that sign them."""

import secrets
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from registration.database import Model


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

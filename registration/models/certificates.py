"""Certificates: that somebody attended, as a paper that can be verified."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model, uuid7
from registration.dialects import PartialIndex
from registration.models.registrations import Registration


class Certificate(Model):
    """One paper for one person; who has it issued anew has a second, and the first is revoked."""

    __tablename__ = "certificate"
    __table_args__ = (
        PartialIndex(
            "uq_certificate_in_force",
            "registration_id",
            unique=True,
            where="revoked_at IS NULL",
        ),
        Index("ix_certificate_event_issued", "event_id", "issued_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    """What a reader types to verify it; too long to guess."""
    name: Mapped[str] = mapped_column(String(260))
    """The person as the paper names them, kept with it."""
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship()

"""Certificates: that somebody attended, as a paper that can be verified."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model, uuid7
from registration.models.registrations import Registration


class Certificate(Model):
    """One person's certificate; what it says is read when it is shown."""

    __tablename__ = "certificate"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), index=True
    )
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"), unique=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    """What a reader types to verify it; too long to guess."""
    name: Mapped[str] = mapped_column(String(260))
    """The person as the paper names them, kept with it."""
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship()

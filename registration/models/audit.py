"""Audit: who did what, when, to what."""

import uuid
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from registration.database import Model, uuid7


class AuditEntry(Model):
    """One line of the audit log; written in the transaction of what it tells."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject", "at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime]
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event.id"), index=True)
    actor: Mapped[str] = mapped_column(String(80))
    """account:<id>, device:<id>, attendee, command or worker."""
    action: Mapped[str] = mapped_column(String(60))
    """<noun>.<verb in the past>, for instance registration.cancelled."""
    subject: Mapped[str] = mapped_column(String(80))
    """<noun>:<id>"""
    detail: Mapped[dict[str, str | int | None]] = mapped_column(JSON)

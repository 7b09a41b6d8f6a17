"""Campaigns: one mail to many people; and the organisers' own wordings of every mail."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registration.database import Model, uuid7
from registration.dialects import PartialIndex


class CampaignState(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    """Its mails are being promised."""
    DONE = "done"
    """All its mails are promised."""
    STOPPED = "stopped"


class Campaign(Model):
    """One text for the people of an event who match a filter, at a time."""

    __tablename__ = "campaign"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(String(120))
    """For the organisers only."""
    kind: Mapped[str] = mapped_column(String(16), default="")
    """Of the ready-made text that it began with: reminder, logistics, last_day, thanks, results."""
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON)
    """By language: subject and text."""
    selection: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Who gets it: alliances, roles, states, themes, answers, attendance."""
    is_transactional: Mapped[bool] = mapped_column(default=False)
    """Needed by whoever comes; then nobody can unsubscribe from it."""
    state: Mapped[str] = mapped_column(String(16), default=CampaignState.DRAFT)
    scheduled_at: Mapped[datetime | None]
    relative_days: Mapped[int | None]
    """Days after the event's day (negative: before it); decides ``scheduled_at`` again whenever the
    event moves."""
    cursor: Mapped[uuid.UUID | None]
    """The last registration for which a mail was promised, or which was passed over."""
    promised: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Wording(Model):
    """One version of an organiser's text for one kind of mail in one language."""

    __tablename__ = "wording"
    __table_args__ = (
        UniqueConstraint("event_id", "kind", "locale", "version"),
        PartialIndex(
            "uq_wording_current",
            "event_id",
            "kind",
            "locale",
            unique=True,
            where="is_current",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    locale: Mapped[str] = mapped_column(String(8))
    version: Mapped[int]
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    """Markdown with variables; see `services.wordings`."""
    is_current: Mapped[bool] = mapped_column(default=True)
    """None is: the mail says what the program ships."""
    flawed_at: Mapped[datetime | None]
    """When a mail could not be written with it, and said what the program ships instead."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]

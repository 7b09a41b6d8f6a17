"""Jobs: files that are made in the background, as rows with leases like deliveries."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from registration.database import Model, uuid7


class JobKind(StrEnum):
    """What a job makes."""

    ROSTER = "roster"
    BADGES = "badges"
    IMPORT = "import"
    CHECK = "check"
    """Of a list that is too long to be checked while its page is waited for; has no file."""
    CERTIFICATES = "certificates"


class JobState(StrEnum):
    """Where a job stands."""

    NEW = "new"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    """Its file has been deleted."""
    CANCELLED = "cancelled"
    """Somebody did not want it any more."""


class Job(Model):
    """One file that somebody asked for."""

    __tablename__ = "job"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(16))
    parameters: Mapped[dict[str, str]] = mapped_column(JSON)
    outcome: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    """What came of it in numbers, where its file does not say all."""
    state: Mapped[str] = mapped_column(String(16), default=JobState.NEW, index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    lease: Mapped[uuid.UUID | None]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")
    file_name: Mapped[str] = mapped_column(String(200), default="")
    """What the reader's copy is called; the file itself is <data_dir>/jobs/<id>."""
    media_type: Mapped[str] = mapped_column(String(100), default="")
    size: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class JobPart(Model):
    """A chunk of a job that any worker may do; its file waits beside the job's to be merged."""

    __tablename__ = "job_part"

    job_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("job.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 0."""
    first: Mapped[int]
    """The position of its first item."""
    count: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default=JobState.NEW)
    """new, running or done."""
    lease: Mapped[uuid.UUID | None]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)

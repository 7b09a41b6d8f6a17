"""Accounts: the people who sign in, and their sessions."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model
from registration.models.alliances import Alliance


class AccountRole(StrEnum):
    """What an account may do."""

    ORGANISER = "organiser"
    """Everything in the console."""
    STAFF = "staff"
    """See the arrivals and enrol devices; no lists, no changes."""
    COORDINATOR = "coordinator"
    """Answer for the people of an alliance, and see nobody else."""


class Account(Model):
    """Somebody who signs in to the console."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(160), default="")
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(200))
    """argon2id, in the PHC string format; empty until an invited person has chosen a password."""
    locale: Mapped[str] = mapped_column(String(8), default="de")
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    signed_in_at: Mapped[datetime | None]
    """When somebody last signed in; None: nobody yet."""


class Mandate(Model):
    """For which event, and as a coordinator for which of its alliances, an account answers.

    An organiser or staff account without any answers for every event.
    """

    __tablename__ = "mandate"
    __table_args__ = (
        # NULLs are distinct in a plain unique index, so 0 stands for "the whole event" in this one.
        Index("uq_mandate_scope", "account_id", "event_id", "alliance_key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    event_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), index=True
    )
    alliance_id: Mapped[int | None] = mapped_column(ForeignKey("alliance.id", ondelete="CASCADE"))
    alliance_key: Mapped[int] = mapped_column(default=0)
    invited_at: Mapped[datetime | None]
    """When the mail was promised that invites the account to this task."""

    account: Mapped[Account] = relationship()
    alliance: Mapped[Alliance | None] = relationship()


class SignIn(Model):
    """A session on the server; the browser holds only its secret token."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the token."""
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]

    account: Mapped[Account] = relationship()

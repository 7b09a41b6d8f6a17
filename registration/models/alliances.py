"""Alliances: the bodies that send people, and what they sign off."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registration.database import Model, SortKey


class Alliance(Model):
    """A body that sends people to one event."""

    __tablename__ = "alliance"
    __table_args__ = (UniqueConstraint("event_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200))
    colour: Mapped[str] = mapped_column(String(7))
    """#rrggbb; text on it is black or white by computed contrast."""
    sort_name: Mapped[str] = mapped_column(SortKey, index=True)
    """The name as German collation sorts it (see `services.folding.fold`)."""
    office_email: Mapped[str] = mapped_column(String(254), default="")
    """Where mail about people goes whom a coordinator names without an address of their own."""


class SignOff(Model):
    """A coordinator's word that a delegation is complete.

    It stands as long as no registration of the alliance was updated after it.
    """

    __tablename__ = "sign_off"

    id: Mapped[int] = mapped_column(primary_key=True)
    alliance_id: Mapped[int] = mapped_column(
        ForeignKey("alliance.id", ondelete="CASCADE"), index=True
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    signed_at: Mapped[datetime]
    people: Mapped[int]
    """How many had a place then."""

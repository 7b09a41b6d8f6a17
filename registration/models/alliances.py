"""Alliances: the bodies that send people."""

import uuid

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

"""Roles: what a person is at the event as."""

import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registration.database import Localised, Model


class RoleAccess(StrEnum):
    """How a person comes to a role."""

    OPEN = "open"
    """Confirmed at once while places are free."""
    APPROVAL = "approval"
    """Requested first, then approved or declined by the organiser."""
    INVITATION = "invitation"
    """Not in the public form."""


class Coordination(StrEnum):
    """What an alliance's coordinator does for their people in a role."""

    NONE = "none"
    APPROVE = "approve"
    """Approves or declines those who ask for themselves."""
    NOMINATE = "nominate"
    """Names them on their behalf."""


class Role(Model):
    """What a person is there as."""

    __tablename__ = "role"
    __table_args__ = (
        UniqueConstraint("event_id", "code"),
        UniqueConstraint("event_id", "badge_class"),
        CheckConstraint("badge_class BETWEEN 0 AND 255", name="class_fits_one_byte"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(32))
    title: Mapped[Localised]
    access: Mapped[str] = mapped_column(String(16), default=RoleAccess.OPEN)
    needs_alliance: Mapped[bool] = mapped_column(default=False)
    """Whether a person in this role comes for an alliance and must name it."""
    coordination: Mapped[str] = mapped_column(String(16), default=Coordination.NONE)
    reentry: Mapped[str] = mapped_column(String(8), default="free")
    """Whether whoever has left may come in again (see `models.gates.Reentry`)."""
    colour: Mapped[str] = mapped_column(String(7))
    badge_class: Mapped[int]
    """The role's number inside a badge's token, so that a scanner without a network can show it."""
    position: Mapped[int]
    rank: Mapped[int] = mapped_column(default=0)
    """Of several roles of one person, that of the lowest rank leads on the badge."""

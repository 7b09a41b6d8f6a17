"""Quotas: numbers of places for everyone who matches."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registration.database import Model


class Quota(Model):
    """A number of places for (one alliance or any) × (one role or any).

    ``taken`` may exceed ``places`` only after the organiser lowered ``places``, or by
    registrations that were generated beyond the quotas for a trial.
    """

    __tablename__ = "quota"
    __table_args__ = (
        # NULLs are distinct in a plain unique index, so 0 stands for "any" in this one.
        Index("uq_quota_scope", "event_id", "alliance_key", "role_key", unique=True),
        CheckConstraint("taken >= 0", name="taken_not_negative"),
        CheckConstraint("places >= 0", name="places_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    alliance_id: Mapped[int | None] = mapped_column(ForeignKey("alliance.id", ondelete="CASCADE"))
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"))
    alliance_key: Mapped[int] = mapped_column(default=0)
    role_key: Mapped[int] = mapped_column(default=0)
    places: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)

    @property
    def free(self) -> int:
        """Places that are left; never negative."""
        return max(0, self.places - self.taken)

"""Events, and the two lists that describe the people at one: sectors and themes."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registration.database import Localised, Model, uuid7


class Promotion(StrEnum):
    """What a place that comes free does for the waiting list."""

    NONE = "none"
    """There is no waiting list."""
    AUTOMATIC = "automatic"
    """The next who fits gets it at once."""
    OFFER = "offer"
    """The next who fits may take it until a deadline, and it is kept for them so long."""


class AddressPolicy(StrEnum):
    """What one mail address may stand for."""

    ONE = "one"
    """One person: a second registration is told by mail that there is a first."""
    FREE = "free"
    """Any number of people: an office registers several."""


class Event(Model):
    """One gathering."""

    __tablename__ = "event"
    __table_args__ = (CheckConstraint("tag BETWEEN 0 AND 65535", name="tag_fits_two_bytes"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    tag: Mapped[int] = mapped_column(unique=True)
    """Two bytes that name the event inside a badge's token."""
    title: Mapped[Localised]
    programme_line: Mapped[str] = mapped_column(String(200), default="")
    held_on: Mapped[date]
    doors_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    timezone: Mapped[str] = mapped_column(String(64))
    venue_name: Mapped[str] = mapped_column(String(200))
    venue_city: Mapped[str] = mapped_column(String(100))
    venue_country: Mapped[str] = mapped_column(String(2))
    venue_notice: Mapped[Localised]
    """What a guest must know about the house, for instance that it keeps a list at its gate."""
    organiser_name: Mapped[str] = mapped_column(String(200))
    organiser_email: Mapped[str] = mapped_column(String(254))
    registration_opens_at: Mapped[datetime]
    registration_closes_at: Mapped[datetime]
    changes_close_at: Mapped[datetime]
    nominations_close_at: Mapped[datetime | None]
    """Until when coordinators name their people; None: until registration closes."""
    promotion: Mapped[str] = mapped_column(String(16), default=Promotion.AUTOMATIC)
    offer_hours: Mapped[int] = mapped_column(default=48)
    """How long an offered place is kept."""
    address_policy: Mapped[str] = mapped_column(String(16), default=AddressPolicy.FREE)
    privacy_version: Mapped[str] = mapped_column(String(20))
    """Which text of the privacy notice an attendee agrees to."""
    evacuation_at: Mapped[datetime | None]
    """Since when the house is being evacuated, if it is."""
    revision: Mapped[int] = mapped_column(default=1)
    """Rises with each change of what a `Prospectus` shows, and so ends its cache."""

    @property
    def zone(self) -> ZoneInfo:
        """The event's own time zone, in which all its times are shown."""
        return ZoneInfo(self.timezone)


class Sector(Model):
    """Where a person comes from: politics, business, science, civil society."""

    __tablename__ = "sector"
    __table_args__ = (UniqueConstraint("event_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(32))
    title: Mapped[Localised]
    position: Mapped[int]


class Theme(Model):
    """A field of work of the event."""

    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("event_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(32))
    title: Mapped[Localised]
    position: Mapped[int]

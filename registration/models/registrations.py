"""Registrations: one person's request to come, and its states."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model, SortKey, uuid7
from registration.models.alliances import Alliance
from registration.models.badges import Badge
from registration.models.events import Event, Sector, Theme
from registration.models.roles import Role


class RegistrationState(StrEnum):
    """Where a registration stands."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"


TRANSITIONS: dict[RegistrationState, frozenset[RegistrationState]] = {
    RegistrationState.REQUESTED: frozenset(
        {
            RegistrationState.CONFIRMED,
            RegistrationState.DECLINED,
            RegistrationState.CANCELLED,
        }
    ),
    RegistrationState.CONFIRMED: frozenset({RegistrationState.CANCELLED}),
    RegistrationState.DECLINED: frozenset(),
    RegistrationState.CANCELLED: frozenset(),
}

HOLDS_PLACE = frozenset({RegistrationState.REQUESTED, RegistrationState.CONFIRMED})
"""A request that waits for approval holds its places, so that approving it can never fail."""


class Salutation(StrEnum):
    """How a person is addressed."""

    MS = "ms"
    MR = "mr"
    NEUTRAL = "neutral"


class Diet(StrEnum):
    """What a person eats."""

    ANY = "any"
    VEGETARIAN = "vegetarian"
    VEGAN = "vegan"
    HALAL = "halal"
    KOSHER = "kosher"
    OTHER = "other"


class Source(StrEnum):
    """How a registration came to be."""

    FORM = "form"
    CONSOLE = "console"
    GENERATED = "generated"


CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of short codes: no 0/O, 1/I/L, U, which people mistake for another or would rather not read."""


class Registration(Model):
    """One person's request to come to one event in one role."""

    __tablename__ = "registration"
    __table_args__ = (
        Index("ix_registration_event_sort", "event_id", "sort_name", "id"),
        # Covers the counts by alliance and role, which the console asks for every two seconds.
        Index("ix_registration_event_state", "event_id", "state", "alliance_id", "role_id"),
        Index("ix_registration_event_alliance", "event_id", "alliance_id"),
        Index("ix_registration_event_role", "event_id", "role_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    alliance_id: Mapped[int | None] = mapped_column(ForeignKey("alliance.id"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"))
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sector.id"))
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id"))
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16), default=Source.FORM)
    short_code: Mapped[str] = mapped_column(String(8), unique=True)
    """Eight letters and digits that a person can read out; printed under the badge's code."""
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    salutation: Mapped[str] = mapped_column(String(16), default=Salutation.NEUTRAL)
    title: Mapped[str] = mapped_column(String(60), default="")
    given_name: Mapped[str] = mapped_column(String(80))
    family_name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254), index=True)
    organisation: Mapped[str] = mapped_column(String(160), default="")
    position: Mapped[str] = mapped_column(String(120), default="")
    locale: Mapped[str] = mapped_column(String(8), default="de")
    diet: Mapped[str] = mapped_column(String(16), default=Diet.ANY)
    support_needs: Mapped[str] = mapped_column(Text, default="")
    photo_consent: Mapped[bool | None]
    """Yes, no, or not answered; not answered is not yes."""
    photo_consent_at: Mapped[datetime | None]
    privacy_consent_at: Mapped[datetime | None]
    privacy_version: Mapped[str] = mapped_column(String(20), default="")
    sort_name: Mapped[str] = mapped_column(SortKey)
    """Family and given name as German collation sorts them (see `services.folding.fold`)."""
    search_text: Mapped[str] = mapped_column(Text)
    """Names, organisation, address and short code, folded, for search by any part of them."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Rises with each change that the attendee's calendar must learn of."""
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    cancelled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    event: Mapped[Event] = relationship()
    alliance: Mapped[Alliance | None] = relationship()
    role: Mapped[Role] = relationship()
    sector: Mapped[Sector | None] = relationship()
    theme: Mapped[Theme | None] = relationship()
    badge: Mapped[Badge | None] = relationship()

    @property
    def full_name(self) -> str:
        """Title, given and family name, as one writes them."""
        return " ".join(part for part in (self.title, self.given_name, self.family_name) if part)

    @property
    def holds_place(self) -> bool:
        """Whether this registration counts against its quotas."""
        return self.state in HOLDS_PLACE

"""Registrations: one person's request to come, and its states."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registration.database import Model, SortKey, uuid7
from registration.dialects import PartialIndex
from registration.models.alliances import Alliance
from registration.models.badges import Badge
from registration.models.events import Event, Sector, Theme
from registration.models.roles import Role


class RegistrationState(StrEnum):
    """Where a registration stands."""

    WAITING = "waiting"
    """In the queue for places; holds none."""
    OFFERED = "offered"
    """May take the places that are kept for it until a deadline."""
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """An offer that nobody took in time."""


TRANSITIONS: dict[RegistrationState, frozenset[RegistrationState]] = {
    RegistrationState.WAITING: frozenset(
        {
            RegistrationState.OFFERED,
            RegistrationState.REQUESTED,
            RegistrationState.CONFIRMED,
            RegistrationState.DECLINED,
            RegistrationState.CANCELLED,
        }
    ),
    RegistrationState.OFFERED: frozenset(
        {
            RegistrationState.REQUESTED,
            RegistrationState.CONFIRMED,
            RegistrationState.CANCELLED,
            RegistrationState.EXPIRED,
        }
    ),
    RegistrationState.REQUESTED: frozenset(
        {
            RegistrationState.CONFIRMED,
            RegistrationState.DECLINED,
            RegistrationState.CANCELLED,
        }
    ),
    # back to REQUESTED: the person or their name changed in a role that needs approval
    RegistrationState.CONFIRMED: frozenset(
        {RegistrationState.REQUESTED, RegistrationState.CANCELLED}
    ),
    RegistrationState.DECLINED: frozenset(),
    RegistrationState.CANCELLED: frozenset(),
    RegistrationState.EXPIRED: frozenset(),
}

HOLDS_PLACE = frozenset(
    {RegistrationState.REQUESTED, RegistrationState.OFFERED, RegistrationState.CONFIRMED}
)
"""A request that waits for approval holds its places, so that approving it can never fail."""

IS_OPEN = HOLDS_PLACE | {RegistrationState.WAITING}
"""Whoever comes, or may still come."""


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
    NOMINATION = "nomination"
    INVITATION = "invitation"
    IMPORT = "import"
    WALK_IN = "walk_in"
    TRANSFER = "transfer"
    """Took the place of another person."""


CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of short codes: no 0/O, 1/I/L, U, which people mistake for another or would rather not read."""


MOST_SUPPORT_NEEDS = 1000
"""Characters; a text column has no limit of its own."""


class FurtherRole(Model):
    """A role that a person has beside the leading one, for instance presenter beside delegate."""

    __tablename__ = "further_role"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True, index=True)


class Registration(Model):
    """One person's request to come to one event in one role."""

    __tablename__ = "registration"
    __table_args__ = (
        Index("ix_registration_event_sort", "event_id", "sort_name", "id"),
        # Covers the counts by alliance and role, which the console asks for every two seconds.
        Index("ix_registration_event_state", "event_id", "state", "alliance_id", "role_id"),
        Index("ix_registration_event_alliance", "event_id", "alliance_id"),
        Index("ix_registration_event_role", "event_id", "role_id"),
        # What has changed since a device asked last; each of many asks every ten seconds.
        Index("ix_registration_event_updated", "event_id", "updated_at"),
        PartialIndex(
            "ix_registration_queue", "event_id", "queued_at", "id", where="state = 'waiting'"
        ),
        PartialIndex("ix_registration_offers", "offer_expires_at", where="state = 'offered'"),
        PartialIndex(
            "uq_registration_address",
            "event_id",
            "address_key",
            where="address_key IS NOT NULL",
            unique=True,
        ),
        PartialIndex(
            "ix_registration_invitation", "invitation_id", where="invitation_id IS NOT NULL"
        ),
        PartialIndex("ix_registration_replaces", "replaces_id", where="replaces_id IS NOT NULL"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    alliance_id: Mapped[int | None] = mapped_column(ForeignKey("alliance.id"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"))
    """The leading role; see `FurtherRole` for others."""
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
    gate_note: Mapped[str] = mapped_column(String(200), default="")
    """What the door must know of this person, for instance who meets them."""
    badge_name: Mapped[str] = mapped_column(String(160), default="")
    """What the badge calls the person, where that is not the given and family name."""
    badge_organisation: Mapped[str] = mapped_column(String(160), default="")
    pronouns: Mapped[str] = mapped_column(String(40), default="")
    languages: Mapped[str] = mapped_column(String(80), default="")
    """Spoken languages that the badge shows, for instance "DE EN"."""
    room: Mapped[str] = mapped_column(String(40), default="")
    precedence: Mapped[int] = mapped_column(default=0)
    """The place in protocol order within the role: 1 before 2; 0 after all of these."""
    host_email: Mapped[str] = mapped_column(String(254), default="")
    """Who is told by mail that this person has arrived."""
    sort_name: Mapped[str] = mapped_column(SortKey)
    """Family and given name as German collation sorts them (see `services.folding.fold`)."""
    search_text: Mapped[str] = mapped_column(Text)
    """Names, organisation, address and short code, folded, for search by any part of them."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Rises with each change that the attendee's calendar must learn of."""
    queued_at: Mapped[datetime | None]
    """When it joined the waiting list: who joined first comes first."""
    party_id: Mapped[uuid.UUID | None]
    """Those who wait with the same one come together or not at all."""
    offer_expires_at: Mapped[datetime | None]
    invitation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("invitation.id"))
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("registration.id"))
    """Whose place this person took over."""
    address_key: Mapped[str | None] = mapped_column(String(254))
    """The address in small letters while the event's policy lets it stand for one person only."""
    privacy_withdrawn_at: Mapped[datetime | None]
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
    further_roles: Mapped[list[Role]] = relationship(
        secondary="further_role", order_by=(Role.rank, Role.position), viewonly=True
    )

    @property
    def full_name(self) -> str:
        """Title, given and family name, as one writes them."""
        return " ".join(part for part in (self.title, self.given_name, self.family_name) if part)

    @property
    def roles(self) -> tuple[Role, ...]:
        """All roles of this person, the leading one first."""
        return (self.role, *self.further_roles)

    @property
    def holds_place(self) -> bool:
        """Whether this registration counts against its quotas."""
        return self.state in HOLDS_PLACE

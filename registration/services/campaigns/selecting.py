"""Selecting: who gets a campaign, and who of them does not, with the reason."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, false, func, or_, select

from registration.database import db
from registration.models.deliveries import Delivery, MailAddress
from registration.models.registrations import Registration
from registration.services.campaigns.conditions import Selection, people
from registration.services.wordings.kinds import TEST


@dataclass(frozen=True)
class Recipient:
    """One person who gets a campaign."""

    registration_id: uuid.UUID
    address: str
    name: str
    locale: str
    sort_name: str

    @property
    def person(self) -> str:
        """The same for whoever is registered twice: the address and the name, as a digest."""
        told = f"{self.address.lower()}\n{self.sort_name}"
        return sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Count:
    """How many people are meant, and how many of them get no mail, by the reason."""

    matched: int
    bounced: int
    complained: int
    unsubscribed: int
    twice: int
    """Registrations of somebody who is in the list already."""
    languages: Mapping[str, int]
    """Of those who get it."""

    @property
    def recipients(self) -> int:
        """How many get a mail."""
        return self.matched - self.bounced - self.complained - self.unsubscribed - self.twice


def count(event_id: uuid.UUID, selection: Selection, *, is_transactional: bool) -> Count:
    """Return how many people a selection means, and how many of them get no mail."""
    counts = dict.fromkeys(Hindrance, 0)
    languages: dict[str, int] = {}
    seen: set[str] = set()
    matched = twice = 0
    statement = people(event_id, selection).outerjoin(
        MailAddress, MailAddress.address_key == func.lower(Registration.email)
    )
    for row in db.session.execute(statement.add_columns(*STANDING)):
        matched += 1
        recipient = Recipient(*row[:5])
        hindrance = _hindrance(row, is_transactional=is_transactional)
        if hindrance is not None:
            counts[hindrance] += 1
        elif recipient.person in seen:
            twice += 1
        else:
            seen.add(recipient.person)
            languages[recipient.locale] = languages.get(recipient.locale, 0) + 1
    return Count(
        matched=matched,
        bounced=counts[Hindrance.BOUNCED],
        complained=counts[Hindrance.COMPLAINED],
        unsubscribed=counts[Hindrance.UNSUBSCRIBED],
        twice=twice,
        languages=languages,
    )


class Hindrance(StrEnum):
    """Why somebody gets no campaign."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


STANDING = (MailAddress.bounced_at, MailAddress.complained_at, MailAddress.unsubscribed_at)


def _hindrance(row: Any, *, is_transactional: bool) -> Hindrance | None:
    bounced_at, complained_at, unsubscribed_at = row[5:8]
    if bounced_at is not None:
        return Hindrance.BOUNCED
    if complained_at is not None:
        return Hindrance.COMPLAINED
    if unsubscribed_at is not None and not is_transactional:
        return Hindrance.UNSUBSCRIBED
    return None


def recipients(
    event_id: uuid.UUID,
    selection: Selection,
    *,
    is_transactional: bool,
    after: uuid.UUID | None = None,
    besides: uuid.UUID | None = None,
    most: int = 200,
) -> Sequence[Recipient]:
    """Return the next people who get a mail, by the age of their registration.

    Args:
        event_id: of whose people.
        selection: who is meant.
        is_transactional: whether those are meant too who want no campaigns.
        after: the registration after which to go on.
        besides: a campaign whose mails those who are meant do not have; who is registered twice
            is among them, since the mail is about the other registration.
        most: how many at a time.
    """
    hindered = or_(
        MailAddress.bounced_at.is_not(None),
        MailAddress.complained_at.is_not(None),
        false() if is_transactional else MailAddress.unsubscribed_at.is_not(None),
    )
    statement = (
        people(event_id, selection)
        .where(
            func.lower(Registration.email).not_in(select(MailAddress.address_key).where(hindered))
        )
        .order_by(Registration.id)
        .limit(most)
    )
    if after is not None:
        statement = statement.where(Registration.id > after)
    if besides is not None:
        statement = statement.where(Registration.id.not_in(_told(besides)))
    return [Recipient(*row) for row in db.session.execute(statement)]


def _told(campaign_id: uuid.UUID) -> Select[Any]:
    """Select the registrations that a campaign has a mail about, tests of it left out."""
    return select(Delivery.registration_id).where(
        Delivery.campaign_id == campaign_id,
        Delivery.registration_id.is_not(None),
        ~Delivery.dedupe_key.startswith(TEST),
    )


def first_people(
    event_id: uuid.UUID, selection: Selection, *, is_transactional: bool, most: int
) -> Sequence[Recipient]:
    """Return some of those who get a mail, each person once, sorted by name, to look at."""
    everybody = recipients(
        event_id, selection, is_transactional=is_transactional, most=MOST_PREVIEWED
    )
    once = {each.person: each for each in reversed(everybody)}.values()
    return sorted(once, key=lambda each: (each.sort_name, each.registration_id))[:most]


MOST_PREVIEWED = 1_000

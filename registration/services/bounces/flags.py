"""Flags of addresses: mails to this one do not arrive, or are not wanted."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select, update

from registration import clock
from registration.database import db, insert_new
from registration.models.deliveries import BounceKind, Delivery, MailAddress
from registration.models.registrations import Registration
from registration.services import audit
from registration.services.bounces.reasons import Reason, find_status, judge, reason_of

SILENCE = timedelta(days=5)
"""A mail of which nothing came back for so long has arrived: servers give up after it."""
AT_RECIPIENT = "RCPT TO"
"""How the error of a mail begins that was refused for its recipient; see `deliveries.smtp`."""
MOST_ASKED = 500
"""Addresses in one query."""


class Flag(NamedTuple):
    """Since when mails to an address do not arrive, and why."""

    since: datetime
    reason: Reason


def key_of(address: str) -> str:
    """Return the address as `MailAddress` knows it."""
    return address.strip().lower()


def flag(delivery: Delivery, reason: Reason, *, sent_at: datetime | None = None) -> bool:
    """Note that mails to a delivery's address do not arrive; return whether that is new.

    A flag that was taken away after the mail was sent stays away: the notice is older than it.

    Args:
        delivery: the mail that did not arrive.
        reason: why.
        sent_at: when it was handed over, if not when the delivery says so.
    """
    address = _known(delivery.recipient)
    sent_at = sent_at or delivery.sent_at or delivery.created_at
    if address.bounced_at or (address.cleared_at and sent_at <= address.cleared_at):
        return False
    address.bounced_at, address.bounce = clock.now(), reason
    _record("address.flagged", delivery, reason=reason)
    return True


def note_refusal(delivery_id: uuid.UUID, error: str) -> bool:
    """Flag the address of a mail whose recipient our mail server refused for good, at once.

    Return whether that is new. What was refused for another reason, such as the mail itself, says
    nothing of the address.
    """
    status = find_status(error)
    if not error.startswith(AT_RECIPIENT) or judge(status, error) != BounceKind.HARD:
        return False
    delivery = db.session.get_one(Delivery, delivery_id)
    return flag(delivery, reason_of(status, error), sent_at=clock.now())


def note_complaint(delivery: Delivery) -> None:
    """Note that the recipient called our mail unwanted: campaigns go to the address no more."""
    address = _known(delivery.recipient)
    if address.complained_at is None:
        address.complained_at = clock.now()
        _record("address.complained", delivery)


def clear(recipient: str) -> bool:
    """Take the flag of an address away; return whether it had one."""
    cleared = db.session.execute(
        update(MailAddress)
        .where(MailAddress.address_key == key_of(recipient), MailAddress.bounced_at.is_not(None))
        .values(bounced_at=None, bounce="", cleared_at=clock.now())
        .returning(MailAddress.address_key)
        .execution_options(synchronize_session="fetch")
    ).one_or_none()
    return cleared is not None


def clear_silent() -> int:
    """Take away the flags of addresses to which a later mail has not come back; return how many."""
    moment = clock.now()
    arrived = select(Delivery.id).where(
        func.lower(Delivery.recipient) == MailAddress.address_key,
        Delivery.sent_at > MailAddress.bounced_at,
        Delivery.sent_at < moment - SILENCE,
        Delivery.bounced_at.is_(None),
    )
    cleared = db.session.scalars(
        update(MailAddress)
        .where(MailAddress.bounced_at < moment - SILENCE, arrived.exists())
        .values(bounced_at=None, bounce="", cleared_at=moment)
        .returning(MailAddress.address_key)
        .execution_options(synchronize_session=False)
    ).all()
    return len(cleared)


def find(address: str) -> Flag | None:
    """Return the flag of one address; by its primary key."""
    return of_addresses([address]).get(key_of(address))


def of_addresses(addresses: Collection[str]) -> Mapping[str, Flag]:
    """Return the flags of those that have one, by `key_of` the address."""
    keys = sorted({key_of(each) for each in addresses})
    flagged: dict[str, Flag] = {}
    for start in range(0, len(keys), MOST_ASKED):
        rows = db.session.execute(
            select(MailAddress.address_key, MailAddress.bounced_at, MailAddress.bounce).where(
                MailAddress.address_key.in_(keys[start : start + MOST_ASKED]),
                MailAddress.bounced_at.is_not(None),
            )
        )
        flagged |= {key: Flag(since, _reason(word)) for key, since, word in rows if since}
    return flagged


def count_people(event_id: uuid.UUID) -> int:
    """Return how many people of an event have an address at which mails do not arrive."""
    statement = (
        select(func.count())
        .select_from(Registration)
        .join(MailAddress, MailAddress.address_key == func.lower(Registration.email))
        .where(Registration.event_id == event_id, MailAddress.bounced_at.is_not(None))
    )
    return db.session.scalar(statement) or 0


def cleared_at(recipient: str) -> datetime | None:
    """Return when the address had its flag taken away last."""
    return db.session.scalar(
        select(MailAddress.cleared_at).where(MailAddress.address_key == key_of(recipient))
    )


def _known(recipient: str) -> MailAddress:
    """Return what is known of an address, locked until the transaction ends."""
    insert_new(MailAddress, {"address_key": key_of(recipient)})
    return db.session.get_one(
        MailAddress, key_of(recipient), with_for_update=True, populate_existing=True
    )


def _reason(word: str) -> Reason:
    return Reason(word) if word in set(Reason) else Reason.OTHER


def _record(action: str, delivery: Delivery, **detail: str) -> None:
    subject = f"delivery:{delivery.id}"
    audit.record(action, actor="worker", subject=subject, event_id=delivery.event_id, **detail)

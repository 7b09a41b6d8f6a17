"""Storing notices: each once, with what follows from it, in the caller's transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select, update

from registration import clock
from registration.database import db, insert_new
from registration.models.deliveries import Bounce, BounceKind, Delivery
from registration.services.bounces import flags, reasons
from registration.services.bounces.notices import Notice, Told, read
from registration.services.deliveries import envelopes

SOFT_ONES = 3
"""So many mails within `SOFT_WITHIN` that did not arrive for a passing reason flag an address."""
SOFT_WITHIN = timedelta(days=30)
MISSED = frozenset({BounceKind.HARD, BounceKind.SOFT})


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of a message: which mail it is about, and whether it was new."""

    delivery_id: uuid.UUID | None
    kind: BounceKind
    is_new: bool


def take(content: bytes) -> Taken:
    """Read a message, store it, and draw its consequences; again, it has none.

    Raises:
        Unreadable: it is no mail; nothing is stored.
    """
    notice = read(content)
    delivery = _find_delivery(notice)
    new = [
        told for number, told in enumerate(notice.told) if _store(notice, number, told, delivery)
    ]
    if delivery is not None and delivery.attempts and new:
        _draw(delivery, new)
    return Taken(
        delivery_id=delivery.id if delivery else None, kind=notice.told[0].kind, is_new=bool(new)
    )


def _find_delivery(notice: Notice) -> Delivery | None:
    """Return which mail a notice is about: by its mark, else by a Message-ID that we know."""
    for delivery_id in envelopes.find_marked(notice.words):
        found = db.session.get(Delivery, delivery_id)
        if found is not None:
            return found
    by_id = select(Delivery).where(Delivery.message_id.in_(notice.message_ids))
    return db.session.scalars(by_id.order_by(Delivery.id).limit(1)).one_or_none()


def _store(notice: Notice, number: int, told: Told, delivery: Delivery | None) -> bool:
    """Write down what is said of one recipient; return whether that is new."""
    digest = notice.digest if number == 0 else f"{notice.digest[:60]}.{number}"
    row = {
        "delivery_id": delivery.id if delivery else None,
        "kind": told.kind,
        "recipient": told.recipient,
        "status": told.status,
        "diagnostic": told.diagnostic,
        "subject": notice.subject,
        "digest": digest,
        "received_at": clock.now(),
    }
    return bool(insert_new(Bounce, row))


def _draw(delivery: Delivery, told: Sequence[Told]) -> None:
    """Let a notice have its consequences for the mail and for the address."""
    verdict = _verdict(delivery, told)
    if verdict.kind in MISSED:
        db.session.execute(
            update(Delivery)
            .where(Delivery.id == delivery.id, Delivery.bounced_at.is_(None))
            .values(bounced_at=clock.now())
            .execution_options(synchronize_session=False)
        )
    if verdict.kind == BounceKind.COMPLAINT:
        flags.note_complaint(delivery)
    elif verdict.kind == BounceKind.DELIVERED:
        flags.clear(delivery.recipient)
    elif verdict.kind == BounceKind.HARD or (
        verdict.kind == BounceKind.SOFT and _count_soft(delivery.recipient) >= SOFT_ONES
    ):
        flags.flag(delivery, reasons.reason_of(verdict.status, verdict.diagnostic))


def _verdict(delivery: Delivery, told: Sequence[Told]) -> Told:
    """Return what counts for the address that we wrote to.

    A report may speak of others, to whom that address forwards: then only what all of them say.
    """
    own_key = flags.key_of(delivery.recipient)
    own = [each for each in told if flags.key_of(each.recipient) == own_key] or list(told)
    kinds = {each.kind for each in own}
    if len(kinds) == 1:
        return own[0]
    missed = [each for each in own if each.kind in MISSED]
    return replace(missed[0] if missed else own[0], kind=_milder(kinds))


def _milder(kinds: set[BounceKind]) -> BounceKind:
    return BounceKind.SOFT if kinds & MISSED else BounceKind.AUTOMATIC


def _count_soft(recipient: str) -> int:
    """Return how many mails to an address have not arrived lately, for a passing reason."""
    cleared_at = flags.cleared_at(recipient)
    since = clock.now() - SOFT_WITHIN
    statement = (
        select(func.count(func.distinct(Bounce.delivery_id)))
        .join(Delivery, Delivery.id == Bounce.delivery_id)
        .where(
            Bounce.kind == BounceKind.SOFT,
            Bounce.received_at > (max(since, cleared_at) if cleared_at else since),
            func.lower(Delivery.recipient) == flags.key_of(recipient),
        )
    )
    return db.session.scalar(statement) or 0

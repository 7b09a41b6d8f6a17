"""The outbox: mails are promised, claimed for sending, and settled."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask import current_app
from sqlalchemy import Select, case, select, text, update

from registration import clock
from registration.database import db, insert_new, uuid7
from registration.models.accounts import Mandate
from registration.models.deliveries import Delivery, DeliveryKind, DeliveryState
from registration.models.invitations import Invitation

BATCH = 20
"""Mails claimed at a time: few enough that one sender's death holds up little."""

PAUSES = (1, 5, 15, 30, 60)
"""Minutes until the next attempt after the first, second … passing fault; then hourly."""
MOST_ATTEMPTS = len(PAUSES) + 4 * 24
"""Tried for four days, as mail servers do (RFC 5321 §4.5.4.1), a mail is given up."""
FIRST_PAUSE = timedelta(minutes=PAUSES[0])
MOST_ERROR = 500

IN_OUTBOX = text("delivery.state IN ('new', 'sending', 'deferred', 'unknown')")
"""Word for word the condition of the index, so that SQLite sees that it may use it."""


class Fate(StrEnum):
    """What came of an attempt to send."""

    SENT = "sent"
    """The server has taken it over."""
    DEFERRED = "deferred"
    """This mail met a passing fault."""
    REFUSED = "refused"
    """This mail will never be taken."""
    UNREACHABLE = "unreachable"
    """There is no server to talk to, for this mail or any other."""
    TURNED_AWAY = "turned_away"
    """The server takes no mail from us; the settings must be mended, so nothing is given up."""


FOR_ALL = frozenset({Fate.UNREACHABLE, Fate.TURNED_AWAY})
"""What befalls one mail and would befall every other."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an attempt, and why."""

    fate: Fate
    error: str = ""
    may_have_arrived: bool = False
    """Whether the whole mail was handed over before the fault: then trying again may repeat it."""


@dataclass(frozen=True)
class Claimed:
    """One delivery that was claimed; ``attempts`` counts this one too."""

    id: uuid.UUID
    attempts: int


@dataclass(frozen=True)
class Claim:
    """Deliveries that one sender holds until its lease ends."""

    lease: uuid.UUID
    deliveries: tuple[Claimed, ...]


def promise(
    registration_id: uuid.UUID,
    event_id: uuid.UUID,
    kind: DeliveryKind,
    *,
    recipient: str,
    reason: str,
) -> None:
    """Write one mail to the outbox, in the caller's transaction.

    Args:
        registration_id: whom it is about.
        event_id: the event of the registration.
        kind: what it says.
        recipient: the address that it goes to.
        reason: names this occasion among those of the registration; the same occasion promises
            nothing twice.
    """
    occasion = f"{registration_id.hex}:{kind}:{reason}"
    _write(event_id, kind, recipient, occasion, registration_id=registration_id)


def promise_invitation(invitation: Invitation, kind: DeliveryKind, *, reason: str) -> None:
    """Write one mail to the address that the invitation is bound to; see `promise`.

    Raises:
        ValueError: it is bound to none, as a link for many is not.
    """
    if not invitation.email:
        raise ValueError("the invitation is bound to no address")
    occasion = f"{invitation.id.hex}:{kind}:{reason}"
    event_id, recipient = invitation.event_id, invitation.email
    _write(event_id, kind, recipient, occasion, invitation_id=invitation.id)


def promise_to_account(mandate: Mandate, kind: DeliveryKind, *, reason: str) -> None:
    """Write one mail to the account whose task this is; the task has its id already; see `promise`.

    With the task, the mail goes too: whoever is dismissed before it was sent gets none.
    """
    occasion = f"mandate:{mandate.id}:{kind}:{reason}"
    _write(mandate.event_id, kind, mandate.account.email, occasion, mandate_id=mandate.id)


def _write(
    event_id: uuid.UUID, kind: DeliveryKind, recipient: str, occasion: str, **about: object
) -> None:
    """Write one mail to the outbox unless the occasion has one."""
    delivery_id = uuid7()
    moment = clock.now()
    insert_new(
        Delivery,
        {
            "id": delivery_id,
            "event_id": event_id,
            **about,
            "kind": kind,
            "recipient": recipient,
            "dedupe_key": occasion,
            "message_id": f"<{delivery_id}@{current_app.config['MAIL_DOMAIN']}>",
            "state": DeliveryState.NEW,
            "due_at": moment,
            "created_at": moment,
        },
    )


def claim(*, most: int = BATCH) -> Claim:
    """Take the deliveries that have been due for longest; nobody else can take them meanwhile.

    What another sender took and never settled is due again when its lease has ended; taking it
    over is counted as a repeat, since that sender may have sent it.
    """
    moment = clock.now()
    due = _due(moment).order_by(Delivery.due_at).limit(most).cte("due")
    lease = uuid.uuid4()
    taken_over = case((Delivery.state == DeliveryState.SENDING, 1), else_=0)
    rows = db.session.execute(
        update(Delivery)
        .where(Delivery.id == due.c.id)
        .values(
            state=DeliveryState.SENDING,
            lease=lease,
            due_at=moment + _lease_time(),
            attempts=Delivery.attempts + 1,
            repeats=Delivery.repeats + taken_over,
        )
        .returning(Delivery.id, Delivery.attempts)
        .execution_options(synchronize_session=False)
    ).all()
    return Claim(lease, tuple(Claimed(*row) for row in sorted(rows)))


def renew(claimed: Claim) -> bool:
    """Let the lease of what is still being sent begin anew; return whether anything was held."""
    renewed = db.session.execute(
        update(Delivery)
        .where(
            Delivery.id.in_([each.id for each in claimed.deliveries]),
            Delivery.lease == claimed.lease,
        )
        .values(due_at=clock.now() + _lease_time())
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(renewed)


def settle(delivery: Claimed, outcome: Outcome, *, lease: uuid.UUID) -> bool:
    """Write down what came of an attempt; void, and False, if the lease is not this one any more.

    A void settlement changes nothing: whoever took the delivery over answers for it.
    """
    held = db.session.execute(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.lease == lease)
        .values(lease=None, **_after(delivery.attempts, outcome))
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return held is not None


def postpone(error: str) -> int:
    """Put off everything that is due and not being sent; return how many mails that are.

    For a fault that would befall each of them: one attempt stands for all.
    """
    moment = clock.now()
    due = _due(moment).where(Delivery.state != DeliveryState.SENDING).cte("due")
    postponed = db.session.execute(
        update(Delivery)
        .where(Delivery.id == due.c.id)
        .values(
            state=DeliveryState.DEFERRED,
            due_at=moment + FIRST_PAUSE,
            last_error=error[:MOST_ERROR],
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(postponed)


def _due(moment: datetime) -> Select[uuid.UUID]:
    """Select what is due and not just being claimed; never waits, and so never deadlocks."""
    return (
        select(Delivery.id)
        .where(IN_OUTBOX, Delivery.due_at <= moment)
        .with_for_update(skip_locked=True)
    )


def _lease_time() -> timedelta:
    return timedelta(seconds=current_app.config["LEASE_SECONDS"])


def _after(attempts: int, outcome: Outcome) -> dict[str, object]:
    """Return the columns of a delivery after an attempt."""
    moment = clock.now()
    if outcome.fate == Fate.SENT:
        return {"state": DeliveryState.SENT, "sent_at": moment, "last_error": ""}
    changed: dict[str, object] = {"last_error": outcome.error[:MOST_ERROR]}
    if outcome.may_have_arrived:
        changed["repeats"] = Delivery.repeats + 1
    if outcome.fate == Fate.TURNED_AWAY:
        attempts = min(attempts, len(PAUSES))  # so that the days this takes use up no attempts
        changed["attempts"] = attempts
    if outcome.fate == Fate.REFUSED or attempts >= MOST_ATTEMPTS:
        return changed | {"state": DeliveryState.FAILED}
    pause = timedelta(minutes=PAUSES[min(attempts, len(PAUSES)) - 1])
    return changed | {"state": DeliveryState.DEFERRED, "due_at": moment + pause}

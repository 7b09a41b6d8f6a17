"""Settling: what came of an attempt to send a mail, and when the next one is due."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import Table, bindparam, update

from registration import clock
from registration.database import db
from registration.models.deliveries import Delivery, DeliveryState
from registration.prepared import Prepared
from registration.services import bounces

DELIVERY = cast(Table, Delivery.__table__)
PAUSES = (1, 5, 15, 30, 60)
"""Minutes until the next attempt after the first, second … passing fault; then hourly."""
MOST_ATTEMPTS = len(PAUSES) + 4 * 24
"""Tried for four days, as mail servers do (RFC 5321 §4.5.4.1), a mail is given up."""
MOST_ERROR = 500
STEP_BACK = timedelta(minutes=1)


class Fate(StrEnum):
    """What came of an attempt to send."""

    SENT = "sent"
    """The server has taken it over."""
    DEFERRED = "deferred"
    """This mail met a passing fault."""
    REFUSED = "refused"
    """This mail will never be taken."""
    UNKNOWN = "unknown"
    """The whole mail was handed over, and no answer came: trying again may repeat it."""
    UNREACHABLE = "unreachable"
    """There is no server to talk to, for this mail or any other."""
    TURNED_AWAY = "turned_away"
    """The server takes no mail from us; the settings must be mended, so nothing is given up."""
    UNWANTED = "unwanted"
    """It was not tried: its reader wants none such, or is known not to be reached."""


FOR_ALL = frozenset({Fate.UNREACHABLE, Fate.TURNED_AWAY})
"""What befalls one mail and would befall every other through the same account."""
UNSURE = DeliveryState.UNKNOWN
MAY_HAVE_ARRIVED = (DeliveryState.SENDING, UNSURE)
"""Sending what stands so may repeat it."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an attempt, and why."""

    fate: Fate
    error: str = ""
    is_own: bool = True
    """Whether this mail met it; else another did, on the same way a moment before."""

    @property
    def words(self) -> str:
        """The error on one line, without what no database takes: servers write anything."""
        shown = "".join(each if each.isprintable() else " " for each in self.error)
        return " ".join(shown.split())[:MOST_ERROR]


@dataclass(frozen=True)
class Claimed:
    """One delivery that was claimed; ``attempts`` counts this one too."""

    id: uuid.UUID
    attempts: int
    channel: str = ""
    """Through which account it is to go."""
    is_try: bool = False
    """Whether it finds out if a paused account takes mails again."""
    state: DeliveryState = DeliveryState.NEW
    due_at: datetime | None = None
    """Where it stood before, and since when it was due; it goes back there if not to blame."""
    is_campaigns: bool = False
    """Whether it is one of a campaign, which may be stopped at any moment."""
    was_refused: bool = False
    """Whether its recipient was refused before with what seemed to be meant for the account."""


def judged(delivery: Claimed, outcome: Outcome, *, takes_others: Callable[[], bool]) -> Outcome:
    """Return what came of an attempt, in the light of what came of the one before.

    "Unable to relay" is said of a recipient, and may be meant for us. The account was paused for
    it; if it takes mails again, it is the recipient that is meant (a 5xx on RCPT TO, RFC 5321
    §4.2.1), and this mail alone fails. Another mail's success has shown it; a mail that is alone
    in the outbox, and so tries the account itself again and again, must ask.

    Args:
        delivery: the mail.
        outcome: of this attempt.
        takes_others: asks the server whether it would take this mail for somebody else.
    """
    is_doubtful = delivery.was_refused and outcome.fate == Fate.TURNED_AWAY
    if not (is_doubtful and _is_at_recipient(outcome)):
        return outcome
    is_meant = not delivery.is_try or takes_others()
    return replace(outcome, fate=Fate.REFUSED) if is_meant else outcome


def _is_at_recipient(outcome: Outcome) -> bool:
    return outcome.is_own and outcome.error.startswith(bounces.AT_RECIPIENT)


def settle(delivery: Claimed, outcome: Outcome, *, lease: uuid.UUID) -> bool:
    """Write down what came of an attempt; void, and False, if the lease is not this one any more.

    A void settlement changes nothing: whoever took the delivery over answers for it.
    """
    if outcome.fate == Fate.SENT:
        return _note_sent(delivery, lease)
    held = db.session.execute(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.lease == lease)
        .values(lease=None, **_after(delivery, outcome))
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if held is not None and outcome.fate == Fate.REFUSED:
        bounces.note_refusal(delivery.id, outcome.error)
    return held is not None


_SENT = Prepared(
    lambda _: (
        update(DELIVERY)
        .where(DELIVERY.c.id == bindparam("delivery_id"), DELIVERY.c.lease == bindparam("held"))
        .values(
            state=DeliveryState.SENT,
            lease=None,
            channel=bindparam("through"),
            sent_at=bindparam("at"),
            last_error="",
        )
    )
)


def _note_sent(delivery: Claimed, lease: uuid.UUID) -> bool:
    """Write down that a mail went out: what each mail waits for before the next one may go."""
    row = {
        "delivery_id": delivery.id,
        "held": lease,
        "through": delivery.channel,
        "at": clock.now(),
    }
    return bool(_SENT.write(db.session.connection(), [row]))


def _goes_back(delivery: Claimed, outcome: Outcome, moment: datetime) -> datetime:
    """Return since when a mail is due that is not to blame.

    Where the server had heard whom the mail is for, it may mean only this one, whatever it says.
    The account is then tried with another first, or this one alone would keep it paused for ever.
    """
    if _is_at_recipient(outcome):
        return moment + STEP_BACK
    return moment if delivery.due_at is None else delivery.due_at


def _after(delivery: Claimed, outcome: Outcome) -> dict[str, object]:
    """Return the columns of a delivery after an attempt."""
    moment = clock.now()
    if outcome.fate in FOR_ALL:  # no fault of this mail: it goes back to where it stood
        unsure = delivery.state in MAY_HAVE_ARRIVED
        said = {"last_error": outcome.words} if _is_at_recipient(outcome) else {}
        return {
            **said,
            "state": UNSURE if unsure else delivery.state,
            "attempts": Delivery.attempts - 1,
            "repeats": Delivery.repeats - int(unsure),  # counted when it is claimed once more
            "due_at": _goes_back(delivery, outcome, moment),
        }
    told: dict[str, object] = {
        "channel": delivery.channel,
        "last_error": outcome.words,
    }
    if outcome.fate == Fate.UNWANTED:
        return told | {"state": DeliveryState.CANCELLED}
    if outcome.fate == Fate.REFUSED or delivery.attempts >= MOST_ATTEMPTS:
        return told | {"state": DeliveryState.FAILED}
    pause = timedelta(minutes=PAUSES[min(delivery.attempts, len(PAUSES)) - 1])
    state = UNSURE if outcome.fate == Fate.UNKNOWN else DeliveryState.DEFERRED
    return told | {"state": state, "due_at": moment + pause}

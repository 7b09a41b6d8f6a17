"""Claiming: a sender takes what is due, through accounts that take mails, at a pace that is kept.

What must wait for its pace, or for an account, is left as it is: still due, no attempt used up.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from flask import current_app
from sqlalchemy import Select, case, func, select, text, update

from registration import clock
from registration.database import db
from registration.mailservers import Account
from registration.models.deliveries import Delivery, DeliveryState, MailChannel
from registration.services.bounces import AT_RECIPIENT
from registration.services.deliveries import channels, pace
from registration.services.deliveries.settling import MAY_HAVE_ARRIVED, Claimed

BATCH = 20
"""Mails claimed at a time: few enough that one sender's death holds up little."""

REFUSAL = "5"
"""How a server's answer begins that is meant for good (RFC 5321 §4.2.1)."""

IN_OUTBOX = text("delivery.state IN ('new', 'sending', 'deferred', 'unknown')")
"""Word for word the condition of the index, so that SQLite sees that it may use it."""


@dataclass(frozen=True)
class Claim:
    """Deliveries that one sender holds until its lease ends."""

    lease: uuid.UUID
    deliveries: tuple[Claimed, ...]
    wait: float | None = None
    """Seconds until more may go, where only their pace holds mails back."""


@dataclass(frozen=True)
class _Way:
    """An account with how many mails may go through it now."""

    account: Account
    most: int
    tries: MailChannel | None = None
    """Set where it is paused, and one mail may find out whether it takes mails again."""


@dataclass(frozen=True)
class _Due:
    """A mail that is due, as it stands."""

    id: uuid.UUID
    state: str
    attempts: int
    recipient: str
    due_at: datetime
    last_error: str
    campaign_id: uuid.UUID | None

    @property
    def domain(self) -> str:
        """Whose pace it keeps."""
        return pace.domain_of(self.recipient)


def claim(*, most: int = BATCH) -> Claim:
    """Take what has been due for longest, what somebody waits for before what goes to many.

    Nobody else can take it meanwhile. What another sender took and never settled is due again
    when its lease has ended; taking it over is counted as a repeat, since that sender may have
    sent it.
    """
    moment = clock.now()
    ahead = pace.ahead(moment)
    ways = _ways(moment, most)
    room = sum(way.most for way in ways)
    found = _find_due(moment, list(ahead), min(most, room)) if room else ()
    lease = uuid.uuid4()
    chosen = _through(ways, _paced(found), turn=lease.int)
    if chosen:
        _take(lease, [each.id for each in chosen])
    return Claim(lease, tuple(chosen), _wait(moment, ahead, again=bool(found) and not chosen))


def _wait(moment: datetime, ahead: Mapping[str, datetime], *, again: bool) -> float | None:
    """Return the seconds until a pace lets more go; None where none holds anything back."""
    if again:
        return 0.0
    first = min(ahead.values(), default=None)
    return None if first is None else max(0.0, (first - moment).total_seconds())


def _ways(moment: datetime, most: int) -> Sequence[_Way]:
    """Return the accounts that take mails now; one mail may try one that was paused for a while."""
    paused = {channel.name: channel for channel in channels.list_paused()}
    ways = []
    for account in channels.accounts():
        channel = paused.get(account.name)
        if channel is not None:
            next_try = channels.next_try(channel)
            is_time = next_try is None or next_try <= moment
            ways.append(_Way(account, int(is_time), channel))
        elif account.rate is not None:
            ways.append(_Way(account, pace.free(pace.of_account(account), account.rate)))
        else:
            ways.append(_Way(account, most))
    return [way for way in ways if way.most]


def _find_due(moment: datetime, ahead: Sequence[str], most: int) -> Sequence[_Due]:
    """Return what is due and goes to no domain whose pace holds it back."""
    columns = (
        Delivery.state,
        Delivery.attempts,
        Delivery.recipient,
        Delivery.due_at,
        Delivery.last_error,
        Delivery.campaign_id,
    )
    late = [key.partition(":")[2] for key in ahead if key.startswith("domain:")]
    query = due(moment).add_columns(*columns).order_by(Delivery.is_bulk, Delivery.due_at)
    for domain in late:
        query = query.where(~func.lower(Delivery.recipient).endswith(f"@{domain}", autoescape=True))
    return [_Due(*row) for row in db.session.execute(query.limit(most))]


def due(moment: datetime) -> Select[uuid.UUID]:
    """Select what is due and not just being claimed; never waits, and so never deadlocks."""
    return (
        select(Delivery.id)
        .where(IN_OUTBOX, Delivery.due_at <= moment)
        .with_for_update(skip_locked=True)
    )


def _paced(found: Sequence[_Due]) -> Sequence[_Due]:
    """Return those that the pace of their domains lets go now."""
    wanted = Counter(each.domain for each in found)
    granted: dict[str, int] = {}
    for domain in sorted(wanted):
        rate = pace.domain_rate(domain)
        granted[domain] = wanted[domain]
        if rate is not None:
            granted[domain] = pace.take(pace.of_domain(domain), rate, wanted[domain])
    going = []
    for each in found:
        granted[each.domain] -= 1
        if granted[each.domain] >= 0:
            going.append(each)
    return going


def _through(ways: Sequence[_Way], going: Sequence[_Due], *, turn: int) -> list[Claimed]:
    """Give each mail an account, by turns, as far as its pace goes."""
    given: list[_Way] = []
    shares = Counter(_turns(ways, len(going), turn))
    for way in sorted(shares, key=lambda way: way.account.name):
        given += [way] * _granted(way, shares[way])
    return [
        Claimed(
            id=each.id,
            attempts=each.attempts + 1,
            channel=way.account.name,
            is_try=way.tries is not None,
            state=DeliveryState(each.state),
            due_at=each.due_at,
            is_campaigns=each.campaign_id is not None,
            was_refused=each.last_error.startswith(f"{AT_RECIPIENT}: {REFUSAL}"),
        )
        for each, way in zip(going, given, strict=False)
    ]


def _turns(ways: Sequence[_Way], count: int, turn: int) -> Iterator[_Way]:
    """Yield one way after the other, each as often as it has room, so many in all."""
    begin = turn % len(ways) if ways else 0
    turned = [*ways[begin:], *ways[:begin]]
    most = max((way.most for way in ways), default=0)
    rounds = (way for number in range(most) for way in turned if number < way.most)
    return islice(rounds, count)


def _granted(way: _Way, wanted: int) -> int:
    if way.tries is not None:
        return int(channels.begin_try(way.tries))
    if way.account.rate is None:
        return wanted
    return pace.take(pace.of_account(way.account), way.account.rate, wanted)


def _take(lease: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    """Write down that a sender holds these mails."""
    may_repeat = case((Delivery.state.in_(MAY_HAVE_ARRIVED), 1), else_=0)
    db.session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(
            state=DeliveryState.SENDING,
            lease=lease,
            due_at=clock.now() + _lease_time(),
            attempts=Delivery.attempts + 1,
            repeats=Delivery.repeats + may_repeat,
        )
        .execution_options(synchronize_session=False)
    )


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


def _lease_time() -> timedelta:
    return timedelta(seconds=current_app.config["LEASE_SECONDS"])

"""Sending: claim what is due, hand it over with no transaction open, settle each mail at once.

Whoever sends brings the transactions (`registration.database.transaction`).
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import (
    InterfaceError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)
from sqlalchemy.orm import joinedload, selectinload

from registration.database import db, snapshot
from registration.models.accounts import Mandate
from registration.models.deliveries import Delivery
from registration.models.invitations import Invitation
from registration.models.registrations import Registration
from registration.services import wordings
from registration.services.deliveries import addresses, channels, claiming, message, settling
from registration.services.deliveries.channel import Ways
from registration.services.deliveries.claiming import Claim
from registration.services.deliveries.message import Letter
from registration.services.deliveries.settling import FOR_ALL, Claimed, Fate, Outcome
from registration.services.deliveries.telling import tell
from registration.services.deliveries.unwanted import find_stopped, find_unwanted

log = structlog.get_logger()

Made = TypeVar("Made")
Transaction = Callable[[], AbstractContextManager[Any]]

RENEWALS_A_LEASE = 3
AWAY = (OperationalError, InterfaceError, PendingRollbackError)
"""What a database raises that is restarted."""
PATIENCE, PAUSE = 60.0, 0.2
"""Seconds for which a sender waits for the database to come back, and between two tries."""
MOST_WAIT = 1.0
"""Seconds that a sender waits for a pace to let more go; what takes longer, a later one finds."""


def send_due(transaction: Transaction, *, seconds: float = 30.0) -> int:
    """Send what is due until nothing is, or until the time is up; return how many mails were sent.

    Any number of these may run at once, in threads and processes. An account that takes no mail
    from us is paused, and what was to go through it is as it was before.

    Args:
        transaction: opens a unit of work that commits at its end.
        seconds: after which no further mails are claimed.
    """
    sent, ends_at, pauses = 0, time.monotonic() + seconds, seconds
    ways = Ways()
    try:
        while time.monotonic() < ends_at:
            with transaction():
                claim = claiming.claim()
            if claim.deliveries:
                with Hold(claim, transaction) as hold:
                    sent += _send_all(claim, ways, hold, transaction)
            elif claim.wait is None or claim.wait > min(MOST_WAIT, pauses):
                break
            else:
                pauses -= claim.wait
                time.sleep(claim.wait)
    finally:
        ways.close()
    return sent


def _send_all(claim: Claim, ways: Ways, hold: "Hold", transaction: Transaction) -> int:
    """Send what was claimed; return how many mails went out."""
    sent = 0
    faults: dict[str, Outcome] = {}
    for delivery, written in _surely(partial(_write_all, claim)):
        if not hold.is_good():
            log.warning("lease_lost", lease=str(claim.lease))
            break
        letter = _unless_stopped(delivery, written)
        outcome = faults.get(delivery.channel)
        if isinstance(letter, Outcome):
            outcome = letter
        elif outcome is None:
            outcome = _hand_over(ways, delivery, letter)
            if outcome.fate in FOR_ALL:
                faults[delivery.channel] = replace(outcome, is_own=False)
        was_sent = isinstance(letter, Letter)
        if isinstance(letter, Letter) and letter.flawed_id:
            _surely(_in(transaction, partial(wordings.flag, letter.flawed_id)))
        settle = partial(_settle, delivery, outcome, claim, was_sent=was_sent)
        sent += _surely(_in(transaction, settle))
    return sent


def _unless_stopped(delivery: Claimed, written: Letter | Outcome) -> Letter | Outcome:
    """Return the mail; where its campaign was stopped a moment before, that it is not to be sent.

    The mails of a claim are written together and handed over one by one, so that the last may be
    minutes old: a stop must not be so late. Only mails of campaigns cost this read.
    """
    if isinstance(written, Outcome) or not delivery.is_campaigns:
        return written
    stopped = _surely(partial(_read, partial(find_stopped, delivery.id)))
    return Outcome(fate=Fate.UNWANTED, error=stopped) if stopped else written


def _hand_over(ways: Ways, delivery: Claimed, letter: Letter) -> Outcome:
    tried = ways.send(letter, through=delivery.channel)
    takes_others = partial(_takes_others, ways, delivery, letter)
    return settling.judged(delivery, tried, takes_others=takes_others)


def _takes_others(ways: Ways, delivery: Claimed, letter: Letter) -> bool:
    """Ask a server that refuses a recipient whether it would take the mail for somebody else."""
    reached = partial(channels.find_reached, delivery.channel, besides=letter.recipient)
    somebody = _surely(partial(_read, reached))
    return bool(somebody) and ways.would_take(letter, somebody, through=delivery.channel)


def _read(work: Callable[[], Made]) -> Made:
    with snapshot():
        return work()


def _surely(work: Callable[[], Made]) -> Made:
    """Do it, again and again while the database is away.

    What was sent is known here only, and forgetting it would send it once more.

    Raises:
        OperationalError: the database stayed away.
    """
    ends_at = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except AWAY:
            log.warning("database_away", exc_info=True)
            if time.monotonic() > ends_at:
                raise
            time.sleep(PAUSE)


def _in(transaction: Transaction, work: Callable[[], Made]) -> Callable[[], Made]:
    """Return the work, to be done in a transaction."""

    def do() -> Made:
        with transaction():
            return work()

    return do


def _settle(delivery: Claimed, outcome: Outcome, claim: Claim, *, was_sent: bool) -> bool:
    """Write down what came of a mail, and what it says of its account; True if it went out."""
    if outcome.fate in FOR_ALL:
        channels.pause(delivery.channel, outcome)
    elif delivery.is_try and was_sent:
        channels.resume(delivery.channel)
    if not settling.settle(delivery, outcome, lease=claim.lease):
        log.warning("settlement_void", delivery=str(delivery.id))
        return False
    if outcome.fate != Fate.SENT:
        log.warning("mail_not_sent", delivery=str(delivery.id), fate=outcome.fate)
    return outcome.fate == Fate.SENT


def _write_all(claim: Claim) -> list[tuple[Claimed, Letter | Outcome]]:
    """Write the mails that were claimed; no transaction is open afterwards."""
    by_id = {each.id: each for each in claim.deliveries}
    statement = (
        select(Delivery)
        .where(Delivery.id.in_(list(by_id)))
        .options(*WITH_ALL_A_MAIL_TELLS)
        .order_by(Delivery.id)
    )
    with snapshot():
        claimed = db.session.scalars(statement).all()
        unwanted = find_unwanted(claimed)
        return [
            (
                by_id[each.id],
                Outcome(fate=Fate.UNWANTED, error=unwanted[each.id])
                if each.id in unwanted
                else write(each, by_id[each.id].channel),
            )
            for each in claimed
        ]


WITH_ALL_A_MAIL_TELLS = (
    joinedload(Delivery.event),
    *(
        joinedload(Delivery.registration).joinedload(each)
        for each in (
            Registration.event,
            Registration.alliance,
            Registration.role,
            Registration.theme,
            Registration.sector,
            Registration.badge,
        )
    ),
    joinedload(Delivery.registration).selectinload(Registration.further_roles),
    *(
        selectinload(Delivery.invitation).joinedload(each)
        for each in (Invitation.event, Invitation.alliance, Invitation.role)
    ),
    *(
        selectinload(Delivery.mandate).joinedload(each)
        for each in (Mandate.account, Mandate.alliance)
    ),
)
"""In one query, and one more for those of the kinds that are among the claimed."""


def write(delivery: Delivery, through: str = "") -> Letter | Outcome:
    """Write one mail; one that cannot be written must not keep the others from being sent.

    Args:
        delivery: which one; best loaded `WITH_ALL_A_MAIL_TELLS`.
        through: the name of the account that it is to go through, which may have a sender of its
            own.
    """
    own = next((each.mail_from for each in channels.accounts() if each.name == through), "")
    try:
        told = tell(delivery)
        try:
            recipient = addresses.named(told.name, delivery.recipient)
        except ValueError:
            return Outcome(fate=Fate.REFUSED, error="the recipient's address is not an address")
        return message.write(delivery, told, recipient, mail_from=own)
    except AWAY:
        raise
    except Exception as error:  # whatever it is, it is ours to mend, and the mail stays promised
        log.exception("mail_not_written", delivery=str(delivery.id), kind=delivery.kind)
        return Outcome(fate=Fate.DEFERRED, error=f"writing: {type(error).__name__}: {error}")


class Hold:
    """Keeps a claim's lease from ending while its mails are being sent, however slow the server.

    A thread renews it. If that fails, or this process stood still for long, the hold is good no
    longer and the sender must not go on: others may have taken the mails over.
    """

    def __init__(self, claim: Claim, transaction: Transaction) -> None:
        self._claim = claim
        self._transaction = transaction
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._lease = float(self._app.config["LEASE_SECONDS"])
        self._ends_at = time.monotonic() + self._lease
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_done, name="lease", daemon=True)

    def __enter__(self) -> "Hold":
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._done.set()
        self._thread.join()

    def is_good(self) -> bool:
        """Return whether what was claimed is still this sender's."""
        return time.monotonic() < self._ends_at

    def _renew_until_done(self) -> None:
        while not self._done.wait(self._lease / RENEWALS_A_LEASE) and self.is_good():
            begun_at = time.monotonic()
            try:
                with self._app.app_context(), self._transaction():
                    renewed = claiming.renew(self._claim)
            except SQLAlchemyError:
                log.exception("lease_not_renewed", lease=str(self._claim.lease))
            else:
                self._ends_at = begun_at + self._lease if renewed else 0.0

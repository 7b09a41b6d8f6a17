"""Several senders at once: each mail is sent once."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from registration import clock
from registration.database import db, transaction
from registration.models.deliveries import Delivery, DeliveryState
from registration.models.events import Event
from registration.services.deliveries import Claim, Claimed, claiming, sending
from tests import factories, postbox
from tests.postbox import Postbox

SENDERS = 4
MAILS = 40


@pytest.fixture
def box(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    with postbox.serving() as served:
        monkeypatch.setitem(app.config, "SMTP_URL", served.url)
        yield served


def at_once(app: Flask, work: Callable[[], object]) -> None:
    """Run the work in several threads that begin together; an error in one fails the test."""
    begin = threading.Barrier(SENDERS)
    errors: list[BaseException] = []

    def run() -> None:
        begin.wait()
        try:
            with app.app_context():
                work()
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=run) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def promise_mails(event: Event) -> None:
    for _ in range(MAILS):
        factories.register(event)
    db.session.rollback()


def test_several_senders_send_each_mail_once(app: Flask, event: Event, box: Postbox) -> None:
    promise_mails(event)
    at_once(app, lambda: sending.send_due(transaction))
    assert len(box.copies) == MAILS
    assert set(box.copies.values()) == {1}
    states = db.session.execute(select(Delivery.state, Delivery.repeats).distinct()).all()
    assert [tuple(row) for row in states] == [(DeliveryState.SENT, 0)]


def test_twin_without_leases_one_mail_is_sent_twice(
    app: Flask, event: Event, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "_lease_time", lambda: timedelta(seconds=-1))
    with pytest.raises(AssertionError, match="sent twice"):
        send_beside_a_slow_sender(app, event, box, monkeypatch)


def claims(app: Flask, claim: Callable[[], Claim]) -> list[uuid.UUID]:
    """Let several senders claim at once; return all that they hold."""
    held: list[uuid.UUID] = []
    at_once(app, lambda: held.extend(each.id for each in claim().deliveries))
    return held


def test_several_senders_never_hold_the_same_mail(app: Flask, event: Event) -> None:
    promise_mails(event)

    def claim() -> Claim:
        with transaction():
            return claiming.claim(most=MAILS)

    held = claims(app, claim)
    assert (len(held), len(set(held))) == (MAILS, MAILS)


def test_twin_that_looks_first_and_claims_afterwards_holds_mails_twice(
    app: Flask, event: Event
) -> None:
    promise_mails(event)
    seen = threading.Barrier(SENDERS, timeout=30)
    one_after_another = threading.Lock()  # else PostgreSQL may find that they wait in a circle

    def claim() -> Claim:
        ids = db.session.scalars(select(Delivery.id).where(claiming.IN_OUTBOX)).all()
        db.session.rollback()
        seen.wait()
        with one_after_another, transaction():
            db.session.execute(
                update(Delivery)
                .where(Delivery.id.in_(ids))
                .values(state=DeliveryState.SENDING, lease=(lease := uuid.uuid4()))
            )
        return Claim(lease, tuple(Claimed(each, 1) for each in ids))

    held = claims(app, claim)
    assert len(held) == SENDERS * MAILS, "the twin must show the damage"


def test_a_slow_server_does_not_cost_the_lease(
    app: Flask, event: Event, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_beside_a_slow_sender(app, event, box, monkeypatch)


def test_twin_without_renewal_a_slow_server_costs_the_lease(
    app: Flask, event: Event, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "renew", lambda _claim: True)
    with pytest.raises(AssertionError, match="sent twice"):
        send_beside_a_slow_sender(app, event, box, monkeypatch)


def send_beside_a_slow_sender(
    app: Flask, event: Event, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let others look for mails while one sender waits for the answer, longer than a lease."""
    factories.register(event)
    later = Later(app, monkeypatch)
    answered = threading.Event()
    box.holds = lambda number: number == 1 and not answered.is_set()
    sender = threading.Thread(target=in_context(app, lambda: sending.send_due(transaction)))
    sender.start()
    try:
        postbox.await_mails(box, 1)
        for _ in range(3):
            later.pass_most_of_a_lease(unless=lambda: box.copies.total() > 1)
            sending.send_due(transaction, seconds=1)
    finally:
        answered.set()
        sender.join()
    assert list(box.copies.values()) == [1], "sent twice"
    assert db.session.scalars(select(Delivery.repeats)).all() == [0]


class Later:
    """A clock that is put forward, and who renews their lease sees it."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = timedelta()
        self._renewals = 0
        monkeypatch.setitem(app.config, "LEASE_SECONDS", 30)
        monkeypatch.setattr(sending, "RENEWALS_A_LEASE", 600)
        now, renew = clock.now, claiming.renew

        def counted(claim: Claim) -> bool:
            try:
                return renew(claim)
            finally:
                self._renewals += 1

        monkeypatch.setattr(clock, "now", lambda: now() + self._ahead)
        monkeypatch.setattr(claiming, "renew", counted)

    def pass_most_of_a_lease(self, *, unless: Callable[[], bool]) -> None:
        """Put the clock forward, and wait until leases were renewed at that time."""
        self._ahead += timedelta(seconds=20)
        enough = self._renewals + 2  # one may be under way, and have read the clock before
        deadline = time.monotonic() + 60
        while self._renewals < enough and not unless():
            assert time.monotonic() < deadline, "nobody renews the lease"
            time.sleep(0.01)


def in_context(app: Flask, work: Callable[[], object]) -> Callable[[], None]:
    """Return the work, to be run in another thread."""

    def run() -> None:
        with app.app_context():
            work()

    return run

"""Mails are promised once, claimed by one sender, and settled by whoever holds them."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text, update

from registration.config import Defaults
from registration.database import db, transaction
from registration.models.deliveries import Delivery, DeliveryKind, DeliveryState
from registration.models.events import Event
from registration.services import deliveries, registrations
from registration.services.deliveries import Claim, Claimed, Fate, Outcome, claiming, settling
from tests import factories

MORNING = factories.yesterday_at(8)
LEASE = timedelta(seconds=Defaults.lease_seconds)


def the_only() -> Delivery:
    db.session.rollback()
    return db.session.scalars(select(Delivery)).one()


def claim(most: int = 20) -> Claim:
    with transaction():
        return deliveries.claim(most=most)


def settle(held: Claim, outcome: Outcome) -> bool:
    with transaction():
        return deliveries.settle(held.deliveries[0], outcome, lease=held.lease)


def test_one_occasion_promises_one_mail(event: Event) -> None:
    registration = factories.register(event)
    for _ in range(2):
        with transaction():
            deliveries.promise(
                registration.id,
                event.id,
                DeliveryKind.CONFIRMED,
                recipient="aenne.gross@buendnis.example",
                reason="registered",
            )
    assert the_only().kind == DeliveryKind.CONFIRMED


def test_who_has_no_address_is_promised_nothing(event: Event) -> None:
    registration = factories.register(event)
    with transaction():
        found = registrations.get(registration.id)
        found.email = ""
        registrations.correct(found, factories.person(email="", position="X"))
    the_only()


def test_a_claimed_mail_cannot_be_claimed_again(event: Event) -> None:
    factories.register(event)
    assert len(claim().deliveries) == 1
    assert claim().deliveries == ()
    delivery = the_only()
    assert (delivery.state, delivery.attempts, delivery.repeats) == ("sending", 1, 0)


def test_what_has_been_due_for_longest_is_claimed_first(event: Event) -> None:
    ids = []
    for day in range(3):
        with time_machine.travel(MORNING - timedelta(days=day), tick=False):
            ids.append(factories.register(event).id)
    with transaction():
        first = deliveries.claim(most=1).deliveries[0]
    assert db.session.get_one(Delivery, first.id).registration_id == ids[-1]


def test_what_is_not_due_is_left_alone(event: Event) -> None:
    factories.register(event)
    with transaction():
        db.session.execute(update(Delivery).values(due_at=MORNING + timedelta(days=365)))
    assert claim().deliveries == ()


def test_a_dead_senders_mail_is_taken_over_and_counted_as_a_repeat(event: Event) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        factories.register(event)
        dead = claim()
        clock.shift(LEASE - timedelta(seconds=1))
        assert claim().deliveries == ()
        clock.shift(timedelta(seconds=2))
        heir = claim()
    assert heir.deliveries[0].id == dead.deliveries[0].id
    assert the_only().repeats == 1


def test_a_renewed_lease_keeps_others_away(event: Event) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        factories.register(event)
        held = claim()
        clock.shift(0.8 * LEASE)
        with transaction():
            assert deliveries.renew(held)
        clock.shift(0.8 * LEASE)
        assert claim().deliveries == ()


def taken_over_while_sending(event: Event) -> tuple[Claim, Claim]:
    """Let a sender stand still until another has taken its mail over."""
    with time_machine.travel(MORNING, tick=False) as clock:
        factories.register(event)
        slow = claim()
        clock.shift(timedelta(minutes=5))
        return slow, claim()


def test_the_settlement_of_a_sender_that_lost_its_lease_is_void(event: Event) -> None:
    slow, heir = taken_over_while_sending(event)
    assert not settle(slow, Outcome(fate=Fate.REFUSED, error="550"))
    assert the_only().state == DeliveryState.SENDING
    assert settle(heir, Outcome(fate=Fate.SENT))
    assert the_only().state == DeliveryState.SENT


def test_twin_without_the_fence_a_late_settlement_undoes_a_sent_mail(event: Event) -> None:
    slow, heir = taken_over_while_sending(event)
    assert settle(heir, Outcome(fate=Fate.SENT))
    with transaction():  # settle() without its condition on the lease
        changes = settling._after(slow.deliveries[0], Outcome(fate=Fate.REFUSED, error="550"))
        db.session.execute(
            update(Delivery).where(Delivery.id == slow.deliveries[0].id).values(**changes)
        )
    assert the_only().state == DeliveryState.FAILED, "the twin must show the damage"


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (6, 60), (100, 60)]
)
def test_a_passing_fault_is_tried_again_later_and_later(
    event: Event, attempts: int, minutes: int
) -> None:
    with time_machine.travel(MORNING, tick=False):
        factories.register(event)
        held = claim()
        held = Claim(held.lease, (Claimed(held.deliveries[0].id, attempts),))
        assert settle(held, Outcome(fate=Fate.DEFERRED, error="451 later"))
    delivery = the_only()
    assert (delivery.state, delivery.last_error) == (DeliveryState.DEFERRED, "451 later")
    assert delivery.due_at == MORNING + timedelta(minutes=minutes)


def settled_after(event: Event, fate: Fate, attempts: int) -> Delivery:
    factories.register(event)
    held = claim()
    settle(Claim(held.lease, (Claimed(held.deliveries[0].id, attempts),)), Outcome(fate=fate))
    return the_only()


def test_after_four_days_a_mail_is_given_up(event: Event) -> None:
    given_up = settled_after(event, Fate.DEFERRED, settling.MOST_ATTEMPTS)
    assert given_up.state == DeliveryState.FAILED


def test_a_mail_that_was_handed_over_and_not_answered_is_unknown_and_due_by_the_plan(
    event: Event,
) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        factories.register(event)
        assert settle(claim(), Outcome(fate=Fate.UNKNOWN, error="hung up"))
        delivery = the_only()
        assert (delivery.state, delivery.repeats) == (DeliveryState.UNKNOWN, 0)
        assert delivery.due_at == MORNING + timedelta(minutes=1)
        clock.shift(timedelta(minutes=1))
        assert len(claim().deliveries) == 1
    assert the_only().repeats == 1


@pytest.mark.parametrize("state", ["new", "deferred", "unknown", "sending"])
@pytest.mark.parametrize("fate", [Fate.UNREACHABLE, Fate.TURNED_AWAY])
def test_what_is_no_mails_fault_leaves_it_as_it_was(event: Event, fate: Fate, state: str) -> None:
    factories.register(event)
    before = {"state": state, "due_at": MORNING, "attempts": 7, "repeats": 2, "last_error": "451"}
    with transaction():
        db.session.execute(update(Delivery).values(**before))
    assert settle(claim(), Outcome(fate=fate, error="535"))
    delivery = the_only()
    after = {name: getattr(delivery, name) for name in before}
    assert after == before | {"state": "unknown" if state == "sending" else state}


def test_what_somebody_waits_for_goes_before_what_goes_to_many(event: Event) -> None:
    many = factories.register(event)
    with transaction():
        db.session.execute(update(Delivery).values(is_bulk=True, due_at=MORNING))
    awaited = factories.register(event)
    first, second = claim(most=1).deliveries[0], claim(most=1).deliveries[0]
    db.session.rollback()
    about = [db.session.get_one(Delivery, each.id).registration_id for each in (first, second)]
    assert about == [awaited.id, many.id]


def test_a_refused_mail_fails_at_once_and_says_why(event: Event) -> None:
    factories.register(event)
    settle(claim(), Outcome(fate=Fate.REFUSED, error="550 " + "x" * 1000))
    delivery = the_only()
    assert delivery.state == DeliveryState.FAILED
    assert delivery.last_error == "550 " + "x" * 496


def test_a_sweep_reads_the_index_of_the_outbox(app: Flask) -> None:
    asked = f"SELECT id FROM delivery WHERE {claiming.IN_OUTBOX} AND due_at < CURRENT_TIMESTAMP"
    if db.engine.dialect.name == "postgresql":
        with transaction():  # outside one, SET LOCAL says nothing
            db.session.execute(text("SET LOCAL enable_seqscan = off"))  # the table is empty
            plan = db.session.execute(text(f"EXPLAIN {asked}")).all()
    else:
        plan = db.session.execute(text(f"EXPLAIN QUERY PLAN {asked}")).all()
    found = " ".join(str(row) for row in plan)
    assert "ix_delivery_outbox" in found


def test_nothing_is_settled_under_an_unknown_lease(event: Event) -> None:
    factories.register(event)
    held = claim()
    with transaction():
        assert not deliveries.settle(
            held.deliveries[0], Outcome(fate=Fate.SENT), lease=uuid.uuid4()
        )

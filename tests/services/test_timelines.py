"""A person's time line: everything that has happened, in one list."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction
from registration.models.badges import Printed, PrintRun
from registration.models.certificates import Certificate
from registration.models.deliveries import Bounce, Delivery
from registration.models.events import Event
from registration.models.gates import Scan
from registration.models.registrations import Registration
from registration.services import audit, registrations, timeline
from registration.services.gates import devices
from registration.services.timeline import Group
from tests import factories
from tests.console import make_account


@pytest.fixture
def person(event: Event) -> Registration:
    """Somebody to whom everything has happened that can."""
    made = factories.register(event, photo_consent=True)
    with transaction():
        renamed = factories.person(family_name="Klein", photo_consent=True)
        registrations.correct(registrations.get(made.id), renamed)
    with transaction():
        registrations.cancel(registrations.get(made.id), actor="account:1")
    return registrations.get(made.id)


def paper(person: Registration, *, account_id: int) -> None:
    assert person.badge is not None
    now, generation, badge_id = clock.now(), person.badge.generation, person.badge.id
    with transaction() as session:
        run = PrintRun(
            event_id=person.event_id,
            account_id=account_id,
            design="a6",
            selection={},
            reason="Torn",
            badges=1,
            created_at=now,
            finished_at=now,
        )
        session.add(run)
        session.flush()
        session.add(
            Printed(run_id=run.id, position=0, badge_id=badge_id, generation=generation, digest="0")
        )
        session.add(
            Certificate(
                event_id=person.event_id,
                registration_id=person.id,
                code="K7HD",
                name="Ä",
                issued_at=now,
            )
        )
        delivery = session.scalars(select(Delivery).filter_by(registration_id=person.id)).first()
        session.add(
            Bounce(
                delivery_id=delivery.id if delivery else None,
                kind="hard",
                status="5.1.1",
                digest=uuid.uuid4().hex,
                received_at=now,
            )
        )


def pass_gate(person: Registration, event: Event, times: int) -> None:
    assert person.badge is not None
    badge_id = person.badge.id
    with transaction():
        device, _ = devices.prepare(event=event, gate_code="main", actor="command")
        device_id = device.id
    with transaction() as session:
        for seq in range(times):
            at = clock.now() + timedelta(minutes=seq)
            session.add(
                Scan(
                    id=uuid.uuid4(),
                    event_id=event.id,
                    device_id=device_id,
                    seq=seq + 1,
                    badge_text="E1:",
                    badge_id=badge_id,
                    generation=0,
                    gate="main",
                    kind="entry",
                    wall_at=at,
                    scanned_at=at,
                    stored_at=at,
                    verdict="admitted",
                )
            )


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*sent: Any) -> None:
        statements.append(sent[2])

    hooks.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        hooks.remove(db.engine, "before_cursor_execute", note)


def test_everything_stands_in_one_list_the_newest_first(event: Event, person: Registration) -> None:
    account_id = make_account()
    paper(person, account_id=account_id)
    pass_gate(person, event, 1)
    told = timeline.tell(registrations.get(person.id))
    whats = [moment.what for moment in told.moments]
    assert {
        *("registered", "consent.privacy", "consent.photos"),
        *("registration.corrected", "registration.cancelled"),
        *("badge.issued", "badge.stopped", "badge.printed", "certificate.given"),
        *("mail", "bounce.hard", "scan"),
    } == set(whats)
    assert whats[-1] == "registered"
    times = [moment.at for moment in told.moments]
    assert times == sorted(times, reverse=True)
    printed = next(moment for moment in told.moments if moment.what == "badge.printed")
    assert told.names[printed.actor] == "Clara Vogt"
    assert (printed.detail["design"], printed.detail["issue"]) == ("A6", 2)
    scan = next(moment for moment in told.moments if moment.what == "scan")
    assert scan.detail["gate"] == "Haupteingang", "in the gate's words, not its code"
    assert told.total == len(whats)


def test_one_kind_is_shown_alone_and_long_ones_are_paged(
    event: Event, person: Registration
) -> None:
    pass_gate(person, event, 45)
    now = registrations.get(person.id)
    first = timeline.tell(now, group=Group.SCANS)
    assert (len(first.moments), first.number, first.count) == (40, 1, 2)
    second = timeline.tell(now, group=Group.SCANS, page=99)
    assert (len(second.moments), second.number) == (5, 2)
    assert first.moments[-1].at > second.moments[0].at
    assert first.counts[Group.SCANS] == 45
    assert {moment.what for moment in timeline.tell(now, group=Group.CHANGES).moments} == {
        "registration.corrected"
    }


def test_more_of_it_costs_no_more_statements(event: Event, person: Registration) -> None:
    now = registrations.get(person.id)
    pass_gate(person, event, 2)
    now = registrations.get(person.id)
    with counted() as few:
        timeline.tell(now)
    pass_gate(person, event, 30)
    for number in range(20):
        with transaction():
            audit.record(
                "registration.tickled",
                actor=f"account:{number}",
                subject=f"registration:{now.id}",
                event_id=event.id,
            )
    now = registrations.get(person.id)
    with counted() as many:
        timeline.tell(now)
    assert len(many) == len(few) <= 12


def test_a_certificate_that_was_issued_anew_is_told_of_twice(
    event: Event, person: Registration
) -> None:
    paper(person, account_id=make_account())
    later = clock.now() + timedelta(hours=1)
    with transaction() as session:
        first = session.scalars(select(Certificate)).one()
        first.revoked_at = later
        session.flush()
        session.add(
            Certificate(
                event_id=event.id,
                registration_id=person.id,
                code="Z9QW",
                name="Ä",
                issued_at=later,
            )
        )
    told = timeline.tell(registrations.get(person.id)).moments
    papers = [(each.what, each.detail["code"]) for each in told if "certificate." in each.what]
    assert papers == [
        ("certificate.given", "Z9QW"),
        ("certificate.taken", "K7HD"),
        ("certificate.given", "K7HD"),
    ]


def test_another_persons_history_is_not_in_it(event: Event, person: Registration) -> None:
    other = factories.register(event, email="b@buendnis.example", idempotency_key="another-one")
    told = timeline.tell(other)
    assert [moment.what for moment in told.moments] == [
        *("mail", "badge.first", "consent.privacy", "registered"),
    ]

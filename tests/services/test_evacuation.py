"""Evacuation: who is inside is ticked off, by whoever sees them, and nobody is forgotten."""

import threading
import uuid

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction, uuid7
from registration.errors import Invalid
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.gates import Device, Scan, ScanKind
from registration.models.registrations import Registration
from registration.services import events
from registration.services.gates import devices, evacuation
from tests import factories
from tests.doors import Door


def start(event: Event) -> None:
    with transaction():
        assert evacuation.start(event.id, actor="command")


def people_of(event: Event) -> list[evacuation.Evacuee]:
    db.session.rollback()
    since = events.get_event(event.slug).evacuation_at
    return list(evacuation.list_people(event.id, since=since))


def out(event: Event) -> dict[str, bool]:
    return {each.name.split()[-1]: each.is_out for each in people_of(event)}


def badge_of(person: Registration) -> str:
    assert person.badge is not None
    return person.badge.id


def tick(event: Event, person: Registration) -> None:
    badge_id = badge_of(person)
    with transaction():
        evacuation.mark_safe(events.get_event(event.slug), badge_id, actor="account:1")


def take_back(event: Event, person: Registration) -> None:
    badge_id = badge_of(person)
    with transaction():
        evacuation.take_back(events.get_event(event.slug), badge_id, actor="account:1")


@pytest.fixture
def inside(event: Event) -> list[Registration]:
    """Three people who are inside, and a fourth who is expected."""
    people = [factories.register(event, family_name=name) for name in ("Adam", "Berg", "Claus")]
    factories.register(event, family_name="Dorn")
    Door(event).scan(*people)
    return people


def test_the_list_has_who_is_inside_and_nobody_else(
    event: Event, inside: list[Registration]
) -> None:
    assert out(event) == {"Adam": False, "Berg": False, "Claus": False}


def test_it_begins_once_and_ends_once_and_every_prospectus_says_so(event: Event) -> None:
    start(event)
    since = events.get_prospectus(event.slug).event.evacuation_at
    assert since is not None
    with transaction():
        assert not evacuation.start(event.id, actor="command")
    assert events.get_prospectus(event.slug).event.evacuation_at == since
    with transaction():
        assert evacuation.stop(event.id, actor="command")
    with transaction():
        assert not evacuation.stop(event.id, actor="command")
    assert events.get_prospectus(event.slug).event.evacuation_at is None
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [each for each in actions if each.startswith("evacuation")] == [
        "evacuation.started",
        "evacuation.stopped",
    ]


def test_a_tick_in_the_console_is_a_scan_like_any_other(
    event: Event, inside: list[Registration]
) -> None:
    start(event)
    tick(event, inside[1])
    tick(event, inside[2])
    assert out(event) == {"Adam": False, "Berg": True, "Claus": True}
    stored = db.session.scalars(
        select(Scan).where(Scan.kind == ScanKind.SAFE).order_by(Scan.seq)
    ).all()
    assert [scan.seq for scan in stored] == [1, 2]
    assert {scan.device_id for scan in stored} == {devices.desk_of(event.id)}
    assert [scan.badge_id for scan in stored] == [badge_of(inside[1]), badge_of(inside[2])]
    desk = db.session.get_one(Device, devices.desk_of(event.id))
    assert (desk.received, desk.acknowledged, desk.token_hash) == ("1-2", 2, None)
    assert desk.id not in {device.id for device in devices.list_devices(event.id)}


def test_a_tick_of_a_device_counts_and_changes_nothing_of_who_is_inside(
    event: Event, inside: list[Registration]
) -> None:
    start(event)
    assert Door(event, "side").scan(inside[0], kind=ScanKind.SAFE) == ["admitted"]
    assert out(event) == {"Adam": True, "Berg": False, "Claus": False}
    with transaction():
        evacuation.stop(event.id, actor="command")
    assert len(people_of(event)) == 3


def test_a_tick_by_mistake_is_taken_back_whoever_made_it(
    event: Event, inside: list[Registration]
) -> None:
    start(event)
    Door(event, "side").scan(inside[0], kind=ScanKind.SAFE)
    tick(event, inside[0])
    take_back(event, inside[0])
    assert out(event)["Adam"] is False
    take_back(event, inside[0])
    assert len(db.session.scalars(select(Scan).where(Scan.kind == ScanKind.UNDO)).all()) == 2
    tick(event, inside[0])
    assert out(event)["Adam"] is True


def test_whoever_is_scanned_out_is_out_and_stays_on_the_list(
    event: Event, inside: list[Registration]
) -> None:
    start(event)
    Door(event, "side").scan(inside[0], kind=ScanKind.EXIT)
    assert out(event) == {"Adam": True, "Berg": False, "Claus": False}
    Door(event, "side").scan(inside[0])
    assert out(event)["Adam"] is False


def test_ticks_of_an_earlier_evacuation_do_not_count(
    event: Event, inside: list[Registration]
) -> None:
    start(event)
    tick(event, inside[0])
    with transaction():
        evacuation.stop(event.id, actor="command")
    start(event)
    assert out(event) == {"Adam": False, "Berg": False, "Claus": False}


def test_nobody_is_ticked_without_an_evacuation_or_a_badge_of_the_event(
    event: Event, inside: list[Registration]
) -> None:
    with pytest.raises(Invalid):
        tick(event, inside[0])
    start(event)
    other = factories.register(factories.make_event("andere"))
    with pytest.raises(Invalid):
        tick(event, other)
    with transaction(), pytest.raises(Invalid):
        evacuation.mark_safe(events.get_event(event.slug), "", actor="account:1")
    assert db.session.scalars(select(Scan).where(Scan.kind == ScanKind.SAFE)).all() == []


def test_many_who_tick_at_once_give_each_tick_a_number_of_its_own(
    app: Flask, event: Event, inside: list[Registration]
) -> None:
    start(event)
    badges = [badge_of(person) for person in inside] * 4

    def press(badge_id: str) -> None:
        with app.app_context(), transaction():
            evacuation.mark_safe(events.get_event("werkstatt"), badge_id, actor="account:1")

    threads = [threading.Thread(target=press, args=(badge_id,)) for badge_id in badges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    numbers = db.session.scalars(select(Scan.seq).where(Scan.kind == ScanKind.SAFE)).all()
    assert sorted(numbers) == list(range(1, 13))
    assert db.session.get_one(Device, devices.desk_of(event.id)).received == "1-12"


def test_a_scan_that_undoes_something_else_takes_no_tick_back(
    event: Event, inside: list[Registration]
) -> None:
    start(event)
    tick(event, inside[0])
    scan = db.session.scalars(select(Scan).where(Scan.kind == ScanKind.SAFE)).one()
    columns = {column.key: getattr(scan, column.key) for column in Scan.__table__.columns}
    with transaction() as session:
        changes = {"id": uuid7(), "seq": 2, "kind": ScanKind.UNDO, "target_id": uuid.uuid4()}
        session.add(Scan(**(columns | changes)))
    assert out(event)["Adam"] is True

"""Arrivals: counted by alliance, role, gate and minute, and who of an alliance is missing."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from registration import clock
from registration.database import db, transaction
from registration.models.events import Event
from registration.models.gates import Presence, ScanKind
from registration.services import events, registrations
from registration.services.gates import absences, arrivals
from tests import factories
from tests.doors import Door


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """No counts are kept, also where a busy machine makes them dear."""
    arrivals._recent.clear()
    monkeypatch.setattr(arrivals, "DEAR", float("inf"))


def alliance_id(event: Event, code: str) -> int:
    found = events.get_prospectus(event.slug).find_alliance(code)
    assert found is not None
    return found.id


def test_arrivals_are_counted_at_the_gate_and_in_the_minute_of_the_first_entry(
    event: Event,
) -> None:
    people = [factories.register(event) for _ in range(4)]
    front, side = Door(event, "main"), Door(event, "side")
    begin = clock.now().replace(second=0, microsecond=0) - timedelta(minutes=30)
    front.scan(people[0], people[1], at=begin + timedelta(seconds=5))
    side.scan(people[2], at=begin + timedelta(seconds=59))
    front.scan(people[0], kind=ScanKind.EXIT, at=begin + timedelta(minutes=3))
    side.scan(people[0], at=begin + timedelta(minutes=5))
    side.scan(people[3], at=begin + timedelta(minutes=9))
    counted = arrivals.count(event.id)
    assert counted.by_minute == {begin: 3, begin + timedelta(minutes=9): 1}
    assert (counted.at_gate("main"), counted.at_gate("side")) == (2, 2)
    assert counted.at_gate("side", since=begin + timedelta(minutes=1)) == 1
    assert counted.at_gate("back") == 0
    assert (counted.total.arrived, counted.total.inside) == (4, 4)
    assert all(minute.tzinfo is not None for minute in counted.by_minute)


def test_the_version_changes_with_a_scan_and_rests_without(event: Event) -> None:
    door, person = Door(event), factories.register(event)
    with time_machine.travel(datetime(2026, 5, 1, 8, 0, 1, tzinfo=UTC), tick=False) as moment:
        before = arrivals.version_of(event.id)
        assert arrivals.version_of(event.id) == before
        door.scan(person)
        moment.shift(5)
        after = arrivals.version_of(event.id)
        assert after != before
        moment.shift(1)
        assert arrivals.version_of(event.id) == after
        moment.shift(10)
        assert arrivals.version_of(event.id) != after


def test_just_after_a_scan_every_version_is_new_since_another_may_yet_be_committed(
    event: Event,
) -> None:
    door, person = Door(event), factories.register(event)
    with time_machine.travel(datetime(2026, 5, 1, 8, 0, 1, tzinfo=UTC), tick=False) as moment:
        door.scan(person)
        first = arrivals.version_of(event.id)
        moment.shift(0.5)
        assert arrivals.version_of(event.id) != first


def test_dear_counts_are_kept_and_say_what_they_are_of(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "DEAR", -1.0)
    monkeypatch.setattr(arrivals, "REST", 1e6)
    counted = arrivals.count(event.id)
    Door(event).scan(factories.register(event))
    assert arrivals.count(event.id) is counted
    assert counted.version != arrivals.version_of(event.id)
    monkeypatch.setattr(time, "monotonic", lambda: float("inf"))
    assert arrivals.count(event.id).total.arrived == 1


def test_whoever_came_in_on_an_earlier_day_counts_as_gone(event: Event) -> None:
    door, person = Door(event), factories.register(event)
    held_on = events.get_event(event.slug).held_on
    noon = datetime(held_on.year, held_on.month, held_on.day, 11, tzinfo=UTC)
    with time_machine.travel(noon, tick=False) as moment:
        door.scan(person)
        assert arrivals.count(event.id).total.inside == 1
        moment.shift(timedelta(hours=12))
        assert arrivals.count(event.id).total.inside == 1
        moment.shift(timedelta(hours=6))
        counted = arrivals.count(event.id).total
        assert (counted.arrived, counted.inside, counted.missing) == (1, 0, 0)
    assert db.session.scalars(db.select(Presence.inside)).all() == [True]


def test_an_alliances_people_are_missing_inside_or_gone(event: Event) -> None:
    door = Door(event, "side")
    late = factories.register(event, family_name="Zoll")
    early = factories.register(event, family_name="Ähre")
    inside = factories.register(event, family_name="Bär", role="presenter")
    gone = factories.register(event, family_name="Claus")
    factories.register(event, alliance="BIOZ", family_name="Anders")
    factories.register(event, alliance="", role="guest", family_name="Bittend")
    door.scan(inside, gone)
    door.scan(gone, kind=ScanKind.EXIT)
    found = absences.attendance(event.id, alliance_id(event, "MR4B"))
    assert [each.name for each in found.missing] == ["Änne Ähre", "Änne Zoll"]
    assert [each.registration_id for each in found.missing] == [early.id, late.id]
    assert [each.name for each in found.inside] == ["Änne Bär"]
    assert found.inside[0].role.in_locale("en") == "Presenter"
    assert (found.inside[0].first_gate, found.inside[0].inside) == ("side", True)
    assert [each.name for each in found.gone] == ["Änne Claus"]
    assert found.expected == 4


def test_people_without_an_alliance_are_a_delegation_too(event: Event) -> None:
    asked = factories.register(event, alliance="", role="guest")
    assert absences.attendance(event.id, None).expected == 0
    with transaction():
        registrations.approve(registrations.get(asked.id), actor="command")
    assert [each.name for each in absences.attendance(event.id, None).missing] == ["Änne Groß"]


def test_whoever_cancelled_is_missed_by_nobody_but_shown_if_they_came(event: Event) -> None:
    came, stayed_away = factories.register(event), factories.register(event)
    Door(event).scan(came)
    with transaction():
        for person in (came, stayed_away):
            registrations.cancel(registrations.get(person.id), actor="command")
    found = absences.attendance(event.id, alliance_id(event, "MR4B"))
    assert found.missing == []
    assert [(each.registration_id, each.is_expected) for each in found.inside] == [(came.id, False)]
    assert found.expected == 0

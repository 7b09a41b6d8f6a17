"""When a day is over, nobody counts as inside any more."""

from datetime import datetime, time, timedelta

import time_machine
from flask.testing import FlaskClient
from sqlalchemy import update

from registration.database import db, transaction, uuid7
from registration.models.events import Event
from registration.models.gates import Presence
from registration.models.registrations import Registration
from registration.services import events
from registration.services.gates import devices, endings, presence
from tasks import gates as tasks
from tests import factories


def at(event: Event, hour: int, *, days: int = 0) -> time_machine.travel:
    day = event.held_on + timedelta(days=days)
    return time_machine.travel(datetime.combine(day, time(hour), tzinfo=event.zone), tick=False)


def let_in(client: FlaskClient, event: Event, person: Registration, *, seq: int = 1) -> None:
    with transaction():
        _, token = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
    row = {"id": str(uuid7()), "seq": seq, "badge": person.short_code, "gate": "main"}
    row |= {"kind": "entry", "wall_at": "2040-01-01T00:00:00Z"}  # now, by the server's clock
    answer = client.post(
        f"/api/v1/events/{event.slug}/scans",
        json={"scans": [row]},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.json["scans"][0]["verdict"] == "admitted"  # type: ignore[index]  # JSON


def inside(event: Event) -> int:
    db.session.rollback()
    return presence.count(event.id).inside


def test_who_was_not_scanned_out_is_outside_from_four_on(client: FlaskClient, event: Event) -> None:
    person = factories.register(event)
    with at(event, 9):
        let_in(client, event, person)
    with at(event, 3, days=1):
        assert tasks.end_days() == 0
        assert inside(event) == 1
    with at(event, 4, days=1):
        assert tasks.end_days() == 1
        assert tasks.end_days() == 0
    assert inside(event) == 0
    assert presence.count(event.id).arrived == 1


def test_who_came_in_again_on_the_new_day_stays(client: FlaskClient, event: Event) -> None:
    person = factories.register(event)
    with at(event, 9):
        let_in(client, event, person)
    with at(event, 9, days=1):
        let_in(client, event, person)
        assert tasks.end_days() == 0
    assert inside(event) == 1


def test_who_is_outside_by_the_worker_is_admitted_when_they_come_back(
    client: FlaskClient, event: Event
) -> None:
    person = factories.register(event)
    with at(event, 9):
        let_in(client, event, person)
    with at(event, 5, days=1):
        tasks.end_days()
    with at(event, 9, days=1):
        let_in(client, event, person)
    assert inside(event) == 1


def test_what_a_version_kept_that_knew_no_days_ends_too(client: FlaskClient, event: Event) -> None:
    person = factories.register(event)
    with at(event, 9):
        let_in(client, event, person)
    with transaction():
        db.session.execute(update(Presence).values(zones={}))
    with at(event, 4, days=1), transaction():
        assert endings.end_days() == 1


def test_nothing_ends_long_before_the_event(event: Event) -> None:
    assert tasks.end_days() == 0

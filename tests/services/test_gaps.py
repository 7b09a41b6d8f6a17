"""Scans that must have been made and have not come are found, and forgotten when filled."""

from datetime import timedelta
from typing import Any

import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction, uuid7
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.gates import Finding
from registration.services import events
from registration.services.gates import devices, findings, gaps
from tasks import gates as tasks
from tests import factories


def make_token(event: Event) -> str:
    with transaction():
        _, token = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
    return token


def send(client: FlaskClient, event: Event, token: str, *numbers: int) -> Any:
    person = factories.register(event)
    rows = [
        {"id": str(uuid7()), "seq": number, "badge": person.short_code, "gate": "main"}
        | {"kind": "entry", "wall_at": "2026-11-20T10:00:00Z"}
        for number in numbers
    ]
    answer = client.post(
        f"/api/v1/events/{event.slug}/scans",
        json={"scans": rows},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json


def look(*, minutes: float = 0) -> int:
    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        found = tasks.find_gaps()
    db.session.rollback()
    return int(found)


def standing() -> list[tuple[object, object]]:
    rows = db.session.scalars(
        select(Finding).where(Finding.resolved_at.is_(None)).order_by(Finding.dedupe_key)
    )
    return [(row.detail["first"], row.detail["last"]) for row in rows]


def test_each_gap_is_found_once_when_it_is_old_enough(client: FlaskClient, event: Event) -> None:
    token = make_token(event)
    send(client, event, token, 2, 3, 7)
    assert look(minutes=1) == 0
    assert look(minutes=3) == 2
    assert look(minutes=4) == 0
    assert standing() == [(1, 1), (4, 6)]
    (one, _) = findings.list_found(event.id)
    assert one.device_id == devices.authenticate(token, slug=event.slug).id


def test_a_device_without_a_gap_is_left_alone(client: FlaskClient, event: Event) -> None:
    send(client, event, make_token(event), 1, 2, 3)
    make_token(event)
    assert look(minutes=60) == 0


def test_a_gap_that_is_filled_resolves_its_finding(client: FlaskClient, event: Event) -> None:
    token = make_token(event)
    send(client, event, token, 1, 4)
    look(minutes=3)
    send(client, event, token, 2)
    assert look(minutes=4) == 1
    assert standing() == [(3, 3)]
    send(client, event, token, 3)
    assert look(minutes=5) == 0
    assert standing() == []
    assert {row.resolved_by for row in db.session.scalars(select(Finding))} == {gaps.ACTOR}


def test_a_gap_that_somebody_has_resolved_does_not_come_back(
    client: FlaskClient, event: Event
) -> None:
    send(client, event, make_token(event), 2)
    look(minutes=3)
    (found,) = findings.list_found(event.id)
    with transaction():
        findings.resolve(found.id, event_id=event.id, note="Phone 3 is lost", actor="account:1")
    assert look(minutes=10) == 0
    assert standing() == []


def test_what_has_neither_id_nor_number_is_kept_each_and_its_gap_can_be_closed_by_a_person(
    client: FlaskClient, event: Event
) -> None:
    token = make_token(event)
    for wrong in ({"badge": "A"}, {"badge": "B"}, {"badge": "B"}):
        client.post(
            f"/api/v1/events/{event.slug}/scans",
            json={"scans": [wrong]},
            headers={"Authorization": f"Bearer {token}"},
        )
    assert send(client, event, token, 1, 4)["acknowledged"] == 1
    assert look(minutes=3) == 1
    found = findings.list_found(event.id)
    assert {each.detail.get("raw") for each in found} == {None, '{"badge": "A"}', '{"badge": "B"}'}
    assert len(found) == 3
    with transaction():
        for each in found:
            findings.resolve(each.id, event_id=event.id, note="asked there", actor="account:1")
    assert (look(minutes=10), findings.count_open(event.id)) == (0, 0)
    recorded = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "finding.resolved")
    ).all()
    assert {each.detail["kind"] for each in recorded} == {"gap", "refused"}
    assert send(client, event, token, 5)["acknowledged"] == 1  # never beyond what is stored


def test_a_device_that_goes_on_scanning_does_not_hide_its_gap(
    client: FlaskClient, event: Event
) -> None:
    token = make_token(event)
    send(client, event, token, 1, 3)
    with time_machine.travel(clock.now() + timedelta(minutes=2.5)):
        send(client, event, token, 4)
        assert look() == 1

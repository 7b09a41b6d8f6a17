"""Findings: each waits until somebody has looked, and is kept with what they said."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction, uuid7
from registration.errors import NotFound
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.gates import Finding, FindingKind, Scan
from registration.services.gates import findings
from tests import factories
from tests.console import make_account
from tests.doors import Door


def find(event: Event, kind: FindingKind = FindingKind.REFUSED, **told: object) -> uuid.UUID:
    finding_id = uuid7()
    row = {"detail": {"seq": 3, "reason": "unreadable", "raw": "{}"}, "found_at": clock.now()}
    with transaction() as session:
        session.add(
            Finding(
                id=finding_id,
                event_id=event.id,
                kind=kind,
                dedupe_key=finding_id.hex,
                **(row | told),
            )
        )
    return finding_id


def test_a_finding_names_whom_where_and_when(event: Event) -> None:
    door, person = Door(event, "side"), factories.register(event)
    door.scan(person)
    scan = db.session.scalars(select(Scan)).one()
    find(
        event,
        FindingKind.CONTRADICTED,
        device_id=door.device_id,
        badge_id=scan.badge_id,
        scan_id=scan.id,
        detail={"told": "admitted", "verdict": "duplicate", "gate": "side"},
    )
    [found] = findings.list_found(event.id)
    assert (found.person, found.registration_id) == ("Änne Groß", person.id)
    assert (found.gate, found.at, found.scan_kind) == ("side", scan.scanned_at, "entry")
    assert (found.device, found.device_id) == ("", door.device_id)


def test_a_walk_in_beyond_the_places_names_who_came(event: Event) -> None:
    person = factories.register(event, family_name="Spontan")
    find(event, FindingKind.BEYOND, detail={"registration": str(person.id), "quota": 1})
    find(event, FindingKind.BEYOND, detail={"registration": str(uuid.uuid4()), "quota": 1})
    names = {found.person: found.registration_id for found in findings.list_found(event.id)}
    assert names == {"Änne Spontan": person.id, "": None}


def test_the_newest_comes_first_and_resolved_ones_are_kept_apart(event: Event) -> None:
    now = clock.now()
    old = find(event, found_at=now - timedelta(hours=2))
    new = find(event, found_at=now)
    middle = find(event, found_at=now - timedelta(hours=1))
    assert [each.id for each in findings.list_found(event.id)] == [new, middle, old]
    assert [each.id for each in findings.list_found(event.id, most=1)] == [new]
    assert findings.count_open(event.id) == 3
    with transaction():
        assert findings.resolve(middle, event_id=event.id, note="Gesehen.", actor="account:7")
    assert findings.count_open(event.id) == 2
    assert [each.id for each in findings.list_found(event.id)] == [new, old]
    [kept] = findings.list_found(event.id, is_resolved=True)
    assert (kept.id, kept.note, kept.resolved_by) == (middle, "Gesehen.", "account:7")
    assert kept.resolved_at is not None


def test_the_second_who_resolves_changes_nothing(event: Event) -> None:
    finding_id = find(event)
    with transaction():
        assert findings.resolve(finding_id, event_id=event.id, note="eins", actor="account:1")
    with transaction():
        assert not findings.resolve(finding_id, event_id=event.id, note="zwei", actor="account:2")
    [kept] = findings.list_found(event.id, is_resolved=True)
    assert (kept.note, kept.resolved_by) == ("eins", "account:1")
    entries = db.session.scalars(select(AuditEntry).filter_by(action="finding.resolved")).all()
    assert [entry.actor for entry in entries] == ["account:1"]


def test_findings_of_another_event_are_not_there(event: Event) -> None:
    other = factories.make_event("andere")
    finding_id = find(other)
    assert findings.list_found(event.id) == []
    assert findings.count_open(event.id) == 0
    with transaction(), pytest.raises(NotFound):
        findings.resolve(finding_id, event_id=event.id, note="", actor="account:1")
    assert findings.count_open(other.id) == 1


def test_whoever_resolved_is_named(event: Event) -> None:
    account_id = make_account("clara@orga.example")
    make_account("tom@orga.example")
    actor = f"account:{account_id}"
    with transaction():
        findings.resolve(find_open(event), event_id=event.id, note="", actor=actor)
    assert findings.names_of_resolvers(event.id) == {actor: "Clara Vogt"}


def find_open(event: Event) -> uuid.UUID:
    db.session.rollback()
    finding = Finding(
        event_id=event.id,
        kind=FindingKind.GAP,
        dedupe_key=uuid.uuid4().hex,
        detail={"first": 6, "last": 7},
        found_at=clock.now(),
    )
    db.session.add(finding)
    db.session.flush()
    return finding.id

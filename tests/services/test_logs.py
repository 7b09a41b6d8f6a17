"""What a device saved to a file is taken over, each scan once, as if the device had sent it."""

import json
import uuid
from collections.abc import Sequence
from functools import reduce
from typing import Any

import pytest
from sqlalchemy import func, select

from registration.combiner import Combiner
from registration.database import db, transaction, uuid7
from registration.errors import Invalid
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.gates import Device, Finding, Scan
from registration.models.registrations import Registration
from registration.services import events
from registration.services.gates import devices, logs, presence
from tests import factories


@pytest.fixture
def device(event: Event) -> Device:
    """A supervisor's device."""
    return make_device(event)


def make_device(event: Event) -> Device:
    with transaction():
        device, _ = devices.create_enrolled(
            event=events.get_event(event.slug),
            gate_code="main",
            is_supervisor=True,
            actor="command",
        )
    return device


def scan(seq: int, badge: str, **told: object) -> dict[str, object]:
    row = {"id": str(uuid7()), "seq": seq, "badge": badge, "gate": "main", "kind": "entry"}
    return row | {"wall_at": f"2026-11-20T10:{seq // 60:02}:{seq % 60:02}Z"} | told


def file_of(
    event: Event, device: Device, *rows: dict[str, object], refused: Sequence[object] = ()
) -> dict[str, Any]:
    return {
        "format": "einlass-scans",
        "version": 1,
        "exported_at": "2026-11-20T11:00:00Z",
        "event": event.slug,
        "device": {"id": str(device.id), "name": "Phone 3", "gate": "main"},
        "clock": None,
        "scans": rows,
        "refused": list(refused),
    }


def bring(event: Event, content: object) -> logs.Outcome:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    with transaction():
        parts = logs.read(events.get_event(event.slug), data, actor="account:1")
    return reduce(logs.Outcome.plus, map(Combiner(logs.store, most=1).ask, parts), logs.Outcome())


def stored() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Scan)) or 0


def test_each_scan_is_stored_once_however_often_it_is_brought(event: Event, device: Device) -> None:
    people = [factories.register(event) for _ in range(3)]
    content = file_of(
        event, device, *(scan(n, each.short_code) for n, each in enumerate(people, 1))
    )
    assert bring(event, content) == logs.Outcome(stored=3)
    assert bring(event, content) == logs.Outcome(already=3)
    assert stored() == 3
    assert presence.count(event.id).inside == 3
    assert devices.get(device.id).acknowledged == 3
    action = select(AuditEntry.actor).where(AuditEntry.action == "scans.imported")
    assert db.session.scalars(action).all() == ["account:1", "account:1"]


def test_what_a_device_noted_before_it_was_revoked_counts(event: Event, device: Device) -> None:
    with transaction():
        devices.revoke(devices.get(device.id), actor="command")
    person = {"given_name": "Uwe", "family_name": "Ungemeldet", "role": "delegate"}
    person |= {"alliance": "MR4B", "consent": True}  # type: ignore[dict-item]  # JSON
    walked_in = uuid7()
    rows = [
        scan(1, factories.register(event).short_code),
        scan(2, f"W1:{walked_in}", id=str(walked_in), kind="walk_in", person=person),
    ]
    assert bring(event, file_of(event, device, *rows)) == logs.Outcome(stored=2)
    assert presence.count(event.id).inside == 2
    names = db.session.scalars(select(Registration.given_name).order_by(Registration.id)).all()
    assert list(names) == ["Änne", "Uwe"]


def test_more_scans_than_one_request_takes_are_stored(
    event: Event, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_AT_A_TIME", 3)
    person = factories.register(event)
    rows = [scan(n, person.short_code, kind=("exit", "entry")[n % 2]) for n in range(1, 9)]
    assert bring(event, file_of(event, device, *rows)) == logs.Outcome(stored=8)


def test_one_scan_that_cannot_be_read_blocks_no_other(event: Event, device: Device) -> None:
    good = scan(2, factories.register(event).short_code)
    rows = [{"seq": 1, "id": "x"}, good]
    assert bring(event, file_of(event, device, *rows)) == logs.Outcome(stored=1, refused=1)
    assert devices.get(device.id).acknowledged == 2
    assert len(db.session.scalars(select(Finding)).all()) == 1


def test_what_was_refused_is_tried_again_under_the_device_that_made_it(
    event: Event, device: Device
) -> None:
    other = make_device(event)
    row = scan(1, factories.register(event).short_code)
    refused = [{"reason": "", "device": {"id": str(other.id), "name": ""}, "scan": row}]
    assert bring(event, file_of(event, device, refused=refused)) == logs.Outcome(stored=1)
    db.session.rollback()
    assert db.session.scalars(select(Scan.device_id)).all() == [other.id]


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b'{"format": "einlass-scans"}'])
def test_what_is_no_such_file_is_refused(event: Event, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        bring(event, content)
    assert refused.value.details["fields"] == {"file": "malformed"}


def test_a_file_of_another_event_or_device_is_refused_and_stores_nothing(
    event: Event, device: Device
) -> None:
    row = scan(1, factories.register(event).short_code)
    elsewhere = factories.make_event("anderswo")
    for content, fault in (
        (file_of(elsewhere, device, row), "other_event"),
        (file_of(event, make_device(elsewhere), row), "other_device"),
        (file_of(event, device, row) | {"device": {"id": str(uuid.uuid4())}}, "other_device"),
    ):
        with pytest.raises(Invalid) as refused:
            bring(event, content)
        assert refused.value.details["fields"] == {"file": fault}
    assert stored() == 0

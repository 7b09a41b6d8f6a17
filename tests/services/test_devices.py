"""Devices are enrolled once by a code, known by their token, and revoked."""

import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy
import time_machine
from flask import Flask
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction
from registration.errors import (
    DeviceRevoked,
    EnrolmentRefused,
    Forbidden,
    Invalid,
    NotFound,
    SignInRequired,
)
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.gates import Device, Gate
from registration.services import events
from registration.services.gates import devices
from registration.services.gates.devices import DeviceState
from tests import factories

Attempt = Callable[[str, threading.Barrier], str]


def prepare(event: Event, *, gate: str = "main", name: str = "") -> tuple[Device, str]:
    with transaction():
        device, code = devices.prepare(
            event=events.get_event(event.slug), gate_code=gate, name=name, actor="command"
        )
    return device, code


def enrolled(event: Event, *, gate: str = "main") -> tuple[Device, str]:
    with transaction():
        device, token = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code=gate, actor="command"
        )
    return device, token


def enrol(code: str) -> str:
    with transaction():
        _, token = devices.enrol(code)
    return token


def revoke(device: Device) -> None:
    with transaction():
        devices.revoke(devices.get(device.id), actor="account:1")


def test_a_code_enrols_a_device_at_its_gate(event: Event) -> None:
    device, code = prepare(event, gate="side")
    token = enrol(code)
    assert devices.authenticate(token, slug=event.slug) == devices.EnrolledDevice(
        device.id, event.id, event.slug, "side", devices.get(device.id).last_seen_at
    )


def test_a_code_is_shown_in_two_groups_of_five_without_look_alikes(event: Event) -> None:
    _, code = prepare(event)
    first, second = code.split("-")
    assert (len(first), len(second)) == (5, 5)
    assert not set(code) & set("01OILU")


def test_a_code_may_be_typed_in_any_case_with_blanks_and_hyphens(event: Event) -> None:
    _, code = prepare(event)
    assert enrol(f"  {code.lower().replace('-', ' – ')} ")


def test_a_code_works_once(event: Event) -> None:
    _, code = prepare(event)
    enrol(code)
    with pytest.raises(EnrolmentRefused):
        enrol(code)


def test_a_code_works_for_ten_minutes(event: Event) -> None:
    device, code = prepare(event)
    with time_machine.travel(clock.now() + devices.CODE_LASTS, tick=False):
        assert devices.state_of(devices.get(device.id)) == DeviceState.EXPIRED
        with pytest.raises(EnrolmentRefused):
            enrol(code)
    with time_machine.travel(clock.now() + devices.CODE_LASTS - timedelta(seconds=5), tick=False):
        assert enrol(code)


def test_a_wrong_code_enrols_nothing(event: Event) -> None:
    device, _ = prepare(event)
    for wrong in ("", "AAAAA-AAAAA", "-", "x" * 500, "\0"):
        with pytest.raises(EnrolmentRefused):
            enrol(wrong)
    assert devices.state_of(devices.get(device.id)) == DeviceState.PREPARED


def test_a_code_of_a_revoked_device_does_not_work(event: Event) -> None:
    device, code = prepare(event)
    revoke(device)
    with pytest.raises(EnrolmentRefused):
        enrol(code)


def test_neither_code_nor_token_is_stored(event: Event) -> None:
    device, code = prepare(event)
    stored = str(db.session.execute(select(*Device.__table__.columns)).one())
    assert code not in stored
    assert devices.bare(code) not in stored
    token = enrol(code)
    assert token not in str(db.session.execute(select(*Device.__table__.columns)).one())
    assert devices.get(device.id).code_hash is None


def race(app: Flask, code: str, attempt: Attempt) -> list[str]:
    """Let four send one code at the same moment; return the tokens they got."""
    barrier = threading.Barrier(4, timeout=30)
    tokens: list[str] = []

    def run() -> None:
        with app.app_context(), suppress(EnrolmentRefused):
            tokens.append(attempt(code, barrier))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tokens


def test_of_four_that_send_one_code_one_is_enrolled(app: Flask, event: Event) -> None:
    _, code = prepare(event)

    def guarded(code: str, barrier: threading.Barrier) -> str:
        barrier.wait()
        return enrol(code)

    assert len(race(app, code, guarded)) == 1


def test_without_the_conditional_update_all_four_would_be_enrolled(
    app: Flask, event: Event
) -> None:
    device, code = prepare(event)
    device_id = device.id

    def unguarded(code: str, barrier: threading.Barrier) -> str:
        known = db.session.get_one(Device, device_id).code_hash
        db.session.rollback()
        barrier.wait()
        if known is None:
            raise EnrolmentRefused
        with transaction():
            db.session.get_one(Device, device_id).code_hash = None
        return code

    assert len(race(app, code, unguarded)) == 4


def test_an_unknown_token_is_nobody(event: Event) -> None:
    enrolled(event)
    for wrong in ("", "x", "ä\0", "x" * 10_000):
        with pytest.raises(SignInRequired):
            devices.authenticate(wrong, slug=event.slug)


def test_a_device_belongs_to_one_event(event: Event) -> None:
    _, token = enrolled(event)
    other = factories.make_event("andere")
    with pytest.raises(Forbidden):
        devices.authenticate(token, slug=other.slug)
    with pytest.raises(Forbidden):
        devices.authenticate(token, slug="no-event")


def test_a_revoked_device_is_told_so(event: Event) -> None:
    device, token = enrolled(event)
    revoke(device)
    with pytest.raises(DeviceRevoked):
        devices.authenticate(token, slug=event.slug)
    assert devices.state_of(devices.get(device.id)) == DeviceState.REVOKED


def test_a_request_costs_one_query_to_know_its_device(event: Event) -> None:
    _, token = enrolled(event)
    slug = event.slug
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sqlalchemy.event.listen(db.engine, "before_cursor_execute", note)
    try:
        devices.authenticate(token, slug=slug)
    finally:
        sqlalchemy.event.remove(db.engine, "before_cursor_execute", note)
    assert len([each for each in statements if each.startswith("SELECT")]) == 1


def test_a_device_is_noted_as_seen_once_a_minute(event: Event) -> None:
    device, token = enrolled(event)

    def seen() -> object:
        with transaction():
            devices.touch(device.id)
        return devices.get(device.id).last_seen_at

    assert devices.authenticate(token, slug=event.slug).is_touch_due
    first = seen()
    assert not devices.authenticate(token, slug=event.slug).is_touch_due
    assert seen() == first
    with time_machine.travel(clock.now() + devices.SEEN_EVERY):
        assert devices.authenticate(token, slug=event.slug).is_touch_due
        assert seen() != first


def test_a_gate_that_the_event_does_not_have_is_made_once(event: Event) -> None:
    enrolled(event, gate="tent")
    enrolled(event, gate="tent")
    codes = db.session.scalars(select(Gate.code).filter_by(event_id=event.id)).all()
    assert codes.count("tent") == 1


@pytest.mark.parametrize("gate", ["", " a", "-a", "a" * 65, "a\n", "a\0b", "<b>"])
def test_a_gate_code_that_nobody_could_read_out_is_refused_and_nothing_written(
    event: Event, gate: str
) -> None:
    with pytest.raises(Invalid) as refused:
        enrolled(event, gate=gate)
    assert "gate" in refused.value.details["fields"]  # type: ignore[operator]  # a mapping
    assert devices.list_devices(event.id) == []


@pytest.mark.parametrize("name", ["x" * 121, "a\0b", "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused(event: Event, name: str) -> None:
    with pytest.raises(Invalid):
        prepare(event, name=name)


def test_what_happens_to_a_device_is_written_down(event: Event) -> None:
    device, code = prepare(event)
    enrol(code)
    revoke(device)
    revoke(device)
    entries = db.session.execute(
        select(AuditEntry.action, AuditEntry.actor)
        .filter_by(subject=f"device:{device.id}")
        .order_by(AuditEntry.at)
    )
    assert [tuple(entry) for entry in entries] == [
        ("device.prepared", "command"),
        ("device.enrolled", f"device:{device.id}"),
        ("device.revoked", "account:1"),
    ]


def test_a_device_that_does_not_exist_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFound):
        devices.get(uuid.uuid4())


def supervisor(event: Event) -> tuple[Device, str]:
    with transaction():
        return devices.create_enrolled(
            event=events.get_event(event.slug),
            gate_code="main",
            is_supervisor=True,
            actor="command",
        )


def test_only_a_device_prepared_for_a_supervisor_is_one(event: Event) -> None:
    assert [made[0].is_supervisor for made in (prepare(event), supervisor(event))] == [False, True]


def test_a_device_that_is_wiped_says_so_once(event: Event) -> None:
    device, token = enrolled(event)
    revoke(device)
    with transaction():
        first = devices.note_wiped(token)
    with time_machine.travel(clock.now() + timedelta(hours=1)), transaction():
        assert devices.note_wiped(token) == first
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == f"device:{device.id}")
    )
    assert sorted(actions) == ["device.enrolled", "device.revoked", "device.wiped"]


def test_a_device_that_signs_off_by_itself_is_revoked_by_that(event: Event) -> None:
    device, token = enrolled(event)
    with transaction():
        devices.note_wiped(token)
    assert devices.state_of(devices.get(device.id)) == DeviceState.REVOKED
    with pytest.raises(DeviceRevoked):
        devices.authenticate(token, slug=event.slug)


def test_nobody_without_a_token_says_that_a_device_is_wiped(event: Event) -> None:
    prepare(event)
    with pytest.raises(SignInRequired), transaction():
        devices.note_wiped("")

"""Who comes without a registration is let in by a supervisor, once, and counted."""

import threading
import uuid

import pytest
from flask import Flask
from sqlalchemy import func, select

from registration.database import db, transaction, uuid7
from registration.models.audit import AuditEntry
from registration.models.deliveries import Delivery
from registration.models.events import AddressPolicy, Event
from registration.models.gates import Finding, FindingKind
from registration.models.registrations import Registration, Source
from registration.services import events, keys, quotas, registrations
from registration.services.badges import tokens
from registration.services.gates import devices, walk_ins
from registration.services.gates.devices import EnrolledDevice
from registration.services.gates.scans.seen import WalkIn
from tests import factories


@pytest.fixture
def device(event: Event) -> EnrolledDevice:
    """A supervisor's device."""
    return make_device(event, is_supervisor=True)


def make_device(event: Event, *, is_supervisor: bool) -> EnrolledDevice:
    with transaction():
        _, token = devices.create_enrolled(
            event=events.get_event(event.slug),
            gate_code="main",
            is_supervisor=is_supervisor,
            actor="command",
        )
    return devices.authenticate(token, slug=event.slug)


def walk_in(**told: str) -> WalkIn:
    given = {"given_name": "Uwe", "family_name": "Ungemeldet", "role": "delegate"}
    return WalkIn(**given | {"alliance": "MR4B"} | told)


def admit(
    device: EnrolledDevice, person: WalkIn | None = None, scan_id: uuid.UUID | None = None
) -> str | None:
    with transaction():
        return walk_ins.admit(device, person or walk_in(), scan_id=scan_id or uuid7())


def only() -> Registration:
    return db.session.scalars(select(Registration)).one()


def findings() -> list[Finding]:
    return list(db.session.scalars(select(Finding)))


def test_they_are_confirmed_with_a_badge_and_what_they_agreed_to(
    event: Event, device: EnrolledDevice
) -> None:
    badge_id = admit(device)
    made = registrations.get(only().id)
    assert made.badge is not None
    assert (made.badge.id, made.state, made.source) == (badge_id, "confirmed", Source.WALK_IN)
    assert made.alliance is not None
    assert (made.full_name, made.role.code, made.alliance.code) == (
        "Uwe Ungemeldet",
        "delegate",
        "MR4B",
    )
    assert made.privacy_consent_at is not None
    assert made.privacy_version == event.privacy_version
    assert "ungemeldet" in made.search_text
    action, actor = db.session.execute(
        select(AuditEntry.action, AuditEntry.actor).order_by(AuditEntry.id.desc()).limit(1)
    ).one()
    assert (action, actor) == ("registration.walked_in", f"device:{device.id}")


def test_the_badge_can_be_printed_from_its_token(event: Event, device: EnrolledDevice) -> None:
    badge_id = admit(device)
    assert badge_id is not None
    signed = tokens.decode(walk_ins.token_for(badge_id) or "")
    key = keys.find_public_key(event.id, signed.payload.key_slot)
    assert key is not None
    assert tokens.verify(signed, key, event.id)
    assert signed.payload.badge_id == badge_id
    assert walk_ins.token_for("0" * 16) is None


def test_they_take_a_place_in_every_quota_that_matches(
    event: Event, device: EnrolledDevice
) -> None:
    factories.set_places(event, 5)
    factories.set_places(event, 5, alliance="MR4B")
    factories.set_places(event, 5, alliance="BIOZ")
    admit(device)
    assert [quota.taken for quota in quotas.list_quotas(event.id)] == [1, 1, 0]
    assert findings() == []


def test_nobody_is_sent_away_by_a_full_quota_and_somebody_is_told(
    event: Event, device: EnrolledDevice
) -> None:
    factories.set_places(event, 1, alliance="MR4B")
    factories.set_places(event, 5)
    factories.register(event)
    badge_id = admit(device)
    taken = {quota.alliance_id: quota.taken for quota in quotas.list_quotas(event.id)}
    assert sorted(taken.values()) == [2, 2]
    assert not quotas.reconcile(event.id)
    (finding,) = findings()
    assert (finding.kind, finding.device_id) == (FindingKind.BEYOND, device.id)
    full = next(each for each in quotas.list_quotas(event.id) if each.alliance_id)
    assert badge_id is not None
    newest = db.session.scalars(select(Registration).order_by(Registration.id.desc())).first()
    assert newest is not None
    assert finding.detail == {"registration": str(newest.id), "quota": full.id}


def test_one_that_is_sent_twice_is_one_person(event: Event, device: EnrolledDevice) -> None:
    factories.set_places(event, 5)
    scan_id = uuid7()
    assert admit(device, scan_id=scan_id) == admit(device, scan_id=scan_id)
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 1
    assert [quota.taken for quota in quotas.list_quotas(event.id)] == [1]
    assert walk_ins.find_badge(scan_id) is not None
    assert walk_ins.find_badge(uuid7()) is None


def test_one_that_comes_by_two_processes_at_once_is_one_person(
    app: Flask, event: Event, device: EnrolledDevice
) -> None:
    factories.set_places(event, 5)
    scan_id, together, found = uuid7(), threading.Barrier(4), []

    def send() -> None:
        with app.app_context():
            together.wait()
            found.append(admit(device, scan_id=scan_id))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert None not in found
    db.session.rollback()
    assert [quota.taken for quota in quotas.list_quotas(event.id)] == [1]


@pytest.mark.parametrize(
    ("told", "is_supervisor", "reason"),
    [({}, False, "not_supervisor"), ({"role": "minister"}, True, "unknown_role")],
)
def test_who_cannot_be_admitted_is_no_registration_but_is_not_forgotten(
    event: Event, told: dict[str, str], is_supervisor: bool, reason: str
) -> None:
    device = make_device(event, is_supervisor=is_supervisor)
    scan_id = uuid7()
    for _ in range(2):
        assert admit(device, walk_in(**told), scan_id) is None
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 0
    (finding,) = findings()
    assert (finding.kind, finding.detail["reason"]) == (FindingKind.REFUSED, reason)
    assert "Uwe, Ungemeldet" in str(finding.detail["raw"])


def recipients() -> list[str]:
    return list(db.session.scalars(select(Delivery.recipient)))


def test_a_mail_goes_only_to_an_address_that_is_one(event: Event, device: EnrolledDevice) -> None:
    for address in ("", "uwe at home", "uwe@home.example"):
        admit(device, walk_in(email=address))
    assert recipients() == ["uwe@home.example"]


def test_an_address_that_stands_for_one_person_elsewhere_keeps_nobody_out(
    event: Event, device: EnrolledDevice
) -> None:
    with transaction():
        events.get_event(event.slug).address_policy = AddressPolicy.ONE
        events.revise(event.id)
    factories.register(event, email="uwe@home.example")
    assert admit(device, walk_in(email="uwe@home.example")) is not None


def test_an_alliance_that_is_gone_is_left_out(event: Event, device: EnrolledDevice) -> None:
    assert admit(device, walk_in(alliance="GONE")) is not None
    assert only().alliance_id is None


def test_what_no_database_can_hold_blocks_nothing(event: Event, device: EnrolledDevice) -> None:
    admit(device, walk_in(given_name="U\0w\u202ee ", family_name="  Ungemeldet"))
    assert only().full_name == "Uwe Ungemeldet"


def test_a_revoked_device_lets_nobody_in_and_leaves_nothing(
    event: Event, device: EnrolledDevice
) -> None:
    with transaction():
        devices.revoke(devices.get(device.id), actor="command")
    assert admit(device) is None
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 0
    assert findings() == []

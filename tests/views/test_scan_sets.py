"""The server's set of scans: acknowledged without a gap, merged in whatever order they arrive."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction, uuid7
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.models.gates import Device, Finding, FindingKind, Gate, Presence, Scan
from registration.models.registrations import Registration, Source
from registration.models.roles import Role
from registration.services import badges, events, quotas, registrations
from registration.services.gates import devices, rules, sequences
from tests import factories


class Phone:
    """An enrolled device that counts its own scans."""

    def __init__(self, client: FlaskClient, event: Event, *, supervisor: bool = False) -> None:
        with transaction():
            device, self._token = devices.create_enrolled(
                event=events.get_event(event.slug), gate_code="main", actor="command"
            )
            device.is_supervisor = supervisor
            self.id = device.id
        self._client = client
        self._slug = event.slug
        self.seq = 0

    def scan(self, badge: str, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        """Return a scan as this device sends it."""
        self.seq += 1
        return {
            "id": str(uuid7()),
            "seq": self.seq,
            "badge": badge,
            "gate": "main",
            "kind": "entry",
            "wall_at": (at or clock.now()).isoformat(),
            **more,
        }

    def send(self, *scans: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Send scans and return the whole answer."""
        response = self._client.post(
            f"/api/v1/events/{self._slug}/scans",
            data=json.dumps({"scans": scans, **more}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self._token}"},
        )
        assert response.status_code == 200, response.text
        answered: dict[str, Any] = json.loads(response.text)
        return answered

    def verdicts(self, *scans: dict[str, Any]) -> list[str]:
        return [row["verdict"] for row in self.send(*scans)["scans"]]


@pytest.fixture
def phone(client: FlaskClient, event: Event) -> Phone:
    return Phone(client, event)


def token_of(registration: Registration) -> str:
    assert registration.badge is not None
    return badges.token_of(registration.badge)


def findings(kind: FindingKind) -> list[Finding]:
    db.session.rollback()
    return list(db.session.scalars(select(Finding).where(Finding.kind == kind)))


def presence() -> list[tuple[bool, dict[str, str]]]:
    db.session.rollback()
    return [(row.inside, row.zones) for row in db.session.scalars(select(Presence))]


MINUTE = timedelta(minutes=1)


# What a device may forget


def test_what_arrived_without_a_gap_is_acknowledged(phone: Phone, event: Event) -> None:
    token = token_of(factories.register(event))
    scans = [phone.scan(token) for _ in range(5)]
    assert phone.send(*scans[:2])["acknowledged"] == 2
    assert phone.send(scans[4])["acknowledged"] == 2
    assert phone.send(scans[3])["acknowledged"] == 2
    assert phone.send(scans[2])["acknowledged"] == 5
    db.session.rollback()
    device = db.session.get_one(Device, phone.id)
    assert (device.received, device.acknowledged) == ("1-5", 5)
    assert len(db.session.scalars(select(Scan)).all()) == 5


def test_a_scan_that_cannot_be_read_blocks_no_other_and_is_kept(phone: Phone) -> None:
    bad = phone.scan("whatever", kind="sideways")
    worse = {"nonsense": [1, 2]}
    answer = phone.send(bad, worse, phone.scan("nobody"))
    assert [row["state"] for row in answer["scans"]] == ["refused", "refused", "stored"]
    assert answer["acknowledged"] == 2
    kept = [finding.detail["raw"] for finding in findings(FindingKind.REFUSED)]
    assert any("sideways" in str(raw) for raw in kept)
    assert any("nonsense" in str(raw) for raw in kept)
    phone.send(bad)
    assert len(findings(FindingKind.REFUSED)) == 2


def test_one_number_for_two_scans_is_found_and_both_are_stored(phone: Phone) -> None:
    first, second = phone.scan("one"), phone.scan("two", seq=1)
    phone.send(first)
    phone.send(second)
    assert [finding.scan_id for finding in findings(FindingKind.REPEATED)] == [
        uuid.UUID(second["id"])
    ]
    assert len(db.session.scalars(select(Scan)).all()) == 2


def test_sending_again_repeats_nothing(phone: Phone, event: Event) -> None:
    scan = phone.scan(token_of(factories.register(event)))
    once, again = phone.send(scan), phone.send(scan)
    assert (once["scans"][0]["state"], again["scans"][0]["state"]) == ("stored", "already")
    assert once["scans"][0]["verdict"] == again["scans"][0]["verdict"] == "admitted"
    assert again["acknowledged"] == 1
    assert not findings(FindingKind.REPEATED)


def test_acknowledging_the_highest_number_would_lose_what_is_missing(
    phone: Phone, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: a device that forgets up to there would never send the second scan."""
    monkeypatch.setattr(sequences, "acknowledged", lambda ranges: ranges[-1][1] if ranges else 0)
    scans = [phone.scan(token_of(factories.register(event))) for _ in range(3)]
    answer = phone.send(scans[0], scans[2])
    kept = [scan for scan in scans if scan["seq"] > answer["acknowledged"]]
    assert not kept
    db.session.rollback()
    assert len(db.session.scalars(select(Scan)).all()) == 2


def test_what_a_device_says_of_itself_is_noted(phone: Phone) -> None:
    phone.send(phone.scan("x"), unsent=14, clock={"offset_ms": -2500, "error_ms": 40})
    db.session.rollback()
    device = db.session.get_one(Device, phone.id)
    assert (device.unsent, device.offset_ms) == (14, -2500)


# What scans mean together


def test_a_scan_that_arrives_late_counts_at_its_own_time(
    client: FlaskClient, event: Event, phone: Phone
) -> None:
    token, now = token_of(factories.register(event)), clock.now()
    other = Phone(client, event)
    assert phone.verdicts(phone.scan(token, now - 9 * MINUTE)) == ["admitted"]
    assert phone.verdicts(phone.scan(token, now - 1 * MINUTE)) == ["duplicate"]
    late = other.scan(token, now - 5 * MINUTE, kind="exit", told="admitted")
    assert other.verdicts(late) == ["admitted"]
    assert presence() == [(True, presence()[0][1])]
    assert not findings(FindingKind.CONTRADICTED)


def test_a_copy_let_in_at_two_gates_without_a_network_is_found(
    client: FlaskClient, event: Event, phone: Phone
) -> None:
    token, now = token_of(factories.register(event)), clock.now()
    other = Phone(client, event)
    here = phone.scan(token, now - 5 * MINUTE, told="admitted")
    there = other.scan(token, now - 6 * MINUTE, told="admitted", gate="side")
    phone.send(here)
    other.send(there)
    (found,) = findings(FindingKind.CONTRADICTED)
    assert found.scan_id == uuid.UUID(here["id"])
    assert found.device_id == phone.id
    assert found.detail == {"told": "admitted", "verdict": "duplicate", "gate": "main"}
    assert len(presence()) == 1


def test_two_doors_online_never_let_in_one_badge_twice(
    client: FlaskClient, event: Event, phone: Phone
) -> None:
    """Also if the second door's clock says that it was first."""
    token, now = token_of(factories.register(event)), clock.now()
    other = Phone(client, event)
    assert phone.verdicts(phone.scan(token, now)) == ["admitted"]
    assert other.verdicts(other.scan(token, now - 5 * MINUTE)) == ["duplicate"]
    assert not findings(FindingKind.CONTRADICTED)


def test_a_badge_revoked_meanwhile_that_was_let_in_is_found(phone: Phone, event: Event) -> None:
    registration = factories.register(event)
    token = token_of(registration)
    with transaction():
        registrations.cancel(registrations.get(registration.id), actor="command")
    assert phone.verdicts(phone.scan(token, told="admitted")) == ["revoked"]
    assert [finding.detail["verdict"] for finding in findings(FindingKind.CONTRADICTED)] == [
        "revoked"
    ]
    assert presence() == []


def test_clocks_are_corrected_by_what_was_measured(phone: Phone, event: Event) -> None:
    token, now = token_of(factories.register(event)), clock.now()
    wrong = now - timedelta(hours=3)
    phone.send(phone.scan(token, wrong, offset_ms=3 * 3_600_000 - 60_000, error_ms=20))
    db.session.rollback()
    (scan,) = db.session.scalars(select(Scan))
    assert abs(scan.scanned_at - (now - MINUTE)) < timedelta(seconds=1)
    assert abs(scan.wall_at - wrong) < timedelta(seconds=1)
    assert (scan.offset_ms, scan.error_ms) == (3 * 3_600_000 - 60_000, 20)


def test_a_devices_own_scans_keep_their_order_when_its_clock_stands_still(
    phone: Phone, event: Event
) -> None:
    token, then = token_of(factories.register(event)), clock.now() - MINUTE
    kinds = ["entry", "entry", "exit", "entry"]
    scans = [phone.scan(token, then, kind=kind, id=str(uuid.uuid4())) for kind in kinds]
    assert [phone.verdicts(scan)[0] for scan in scans] == [
        "admitted",
        "duplicate",
        "admitted",
        "admitted",
    ]


def test_a_zone_counts_apart_and_a_role_may_let_in_once(phone: Phone, event: Event) -> None:
    with transaction():
        db.session.add(Gate(event_id=event.id, code="lab", name="Labor", zone="lab"))
        role = db.session.scalars(select(Role).filter_by(event_id=event.id, code="delegate")).one()
        role.reentry = "once"
    rules.forget(event.id)
    token = token_of(factories.register(event))
    told = [
        phone.verdicts(phone.scan(token, kind=kind, gate=gate))[0]
        for kind, gate in (
            ("entry", "main"),
            ("entry", "lab"),
            ("exit", "lab"),
            ("exit", "main"),
            ("entry", "main"),
        )
    ]
    assert told == ["admitted", "admitted", "admitted", "admitted", "no_reentry"]
    assert presence()[0][0] is False


# What a supervisor may do


def test_a_supervisor_takes_a_scan_back(client: FlaskClient, event: Event) -> None:
    phone = Phone(client, event, supervisor=True)
    token = token_of(factories.register(event))
    scan = phone.scan(token)
    phone.send(scan)
    assert phone.verdicts(phone.scan(token, kind="undo", target=scan["id"])) == ["admitted"]
    assert presence() == []
    assert phone.verdicts(phone.scan(token)) == ["admitted"]
    assert len(db.session.scalars(select(Scan)).all()) == 3


def test_others_take_nothing_back(phone: Phone, event: Event) -> None:
    token = token_of(factories.register(event))
    scan = phone.scan(token)
    phone.send(scan)
    answer = phone.send(phone.scan(token, kind="undo", target=scan["id"]))
    assert answer["scans"][0]["reason"] == "not_supervisor"
    assert answer["acknowledged"] == 2
    assert presence()[0][0] is True


PERSON = {
    "given_name": "Rita",
    "family_name": "Regen",
    "alliance": "MR4B",
    "role": "delegate",
    "consent": True,
}


def test_somebody_without_a_registration_is_let_in_once(client: FlaskClient, event: Event) -> None:
    phone = Phone(client, event, supervisor=True)
    factories.set_places(event, 5)
    scan_id = str(uuid7())
    walk_in = phone.scan(f"W1:{scan_id}", id=scan_id, kind="walk_in", person=PERSON)
    leaves = phone.scan(f"W1:{scan_id}", kind="exit")
    answer = phone.send(walk_in, leaves)
    assert [row["verdict"] for row in answer["scans"]] == ["admitted", "admitted"]
    assert answer["scans"][0]["name"] == "Rita Regen"
    assert answer["scans"][0]["badge"].startswith("E1:")
    phone.send(walk_in)
    db.session.rollback()
    (person,) = db.session.scalars(select(Registration))
    assert (person.source, person.state) == (Source.WALK_IN, "confirmed")
    assert [quota.taken for quota in quotas.list_quotas(event.id)] == [1]
    assert phone.verdicts(phone.scan(answer["scans"][0]["badge"])) == ["admitted"]


def test_a_full_house_counts_a_walk_in_above_the_quota_and_says_so(
    client: FlaskClient, event: Event
) -> None:
    phone = Phone(client, event, supervisor=True)
    factories.set_places(event, 0)
    scan_id = str(uuid7())
    walk_in = phone.scan(f"W1:{scan_id}", id=scan_id, kind="walk_in", person=PERSON)
    assert phone.verdicts(walk_in) == ["admitted"]
    assert [quota.taken for quota in quotas.list_quotas(event.id)] == [1]
    assert len(findings(FindingKind.BEYOND)) == 1


def test_others_let_nobody_in_without_a_registration(phone: Phone, event: Event) -> None:
    scan_id = str(uuid7())
    walk_in = phone.scan(f"W1:{scan_id}", id=scan_id, kind="walk_in", person=PERSON)
    assert phone.verdicts(walk_in) == ["unknown"]
    db.session.rollback()
    assert event.id
    assert db.session.scalars(select(Registration)).all() == []


def test_a_host_is_told_once_that_the_guest_has_arrived(phone: Phone, event: Event) -> None:
    registration = factories.register(event)
    with transaction():
        registrations.get(registration.id).host_email = "host@haus.example"
    token = token_of(registration)
    for kind in ("entry", "exit", "entry"):
        phone.send(phone.scan(token, kind=kind))
    db.session.rollback()
    told = db.session.scalars(select(Delivery).where(Delivery.kind == "arrived")).all()
    assert [each.recipient for each in told] == ["host@haus.example"]

"""Devices ask for the manifest: whole, or what has changed since another."""

import base64
import gzip
import itertools
import json
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import update

from registration import clock
from registration.database import db, transaction, uuid7
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.models.roles import Role
from registration.services import badges, events, generation, keys, registrations
from registration.services.badges import tokens
from registration.services.gates import devices, manifest
from registration.services.gates.manifest import packing, reading
from tests import factories

Get = Callable[..., Any]
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """A machine that is busy makes a manifest of one person slowly enough to keep it."""
    manifest._recent.clear()
    yield
    manifest._recent.clear()


@pytest.fixture
def token(event: Event) -> str:
    """The bearer token of a device at the event's main gate."""
    with transaction():
        _, token = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", name="Tablet 3", actor="command"
        )
    return token


@pytest.fixture
def get(client: FlaskClient, event: Event, token: str) -> Get:
    """Ask for the manifest as the device and return what it says."""

    def get(since: int = 0) -> Any:
        response = client.get(
            f"/api/v1/events/{event.slug}/manifest?since={since}",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert response.status_code == 200, response.text
        return response.json

    return get


def badge_of(registration: Registration) -> str:
    found = registrations.get(registration.id)
    assert found.badge is not None
    return found.badge.id


def letting_time_pass(minutes: int = 2) -> time_machine.travel:
    return time_machine.travel(clock.now() + minutes * MINUTE)


def names(told: Any) -> set[str]:
    return {row[1] for row in told["badges"]}


def test_a_badge_is_told_with_what_the_door_may_see_and_no_more(event: Event, get: Get) -> None:
    person = factories.register(event, title="Dr.", diet="vegan", position="Sprecherin")
    told = get()
    (row,) = told["badges"]
    assert row[:2] == [badge_of(person), "Dr. Änne Groß"]
    assert told["alliances"][row[2]][0] == "MR4B"
    assert [told["roles"][each][0] for each in row[3]] == ["delegate"]
    assert row[4:] == [person.short_code, None, ""]
    assert (told["exceptions"], told["scans"]) == ({}, [])
    assert "vegan" not in json.dumps(told)
    assert "aenne.gross" not in json.dumps(told)


def test_further_roles_a_theme_and_a_note_are_told(event: Event, get: Get) -> None:
    prospectus = events.get_prospectus(event.slug)
    person = factories.register(event, role="guest", alliance="", theme_id=prospectus.themes[1].id)
    presenter, guest = prospectus.find_role("presenter"), prospectus.find_role("guest")
    assert presenter
    assert guest
    two = factories.register(event)
    with transaction():
        registrations.approve(registrations.get(person.id), actor="command")
        registrations.change_roles(registrations.get(two.id), [presenter, guest], actor="command")
        db.session.execute(
            update(Registration)
            .where(Registration.id == person.id)
            .values(gate_note="wird von Frau Kern abgeholt")
        )
    told = get()
    rows = {row[0]: row for row in told["badges"]}
    mine = rows.pop(badge_of(person))
    assert mine[2] is None
    assert told["themes"][mine[5]] == [prospectus.themes[1].code, prospectus.themes[1].title]
    assert mine[6] == "wird von Frau Kern abgeholt"
    (other,) = rows.values()
    assert [told["roles"][each][0] for each in other[3]] == ["presenter", "guest"]


def test_with_the_keys_and_the_tag_a_device_can_verify_a_badge(event: Event, get: Get) -> None:
    registration = registrations.get(factories.register(event).id)
    assert registration.badge is not None
    signed = tokens.decode(badges.token_of(registration.badge))
    told = get()
    raw = base64.b64decode(told["keys"][str(signed.payload.key_slot)])
    known = keys.find_public_key(event.id, signed.payload.key_slot)
    assert known is not None
    assert raw == known.public_bytes_raw()
    assert told["event"]["tag"] == signed.payload.event_tag
    assert told["event"]["id"] == event.id.hex
    assert told["roles"][0][3:] == [0, "free"]


def test_gates_say_which_zone_they_lead_into(event: Event, get: Get) -> None:
    assert get()["gates"] == {
        "main": {"name": "Haupteingang", "zone": ""},
        "side": {"name": "Seiteneingang", "zone": ""},
    }


def test_days_end_at_four_by_the_events_clock_also_when_clocks_change(
    event: Event, get: Get
) -> None:
    ends = [datetime.fromtimestamp(each / 1000, UTC) for each in get()["rules"]["day_ends"]]
    local = [each.astimezone(event.zone) for each in ends]
    assert {(each.hour, each.minute) for each in local} == {(4, 0)}
    assert local[0].date() == event.held_on - timedelta(days=29)
    assert local[-1].date() == event.held_on + timedelta(days=8)
    assert len(local) == 38
    assert all(one < two for one, two in itertools.pairwise(ends))


def test_who_is_not_let_in_is_no_badge_but_an_exception(event: Event, get: Get) -> None:
    gone, reissued, asks = (factories.register(event, given_name=name) for name in "ABC")
    with transaction():
        registrations.cancel(registrations.get(gone.id), actor="command")
        badges.issue(registrations.get(reissued.id))
        badges.revoke(registrations.get(asks.id))
        db.session.execute(
            update(Registration).where(Registration.id == asks.id).values(state="requested")
        )
    told = get()
    assert names(told) == {"B Groß"}
    assert told["exceptions"] == {
        badge_of(gone): reading.NOBODY,
        badge_of(reissued): 1,
        badge_of(asks): reading.NOBODY,
    }


def test_another_events_people_are_not_told(event: Event, get: Get) -> None:
    factories.register(factories.make_event("anderswo"))
    assert get()["badges"] == []


def test_a_delta_tells_what_has_changed_and_nothing_else(event: Event, get: Get) -> None:
    stays, goes = (factories.register(event, given_name=name) for name in ("Stay", "Goes"))
    with letting_time_pass():
        before = get()
        assert names(before) == {"Stay Groß", "Goes Groß"}
        assert get(before["version"])["badges"] == []
        factories.register(event, given_name="Comes")
        with transaction():
            registrations.cancel(registrations.get(goes.id), actor="command")
        told = get(before["version"])
        assert names(told) == {"Comes Groß"}
        assert told["exceptions"][badge_of(goes)] == reading.NOBODY
        assert badge_of(stays) not in told["exceptions"]
        assert told["version"] > before["version"]
        assert told["gates"] == before["gates"]


def test_a_badge_that_counts_again_is_no_exception_any_more(event: Event, get: Get) -> None:
    person = factories.register(event)
    with transaction():
        registrations.correct(
            registrations.get(person.id), factories.person(given_name="Anna"), actor="command"
        )
    first = get()
    assert first["exceptions"] == {badge_of(person): 1}
    told = get(first["version"])
    assert (names(told), told["exceptions"]) == ({"Anna Groß"}, {badge_of(person): 1})


def test_deltas_overlap_so_that_what_was_committed_late_is_told(event: Event, get: Get) -> None:
    version = get()["version"]
    with time_machine.travel(clock.now() - 0.4 * MINUTE):
        factories.register(event)
    assert len(get(version)["badges"]) == 1
    with time_machine.travel(clock.now() - MINUTE):
        late = factories.register(event, given_name="Late")
    assert badge_of(late) not in {row[0] for row in get(version)["badges"]}


def test_a_version_from_the_future_gets_everything(event: Event, get: Get) -> None:
    factories.register(event)
    with letting_time_pass(60):
        version = get()["version"]
    assert len(get(version)["badges"]) == 1


def test_scans_of_all_devices_are_told_as_merging_takes_them(
    client: FlaskClient, event: Event, token: str, get: Get
) -> None:
    person, other = factories.register(event), factories.register(event)
    with transaction():
        registrations.cancel(registrations.get(other.id), actor="command")
    rows = [
        {"id": str(uuid7()), "seq": seq, "badge": badge, "gate": "side", "kind": kind}
        | {"wall_at": f"2026-11-20T10:00:0{seq}.123456+01:00"}
        for seq, badge, kind in (
            (1, person.short_code, "entry"),
            (2, person.short_code, "exit"),
            (3, other.short_code, "entry"),
            (4, "nobody at all", "entry"),
        )
    ]
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.post(
        f"/api/v1/events/{event.slug}/scans", json={"scans": rows}, headers=headers
    )
    assert answer.status_code == 200
    first = get()
    at = 1795165200123  # without the seconds
    ((key, name),) = first["devices"].items()
    assert name == "Tablet 3"
    assert sorted(first["scans"], key=lambda row: row[3]) == [
        [rows[0]["id"], badge_of(person), "entry", at + 1000, "side", None, None, key],
        [rows[1]["id"], badge_of(person), "exit", at + 2000, "side", None, None, key],
        [rows[2]["id"], badge_of(other), "entry", at + 3000, "side", None, "revoked", key],
    ]
    with letting_time_pass():
        assert get(get()["version"])["scans"] == []


def test_an_evacuation_is_told_from_the_next_manifest_on(event: Event, get: Get) -> None:
    assert get()["event"]["evacuation_at"] is None
    with transaction():
        db.session.execute(
            update(Event).values(evacuation_at=clock.now(), revision=Event.revision + 1)
        )
    assert get()["event"]["evacuation_at"] is not None


def test_it_is_packed_for_whoever_can_unpack_it(
    client: FlaskClient, event: Event, token: str
) -> None:
    factories.register(event)
    headers = {"Authorization": f"Bearer {token}"}
    plain = client.get(f"/api/v1/events/{event.slug}/manifest", headers=headers)
    packed = client.get(
        f"/api/v1/events/{event.slug}/manifest",
        headers=headers | {"Accept-Encoding": "br, gzip;q=0.8"},
    )
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert {plain.headers["Cache-Control"], packed.headers["Cache-Control"]} == {"no-store"}
    told = json.loads(gzip.decompress(packed.data))
    assert told["badges"] == plain.json["badges"]  # type: ignore[index]  # JSON


def test_a_device_is_told_whether_it_is_a_supervisors_now(
    client: FlaskClient, event: Event, token: str
) -> None:
    def told() -> str:
        headers = {"Authorization": f"Bearer {token}"}
        response = client.get(f"/api/v1/events/{event.slug}/manifest", headers=headers)
        return response.headers["Einlass-Supervisor"]

    assert told() == "0"
    with transaction():
        (device,) = devices.list_devices(event.id)
        devices.set_supervisor(device, is_supervisor=True, actor="command")
    assert told() == "1"


@pytest.mark.parametrize("since", ["-1", "1.5", "yesterday", "9" * 30, "²"])
def test_what_is_no_version_is_refused(
    client: FlaskClient, event: Event, token: str, since: str
) -> None:
    response = client.get(
        f"/api/v1/events/{event.slug}/manifest",
        query_string={"since": since},
        headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
    )
    assert response.status_code == 422
    assert response.json["fields"] == {"since": "Please give the version of a manifest."}  # type: ignore[index]  # JSON


def test_whoever_is_no_device_of_the_event_is_told_nothing(
    client: FlaskClient, event: Event, token: str
) -> None:
    elsewhere = factories.make_event("anderswo")
    for path, headers, status in (
        (event.slug, {}, 401),
        (event.slug, {"Authorization": "Bearer nothing"}, 401),
        (elsewhere.slug, {"Authorization": f"Bearer {token}"}, 403),
    ):
        response = client.get(f"/api/v1/events/{path}/manifest", headers=headers)
        assert response.status_code == status


def test_more_people_than_fit_one_chunk_are_all_told(
    event: Event, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 7)
    with transaction():
        generation.generate(events.get_prospectus(event.slug), 30)
    assert len({row[0] for row in get()["badges"]}) == 30


def unpacked(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed, packing.GZIP))


def test_a_dear_manifest_is_made_once_for_all_who_begin_together(
    event: Event, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = devices.authenticate(token, slug=event.slug)
    monkeypatch.setattr(manifest, "DEAR", 0)
    monkeypatch.setattr(manifest, "REST", 10_000)
    first = manifest.pack(device)
    factories.register(event)
    assert manifest.pack(device) is first
    delta = unpacked(manifest.pack(device, since=unpacked(first)["version"]))
    assert len(delta["badges"]) == 1, "and whoever has it is told what it lacks"
    manifest._recent.clear()
    assert len(unpacked(manifest.pack(device))["badges"]) == 1


def test_the_roles_rule_of_coming_again_is_told(event: Event, get: Get) -> None:
    with transaction():
        db.session.execute(update(Role).where(Role.code == "guest").values(reentry="once"))
        events.revise(event.id)
    rules = {row[0]: row[4] for row in get()["roles"]}
    assert (rules["guest"], rules["delegate"]) == ("once", "free")

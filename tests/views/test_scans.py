"""Devices post scans: each is stored once, and the door gets its verdict."""

import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from registration import clock, strokes
from registration.combiner import Combiner
from registration.database import db, transaction, uuid7
from registration.errors import DeviceRevoked
from registration.models.events import Event
from registration.models.gates import Device, Presence, Scan, ScanKind
from registration.models.registrations import Registration
from registration.prepared import Prepared
from registration.services import badges, events, registrations
from registration.services.gates import devices, merging, scans
from registration.services.gates.scans import standings, turns
from tests import factories

Post = Callable[..., Any]


@pytest.fixture
def device_token(event: Event) -> str:
    """The bearer token of a device at the event's main gate."""
    return make_device(event)


def make_device(event: Event, gate: str = "main") -> str:
    with transaction():
        _, token = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code=gate, actor="command"
        )
    return token


@pytest.fixture
def post(client: FlaskClient, event: Event, device_token: str) -> Post:
    """Post scans as the device and return the answered rows."""

    def post(*rows: object, status: int = 200) -> Any:
        response = client.post(
            f"/api/v1/events/{event.slug}/scans",
            data=json.dumps({"scans": rows}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {device_token}"},
        )
        assert response.status_code == status, response.text
        answered: Any = response.json
        return answered["scans"] if status == 200 else answered

    return post


def scan(badge: str, **told: object) -> dict[str, object]:
    return {
        "id": str(uuid7()),
        "seq": 1,
        "badge": badge,
        "gate": "main",
        "kind": "entry",
        "wall_at": "2026-01-06T08:55:00+01:00",
    } | told


def token_of(registration: Registration) -> str:
    found = registrations.get(registration.id)
    assert found.badge is not None
    return badges.token_of(found.badge)


def stored() -> int:
    return db.session.scalar(select(func.count()).select_from(Scan)) or 0


def verdicts(rows: list[dict[str, object]]) -> list[object]:
    return [row["verdict"] for row in rows]


def test_a_badge_is_let_in_once_and_then_a_duplicate(event: Event, post: Post) -> None:
    token = token_of(factories.register(event, title="Dr."))
    first = post(scan(token))[0]
    second = post(scan(token, gate="side"))[0]
    assert (first["state"], first["verdict"]) == ("stored", "admitted")
    assert (second["state"], second["verdict"]) == ("stored", "duplicate")
    assert second["first_gate"] == "main"
    assert second["first_at"] == first["first_at"]
    assert first["name"] == "Dr. Änne Groß"
    assert (first["alliance"], first["role"]) == ("MR4B", "Delegierte:r")
    assert first["first_device"] is second["first_device"] is None  # the device has no name


def test_who_is_in_already_is_told_with_the_device_that_let_them_in(
    event: Event, post: Post
) -> None:
    with transaction():
        db.session.execute(update(Device).values(name="Tablet 3"))
    token, other = (token_of(factories.register(event, given_name=name)) for name in "AB")
    later = "2026-01-06T08:56:00+01:00"
    told = post(
        scan(token), scan(token, seq=2, wall_at=later), scan(other, seq=3), scan("nobody", seq=4)
    ) + post(scan(token, seq=5, gate="side", wall_at="2026-01-06T09:00:00+01:00"))
    assert verdicts(told) == ["admitted", "duplicate", "admitted", "unknown", "duplicate"]
    assert [row["first_device"] for row in told] == [None, "Tablet 3", None, None, "Tablet 3"]
    many = post(*(scan(token, seq=seq, wall_at=later) for seq in range(6, 17)))
    assert {row["first_device"] for row in many} == {None}  # nobody waits for so many


def test_the_same_scan_sent_again_is_stored_once_and_answered_alike(
    event: Event, post: Post
) -> None:
    sent = scan(token_of(factories.register(event)))
    first = post(sent)[0]
    again = post(sent)[0]
    assert again == first | {"state": "already"}
    assert stored() == 1


def test_a_scan_twice_in_one_batch_is_stored_once(event: Event, post: Post) -> None:
    sent = scan(token_of(factories.register(event)))
    rows = post(sent, sent)
    assert [row["state"] for row in rows] == ["stored", "already"]
    assert verdicts(rows) == ["admitted", "admitted"]
    assert stored() == 1


def test_an_id_used_for_another_badge_is_refused(event: Event, post: Post) -> None:
    sent = scan(token_of(factories.register(event)))
    post(sent)
    other = post(sent | {"badge": token_of(factories.register(event, alliance="BIOZ"))})[0]
    assert (other["state"], other["verdict"], other["reason"]) == ("refused", None, "id_taken")
    assert stored() == 1


def test_out_and_in_again_is_admitted_and_a_second_exit_is_stray(event: Event, post: Post) -> None:
    token = token_of(factories.register(event))
    kinds = ("exit", "entry", "exit", "exit", "entry", "entry")
    rows = post(*(scan(token, kind=kind, seq=number) for number, kind in enumerate(kinds, 1)))
    assert verdicts(rows) == ["stray", "admitted", "admitted", "stray", "admitted", "duplicate"]


def test_one_by_one_gives_the_verdicts_of_one_batch(event: Event, post: Post) -> None:
    token = token_of(factories.register(event))
    kinds = ("exit", "entry", "exit", "exit", "entry", "entry")
    rows = [post(scan(token, kind=kind))[0] for kind in kinds]
    assert verdicts(rows) == ["stray", "admitted", "admitted", "stray", "admitted", "duplicate"]


def test_a_cancelled_registration_is_revoked_at_the_gate(event: Event, post: Post) -> None:
    registration = factories.register(event)
    token = token_of(registration)
    with transaction():
        registrations.cancel(registrations.get(registration.id))
    row = post(scan(token))[0]
    assert (row["verdict"], row["name"]) == ("revoked", "Änne Groß")


def test_an_older_generation_is_revoked_and_the_new_one_admitted(event: Event, post: Post) -> None:
    registration = factories.register(event)
    old = token_of(registration)
    with transaction():
        found = registrations.get(registration.id)
        registrations.correct(found, factories.person(family_name="Klein"))
    assert verdicts(post(scan(old), scan(token_of(registration)))) == ["revoked", "admitted"]


def test_a_genuine_badge_of_another_event_is_told_from_a_forged_one(
    event: Event, post: Post
) -> None:
    other = token_of(factories.register(factories.make_event("andere")))
    changed = other[:60] + ("0" if other[60] != "0" else "1") + other[61:]
    assert verdicts(post(scan(other), scan(changed))) == ["other_event", "forged"]


def test_what_is_no_badge_at_all_is_unknown_and_kept_as_evidence(event: Event, post: Post) -> None:
    rows = post(
        scan("https://example.org/"), scan("E1:"), scan("ABCD2345"), scan("a\0b"), scan("é" * 500)
    )
    assert verdicts(rows) == ["unknown", "forged", "unknown", "unknown", "unknown"]
    assert stored() == 5


def test_the_short_code_can_be_typed_in_any_shape(event: Event, post: Post) -> None:
    code = registrations.get(factories.register(event).id).short_code
    typed = f" {code[:4].lower()}-{code[4:]} "
    assert verdicts(post(scan(typed), scan(code))) == ["admitted", "duplicate"]


def test_the_short_code_of_another_event_is_unknown_here(event: Event, post: Post) -> None:
    code = factories.register(factories.make_event("andere")).short_code
    assert verdicts(post(scan(code))) == ["unknown"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "no uuid"},
        {"id": None},
        {"seq": 0},
        {"seq": "1"},
        {"badge": ""},
        {"badge": 7},
        {"gate": ""},
        {"gate": "a\nb"},
        {"kind": "sideways"},
        {"wall_at": "yesterday"},
        {"wall_at": "2026-01-06T08:55:00"},
        {"wall_at": 1},
    ],
)
def test_one_scan_that_cannot_be_read_is_refused_and_blocks_no_other(
    event: Event, post: Post, wrong: dict[str, object]
) -> None:
    good = scan(token_of(factories.register(event)))
    rows = post(scan("x") | wrong, good)
    assert [row["state"] for row in rows] == ["refused", "stored"]
    assert rows[0]["reason"]
    assert stored() == 1


@pytest.mark.parametrize("scans", [[], None, "E1:", [{}] * 201])
def test_a_batch_that_is_none_or_too_large_is_refused_whole(
    client: FlaskClient, event: Event, device_token: str, scans: object
) -> None:
    response = client.post(
        f"/api/v1/events/{event.slug}/scans",
        json={"scans": scans},
        headers={"Authorization": f"Bearer {device_token}"},
    )
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert "scans" in response.json["fields"]
    assert stored() == 0


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe"])
def test_a_body_that_is_no_json_is_refused(
    client: FlaskClient, event: Event, device_token: str, body: bytes
) -> None:
    response = client.post(
        f"/api/v1/events/{event.slug}/scans",
        data=body,
        headers={"Authorization": f"Bearer {device_token}"},
    )
    assert response.status_code == 400
    assert response.content_type == "application/problem+json"
    assert stored() == 0


def test_strangers_are_not_answered(client: FlaskClient, event: Event, device_token: str) -> None:
    path = f"/api/v1/events/{event.slug}/scans"
    factories.make_event("andere")
    assert client.post(path, json={}).status_code == 401
    wrong = {"Authorization": "Bearer wrong"}
    assert client.post(path, json={}, headers=wrong).status_code == 401
    right = {"Authorization": f"Bearer {device_token}"}
    elsewhere = client.post("/api/v1/events/andere/scans", json={}, headers=right)
    assert elsewhere.status_code == 403
    with transaction():
        for device in devices.list_devices(event.id):
            devices.revoke(device, actor="command")
    assert client.post(path, json={}, headers=right).status_code == 403


def test_a_clock_that_runs_ahead_does_not_move_arrivals_into_the_future(
    event: Event, post: Post
) -> None:
    post(scan(token_of(factories.register(event)), wall_at="2099-01-01T00:00:00Z"))
    row = db.session.scalars(select(Scan)).one()
    assert row.wall_at.year == 2099
    assert row.scanned_at == row.stored_at


def race(app: Flask, work: Callable[[int], object], *, clients: int) -> list[Any]:
    """Let so many threads work at once, each in its own context; return what came of each."""
    results: list[Any] = [None] * clients
    start = threading.Barrier(clients)

    def one(number: int) -> None:
        with app.app_context():
            start.wait()
            try:
                results[number] = work(number)
            except Exception as error:  # told to the test
                results[number] = error

    threads = [threading.Thread(target=one, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def let_in(app: Flask, event: Event, token: str, rounds: int) -> int:
    """Scan one badge at eight gates at once, each its own process as it were; count who got in."""
    device = devices.authenticate(make_device(event), slug=event.slug)

    def once(_number: int) -> str:
        seen = scans.Seen(
            id=uuid.uuid4(),
            seq=1,
            badge=token,
            gate="main",
            kind=ScanKind.ENTRY,
            wall_at=clock.now(),
        )
        combiner = Combiner(scans.store, most=1, within=strokes.stroke)
        answers = combiner.ask(scans.prepare(device, [seen]))
        assert not isinstance(answers, DeviceRevoked)
        return str(answers.answers[0].verdict)

    verdicts = race(app, once, clients=rounds)
    assert {str(verdict) for verdict in verdicts} <= {"admitted", "duplicate"}, verdicts
    return verdicts.count("admitted")


def test_a_badge_shown_at_eight_gates_at_once_is_let_in_once(app: Flask, event: Event) -> None:
    for _ in range(5):
        assert let_in(app, event, token_of(factories.register(event)), 8) == 1
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Presence)) == 5


def test_without_the_guard_a_badge_is_let_in_several_times(
    app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: nobody waits for a turn, and whatever happened meanwhile, presences are written.

    On SQLite the single writer is a guard of its own, so there the count stays right.
    """
    monkeypatch.setattr(strokes.Stroke, "write", unguarded)
    monkeypatch.setattr(turns, "queries", lambda *_: ())
    single_writer = db.engine.dialect.name == "sqlite"
    if not single_writer:
        together = threading.Barrier(8)
        decide = merging.step

        def judge_together(*arguments: Any, **named: Any) -> Any:
            together.wait(timeout=20)
            return decide(*arguments, **named)

        monkeypatch.setattr(standings, "step", judge_together)
    admitted = let_in(app, event, token_of(factories.register(event)), 8)
    assert admitted == 1 if single_writer else admitted > 1


def unguarded(stroke: strokes.Stroke, *writes: Any) -> None:
    """Write like the guarded way, whether or not something was there already."""
    Prepared.write_all(stroke.connection, *(write for write in writes if write[1]))


@pytest.mark.parametrize("year", ["0001", "1969", "9999"])
def test_a_year_that_no_clock_shows_is_refused_and_blocks_no_other(
    event: Event, post: Post, year: str
) -> None:
    wrong = scan("x", wall_at=f"{year}-01-01T00:00:00+14:00")
    good = scan(factories.register(event).short_code, seq=2, wall_at="1970-01-02T00:00:00Z")
    assert [row["state"] for row in post(wrong, good)] == ["refused", "stored"]


FAR = 10**30
"""Milliseconds that no column holds, and no clock can be off."""


@pytest.mark.parametrize(
    "told",
    [
        {"clock": {"offset_ms": FAR, "error_ms": 1}},
        {"clock": "late"},
        {"clock": [], "unsent": -1},
        {"unsent": "many"},
        {"unsent": None, "clock": None},
    ],
)
def test_what_a_device_says_of_itself_never_leaves_a_gap_in_its_scans(
    client: FlaskClient, event: Event, device_token: str, told: dict[str, object]
) -> None:
    """A request that is refused as a whole would be refused for ever, and its numbers missing."""
    sent = scan(factories.register(event).short_code, offset_ms=FAR, error_ms=-FAR)
    response = client.post(
        f"/api/v1/events/{event.slug}/scans",
        json={"scans": [sent]} | told,
        headers={"Authorization": f"Bearer {device_token}"},
    )
    assert response.status_code == 200, response.text
    assert response.json is not None
    assert response.json["scans"][0]["verdict"] == "admitted"
    assert response.json["acknowledged"] == 1


def test_scans_go_on_when_the_server_has_forgotten_what_it_planned(
    event: Event, post: Post
) -> None:
    """Whatever rolls back on the same connection has the driver deallocate all that is prepared."""
    for number, token in enumerate([factories.register(event).short_code] * 3, start=1):
        post(scan(token, seq=number))
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as connection:
                connection.connection.cursor().execute("DEALLOCATE ALL")
    assert stored() == 3

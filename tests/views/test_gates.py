"""The scanner's page, and what devices ask: enrolment, people, numbers."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from registration.database import transaction, uuid7
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import events, registrations
from registration.services.gates import devices
from registration.views.limits import limiter
from tests import factories

Get = Callable[..., Any]


@pytest.fixture(autouse=True)
def fresh_limits(client: FlaskClient) -> Iterator[None]:
    """No attempts are remembered from another test."""
    limiter.reset()
    yield
    limiter.reset()


def prepare(event: Event) -> str:
    with transaction():
        _, code = devices.prepare(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
    return code


def ask_to_enrol(client: FlaskClient, body: object, **options: Any) -> Any:
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(
        "/api/v1/devices", data=data, **{"content_type": "application/json", **options}
    )


@pytest.fixture
def token(event: Event) -> str:
    """The bearer token of a device at the event's main gate."""
    with transaction():
        _, token = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
    return token


@pytest.fixture
def get(client: FlaskClient, event: Event, token: str) -> Get:
    """Ask the event's API as the device and return what it answers."""

    def get(path: str, *, status: int = 200, **options: Any) -> Any:
        response = client.get(
            f"/api/v1/events/{event.slug}/{path}",
            headers={"Authorization": f"Bearer {token}", "Accept-Language": "de"},
            **options,
        )
        assert response.status_code == status, response.text
        return response.json

    return get


def let_in(client: FlaskClient, event: Event, token: str, *people: Registration) -> None:
    pass_through(client, event, token, *people, kind="entry")


def pass_through(
    client: FlaskClient, event: Event, token: str, *people: Registration, kind: str
) -> None:
    rows = [
        {
            "id": str(uuid7()),
            "seq": seq,
            "badge": person.short_code,
            "gate": "main",
            "kind": kind,
            "wall_at": "2026-01-01T10:00:00+01:00",
        }
        for seq, person in enumerate(people, 1)
    ]
    response = client.post(
        f"/api/v1/events/{event.slug}/scans",
        json={"scans": rows},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert {row["verdict"] for row in response.json["scans"]} == {"admitted"}  # type: ignore[index]  # JSON


def cancel(person: Registration) -> None:
    with transaction():
        registrations.cancel(registrations.get(person.id), actor="command")


@pytest.mark.parametrize(
    ("language", "texts"),
    [("en", ("Enrol device", "Welcome in")), ("de", ("Gerät anmelden", "Bereits drin"))],
)
def test_the_page_says_its_texts_in_the_readers_language(
    client: FlaskClient, language: str, texts: tuple[str, ...]
) -> None:
    page = client.get("/gate/", headers={"Accept-Language": language}).text
    for text in (*texts, "<noscript>"):
        assert text in page


def test_the_page_may_run_webassembly_and_use_the_camera_and_nothing_inline(
    client: FlaskClient,
) -> None:
    headers = client.get("/gate/").headers
    assert "'wasm-unsafe-eval'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert "camera=(self)" in headers["Permissions-Policy"]


def test_a_code_is_exchanged_for_a_token(client: FlaskClient, event: Event) -> None:
    response = ask_to_enrol(client, {"code": prepare(event)})
    assert response.status_code == 201
    told = response.json
    assert told["event"] == event.slug
    assert (told["gate"], told["gates"]["main"]) == ("main", "Haupteingang")
    assert devices.authenticate(told["token"], slug=event.slug).gate == "main"
    assert "no-store" in response.headers["Cache-Control"]


def test_a_used_code_is_refused_with_advice(client: FlaskClient, event: Event) -> None:
    code = prepare(event)
    ask_to_enrol(client, {"code": code})
    response = ask_to_enrol(client, {"code": code}, headers={"Accept-Language": "de"})
    assert response.status_code == 409
    assert response.content_type == "application/problem+json"
    assert response.json["code"] == "enrolment_refused"


@pytest.mark.parametrize(
    "code",
    ["", " ", "AAAAA-AAAAA", "x" * 100_000, "\0", "\u202eAAAAA", "🎟️🎟️", "' OR 1=1 --"],
)
def test_a_strange_code_is_refused_plainly(client: FlaskClient, event: Event, code: str) -> None:
    prepare(event)
    assert ask_to_enrol(client, {"code": code}).status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"code": "\xff"}', 400),
        (b"null", 422),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"code": 7}', 422),
        (b'{"code": null}', 422),
        (b'{"code": ["A"]}', 422),
    ],
)
def test_a_body_that_is_not_what_was_agreed_is_refused(
    client: FlaskClient, event: Event, body: bytes, status: int
) -> None:
    response = ask_to_enrol(client, body)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert status == 400 or "code" in response.json["fields"]


def test_only_json_is_taken(client: FlaskClient, event: Event) -> None:
    response = ask_to_enrol(client, f"code={prepare(event)}", content_type="text/plain")
    assert response.status_code == 415


def test_a_huge_body_is_refused(client: FlaskClient, event: Event) -> None:
    assert ask_to_enrol(client, {"code": "x" * 1_100_000}).status_code == 413


def test_codes_cannot_be_guessed_in_a_row(client: FlaskClient, event: Event) -> None:
    answers = [ask_to_enrol(client, {"code": "AAAAA-AAAAA"}).status_code for _ in range(12)]
    assert set(answers) == {409, 429}


def test_people_are_found_by_parts_of_what_the_gate_may_know(event: Event, get: Get) -> None:
    person = factories.register(event, organisation="Stadtwerke Großröhrsdorf")
    factories.register(event, given_name="Karl", family_name="Meyer", alliance="BIOZ")
    code = person.short_code
    for query in (
        "gross",
        "GROSS",
        "änn",
        "anne",
        "nne gro",
        "mr4b",
        "stadtwerke",
        "rohrsd",
        code,
        f"{code[:4]}-{code[4:]}",
    ):
        assert [found["name"] for found in get("people", query_string={"q": query})["people"]] == [
            "Änne Groß"
        ], query


def test_a_person_is_shown_as_the_gate_may_see_them(event: Event, get: Get) -> None:
    person = factories.register(event)
    assert get("people?q=groß")["people"] == [
        {
            "badge": person.short_code,
            "name": "Änne Groß",
            "alliance": "MR4B",
            "role": "Delegierte:r",
            "state": "expected",
            "first_at": None,
        }
    ]


def test_an_address_of_mail_finds_nobody(event: Event, get: Get) -> None:
    factories.register(event, email="secret.address@ministry.example")
    assert get("people?q=secret.address")["people"] == []
    assert get("people?q=ministry")["people"] == []


def test_a_found_person_shows_whether_they_are_in(
    client: FlaskClient, event: Event, token: str, get: Get
) -> None:
    person = factories.register(event)
    let_in(client, event, token, person)
    found = get("people?q=groß")["people"][0]
    assert (found["state"], found["first_at"]) == ("inside", "2026-01-01T09:00:00Z")
    pass_through(client, event, token, person, kind="exit")
    assert get("people?q=groß")["people"][0]["state"] == "left"


def test_who_has_no_place_is_shown_as_such(event: Event, get: Get) -> None:
    cancel(factories.register(event))
    factories.register(event, role="guest", family_name="Grosse")
    states = [found["state"] for found in get("people?q=gros")["people"]]
    assert states == ["cancelled", "requested"]


def test_nobody_of_another_event_is_found(event: Event, get: Get) -> None:
    other = factories.register(factories.make_event("andere"))
    assert get("people?q=groß")["people"] == []
    assert get(f"people?q={other.short_code}")["people"] == []


@pytest.mark.parametrize("query", ["", "a", "ab", " a b ", "%", "a\0b", "x" * 101])
def test_there_is_no_list_without_a_query(event: Event, get: Get, query: str) -> None:
    factories.register(event)
    problem = get("people", query_string={"q": query}, status=422)
    assert "q" in problem["fields"]


@pytest.mark.parametrize("query", ["%%%", "___", "'; DROP", "\\\\\\", "🎟🎟🎟", "\u202eabc"])
def test_signs_of_the_database_find_nobody(event: Event, get: Get, query: str) -> None:
    factories.register(event)
    assert get("people", query_string={"q": query})["people"] == []


def test_at_most_twenty_people_are_shown(event: Event, get: Get) -> None:
    for number in range(21):
        factories.register(event, given_name=f"Person{number:02}")
    names = [found["name"] for found in get("people?q=groß")["people"]]
    assert names == [f"Person{number:02} Groß" for number in range(20)]


def test_the_numbers_of_the_door(client: FlaskClient, event: Event, token: str, get: Get) -> None:
    first, second, _third, fourth = (factories.register(event) for _ in range(4))
    factories.register(event, role="guest")
    let_in(client, event, token, first, second, fourth)
    pass_through(client, event, token, second, kind="exit")
    cancel(fourth)
    assert get("presence") == {"expected": 3, "arrived": 3, "inside": 2, "missing": 1}


@pytest.mark.parametrize("path", ["people?q=gross", "presence"])
def test_only_the_events_own_devices_may_ask(
    client: FlaskClient, event: Event, token: str, path: str
) -> None:
    other = factories.make_event("andere")

    def answer(slug: str, authorization: str | None) -> tuple[int, str]:
        headers = {"Authorization": authorization} if authorization else {}
        response = client.get(f"/api/v1/events/{slug}/{path}", headers=headers)
        assert response.content_type == "application/problem+json"
        return response.status_code, response.json["code"]  # type: ignore[index]  # JSON

    assert answer(event.slug, None) == (401, "sign_in_required")
    assert answer(event.slug, "Bearer x") == (401, "sign_in_required")
    assert answer(event.slug, f"Basic {token}") == (401, "sign_in_required")
    assert answer(other.slug, f"Bearer {token}") == (403, "forbidden")
    with transaction():
        devices.revoke(devices.list_devices(event.id)[0], actor="command")
    assert answer(event.slug, f"Bearer {token}") == (403, "device_revoked")


def test_an_enrolled_device_learns_whether_it_is_a_supervisors(
    client: FlaskClient, event: Event
) -> None:
    with transaction():
        _, code = devices.prepare(
            event=events.get_event(event.slug),
            gate_code="main",
            is_supervisor=True,
            actor="command",
        )
    answers = [ask_to_enrol(client, {"code": each}).json for each in (code, prepare(event))]
    assert [told["is_supervisor"] for told in answers] == [True, False]


def test_a_revoked_device_says_that_it_has_wiped_itself(
    client: FlaskClient, event: Event, token: str, get: Get
) -> None:
    device = devices.authenticate(token, slug=event.slug)
    with transaction():
        devices.revoke(devices.get(device.id), actor="command")
    assert get("presence", status=403)["code"] == "device_revoked"
    headers = {"Authorization": f"Bearer {token}"}
    answers = [client.post("/api/v1/devices/wiped", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert client.post("/api/v1/devices/wiped").status_code == 401

"""The control room: arrivals over time, who is missing, the evacuation, findings, devices."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from registration import clock
from registration.database import db, transaction, uuid7
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.models.gates import Device, Finding, FindingKind, Scan, ScanKind
from registration.models.registrations import Registration
from registration.services import events
from registration.services.gates import arrivals, devices, findings
from registration.views.gates import evacuation as views_evacuation
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of
from tests.doors import Door

HERE = "/organise/werkstatt"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """No counts are kept, also where a busy machine makes them dear."""
    arrivals._recent.clear()
    monkeypatch.setattr(arrivals, "DEAR", float("inf"))


@pytest.fixture
def staff(app: Flask, event: Event) -> Browser:
    """A browser in which somebody of the door staff has signed in."""
    browser = signed_in(app, AccountRole.STAFF)
    browser.get(f"{HERE}/evacuation/start")  # for the form's security token
    return browser


def badge_of(person: Registration) -> str:
    assert person.badge is not None
    return person.badge.id


def crowd(event: Event, *names: str, **told: str) -> list[Registration]:
    return [factories.register(event, family_name=name, **told) for name in names]


def test_the_chart_has_the_numbers_of_its_table(event: Event, staff: Browser) -> None:
    begin = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    door, people = Door(event), crowd(event, "Adam", "Berg", "Claus", "Dorn")
    door.scan(people[0], at=begin)
    door.scan(people[1], people[2], at=begin + timedelta(minutes=11))
    page = staff.get(f"{HERE}/arrivals")
    assert faults_of(page) == []
    bars = re.findall(r'class="chart-number"[^>]*>(\d+)<', page.text)
    table = re.search(r'class="rows is-compact chart-table".*?</table>', page.text, re.DOTALL)
    assert table
    numbers = [int(number) for number in re.findall(r'class="number">(\d+)<', table[0])]
    assert bars == ["1", "2"]
    assert [number for number in numbers[::2] if number] == [1, 2]
    assert numbers[-1] == 3
    assert "3 arrived" in page.text
    assert "4 expected" in page.text
    assert 'role="img"' in page.text
    assert "style=" not in page.text


def test_before_anybody_came_there_is_no_chart(event: Event, staff: Browser) -> None:
    page = staff.get(f"{HERE}/arrivals")
    assert '<svg class="chart-plot"' not in page.text
    assert "No scan yet" in text_of(page)


def test_arrivals_are_shown_by_gate(event: Event, staff: Browser) -> None:
    people = crowd(event, "Adam", "Berg", "Claus")
    Door(event, "main").scan(people[0], people[1], at=clock.now() - timedelta(minutes=40))
    Door(event, "side").scan(people[2])
    page = text_of(staff.get(f"{HERE}/arrivals"))
    names = devices.gate_names(event.id)
    assert f"{names['main']} 2 0" in page
    assert f"{names['side']} 1 1" in page


def test_a_page_without_news_costs_an_empty_answer(event: Event, staff: Browser) -> None:
    door, person = Door(event), factories.register(event)
    with time_machine.travel(datetime(2026, 11, 22, 8, 0, 1, tzinfo=UTC), tick=False) as moment:
        for path in ("arrivals", "arrivals/MR4B", "evacuation"):
            address = f"{HERE}/{path}?fragment=1"
            first = staff.get(address)
            tag = first.headers["ETag"]
            known = {"environ_overrides": {"HTTP_IF_NONE_MATCH": tag}}
            assert (first.status_code, staff.get(address, **known).status_code) == (200, 304)
            assert staff.get(address, **known).data == b""
        door.scan(person)
        assert staff.get(f"{HERE}/arrivals?fragment=1", **known).status_code == 200
        moment.shift(3)
        assert "Änne Groß" in staff.get(f"{HERE}/arrivals?fragment=1", **known).text


def test_an_alliance_says_who_is_missing_with_nothing_but_name_and_role(
    event: Event, staff: Browser
) -> None:
    here, _late = crowd(event, "Adam", "Berg", email="geheim@buendnis.example")
    factories.register(event, alliance="BIOZ", family_name="Fremd")
    door = Door(event, "main")
    door.scan(here)
    page = staff.get(f"{HERE}/arrivals/MR4B")
    text = text_of(page)
    assert "1 of 2 is missing." in text
    assert re.search(r"Missing 1 .*Änne Berg Delegate .*Inside 1 .*Änne Adam Delegate", text)
    assert "Fremd" not in text
    for hidden in ("geheim@buendnis.example", "Institut für Beispiele", here.short_code):
        assert hidden not in page.text
    door.scan(_late)
    assert "Everyone is here: 2 of 2." in text_of(staff.get(f"{HERE}/arrivals/MR4B"))
    door.scan(_late, kind=ScanKind.EXIT)
    assert "Everyone came: 2." in text_of(staff.get(f"{HERE}/arrivals/MR4B"))


def test_an_alliance_that_is_not_there_is_not_found(event: Event, staff: Browser) -> None:
    assert staff.get(f"{HERE}/arrivals/NIX").status_code == 404
    assert "Nobody is expected" in text_of(staff.get(f"{HERE}/arrivals/-"))


def test_an_evacuation_is_asked_once_and_counts_down(
    app: Flask, event: Event, staff: Browser
) -> None:
    people = crowd(event, "Adam", "Berg")
    people += crowd(event, "Claus", alliance="BIOZ")
    Door(event).scan(*people)
    before = staff.get(f"{HERE}/evacuation")
    assert "3 people are inside" in text_of(before)
    assert 'name="safe"' not in before.text
    assert "Start an evacuation?" in text_of(staff.get(f"{HERE}/evacuation/start"))
    assert staff.post(f"{HERE}/evacuation/start").status_code == 303
    page = staff.get(f"{HERE}/evacuation")
    assert "3 still to be found" in text_of(page)
    assert page.text.count('name="safe"') == 3
    assert faults_of(page) == []
    staff.post(f"{HERE}/evacuation/tick", safe=badge_of(people[0]))
    text = text_of(staff.get(f"{HERE}/evacuation"))
    assert "2 still to be found 1 of 3 safe." in text
    assert "1 of 2 missing" in text
    staff.post(f"{HERE}/evacuation/tick", missed=badge_of(people[0]))
    assert "3 still to be found" in text_of(staff.get(f"{HERE}/evacuation"))
    for person in people:
        staff.post(f"{HERE}/evacuation/tick", safe=badge_of(person))
    assert "Everybody was seen safe." in text_of(staff.get(f"{HERE}/evacuation"))
    assert "Everybody on the list" in text_of(staff.get(f"{HERE}/evacuation/stop"))
    assert staff.post(f"{HERE}/evacuation/stop").status_code == 303
    assert "3 people are inside" in text_of(staff.get(f"{HERE}/evacuation"))


def test_during_an_evacuation_every_page_of_the_console_says_so(
    event: Event, staff: Browser
) -> None:
    assert "Evacuation since" not in text_of(staff.get(f"{HERE}/arrivals"))
    staff.post(f"{HERE}/evacuation/start")
    for path in ("arrivals", "devices", "findings"):
        assert "Evacuation since" in text_of(staff.get(f"{HERE}/{path}"))


@pytest.mark.parametrize("fields", [{}, {"safe": ""}, {"safe": "0" * 16}, {"missed": "x\0"}])
def test_a_tick_for_nobody_is_refused(event: Event, staff: Browser, fields: dict[str, str]) -> None:
    staff.post(f"{HERE}/evacuation/start")
    assert staff.post(f"{HERE}/evacuation/tick", **fields).status_code == 422
    assert db.session.scalars(select(Scan)).all() == []


def find(event: Event, kind: FindingKind, **told: object) -> str:
    finding_id = uuid7()
    with transaction() as session:
        session.add(
            Finding(
                id=finding_id,
                event_id=event.id,
                kind=kind,
                dedupe_key=finding_id.hex,
                found_at=clock.now(),
                **told,
            )
        )
    return str(finding_id)


DETAILS: dict[FindingKind, tuple[dict[str, object], str]] = {
    FindingKind.CONTRADICTED: (
        {"told": "admitted", "verdict": "duplicate", "gate": "side"},
        "The device said “Let in”. All scans together say: "
        "the person was inside already, by the same badge.",
    ),
    FindingKind.REFUSED: (
        {"seq": 17, "reason": "no badge", "raw": '{"badge": 42}'},
        "sent something as its scan number 17 that is none",
    ),
    FindingKind.GAP: ({"first": 6, "last": 7}, "but not these: 6–7."),
    FindingKind.REPEATED: ({"seq": 12}, "Its scan number 12 came twice"),
    FindingKind.BEYOND: ({"registration": str(uuid7()), "quota": 1}, "although no place was free"),
}


@pytest.mark.parametrize("kind", FindingKind)
def test_every_kind_of_finding_is_said_in_plain_words(
    event: Event, staff: Browser, kind: FindingKind
) -> None:
    detail, words = DETAILS[kind]
    find(event, kind, detail=detail)
    for language in ("de", "en"):
        staff.language = language
        page = staff.get(f"{HERE}/findings")
        assert faults_of(page) == []
    text = text_of(page)
    assert words in text
    assert f">{kind}<" not in page.text


@pytest.mark.parametrize("verdict", ["admitted", "revoked", "no_reentry", "undone", "stray"])
def test_no_verdict_is_shown_by_its_code(event: Event, staff: Browser, verdict: str) -> None:
    detail = {"told": verdict, "verdict": verdict, "gate": "main"}
    find(event, FindingKind.CONTRADICTED, detail=detail)
    text = text_of(staff.get(f"{HERE}/findings"))
    assert f"“{verdict}”" not in text
    assert f"say: {verdict}." not in text


def test_what_was_sent_is_shown_as_it_came_and_does_no_harm(event: Event, staff: Browser) -> None:
    raw = "<script>alert(1)</script>"
    find(event, FindingKind.REFUSED, detail={"seq": None, "reason": raw, "raw": raw})
    page = staff.get(f"{HERE}/findings")
    assert "<script>alert" not in page.text
    assert raw in text_of(page) or "alert(1)" in text_of(page)


def test_the_navigation_counts_what_waits_until_it_is_resolved(
    event: Event, staff: Browser
) -> None:
    assert "waiting-count" not in staff.get(f"{HERE}/arrivals").text
    first = find(event, FindingKind.GAP, detail={"first": 6, "last": 7})
    find(event, FindingKind.REPEATED, detail={"seq": 12})
    assert "Findings 2 open" in text_of(staff.get(f"{HERE}/arrivals"))
    staff.get(f"{HERE}/findings")
    done = staff.post(f"{HERE}/findings/{first}", note=" Gerät lag\u00a0im Auto. ")
    assert done.status_code == 303
    page = text_of(staff.get(done.location))
    assert "Resolved. It is kept" in page
    assert "Scans of a device are missing" not in page
    assert "Findings 1 open" in page
    kept = text_of(staff.get(f"{HERE}/findings?show=resolved"))
    assert "Scans of a device are missing" in kept
    assert "Gerät lag im Auto." in kept
    assert "Clara Vogt" in kept


@pytest.mark.parametrize("note", ["x" * 501, "a\x07b"])
def test_a_note_that_cannot_be_kept_is_refused_at_its_field(
    event: Event, staff: Browser, note: str
) -> None:
    finding_id = find(event, FindingKind.GAP, detail={"first": 6, "last": 6})
    staff.get(f"{HERE}/findings")
    page = staff.post(f"{HERE}/findings/{finding_id}", note=note)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert faults_of(page) == []
    assert findings.count_open(event.id) == 1


def test_a_finding_of_another_event_cannot_be_resolved(event: Event, staff: Browser) -> None:
    other = factories.make_event("andere")
    finding_id = find(other, FindingKind.GAP, detail={"first": 6, "last": 6})
    staff.get(f"{HERE}/findings")
    assert staff.post(f"{HERE}/findings/{finding_id}", note="").status_code == 404
    assert findings.count_open(other.id) == 1


def device(event: Event, **told: object) -> str:
    with transaction() as session:
        made, _ = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", name="Phone 3", actor="command"
        )
        for name, value in told.items():
            setattr(made, name, value)
        session.flush()
        return str(made.id)


def test_a_device_says_what_it_still_holds(event: Event, staff: Browser) -> None:
    seen = clock.now() - timedelta(minutes=3, seconds=5)
    device_id = device(event, unsent=14, last_seen_at=seen, offset_ms=125_000)
    for address in (f"{HERE}/devices", f"{HERE}/devices/{device_id}"):
        page = staff.get(address)
        assert faults_of(page) == []
        assert "14 waiting (3 minutes ago)" in text_of(page)
        assert "clock 2 minutes slow" in text_of(page)
    assert "14 scans wait on this device." in text_of(page)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"received": "1-41", "acknowledged": 41}, "41, all here"),
        ({"received": "1-5,8-12", "acknowledged": 5}, "2 missing in between"),
        ({}, "none yet"),
        ({"offset_ms": -90_000}, "clock 2 minutes fast"),
        ({"is_supervisor": True}, "supervisor"),
        ({"revoked_at": clock.now()}, "Revoked, not wiped yet"),
        ({"revoked_at": clock.now(), "wiped_at": clock.now()}, "Revoked and wiped"),
    ],
)
def test_a_device_is_described(
    event: Event, staff: Browser, told: dict[str, object], words: str
) -> None:
    device(event, **({"last_seen_at": clock.now()} | told))
    page = staff.get(f"{HERE}/devices")
    assert words in text_of(page)
    assert staff.get(f"{HERE}/devices?fragment=1").text.count("data-live-part") == 1


def test_a_clock_that_is_nearly_right_is_not_worth_a_word(event: Event, staff: Browser) -> None:
    device(event, offset_ms=29_000, last_seen_at=clock.now())
    assert "clock" not in text_of(staff.get(f"{HERE}/devices"))


def test_a_device_is_made_a_supervisors_and_back(event: Event, staff: Browser) -> None:
    device_id = device(event)
    staff.get(f"{HERE}/devices/{device_id}")
    for expected in (True, False):
        assert staff.post(f"{HERE}/devices/{device_id}/supervisor").status_code == 303
        db.session.rollback()
        stored = db.session.scalars(select(Device.is_supervisor)).one()
        assert stored is expected


def test_a_code_can_be_made_for_a_supervisor(event: Event, staff: Browser) -> None:
    device(event)
    staff.get(f"{HERE}/devices")
    staff.post(f"{HERE}/devices", gate="main", name="Leitung", is_supervisor="y")
    staff.get(f"{HERE}/devices")
    staff.post(f"{HERE}/devices", gate="main", name="Tür")
    db.session.rollback()
    rows = db.session.execute(select(Device.name, Device.is_supervisor))
    supervisors = {name for name, is_supervisor in rows if is_supervisor}
    assert supervisors == {"Leitung"}


def test_revoking_is_asked_on_the_devices_own_page(event: Event, staff: Browser) -> None:
    device_id = device(event)
    question = staff.get(f"{HERE}/devices/{device_id}")
    assert "This cannot be undone." in text_of(question)
    done = staff.post(f"{HERE}/devices/{device_id}/revoke")
    page = staff.get(done.location)
    assert "Revoked, not wiped yet" in text_of(page)
    assert f"{device_id}/revoke" not in page.text


def bring(staff: Browser, content: object) -> TestResponse:
    """Bring a file to the import's form."""
    staff.get(f"{HERE}/devices/import")
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return staff.post(f"{HERE}/devices/import", log=(BytesIO(data), "scans.json"))


def log_of(event: Event, device_id: object, *scans: dict[str, object]) -> dict[str, object]:
    """Return what a scanner saves as its file."""
    return {
        "format": "einlass-scans",
        "version": 1,
        "event": event.slug,
        "device": {"id": str(device_id)},
        "scans": list(scans),
    }


def saved(person: Registration, seq: int) -> dict[str, object]:
    return {
        "id": str(uuid7()),
        "seq": seq,
        "badge": person.short_code,
        "gate": "main",
        "kind": "entry",
        "wall_at": "2026-11-22T08:57:00+01:00",
    }


def test_a_saved_log_is_stored_once_however_often_it_is_brought(
    event: Event, staff: Browser
) -> None:
    people = crowd(event, "Adam", "Berg")
    rows = [saved(person, seq) for seq, person in enumerate(people, 1)]
    log = log_of(event, Door(event).device_id, *rows, {"seq": 3, "badge": 42})
    first = bring(staff, log)
    assert faults_of(first) == []
    assert (
        "2 scans were stored. 0 were here already. 1 could not be taken. The findings say why."
        in text_of(first)
    )
    assert "0 scans were stored. 2 were here already." in text_of(bring(staff, log))
    db.session.rollback()
    assert len(db.session.scalars(select(Scan)).all()) == 2
    assert findings.count_open(event.id) == 1


def test_a_file_that_is_no_log_is_refused_at_its_field(event: Event, staff: Browser) -> None:
    other = factories.make_event("andere")
    known, strange = Door(event).device_id, Door(other).device_id
    for content, why in (
        (b"\xff\xd8 no JSON", "This is not a file that a scanner has saved."),
        ({"format": "einlass-scans"}, "This is not a file that a scanner has saved."),
        (log_of(other, strange), "This log was saved at another event."),
        (log_of(event, strange), "No device of this event has saved this log."),
    ):
        page = bring(staff, content)
        assert (page.status_code, faults_of(page)) == (422, [])
        assert why in text_of(page)
        assert 'aria-describedby="log-hint log-error"' in page.text
    assert staff.post(f"{HERE}/devices/import").status_code == 422
    staff.csrf = "another"
    assert staff.post(f"{HERE}/devices/import").status_code == 400
    assert bring(staff, log_of(event, known)).status_code == 200


def test_a_log_may_be_longer_than_other_forms(
    event: Event, staff: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 2000)
    log = log_of(event, Door(event).device_id) | {"remark": "x" * 5000}
    assert bring(staff, log).status_code == 200


def test_so_many_people_are_listed_by_alliance(
    event: Event, staff: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = crowd(event, "Adam", "Berg") + crowd(event, "Claus", alliance="BIOZ")
    Door(event).scan(*people)
    staff.post(f"{HERE}/evacuation/start")
    monkeypatch.setattr(views_evacuation, "MOST_AT_ONCE", 2)
    page = staff.get(f"{HERE}/evacuation")
    assert "3 still to be found" in text_of(page)
    assert "choose one" in text_of(page)
    assert "Änne" not in page.text
    chosen = staff.get(f"{HERE}/evacuation?alliance=MR4B")
    assert chosen.text.count('name="safe"') == 2
    assert "Änne Claus" not in chosen.text
    assert faults_of(chosen) == []
    action = re.search(r'action="([^"]+/tick[^"]*)"', chosen.text)
    assert action
    done = staff.post(action[1], safe=badge_of(people[0]))
    assert "alliance=MR4B" in done.location
    assert "1 of 2 missing" in text_of(staff.get(done.location))
    assert "Änne" not in staff.get(f"{HERE}/evacuation?alliance=NIX").text

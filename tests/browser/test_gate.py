"""The door, in headless Chromium: enrol, scan by camera, keyboard and search, and be answered."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from registration.database import db, transaction
from registration.models.events import Event
from registration.models.gates import Scan
from registration.models.registrations import Registration
from registration.models.roles import Role
from registration.services import events, registrations
from registration.services.badges import codes
from tests import factories
from tests.browser import cameras
from tests.browser.conftest import OpenBrowser
from tests.browser.gates import (
    LONG,
    OpenGate,
    await_stored,
    forged,
    one_time_code,
    stored_scans,
    token_of,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("browser_libraries"),
    # What happens in the browser does not depend on the database.
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]


def change(registration: Registration, **columns: object) -> None:
    """Write something of a registration that only the console can."""
    with transaction():
        db.session.execute(
            update(Registration).where(Registration.id == registration.id).values(**columns)
        )


def allow_entry_once(event: Event) -> None:
    """Let each role in once a day."""
    with transaction():
        db.session.execute(update(Role).where(Role.event_id == event.id).values(reentry="once"))
        events.revise(event.id)


def test_a_device_is_enrolled_by_a_typed_code_and_stays_so(
    open_browser: OpenBrowser, live_server: str, event: Event
) -> None:
    page = open_browser().new_page()
    page.goto(f"{live_server}/gate/")
    page.get_by_label("Code", exact=True).fill("AAAAA-AAAAA")
    page.get_by_role("button", name="Enrol device").click()
    expect(page.locator("#enrol-error")).to_contain_text("This code does not work")
    page.get_by_label("Code", exact=True).fill(one_time_code(event).lower().replace("-", " "))
    page.get_by_role("button", name="Enrol device").click()
    expect(page.get_by_role("heading", name="Haupteingang")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Haupteingang")).to_be_visible()


def test_a_link_enrols_and_leaves_no_code_in_the_address(open_gate: OpenGate) -> None:
    assert "code" not in open_gate().page.url


def test_the_camera_lets_a_badge_in_once_and_then_says_since_when(
    open_gate: OpenGate, event: Event, tmp_path: Path
) -> None:
    person = factories.register(event)
    badge = codes.matrix(token_of(person))
    film = cameras.film(tmp_path / "badge.y4m", [(badge, 2), (None, 4)])
    gate = open_gate(film=film)
    refused: list[str] = []
    gate.page.on("console", lambda said: refused.append(said.text))
    gate.page.get_by_role("button", name="Turn camera on").click()
    gate.expect_verdict("in", "Welcome in", "Änne Groß", "MR4B", "Delegate")
    gate.expect_verdict("already", "Already in", "Änne Groß", "First let in", "this device")
    assert not [text for text in refused if "Content Security Policy" in text]
    gate.go_on()
    gate.open("recent")
    expect(gate.page.locator("#count-inside")).to_have_text("1")


def test_a_code_that_stays_in_view_is_scanned_once(
    open_gate: OpenGate, event: Event, tmp_path: Path
) -> None:
    badge = codes.matrix(token_of(factories.register(event)))
    gate = open_gate(film=cameras.film(tmp_path / "badge.y4m", [(badge, 1)]))
    gate.page.get_by_role("button", name="Turn camera on").click()
    gate.expect_verdict("in", "Änne Groß")
    gate.page.wait_for_timeout(4000)  # longer than two showings count as one
    await_stored(gate.page, 1)
    assert stored_scans() == 1
    gate.page.keyboard.press("Escape")
    gate.page.locator("label", has_text="Exit").click()
    gate.expect_verdict("in", "Exit noted", "Änne Groß")


def test_the_camera_scans_nothing_behind_a_panel(
    open_gate: OpenGate, event: Event, tmp_path: Path
) -> None:
    badge = codes.matrix(token_of(factories.register(event)))
    gate = open_gate(film=cameras.film(tmp_path / "badge.y4m", [(None, 2), (badge, 1)]))
    gate.open("menu")
    gate.page.evaluate("document.getElementById('camera-button').click()")
    gate.page.wait_for_timeout(4500)  # longer than the film
    expect(gate.page.locator("#verdict")).to_be_hidden()
    gate.back()
    gate.expect_verdict("in", "Änne Groß")


def test_a_person_is_found_without_a_network_and_let_in_by_a_tap(
    open_gate: OpenGate, event: Event
) -> None:
    factories.register(event)
    gate = open_gate()
    gate.expect_list(1)
    gate.context.set_offline(True)
    gate.search("gr")
    gate.page.wait_for_timeout(400)  # longer than the search waits for more letters
    expect(gate.page.locator("#search-results li")).to_have_count(0)
    gate.search("gros")
    gate.page.get_by_role("button", name="Änne Groß").click()
    gate.expect_verdict("in", "Änne Groß")
    gate.go_on()
    gate.search("ANNE GROSS")
    expect(gate.page.locator("#search-results")).to_contain_text("Inside since")
    gate.back()
    gate.open("search")
    expect(gate.page.locator("#search-results")).to_be_hidden()
    gate.search("xyzzy")
    expect(gate.page.locator("#search-note")).to_contain_text("Nobody found")


def test_a_short_code_can_be_typed(open_gate: OpenGate, event: Event) -> None:
    code = factories.register(event).short_code
    gate = open_gate()
    gate.expect_list(1)
    gate.search(f"{code[:4].lower()} {code[4:]}")
    gate.page.locator("#search-field").press("Enter")
    gate.expect_verdict("in", "Änne Groß")


def test_a_forged_a_revoked_and_a_foreign_badge_are_told_apart(
    open_gate: OpenGate, event: Event
) -> None:
    person = factories.register(event)
    foreign = token_of(factories.register(factories.make_event("andere")))
    token = token_of(person)
    with transaction():
        registrations.cancel(registrations.get(person.id), actor="command")
    gate = open_gate()
    gate.wedge(forged(token))
    gate.expect_verdict("refused", "Refused", "we have not issued it")
    gate.wedge("https://example.org/menu")
    gate.expect_verdict("attention", "no badge of this event")
    gate.wedge(foreign)
    gate.expect_verdict("attention", "of another event")
    gate.wedge(token)
    gate.expect_verdict("refused", "Refused", "cancelled")
    gate.go_on()
    gate.open("recent")
    expect(gate.page.locator("#recent li")).to_have_count(4)


def test_whoever_left_and_may_not_come_back_is_refused(open_gate: OpenGate, event: Event) -> None:
    token = token_of(factories.register(event))
    allow_entry_once(event)
    gate = open_gate()
    gate.expect_list(1)
    gate.wedge(token)
    gate.expect_verdict("in", "Änne Groß")
    gate.go_on()
    gate.page.locator("label", has_text="Exit").click()
    gate.wedge(token)
    gate.expect_verdict("in", "Exit noted")
    gate.go_on()
    gate.page.locator("label", has_text="Entry").click()
    gate.wedge(token)
    gate.expect_verdict("refused", "No re", "once a day", "Haupteingang")


def test_a_note_keeps_the_answer_on_the_screen_until_the_next(
    open_gate: OpenGate, event: Event
) -> None:
    person = factories.register(event)
    change(person, gate_note="Frau Berger holt sie ab")
    plain = token_of(factories.register(event, given_name="Bo"))
    gate = open_gate()
    gate.expect_list(2)
    gate.wedge(token_of(person))
    gate.expect_verdict("in", "please read", "Änne Groß", "Frau Berger holt sie ab")
    gate.page.wait_for_timeout(4500)  # longer than a good answer stays
    gate.expect_verdict("in", "Frau Berger")
    gate.wedge(plain)
    gate.expect_verdict("in", "Welcome in", "Bo Groß")
    expect(gate.page.locator("#verdict")).not_to_contain_text("Frau Berger")
    expect(gate.page.locator("#verdict")).to_be_hidden(timeout=LONG)


def test_the_next_scan_takes_the_screen_at_once(open_gate: OpenGate, event: Event) -> None:
    first = token_of(factories.register(event, given_name="Ada"))
    second = token_of(factories.register(event, given_name="Bo"))
    gate = open_gate()
    gate.wedge(first)
    gate.wedge(second)
    gate.expect_verdict("in", "Bo Groß")
    gate.go_on()
    gate.open("menu")
    gate.page.get_by_role("button", name="Sign this device off").click()
    gate.wedge(first)
    gate.expect_verdict("already", "Ada Groß")
    expect(gate.page.locator("#sign-off")).to_be_hidden()


def test_without_a_network_the_door_decides_and_the_scans_follow(
    open_gate: OpenGate, event: Event
) -> None:
    people = [factories.register(event, given_name=f"Person{number}") for number in range(3)]
    tokens = [token_of(person) for person in people]
    gate = open_gate()
    gate.expect_list(3)
    gate.context.set_offline(True)
    for number, token in enumerate(tokens):
        gate.wedge(token)
        gate.expect_verdict("in", f"Person{number} Groß")
    gate.wedge(tokens[0])
    gate.expect_verdict("already", "Person0 Groß", "Haupteingang")
    gate.go_on()
    gate.expect_status("Not connected: 4 scans wait")
    assert stored_scans() == 0
    gate.context.set_offline(False)
    gate.expect_list(3)
    gate.expect_sent()
    expect(gate.page.locator("#count-inside")).to_have_text("3", timeout=LONG)
    db.session.rollback()
    scans = db.session.execute(select(Scan.seq, Scan.verdict).order_by(Scan.seq)).all()
    verdicts = ["admitted", "admitted", "admitted", "duplicate"]
    assert [tuple(scan) for scan in scans] == list(enumerate(verdicts, start=1))


def test_what_was_not_sent_survives_a_reload(open_gate: OpenGate, event: Event) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.expect_list(1)
    gate.page.route("**/scans", lambda route: route.abort())
    gate.wedge(token)
    gate.expect_verdict("in", "Änne Groß")
    gate.page.reload()
    gate.expect_status("1 scan waits")
    gate.page.unroute("**/scans")
    gate.expect_list(1)
    gate.expect_sent()
    assert stored_scans() == 1


def test_a_badge_that_is_newer_than_the_list_must_be_looked_at(
    open_gate: OpenGate, event: Event
) -> None:
    gate = open_gate()
    gate.expect_list(0)
    token = token_of(factories.register(event))
    gate.context.set_offline(True)
    gate.wedge(token)
    gate.expect_verdict("attention", "New badge", "Genuine", "identity document")


def test_the_server_vouches_for_a_new_badge_at_once(open_gate: OpenGate, event: Event) -> None:
    gate = open_gate()
    gate.expect_list(0)
    gate.wedge(token_of(factories.register(event)))
    gate.expect_verdict("in", "Welcome in", "Änne Groß")


def test_what_the_server_decides_worse_is_told_without_taking_the_screen(
    open_gate: OpenGate, event: Event
) -> None:
    person = factories.register(event)
    token = token_of(person)
    gate = open_gate()
    gate.expect_list(1)
    gate.context.set_offline(True)
    gate.wedge(token)
    gate.expect_verdict("in", "Änne Groß")
    gate.go_on()
    with transaction():
        registrations.cancel(registrations.get(person.id), actor="command")
    gate.context.set_offline(False)
    notice = gate.page.locator("#notice")
    expect(notice).to_contain_text("Änne Groß", timeout=LONG)
    expect(notice).to_contain_text("Refused")
    notice.click()
    expect(gate.page.locator("#recent [data-tone=refused]")).to_contain_text("Refused")
    expect(notice).to_be_hidden()


def test_a_scan_that_cannot_be_kept_is_never_shown_green(open_gate: OpenGate, event: Event) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.expect_list(1)
    gate.page.evaluate(
        """() => {
            IDBObjectStore.prototype.add = IDBObjectStore.prototype.put = () => {
                throw new DOMException("full", "QuotaExceededError");
            };
        }"""
    )
    gate.wedge(token)
    gate.expect_verdict("attention", "Not stored", "write this one down")


def test_without_any_reader_the_page_offers_keyboard_and_search(
    open_gate: OpenGate, event: Event
) -> None:
    gate = open_gate(service_workers="block")
    gate.page.route("**/zxing-wasm/**", lambda route: route.abort())
    gate.page.get_by_role("button", name="Turn camera on").click()
    expect(gate.page.locator("#camera-note")).to_contain_text("cannot read codes")
    gate.wedge(token_of(factories.register(event)))
    gate.expect_verdict("in", "Änne Groß")

"""What the scanner's page offers besides scanning, in headless Chromium."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.events import Event
from registration.models.gates import Scan
from registration.models.registrations import Registration, Source
from registration.services import events, registrations
from registration.services.badges import codes
from registration.services.gates import evacuation
from tests import factories
from tests.browser import cameras
from tests.browser.gates import (
    LAPTOP,
    LONG,
    Gate,
    OpenGate,
    await_stored,
    stored_scans,
    token_of,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("browser_libraries"),
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]


def start_self_check_in(gate: Gate) -> str:
    """Start it from the menu and return the number that leads out."""
    gate.open("menu")
    gate.page.get_by_role("button", name="Self check-in").click()
    number = gate.page.locator("#kiosk-number").inner_text()
    gate.page.get_by_role("button", name="Start", exact=True).click()
    expect(gate.page.locator("#kiosk-hint")).to_be_visible()
    return number


def hold_the_lock(gate: Gate) -> None:
    lock = gate.page.locator("#kiosk-lock")
    lock.dispatch_event("pointerdown")
    expect(gate.page.locator("#kiosk-leave")).to_be_visible()
    lock.dispatch_event("pointerup")


def badge_of(person: Registration) -> str:
    badge = registrations.get(person.id).badge
    assert badge is not None
    return badge.id


def is_safe(gate: Gate, name: str) -> None:
    row = gate.page.locator(".evacuee", has_text=name)
    expect(row).to_have_attribute("aria-pressed", "true", timeout=LONG)


def test_the_device_says_that_it_is_ready_without_a_network(
    open_gate: OpenGate, event: Event
) -> None:
    factories.register(event)
    gate = open_gate()
    gate.expect_list(1)
    gate.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    gate.open("ready")
    expect(gate.page.locator("#ready-text")).to_have_text("Ready without network", timeout=LONG)
    tests = gate.page.locator("#tests li")
    for name in ("genuine badge", "changed badge", "Writes scans", "encrypted", "Starts without"):
        expect(tests.filter(has_text=name)).to_have_attribute("data-state", "good")
    expect(tests.filter(has_text="List of badges")).to_contain_text("1 badge, up to date")
    expect(tests.filter(has_text="Camera")).to_have_attribute("data-state", "advice")


def test_a_device_that_cannot_write_is_not_ready(open_gate: OpenGate) -> None:
    gate = open_gate()
    gate.page.evaluate(
        "() => { IDBObjectStore.prototype.put = () => { throw new DOMException('full'); }; }"
    )
    gate.open("ready")
    expect(gate.page.locator("#ready-text")).to_have_text("Not ready yet")
    row = gate.page.locator("#tests li", has_text="Writes scans")
    expect(row).to_have_attribute("data-state", "bad")
    expect(row).to_contain_text("Free some memory")


def test_a_clock_that_is_far_off_needs_a_person(open_gate: OpenGate) -> None:
    gate = open_gate()
    gate.page.clock.install()
    gate.page.clock.fast_forward(600_000)
    gate.page.evaluate("dispatchEvent(new Event('online'))")
    gate.page.clock.run_for(30_000)
    gate.expect_status("clock is 10 minutes off")


def test_only_a_supervisor_takes_a_scan_back_and_is_asked_once(
    open_gate: OpenGate, event: Event
) -> None:
    token = token_of(factories.register(event))
    plain = open_gate()
    plain.wedge(token)
    plain.expect_verdict("in", "Änne Groß")
    plain.go_on()
    plain.open("recent")
    expect(plain.page.locator(".recent-undo")).to_be_hidden()
    plain.context.close()

    gate = open_gate(is_supervisor=True)
    gate.page.locator("label", has_text="Exit").click()
    gate.wedge(token)
    gate.expect_verdict("in", "Exit noted")
    gate.go_on()
    gate.open("recent")
    gate.page.get_by_role("button", name="Take back").click()
    gate.page.locator("#undo").get_by_role("button", name="Keep it").click()
    gate.page.get_by_role("button", name="Take back").click()
    gate.page.locator("#undo").get_by_role("button", name="Take back").click()
    row = gate.page.locator("#recent li")
    expect(row).to_contain_text("Taken back")
    expect(row.get_by_role("button")).to_have_count(0)
    expect(gate.page.locator("#count-inside")).to_have_text("1", timeout=LONG)


def fill_walk_in(gate: Gate) -> None:
    gate.page.get_by_label("Given name").fill("Zoë")
    gate.page.get_by_label("Family name").fill("Spontan")
    gate.page.get_by_label("Role").select_option(label="Guest")
    gate.page.get_by_label("Alliance", exact=True).select_option("MR4B")


def test_a_supervisor_admits_somebody_without_a_network_and_prints_a_badge_later(
    open_gate: OpenGate, event: Event
) -> None:
    gate = open_gate(is_supervisor=True)
    gate.context.set_offline(True)
    gate.open("walk-in")
    fill_walk_in(gate)
    gate.page.get_by_role("button", name="Let in").click()
    expect(gate.page.locator("#walk-in-trouble")).to_contain_text("privacy notice")
    gate.page.get_by_label("Has read the privacy notice").check()
    gate.page.get_by_role("button", name="Let in").click()
    gate.expect_verdict("in", "Zoë Spontan", "Without registration")
    gate.go_on()
    gate.open("recent")
    printing = gate.page.get_by_role("button", name="Print badge")
    expect(printing).to_be_hidden()
    gate.context.set_offline(False)
    expect(printing).to_be_visible(timeout=2 * LONG)
    db.session.rollback()
    person = db.session.scalars(select(Registration)).one()
    assert (person.given_name, person.source) == ("Zoë", Source.WALK_IN)
    gate.page.evaluate(
        """() => {
            window.print = () => {
                window.printed = document.getElementById("paper").textContent;
                window.drawn = document.getElementById("paper-qr-path").getAttribute("d");
            };
        }"""
    )
    printing.click()
    assert "Zoë" in gate.page.evaluate("window.printed")
    dark = gate.page.evaluate("window.drawn").count("h1v1h-1z")
    assert dark == sum(map(sum, codes.matrix(token_of(person))))


@pytest.mark.parametrize("length", [3, 60, 121, 122])
def test_the_page_draws_codes_as_the_server_does(open_gate: OpenGate, length: int) -> None:
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    token = "E1:" + "".join(letters[(7 * place) % 45] for place in range(length - 3))
    drawn = open_gate().page.evaluate(
        "token => import('/static/js/gate/qr.js').then(({ matrix }) => matrix(token))", token
    )
    assert tuple(map(tuple, drawn)) == codes.matrix(token)


def test_whoever_is_no_supervisor_cannot_admit_without_a_registration(open_gate: OpenGate) -> None:
    gate = open_gate()
    gate.open("menu")
    expect(gate.page.get_by_role("button", name="Admit without registration")).to_have_count(0)


def test_an_evacuation_calls_everybody_by_name_and_a_tap_is_enough(
    open_gate: OpenGate, event: Event
) -> None:
    people = [factories.register(event, given_name=name) for name in ("Ada", "Bo", "Cy")]
    tokens = [token_of(person) for person in people]
    gate = open_gate()
    gate.expect_list(3)
    for token in tokens[:2]:
        gate.wedge(token)
        gate.expect_verdict("in")
    gate.go_on()
    with transaction():
        evacuation.start(event.id, actor="command")
    gate.page.evaluate("dispatchEvent(new Event('online'))")
    left = gate.page.locator("#evacuation-left")
    expect(left).to_have_text("2 still to be found", timeout=2 * LONG)
    expect(gate.page.locator(".evacuee")).to_have_count(2)
    gate.expect_worker()
    gate.context.set_offline(True)
    gate.page.locator(".evacuee", has_text="Ada").click()
    expect(left).to_have_text("1 still to be found")
    gate.page.locator(".evacuee", has_text="Bo").click()
    gate.page.locator(".evacuee", has_text="Bo").click()  # by mistake: taken back at once
    expect(left).to_have_text("1 still to be found")
    gate.expect_status("1 scan waits")
    gate.page.reload()
    is_safe(gate, "Ada")
    expect(left).to_have_text("1 still to be found")
    gate.context.set_offline(False)
    await_stored(gate.page, 3)
    kinds = db.session.scalars(select(Scan.kind).order_by(Scan.seq)).all()
    assert list(kinds) == ["entry", "entry", "safe"]
    with transaction():
        found = events.get_event(event.slug)
        evacuation.take_back(found, badge_of(people[0]), actor="command")
    gate.page.evaluate("dispatchEvent(new Event('online'))")
    expect(left).to_have_text("2 still to be found", timeout=2 * LONG)


def test_the_evacuation_list_is_in_the_menu_at_all_times(open_gate: OpenGate, event: Event) -> None:
    gate = open_gate()
    gate.open("evacuation")
    expect(gate.page.get_by_text("Nobody is inside.")).to_be_visible()


def test_guests_check_themselves_in_and_see_nothing_of_others(
    open_gate: OpenGate, event: Event
) -> None:
    person = factories.register(event)
    with transaction():
        db.session.get(Registration, person.id).gate_note = "Frau Berger holt sie ab"  # type: ignore[union-attr]  # it was just made
    gate = open_gate()
    gate.expect_list(1)
    start_self_check_in(gate)
    for part in ("#bar", "#status", "#thumb", "#side"):
        expect(gate.page.locator(part)).to_be_hidden()
    gate.wedge(token_of(person))
    gate.expect_verdict("in", "Welcome!", "Änne Groß", "stop briefly at the desk")
    expect(gate.page.locator("#verdict")).not_to_contain_text("Berger")
    expect(gate.page.locator("#verdict")).to_be_hidden(timeout=LONG)
    gate.wedge("https://example.org/menu")
    gate.expect_verdict("attention", "Please go to the desk")
    expect(gate.page.locator("#verdict")).to_be_hidden(timeout=LONG)


def test_self_check_in_is_left_by_whoever_knows_the_number(
    open_gate: OpenGate, event: Event
) -> None:
    gate = open_gate()
    number = start_self_check_in(gate)
    gate.page.reload()
    expect(gate.page.locator("#kiosk-hint")).to_be_visible()
    gate.page.keyboard.press("Escape")
    gate.page.go_back()
    expect(gate.page.locator("#bar")).to_be_hidden()
    expect(gate.page.locator("#kiosk-hint")).to_be_visible()
    gate.page.locator("#kiosk-lock").click()
    expect(gate.page.locator("#kiosk-leave")).to_be_hidden()
    hold_the_lock(gate)
    field = gate.page.get_by_label("Number that was shown")
    field.fill("0000" if number != "0000" else "1111")
    field.press("Enter")
    expect(gate.page.locator("#kiosk-wrong")).to_contain_text("another number")
    field.fill(number)
    field.press("Enter")
    expect(gate.page.locator("#bar")).to_be_visible()
    gate.page.reload()
    expect(gate.page.locator("#bar")).to_be_visible()


def test_a_number_cannot_be_guessed_by_trying(open_gate: OpenGate) -> None:
    gate = open_gate()
    number = start_self_check_in(gate)
    hold_the_lock(gate)
    field = gate.page.get_by_label("Number that was shown")
    for _ in range(5):
        field.fill("0000" if number != "0000" else "1111")
        field.press("Enter")
    field.fill(number)
    field.press("Enter")
    expect(gate.page.locator("#kiosk-wrong")).to_contain_text("half a minute")
    expect(gate.page.locator("#bar")).to_be_hidden()


def test_unsent_scans_are_saved_as_a_file_and_signing_off_warns_of_them(
    open_gate: OpenGate, event: Event
) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.expect_list(1)
    gate.context.set_offline(True)
    gate.wedge(token)
    gate.expect_verdict("in")
    gate.go_on()
    gate.open("menu")
    with gate.page.expect_download() as download:
        gate.page.get_by_role("button", name="Save unsent scans").click()
    log = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert [scan["badge"] for scan in log["scans"]] == [token]
    expect(gate.page.locator("#export-note")).to_contain_text("1 scan is in")
    gate.page.get_by_role("button", name="Sign this device off").click()
    dialog = gate.page.locator("#sign-off")
    expect(dialog).to_contain_text("1 scan has not been sent")
    dialog.get_by_role("button", name="Keep it").click()
    gate.back()
    gate.expect_status("1 scan waits")
    gate.context.set_offline(False)
    gate.expect_list(1)
    gate.expect_sent()
    assert stored_scans() == 1


def test_signing_off_forgets_the_enrolment(open_gate: OpenGate) -> None:
    gate = open_gate()
    gate.open("menu")
    gate.page.get_by_role("button", name="Sign this device off").click()
    expect(gate.page.locator("#sign-off-unsent")).to_be_hidden()
    gate.page.locator("#sign-off").get_by_role("button", name="Sign off").click()
    expect(gate.page.get_by_label("Code", exact=True)).to_be_visible()


def test_sound_look_and_light_are_remembered(open_gate: OpenGate) -> None:
    gate = open_gate()
    button = gate.page.get_by_role("button", name="Sound")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    gate.open("menu")
    gate.page.locator("label", has_text="Bright sun").click()
    gate.page.reload()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert gate.page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    gate.open("menu")
    gate.page.locator("label", has_text="Dark hall").click()
    assert gate.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_the_phones_own_way_back_leads_to_the_camera(open_gate: OpenGate) -> None:
    gate = open_gate()
    gate.open("menu")
    gate.page.locator("#panel-menu [data-open=ready]").click()
    expect(gate.page.locator("#panel-ready")).to_be_visible()
    gate.page.go_back()
    expect(gate.page.locator("#panel-ready")).to_be_hidden()
    expect(gate.page.locator("#viewfinder")).to_be_visible()
    gate.open("search")
    gate.page.keyboard.press("Escape")
    expect(gate.page.locator("#panel-search")).to_be_hidden()


def test_on_a_laptop_search_and_last_scans_are_beside_the_camera(
    open_gate: OpenGate, event: Event
) -> None:
    factories.register(event)
    gate = open_gate(viewport=LAPTOP)
    gate.expect_list(1)
    gate.search("gross")
    gate.page.get_by_role("button", name="Änne Groß").click()
    gate.expect_verdict("in", "Änne Groß")
    gate.go_on()
    expect(gate.page.locator("#recent li")).to_have_count(1)
    expect(gate.page.locator("#viewfinder")).to_be_visible()


def test_the_camera_is_chosen_among_several_and_remembered(
    open_gate: OpenGate, event: Event, tmp_path: Path
) -> None:
    badge = codes.matrix(token_of(factories.register(event)))
    gate = open_gate(film=cameras.film(tmp_path / "none.y4m", [(None, 1), (badge, 1)]))
    # Chromium has one fake camera: the page is told of a second one beside it.
    gate.page.evaluate(
        """() => {
            const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
            navigator.mediaDevices.enumerateDevices = async () => [
                ...(await list()),
                { kind: "videoinput", deviceId: "second", label: "Second camera" },
            ];
        }"""
    )
    gate.page.get_by_role("button", name="Turn camera on").click()
    gate.expect_verdict("in", "Änne Groß")
    gate.page.keyboard.press("Escape")
    gate.open("menu")
    gate.page.locator("#camera-choice").select_option("second")
    expect(gate.page.locator("#viewfinder")).to_have_attribute("data-camera", "on")
    assert gate.page.evaluate("localStorage.getItem('einlass-camera-id')") == "second"

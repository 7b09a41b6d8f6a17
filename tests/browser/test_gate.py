"""The journey at the gate, in headless Chromium: enrol, scan by camera, keyboard and search."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from registration.database import db, transaction
from registration.models.events import Event
from registration.models.gates import Scan
from registration.models.registrations import Registration
from registration.services import badges, events, registrations
from registration.services.badges import codes
from registration.services.gates import devices
from tests import factories
from tests.browser import cameras
from tests.browser.conftest import OpenBrowser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("browser_libraries"),
    # What happens in the browser does not depend on the database.
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]

LONG = 15_000
"""Milliseconds for what waits for the camera, or for a pause between two tries to send."""


def one_time_code(event: Event) -> str:
    with transaction():
        _, code = devices.prepare(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
    return code


def token_of(registration: Registration) -> str:
    badge = registrations.get(registration.id).badge
    assert badge is not None
    return badges.token_of(badge)


def forged(token: str) -> str:
    """Return the token with one letter of its signature changed for another."""
    letter = "A" if token[60] != "A" else "B"
    return token[:60] + letter + token[61:]


@dataclass(frozen=True)
class Gate:
    """The scanner's page of an enrolled device, and what a person at the door does with it."""

    page: Page
    context: BrowserContext

    def wedge(self, text: str) -> None:
        """Scan a text with a keyboard scanner: keys faster than anybody types, then Enter."""
        # A scanner is faster than Playwright's round trips are on a busy machine.
        self.page.evaluate(
            """text => {
                for (const key of [...text, "Enter"]) {
                    const about = { key, bubbles: true, cancelable: true };
                    (document.activeElement ?? document.body).dispatchEvent(
                        new KeyboardEvent("keydown", about));
                }
            }""",
            text,
        )

    def expect_verdict(self, tone: str, *texts: str, timeout: float = LONG) -> None:
        """Wait until the whole screen says this."""
        screen = self.page.locator(f"#verdict[data-tone={tone}]")
        expect(screen).to_be_visible(timeout=timeout)
        for text in texts:
            expect(screen).to_contain_text(text)
        box, window = screen.bounding_box(), self.page.viewport_size
        assert box is not None
        assert window is not None
        assert (box["width"], box["height"]) == (window["width"], window["height"])

    def go_on(self) -> None:
        self.page.get_by_role("button", name="Next").click()
        expect(self.page.locator("#verdict")).to_be_hidden()


OpenGate = Callable[..., Gate]


@pytest.fixture
def open_gate(open_browser: OpenBrowser, live_server: str, event: Event) -> OpenGate:
    """Enrol a phone at the event's main gate by a code in a link, as from a QR code."""

    def open_gate(*, film: Path | None = None) -> Gate:
        context = open_browser(film=film, viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.goto(f"{live_server}/gate/#code={one_time_code(event)}")
        expect(page.locator("#scan")).to_be_visible()
        return Gate(page, context)

    return open_gate


def stored_scans() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Scan)) or 0


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
    page.get_by_role("button", name="Sign this device off").click()
    page.get_by_role("button", name="Sign off", exact=True).click()
    expect(page.get_by_label("Code", exact=True)).to_be_visible()


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
    gate.expect_verdict("already", "Already in", "Änne Groß", "First let in", "Haupteingang")
    assert not [text for text in refused if "Content Security Policy" in text]
    expect(gate.page.locator("#count-inside")).to_have_text("1")


def test_a_code_that_stays_in_view_is_scanned_once(
    open_gate: OpenGate, event: Event, tmp_path: Path
) -> None:
    badge = codes.matrix(token_of(factories.register(event)))
    gate = open_gate(film=cameras.film(tmp_path / "badge.y4m", [(badge, 1)]))
    gate.page.get_by_role("button", name="Turn camera on").click()
    gate.expect_verdict("in", "Änne Groß")
    gate.page.wait_for_timeout(4000)  # longer than two showings count as one
    assert stored_scans() == 1
    gate.page.keyboard.press("Escape")
    gate.page.locator("label", has_text="Exit").click()
    gate.expect_verdict("in", "Exit noted", "Änne Groß")


def test_a_keyboard_scanner_types_anywhere_on_the_page(open_gate: OpenGate, event: Event) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.wedge(token)
    gate.expect_verdict("in", "Änne Groß")
    gate.wedge(token)
    gate.expect_verdict("already", "Änne Groß")


def test_a_keyboard_scanner_of_another_layout_is_understood(
    open_gate: OpenGate, event: Event
) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.page.evaluate(
        """token => {
            const places = {" ": "Space", "$": "Digit4", "%": "Digit5", "*": "Digit8", "+": "Equal",
                "-": "Minus", ".": "Period", "/": "Slash", ":": "Semicolon"};
            const german = {":": "Ö", "Y": "Z", "Z": "Y", "-": "ß", "/": "-", "*": "("};
            for (const sign of token) {
                const code = /[A-Z]/.test(sign) ? `Key${sign}` : places[sign] ?? `Digit${sign}`;
                const shiftKey = /[A-Z$%*+:]/.test(sign);
                document.body.dispatchEvent(new KeyboardEvent("keydown",
                    {key: german[sign] ?? sign, code, shiftKey, bubbles: true, cancelable: true}));
            }
            document.body.dispatchEvent(
                new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
        }""",
        token,
    )
    gate.expect_verdict("in", "Änne Groß")


def test_a_person_is_found_by_name_and_let_in_by_a_tap(open_gate: OpenGate, event: Event) -> None:
    factories.register(event)
    gate = open_gate()
    field = gate.page.get_by_label("Name, alliance or code")
    field.fill("gr")
    expect(gate.page.locator("#search-results li")).to_have_count(0)
    field.fill("gros")
    gate.page.get_by_role("button", name="Änne Groß").click()
    gate.expect_verdict("in", "Änne Groß")
    gate.go_on()
    field.fill("GROSS")
    expect(gate.page.locator("#search-results")).to_contain_text("Inside since")


def test_a_short_code_can_be_typed(open_gate: OpenGate, event: Event) -> None:
    code = factories.register(event).short_code
    gate = open_gate()
    field = gate.page.get_by_label("Name, alliance or code")
    field.fill(f"{code[:4].lower()} {code[4:]}")
    field.press("Enter")
    gate.expect_verdict("in", "Änne Groß")


def test_a_forged_a_revoked_and_a_foreign_badge_are_told_apart(
    open_gate: OpenGate, event: Event
) -> None:
    person = factories.register(event)
    foreign = token_of(factories.register(factories.make_event("andere")))
    token = token_of(person)
    gate = open_gate()
    gate.wedge(forged(token))
    gate.expect_verdict("refused", "Refused", "we have not issued it")
    gate.wedge("https://example.org/menu")
    gate.expect_verdict("attention", "no badge of this event")
    gate.wedge(foreign)
    gate.expect_verdict("attention", "of another event")
    with transaction():
        registrations.cancel(registrations.get(person.id), actor="command")
    gate.wedge(token)
    gate.expect_verdict("refused", "Refused", "Änne Groß", "cancelled")
    expect(gate.page.locator("#recent li")).to_have_count(4)


def test_the_next_scan_takes_the_screen_at_once(open_gate: OpenGate, event: Event) -> None:
    first = token_of(factories.register(event, given_name="Ada"))
    second = token_of(factories.register(event, given_name="Bo"))
    gate = open_gate()
    gate.wedge(first)
    gate.wedge(second)
    gate.expect_verdict("in", "Bo Groß")
    expect(gate.page.locator("#recent li")).to_have_count(2)
    expect(gate.page.locator("#recent")).to_contain_text("Ada Groß")


def test_without_a_network_scans_are_kept_and_sent_later(open_gate: OpenGate, event: Event) -> None:
    people = [factories.register(event, given_name=f"Person{number}") for number in range(3)]
    tokens = [token_of(person) for person in people]
    gate = open_gate()
    gate.context.set_offline(True)
    for token in tokens:
        gate.wedge(token)
        gate.expect_verdict("attention", "Not checked", "kept and will be sent")
        gate.go_on()
    expect(gate.page.locator("#unsent")).to_have_text("3 not sent")
    assert stored_scans() == 0
    gate.context.set_offline(False)
    expect(gate.page.locator("#unsent")).to_be_hidden(timeout=LONG)
    expect(gate.page.locator("#count-inside")).to_have_text("3", timeout=LONG)
    expect(gate.page.locator("#recent")).to_contain_text("Person2 Groß")
    db.session.rollback()
    scans = db.session.execute(select(Scan.seq, Scan.verdict).order_by(Scan.seq)).all()
    assert [tuple(scan) for scan in scans] == [(seq, "admitted") for seq in (1, 2, 3)]


def test_what_was_not_sent_survives_a_reload(
    open_gate: OpenGate, event: Event, live_server: str
) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.page.route("**/scans", lambda route: route.abort())
    gate.wedge(token)
    gate.expect_verdict("attention", "Not checked")
    gate.page.reload()
    expect(gate.page.locator("#unsent")).to_have_text("1 not sent")
    gate.page.unroute("**/scans")
    expect(gate.page.locator("#unsent")).to_be_hidden(timeout=LONG)
    assert stored_scans() == 1


def test_a_server_that_is_slow_is_not_waited_for(open_gate: OpenGate, event: Event) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.page.route("**/scans", lambda _route: None)
    gate.wedge(token)
    gate.expect_verdict("waiting", "Checking")
    gate.expect_verdict("attention", "Not checked", "kept and will be sent")


def test_a_scan_that_the_server_never_takes_blocks_no_other(
    open_gate: OpenGate, event: Event
) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.page.route(
        "**/scans",
        lambda route: (
            route.fulfill(status=422, content_type="application/problem+json", body="{}")
            if "POISON" in (route.request.post_data or "")
            else route.continue_()
        ),
    )
    gate.wedge("POISON")
    gate.expect_verdict("attention", "did not take this scan")
    gate.wedge(token)
    gate.expect_verdict("in", "Änne Groß")
    expect(gate.page.locator("#unsent")).to_have_text("1 not sent")


def test_a_revoked_device_says_so_and_keeps_its_scans(open_gate: OpenGate, event: Event) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    with transaction():
        devices.revoke(devices.list_devices(event.id)[0], actor="command")
    gate.wedge(token)
    gate.expect_verdict("attention", "Not checked", "no longer enrolled")
    gate.go_on()
    expect(gate.page.locator("#network")).to_contain_text("This device has been revoked")
    expect(gate.page.locator("#unsent")).to_have_text("1 not sent")


def test_sound_can_be_muted_and_stays_so(open_gate: OpenGate) -> None:
    gate = open_gate()
    button = gate.page.get_by_role("button", name="Sound")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    gate.page.reload()
    expect(button).to_have_attribute("aria-pressed", "false")


def test_without_any_reader_the_page_offers_keyboard_and_search(
    open_gate: OpenGate, event: Event
) -> None:
    gate = open_gate()
    gate.page.route("**/zxing-wasm/**", lambda route: route.abort())
    gate.page.get_by_role("button", name="Turn camera on").click()
    expect(gate.page.locator("#camera-note")).to_contain_text("cannot read codes")
    gate.wedge(token_of(factories.register(event)))
    gate.expect_verdict("in", "Änne Groß")


def test_every_text_at_the_gate_is_large_and_nothing_overflows(
    open_gate: OpenGate, event: Event
) -> None:
    factories.register(event, family_name="Müller-Lüdenscheidt-Hohenschönhausen")
    gate = open_gate()
    gate.page.set_viewport_size({"width": 320, "height": 640})
    gate.page.get_by_label("Name, alliance or code").fill("mull")
    expect(gate.page.locator("#search-results li")).to_have_count(1)
    small = gate.page.evaluate(
        """() => [...document.querySelectorAll("#scan *, #verdict *")]
            .filter(part => part.checkVisibility() && part.textContent.trim()
                && !part.closest(".sr-only, template")
                && parseFloat(getComputedStyle(part).fontSize) < 24)
            .map(part => part.outerHTML.slice(0, 80))"""
    )
    assert small == []
    assert gate.page.evaluate("document.documentElement.scrollWidth") == 320
    gate.page.locator("#search-results button").click()
    gate.expect_verdict("in", "Hohenschönhausen")
    assert gate.page.evaluate(
        """() => {
            const box = document.getElementById("verdict-person");
            return box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight;
        }"""
    )

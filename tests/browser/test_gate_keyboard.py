"""Keyboard scanners at the door, in headless Chromium: whatever they type is heard."""

import pytest
from playwright.sync_api import expect

from registration.models.events import Event
from tests import factories
from tests.browser.gates import OpenGate, forged, stored_scans, token_of, until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("browser_libraries"),
    # What happens in the browser does not depend on the database.
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]

SLOW_STORE = """
(() => {
    const open = IDBFactory.prototype.open;
    const wait = new Promise((resolve) => { window.openStore = resolve; });
    IDBFactory.prototype.open = function (...about) {
        const asked = { result: null };
        void wait.then(() => {
            const asking = open.apply(this, about);
            for (const type of ["onsuccess", "onerror", "onupgradeneeded"])
                asking[type] = (event) => { asked.result = asking.result; asked[type]?.(event); };
        });
        return asked;
    };
})();
"""
ASKED_FOR = (
    "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/keyboard.js'))"
)
HEARS = "import('/static/js/gate/keyboard.js').then(() => true)"


def test_a_keyboard_scanner_types_anywhere_on_the_page(open_gate: OpenGate, event: Event) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.wedge(token)
    gate.expect_verdict("in", "Änne Groß")
    gate.wedge(token)
    gate.expect_verdict("already", "Änne Groß")


def test_a_keyboard_scanner_may_type_into_a_field(open_gate: OpenGate, event: Event) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.search("beate")
    gate.page.keyboard.type(token)
    gate.page.keyboard.press("Enter")
    gate.expect_verdict("in", "Änne Groß")
    gate.go_on()
    assert token not in gate.page.locator("#search-field").input_value()


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


def test_what_is_scanned_while_the_page_starts_is_judged_once_it_can_be(
    open_gate: OpenGate, event: Event
) -> None:
    """Before its scripts are there, over a reload, and before the device's store is open."""
    first, second = (token_of(factories.register(event, given_name=name)) for name in ("Ada", "Bo"))
    gate = open_gate(service_workers="block")
    gate.expect_list(2)
    gate.context.add_init_script(SLOW_STORE)
    gate.page.route("**/gate/main.js", lambda _route: None)
    gate.page.reload(wait_until="commit")
    until(gate.page, ASKED_FOR)
    gate.page.evaluate(HEARS)
    gate.wedge(first)
    gate.page.unroute("**/gate/main.js")
    gate.page.reload()
    expect(gate.page.locator("#starting")).to_be_visible()
    gate.wedge(forged(second))
    gate.wedge(second)
    expect(gate.page.locator("#verdict")).to_be_hidden()
    gate.page.evaluate("openStore()")
    gate.expect_verdict("in", "Bo Groß")
    gate.go_on()
    expect(gate.page.locator("#notice")).to_contain_text("Badge: “Refused”")
    gate.page.locator("#notice").click()
    expect(gate.page.locator("#recent li")).to_have_count(3)
    expect(gate.page.locator("#recent")).to_contain_text("Ada Groß")
    gate.expect_sent()
    assert stored_scans() == 3


def test_what_was_not_stored_is_told_though_another_scan_has_the_screen(
    open_gate: OpenGate, event: Event
) -> None:
    first, second = (token_of(factories.register(event, given_name=name)) for name in ("Ada", "Bo"))
    gate = open_gate()
    gate.expect_list(2)
    gate.page.evaluate(
        """() => {
            const add = IDBObjectStore.prototype.add;
            IDBObjectStore.prototype.add = () => {
                IDBObjectStore.prototype.add = add;
                throw new DOMException("full", "QuotaExceededError");
            };
        }"""
    )
    gate.wedge(first)
    gate.wedge(second)
    gate.expect_verdict("in", "Bo Groß")
    gate.go_on()
    expect(gate.page.locator("#notice")).to_contain_text("was not stored")

"""The scanner as an app, in headless Chromium: it starts without a server, and renews itself."""

from collections.abc import Mapping

import pytest
from playwright.sync_api import expect

from registration.models.events import Event
from registration.views.gates import offline
from tests import factories
from tests.browser.gates import LONG, Gate, OpenGate, one_time_code, stored_scans, token_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("browser_libraries"),
    # What happens in the browser does not depend on the database.
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]

KEPT = """async () => {
    const addresses = [];
    for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys())
            addresses.push(new URL(request.url).pathname + new URL(request.url).search);
    return addresses;
}"""
FETCH_NEWER = """async () => {
    const registration = await navigator.serviceWorker.getRegistration("/gate/");
    await registration.update();
    while (!registration.waiting) await new Promise(resolve => setTimeout(resolve, 50));
}"""
MORE_PATIENCE = """
    const { setTimeout } = window;
    window.setTimeout = (work, wait) => setTimeout(work, wait === 3000 ? 20000 : wait);
"""
"""A busy machine may need longer than a start waits; an older version that was started again half a
minute more."""
VERSIONS = """async () => (await caches.keys()).filter(name => name.includes("files"))"""


def test_without_a_network_it_starts_in_the_chosen_language_and_decides(
    open_gate: OpenGate, event: Event
) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.expect_list(1)
    gate.expect_worker()
    address = gate.page.url
    gate.context.set_offline(True)
    gate.page.goto(f"{address}?lang=de")
    expect(gate.page.locator("#scan")).to_be_visible()
    gate.wedge(token)
    gate.expect_verdict("in", "Änne Groß", "Delegierte:r")
    assert gate.page.evaluate("fetch('/static/icon.svg').then(({ ok }) => ok)")
    gate.page.goto(address)
    expect(gate.page.locator("html")).to_have_attribute("lang", "de")
    expect(gate.page.locator("#scan")).to_be_visible()
    gate.wedge(token)
    gate.expect_verdict("already", "Änne Groß")


def test_no_answer_of_the_api_is_kept(open_gate: OpenGate, event: Event) -> None:
    factories.register(event)
    gate = open_gate()
    gate.expect_list(1)
    gate.expect_worker()
    gate.page.reload()
    gate.expect_list(1)
    kept = gate.page.evaluate(KEPT)
    assert "/static/js/gate/main.js" in kept
    assert not [address for address in kept if "/api/" in address]


def test_a_new_version_takes_over_with_the_next_start_and_loses_nothing(
    open_gate: OpenGate, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.expect_list(1)
    gate.expect_worker()
    [before] = gate.page.evaluate(VERSIONS)
    gate.context.set_offline(True)
    gate.wedge(token)
    gate.expect_verdict("in", "Änne Groß")
    gate.context.set_offline(False)

    fetch_newer(gate, monkeypatch)
    expect(gate.page.locator("#verdict")).to_contain_text("Änne Groß")  # the page is left alone
    gate.page.add_init_script(MORE_PATIENCE)
    gate.page.reload()
    expect(gate.page.locator("#scan")).to_be_visible()
    assert gate.page.evaluate(VERSIONS) == [before.replace("files-", "files-newer-")]
    gate.wedge(token)
    gate.expect_verdict("already", "Änne Groß")


def fetch_newer(gate: Gate, monkeypatch: pytest.MonkeyPatch, *, hears: str = "take over") -> None:
    """Have the page fetch a version that follows this word, and let it wait."""
    older = offline.worker

    def newer(kept: Mapping[str, tuple[str, str]]) -> str:
        worker = older(kept).replace('"take over"', f'"{hears}"')
        return worker.replace('VERSION = "', 'VERSION = "newer-')

    monkeypatch.setattr(offline, "worker", newer)
    gate.page.evaluate(FETCH_NEWER)


def test_a_new_version_that_cannot_take_over_in_time_disturbs_nobody_later(
    open_gate: OpenGate, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.expect_list(1)
    gate.expect_worker()
    fetch_newer(gate, monkeypatch, hears="nothing")
    gate.page.reload()
    expect(gate.page.locator("#scan")).to_be_visible(timeout=LONG)
    gate.wedge(token)
    gate.expect_verdict("in", "Änne Groß")
    gate.page.evaluate("navigator.serviceWorker.dispatchEvent(new Event('controllerchange'))")
    gate.page.wait_for_timeout(500)  # longer than a reload takes to begin
    gate.expect_verdict("in", "Änne Groß")


def test_the_link_of_another_code_is_never_followed_silently_nor_while_scans_are_unsent(
    open_gate: OpenGate, event: Event
) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.expect_list(1)
    gate.expect_worker()
    page, dialog = gate.page, gate.page.locator("#another-code")
    gate.context.set_offline(True)
    gate.wedge(token)
    gate.expect_verdict("in", "Änne Groß")
    side = one_time_code(event, gate="side")
    page.evaluate("code => { location.hash = `code=${code}`; }", side)
    expect(dialog).to_contain_text("1 scan is on this device only")
    expect(dialog).to_contain_text("Haupteingang")
    expect(page.get_by_role("button", name="Use the new code")).to_be_hidden()
    gate.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_role("button", name="Use the new code").click()
    expect(page.get_by_role("heading", name="Seiteneingang")).to_be_visible()
    assert stored_scans() == 1
    page.goto(f"{page.url}#code={side}")
    page.get_by_role("button", name="Use the new code").click()
    expect(dialog).to_contain_text("This code does not work")
    page.get_by_role("button", name="Stay enrolled").click()
    page.reload()
    expect(page.get_by_role("heading", name="Seiteneingang")).to_be_visible()

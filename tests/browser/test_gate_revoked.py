"""Devices that the organisers have revoked, in headless Chromium: what goes, and what stays."""

import pytest
from playwright.sync_api import expect

from registration.database import transaction
from registration.models.events import Event
from registration.services.gates import devices
from tests import factories
from tests.browser.gates import OpenGate, one_time_code, token_of
from tests.browser.test_gate_panels import start_self_check_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("browser_libraries"),
    # What happens in the browser does not depend on the database.
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]

KEPT = """
() => new Promise((resolve, reject) => {
    const opening = indexedDB.open("einlass-gate");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
        const names = ["scans", "refused", "manifest"];
        const tables = opening.result.transaction(names);
        const asked = names.map((name) => tables.objectStore(name).count());
        tables.oncomplete = () => {
            opening.result.close();
            resolve(Object.fromEntries(names.map((name, at) => [name, asked[at].result])));
        };
    };
})
"""


def revoke_the_device(event: Event) -> None:
    with transaction():
        devices.revoke(devices.list_devices(event.id)[0], actor="command")


def test_a_revoked_device_says_so(open_gate: OpenGate, event: Event) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    revoke_the_device(event)
    gate.expect_status("no longer enrolled")
    gate.wedge(token)
    gate.expect_verdict("attention", "Not checked", "no longer enrolled")


def test_in_self_check_in_too_it_is_wiped_keeps_what_was_not_sent_and_takes_a_new_code(
    open_gate: OpenGate, event: Event
) -> None:
    token = token_of(factories.register(event))
    gate = open_gate()
    gate.expect_list(1)
    start_self_check_in(gate)
    gate.context.set_offline(True)
    gate.wedge(token)
    gate.expect_verdict("in", "Welcome!")
    gate.go_on()
    assert gate.page.evaluate(KEPT)["manifest"] > 0
    revoke_the_device(event)
    gate.context.set_offline(False)
    expect(gate.page.locator("#kiosk-hint")).to_be_hidden()
    gate.expect_status("no longer enrolled")
    assert gate.page.evaluate(KEPT) == {"scans": 1, "refused": 0, "manifest": 0}
    gate.open("menu")
    gate.page.get_by_role("button", name="Enter a new code").click()
    gate.page.get_by_label("Code", exact=True).fill(one_time_code(event))
    gate.page.get_by_role("button", name="Enrol device").click()
    gate.expect_status("1 scan was not taken")
    assert gate.page.evaluate(KEPT)["refused"] == 1
    expect(gate.page.locator("#kiosk-hint")).to_be_hidden()

"""The scanner's page in a browser, and what a person at the door does with it."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Error, Page, expect
from sqlalchemy import func, select

from registration.database import db, transaction
from registration.models.events import Event
from registration.models.gates import Scan
from registration.models.registrations import Registration
from registration.services import badges, events, registrations
from registration.services.gates import devices

LONG = 60_000
"""Milliseconds until something is given up that comes sooner or later on a busy machine."""
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}


def one_time_code(event: Event, *, gate: str = "main", is_supervisor: bool = False) -> str:
    """Prepare a device of a gate and return its one-time code."""
    with transaction():
        _, code = devices.prepare(
            event=events.get_event(event.slug),
            gate_code=gate,
            is_supervisor=is_supervisor,
            actor="command",
        )
    return code


def token_of(registration: Registration) -> str:
    """Return what the person's QR code says."""
    badge = registrations.get(registration.id).badge
    assert badge is not None
    return badges.token_of(badge)


def forged(token: str) -> str:
    """Return the token with one letter of its signature changed for another."""
    letter = "A" if token[60] != "A" else "B"
    return token[:60] + letter + token[61:]


def stored_scans() -> int:
    """Return how many scans the server has."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Scan)) or 0


SAYS = """
([tone, ...texts]) => {
    const screen = document.getElementById("verdict");
    if (!screen?.checkVisibility() || screen.dataset.tone !== tone) return false;
    const said = screen.textContent.replace(/\\s+/g, " ");
    const { width, height } = screen.getBoundingClientRect();
    return texts.every((text) => said.includes(text))
        && width === innerWidth && height === innerHeight;
}
"""
"""Whether the whole screen says this, asked at one moment: good answers clear themselves."""


def until(page: Page, claim: str, *told: str) -> None:
    """Wait until a script says that something holds.

    Playwright's own ``wait_for_function`` asks again from within the page, whose policy forbids it.
    """
    deadline = time.monotonic() + LONG / 1000
    while True:
        with suppress(Error):  # a page is just being loaded
            if page.evaluate(claim, told):
                return
        assert time.monotonic() < deadline, f"never: {claim} {told}; but {seen(page)}"
        page.wait_for_timeout(50)


def seen(page: Page) -> str:
    """Return all texts that are to be seen."""
    return " ".join(page.locator("body").inner_text().split())


def await_stored(page: Page, scans: int) -> None:
    """Wait until the server has so many scans."""
    deadline = time.monotonic() + LONG / 1000
    while stored_scans() < scans:
        assert time.monotonic() < deadline, f"{stored_scans()} of {scans}"
        page.wait_for_timeout(50)


@dataclass(frozen=True)
class Gate:
    """The scanner's page of an enrolled device."""

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

    def expect_verdict(self, tone: str, *texts: str) -> None:
        """Wait until the whole screen says this."""
        until(self.page, SAYS, tone, *texts)

    def go_on(self) -> None:
        """Tap the answer away, if it has not cleared itself by now."""
        with suppress(Error):
            self.page.locator("#verdict-next").click(timeout=5000)
        expect(self.page.locator("#verdict")).to_be_hidden()

    def expect_status(self, text: str) -> None:
        """Wait until the quiet line says this."""
        expect(self.page.locator("#status-text")).to_contain_text(text, timeout=LONG)

    def expect_list(self, badges: int) -> None:
        """Wait until the device has its list of so many badges."""
        self.expect_status(f"{badges} badge")

    def expect_sent(self) -> None:
        """Wait until the server has answered every scan."""
        self.open("recent")
        expect(self.page.locator("#unsent")).to_be_hidden(timeout=LONG)

    def expect_worker(self) -> None:
        """Wait until the page's service worker serves it, also without a network."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        until(self.page, "navigator.serviceWorker.controller !== null")

    def open(self, panel: str) -> None:
        """Open a panel as a person does: from the three buttons, or from the menu behind one."""
        if self.page.locator("#scan").get_attribute("data-panel"):
            self.back()
        if self.page.locator(f"#panel-{panel}").is_visible():
            return  # beside the camera of a wide screen
        tab = self.page.locator(f".tab[data-open={panel}]")
        if not tab.is_visible():
            self.page.locator(".tab[data-open=menu]").click()
            tab = self.page.locator(f"#panel-menu [data-open={panel}]")
        tab.click()
        expect(self.page.locator(f"#panel-{panel}")).to_be_visible()

    def back(self) -> None:
        """Go back to scanning."""
        self.page.locator(".panel:not([hidden]) .panel-back:visible").click()
        expect(self.page.locator("#scan")).to_have_attribute("data-panel", "")

    def search(self, query: str) -> None:
        """Type into the search."""
        if not self.page.locator("#search-field").is_visible():
            self.open("search")
        self.page.locator("#search-field").fill(query)


OpenGate = Callable[..., Gate]

"""The scanner's page in a browser, and what a person at the door does with it."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from registration.database import db, transaction
from registration.models.events import Event
from registration.models.gates import Scan
from registration.models.registrations import Registration
from registration.services import badges, events, registrations
from registration.services.gates import devices

LONG = 15_000
"""Milliseconds for what waits for the camera, or for a pause between two tries to send."""
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}


def one_time_code(event: Event, *, is_supervisor: bool = False) -> str:
    """Prepare a device of the main gate and return its one-time code."""
    with transaction():
        _, code = devices.prepare(
            event=events.get_event(event.slug),
            gate_code="main",
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
        """Tap the answer away."""
        self.page.locator("#verdict-next").click()
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
        self.page.wait_for_function("navigator.serviceWorker.controller !== null")

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

"""What browser tests need: a server on loopback, Chromium, and the npm libraries in place."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright
from werkzeug.serving import make_server

from registration.models.events import Event
from registration.views.limits import limiter
from tests.browser.gates import LONG, PHONE, Gate, OpenGate, one_time_code
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
READER = ROOT / "registration" / "static" / "vendor" / "zxing-wasm" / "reader" / "index.js"
OpenBrowser = Callable[..., BrowserContext]

expect.set_options(timeout=LONG)


@pytest.fixture(scope="session")
def browser_libraries() -> None:
    """The libraries that the scanner's page loads, installed by npm as ``make`` does it."""
    if READER.exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm: install Debian's npm")
    for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "vendor"]):
        subprocess.run([npm, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def live_server(app: Flask) -> Iterator[str]:
    """The application served on loopback, on the database of the test: its address."""
    port = free_port()
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="live server")
    thread.start()
    limiter.reset()
    before = app.config["BASE_URL"]
    app.config["BASE_URL"] = f"http://127.0.0.1:{port}"
    yield app.config["BASE_URL"]
    app.config["BASE_URL"] = before
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, started once."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium: install Debian's chromium")
    return found


@pytest.fixture
def open_browser(playwright: Playwright, chromium: str) -> Iterator[OpenBrowser]:
    """Start Chromium: ``open_browser(film=None, **settings of the context)``.

    With a film, that is what its camera sees (see `cameras.film`).
    """
    opened: list[Browser] = []

    def open_one(*, film: Path | None = None, **settings: object) -> BrowserContext:
        arguments = ["--no-sandbox", "--use-fake-ui-for-media-stream"]
        if film is not None:
            arguments += [
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={film}",
            ]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        opened.append(browser)
        return browser.new_context(**{"locale": "en-GB", **settings})  # type: ignore[arg-type]  # a test names real settings

    yield open_one
    for browser in opened:
        browser.close()


@pytest.fixture
def open_gate(open_browser: OpenBrowser, live_server: str, event: Event) -> OpenGate:
    """Enrol a phone at the event's main gate by a code in a link, as from a QR code.

    ``open_gate(film=None, is_supervisor=False, query="", **settings of the context)``
    """

    def open_one(
        *,
        film: Path | None = None,
        is_supervisor: bool = False,
        query: str = "",
        **settings: object,
    ) -> Gate:
        context = open_browser(film=film, **{"viewport": PHONE, **settings})
        page = context.new_page()
        code = one_time_code(event, is_supervisor=is_supervisor)
        page.goto(f"{live_server}/gate/{query}#code={code}")
        expect(page.locator("#scan")).to_be_visible()
        # Until the list is there, only the server can check.
        expect(page.locator("#status")).not_to_have_attribute("data-state", "wait", timeout=LONG)
        return Gate(page, context)

    return open_one

"""Every page, judged by axe-core, at two sizes, in two languages, light and dark; and by keyboard.

The pages come from the program's own table of addresses, so that a new one is judged too.
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.routing import Rule

from registration.database import db
from registration.models.alliances import SignOff
from registration.views.accounts import COOKIE
from tests.browser.conftest import ROOT, OpenBrowser
from tests.personas import HERE, Persona, World
from tests.views.test_permissions import ACCESS, Access

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WHO: Mapping[Access, Persona] = {
    Access.PUBLIC: Persona.ANONYMOUS,
    Access.LINK: Persona.ANONYMOUS,
    Access.SIGNED_IN: Persona.OF_ALFA,
    Access.DELEGATION: Persona.OF_ALFA,
    Access.START: Persona.ORGANISER,
    Access.STAFF: Persona.ORGANISER,
    Access.ORGANISER: Persona.ORGANISER,
}
LOOKS: Mapping[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "color_scheme": "dark",
        "locale": "en-GB",
    },
    "desktop": {
        "viewport": {"width": 1280, "height": 800},
        "color_scheme": "light",
        "locale": "de-DE",
    },
}
MAILS = frozenset({"outbox.page"})
"""Shown in a frame of a page; mail programs know no landmarks."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
JUDGE = """
async (rules) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: rules } });
  return found.violations.map((each) => {
    const where = each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160));
    return `${each.id}: ${where.join(" | ")}`;
  });
}
"""


@pytest.fixture(scope="session")
def axe() -> str:
    """The judge, installed by npm as ``make test`` does it."""
    if not AXE.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("no npm: install Debian's npm")
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=ROOT, check=True)
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two events and everybody."""
    monkeypatch.setitem(app.config, "SIGN_IN_RATE", 0)
    return World(app)


def pages_of(app: Flask) -> Iterator[tuple[Rule, Persona]]:
    """Yield every address that shows a page, with who opens it."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        access = ACCESS.get(rule.endpoint, Access.DEVICE)
        if access in WHO and "GET" in (rule.methods or ()) and rule.endpoint not in MAILS:
            yield rule, WHO[access]


def opened(world: World, persona: Persona, context: BrowserContext, server: str) -> Page:
    """Return a page of a browser in which the persona has signed in."""
    session = world.browser(persona).session_cookie
    if session:
        context.add_cookies([{"name": COOKIE, "value": session, "url": server}])
    return context.new_page()


def faults_of(page: Page, axe: str) -> list[str]:
    """Return what axe-core finds, and whether the page is wider than its window."""
    page.evaluate(axe)
    found: list[str] = page.evaluate(JUDGE, RULES)
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found + ([f"{width} pixels wider than the window"] if width > 0 else [])


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_any_page(
    world: World, live_server: str, open_browser: OpenBrowser, axe: str, look: str
) -> None:
    tabs = {
        persona: opened(world, persona, open_browser(bypass_csp=True, **LOOKS[look]), live_server)
        for persona in set(WHO.values())
    }
    found: dict[str, list[str]] = {}
    judged = 0
    for rule, persona in pages_of(world.app):
        page = tabs[persona]
        address = live_server + world.address(rule)
        answer = page.request.get(address)
        assert answer.status in {200, 409}, (rule.rule, answer.status)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        page.goto(address)
        expect(page.locator("h1").locator("visible=true").first).to_be_visible()
        judged += 1
        faults = faults_of(page, axe)
        if faults:
            found[rule.rule] = faults
    assert judged > 50
    assert not found, "\n".join(f"{rule}: {faults}" for rule, faults in found.items())


def test_axe_would_find_something(
    world: World, live_server: str, open_browser: OpenBrowser, axe: str
) -> None:
    """The twin: a page with its labels torn off."""
    page = open_browser(bypass_csp=True).new_page()
    page.goto(f"{live_server}/{HERE}/register")
    page.evaluate("document.querySelectorAll('label').forEach((each) => each.remove())")
    page.evaluate("document.body.style.inlineSize = '200vw'")
    faults = faults_of(page, axe)
    assert any(fault.startswith(("label", "select-name")) for fault in faults)
    assert any("wider" in fault for fault in faults)


def test_letters_of_twice_the_size_fit_on_a_phone(
    world: World, live_server: str, open_browser: OpenBrowser
) -> None:
    """WCAG 1.4.4, as a phone's own setting for the size of letters does it."""
    context = open_browser(**LOOKS["phone"] | {"locale": "de-DE"})
    page = context.new_page()
    sizes = {"standard": 32, "fixed": 26}
    context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": sizes})
    for path in ("/", "/register", "/register/together"):
        answer = page.goto(f"{live_server}/{HERE}{path}")
        assert answer is not None
        assert answer.status == 200
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, f"{path} is {width} pixels wider than the window"
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") > 30


def focus_on(page: Page, name: str) -> None:
    """Press Tab until the field with this name has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.name ?? ''") == name:
            return
    raise AssertionError(f"{name} cannot be reached by keyboard")


def test_a_person_registers_by_keyboard_alone(
    world: World, live_server: str, open_browser: OpenBrowser
) -> None:
    page = open_browser().new_page()
    page.goto(f"{live_server}/{HERE}/register")
    for name, text in (
        ("given_name", "Änne"),
        ("family_name", "Groß"),
        ("email", "aenne@buendnis.example"),
    ):
        focus_on(page, name)
        page.keyboard.type(text)
    focus_on(page, "role")
    page.keyboard.press("Space")
    focus_on(page, "alliance")
    page.keyboard.type("MR4B")
    focus_on(page, "privacy_consent")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("aenne@buendnis.example")).to_be_visible()


def test_a_coordinator_signs_off_by_keyboard_alone(
    world: World, live_server: str, open_browser: OpenBrowser
) -> None:
    page = opened(world, Persona.OF_ALFA, open_browser(), live_server)
    before = _count_sign_offs()
    page.goto(f"{live_server}/coordinate/{HERE}/MR4B/complete")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.type ?? ''") == "submit" and page.evaluate(
            "document.activeElement.closest('main') !== null"
        ):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/coordinate/{HERE}/MR4B/")
    assert _count_sign_offs() == before + 1


def _count_sign_offs() -> int:
    db.session.rollback()
    return db.session.query(SignOff).count()

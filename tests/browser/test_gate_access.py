"""The scanner's page for every eye and hand: judged by axe-core with contrast 7:1, measured."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from registration.models.events import Event
from tests import factories
from tests.browser.gates import LAPTOP, Gate, OpenGate, forged, token_of
from tests.browser.test_accessibility import RULES, axe

__all__ = ["axe"]  # the fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("browser_libraries"),
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]

SMALL = {"width": 360, "height": 640}
TABLET = {"width": 820, "height": 1180}
LOOKS = {
    "phone, dark hall, English": ("dark", "en", SMALL),
    "phone, bright sun, German": ("sun", "de", SMALL),
    "laptop, automatic, German": ("auto", "de", LAPTOP),
}
JUDGE = """
async (rules) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: rules } });
  const contrast = await axe.run(document, { runOnly: ["color-contrast-enhanced"] });
  return [...found.violations, ...contrast.violations].map((each) => {
    const where = each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160));
    return `${each.id}: ${where.join(" | ")}`;
  });
}
"""
SMALL_TEXTS = """
() => [...document.querySelectorAll("main *, #verdict *, dialog *")]
    .filter((part) => part.checkVisibility() && part.textContent.trim()
        && !part.closest(".sr-only, template")
        && parseFloat(getComputedStyle(part).fontSize) < 24)
    .map((part) => part.outerHTML.slice(0, 80))
"""
OUT_OF_SIGHT = """
() => [...document.querySelectorAll("#scan *, #verdict *, dialog[open] *")]
    .filter((part) => part.checkVisibility() && !part.closest(".sr-only, .viewfinder, template"))
    .filter((part) => {
        const { left, right } = part.getBoundingClientRect();
        return left < -1 || right > innerWidth + 1;
    })
    .map((part) => part.outerHTML.slice(0, 80))
"""
UNREACHED = """
() => [...document.querySelectorAll(".tab, .way label, .panel-back, #verdict-next")]
    .filter((part) => part.checkVisibility() && !part.closest("[inert]"))
    .filter((part) => {
        const { top, bottom, height } = part.getBoundingClientRect();
        return top < innerHeight / 2 || bottom > innerHeight + 1 || height < 44;
    })
    .map((part) => part.outerHTML.slice(0, 80))
"""

ARRIVED = """
() => Promise.allSettled(document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().iterations !== Infinity)
    .map((each) => each.finished))
"""
"""Waits until what is drawn, the mark of an answer, has arrived."""


def faults_of(page: Page, axe: str) -> list[str]:
    """Return what axe-core finds, what is too small, and what is out of the window."""
    page.evaluate(axe)
    found: list[str] = page.evaluate(JUDGE, RULES)
    small = [f"small: {each}" for each in page.evaluate(SMALL_TEXTS)]
    outside = [f"outside: {each}" for each in page.evaluate(OUT_OF_SIGHT)]
    return found + small + outside


def panel(name: str) -> Callable[[Gate], None]:
    return lambda gate: gate.open(name)


def ready(gate: Gate) -> None:
    gate.open("ready")
    expect(gate.page.locator("#ready-title")).not_to_have_attribute("data-state", "wait")


def found(gate: Gate) -> None:
    gate.search("gross")
    expect(gate.page.locator("#search-results li")).to_have_count(1)


def signing_off(gate: Gate) -> None:
    gate.open("menu")
    gate.page.locator("#sign-off-button").click()


def self_check_in(gate: Gate) -> None:
    gate.open("menu")
    gate.page.locator("#kiosk-button").click()


def wrong_walk_in(gate: Gate) -> None:
    gate.open("walk-in")
    gate.page.locator("#walk-in-button").click()


VIEWS: dict[str, Callable[[Gate], None]] = {
    "scanning": lambda _gate: None,
    "search": found,
    "last scans": panel("recent"),
    "menu": panel("menu"),
    "ready": ready,
    "walk-in": wrong_walk_in,
    "evacuation": panel("evacuation"),
    "signing off": signing_off,
    "self check-in": self_check_in,
}


@pytest.fixture
def door(open_gate: OpenGate, event: Event, request: pytest.FixtureRequest) -> Gate:
    """A supervisor's device in one of the looks, with one person inside."""
    look, language, viewport = LOOKS[request.param]
    person = factories.register(event, given_name="Änne", family_name="Groß")
    gate = open_gate(
        is_supervisor=True, viewport=viewport, query=f"?lang={language}", bypass_csp=True
    )
    gate.page.evaluate(f"localStorage.setItem('einlass-look', '{look}')")
    gate.page.reload()
    gate.expect_status("1 ")
    gate.wedge(token_of(person))
    gate.expect_verdict("in", "Änne Groß")
    gate.go_on()
    return gate


@pytest.mark.parametrize("door", LOOKS, indirect=True)
def test_every_panel_is_readable_and_in_the_window(door: Gate, axe: str) -> None:
    found: dict[str, list[str]] = {}
    for name, show in VIEWS.items():
        show(door)
        faults = faults_of(door.page, axe)
        if faults:
            found[name] = faults
        door.page.keyboard.press("Escape")
        if door.page.locator("#scan").get_attribute("data-panel"):
            door.back()
    assert not found


@pytest.mark.parametrize("door", LOOKS, indirect=True)
def test_every_answer_is_readable_and_in_the_window(door: Gate, event: Event, axe: str) -> None:
    long = factories.register(
        event, title="Prof. Dr.", family_name="Müller-Lüdenscheidt-Hohenschönhausen"
    )
    token = token_of(long)
    found: dict[str, list[str]] = {}
    for tone, text in (
        ("in", token),
        ("already", token),
        ("refused", forged(token)),
        ("attention", "https://example.org/menu"),
    ):
        door.wedge(text)
        door.expect_verdict(tone)
        door.page.evaluate(ARRIVED)
        faults = faults_of(door.page, axe)
        fits = door.page.evaluate(
            """() => {
                const box = document.getElementById("verdict-person");
                return box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight;
            }"""
        )
        if faults or not fits:
            found[tone] = [*faults, f"fits: {fits}"]
    assert not found


@pytest.mark.parametrize("viewport", [SMALL, TABLET], ids=["phone", "tablet"])
def test_the_thumb_reaches_what_is_needed_often(
    open_gate: OpenGate, event: Event, viewport: dict[str, int]
) -> None:
    token = token_of(factories.register(event))
    gate = open_gate(is_supervisor=True, viewport=viewport)
    assert gate.page.evaluate(UNREACHED) == []
    for name in ("search", "recent", "menu", "ready", "walk-in", "evacuation"):
        gate.open(name)
        assert gate.page.evaluate(UNREACHED) == [], name
        gate.back()
    gate.wedge(token)
    gate.expect_verdict("in")
    assert gate.page.evaluate(UNREACHED) == []


def test_a_fault_would_be_found(open_gate: OpenGate, axe: str) -> None:
    """The twin: a page with pale and small texts, and a button at the top."""
    gate = open_gate(viewport=SMALL, bypass_csp=True)
    gate.page.add_style_tag(
        content="""
            #event-title { color: #6b6b6b !important; font-size: 12px !important; }
            #status { inline-size: 200vw !important; }
            .tabs { position: fixed; inset-block-start: 0; }
        """
    )
    faults = faults_of(gate.page, axe)
    kinds = {fault.partition(":")[0] for fault in faults}
    assert {"color-contrast-enhanced", "small", "outside"} <= kinds
    assert gate.page.evaluate(UNREACHED)


def test_who_asks_for_less_motion_sees_none(open_gate: OpenGate, event: Event) -> None:
    token = token_of(factories.register(event))
    gate = open_gate(reduced_motion="reduce")
    gate.wedge(token)
    gate.expect_verdict("in")
    assert gate.page.evaluate("document.getAnimations().length") == 0

"""The control room in Chromium: what it shows follows the door by itself."""

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from registration.database import transaction
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.models.gates import ScanKind
from registration.models.registrations import Registration
from registration.services import accounts
from registration.services.gates import evacuation
from registration.views.accounts import COOKIE
from tests import factories
from tests.browser.conftest import OpenBrowser
from tests.console import PASSWORD, make_account
from tests.doors import Door

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]


@pytest.fixture
def console(app: Flask, live_server: str, open_browser: OpenBrowser) -> BrowserContext:
    """A browser in which an organiser has signed in."""
    make_account("clara@orga.example", role=AccountRole.ORGANISER)
    with transaction():
        token = accounts.sign_in("clara@orga.example", PASSWORD)
    context = open_browser(base_url=f"{live_server}/organise/werkstatt/")
    context.add_cookies([{"name": COOKIE, "value": token, "url": live_server}])
    return context


@pytest.fixture
def people(event: Event) -> list[Registration]:
    """Three people of one alliance and one of another."""
    names = (("Adam", "MR4B"), ("Berg", "MR4B"), ("Claus", "MR4B"), ("Dorn", "BIOZ"))
    return [factories.register(event, family_name=name, alliance=code) for name, code in names]


def opened(console: BrowserContext, path: str) -> Page:
    """Return a page that would fail the test if it were loaded anew."""
    page = console.new_page()
    page.goto(path)
    page.evaluate("window.stays = true")
    return page


def test_a_scan_appears_by_itself(
    event: Event, people: list[Registration], console: BrowserContext
) -> None:
    everybody, alliance = opened(console, "arrivals"), opened(console, "arrivals/MR4B")
    expect(everybody.locator(".chart-plot")).to_have_count(0)
    door = Door(event)
    for number, person in enumerate(people[:3], 1):
        door.scan(person)
        figures = everybody.locator("#live-counts .figure dd")
        everybody.bring_to_front()
        expect(figures).to_have_text(["4", str(number), str(number), str(4 - number)])
        alliance.bring_to_front()
        expect(alliance.locator("#live-alliance")).to_contain_text(f"Inside {number}")
    expect(alliance.locator(".verdict-line")).to_contain_text("Everyone is here: 3 of 3.")
    everybody.bring_to_front()
    expect(everybody.locator(".chart-plot")).to_have_count(2)
    assert everybody.evaluate("window.stays") is True
    assert alliance.evaluate("window.stays") is True


def test_without_news_only_empty_answers_come(
    event: Event, people: list[Registration], console: BrowserContext
) -> None:
    page = opened(console, "arrivals")
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status))
    with page.expect_response(lambda answer: answer.status == 304):
        pass
    assert set(answers) <= {200, 304}


def test_ticks_of_devices_and_of_the_console_count_down_on_every_open_page(
    event: Event, people: list[Registration], console: BrowserContext
) -> None:
    door = Door(event)
    door.scan(*people[:3])
    with transaction():
        evacuation.start(event.id, actor="command")
    first, second = opened(console, "evacuation"), opened(console, "evacuation")
    first.bring_to_front()
    first.get_by_role("button", name="Safe: Änne Berg").press("Enter")
    expect(first.locator(".countdown")).to_contain_text("2")
    expect(first.get_by_role("button", name="Take back: Änne Berg")).to_be_focused()
    second.bring_to_front()
    expect(second.locator(".countdown")).to_contain_text("2")
    door.scan(people[3])  # of an alliance that had no group yet
    expect(second.locator(".evacuation-group")).to_have_count(2)
    expect(second.locator(".countdown")).to_contain_text("3")
    door.scan(people[0], kind=ScanKind.SAFE)
    expect(second.locator(".countdown")).to_contain_text("2")
    second.get_by_role("button", name="Take back: Änne Berg").click()
    expect(second.locator(".countdown")).to_contain_text("3")
    assert second.evaluate("window.stays") is True


def test_a_tick_that_is_not_stored_says_so_and_stays_open(
    event: Event, people: list[Registration], console: BrowserContext
) -> None:
    Door(event).scan(people[0])
    with transaction():
        evacuation.start(event.id, actor="command")
    page = opened(console, "evacuation")
    page.route("**/evacuation/tick", lambda route: route.abort())
    page.get_by_role("button", name="Safe: Änne Adam").click()
    expect(page.get_by_role("alert")).to_contain_text("This tick is not stored")
    expect(page.locator(".countdown")).to_contain_text("1")
    page.unroute("**/evacuation/tick")
    page.get_by_role("button", name="Safe: Änne Adam").click()
    expect(page.locator(".countdown")).to_contain_text("Everybody was seen safe.")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_without_scripts_the_form_ticks(
    event: Event, people: list[Registration], live_server: str, open_browser: OpenBrowser
) -> None:
    Door(event).scan(people[0])
    make_account("clara@orga.example")
    with transaction():
        evacuation.start(event.id, actor="command")
        token = accounts.sign_in("clara@orga.example", PASSWORD)
    context = open_browser(java_script_enabled=False)
    context.add_cookies([{"name": COOKIE, "value": token, "url": live_server}])
    page = context.new_page()
    page.goto(f"{live_server}/organise/werkstatt/evacuation")
    page.get_by_role("button", name="Safe: Änne Adam").click()
    expect(page.locator(".countdown")).to_contain_text("Everybody was seen safe.")
    assert "#person-" in page.url

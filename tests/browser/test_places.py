"""The matrix in headless Chromium: by keyboard and by mouse, saved where it stands."""

from collections.abc import Mapping

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from registration.database import db
from registration.models.events import Event
from registration.services import events, quotas
from registration.views.accounts import COOKIE
from tests import factories
from tests.browser.conftest import OpenBrowser
from tests.console import signed_in

pytestmark = [
    pytest.mark.browser,
    # What happens in the browser does not depend on the database.
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]

PLACES = "/organise/werkstatt/places"


@pytest.fixture
def page(app: Flask, event: Event, live_server: str, open_browser: OpenBrowser) -> Page:
    """The page of an organiser; its event has ten places, one of which is taken."""
    factories.set_places(event, 10)
    factories.register(event)
    context = open_browser()
    token = signed_in(app).session_cookie
    context.add_cookies([{"name": COOKIE, "value": token, "url": live_server}])
    page = context.new_page()
    page.goto(live_server + PLACES)
    return page


def limits(event: Event) -> Mapping[tuple[str, str], int]:
    """Return the limits by the codes of alliance and role."""
    db.session.rollback()
    prospectus = events.get_prospectus(event.slug)
    alliances = {each.id: each.code for each in prospectus.alliances}
    roles = {each.id: each.code for each in prospectus.roles}
    return {
        (alliances.get(each.alliance_id or 0, ""), roles.get(each.role_id or 0, "")): each.places
        for each in quotas.list_quotas(event.id)
    }


def cell(page: Page, query: str) -> Locator:
    """Return the cell that leads to this query."""
    return page.locator(f'td:has(a[href$="/places/edit{query}"])')


def test_a_click_opens_the_cell_and_enter_saves_it(event: Event, page: Page) -> None:
    total = cell(page, "")
    total.click()
    field = page.get_by_label("Places: Total, Total")
    expect(field).to_be_focused()
    expect(field).to_have_value("10")
    field.fill("7")
    field.press("Enter")
    expect(field).to_have_count(0)
    expect(total).to_contain_text("1 / 7")
    expect(total.locator("a")).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="Saved: 1 / 7 6 free")).to_be_attached()
    expect(cell(page, "?alliance=BIOZ&role=guest")).to_contain_text("6 free")
    assert limits(event) == {("", ""): 7}


def test_the_field_is_named_by_its_row_and_column_and_moves_nothing(page: Page) -> None:
    one = cell(page, "?alliance=MR4B&role=delegate")
    before = one.bounding_box()
    one.click()
    field = page.get_by_label("Places: MR4B, Delegate", exact=True)
    expect(field).to_be_focused()
    after = one.bounding_box()
    assert before is not None
    assert after is not None
    assert (after["x"], after["width"]) == (before["x"], before["width"])


def test_arrow_keys_move_a_digit_opens_and_escape_takes_back(event: Event, page: Page) -> None:
    cell(page, "").locator("a").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    first = events.get_prospectus(event.slug)
    target = cell(page, f"?alliance={first.alliances[0].code}&role={first.roles[0].code}")
    expect(target.locator("a")).to_be_focused()
    page.keyboard.press("4")
    expect(target.locator("input")).to_have_value("4")
    page.keyboard.press("Escape")
    expect(target.locator("input")).to_have_count(0)
    expect(target.locator("a")).to_be_focused()
    assert limits(event) == {("", ""): 10}
    page.keyboard.press("3")
    page.keyboard.press("ArrowDown")
    expect(target).to_contain_text("/ 3")
    page.keyboard.press("5")
    page.keyboard.press("Tab")
    below = cell(page, f"?alliance={first.alliances[1].code}&role={first.roles[0].code}")
    expect(below).to_contain_text("/ 5")
    beside = cell(page, f"?alliance={first.alliances[1].code}&role={first.roles[1].code}")
    expect(beside.locator("a")).to_be_focused()
    role = first.roles[0].code
    assert limits(event) == {
        ("", ""): 10,
        (first.alliances[0].code, role): 3,
        (first.alliances[1].code, role): 5,
    }


def test_what_is_wrong_is_said_at_the_cell_and_kept(event: Event, page: Page) -> None:
    total = cell(page, "")
    total.click()
    field = total.locator("input")
    field.fill("many")
    field.press("Enter")
    error = total.get_by_role("alert")
    expect(error).to_have_text("Enter a whole number from 0 to 1,000,000.")
    expect(field).to_have_value("many")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert limits(event) == {("", ""): 10}
    field.fill("8")
    field.press("Enter")
    expect(error).to_have_count(0)
    expect(total).to_contain_text("1 / 8")


def test_without_network_nothing_is_lost(event: Event, page: Page) -> None:
    total = cell(page, "")
    total.click()
    page.context.set_offline(True)
    total.locator("input").fill("9")
    total.locator("input").press("Enter")
    expect(total.get_by_role("alert")).to_contain_text("Not saved.")
    page.context.set_offline(False)
    total.locator("input").press("Enter")
    expect(total).to_contain_text("1 / 9")
    assert limits(event) == {("", ""): 9}


def test_the_tab_key_meets_one_cell_of_the_matrix(page: Page) -> None:
    reachable = page.locator('table.matrix a:not([tabindex="-1"])')
    expect(reachable).to_have_count(1)


def test_without_a_script_a_number_opens_its_field_and_saves(
    app: Flask, event: Event, live_server: str, open_browser: OpenBrowser
) -> None:
    context = open_browser(java_script_enabled=False)
    token = signed_in(app).session_cookie
    context.add_cookies([{"name": COOKIE, "value": token, "url": live_server}])
    page = context.new_page()
    page.goto(live_server + PLACES)
    cell(page, "?alliance=MR4B").locator("a").click()
    page.get_by_label("Places: MR4B").fill("6")
    page.get_by_role("button", name="Set").click()
    expect(cell(page, "?alliance=MR4B")).to_contain_text("0 / 6")
    assert limits(event) == {("MR4B", ""): 6}

"""The design editor as an organiser uses it: dragged with a mouse, the numbers follow."""

import json

import pytest
from flask import Flask
from playwright.sync_api import expect

from registration.services.badges.designs import storing
from tests.browser.conftest import OpenBrowser
from tests.browser.test_accessibility import opened
from tests.personas import HERE, Persona, World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]


def test_what_is_dragged_moves_its_numbers_and_is_saved(
    app: Flask, live_server: str, open_browser: OpenBrowser
) -> None:
    world = World(app)
    page = opened(world, Persona.ORGANISER, open_browser(), live_server)
    page.goto(f"{live_server}/organise/{HERE}/designs/a6")
    dot = page.locator("figure[data-side=front] [data-element='front[2]']")
    box = dot.bounding_box()
    assert box is not None
    before = float(page.locator("[name='front[2].y']").input_value())
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 20, steps=4)
    with page.expect_response("**/preview"):
        page.mouse.up()
    after = float(page.locator("[name='front[2].y']").input_value())
    assert after > before
    expect(page.locator("details[data-element='front[2]']")).to_have_attribute("open", "")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The design is saved")).to_be_visible()
    design = storing.get_design(world.event.id, "a6")
    assert getattr(design.front[2], "y") == after  # noqa: B009  # of one kind of element
    assert json.loads(page.locator("[name=data]").input_value())["front"][2]["y"] == after


def test_the_preview_follows_what_is_typed(
    app: Flask, live_server: str, open_browser: OpenBrowser
) -> None:
    page = opened(World(app), Persona.ORGANISER, open_browser(), live_server)
    page.goto(f"{live_server}/organise/{HERE}/designs/label")
    page.locator("details[data-element='front[0]'] > summary").click()
    page.locator("[name='front[0].width']").fill("300")
    expect(page.get_by_text("Not as it can be printed yet")).to_be_visible()
    page.locator("[name='front[0].width']").fill("4")
    expect(page.get_by_text("Not as it can be printed yet")).not_to_be_visible()
    expect(page.locator("figure[data-side=front] svg.badge-side")).to_be_visible()

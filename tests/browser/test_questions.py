"""Questions hide and show in Chromium as the server asks them, and all show without JavaScript."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from registration.database import Localised, db, transaction
from registration.models.events import Event
from registration.models.questions import QuestionKind
from registration.models.registrations import Registration
from registration.services import events, questions
from registration.services.questions import setting
from registration.services.questions.shaping import Wanted
from tests.browser.conftest import OpenBrowser
from tests.browser.test_accessibility import axe, faults_of

__all__ = ["axe"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True),
]

KINDS = {
    "hotel": QuestionKind.YES_NO,
    "room": QuestionKind.CHOICE,
    "wish": QuestionKind.LONG_TEXT,
    "talk": QuestionKind.TEXT,
    "slides": QuestionKind.FILE,
    "days": QuestionKind.CHOICES,
    "arrival": QuestionKind.DATE,
    "land": QuestionKind.COUNTRY,
    "km": QuestionKind.NUMBER,
}
OPTIONS = ({"code": "s", "de": "Klein", "en": "Small"}, {"code": "l", "de": "Groß", "en": "Large"})


@pytest.fixture
def asking(event: Event) -> Event:
    """The small event, asking questions of all kinds, some of them on a condition."""
    presenter = events.get_prospectus(event.slug).find_role("presenter")
    assert presenter
    more: dict[str, dict[str, Any]] = {
        "hotel": {"is_required": True},
        "room": {"shown_if": "hotel", "shown_if_value": "yes", "is_required": True},
        "wish": {"shown_if": "room", "shown_if_value": "l"},
        "talk": {"role_id": presenter.id, "is_required": True},
        "slides": {"role_id": presenter.id},
    }
    for code, kind in KINDS.items():
        wanted = Wanted(
            kind=kind,
            title=Localised(de=f"Frage {code}?", en=f"Question {code}?"),
            help=Localised(de="Hinweis", en="Hint"),
            purpose=Localised(de="Für uns", en="For us"),
            options=OPTIONS if kind in {QuestionKind.CHOICE, QuestionKind.CHOICES} else (),
            **more.get(code, {}),
        )
        with transaction():
            setting.create(event.id, wanted, code=code, actor="command")
    return event


def asked(page: Page) -> list[str]:
    """Return the codes of the questions that are to be seen."""
    shown = page.locator(".question:visible [name^=q_]:enabled").all()
    names = [(each.get_attribute("name") or "").removeprefix("q_") for each in shown]
    return list(dict.fromkeys(names))


ALWAYS = ["hotel", "days", "arrival", "land", "km"]


def test_a_question_shows_while_it_is_asked(
    asking: Event, live_server: str, open_browser: OpenBrowser
) -> None:
    page = open_browser().new_page()
    page.goto(f"{live_server}/{asking.slug}/register")
    expect(page.locator(".only-if")).to_have_count(0)
    assert asked(page) == ALWAYS
    page.locator("[name=q_hotel][value=yes]").check()
    assert asked(page) == ["hotel", "room", *ALWAYS[1:]]
    page.locator("[name=q_room][value=l]").check()
    assert asked(page) == ["hotel", "room", "wish", *ALWAYS[1:]]
    page.locator("[name=q_wish]").fill("a view")
    page.locator("[name=q_hotel][value=no]").check()
    assert asked(page) == ALWAYS
    page.locator("[name=q_hotel][value=yes]").check()
    assert page.locator("[name=q_wish]").input_value() == "a view"
    page.locator("[name=role][value=presenter]").check()
    assert asked(page) == ["hotel", "room", "wish", "talk", "slides", *ALWAYS[1:]]
    page.locator("[name=role][value=delegate]").check()
    assert asked(page) == ["hotel", "room", "wish", *ALWAYS[1:]]


def test_without_javascript_all_show_with_a_line_that_says_when_they_are_asked(
    asking: Event, live_server: str, open_browser: OpenBrowser
) -> None:
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(f"{live_server}/{asking.slug}/register")
    assert asked(page) == list(KINDS)
    expect(page.locator(".only-if")).to_have_count(4)
    expect(page.locator("#q_wish-hint")).to_contain_text(
        "Only if you answer “Question room?” with “Large”."
    )


def test_a_person_answers_and_hands_in_a_file(
    asking: Event, live_server: str, open_browser: OpenBrowser
) -> None:
    page = open_browser().new_page()
    page.goto(f"{live_server}/{asking.slug}/register")
    for name, text in (
        ("given_name", "Änne"),
        ("family_name", "Groß"),
        ("email", "aenne@buendnis.example"),
        ("q_km", "12.5"),
        ("q_arrival", "2026-01-02"),
    ):
        page.locator(f"[name={name}]").fill(text)
    page.locator("[name=role][value=presenter]").check()
    page.locator("[name=alliance]").select_option("MR4B")
    page.locator("[name=q_hotel][value=no]").check()
    page.get_by_label("Question talk?").fill("WIR!")
    page.get_by_label("Question slides?").set_input_files(
        {"name": "Folien.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 slides"}
    )
    page.get_by_role("checkbox", name="Large").check()
    page.locator("[name=q_land]").select_option(label="Austria")
    page.locator("[name=privacy_consent]").check()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("aenne@buendnis.example")).to_be_visible()
    db.session.rollback()
    registration = db.session.scalars(select(Registration)).one()
    told = {each.question.code: each.value for each in questions.told_by(registration.id)}
    assert told == {
        "hotel": False,
        "talk": "WIR!",
        "slides": "Folien.pdf",
        "days": ["l"],
        "arrival": "2026-01-02",
        "land": "AT",
        "km": 12.5,
    }
    assert questions.file_of(registration.id, "slides").content == b"%PDF-1.7 slides"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("javascript", [True, False])
def test_axe_finds_nothing_in_a_form_with_questions_and_errors(
    asking: Event,
    live_server: str,
    open_browser: OpenBrowser,
    axe: str,  # the fixture
    scheme: str,
    javascript: bool,
) -> None:
    viewport = {"width": 320, "height": 700}
    context = open_browser(bypass_csp=True, color_scheme=scheme, viewport=viewport)
    if not javascript:
        context.route("**/questions.js", lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{live_server}/{asking.slug}/register")
    assert faults_of(page, axe) == []
    page.locator("[name=role][value=presenter]").check()
    page.get_by_role("button", name="Register").click()
    expect(page.locator("#q_hotel-error")).to_be_visible()
    expect(page.locator("#q_talk-error")).to_be_visible()
    assert faults_of(page, axe) == []

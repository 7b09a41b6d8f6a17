"""A coordinator's start: the delegation at a glance, its deadline, its people, its completion."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from registration.database import db, transaction
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import registrations
from tests import factories
from tests.console import Browser, faults_of, text_of
from tests.console import signed_in as in_console
from tests.coordinators import HERE, THERE, actions, appoint, make_event, signed_in


@pytest.fixture
def event(app: Flask) -> Event:
    return make_event()


@pytest.fixture
def coordinator(app: Flask, event: Event) -> Browser:
    return signed_in(app, event)


def test_who_answers_for_one_alliance_is_led_to_it(coordinator: Browser) -> None:
    answer = coordinator.get("/coordinate/")
    assert (answer.status_code, answer.location) == (302, f"{HERE}/")


def test_who_answers_for_several_sees_each_with_its_deadline(
    event: Event, coordinator: Browser
) -> None:
    appoint(event, "VOGTLAND", "mr4b@buendnis.example")
    page = coordinator.get("/coordinate/")
    assert page.status_code == 200
    assert "Nominations until" in text_of(page)
    assert f'href="{HERE}/"' in page.text
    assert 'href="/coordinate/werkstatt/VOGTLAND/"' in page.text
    assert "BIOZ" not in page.text
    assert not faults_of(page)


def test_an_organiser_is_led_to_the_console_and_may_look_into_each_delegation(
    app: Flask, event: Event
) -> None:
    organiser = in_console(app)
    assert organiser.get("/coordinate/").location == "/organise/"
    page = organiser.get(f"{HERE}/")
    assert page.status_code == 200
    assert "Back to the console" in text_of(page)


@pytest.mark.parametrize("role", [AccountRole.STAFF])
def test_staff_have_no_delegation(app: Flask, event: Event, role: AccountRole) -> None:
    assert in_console(app, role).get(f"{HERE}/").status_code == 404


def test_places_are_shown_by_role_for_this_alliance_only(
    event: Event, coordinator: Browser
) -> None:
    factories.set_places(event, 3, alliance="MR4B", role="delegate")
    factories.set_places(event, 9, alliance="BIOZ", role="delegate")
    factories.register(event)
    factories.register(event, alliance="BIOZ")
    shown = coordinator.get(f"{HERE}/")
    page = text_of(shown)
    assert "Delegate 3 1 0 2" in page
    assert "Political guest" not in page
    assert "2 places are free</a>:" in shown.text


@pytest.mark.usefixtures("coordinator")
def test_the_deadline_counts_down_and_then_says_since_when(app: Flask, event: Event) -> None:
    assert event.nominations_close_at is not None
    with time_machine.travel(event.nominations_close_at - timedelta(days=21), tick=False):
        assert "21 days left" in text_of(signed_in_again(app).get(f"{HERE}/"))
    with time_machine.travel(event.nominations_close_at - timedelta(hours=2), tick=False):
        assert "Today" in text_of(signed_in_again(app).get(f"{HERE}/"))
    with time_machine.travel(event.nominations_close_at + timedelta(hours=2), tick=False):
        page = text_of(signed_in_again(app).get(f"{HERE}/"))
        assert "Closed since" in page
        assert "Nominate a person" not in page


def signed_in_again(app: Flask) -> Browser:
    browser = Browser(app)
    browser.sign_in("mr4b@buendnis.example")
    return browser


def test_people_are_listed_with_role_state_and_address(event: Event, coordinator: Browser) -> None:
    factories.register(event, given_name="Änne", family_name="Groß", email="a@gross.example")
    factories.register(event, role="moderator", given_name="Bo", family_name="Lund")
    page = coordinator.get(f"{HERE}/")
    assert "Groß, Änne" in text_of(page)
    assert "a@gross.example" in page.text
    assert "1 request waits for your approval" in text_of(page)
    assert not faults_of(page)
    only = text_of(coordinator.get(f"{HERE}/?state=requested"))
    assert "Lund, Bo" in only
    assert "Groß, Änne" not in only
    assert coordinator.get(f"{HERE}/?state=nonsense&page=x").status_code == 200


def test_two_hundred_people_are_one_page_in_few_queries(event: Event, coordinator: Browser) -> None:
    for number in range(8):
        factories.register(event, family_name=f"Name{number}")
    few = queries_of(coordinator)
    for number in range(8, 40):
        factories.register(event, family_name=f"Name{number}")
    assert queries_of(coordinator) == few
    assert text_of(coordinator.get(f"{HERE}/")).count("Name") >= 40


def queries_of(browser: Browser) -> int:
    from sqlalchemy import event as listening  # noqa: PLC0415  # the fixture has the same name

    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    listening.listen(db.engine, "before_cursor_execute", note)
    try:
        assert browser.get(f"{HERE}/").status_code == 200
    finally:
        listening.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_a_delegation_is_signed_off_after_a_question_and_open_again_when_it_changes(
    event: Event, coordinator: Browser
) -> None:
    somebody = factories.register(event)
    question = coordinator.get(f"{HERE}/complete")
    assert "1 person has a place" in text_of(question)
    assert not faults_of(question)
    assert coordinator.post(f"{HERE}/complete").status_code == 303
    signed = text_of(coordinator.get(f"{HERE}/"))
    assert "Signed by Clara Vogt on" in signed
    with transaction():
        registrations.cancel(registrations.get(somebody.id))
    changed = text_of(coordinator.get(f"{HERE}/"))
    assert "Changed since it was signed off" in changed
    assert "Sign off as complete" in changed
    assert [action for action, _ in actions()][-1] == "delegation.signed_off"


def test_a_sign_off_can_be_withdrawn(event: Event, coordinator: Browser) -> None:
    factories.register(event)
    coordinator.post(f"{HERE}/complete")
    assert coordinator.post(f"{HERE}/complete/withdraw").status_code == 303
    page = text_of(coordinator.get(f"{HERE}/"))
    assert "Signed by" not in page
    assert coordinator.post(f"{HERE}/complete/withdraw").status_code == 303


SECRETS = ("Fremdling", "bioz-secret@b.example", "BIOZ", "Bioökonomie")


def foreign(event: Event) -> Registration:
    return factories.register(
        event,
        alliance="BIOZ",
        role="moderator",
        family_name="Fremdling",
        email="bioz-secret@b.example",
        organisation="BIOZ e.V.",
    )


def addresses(app: Flask, registration: Registration) -> list[tuple[str, str]]:
    """Return method and path of every address of this surface that names a person or none."""
    found = []
    for rule in app.url_map.iter_rules():
        if not str(rule.endpoint).startswith("coordinate.") or "<slug>" not in rule.rule:
            continue
        path = rule.rule.replace("<slug>", "werkstatt").replace("<code>", "MR4B")
        path = re.sub("<uuid:[a-z_]+>", str(registration.id), path)
        assert "<" not in path
        found += [(method, path) for method in sorted((rule.methods or set()) & {"GET", "POST"})]
    return found


def test_nothing_of_another_alliance_is_ever_on_a_page(
    app: Flask, event: Event, coordinator: Browser
) -> None:
    theirs = foreign(event)
    ours = factories.register(event, role="moderator")
    for method, path in [*addresses(app, theirs), *addresses(app, ours)]:
        coordinator.get(f"{HERE}/")
        sent = coordinator.get(path) if method == "GET" else coordinator.post(path)
        body = sent.get_data(as_text=True) if str(sent.mimetype).startswith("text/") else ""
        assert not [secret for secret in SECRETS if secret in body], (method, path)
        if str(theirs.id) in path:
            assert sent.status_code == 404, (method, path)
    assert app.url_map.is_endpoint_expecting("coordinate.people.show", "registration_id")


def test_the_search_for_another_alliances_secrets_finds_them_where_they_are(
    app: Flask, event: Event
) -> None:
    theirs = foreign(event)
    body = signed_in(app, event, "BIOZ").get(f"{THERE}/people/{theirs.id}").text
    assert [secret for secret in SECRETS if secret in body]


def test_every_address_of_another_delegation_is_not_there(
    app: Flask, event: Event, coordinator: Browser
) -> None:
    theirs = foreign(event)
    for method, path in addresses(app, theirs):
        there = path.replace(HERE, THERE)
        sent = coordinator.get(there) if method == "GET" else coordinator.post(there)
        assert sent.status_code == 404, (method, there)
    assert registrations.get(theirs.id).state == "requested"


def test_nothing_changes_without_the_pages_token(event: Event, coordinator: Browser) -> None:
    request = factories.register(event, role="moderator")
    coordinator.csrf = "forged"
    assert coordinator.post(f"{HERE}/people/{request.id}/approve").status_code == 400
    assert coordinator.post(f"{HERE}/complete").status_code == 400
    assert registrations.get(request.id).state == "requested"

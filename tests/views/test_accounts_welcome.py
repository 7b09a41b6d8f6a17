"""Choosing a password by a link, and where each role begins."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction
from registration.models.accounts import AccountRole
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.services import accounts, events
from registration.views.limits import limiter
from tests import factories
from tests.console import PASSWORD, Browser, faults_of, make_account, signed_in, text_of

EMAIL = "karla@buendnis.example"


@pytest.fixture(autouse=True)
def fresh_limits(app: Flask) -> Iterator[None]:
    """No attempts are remembered from another test."""
    limiter.reset()
    yield
    limiter.reset()


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser of somebody who has not signed in."""
    return Browser(app)


@pytest.fixture
def link(event: Event) -> str:
    """The address in the mail of somebody who was invited."""
    alliance = events.get_prospectus(event.slug).find_alliance("MR4B")
    assert alliance is not None
    with transaction():
        accounts.appoint(email=EMAIL, name="Karla", locale="de", alliance=alliance, actor="command")
    return f"/coordinate/welcome/{accounts.welcome_token(accounts.get(EMAIL))}"


def test_an_invited_person_chooses_a_password_and_is_signed_in(browser: Browser, link: str) -> None:
    page = browser.get(link)
    assert page.status_code == 200
    assert EMAIL in text_of(page)
    assert "12 characters" in text_of(page)
    assert not faults_of(page)
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    done = browser.post(link, password=PASSWORD, again=PASSWORD)
    assert (done.status_code, done.location) == (303, "/coordinate/")
    assert browser.session_cookie
    db.session.rollback()
    assert accounts.verify(EMAIL, PASSWORD)


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("elevenchars", "elevenchars", "Please use at least 12 characters."),
        (PASSWORD, PASSWORD + "!", "The two passwords differ."),
        ("", "", "Choose a password."),
        (PASSWORD, "", "Enter the password once more."),
        ("x" * 1001, "x" * 1001, "characters."),
    ],
)
def test_a_password_that_cannot_be_taken_is_explained_and_shown_nowhere(
    browser: Browser, link: str, password: str, again: str, said: str
) -> None:
    browser.get(link)
    refused = browser.post(link, password=password, again=again)
    assert refused.status_code == 422
    assert said in text_of(refused)
    assert not password or password not in refused.text
    assert not faults_of(refused)
    assert not browser.session_cookie
    assert accounts.get(EMAIL).password_hash == ""


def test_looking_at_a_link_does_not_use_it_up(browser: Browser, link: str) -> None:
    for _ in range(3):
        assert browser.get(link).status_code == 200


@pytest.mark.parametrize("why", ["used", "old"])
def test_a_link_that_is_over_says_what_to_do(
    app: Flask, browser: Browser, link: str, why: str
) -> None:
    later = clock.now()
    if why == "used":
        browser.get(link)
        browser.post(link, password=PASSWORD, again=PASSWORD)
    else:
        later += timedelta(days=15)
    with time_machine.travel(later, tick=False):
        stranger = Browser(app)
        page = stranger.get(link)
        assert page.status_code == 410
        assert "This link has been used, or is too old" in text_of(page)
        assert 'href="/organise/sign-in"' in page.text
        assert 'href="/organise/forgotten"' in page.text
        assert EMAIL not in page.text
        stranger.get("/organise/sign-in")
        refused = stranger.post(
            link, password="another horse battery", again="another horse battery"
        )
        assert refused.status_code == 410
        assert not stranger.session_cookie


def test_a_mangled_link_is_told_from_a_used_one(browser: Browser, link: str) -> None:
    page = browser.get(link[:-4])
    assert page.status_code == 404
    assert "copy the whole of it" in text_of(page)


def test_whoever_is_signed_in_as_another_becomes_the_invited_person(app: Flask, link: str) -> None:
    organiser = signed_in(app)
    organiser.get(link)
    assert organiser.post(link, password=PASSWORD, again=PASSWORD).status_code == 303
    session = accounts.find_session(organiser.session_cookie)
    assert session is not None
    assert session.account.email == EMAIL


@pytest.mark.parametrize(
    ("role", "wanted", "place"),
    [
        (AccountRole.COORDINATOR, "", "/coordinate/"),
        (AccountRole.COORDINATOR, "/coordinate/werkstatt/MR4B/", "/coordinate/werkstatt/MR4B/"),
        (AccountRole.COORDINATOR, "/organise/werkstatt/", "/coordinate/"),
        (AccountRole.COORDINATOR, "//evil.example/coordinate/", "/coordinate/"),
        (AccountRole.COORDINATOR, "/coordinate/\\evil", "/coordinate/"),
        (AccountRole.STAFF, "", "/organise/"),
        (AccountRole.ORGANISER, "/coordinate/werkstatt/MR4B/", "/coordinate/werkstatt/MR4B/"),
    ],
)
def test_each_role_begins_where_it_works(
    app: Flask, browser: Browser, role: AccountRole, wanted: str, place: str
) -> None:
    make_account(EMAIL, role=role)
    browser.get("/organise/sign-in")
    done = browser.client.post(
        "/organise/sign-in",
        query_string={"next": wanted},
        data={"csrf_token": browser.csrf, "email": EMAIL, "password": PASSWORD},
    )
    assert (done.status_code, done.location) == (303, place)
    with app.app_context():
        again = browser.client.get("/organise/sign-in", query_string={"next": wanted})
    assert again.location == place


def test_coordinators_are_kept_out_of_the_console(app: Flask, event: Event) -> None:
    coordinator = signed_in(app, AccountRole.COORDINATOR)
    for path in ("/organise/", "/organise/werkstatt/", "/organise/werkstatt/coordinators"):
        page = coordinator.get(path)
        assert page.status_code == 403
        assert "This is not for your account" in text_of(page)


@pytest.mark.parametrize("known", [True, False])
def test_whoever_forgot_is_answered_the_same_with_and_without_an_account(
    app: Flask, browser: Browser, link: str, known: bool
) -> None:
    email = EMAIL if known else "nobody@buendnis.example"
    browser.get("/organise/forgotten")
    answer = browser.post("/organise/forgotten", email=email)
    assert answer.status_code == 200
    assert (
        f"If you coordinate an alliance with the address {email}, a link is on its way to you."
        in text_of(answer)
    )
    assert not faults_of(answer)
    db.session.rollback()
    promised = select(Delivery.recipient).where(Delivery.kind == DeliveryKind.PASSWORD)
    assert db.session.scalars(promised).all() == ([EMAIL] if known else [])


def test_what_is_no_address_is_said_so(browser: Browser) -> None:
    browser.get("/organise/forgotten")
    refused = browser.post("/organise/forgotten", email="karla")
    assert refused.status_code == 422
    assert "name@example.org" in text_of(refused)


@pytest.mark.parametrize("path", ["/organise/forgotten", "welcome"])
def test_who_asks_too_often_has_to_wait(app: Flask, browser: Browser, link: str, path: str) -> None:
    address = link if path == "welcome" else path
    browser.get(address)
    for _ in range(app.config["SIGN_IN_RATE"]):
        assert browser.post(address).status_code == 422
    assert browser.post(address).status_code == 429


def test_the_start_lists_only_the_events_of_a_limited_account(app: Flask, event: Event) -> None:
    factories.make_event("anderswo")
    organiser = signed_in(app)
    assert {"werkstatt", "anderswo"} <= set(organiser.get("/organise/").text.split("/"))
    with transaction():
        accounts.grant(accounts.get("organiser@orga.example"), event_id=event.id, actor="command")
    assert organiser.get("/organise/").location == "/organise/werkstatt/"
    assert organiser.get("/organise/anderswo/").status_code == 404
    assert organiser.get("/organise/werkstatt/").status_code == 200

"""Signing in and out, and who is let into the console."""

import re
import time
import uuid
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from werkzeug.routing import Rule

from registration import clock
from registration.database import db, transaction
from registration.models.accounts import AccountRole, SignIn
from registration.models.events import Event
from registration.services import accounts
from registration.views.limits import limiter
from tests.console import PASSWORD, Browser, make_account, signed_in, text_of

EMAIL = "clara@orga.example"
STAFF_MAY = {
    "arrivals.show",
    "arrivals.show_alliance",
    "devices.list_devices",
    "devices.prepare",
    "devices.promote",
    "devices.revoke",
    "devices.show",
    "evacuation.ask_start",
    "evacuation.ask_stop",
    "evacuation.show",
    "evacuation.start",
    "evacuation.stop",
    "evacuation.tick",
    "findings.list_findings",
    "findings.resolve",
    "logs.ask",
    "logs.bring",
    "accounts.home",
}
PUBLIC = {"accounts.sign_in", "accounts.sign_out", "welcome.forgotten"}


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


def console_rules(app: Flask) -> list[tuple[Rule, str, str]]:
    """Return every rule of the console with a method and an address that fits it."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/organise") or rule.endpoint in PUBLIC:
            continue
        address = re.sub(r"<uuid:\w+>", str(uuid.uuid4()), rule.rule.replace("<slug>", "werkstatt"))
        address = re.sub(r"<int:\w+>", "1", address)
        address = re.sub(r"<\w+>", "MR4B", address)
        found += [
            (rule, method, address) for method in sorted((rule.methods or set()) & {"GET", "POST"})
        ]
    return found


def test_every_page_of_the_console_sends_strangers_to_sign_in(
    app: Flask, event: Event, browser: Browser
) -> None:
    rules = console_rules(app)
    assert len(rules) > 15
    browser.get("/organise/sign-in")
    for _, method, address in rules:
        response = browser.get(address) if method == "GET" else browser.post(address)
        assert (response.status_code, method, address) == (303, method, address)
        assert response.location.startswith("/organise/sign-in?next=")


def test_staff_see_arrivals_and_devices_and_nothing_else(app: Flask, event: Event) -> None:
    staff = signed_in(app, AccountRole.STAFF)
    staff.get("/organise/werkstatt/arrivals")
    for rule, method, address in console_rules(app):
        response = staff.get(address) if method == "GET" else staff.post(address)
        refused = response.status_code == 403
        assert (refused, method, address) == (rule.endpoint not in STAFF_MAY, method, address)


def test_organisers_are_refused_nowhere(app: Flask, event: Event) -> None:
    organiser = signed_in(app)
    organiser.get("/organise/werkstatt/")
    for _, method, address in console_rules(app):
        response = organiser.get(address) if method == "GET" else organiser.post(address)
        assert response.status_code not in {303, 401, 403} or method == "POST", address
        assert response.status_code < 500, address


def test_a_stranger_comes_back_to_where_they_wanted(
    app: Flask, event: Event, browser: Browser
) -> None:
    make_account(EMAIL)
    wanted = "/organise/werkstatt/registrations?q=gro%C3%9F&state=requested"
    sent = browser.get(wanted)
    done = browser.sign_in(EMAIL, path=sent.location)
    assert done.status_code == 303
    assert done.location == "/organise/werkstatt/registrations?q=gro%C3%9F&state=requested"
    assert browser.get(done.location).status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "javascript:alert(1)",
        "/\tevil",
        "/\x00",
        "evil",
        "%2F%2Fevil.example",
        " /organise/",
    ],
)
def test_signing_in_leads_to_no_other_site(app: Flask, browser: Browser, elsewhere: str) -> None:
    make_account(EMAIL)
    browser.get("/organise/sign-in")
    done = browser.client.post(
        "/organise/sign-in",
        query_string={"next": elsewhere},
        data={"csrf_token": browser.csrf, "email": EMAIL, "password": PASSWORD},
    )
    assert done.status_code == 303
    assert done.location == "/organise/"


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong horse battery"), ("nobody@orga.example", PASSWORD)]
)
def test_wrong_and_unknown_are_told_the_same_and_keep_the_address(
    app: Flask, browser: Browser, email: str, password: str
) -> None:
    make_account(EMAIL)
    refused = browser.sign_in(email, password)
    assert refused.status_code == 403
    assert "Address and password do not match" in text_of(refused)
    assert f'value="{email}"' in refused.text
    assert password not in refused.text
    assert not browser.session_cookie


def test_an_empty_form_is_told_what_is_missing(app: Flask, browser: Browser) -> None:
    refused = browser.sign_in("", "")
    assert refused.status_code == 422
    assert "Enter your e-mail address." in text_of(refused)
    assert "Enter your password." in text_of(refused)


def test_a_disabled_account_is_out_at_once(app: Flask, event: Event, browser: Browser) -> None:
    make_account(EMAIL)
    browser.sign_in(EMAIL)
    assert browser.get("/organise/werkstatt/").status_code == 200
    with transaction():
        accounts.disable(accounts.get(EMAIL))
    assert browser.get("/organise/werkstatt/").status_code == 303
    assert browser.sign_in(EMAIL).status_code == 403


def test_a_session_that_nobody_used_has_ended(app: Flask, event: Event) -> None:
    organiser = signed_in(app)
    assert organiser.get("/organise/werkstatt/").status_code == 200
    with time_machine.travel(clock.now().timestamp() + app.config["SESSION_HOURS"] * 3600 + 5):
        assert organiser.get("/organise/werkstatt/").status_code == 303


def test_reading_pages_writes_the_use_of_a_session_rarely(app: Flask, event: Event) -> None:
    organiser = signed_in(app)

    def last_seen() -> float:
        db.session.rollback()
        return db.session.query(SignIn).one().last_seen_at.timestamp()

    first = last_seen()
    organiser.get("/organise/werkstatt/")
    assert last_seen() == first
    with time_machine.travel(time.time() + 400, tick=False):
        organiser.get("/organise/werkstatt/")
        assert last_seen() == pytest.approx(time.time(), abs=1)


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_account(EMAIL)
    done = browser.sign_in(EMAIL)
    cookie = next(each for each in done.headers.getlist("Set-Cookie") if "einlass_session" in each)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    verified = accounts.verify(EMAIL, PASSWORD)
    assert verified.account_id
    https = Browser(app)
    https.client.environ_base["wsgi.url_scheme"] = "https"
    https.get("/organise/sign-in", base_url="https://localhost/")
    done = https.client.post(
        "/organise/sign-in",
        base_url="https://localhost/",
        headers={"Referer": "https://localhost/organise/sign-in"},
        data={"csrf_token": https.csrf, "email": EMAIL, "password": PASSWORD},
    )
    assert done.status_code == 303, text_of(done)
    cookie = next(each for each in done.headers.getlist("Set-Cookie") if "einlass_session" in each)
    assert "Secure" in cookie


def test_signing_in_again_gives_a_new_session_and_ends_the_old(
    app: Flask, event: Event, browser: Browser
) -> None:
    make_account(EMAIL)
    browser.get("/organise/sign-in")
    browser.client.set_cookie("einlass_session", "planted by somebody")
    assert browser.sign_in(EMAIL).status_code == 303
    first = browser.session_cookie
    assert first != "planted by somebody"
    browser.get("/organise/werkstatt/")
    assert browser.post("/organise/sign-in", email=EMAIL, password=PASSWORD).status_code == 303
    assert browser.session_cookie != first
    assert accounts.find_session(first) is None


def test_signing_out_ends_the_session_on_the_server(app: Flask, event: Event) -> None:
    organiser = signed_in(app)
    token = organiser.session_cookie
    organiser.get("/organise/werkstatt/")
    assert organiser.post("/organise/sign-out").status_code == 303
    assert not organiser.session_cookie
    assert accounts.find_session(token) is None


def test_who_tries_too_often_has_to_wait(app: Flask, browser: Browser) -> None:
    make_account(EMAIL)
    for _ in range(app.config["SIGN_IN_RATE"]):
        assert browser.sign_in(EMAIL, "wrong horse battery").status_code == 403
    waiting = browser.sign_in(EMAIL)
    assert waiting.status_code == 429
    assert "Please wait a minute" in text_of(waiting)
    assert not browser.session_cookie
    assert browser.get("/organise/sign-in").status_code == 200


def test_without_its_csrf_token_nothing_is_posted(app: Flask, event: Event) -> None:
    organiser = signed_in(app)
    for _, method, address in console_rules(app):
        if method == "POST":
            organiser.csrf = ""
            assert (organiser.post(address).status_code, address) == (400, address)
    organiser.csrf = ""
    assert organiser.post("/organise/sign-out").status_code == 400
    assert organiser.session_cookie


def test_the_only_event_opens_by_itself(app: Flask, event: Event) -> None:
    assert signed_in(app).get("/organise/").location == "/organise/werkstatt/"
    staff = signed_in(app, AccountRole.STAFF)
    assert staff.get("/organise/").location == "/organise/werkstatt/arrivals"


def test_without_an_event_the_console_says_how_to_get_one(app: Flask) -> None:
    page = signed_in(app).get("/organise/")
    assert page.status_code == 200
    assert "There is no event yet" in text_of(page)

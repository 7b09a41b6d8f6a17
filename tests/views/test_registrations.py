"""The public form: what it takes, what it says about what it cannot take, and what it keeps."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select
from sqlalchemy import event as hooks
from werkzeug.test import TestResponse

from registration.database import db, transaction
from registration.models.alliances import Alliance
from registration.models.deliveries import Delivery
from registration.models.events import AddressPolicy, Event, Promotion
from registration.models.registrations import Registration
from registration.prepared import Prepared
from registration.services import events
from tests import factories
from tests.documents import Page
from tests.visitors import Visitor, check_structure, page_of

FORM = "/werkstatt/register"
LIMITS = {
    "title": 60,
    "given_name": 80,
    "family_name": 80,
    "email": 254,
    "organisation": 160,
    "position": 120,
    "support_needs": 1000,
}
CHOICES = ("salutation", "locale", "sector", "role", "alliance", "theme", "diet", "photo_consent")
GOOD = {
    "salutation": "ms",
    "title": "Dr.",
    "given_name": "Änne",
    "family_name": "Groß",
    "email": "Aenne@Buendnis.example",
    "organisation": "Institut",
    "position": "Leitung",
    "sector": "science",
    "alliance": "MR4B",
    "role": "delegate",
    "theme": "health",
    "locale": "en",
    "diet": "vegan",
    "support_needs": "step-free\naccess",
    "photo_consent": "no",
    "privacy_consent": "y",
}


def fill_in(visitor: Visitor, **told: str) -> dict[str, str]:
    """Return the form as the visitor sees it, filled in well except for what is told."""
    return visitor.read(FORM).values | GOOD | told


def send(visitor: Visitor, **told: str) -> TestResponse:
    return visitor.post(FORM, fill_in(visitor, **told))


@pytest.fixture
def visitor(app: Flask, event: Event) -> Visitor:
    return Visitor(app)


def written() -> tuple[int, int]:
    """Return how many registrations and deliveries there are."""
    db.session.rollback()
    count = [
        db.session.scalar(select(func.count()).select_from(t)) for t in (Registration, Delivery)
    ]
    return count[0] or 0, count[1] or 0


def only() -> Registration:
    db.session.rollback()
    return db.session.scalars(select(Registration)).one()


def test_a_good_form_is_one_registration_with_all_that_was_told(visitor: Visitor) -> None:
    answer = send(visitor)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/werkstatt/registered"
    made = only()
    assert (made.full_name, made.email) == ("Dr. Änne Groß", "Aenne@buendnis.example")
    assert (made.state, made.locale, made.diet) == ("confirmed", "en", "vegan")
    assert made.alliance is not None
    assert made.sector is not None
    assert made.theme is not None
    assert (made.alliance.code, made.sector.code, made.theme.code) == ("MR4B", "science", "health")
    assert (made.photo_consent, made.support_needs) == (False, "step-free\naccess")
    assert written() == (1, 1)


def test_the_page_after_says_to_whom_the_mail_goes_and_only_to_that_browser(
    visitor: Visitor, app: Flask
) -> None:
    send(visitor)
    page = visitor.read("/werkstatt/registered")
    assert "Confirmed" in page.text
    assert "Aenne@buendnis.example" in page.text
    assert "buendnis.example" not in Visitor(app).read("/werkstatt/registered").text


def test_a_role_with_approval_is_received_and_decided_later(visitor: Visitor) -> None:
    send(visitor, role="guest", alliance="")
    assert only().state == "requested"
    assert "not yet decided" in visitor.read("/werkstatt/registered").text


def test_what_is_optional_may_be_left_out(visitor: Visitor) -> None:
    told = fill_in(visitor)
    for name in ("salutation", "title", "organisation", "position", "sector", "theme", "diet"):
        told[name] = ""
    for name in ("support_needs", "photo_consent", "locale"):
        del told[name]
    assert visitor.post(FORM, told).status_code == 303
    made = only()
    assert (made.salutation, made.diet, made.photo_consent) == ("neutral", "any", None)
    assert made.locale == "en"


@pytest.mark.parametrize("yes", ["y", "on", "1", "true", "yes"])
def test_a_clear_yes_is_consent(visitor: Visitor, yes: str) -> None:
    assert send(visitor, privacy_consent=yes).status_code == 303


@pytest.mark.parametrize("no", ["", "n", "no", "false", "0", "maybe"])
def test_all_else_is_none(visitor: Visitor, no: str) -> None:
    page = page_of(send(visitor, privacy_consent=no), 422)
    assert page.errors == {"privacy_consent"}
    assert written() == (0, 0)


BAD_TEXTS = {
    "control character": "An\x07na",
    "null": "An\0na",
    "direction mark": "An\u202ena",
    "right-to-left mark": "An\u200fna",
    "zero width": "An\u200bna",
    "emoji": "Anna 🎉",
    "private use": "An\ue000na",
    "broken encoding": "An\ufffdna",
}


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("kind", BAD_TEXTS)
def test_a_text_that_cannot_be_printed_is_said_beside_its_field(
    visitor: Visitor, name: str, kind: str
) -> None:
    page = page_of(send(visitor, **{name: BAD_TEXTS[kind]}), 422)
    assert page.errors == {name}
    said = page.error_at(name)
    assert "nobody sees" in said or "cannot be printed" in said
    assert written() == (0, 0)


@pytest.mark.parametrize("name", LIMITS)
def test_a_text_that_is_too_long_is_said_with_its_limit(visitor: Visitor, name: str) -> None:
    page = page_of(send(visitor, **{name: "a" * (LIMITS[name] + 1)}), 422)
    assert page.errors == {name}
    assert f"to {LIMITS[name]} characters" in page.error_at(name)
    assert written() == (0, 0)


@pytest.mark.parametrize("name", [name for name in LIMITS if name != "email"])
def test_a_text_may_be_as_long_as_its_limit(visitor: Visitor, name: str) -> None:
    assert send(visitor, **{name: "ä" * LIMITS[name]}).status_code == 303


@pytest.mark.parametrize("name", ["given_name", "family_name", "email", "role"])
@pytest.mark.parametrize("empty", ["", "   ", "\u00a0"])
def test_what_is_needed_and_missing_is_said(visitor: Visitor, name: str, empty: str) -> None:
    page = page_of(send(visitor, **{name: empty}), 422)
    assert page.errors == {name}
    assert page.error_at(name).startswith("Please")
    assert written() == (0, 0)


def test_names_need_a_letter_and_one_line(visitor: Visitor) -> None:
    page = page_of(send(visitor, given_name="123", family_name="one\ntwo"), 422)
    assert "at least one letter" in page.error_at("given_name")
    assert "nobody sees" in page.error_at("family_name")


def test_names_of_right_to_left_scripts_are_taken(visitor: Visitor) -> None:
    assert send(visitor, given_name="שרה", family_name="الأحمد").status_code == 303


@pytest.mark.parametrize(
    "address", ["anna", "anna@", "@x.example", "a b@x.example", "anna@x", "a@x.example,b@x.example"]
)
def test_what_is_no_address_is_said(visitor: Visitor, address: str) -> None:
    page = page_of(send(visitor, email=address), 422)
    assert page.errors == {"email"}
    assert "name@example.org" in page.error_at("email")


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("code", ["nix", "x" * 5000, "🎉", "\u202emr", "\0", "None", "1"])
def test_a_choice_that_is_not_offered_is_said(visitor: Visitor, name: str, code: str) -> None:
    page = page_of(send(visitor, **{name: code}), 422)
    assert page.errors == {name}
    assert written() == (0, 0)


def test_a_role_by_invitation_is_not_for_the_public(visitor: Visitor) -> None:
    assert visitor.read(FORM).all("input", name="role", value="political") == []
    page = page_of(send(visitor, role="political"), 422)
    assert page.errors == {"role"}
    assert written() == (0, 0)


def test_a_role_that_needs_an_alliance_says_so_at_the_alliance(visitor: Visitor) -> None:
    page = page_of(send(visitor, alliance=""), 422)
    assert page.errors == {"alliance"}
    assert "Delegate" in page.error_at("alliance")


def test_fields_sent_twice_count_once(visitor: Visitor) -> None:
    told: dict[str, Any] = {**fill_in(visitor), "role": ["delegate", "political"]}
    told["given_name"] = ["Anna", "Berta"]
    assert visitor.post(FORM, told).status_code == 303
    assert only().given_name == "Anna"


def test_a_file_in_place_of_a_text_is_missing(visitor: Visitor) -> None:
    told: dict[str, Any] = fill_in(visitor)
    told["given_name"] = (io.BytesIO(b"Anna"), "anna.txt")
    page = page_of(visitor.post(FORM, told, content_type="multipart/form-data"), 422)
    assert page.errors == {"given_name"}


@pytest.mark.parametrize("body", ["[1, 2]", "null", '{"role": ["delegate"]}', "{", ""])
def test_json_is_answered_with_the_form(visitor: Visitor, body: str) -> None:
    answer = visitor.post(FORM, body, content_type="application/json")
    assert "given_name" in page_of(answer, 400).errors
    assert written() == (0, 0)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(visitor: Visitor) -> None:
    answer = visitor.post(FORM, {"support_needs": "x" * 1_100_000})
    assert page_of(answer, 413).all("h1")[0].text == "That was too much at once"


def test_what_was_entered_is_kept(visitor: Visitor) -> None:
    told = fill_in(visitor, email="no address", support_needs="<b>&\nmore")
    del told["privacy_consent"]
    kept = page_of(visitor.post(FORM, told), 422).values
    assert {name: kept[name] for name in told if name != "csrf_token"} == {
        name: value for name, value in told.items() if name != "csrf_token"
    }
    assert "privacy_consent" not in kept


def test_the_way_back_brings_back_what_was_entered_but_not_the_mark_of_a_form_that_was_sent(
    visitor: Visitor,
) -> None:
    """Browsers leave out what is marked autocomplete=off (HTML §4.10.18.7.1)."""
    page = visitor.read(FORM)
    fields = [each for each in page.elements if each.tag in {"input", "select", "textarea"}]
    left_out = {each["name"] for each in fields if each["autocomplete"] == "off"}
    assert left_out == {"idempotency_key"}


def test_one_form_sent_twice_is_one_registration(visitor: Visitor) -> None:
    told = fill_in(visitor)
    assert visitor.post(FORM, told).status_code == 303
    assert visitor.post(FORM, told).status_code == 303
    assert written() == (1, 1)


def test_a_form_sent_again_for_somebody_else_is_not_swallowed(visitor: Visitor) -> None:
    told = fill_in(visitor)
    visitor.post(FORM, told)
    page = page_of(visitor.post(FORM, told | {"email": "berta@x.example"}), 422)
    assert "send the form once more" in page.text
    assert written() == (1, 1)
    assert visitor.post(FORM, page.values | {"privacy_consent": "y"}).status_code == 303
    assert written() == (2, 2)


@pytest.mark.parametrize("key", ["short", "x" * 65, "with space", "schlüssel", "a\nb-c-d-e-f"])
def test_a_malformed_key_is_replaced(visitor: Visitor, key: str) -> None:
    page = page_of(send(visitor, idempotency_key=key), 422)
    assert "send the form once more" in page.text
    assert written() == (0, 0)
    assert visitor.post(FORM, page.values).status_code == 303


def test_a_missing_key_is_made(visitor: Visitor) -> None:
    told = fill_in(visitor)
    del told["idempotency_key"]
    assert visitor.post(FORM, told).status_code == 303


@pytest.mark.parametrize("token", ["", "stale", "IjEi.aaaa.bbbb"])
def test_a_stale_page_loses_no_input(visitor: Visitor, token: str) -> None:
    page = page_of(send(visitor, csrf_token=token), 400)
    assert "send the form once more" in page.text
    assert page.errors == set()
    assert page.values["family_name"] == "Groß"
    assert written() == (0, 0)
    assert visitor.post(FORM, page.values).status_code == 303


def test_the_token_of_another_browser_does_not_count(visitor: Visitor, app: Flask) -> None:
    assert Visitor(app).post(FORM, fill_in(visitor)).status_code == 400
    assert written() == (0, 0)


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ({}, "All places of this event are taken"),
        ({"role": "delegate"}, "All places for “Delegate” are taken."),
        ({"alliance": "MR4B"}, "All places of MR4B are taken."),
        ({"alliance": "MR4B", "role": "delegate"}, "All places of MR4B for “Delegate” are taken."),
    ],
)
def test_a_full_quota_is_named_and_nothing_is_lost(
    visitor: Visitor, event: Event, scope: dict[str, str], said: str
) -> None:
    factories.set_places(event, 0, **scope)
    page = page_of(send(visitor), 409)
    assert said in page.text
    assert page.errors <= {"role", "alliance"}
    assert page.values["family_name"] == "Groß"
    assert written() == (0, 0)
    factories.set_places(event, 1, **scope)
    assert visitor.post(FORM, page.values).status_code == 303


def test_a_full_role_is_said_beside_it_before(visitor: Visitor, event: Event) -> None:
    assert "All places are taken" not in visitor.read(FORM).text
    factories.set_places(event, 0, role="guest")
    assert visitor.read(FORM).text.count("All places are taken") == 1


@pytest.mark.parametrize(("days", "said"), [(3, "It closed on"), (200, "It opens on")])
def test_a_closed_registration_says_since_or_until_when(app: Flask, days: int, said: str) -> None:
    factories.make_event("werkstatt", days_ahead=days)
    visitor = Visitor(app)
    assert said in visitor.read(FORM, 409).text
    assert said in page_of(visitor.post(FORM, GOOD), 409).text
    assert written() == (0, 0)


def test_each_form_has_a_key_and_a_token_of_its_own(visitor: Visitor, app: Flask) -> None:
    first, second, other = (each.read(FORM).values for each in (visitor, visitor, Visitor(app)))
    assert len({each["idempotency_key"] for each in (first, second, other)}) == 3
    assert first["csrf_token"] != other["csrf_token"]


def test_a_changed_event_changes_its_form(visitor: Visitor, event: Event) -> None:
    assert "Neues Bündnis" not in visitor.read(FORM).text
    with transaction() as session:
        found = session.scalars(select(Alliance).filter_by(code="MR4B")).one()
        found.name = "Neues Bündnis"
        events.revise(event.id)
    assert "Neues Bündnis" in visitor.read(FORM).text


def test_a_full_choice_offers_the_waiting_list(visitor: Visitor, event: Event) -> None:
    factories.set_places(event, 0, alliance="MR4B", role="delegate")
    page = page_of(send(visitor), 409)
    check_structure(page)
    assert {each.text for each in page.all("button", name="wait")} == {"Join the waiting list"}
    answer = visitor.post(FORM, page.values | {"wait": "yes"})
    assert (answer.status_code, only().state, written()) == (303, "waiting", (1, 1))
    told = visitor.read("/werkstatt/registered")
    assert "You are on the waiting list" in told.text
    assert "Confirmed" not in told.text


def test_without_a_waiting_list_none_is_offered(visitor: Visitor, event: Event) -> None:
    set_promotion(event, Promotion.NONE)
    factories.set_places(event, 0)
    page = page_of(send(visitor), 409)
    assert not page.all("button", name="wait")
    assert page_of(visitor.post(FORM, page.values | {"wait": "yes"}), 409)
    assert written() == (0, 0)


def test_whoever_would_wait_gets_a_place_that_came_free(visitor: Visitor, event: Event) -> None:
    factories.set_places(event, 0)
    page = page_of(send(visitor), 409)
    factories.set_places(event, 1)
    assert visitor.post(FORM, page.values | {"wait": "yes"}).status_code == 303
    assert only().state == "confirmed"


def test_joining_the_waiting_list_twice_is_one_turn(visitor: Visitor, event: Event) -> None:
    factories.set_places(event, 0)
    told = page_of(send(visitor), 409).values | {"wait": "yes"}
    assert [visitor.post(FORM, told).status_code for _ in range(2)] == [303, 303]
    assert written() == (1, 1)


def test_a_mistake_on_the_way_keeps_the_offer_of_the_waiting_list(
    visitor: Visitor, event: Event
) -> None:
    factories.set_places(event, 0)
    told = page_of(send(visitor), 409).values | {"wait": "yes", "given_name": ""}
    assert page_of(visitor.post(FORM, told), 422).all("button", name="wait")


def test_an_address_that_stands_for_somebody_else_is_answered_like_the_first_time(
    app: Flask, event: Event
) -> None:
    set_address_policy(event, AddressPolicy.ONE)
    first, second = Visitor(app), Visitor(app)
    answers = [send(each, email="office@x.example") for each in (first, second)]
    assert [each.status_code for each in answers] == [303, 303]
    assert len({each.headers["Location"] for each in answers}) == 1
    said = [each.read("/werkstatt/registered").text for each in (first, second)]
    assert said[0] == said[1]
    assert written() == (1, 2)


def set_promotion(event: Event, promotion: Promotion) -> None:
    with transaction():
        events.get_event(event.slug).promotion = promotion
        events.revise(event.id)


def set_address_policy(event: Event, policy: AddressPolicy) -> None:
    with transaction():
        events.get_event(event.slug).address_policy = policy
        events.revise(event.id)


def switch(visitor: Visitor, page: Page, told: dict[str, str], path: str = FORM) -> Page:
    """Press the form page's button for German."""
    button = page.all("button", name="leaving")[0]
    sent = told | {button["name"]: button["value"]}
    return page_of(visitor.post(f"{path}{button['formaction']}", sent), 200)


def test_switching_the_language_keeps_what_was_entered(visitor: Visitor) -> None:
    told = fill_in(visitor, email="no address", support_needs="<b>&\nmore")
    page = page_of(visitor.post(FORM, told), 422)
    switched = switch(visitor, page, page.values)
    assert switched.all("html")[0]["lang"] == "de"
    assert switched.errors == set()
    left = {"csrf_token", "locale"}
    assert {name: value for name, value in switched.values.items() if name not in left} == {
        name: value for name, value in told.items() if name not in left
    }
    assert written() == (0, 0)
    assert "Bitte geben Sie eine Adresse" in page_of(visitor.post(FORM, switched.values), 422).text
    assert visitor.post(FORM, switched.values | {"email": "a@x.example"}).status_code == 303


def test_mails_follow_the_pages_language_unless_another_was_chosen(
    visitor: Visitor, app: Flask
) -> None:
    page = visitor.read(FORM)
    assert page.values["locale"] == "en"
    assert switch(visitor, page, page.values).values["locale"] == "de"
    chosen = page.values | {"locale": "de"}
    assert switch(visitor, page, chosen).values["locale"] == "de"
    other = Visitor(app, language="de")
    german = other.read(FORM)
    assert switch(other, german, german.values | {"locale": "en"}).values["locale"] == "en"


def test_the_enter_key_sends_the_form_and_does_not_switch_the_language(visitor: Visitor) -> None:
    page = visitor.read(FORM)
    form = page.all("form")[0]["id"]
    buttons = [
        each
        for each in page.all("button")
        if each["form"] == form or any(parent.tag == "form" for parent in each.parents)
    ]
    assert not buttons[0]["name"]
    assert not buttons[0]["formaction"]
    assert len(page.all("button", name="leaving")) == 1


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that are sent to the database inside the block, by either way."""
    statements: list[str] = []
    run = Prepared.rows

    def note(*sent: Any) -> None:
        statements.append(sent[2])

    def run_and_note(self: Prepared, connection: Connection, about: Any) -> Any:
        statements.append(self.text(connection))
        return run(self, connection, about)

    monkeypatch.setattr(Prepared, "rows", run_and_note)
    hooks.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        hooks.remove(db.engine, "before_cursor_execute", note)
        monkeypatch.setattr(Prepared, "rows", run)


def test_the_form_asks_the_database_twice(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.read(FORM)
    with counted(monkeypatch) as statements:
        visitor.read(FORM)
    assert len([each for each in statements if each.startswith("SELECT")]) == 2


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_page_has_the_structure_that_readers_need(
    app: Flask, event: Event, language: str
) -> None:
    visitor = Visitor(app, language)
    for path in ("/", "/werkstatt/", FORM, "/werkstatt/registered"):
        check_structure(visitor.read(path))
    check_structure(visitor.read("/nothing/", 404))
    nothing = dict.fromkeys(("locale", "photo_consent", "salutation", "diet"), "nix")
    page = page_of(visitor.post(FORM, visitor.read(FORM).values | nothing), 422)
    check_structure(page)
    summary = next(each for each in page.all("div") if each["class"] == "error-summary")
    links = [each["href"][1:] for each in page.all("a") if summary in each.parents]
    assert set(links) == page.errors
    assert links == sorted(links, key=[each["id"] for each in page.elements].index)
    assert "autofocus" in summary.attributes

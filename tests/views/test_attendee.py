"""My registration: see it, correct it, give it up; only with the link, and only in time."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import events, registrations
from tests import factories
from tests.visitors import Visitor, check_structure, page_of

Make = Callable[..., str]


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def link(event: Event) -> Make:
    """Register a person and return the path of their link."""

    def make(**told: str) -> str:
        registration = factories.register(event, **{"locale": "en", **told})
        return f"/r/{registrations.link_token(registration)}"

    return make


def only() -> Registration:
    db.session.rollback()
    return db.session.scalars(select(Registration)).one()


def mails() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Delivery.kind).order_by(Delivery.created_at)))


def move(event: Event, days: int) -> None:
    with transaction():
        found = events.get_event(event.slug)
        events.move(found, factories.facts(), held_on=factories.in_days(days))


def decline(reason: str) -> None:
    with transaction():
        registration = registrations.get(only().id)
        registrations.decline(registration, reason=reason, actor="account:1")


def test_the_state_comes_first(visitor: Visitor, link: Make) -> None:
    page = visitor.read(link())
    first = next(each for each in page.elements if each["class"] == "notice-title")
    assert first.text == "Confirmed: you have a place"
    check_structure(page)


def test_what_was_told_is_shown(visitor: Visitor, link: Make) -> None:
    page = visitor.read(link(title="Prof. Dr.", support_needs="a <seat>"))
    for said in ("Prof. Dr. Änne Groß", "Delegate", "MR4B", "aenne.gross@buendnis.example"):
        assert said in page.text
    assert "a <seat>" in page.text
    assert f"{only().short_code[:4]} {only().short_code[4:]}" in page.text


def test_a_confirmed_person_gets_code_badge_and_calendar_file(visitor: Visitor, link: Make) -> None:
    path = link()
    code = visitor.get(f"{path}/code.svg")
    assert (code.status_code, code.mimetype) == (200, "image/svg+xml")
    badge = visitor.get(f"{path}/badge.pdf")
    assert badge.data.startswith(b"%PDF")
    assert only().short_code in badge.headers["Content-Disposition"]
    calendar = visitor.get(f"{path}/event.ics")
    assert calendar.content_type == "text/calendar; charset=utf-8"
    assert calendar.data.startswith(b"BEGIN:VCALENDAR")


def test_a_request_says_that_it_is_being_decided_and_has_no_badge(
    visitor: Visitor, link: Make
) -> None:
    path = link(role="guest", alliance="")
    page = visitor.read(path)
    assert "Received: the organisers will decide" in page.text
    assert not page.all("img", src=f"{path}/code.svg")
    for name in ("code.svg", "badge.pdf"):
        assert "There is no badge" in visitor.read(f"{path}/{name}", 409).text


def test_a_declined_request_says_why(visitor: Visitor, link: Make) -> None:
    path = link(role="guest", alliance="")
    decline("The house is full.")
    text = visitor.read(path).text
    assert "Declined" in text
    assert "The house is full." in text


def test_the_page_speaks_the_registrations_language_unless_the_reader_chose(
    app: Flask, link: Make
) -> None:
    path = link(locale="en")
    visitor = Visitor(app, language="de")
    assert visitor.read(path).all("html")[0]["lang"] == "en"
    assert visitor.read(f"{path}?lang=de").all("html")[0]["lang"] == "de"
    assert visitor.read(path).all("html")[0]["lang"] == "de"


@pytest.mark.parametrize(
    "page",
    [
        *("", "/edit", "/cancel", "/code.svg", "/badge.pdf", "/event.ics"),
        *("/transfer", "/withdraw", "/data.json", "/data.csv"),
    ],
)
def test_a_forged_link_leads_nowhere(visitor: Visitor, link: Make, page: str) -> None:
    path = link()
    named, _, signature = path.rpartition(".")
    tampered = f"{named}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    for forged in (tampered, path[:-5], "/r/x", "/r/.", f"/r/{'a' * 3000}", "/r/%00", "/r/ä.ö"):
        assert visitor.get(f"{forged}{page}").status_code == 404
    assert visitor.get(f"{path}{page}").status_code == 200


@pytest.mark.parametrize("page", ["", "/edit", "/cancel", "/badge.pdf", "/event.ics"])
def test_a_link_expires_long_after_the_event(
    visitor: Visitor, link: Make, event: Event, page: str
) -> None:
    path = link()
    move(event, -80)
    assert visitor.get(path).status_code == 200
    move(event, -100)
    assert "This link has expired" in visitor.read(f"{path}{page}", 410).text


def test_search_engines_are_asked_to_forget_it(visitor: Visitor, link: Make) -> None:
    headers = visitor.get(link()).headers
    assert "noindex" in headers["X-Robots-Tag"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_a_correction_is_saved_mailed_and_gives_a_new_badge(visitor: Visitor, link: Make) -> None:
    path = link()
    form = visitor.read(f"{path}/edit")
    check_structure(form)
    assert form.values["family_name"] == "Groß"
    answer = visitor.post(f"{path}/edit", form.values | {"family_name": "Klein", "diet": "vegan"})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert (only().family_name, only().diet) == ("Klein", "vegan")
    badge = only().badge
    assert badge is not None
    assert badge.generation == 1
    assert mails() == ["confirmed", "changed"]
    assert "Your changes are saved" in visitor.read(path).text


def test_saving_without_a_change_does_nothing(visitor: Visitor, link: Make) -> None:
    path = link(photo_consent=True)
    visitor.post(f"{path}/edit", visitor.read(f"{path}/edit").values)
    assert mails() == ["confirmed"]
    assert "Nothing was changed" in visitor.read(path).text


def test_a_correction_that_cannot_be_taken_is_said_and_kept(visitor: Visitor, link: Make) -> None:
    path = link()
    told = visitor.read(f"{path}/edit").values | {"given_name": "🎉", "position": "Leitung"}
    page = page_of(visitor.post(f"{path}/edit", told), 422)
    assert page.errors == {"given_name"}
    assert page.values["position"] == "Leitung"
    assert only().position == ""
    check_structure(page)


def test_a_stale_correction_is_kept(visitor: Visitor, link: Make) -> None:
    path = link()
    told = visitor.read(f"{path}/edit").values | {"position": "Leitung"}
    page = page_of(visitor.post(f"{path}/edit", told | {"csrf_token": "stale"}), 400)
    assert "send the form once more" in page.text
    assert visitor.post(f"{path}/edit", page.values).status_code == 303
    assert only().position == "Leitung"


def test_role_and_alliance_cannot_be_corrected(visitor: Visitor, link: Make) -> None:
    path = link()
    told = visitor.read(f"{path}/edit").values
    assert not {"role", "alliance", "privacy_consent"} & set(told)
    visitor.post(f"{path}/edit", told | {"role": "presenter", "alliance": "BIOZ"})
    alliance = only().alliance
    assert alliance is not None
    assert (only().role.code, alliance.code) == ("delegate", "MR4B")


def test_cancelling_is_asked_about_then_frees_the_place(
    visitor: Visitor, link: Make, event: Event
) -> None:
    factories.set_places(event, 1)
    path = link()
    ask = visitor.read(f"{path}/cancel")
    check_structure(ask)
    assert only().state == "confirmed"
    for _ in range(2):
        assert visitor.post(f"{path}/cancel", ask.values).status_code == 303
    assert only().state == "cancelled"
    assert mails() == ["confirmed", "cancelled"]
    page = visitor.read(path)
    assert "Cancelled: your place has been given up" in page.text
    assert not page.all("a", href=f"{path}/edit")
    assert visitor.get(f"{path}/badge.pdf").status_code == 409
    factories.register(event)


def test_cancelling_needs_the_pages_own_token(visitor: Visitor, link: Make) -> None:
    path = link()
    assert "open for too long" in page_of(visitor.post(f"{path}/cancel"), 400).text
    assert only().state == "confirmed"


def test_after_the_deadline_nothing_changes_and_the_page_says_why(
    visitor: Visitor, link: Make, event: Event
) -> None:
    path = link()
    told = visitor.read(f"{path}/edit").values | {"position": "Leitung"}
    move(event, 3)
    assert "Changes were possible until" in visitor.read(path).text
    for page in (visitor.read(f"{path}/edit", 409), visitor.read(f"{path}/cancel", 409)):
        assert "possible until" in page.text
        assert not page.all("form")
    assert visitor.post(f"{path}/edit", told).status_code == 409
    assert visitor.post(f"{path}/cancel", told).status_code == 409
    assert (only().position, only().state, mails()) == ("", "confirmed", ["confirmed"])

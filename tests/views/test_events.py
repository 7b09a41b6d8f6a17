"""The list of events, one event's page, and what they say about places."""

import pytest
from flask import Flask

from registration.database import transaction
from registration.models.events import Event, Promotion
from registration.services import events
from tests import factories
from tests.documents import Page
from tests.visitors import Visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


def places(page: Page) -> dict[str, str]:
    """Return what is said about the places of each role."""
    roles = [each.text.split(" by ")[0] for each in page.all("th")]
    return dict(zip(roles, (each.text for each in page.all("td")), strict=True))


def test_no_event_is_said_in_words(visitor: Visitor) -> None:
    assert "No event is planned at the moment" in visitor.read("/").text


def test_the_next_event_comes_first_and_past_ones_last(visitor: Visitor) -> None:
    for slug, days in (("later", 90), ("past", -10), ("soon", 20), ("long-past", -40)):
        factories.make_event(slug, days_ahead=days)
    links = [each["href"] for each in visitor.read("/").all("a") if each["href"].endswith("/")]
    assert links[1:] == ["/soon/", "/later/", "/past/", "/long-past/"]


def test_an_event_says_when_where_and_what_the_house_wants(visitor: Visitor, event: Event) -> None:
    page = visitor.read("/werkstatt/")
    assert "Future Workshop" in page.all("h1")[0].text
    assert "10:00–17:00" in page.text
    assert "Doors open at 09:00" in page.text
    assert "Landesvertretung Thüringen" in page.text
    assert "The house keeps a guest list" in page.text
    assert page.all("a", href="/werkstatt/register")


def test_places_are_shown_by_role_and_never_more_than_in_all(
    visitor: Visitor, event: Event
) -> None:
    factories.set_places(event, 7)
    factories.set_places(event, 9, role="delegate")
    factories.set_places(event, 0, role="guest")
    factories.set_places(event, 1, alliance="MR4B")
    page = visitor.read("/werkstatt/")
    assert places(page) == {
        "Delegate": "7 places left",
        "Presenter": "places available",
        "Guest": "full waiting list",
    }
    assert "7 places left in all" in page.text


def test_roles_by_invitation_are_not_shown(visitor: Visitor, event: Event) -> None:
    assert "Political guest" not in visitor.read("/werkstatt/").text


def test_a_full_event_offers_its_waiting_list(visitor: Visitor, event: Event) -> None:
    factories.set_places(event, 0)
    page = visitor.read("/werkstatt/")
    assert set(places(page).values()) == {"full waiting list"}
    assert page.all("a", href="/werkstatt/register")[0].text == "Join the waiting list"


def test_a_full_event_without_a_waiting_list_offers_no_form(visitor: Visitor, event: Event) -> None:
    with transaction():
        events.get_event(event.slug).promotion = Promotion.NONE
        events.revise(event.id)
    factories.set_places(event, 0)
    page = visitor.read("/werkstatt/")
    assert set(places(page).values()) == {"full"}
    for path in ("register", "register/together"):
        assert not page.all("a", href=f"/werkstatt/{path}")


@pytest.mark.parametrize(
    ("days_ahead", "said"),
    [(3, "Registration closed on"), (200, "Registration opens on"), (-3, "This event is over")],
)
def test_an_event_without_open_registration_says_since_or_until_when(
    visitor: Visitor, days_ahead: int, said: str
) -> None:
    factories.make_event("werkstatt", days_ahead=days_ahead)
    page = visitor.read("/werkstatt/")
    assert said in page.text
    assert not page.all("a", href="/werkstatt/register")


def test_the_slash_at_the_end_may_be_left_out(visitor: Visitor, event: Event) -> None:
    answer = visitor.get("/werkstatt")
    assert answer.status_code == 308
    assert answer.headers["Location"].endswith("/werkstatt/")


def test_an_unknown_event_is_a_page_that_says_so(visitor: Visitor, event: Event) -> None:
    for path in ("/nothing/", "/nothing/register", "/nothing/registered"):
        assert visitor.read(path, 404).all("h1")[0].text == "We have nothing at this address"


def test_a_language_is_chosen_once_and_kept(app: Flask, event: Event) -> None:
    visitor = Visitor(app, language="de")
    page = visitor.read("/werkstatt/")
    assert page.all("html")[0]["lang"] == "de"
    assert page.all("a", hreflang="en")[0]["href"] == "?lang=en"
    assert visitor.read("/werkstatt/?lang=en").all("html")[0]["lang"] == "en"
    assert visitor.read("/").all("html")[0]["lang"] == "en"


def test_the_typeface_is_served_once_and_kept_for_a_year(visitor: Visitor) -> None:
    for weight in ("400", "600"):
        answer = visitor.get(f"/fonts/source-sans-{weight}.woff")
        assert answer.data.startswith(b"wOFF")
        assert int.from_bytes(answer.data[8:12], "big") == len(answer.data) < 150_000
        assert "immutable" in answer.headers["Cache-Control"]
    assert visitor.get("/fonts/source-sans-900.woff").status_code == 404

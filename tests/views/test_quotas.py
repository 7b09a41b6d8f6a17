"""The matrix of places, and the page that sets one of them."""

import re
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from registration.database import db, transaction
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.registrations import HOLDS_PLACE, Registration
from registration.services import events, generation, matrix, quotas, registrations
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of

PLACES = "/organise/werkstatt/places"


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """A browser in which an organiser of the small event has signed in."""
    return signed_in(app)


def cell_texts(page: str) -> dict[str, str]:
    """Return what each cell says, by the address that it leads to."""
    found = re.findall(r'<td[^>]*>\s*<a href="[^"]*/edit([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {
        query.replace("&amp;", "&"): " ".join(re.sub(r"<[^>]+>", " ", text).split())
        for query, text in found
    }


def test_every_number_of_the_matrix_is_what_the_rows_say(app: Flask, event: Event) -> None:
    with transaction():
        generation.generate(events.get_prospectus(event.slug), 300)
    factories.register(event, role="guest", alliance="")
    prospectus = events.get_prospectus(event.slug)
    loaded = matrix.load(event.id)

    def counted(alliance_id: int | None, role_id: int | None) -> int:
        return quotas.count_holders(event.id, alliance_id, role_id)

    for alliance_id in (None, *(each.id for each in prospectus.alliances)):
        for role_id in (None, *(each.id for each in prospectus.roles)):
            assert loaded.cell(alliance_id, role_id).taken == counted(alliance_id, role_id)
    without = db.session.scalar(
        select(func.count()).where(
            Registration.event_id == event.id,
            Registration.alliance_id.is_(None),
            Registration.state.in_(HOLDS_PLACE),
        )
    )
    nobody = matrix.NO_ALLIANCE
    assert loaded.cell(nobody, None).taken == without
    assert sum(loaded.cell(nobody, role.id).taken for role in prospectus.roles) == without


def test_what_is_free_obeys_every_limit_that_applies(event: Event) -> None:
    prospectus = events.get_prospectus(event.slug)
    mr4b, bioz = prospectus.find_alliance("MR4B"), prospectus.find_alliance("BIOZ")
    delegate = prospectus.find_role("delegate")
    assert mr4b is not None
    assert bioz is not None
    assert delegate is not None
    factories.set_places(event, 4)
    factories.set_places(event, 3, role="delegate")
    factories.set_places(event, 1, alliance="MR4B", role="delegate")
    factories.register(event)
    factories.register(event, alliance="BIOZ")
    loaded = matrix.load(event.id)
    assert loaded.cell(mr4b.id, delegate.id) == matrix.Cell(taken=1, places=1, free=0)
    assert loaded.cell(bioz.id, delegate.id) == matrix.Cell(taken=1, places=None, free=1)
    assert loaded.cell(None, delegate.id) == matrix.Cell(taken=2, places=3, free=1)
    assert loaded.cell(None, None) == matrix.Cell(taken=2, places=4, free=2)


def test_the_matrix_says_taken_places_and_free_in_figures(event: Event, organiser: Browser) -> None:
    factories.set_places(event, 10)
    factories.set_places(event, 1, alliance="MR4B", role="delegate")
    factories.register(event)
    page = organiser.get(PLACES)
    cells = cell_texts(page.text)
    assert len(cells) == (3 + 1) * (4 + 1)
    assert cells[""] == "1 / 10 9 free"
    assert cells["?alliance=MR4B&role=delegate"] == "1 / 1 none free"
    assert cells["?alliance=BIOZ&role=delegate"] == "0 9 free"
    assert cells["?role=delegate"] == "1 9 free"


def test_without_any_limit_the_matrix_says_so(event: Event, organiser: Browser) -> None:
    assert set(cell_texts(organiser.get(PLACES).text).values()) == {"0 no limit"}


@pytest.mark.parametrize(
    ("query", "scope"),
    [
        ("", (None, None)),
        ("?role=delegate", (None, "delegate")),
        ("?alliance=MR4B", ("MR4B", None)),
        ("?alliance=MR4B&role=delegate", ("MR4B", "delegate")),
    ],
)
def test_one_limit_is_set_changed_and_taken_away(
    event: Event, organiser: Browser, query: str, scope: tuple[str | None, str | None]
) -> None:
    prospectus = events.get_prospectus(event.slug)
    alliance = prospectus.find_alliance(scope[0] or "")
    role = prospectus.find_role(scope[1] or "")
    organiser.get(f"{PLACES}/edit{query}")
    for sent, stored in (("7", [7]), ("0", [0]), ("", [])):
        done = organiser.post(f"{PLACES}/edit{query}", places=sent)
        assert done.status_code == 303
        assert done.location.startswith(f"{PLACES}#c-")
        db.session.rollback()
        found = quotas.list_quotas(event.id)
        assert [quota.places for quota in found] == stored
        for quota in found:
            assert quota.alliance_id == (alliance.id if alliance else None)
            assert quota.role_id == (role.id if role else None)
    actors = set(db.session.scalars(select(AuditEntry.actor).filter_by(action="quota.set")))
    assert len(actors) == 1
    assert actors.pop().startswith("account:")


def test_one_cell_opens_where_it_stands_with_its_present_limit(
    event: Event, organiser: Browser
) -> None:
    factories.set_places(event, 12, role="guest")
    page = organiser.get(f"{PLACES}/edit?role=guest")
    assert 'value="12"' in page.text
    assert page.text.count('name="places"') == 1
    assert len(cell_texts(page.text)) == (3 + 1) * (4 + 1) - 1
    assert faults_of(page) == []


def test_more_than_allowed_and_who_waits_are_said_in_words(
    event: Event, organiser: Browser
) -> None:
    for _ in range(3):
        factories.register(event)
    factories.set_places(event, 1, alliance="MR4B")
    wait(event, alliance="MR4B")
    cells = cell_texts(organiser.get(PLACES).text)
    assert cells["?alliance=MR4B"] == "3 / 1 2 over 1 waiting"
    assert cells["?alliance=MR4B&role=delegate"] == "3 none free 1 waiting"
    assert cells["?role=delegate"] == "3 no limit 1 waiting"


def wait(event: Event, *, alliance: str) -> None:
    """Let one more person join the waiting list."""
    prospectus = events.get_prospectus(event.slug)
    role, found = prospectus.find_role("delegate"), prospectus.find_alliance(alliance)
    assert role is not None
    assert found is not None
    wish = registrations.Wish(
        person=factories.person(), role=role, alliance_id=found.id, idempotency_key=uuid4().hex
    )
    with transaction():
        registrations.register_or_wait(prospectus, [wish])


def by_script(organiser: Browser, query: str, places: str) -> TestResponse:
    """Set a cell as the page's script does."""
    with organiser.app.app_context():
        return organiser.client.post(
            f"{PLACES}/edit{query}",
            data={"places": places, "csrf_token": organiser.csrf},
            headers={"Accept": "application/json", "Accept-Language": "en"},
        )


def test_the_script_is_told_every_cell_that_is_different_now(
    event: Event, organiser: Browser
) -> None:
    factories.register(event)
    organiser.get(f"{PLACES}/edit")
    answer = by_script(organiser, "?role=delegate", "5")
    assert answer.status_code == 200
    cells = answer.json["cells"]  # type: ignore[index]  # it is an object
    role = events.get_prospectus(event.slug).find_role("delegate")
    assert role is not None
    assert set(cells) == {
        f"c-{row}-{role.id}"
        for row in ("all", 0, *(each.id for each in events.get_prospectus(event.slug).alliances))
    }
    assert cells[f"c-all-{role.id}"]["places"] == "5"
    assert cells[f"c-all-{role.id}"]["fill"] == "some"
    assert "4 free" in cells[f"c-0-{role.id}"]["html"]


def test_raising_a_limit_lets_the_next_move_up_and_shows_it(
    event: Event, organiser: Browser
) -> None:
    factories.set_places(event, 0)
    wait(event, alliance="MR4B")
    organiser.get(f"{PLACES}/edit")
    answer = by_script(organiser, "", "1")
    cells = answer.json["cells"]  # type: ignore[index]  # it is an object
    assert cells["c-all-all"]["html"].startswith('<span class="cell-taken">1')
    assert "waiting" not in cells["c-all-all"]["html"]


def test_the_script_is_told_what_is_wrong(event: Event, organiser: Browser) -> None:
    organiser.get(f"{PLACES}/edit")
    answer = by_script(organiser, "", "many")
    assert answer.status_code == 422
    assert answer.json == {"error": "Enter a whole number from 0 to 1,000,000."}
    assert quotas.list_quotas(event.id) == []


@pytest.mark.parametrize("places", ["-1", "1000001", "many", "1.5", "9" * 30, "٣٠٠٠٠٠٠"])
def test_what_is_no_number_of_places_is_refused_and_kept(
    event: Event, organiser: Browser, places: str
) -> None:
    factories.set_places(event, 5)
    organiser.get(f"{PLACES}/edit")
    page = organiser.post(f"{PLACES}/edit", places=places)
    assert page.status_code == 422
    assert "Enter a whole number from 0 to 1,000,000." in text_of(page)
    assert f'value="{places}"' in page.text
    db.session.rollback()
    assert [quota.places for quota in quotas.list_quotas(event.id)] == [5]


@pytest.mark.parametrize("query", ["?alliance=NOBODY", "?role=nothing", "?alliance=MR4B&role=x"])
def test_a_limit_for_what_is_not_there_is_not_found(
    event: Event, organiser: Browser, query: str
) -> None:
    assert organiser.get(f"{PLACES}/edit{query}").status_code == 404

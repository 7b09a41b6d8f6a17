"""Many places at once: asked first, carried by the page, all of them or none."""

import html
import io
import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from registration.database import db
from registration.models.events import Event
from registration.services import quotas
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of

PLACES = "/organise/werkstatt/places"


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """A browser in which an organiser of the small event has signed in."""
    return signed_in(app)


def carried(page: TestResponse) -> str:
    """Return the changes that a page carries."""
    found = re.search(r'name="changes" value="([^"]*)"', page.text)
    assert found
    return html.unescape(found[1])


def places(event: Event) -> list[int]:
    db.session.rollback()
    return [quota.places for quota in quotas.list_quotas(event.id)]


def upload(organiser: Browser, content: bytes, name: str = "plan.xlsx") -> TestResponse:
    organiser.get(f"{PLACES}/import")
    return organiser.post(f"{PLACES}/import", sheet=(io.BytesIO(content), name))


def test_copying_a_row_asks_first_and_says_what_changes(event: Event, organiser: Browser) -> None:
    factories.set_places(event, 3, alliance="MR4B")
    for _ in range(2):
        factories.register(event, alliance="BIOZ")
    factories.set_places(event, 1, alliance="MR4B", role="delegate")
    question = organiser.get(f"{PLACES}/copy?alliance=MR4B")
    assert faults_of(question) == []
    text = text_of(question)
    assert "4 limits change" in text
    assert "no limit 1 2 1 over" in text
    assert places(event) == [3, 1]
    done = organiser.post(f"{PLACES}/apply", changes=carried(question))
    assert done.status_code == 303
    assert "4 limits have been set." in text_of(organiser.get(done.location))
    assert sorted(places(event)) == [1, 1, 1, 3, 3, 3]


def test_a_row_like_all_others_has_nothing_to_copy(event: Event, organiser: Browser) -> None:
    page = organiser.get(f"{PLACES}/copy?alliance=MR4B")
    assert "Nothing would change" in text_of(page)
    assert "changes" not in re.findall(r'name="([^"]+)"', page.text)


def test_an_unknown_alliance_has_no_row(event: Event, organiser: Browser) -> None:
    assert organiser.get(f"{PLACES}/copy?alliance=NOBODY").status_code == 404
    assert organiser.get(f"{PLACES}/copy").status_code == 404


def test_changes_planned_on_older_limits_are_asked_again(event: Event, organiser: Browser) -> None:
    factories.set_places(event, 3, alliance="MR4B")
    question = organiser.get(f"{PLACES}/copy?alliance=MR4B")
    factories.set_places(event, 8, alliance="BIOZ")
    again = organiser.post(f"{PLACES}/apply", changes=carried(question))
    assert again.status_code == 409
    assert "Somebody changed places in the meantime" in text_of(again)
    assert places(event) == [3, 8]
    assert organiser.post(f"{PLACES}/apply", changes=carried(again)).status_code == 303
    assert places(event) == [3, 3, 3]


@pytest.mark.parametrize(
    "text", ["x", "1:2:3", "999:::5", ":999::5", "::-1:5", ":::1000001", ":::5 :::6", "::1:٣"]
)
def test_what_no_page_carries_is_refused(event: Event, organiser: Browser, text: str) -> None:
    organiser.get(PLACES)
    organiser.get(f"{PLACES}/import")
    assert organiser.post(f"{PLACES}/apply", changes=text).status_code == 400
    assert places(event) == []


def test_a_sheet_goes_out_changes_and_comes_back(event: Event, organiser: Browser) -> None:
    factories.set_places(event, 30)
    factories.set_places(event, 2, alliance="BIOZ")
    sent = organiser.get(f"{PLACES}.xlsx")
    assert sent.headers["Content-Disposition"].startswith("attachment; filename=werkstatt-")
    assert "Nothing would change" in text_of(upload(organiser, sent.data))
    changed = sent.data
    factories.set_places(event, 20)
    question = upload(organiser, changed)
    assert "Set the places as in “plan.xlsx”?" in text_of(question)
    assert "1 limit changes" in text_of(question)
    assert faults_of(question) == []
    organiser.post(f"{PLACES}/apply", changes=carried(question))
    assert places(event) == [30, 2]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_sheet_in_one_language_loads_in_the_other(
    event: Event, organiser: Browser, language: str
) -> None:
    organiser.language = language
    content = organiser.get(f"{PLACES}.xlsx").data
    organiser.language = "en"
    assert "Nothing would change" in text_of(upload(organiser, content))


def test_a_sheet_with_a_fault_changes_nothing_and_names_the_cell(
    event: Event, organiser: Browser
) -> None:
    page = upload(organiser, b"code;delegate\nMR4B;5\nBIOZ;many\n", "plan.csv")
    assert page.status_code == 422
    assert faults_of(page) == []
    assert "1 cell cannot be taken." in text_of(page)
    assert "B3 many Enter a whole number from 0 to 1,000,000" in text_of(page)
    assert places(event) == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"%PDF-1.7", b"\xd0\xcf\x11\xe0"])
def test_a_file_that_is_no_sheet_is_refused_with_advice(
    event: Event, organiser: Browser, content: bytes
) -> None:
    page = upload(organiser, content)
    assert page.status_code == 422
    assert "Nothing was changed" in text_of(page)


def test_loading_without_a_file_says_so(event: Event, organiser: Browser) -> None:
    organiser.get(f"{PLACES}/import")
    page = organiser.post(f"{PLACES}/import")
    assert page.status_code == 422
    assert "Choose a file first." in text_of(page)

"""Designs of badges in the console: edited with a preview, kept whole or not at all; and logos."""

import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from registration.database import db
from registration.models.badges import Design, Logo
from registration.models.events import Event
from registration.services.badges.designs import logos, storing
from tests import factories
from tests.console import Browser, signed_in
from tests.documents import Page

HERE = "/organise/werkstatt/designs"
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10">'
    b'<path d="M0 0H20V10H0z" fill="#5b2a6e"/></svg>'
)


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    return signed_in(app)


def fields_of(organiser: Browser, code: str = "a6") -> dict[str, Any]:
    """Return what the editor's page would send."""
    return dict(Page(organiser.get(f"{HERE}/{code}").text).values)


def send(organiser: Browser, sent: dict[str, Any], do: str, code: str = "a6") -> Any:
    return organiser.post(f"{HERE}/{code}", **sent | {"do": do})


def stored_data(event: Event, code: str = "a6") -> Any:
    db.session.rollback()
    return db.session.scalar(select(Design.data).filter_by(event_id=event.id, code=code))


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_every_ready_made_design_is_shown_as_it_looks(organiser: Browser, event: Event) -> None:
    factories.register(event, family_name="Großmann")
    page = organiser.get(HERE).text
    assert page.count('class="badge-side"') == len(storing.list_designs(event.id))
    assert "L4784" in page


def test_a_design_sent_back_as_it_was_is_the_same(organiser: Browser, event: Event) -> None:
    assert send(organiser, fields_of(organiser), "save").status_code == 303
    before = stored_data(event)
    assert send(organiser, fields_of(organiser), "save").status_code == 303
    assert stored_data(event) == before


def test_what_was_entered_is_kept_and_used_from_then_on(organiser: Browser, event: Event) -> None:
    sent = fields_of(organiser) | {"title": "Unser A6", "front[0].width": "9,5"}
    assert send(organiser, sent, "save").status_code == 303
    assert stored_data(event)["front"][0]["width"] == 9.5
    assert storing.get_stored(event.id, "a6").title == "Unser A6"


@pytest.mark.parametrize(
    ("path", "typed", "told"),
    [
        ("front[0].width", "wide", "a number"),
        ("front[0].width", "500", "too small or too large"),
        ("front[1].x", "90", "does not fit"),
        ("front[3].items[0].steps", "10 20", "sizes that fall"),
        ("front[3].items[0].text", "{password}", "no field of that name"),
        ("front[0].fill", "blue", "Please choose a colour"),
    ],
)
def test_what_cannot_be_printed_is_told_at_its_field_and_nothing_is_kept(
    organiser: Browser, path: str, typed: str, told: str
) -> None:
    answer = send(organiser, fields_of(organiser) | {path: typed}, "save")
    assert answer.status_code == 422
    assert told in answer.text
    assert Page(answer.text).values[path] == typed
    assert count(Design) == 0


def test_a_preview_shows_what_is_typed_and_keeps_nothing(organiser: Browser, event: Event) -> None:
    person = factories.register(event, given_name="Zoë-Charlotte")
    sent = fields_of(organiser) | {"front[1].x": "20", "person": str(person.id)}
    answer = organiser.post(f"{HERE}/a6/preview", **sent)
    assert "Zoë-Charlotte" in answer.text
    assert re.search(r'data-element="front\[1\]"><text x="20\.', answer.text)
    assert "img-src 'self' data:" in answer.headers["Content-Security-Policy"]
    assert count(Design) == 0


def test_elements_are_added_moved_and_removed_before_anything_is_kept(
    organiser: Browser, event: Event
) -> None:
    sent = fields_of(organiser) | {"add_kind": "box", "add_side": "front"}
    page = Page(send(organiser, sent, "add").text)
    last = len(json.loads(page.values["data"])["front"]) - 1
    assert page.values[f"front[{last}].width"] == "20"
    page = Page(send(organiser, dict(page.values), f"up:front[{last}]").text)
    assert json.loads(page.values["data"])["front"][last - 1]["type"] == "box"
    page = Page(send(organiser, dict(page.values), f"remove:front[{last - 1}]").text)
    page = Page(send(organiser, dict(page.values), "item:front[3]").text)
    page = Page(send(organiser, dict(page.values), "back").text)
    assert count(Design) == 0
    assert send(organiser, dict(page.values), "save").status_code == 303
    kept = stored_data(event)
    assert len(kept["front"]) == len(kept["back"]) == last
    assert len(kept["front"][3]["items"]) == 6


def test_of_two_who_edit_the_second_overwrites_nothing(organiser: Browser, event: Event) -> None:
    first, second = fields_of(organiser), fields_of(organiser)
    assert send(organiser, first | {"front[0].width": "9"}, "save").status_code == 303
    answer = send(organiser, second | {"front[0].width": "7"}, "save")
    assert answer.status_code == 422
    assert "Somebody else has saved" in answer.text
    assert stored_data(event)["front"][0]["width"] == 9


TAMPERED = (
    *("", "[]", "{", '{"sheet": 1}', '{"sheet": {}, "front": [1]}', "[" * 100_000),
    '{"sheet": {}, "front": [{"type": "text", "text": "\\ud800"}]}',
)


@pytest.mark.parametrize("data", TAMPERED, ids=range(len(TAMPERED)))
def test_a_page_that_was_tampered_with_falls_back_on_what_is_there(
    organiser: Browser, data: str
) -> None:
    answer = send(organiser, fields_of(organiser) | {"data": data}, "remove:front[99].items[x]")
    assert answer.status_code == 200
    assert json.loads(Page(answer.text).values["data"])["front"]


def test_a_copy_is_a_design_of_its_own_and_can_be_deleted(organiser: Browser, event: Event) -> None:
    organiser.get(HERE)
    answer = organiser.post(f"{HERE}/a6/copy")
    assert answer.location.endswith("/designs/a6-2")
    assert organiser.post(f"{HERE}/a6/copy").location.endswith("/designs/a6-3")
    assert organiser.post(f"{HERE}/a6-2/restore").status_code == 303
    assert organiser.get(f"{HERE}/a6-2").status_code == 404
    assert organiser.post(f"{HERE}/a6/restore").status_code == 404


def bring(organiser: Browser, content: bytes, title: str = "WIR!") -> Any:
    organiser.get(HERE)
    file = (io.BytesIO(content), "logo.svg")
    return organiser.post("/organise/werkstatt/logos", title=title, content=file)


def test_a_logo_is_kept_as_we_write_it_and_shown_by_a_design(
    organiser: Browser, event: Event
) -> None:
    assert bring(organiser, SVG).status_code == 303
    logo = db.session.scalars(select(Logo)).one()
    shown = organiser.get(f"/organise/werkstatt/logos/{logo.id}")
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'"
    sent = fields_of(organiser) | {"add_kind": "logo", "add_side": "front"}
    page = Page(send(organiser, sent, "add").text)
    last = len(json.loads(page.values["data"])["front"]) - 1
    sent = dict(page.values) | {f"front[{last}].logo": str(logo.id)}
    sent |= {f"front[{last}].x": "60", f"front[{last}].y": "24"}
    assert send(organiser, sent, "save").status_code == 303
    assert "#5b2a6e" in organiser.get(f"{HERE}/a6").text
    organiser.post(f"/organise/werkstatt/logos/{logo.id}/remove")
    assert count(Logo) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not a picture", "no PNG, JPEG or SVG"),
        (b"\x89PNG\r\n\x1a\nbroken", "cannot be read"),
        (SVG.replace(b"<path", b"<script>1</script><path"), "parts that we do not draw"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), "more than 2 MB"),
        (b"", "no PNG, JPEG or SVG"),
    ],
)
def test_a_logo_that_cannot_be_taken_is_told_why(
    organiser: Browser, content: bytes, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logos, "MOST_BYTES", 1000)
    answer = bring(organiser, content)
    assert answer.status_code == 422
    assert told in answer.text
    assert count(Logo) == 0

"""A coordinator downloads the list of the own people, and nobody else's."""

import io
from typing import Any

import pypdf
import pytest
from flask import Flask
from openpyxl import load_workbook

from registration.database import db
from registration.models.audit import AuditEntry
from registration.models.events import Event
from tests import factories
from tests.console import Browser, faults_of, text_of
from tests.coordinators import HERE, make_event, signed_in


@pytest.fixture
def event(app: Flask) -> Event:
    event = make_event()
    factories.register(event, family_name="Groß", email="ours@a.example")
    factories.register(event, family_name="Fremdling", alliance="BIOZ")
    factories.register(event, family_name="Wartend", role="moderator")
    return event


@pytest.fixture
def coordinator(app: Flask, event: Event) -> Browser:
    return signed_in(app, event)


def names_in(content: bytes, form: str) -> str:
    if form == "xlsx":
        rows = load_workbook(io.BytesIO(content), read_only=True).worksheets[0].iter_rows()
        return " ".join(str(cell.value) for row in rows for cell in row)
    if form == "pdf":
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    return content.decode("utf-8-sig")


@pytest.mark.parametrize("form", ["xlsx", "csv", "csv-excel", "pdf"])
def test_a_list_has_the_own_confirmed_people_only_and_is_written_down(
    event: Event, coordinator: Browser, form: str
) -> None:
    assert not faults_of(coordinator.get(f"{HERE}/lists"))
    sent = coordinator.post(f"{HERE}/lists", format=form)
    assert sent.status_code == 200
    assert "attachment" in sent.headers["Content-Disposition"]
    assert "werkstatt-mr4b-" in sent.headers["Content-Disposition"]
    assert sent.headers["Cache-Control"] == "no-store"
    names = names_in(sent.data, form)
    assert "Groß" in names
    assert "Fremdling" not in names
    assert "Wartend" not in names
    assert written_down() == {"format": form, "people": 1}


def written_down() -> dict[str, Any]:
    db.session.rollback()
    [entry] = db.session.query(AuditEntry).filter_by(action="roster.downloaded")
    assert entry.actor.startswith("account:")
    assert entry.subject.startswith("alliance:")
    return dict(entry.detail)


def test_a_form_that_is_none_of_them_makes_no_file(event: Event, coordinator: Browser) -> None:
    sent = coordinator.post(f"{HERE}/lists", format="exe")
    assert sent.status_code == 422
    assert "Choose one of these." in text_of(sent)

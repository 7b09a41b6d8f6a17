"""Answers in the organisers' attendance list."""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import event as hooks

from registration import clock
from registration.database import Localised, db, transaction
from registration.models.events import Event
from registration.models.questions import QuestionKind, Value
from registration.services import questions
from registration.services.papers import reading
from registration.services.questions import setting
from registration.services.questions.shaping import Wanted
from registration.services.rosters import RosterFormat, RosterKind, kinds, making
from tests import factories

WIDTH = len(kinds.READY[RosterKind.ATTENDANCE].columns)
"""The columns of every event's list; after them come the answers."""
Write = Callable[..., Path]
SIZES = ({"code": "l", "de": "Groß; lang", "en": "Large"},)


@pytest.fixture
def asked(event: Event) -> dict[str, int]:
    """The ids of the questions that the small event asks."""
    ids = {}
    for code, kind in (
        ("size", QuestionKind.CHOICE),
        ("km", QuestionKind.NUMBER),
        ("arrival", QuestionKind.DATE),
        ("hotel", QuestionKind.YES_NO),
        ("note", QuestionKind.TEXT),
    ):
        wanted = Wanted(
            kind=kind,
            title=Localised(de=f"={code} auf Deutsch", en=code),
            purpose=Localised(de="x", en="x"),
            help=Localised(),
            options=SIZES if kind == QuestionKind.CHOICE else (),
        )
        with transaction():
            question = setting.create(event.id, wanted, code=code, actor="command")
            db.session.flush()
            ids[code] = question.id
    return ids


def come(event: Event, answers: dict[int, Value | None], **told: Any) -> None:
    registration = factories.register(event, **told)
    with transaction():
        questions.store(registration.id, answers)


@pytest.fixture
def write(event: Event, tmp_path: Path) -> Write:
    def make(file_format: RosterFormat, **more: Any) -> Path:
        path = tmp_path / f"list.{file_format}"
        making.write(
            path,
            event_id=event.id,
            file_format=file_format,
            locale="de",
            as_of=clock.now(),
            on_progress=lambda _steps: None,
            **more,
        )
        return path

    return make


def everything(asked: dict[str, int]) -> dict[int, Value | None]:
    told = {"size": "l", "km": -2.5, "arrival": "2025-11-03", "hotel": True, "note": "=1+1"}
    return {asked[code]: value for code, value in told.items()}  # type: ignore[misc]


def test_programs_get_codes_under_the_questions_codes(
    event: Event, asked: dict[str, int], write: Write
) -> None:
    come(event, everything(asked))
    come(event, {}, family_name="Zahl")
    header, first, second = csv.reader(io.StringIO(write(RosterFormat.CSV).read_text()))
    assert header[WIDTH:] == ["q_size", "q_km", "q_arrival", "q_hotel", "q_note"]
    assert first[WIDTH:] == ["l", "-2.5", "2025-11-03", "true", "'=1+1"]
    assert second[WIDTH:] == [""] * 5


def test_people_get_words_and_no_formula(event: Event, asked: dict[str, int], write: Write) -> None:
    come(event, everything(asked))
    text = write(RosterFormat.CSV_EXCEL).read_text(encoding="utf-8-sig")
    header, first = csv.reader(io.StringIO(text), delimiter=";")
    assert header[WIDTH] == "'=size auf Deutsch"
    assert first[WIDTH:] == ["Groß; lang", "-2,5", "03.11.2025", "Ja", "'=1+1"]


def test_a_workbook_has_real_numbers_and_dates(
    event: Event, asked: dict[str, int], write: Write
) -> None:
    come(event, everything(asked))
    sheet = load_workbook(write(RosterFormat.XLSX)).active
    assert sheet is not None
    header, first = list(sheet.iter_rows(values_only=True))
    assert header[WIDTH:] == tuple(f"={code} auf Deutsch" for code in asked)
    assert first[WIDTH:] == ("Groß; lang", -2.5, datetime(2025, 11, 3), "Ja", "=1+1")  # noqa: DTZ001  # as Excel keeps it
    cell = sheet.cell(2, WIDTH + 5)
    assert cell.data_type == "s"


def test_removed_questions_stay_as_long_as_they_have_answers(
    event: Event, asked: dict[str, int], write: Write
) -> None:
    come(event, {asked["note"]: "hello"})
    for code in ("note", "km"):
        with transaction():
            setting.remove(setting.get(event.id, code), actor="command")
    header, first = csv.reader(io.StringIO(write(RosterFormat.CSV).read_text()))
    assert header[WIDTH:] == ["q_size", "q_arrival", "q_hotel", "q_note"]
    assert first[-1] == "hello"


def test_the_list_of_one_alliance_has_no_answers(
    event: Event, asked: dict[str, int], write: Write
) -> None:
    come(event, everything(asked))
    alliance_id = factories.register(event).alliance_id
    for file_format in (RosterFormat.CSV, RosterFormat.CSV_EXCEL):
        text = write(file_format, alliance_id=alliance_id).read_text()
        assert "=1+1" not in text
        assert "size" not in text
    sheet = load_workbook(write(RosterFormat.XLSX, alliance_id=alliance_id)).active
    assert sheet is not None
    assert sheet.max_column == WIDTH


def test_answers_cost_one_query_for_each_chunk_of_people(
    event: Event, asked: dict[str, int], write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        come(event, {asked["note"]: "hello"})
    monkeypatch.setattr(reading, "CHUNK", 2)
    statements: list[str] = []

    def note(*sent: Any) -> None:
        statements.append(sent[2])

    hooks.listen(db.engine, "before_cursor_execute", note)
    try:
        write(RosterFormat.CSV)
    finally:
        hooks.remove(db.engine, "before_cursor_execute", note)
    assert len([each for each in statements if "answer.value" in each]) == 3

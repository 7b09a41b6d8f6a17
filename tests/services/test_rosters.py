"""The attendance list has everybody who is confirmed, once, in each format."""

import csv
import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pypdfium2
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from registration import clock
from registration.database import db, transaction
from registration.models.events import Event
from registration.models.gates import Presence
from registration.models.registrations import Registration
from registration.services import events, registrations
from registration.services.papers.documents import MM
from registration.services.rosters import RosterFormat, RosterKind, kinds, making, people
from registration.services.rosters.delimited import FORMULA_SIGNS
from registration.services.rosters.printed import layout
from registration.services.rosters.printed.layout import Part, Sheet
from tests import factories

ARRIVED_AT = datetime(2026, 1, 6, 8, 5, 9, tzinfo=UTC)
AS_OF = datetime(2026, 1, 6, 8, 30, tzinfo=UTC)

Made = Callable[..., bytes]


@pytest.fixture
def made(event: Event, tmp_path: Path) -> Made:
    """The list of the event, as a file of the format asked for."""

    def make(file_format: RosterFormat, *, locale: str = "de", as_of: datetime = AS_OF) -> bytes:
        path = tmp_path / "roster"
        steps: list[int] = []
        count = making.write(
            path,
            event_id=event.id,
            file_format=file_format,
            locale=locale,
            as_of=as_of,
            on_progress=steps.append,
        )
        assert sum(steps) == count == people.count(event.id, kinds.READY[RosterKind.ATTENDANCE])
        return path.read_bytes()

    return make


def arrive(registration: Registration, at: datetime = ARRIVED_AT) -> None:
    assert registration.badge is not None
    badge_id = registration.badge.id
    with transaction():
        db.session.add(
            Presence(
                badge_id=badge_id,
                event_id=registration.event_id,
                inside=True,
                first_at=at,
                first_gate="main",
                last_at=at,
            )
        )


def rows_for_programs(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def text_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_only_who_is_confirmed_is_on_the_list(event: Event, made: Made) -> None:
    factories.register(event, family_name="Bestätigt")
    factories.register(event, family_name="Angefragt", role="guest", alliance="")
    cancelled = factories.register(event, family_name="Abgesagt")
    with transaction():
        registrations.cancel(registrations.get(cancelled.id))
    rows = rows_for_programs(made(RosterFormat.CSV))
    assert [row["family_name"] for row in rows] == ["Bestätigt"]


def test_people_stand_by_alliance_and_then_as_germans_sort(event: Event, made: Made) -> None:
    for family_name, alliance, role in (
        ("Ohne", "", "guest"),
        ("Zoll", "BIOZ", "delegate"),
        ("Özdemir", "MR4B", "delegate"),
        ("Ofen", "MR4B", "delegate"),
        ("Ozean", "MR4B", "delegate"),
    ):
        factories.register(event, family_name=family_name, alliance=alliance, role=role)
    with transaction():
        for asked in db.session.query(Registration).filter_by(state="requested").all():
            registrations.approve(registrations.get(asked.id), actor="command")
    rows = rows_for_programs(made(RosterFormat.CSV))
    found = [(row["alliance"], row["family_name"]) for row in rows]
    assert found == [
        ("BIOZ", "Zoll"),
        ("MR4B", "Ofen"),
        ("MR4B", "Özdemir"),
        ("MR4B", "Ozean"),
        ("", "Ohne"),
    ]


def test_csv_for_programs_speaks_in_codes_and_iso_8601(event: Event, made: Made) -> None:
    registration = factories.register(event, photo_consent=False, organisation='A, "B"\nC')
    arrive(registration)
    content = made(RosterFormat.CSV)
    assert content.startswith(b"alliance,family_name,given_name,title,organisation,position,")
    (row,) = rows_for_programs(content)
    assert row == {
        "alliance": "MR4B",
        "family_name": "Groß",
        "given_name": "Änne",
        "title": "",
        "organisation": 'A, "B"\nC',
        "position": "",
        "sector": "",
        "role": "delegate",
        "theme": "",
        "short_code": registration.short_code,
        "state": "confirmed",
        "photo_consent": "false",
        "arrived_at": "2026-01-06T08:05:09Z",
        "gate": "main",
    }
    assert made(RosterFormat.CSV, locale="en") == content


def test_all_roles_of_a_person_stand_in_one_cell_by_rank(event: Event, made: Made) -> None:
    person = factories.register(event, role="delegate")
    other = factories.register(event, role="presenter", family_name="Zander")
    with transaction():
        roles = events.get_prospectus(event.slug).roles
        wanted = [role for role in roles if role.code in {"delegate", "presenter", "guest"}]
        registrations.change_roles(registrations.get(person.id), wanted, actor="command")
    first, second = rows_for_programs(made(RosterFormat.CSV))
    assert first["role"] == "presenter delegate guest"
    assert (second["short_code"], second["role"]) == (other.short_code, "presenter")
    sheet = openpyxl.load_workbook(io.BytesIO(made(RosterFormat.XLSX, locale="en"))).active
    assert sheet is not None
    assert sheet.cell(row=2, column=8).value == "Presenter, Delegate, Guest"
    (text,) = text_of(made(RosterFormat.PDF, locale="en"))
    assert "Presenter, Delegate, Guest" in " ".join(text.split())


def test_csv_for_excel_opens_in_a_german_excel(event: Event, made: Made) -> None:
    arrive(factories.register(event, photo_consent=True))
    content = made(RosterFormat.CSV_EXCEL)
    assert content.startswith("\ufeffBündnis;Nachname;Vorname;Titel;".encode())
    assert content.count(b"\r\n") == content.count(b"\n") == 2
    row = content.decode("utf-8-sig").splitlines()[1].split(";")
    assert row[1:3] == ["Groß", "Änne"]
    assert row[7] == "Delegierte:r"
    assert row[10:] == ["Bestätigt", "Ja", "06.01.2026 09:05", "Haupteingang"]
    assert "Arrived at" in made(RosterFormat.CSV_EXCEL, locale="en").decode("utf-8-sig")


@pytest.mark.parametrize("first", sorted(FORMULA_SIGNS))
def test_no_cell_is_a_formula_and_none_loses_a_letter(event: Event, made: Made, first: str) -> None:
    told = {
        name: f"{first}49 170 {name}"
        for name in ("given_name", "family_name", "title", "organisation", "position")
    }
    factories.register(event, **told)
    (row,) = rows_for_programs(made(RosterFormat.CSV))
    assert {name: row[name] for name in told} == {name: "'" + text for name, text in told.items()}
    excel = list(
        csv.reader(
            io.StringIO(made(RosterFormat.CSV_EXCEL).decode("utf-8-sig"), newline=""), delimiter=";"
        )
    )
    assert not any(cell[:1] in FORMULA_SIGNS for line in excel for cell in line if cell)
    sheet = openpyxl.load_workbook(io.BytesIO(made(RosterFormat.XLSX))).active
    assert sheet is not None
    cell = sheet.cell(row=2, column=2)
    assert cell.data_type in {"s", "inlineStr"}
    assert unescape(str(cell.value)).strip() == told["family_name"].strip()


def test_a_workbook_has_typed_cells_a_frozen_head_and_a_filter(event: Event, made: Made) -> None:
    arrive(factories.register(event, organisation="007", position="https://example.org"))
    factories.register(event, family_name="Zander")
    workbook = openpyxl.load_workbook(io.BytesIO(made(RosterFormat.XLSX)))
    sheet = workbook.active
    assert sheet is not None
    head, first, second = sheet.iter_rows()
    assert [cell.value for cell in head][:3] == ["Bündnis", "Nachname", "Vorname"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:N3"
    assert first[4].value == "007"
    assert first[5].hyperlink is None
    assert first[12].value == datetime(2026, 1, 6, 9, 5, 9)  # noqa: DTZ001  # Excel has no zones
    assert second[12].value is None
    assert [sheet.column_dimensions[name].width for name in "AB"] > [20, 15]


def test_a_printed_list_says_what_it_is_of_when_and_how_many(event: Event, made: Made) -> None:
    arrive(factories.register(event))
    factories.register(event, family_name="Zander")
    (german,) = text_of(made(RosterFormat.PDF))
    for shown in (
        "Anwesenheitsliste",
        event.title["de"],
        "Landesvertretung Thüringen, Berlin",
        "Stand: 6. Januar 2026, 09:30",
        "2 Personen, 1 eingetroffen",
        "Groß, Änne",
        "Delegierte:r",
        "Seite 1 von 1",
    ):
        assert shown in german
    (english,) = text_of(made(RosterFormat.PDF, locale="en"))
    for shown in ("Attendance list", "As of 6 January 2026, 09:30", "2 people, 1 arrived"):
        assert shown in english
    assert "Page 1 of 1" in english


def test_an_arrival_on_another_day_is_shown_with_its_day(event: Event, made: Made) -> None:
    zone = ZoneInfo("Europe/Berlin")
    on_the_day = datetime.combine(event.held_on, datetime.min.time(), zone) + timedelta(hours=9)
    arrive(factories.register(event), on_the_day)
    arrive(factories.register(event, family_name="Zu Früh"), on_the_day - timedelta(days=1))
    (text,) = text_of(made(RosterFormat.PDF))
    assert f"{on_the_day:%H:%M}\n" in text or f"{on_the_day:%H:%M} " in text
    assert f"{on_the_day - timedelta(days=1):%d.%m. %H:%M}" in text


def test_a_group_that_goes_on_says_so_on_each_page(event: Event, made: Made) -> None:
    for number in range(60):
        factories.register(event, family_name=f"Person {number:02}")
    pages = text_of(made(RosterFormat.PDF))
    assert len(pages) == 3
    assert "(Fortsetzung)" not in pages[0]
    for number, page in enumerate(pages, start=1):
        assert f"Seite {number} von 3" in page
        assert "60 Personen, 0 eingetroffen" in page
        assert number == 1 or "(Fortsetzung)" in page
    everybody = "\n".join(pages)
    assert all(f"Person {number:02}, Änne" in everybody for number in range(60))


def test_a_name_of_any_length_stays_in_its_row(event: Event, made: Made) -> None:
    chance = random.Random(8)
    for letters in ("W", "abc def-", "ÄÖÜß "):
        for most in (1, 40, 80):
            factories.register(
                event,
                given_name="".join(chance.choices(letters, k=most)).strip() or "X",
                family_name="".join(chance.choices(letters, k=most)).strip() or "X",
                title="W" * 60,
                organisation="".join(chance.choices(letters, k=min(160, most * 2))),
            )
    document = pypdfium2.PdfDocument(made(RosterFormat.PDF))
    boxes = [
        each.get_bounds() for page in document for each in page.get_objects() if each.type == 1
    ]
    document.close()
    for number, (left, bottom, right, top) in enumerate(boxes):
        assert 0 < left < right < layout.SHORT * MM
        for other in boxes[number + 1 :]:
            apart = right <= other[0] or other[2] <= left or top <= other[1] or other[3] <= bottom
            assert apart


@pytest.mark.parametrize("file_format", RosterFormat)
def test_nobody_yet_makes_a_file_too(made: Made, file_format: RosterFormat) -> None:
    assert made(file_format)


@pytest.mark.parametrize("file_format", RosterFormat)
def test_the_same_people_make_the_same_file(
    event: Event, made: Made, file_format: RosterFormat
) -> None:
    arrive(factories.register(event))
    first = made(file_format)
    with time_machine.travel(clock.now() + timedelta(days=2)):
        assert made(file_format) == first


@given(st.lists(st.integers(1, 120), max_size=30), st.booleans(), st.sampled_from([0.0, 34.0]))
def test_places_leave_no_row_out_and_keep_headings_with_their_rows(
    sizes: list[int], new_page: bool, closing: float
) -> None:
    sheet = Sheet(new_page=new_page, closing=closing)
    placed = list(layout.places(sizes, sheet))
    heights = {Part.ROW: sheet.row, Part.CLOSING: closing}
    for group, size in enumerate(sizes):
        parts = [place.part for place in placed if place.group == group]
        assert parts.count(Part.ROW) == size
        assert parts.count(Part.CLOSING) == bool(closing)
    named = layout.numbers(sizes, sheet)
    assert len(named) == max((place.page for place in placed), default=0)
    for place, after in pairwise(placed):
        bottom = place.top - heights.get(place.part, sheet.heading)
        assert bottom >= sheet.bottom
        if after.page == place.page:
            assert after.top == pytest.approx(bottom)
            assert not (new_page and after.part == Part.HEADING)
        else:
            assert after.part in {Part.HEADING, Part.CONTINUED}
            assert after.page == place.page + 1
            assert place.part in heights
    if new_page:
        assert [number.page for number in named].count(1) == len(sizes)

"""Each kind of list says what its readers need, and no more."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pypdfium2
import pytest

from registration.database import Localised, db, transaction
from registration.errors import Invalid
from registration.models.events import Event
from registration.models.gates import Presence
from registration.models.questions import QuestionKind
from registration.models.registrations import Registration, Source
from registration.services import events, questions, registrations
from registration.services.papers.pages import MM
from registration.services.questions import setting
from registration.services.questions.shaping import Wanted as Question
from registration.services.rosters import RosterFormat, RosterKind, kinds, making, parsing, tables
from registration.services.rosters.wanted import Handover, Wanted
from tests import factories

AS_OF = datetime(2026, 1, 6, 8, 30, tzinfo=UTC)
Make = Callable[..., bytes]


@pytest.fixture
def press_event(app: object) -> Event:
    """The small event, with the press among its roles."""
    facts = factories.facts()
    shipped = events.facts_of("zukunftswerkstatt")["roles"]
    facts["roles"] += [role for role in shipped if role["code"] == "press"]
    with transaction():
        return events.create(facts, held_on=factories.in_days(42))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A list of an event as a file."""

    def made(event: Event, kind: RosterKind, file_format: RosterFormat, **more: Any) -> bytes:
        path = tmp_path / "list"
        wanted = Wanted(
            event_id=event.id,
            spec=kinds.ready(event.id, kind),
            file_format=file_format,
            locale="en",
            **more,
        )
        steps: list[int] = []
        count = making.make(path, wanted, as_of=AS_OF, on_progress=steps.append)
        assert sum(steps) == count
        return path.read_bytes()

    return made


def come(registration: Registration, *, inside: bool = True) -> None:
    assert registration.badge is not None
    badge_id, event_id = registration.badge.id, registration.event_id
    with transaction():
        db.session.add(
            Presence(
                badge_id=badge_id,
                event_id=event_id,
                inside=inside,
                first_at=AS_OF,
                first_gate="main",
                last_at=AS_OF,
            )
        )


def confirm_all() -> None:
    with transaction():
        for asked in db.session.query(Registration).filter_by(state="requested").all():
            registrations.approve(registrations.get(asked.id), actor="command")


def set_values(registration: Registration, **values: Any) -> None:
    with transaction():
        found = registrations.get(registration.id)
        for name, value in values.items():
            setattr(found, name, value)


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def rows_of(content: bytes) -> list[Mapping[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def names_of(event: Event, kind: RosterKind) -> list[tuple[str, list[str]]]:
    spec = kinds.ready(event.id, kind)
    found = tables.table(event.id, spec, locale="en", as_of=AS_OF)
    at = [head.code for head in found.heads].index("name")
    return [(group.name, [line.cells[at] for line in group.lines]) for group in found.groups]


def test_every_kind_is_made_in_every_format_with_and_without_people(
    event: Event, make: Make
) -> None:
    def make_all() -> None:
        for kind in RosterKind:
            for file_format in RosterFormat:
                assert make(event, kind, file_format)

    make_all()
    come(factories.register(event))
    make_all()


def test_a_signature_sheet_has_all_that_funders_ask_for(event: Event, make: Make) -> None:
    for number in range(25):
        factories.register(event, family_name=f"Person {number:02}")
    factories.register(event, family_name="Zoll", alliance="BIOZ", organisation="Werk")
    pages = pages_of(make(event, RosterKind.SIGNATURE, RosterFormat.PDF))
    assert len(pages) == 3
    assert "Zoll, Änne" in pages[0]
    assert "Page 1 of 1" in pages[0]
    assert "1 person" in pages[0]
    assert not any("Zoll" in page for page in pages[1:])  # nobody reads the others
    assert "Page 1 of 2" in pages[1]
    assert "Page 2 of 2" in pages[2]
    assert ["We confirm" in page for page in pages] == [True, False, True]
    assert "signature for the alliance" in pages[0]
    for page in pages:
        for said in (
            "Signature sheet",
            event.title["en"],
            f"Organised by {event.organiser_name}",
            event.programme_line,
            "Landesvertretung Thüringen, Berlin",
            f"{event.held_on:%A}",
            "Name",
            "Organisation",
            "Signature",
        ):
            assert said in page


def test_who_belongs_to_no_alliance_has_nobody_to_sign_for_it(event: Event, make: Make) -> None:
    set_values(factories.register(event), alliance_id=None)
    (page,) = pages_of(make(event, RosterKind.SIGNATURE, RosterFormat.PDF))
    assert "second confirming signature" in page
    assert "for the alliance" not in page


def test_what_a_list_is_for_is_never_cut_off_with_its_end(event: Event, make: Make) -> None:
    handed = Handover(recipient="R" * 120, purpose="Purpose " * 25, expires_on=date(2026, 1, 20))
    (page,) = pages_of(make(event, RosterKind.SECURITY, RosterFormat.PDF, handover=handed))
    said = "".join(page.split())
    assert "".join(f"{handed.purpose} · To be destroyed by 20 January 2026".split()) in said
    content = make(event, RosterKind.SECURITY, RosterFormat.XLSX, handover=handed)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert sheet.oddFooter
    assert str(sheet.oddFooter.left.text).endswith("… · To be destroyed by 20 January 2026")
    assert sheet.oddHeader
    assert "Landesvertretung Thüringen, Berlin" in str(sheet.oddHeader.left.text)


def test_a_page_says_that_its_boxes_are_letters_that_the_fonts_lack(
    event: Event, make: Make
) -> None:
    factories.register(event, given_name="سارة", alliance="BIOZ")
    factories.register(event)
    pages = pages_of(make(event, RosterKind.SIGNATURE, RosterFormat.PDF))
    assert ["stands for a letter that the fonts lack" in page for page in pages] == [True, False]


def test_rows_to_be_signed_are_measured_at_least_nine_millimetres_high(
    event: Event, make: Make
) -> None:
    for number in range(4):
        factories.register(event, family_name=f"Person {number}")
    document = pypdfium2.PdfDocument(make(event, RosterKind.SIGNATURE, RosterFormat.PDF))
    page = document[0]
    assert page.get_size() == pytest.approx((210 * MM, 297 * MM), abs=0.01)
    lines = [each.get_bounds() for each in page.get_objects() if each.type == 2]
    wide = sorted(
        {round(bottom, 2) for left, bottom, right, _top in lines if right - left > 150 * MM}
    )
    document.close()
    apart = [(upper - lower) / MM for lower, upper in pairwise(wide)]
    assert apart[:3] == pytest.approx([11.0] * 3, abs=0.1)


def test_the_door_knows_by_letter_who_is_in(event: Event, make: Make) -> None:
    come(factories.register(event, family_name="Ärmel"))
    come(factories.register(event, family_name="Zander"), inside=False)
    noted = factories.register(event, family_name="Azur")
    set_values(noted, gate_note="Please call Ms Example")
    assert names_of(event, RosterKind.DOOR) == [
        ("A", ["Ärmel, Änne", "Azur, Änne"]),
        ("Z", ["Zander, Änne"]),
    ]
    found = tables.table(event.id, kinds.ready(event.id, RosterKind.DOOR), locale="en", as_of=AS_OF)
    ticks = [line.cells[0] for group in found.groups for line in group.lines]
    assert ticks == ["x", "", ""]
    (page,) = pages_of(make(event, RosterKind.DOOR, RosterFormat.PDF))
    assert "Please call Ms Example" in " ".join(page.split())
    assert "As of 6 January 2026, 09:30" in page


def test_the_house_gets_the_fewest_columns_with_recipient_purpose_and_end(
    event: Event, make: Make
) -> None:
    asked = Question(
        kind=QuestionKind.DATE,
        title=Localised(de="Geburtsdatum", en="Date of birth"),
        purpose=Localised(de="Für die Sicherheit des Hauses", en="For the security of the house"),
        help=Localised(),
        options=(),
    )
    with transaction():
        born = setting.create(event.id, asked, code="born", actor="command")
        db.session.flush()
        born_id = born.id
    person = factories.register(event, diet="vegan")
    with transaction():
        questions.store(person.id, {born_id: "1980-02-29"})
    (row,) = rows_of(make(event, RosterKind.SECURITY, RosterFormat.CSV))
    assert row == {
        "family_name": "Groß",
        "given_name": "Änne",
        "q_born": "1980-02-29",
        "organisation": "Institut für Beispiele",
    }
    handed = Handover(recipient="The gate", purpose="Admission", expires_on=date(2026, 1, 20))
    (page,) = pages_of(make(event, RosterKind.SECURITY, RosterFormat.PDF, handover=handed))
    for said in (
        "For The gate",
        "Purpose: Admission",
        "destroyed by 20 January 2026",
        "29.02.1980",
    ):
        assert said in page
    content = make(event, RosterKind.SECURITY, RosterFormat.XLSX, handover=handed)
    foot = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].oddFooter
    assert foot is not None
    assert str(foot.left.text).endswith(
        "For The gate · Purpose: Admission · To be destroyed by 20 January 2026"
    )
    spec = kinds.ready(event.id, RosterKind.SECURITY).as_json()
    with pytest.raises(Invalid) as refused:
        parsing.parse(event.id, spec | {"columns": ["family_name", "diet"]})
    assert refused.value.details["fields"] == {"columns": "sensitive"}


def test_the_caterer_gets_counts_and_no_names(event: Event, make: Make) -> None:
    for number, diet in enumerate(("vegan", "vegan", "any")):
        needs = "Rollstuhl" if number else " rollstuhl "
        factories.register(event, family_name=f"Geheim{number}", diet=diet, support_needs=needs)
    rows = rows_of(make(event, RosterKind.CATERING, RosterFormat.CSV))
    counted = {(row["table"], row["row"], row["column"]): row["people"] for row in rows}
    assert counted["diet", "delegate", "vegan"] == "2"
    assert counted["diet", "delegate", "total"] == "3"
    assert counted["diet", "total", "any"] == "1"
    assert [row["people"] for row in rows if row["table"] == "support"] == ["3"]
    for file_format in RosterFormat:
        content = make(event, RosterKind.CATERING, file_format)
        if file_format == RosterFormat.PDF:
            content = "".join(pages_of(content)).encode()
        if file_format == RosterFormat.XLSX:
            book = openpyxl.load_workbook(io.BytesIO(content))
            cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
            assert 2 in cells  # a number, not a text
            content = repr(cells).encode()
        assert b"Geheim" not in content
        assert "Änne".encode() not in content


def test_a_report_says_who_registered_came_and_did_not_come(event: Event, make: Make) -> None:
    come(factories.register(event))
    factories.register(event)
    walked_in = factories.register(event, alliance="BIOZ")
    set_values(walked_in, source=Source.WALK_IN)
    come(walked_in, inside=False)
    gone = factories.register(event)
    with transaction():
        registrations.cancel(registrations.get(gone.id))
    rows = rows_of(make(event, RosterKind.REPORT, RosterFormat.CSV))
    counted = {(row["table"], row["row"], row["column"]): int(row["people"]) for row in rows}
    told = ("registered", "came", "absent")
    assert [counted["total", name, "people"] for name in told] == [3, 2, 1]
    assert counted["total", "walked_in", "people"] == 1
    assert counted["total", "cancelled", "people"] == 1
    assert [counted["alliance", "MR4B", name] for name in told] == [2, 1, 1]
    assert [counted["alliance", "BIOZ", name] for name in told] == [1, 1, 0]
    assert [counted["role", "total", name] for name in told] == [3, 2, 1]
    book = openpyxl.load_workbook(io.BytesIO(make(event, RosterKind.REPORT, RosterFormat.XLSX)))
    assert book.sheetnames == ["In all", "By alliance", "By role"]
    assert [cell.value for cell in book["By alliance"][3]] == ["MR4B", 2, 1, 1]
    (page,) = pages_of(make(event, RosterKind.REPORT, RosterFormat.PDF))
    assert "Did not come" in page


def test_the_bars_of_a_report_are_as_long_as_their_numbers(event: Event, make: Make) -> None:
    for number in range(4):
        person = factories.register(event)
        if number == 0:
            come(person)
    document = pypdfium2.PdfDocument(make(event, RosterKind.REPORT, RosterFormat.PDF))
    shapes = [each.get_bounds() for each in document[0].get_objects() if each.type == 2]
    widths = [right - left for left, bottom, right, top in shapes if 9 < top - bottom < 10.5]
    document.close()
    assert max(widths) / min(widths) == pytest.approx(4, abs=0.15)


def test_an_evacuation_list_has_who_is_inside_now(event: Event) -> None:
    come(factories.register(event, family_name="Drinnen"))
    come(factories.register(event, family_name="Draußen"), inside=False)
    factories.register(event, family_name="Nie")
    assert names_of(event, RosterKind.EVACUATION) == [("MR4B", ["Drinnen, Änne"])]


def test_protocol_goes_by_role_then_precedence_then_name(event: Event) -> None:
    factories.register(event, family_name="Zuletzt")
    for family_name, place in (("Bauer", 0), ("Adler", 0), ("Ziegler", 1), ("Young", 2)):
        person = factories.register(event, family_name=family_name, role="political", alliance="")
        set_values(person, precedence=place, state="confirmed")
    confirm_all()
    found = names_of(event, RosterKind.PROTOCOL)
    assert [name for name, _people in found] == ["Political guest", "Delegate"]
    assert found[0][1] == ["Ziegler, Änne", "Young, Änne", "Adler, Änne", "Bauer, Änne"]


def test_a_delegation_has_its_own_page_and_numbers(event: Event, make: Make) -> None:
    factories.register(event, family_name="Zoll", alliance="BIOZ")
    factories.register(event, family_name="Groß")
    first, second = pages_of(make(event, RosterKind.DELEGATION, RosterFormat.PDF))
    assert ("Zoll" in first, "Groß" in first) == (True, False)
    assert "Page 1 of 1" in second


def test_the_press_list_has_the_press_and_who_agrees_to_photos(press_event: Event) -> None:
    factories.register(press_event, family_name="Ja", photo_consent=True)
    factories.register(press_event, family_name="Nein", photo_consent=False)
    factories.register(press_event, family_name="Offen")
    factories.register(press_event, family_name="Presse", role="press", alliance="")
    confirm_all()
    assert names_of(press_event, RosterKind.PRESS) == [("", ["Ja, Änne", "Presse, Änne"])]


def test_themes_are_listed_one_by_one_in_their_order(event: Event) -> None:
    themes = events.get_prospectus(event.slug).themes
    for theme, name in ((themes[1], "Zwei"), (themes[0], "Eins")):
        set_values(factories.register(event, family_name=name), theme_id=theme.id)
    factories.register(event, family_name="Keins")
    assert names_of(event, RosterKind.THEMES) == [
        (themes[0].title["en"], ["Eins, Änne"]),
        (themes[1].title["en"], ["Zwei, Änne"]),
        ("Without a theme", ["Keins, Änne"]),
    ]

"""Tables are read as the people who made them see them, or refused with a reason."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime

import openpyxl
import pytest
import xlsxwriter
from hypothesis import assume, given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from registration.errors import TableRefused
from registration.services import tables
from registration.services.tables import Refusal, Table, TableKind, packages, text_of

HEADER = "Vorname;Nachname;E-Mail;Telefon"
HALF_PAST_NINE = datetime(2026, 5, 1, 9, 30)  # noqa: DTZ001  # spreadsheets know no zones
LINE = "Jürgen;Groß-Öhlmann;juergen@example.org;+49 30 1234"


def texts(table: Table) -> list[list[str]]:
    return [[text_of(cell) for cell in row.cells] for row in table.rows]


def numbers(table: Table) -> list[int]:
    return [row.number for row in table.rows]


def workbook(
    fill: Callable[[Worksheet], None], more: Callable[[openpyxl.Workbook], None] | None = None
) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    fill(sheet)
    if more:
        more(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rows(*lines: Sequence[object]) -> Callable[[Worksheet], None]:
    def fill(sheet: Worksheet) -> None:
        for line in lines:
            sheet.append(list(line))

    return fill


def packed(changes: dict[str, bytes | None], content: bytes | None = None) -> bytes:
    """Return a workbook with some of its parts exchanged, added or left out."""
    content = content or workbook(rows(["Name"], ["Groß"]))
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for name in [*old.namelist(), *(set(changes) - set(old.namelist()))]:
            part = changes.get(name, b"") if name in changes else old.read(name)
            if part is not None:
                new.writestr(name, part, compress_type=zipfile.ZIP_DEFLATED)
    return file.getvalue()


def reason(content: bytes, name: str = "") -> str:
    with pytest.raises(TableRefused) as refusal:
        tables.read(content, name)
    assert tables.advice(refusal.value)
    return str(refusal.value.details["reason"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_csv_is_read_in_each_encoding_that_excel_writes(encoding: str, line_end: str) -> None:
    table = tables.read(line_end.join([HEADER, LINE, ""]).encode(encoding), "liste.csv")
    assert texts(table) == [HEADER.split(";"), LINE.split(";")]
    assert table.kind == TableKind.CSV


NAMES = st.text(st.sampled_from("aäöüßÄÖÜéèñçøåœŽš'’- ,;\t\"\n"), max_size=20)


def is_utf_8(content: bytes) -> bool:
    """Return whether bytes of another encoding happen to be UTF-8, as no name's are ("Äœ")."""
    try:
        return bool(content.decode())
    except UnicodeDecodeError:
        return False


@given(
    given=st.lists(NAMES, min_size=2, max_size=2),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    delimiter=st.sampled_from(";,\t"),
)
def test_names_survive_every_encoding_and_delimiter(
    given: list[str], encoding: str, delimiter: str
) -> None:
    quoted = ['"' + name.replace('"', '""') + '"' for name in given]
    lines = [delimiter.join(["Vorname", "Nachname", "Stadt"])] * 2
    lines.append(delimiter.join([*quoted, "x"]))
    content = "\r\n".join(lines).encode(encoding)
    assume(encoding != "cp1252" or content.isascii() or not is_utf_8(content))
    assume(not any(name.startswith(("'-", "'\t")) for name in map(str.lstrip, given)))
    table = tables.read(content, "")
    told = ["" if cell is None else cell for cell in table.rows[2].cells]
    assert told == [*(name.strip() for name in given), "x"]


@pytest.mark.parametrize(
    ("header", "line", "cells"),
    [
        ("Name;Rolle", "Müller, Prof. Dr., Anna;Gast", 2),
        ("Name,Rollen,Mail", '"Groß, Änne",a;b,x@y.example', 3),
        ("Name\tRolle\tMail", "Groß, Änne; Dr.\tGast\tx@y.example", 3),
        ("Name, Vorname;E-Mail", "Groß, Änne;x@y.example", 2),
        ("Name", "Groß", 1),
    ],
)
def test_the_delimiter_is_that_of_the_header_and_not_one_inside_names(
    header: str, line: str, cells: int
) -> None:
    title = "Delegation, Stand: 12.11.2026"
    table = tables.read("\n".join([title, "", header, *[line] * 5]).encode(), "")
    assert numbers(table) == [1, 3, 4, 5, 6, 7, 8]
    assert all(len(row.cells) == cells for row in table.rows[1:])


def test_the_line_in_which_excel_names_the_delimiter_is_not_a_row() -> None:
    table = tables.read(b"sep=,\r\nName,Mail\r\nx,y", "")
    assert texts(table) == [["Name", "Mail"], ["x", "y"]]
    assert numbers(table) == [1, 2]


def test_a_quoted_line_break_stays_in_its_cell_and_counts_as_one_row() -> None:
    table = tables.read(b'Name;Bedarf\nGross;"Rampe\nund Lift"\nKlein;\n', "")
    assert texts(table)[1:] == [["Gross", "Rampe\nund Lift"], ["Klein"]]
    assert numbers(table) == [1, 2, 3]


def test_the_quote_that_guards_a_phone_number_against_excel_is_taken_off_again() -> None:
    table = tables.read(b"Name;Telefon\n't Hooft;'+49 30 1\n", "")
    assert texts(table)[1] == ["'t Hooft", "+49 30 1"]


def test_cells_keep_their_types_and_phone_numbers_their_zeros() -> None:
    table = tables.read(
        workbook(
            rows(
                ["Telefon", "PLZ", "Anzahl", "Geboren", "Um", "Ja"],
                ["+49 30 1", "01067", 3, date(1980, 5, 1), HALF_PAST_NINE, True],
            )
        ),
        "liste.xlsx",
    )
    assert table.rows[1].cells[:3] == ("+49 30 1", "01067", 3)
    assert texts(table)[1][2:] == ["3", "1980-05-01", "2026-05-01 09:30", "true"]


def test_empty_rows_and_columns_are_left_out_and_row_numbers_stay_excels() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["B3"], sheet["D3"] = "Name", "Mail"
        sheet["B6"], sheet["D6"] = "Groß", "  "
        sheet["B7"] = "   "

    table = tables.read(workbook(fill), "")
    assert numbers(table) == [3, 6]
    assert table.rows[0].cells == (None, "Name", None, "Mail")
    assert table.rows[1].cells == (None, "Groß")


def test_a_cell_merged_over_several_rows_speaks_for_each_of_them() -> None:
    def fill(sheet: Worksheet) -> None:
        rows(["Organisation", "Name"], ["Institut", "A"], [None, "B"], [None, "C"], ["", "D"])(
            sheet
        )
        sheet.merge_cells("A2:A4")

    table = tables.read(workbook(fill), "")
    assert [row.cell(0) for row in table.rows] == ["Organisation", *["Institut"] * 3, None]


def test_hidden_sheets_are_not_read_and_others_are_named() -> None:
    def more(book: openpyxl.Workbook) -> None:
        book.worksheets[0].sheet_state = "hidden"
        book.create_sheet("Leer")
        book.create_sheet("Liste").append(["Name"])
        book.create_sheet("Notizen").append(["x"])
        very = book.create_sheet("Geheim")
        very.append(["y"])
        very.sheet_state = "veryHidden"

    table = tables.read(workbook(rows(["versteckt"]), more), "")
    assert (texts(table), table.sheet, table.other_sheets) == ([["Name"]], "Liste", ("Notizen",))


def test_a_formula_gives_the_value_that_excel_kept_with_it() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, "Mail")
    sheet.write_formula(1, 0, '=LOWER("A@B.EXAMPLE")', None, "a@b.example")
    book.close()
    assert texts(tables.read(file.getvalue(), ""))[1] == ["a@b.example"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", Refusal.EMPTY),
        (b" \n;;\n", Refusal.EMPTY),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Refusal.OLD_FORMAT),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            Refusal.PROTECTED,
        ),
        (b"%PDF-1.7\n%x", Refusal.OTHER_FORMAT),
        (b"\xef\xbb\xbf <html><table>", Refusal.OTHER_FORMAT),
        (b"PK\x03\x04 cut off", Refusal.UNREADABLE),
        ("Vorname;Müller".encode("utf-16-le"), Refusal.ENCODING),
        ("Müller".encode("cp850"), Refusal.ENCODING),
        (b"a" * 10_000_001, Refusal.TOO_LARGE),
        (b"a;b\n" * 20_002, Refusal.TOO_MANY_ROWS),
        (b"a;" * 201 + b"a\n", Refusal.TOO_MANY_COLUMNS),
        (b'Name\n"' + b"x\n" * 20_000, Refusal.LONG_CELL),
        (b'Name\n"' + b"x\n" * 200_000, Refusal.LONG_CELL),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(content: bytes, expected: Refusal) -> None:
    assert reason(content) == expected


def test_twenty_thousand_people_under_a_header_are_not_too_many() -> None:
    assert len(tables.read(b"a;b\n" * 20_001, "").rows) == 20_001


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"xl/vbaProject.bin": b"x"}, Refusal.MACROS),
        ({"[Content_Types].xml": None, "mimetype": b"ods"}, Refusal.OTHER_FORMAT),
        ({"xl/workbook.bin": b"x"}, Refusal.OTHER_FORMAT),
        ({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}, Refusal.UNREADABLE),
        ({"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE x []><x/>'}, Refusal.UNREADABLE),
        ({"xl/media/image1.png": bytes(90_000_000)}, Refusal.TOO_LARGE),
        ({"xl/styles.xml": b"<a>" * 500_000}, Refusal.TOO_LARGE),
        ({"xl/worksheets/sheet1.xml": b"<c/>" * 7_000_000}, Refusal.TOO_LARGE),
    ],
)
def test_a_workbook_that_would_harm_us_is_refused(
    changes: dict[str, bytes | None], expected: Refusal
) -> None:
    content = packed(changes)
    assert len(content) < 1_000_000
    assert reason(content) == expected


def test_entities_are_refused_wherever_a_block_of_reading_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = packed({"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE x []><x/>'})
    for size in range(1, 40):
        monkeypatch.setattr(packages, "BLOCK", size)
        assert reason(content) == Refusal.UNREADABLE


def test_one_cell_far_away_costs_nothing() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"], sheet["A1048576"] = "Name", "Groß"

    assert numbers(tables.read(workbook(fill), "")) == [1, 1_048_576]


def test_a_column_far_away_is_refused() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"], sheet["XFD2"] = "Name", "x"

    assert reason(workbook(fill)) == Refusal.TOO_MANY_COLUMNS


@given(st.binary(max_size=400))
def test_whatever_comes_is_a_table_or_refused(content: bytes) -> None:
    try:
        assert tables.read(content, "x").rows
    except TableRefused as refusal:
        assert refusal.details["reason"] in set(Refusal)


def sample() -> bytes:
    """Return a workbook as Excel lays it out: shared texts, styles, a date, merged cells."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("Liste")
    for row, line in enumerate([["Vorname", "Nachname"], ["Änne", "Groß"], ["Jörg", "Groß"]]):
        sheet.write_row(row, 0, line)
    sheet.write_datetime(3, 0, HALF_PAST_NINE, book.add_format({"num_format": "dd.mm.yyyy"}))
    sheet.merge_range(4, 0, 5, 0, "zwei")
    book.close()
    return file.getvalue()


SAMPLE = sample()


@given(st.integers(0, len(SAMPLE) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_is_a_table_or_refused(place: int, damage: bytes) -> None:
    content = SAMPLE[:place] + damage + SAMPLE[place + len(damage) :]
    try:
        assert tables.read(content, "x").rows
    except TableRefused as refusal:
        assert refusal.details["reason"] in set(Refusal)


PARTS = ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml")


@given(st.sampled_from(PARTS), st.data())
def test_a_workbook_with_garbled_xml_is_a_table_or_refused(part: str, data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(SAMPLE)) as package:
        xml = package.read(part)
    place = data.draw(st.integers(0, len(xml)))
    damage = data.draw(st.sampled_from([b"", b"9", b"A", b'"', b"<c/>", b"-1", b"1e999", b"&amp;"]))
    cut = data.draw(st.integers(0, 3))
    try:
        tables.read(packed({part: xml[:place] + damage + xml[place + cut :]}, SAMPLE), "x")
    except TableRefused as refusal:
        assert refusal.details["reason"] in set(Refusal)

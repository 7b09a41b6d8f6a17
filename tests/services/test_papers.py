"""Papers: text that fits, files that are whole, documents that any reader opens."""

import dataclasses
import io
import subprocess
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import font_source_sans_pro
import pypdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from registration import ROOT
from registration.services.papers import embedding
from registration.services.papers.documents import MM, About, Document, Made, Page, Size
from registration.services.papers.files import replacing
from registration.services.papers.fonts import MISSING, bold, printable, regular, semibold
from registration.services.papers.typesetting import ELLIPSIS, cut, fit, wrap

ABOUT = About(
    title="Änne & Cø ✓ 🦄",
    author="Team (Büro)",
    language="de",
    created_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
)
words = st.text(st.characters(categories=["L", "N", "P", "Z", "M"]), max_size=200)


def document_of(*pages: str) -> bytes:
    file = io.BytesIO()
    document = Document(file, size=(100 * MM, 50 * MM), about=ABOUT)
    for text in pages:
        page = Page(document)
        for y, font in ((30, regular()), (60, semibold()), (90, bold())):
            page.text(10, y, text, font, 12)
        document.add(page)
    document.close()
    return file.getvalue()


@given(words)
def test_every_text_can_be_printed(text: str) -> None:
    shown = printable(text)
    for font in (regular(), semibold(), bold()):
        assert font.width(shown, 10) >= 0
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Groß", "Groß"),
        (unicodedata.normalize("NFD", "Ångström"), "Ångström"),
        ("Łukasz Żółć", "Łukasz Żółć"),
        ("Nguyễn Thị Phương", "Nguyễn Thị Phương"),
        ("Олена Ґудзь", "Олена Ґудзь"),
        ("a\u2011b\u00ad\u200bc\u202ed", "a-bcd"),
        ("Ⅷ ㎜", "VIII mm"),
        ("山🦄", MISSING * 2),
    ],
)
def test_letters_are_kept_replaced_or_seen_to_be_missing(written: str, shown: str) -> None:
    assert printable(written) == shown


@given(words, st.floats(20, 300))
def test_lines_are_never_wider_than_their_place(text: str, width: float) -> None:
    text = printable(text)
    for line in wrap(text, regular(), 10, width):
        assert regular().width(line, 10) <= width + 1e-9
    lines, size = fit(text, regular(), width, ((20, 1), (10, 2), (8, 3)))
    assert len(lines) <= 3
    assert all(regular().width(line, size) <= width + 1e-9 for line in lines)


@given(words)
def test_wrapping_loses_no_letter(text: str) -> None:
    text = printable(text)
    wrapped = "".join(wrap(text, regular(), 10, 60))
    assert "".join(wrapped.split()) == "".join(text.split())


def test_a_text_is_as_large_as_it_fits() -> None:
    steps = ((30, 1), (20, 1), (20, 2), (10, 3))
    room = bold().width("Maximiliane", 20)
    assert fit("Jo", bold(), room, steps) == (["Jo"], 30)
    assert fit("Maximiliane", bold(), room, steps) == (["Maximiliane"], 20)
    assert fit("Maximiliane-Jo", bold(), room, steps) == (["Maximiliane-Jo"], 10)
    assert fit("Maximiliane Jo", bold(), room, steps) == (["Maximiliane", "Jo"], 20)
    assert fit("", bold(), room, steps) == ([], 30)


def test_what_is_cut_ends_with_an_ellipsis() -> None:
    shown = cut("Forschungsinstitut", regular(), 10, 50)
    assert shown.endswith(ELLIPSIS)
    assert "Forschungsinstitut".startswith(shown.removesuffix(ELLIPSIS))
    assert cut("Amt", regular(), 10, 50) == "Amt"


def test_a_document_reads_back_in_strict_readers() -> None:
    texts = [f"Seite {number}: Änne Groß (K&M) \\ Παπ" for number in range(1, 251)]
    reader = pypdf.PdfReader(io.BytesIO(document_of(*texts)), strict=True)
    assert [page.extract_text().splitlines()[0] for page in reader.pages] == texts
    assert reader.metadata is not None
    assert reader.metadata.title == ABOUT.title
    assert reader.metadata.author == ABOUT.author
    assert reader.metadata.creation_date == ABOUT.created_at


def test_fonts_are_embedded_and_cut_to_what_is_used() -> None:
    few, many = document_of("ab"), document_of("abcdefghijklmnopqrstuvwxyzäöüß")
    assert len(few) < len(many) < 60_000
    reader = pypdf.PdfReader(io.BytesIO(few))
    embedded, not_embedded = reader.pages[0]._get_fonts()
    assert len(embedded) == 3
    assert not not_embedded


FILES = {"R": "SourceSansPro", "B": "SourceSansProBold"}
SMALL = Size(100 * MM, 50 * MM)


def page_of(text: str, *, size: Size = SMALL) -> Page:
    page = Page(size)
    page.ink(0.2, 0.2, 0.2)
    page.begin("H1")
    page.text(10, 60, text, bold(), 12)
    page.line(10, 58, 90, 58, 0.5)
    page.begin("P")
    page.text(10, 30, text, regular(), 9)
    page.begin("")
    page.text(10, 10, "Seite", regular(), 7)
    return page


def merged(pages: list[Made]) -> bytes:
    file = io.BytesIO()
    document = Document(file, size=(100 * MM, 50 * MM), about=ABOUT)
    for page in pages:
        document.add_made(page)
    document.close()
    return file.getvalue()


def test_pages_that_other_processes_made_make_the_same_document() -> None:
    """In any process, drawn in any order: a page depends on no other page."""
    texts = [f"Zeile {number} Ωμέγα Łódź" for number in range(150)]
    code = (
        "import sys; from tests.services.test_papers import page_of\n"
        "for text in reversed(sys.argv[1:]): print(page_of(text).made().pack().hex())"
    )
    command = [sys.executable, "-c", code, *texts]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    made = [Made.unpack(bytes.fromhex(line)) for line in told.stdout.split()][::-1]
    assert made == [page_of(text).made() for text in texts]
    pdf = merged(made)
    assert pdf == merged([page_of(text).made() for text in texts])
    reader = pypdf.PdfReader(io.BytesIO(pdf), strict=True)
    assert [page.extract_text().splitlines()[0] for page in reader.pages] == texts


def test_twin_a_page_without_its_letters_is_found_out() -> None:
    """So the letters that a page carries are what makes its text readable."""
    made = page_of("Änne").made()
    pdf = merged([dataclasses.replace(made, letters={"B": "x", "R": "x"})])
    assert "Änne" not in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


def test_all_weights_number_their_glyphs_alike_so_one_map_reads_them_back() -> None:
    assert regular().glyphs == semibold().glyphs == bold().glyphs


def test_no_two_letters_share_a_glyph_so_each_is_read_back_as_itself() -> None:
    for font in (regular(), semibold(), bold()):
        letters = set(font.widths)
        assert set(embedding.letters_by_glyph(font, letters).values()) == letters


def test_pages_have_sizes_of_their_own() -> None:
    file = io.BytesIO()
    document = Document(file, size=(100, 50), about=ABOUT)
    document.add(Page(document))
    document.add(page_of("Quer", size=Size(300, 200)))
    document.close()
    reader = pypdf.PdfReader(io.BytesIO(file.getvalue()), strict=True)
    assert [page.mediabox[2:] for page in reader.pages] == [[100, 50], [300, 200]]


def test_a_hundred_millimetres_are_a_hundred_on_paper() -> None:
    page = Page(Size(210 * MM, 297 * MM))
    page.box(20 * MM, 100 * MM, 100 * MM, 50 * MM)
    page.line(20 * MM, 200 * MM, 120 * MM, 200 * MM, 0.2)
    opened = pypdfium2.PdfDocument(merged([page.made()]))
    try:
        assert opened[0].get_size() == pytest.approx((210 * MM, 297 * MM), abs=0.01)
        box, line = (each.get_bounds() for each in opened[0].get_objects())
        picture = opened[0].render(scale=600 / 72).to_pil().convert("L")
    finally:
        opened.close()
    assert (box[2] - box[0]) / MM == pytest.approx(100, abs=0.01)
    assert (box[3] - box[1]) / MM == pytest.approx(50, abs=0.01)
    assert (line[2] - line[0]) / MM == pytest.approx(100, abs=0.2)
    row = picture.crop((0, picture.height // 2, picture.width, picture.height // 2 + 1))
    dark = sum(point < 128 for point in row.tobytes())
    assert dark / 600 * 25.4 == pytest.approx(100, abs=0.2)


def test_a_document_says_what_is_text_and_what_is_decoration() -> None:
    reader = pypdf.PdfReader(io.BytesIO(merged([page_of("Änne").made()] * 101)), strict=True)
    root = cast("dict[str, Any]", reader.root_object)
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "de"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    sections = root["/StructTreeRoot"]["/K"]["/K"]
    assert [len(each.get_object()["/K"]) for each in sections] == [200, 2]
    heading, paragraph = (each.get_object() for each in sections[1].get_object()["/K"])
    assert [heading["/S"], paragraph["/S"]] == ["/H1", "/P"]
    assert heading["/Pg"].get_object()["/StructParents"] == 100
    leaves = root["/StructTreeRoot"]["/ParentTree"]["/Kids"]
    assert [leaf.get_object()["/Limits"] for leaf in leaves] == [[0, 99], [100, 100]]
    number, owners = leaves[1].get_object()["/Nums"]
    assert number == reader.pages[100]["/StructParents"]
    assert [owner.get_object() for owner in owners] == [heading, paragraph]
    stream = reader.pages[100].get_contents()
    assert stream is not None
    content = stream.get_data().decode()
    assert content.count("BDC") == 2
    assert content.count("/Artifact BMC") == 2
    assert content.count("EMC") == 4


def test_a_cut_font_is_whole_and_keeps_the_shapes_of_its_letters() -> None:
    """As fontTools reads it, with its sums checked: also letters that are put together."""
    text = "Aäg1Łệ"
    for font in (regular(), bold()):
        glyphs = [font.glyphs[letter] for letter in text]
        whole = TTFont(font_source_sans_pro.font_files_ttf[FILES[font.name]])
        made = TTFont(io.BytesIO(embedding.font_file(font, glyphs)), checkChecksums=2)
        outlines, shapes = made["glyf"], whole["glyf"]
        for glyph in glyphs:
            name, old = made.getGlyphName(glyph), whole.getGlyphName(glyph)
            points = outlines[name].getCoordinates(outlines)[0]
            assert list(points) == list(shapes[old].getCoordinates(shapes)[0])
            assert made["hmtx"][name] == whole["hmtx"][old]


def test_a_document_does_not_grow_in_memory() -> None:
    class Sink(io.RawIOBase):
        def write(self, data: object) -> int:
            return len(data)  # type: ignore[arg-type]  # bytes

    document = Document(Sink(), size=(100, 100), about=ABOUT)  # type: ignore[arg-type]  # writes only
    page = Page(document)
    page.text(1, 1, "Änne", regular(), 9)
    for _ in range(1000):
        document.add(page)
    assert not document._kids + document._blocks
    assert not document._owners
    assert len(document._offsets) < 3100


def test_a_file_is_there_whole_or_as_it_was_before(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("before")
    with pytest.raises(OSError, match="full"), replacing(path) as made:
        made.write_text("half")
        raise OSError("full")
    assert path.read_text() == "before"
    with replacing(path) as made:
        made.write_text("after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]

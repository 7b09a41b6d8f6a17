"""Papers: text that fits, files that are whole, documents that any reader opens."""

import io
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.services.papers.documents import MM, About, Document, Page
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

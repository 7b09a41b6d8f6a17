"""The code on every ready-made badge reads from a page at 150 dots an inch, by two decoders."""

import io

import pypdfium2
import pytest
from PIL import Image

from registration import clock
from registration.services.badges.designs import ready
from registration.services.badges.designs.composing import compose
from registration.services.badges.designs.faces import Face
from registration.services.badges.designs.painting import paint
from registration.services.papers.documents import MM, About, Document, Page
from tests.services.test_codes import read_by_opencv, some_tokens
from tests.services.test_codes_read import DECODERS, read_by_zxing
from tests.services.test_designs_geometry import CASES, OCCASION, SIDES, face_of

DOTS = 150
FEW, ALL = 3, 10_000


def sheet_of(code: str, tokens: list[str]) -> bytes:
    """Return a document of badges of hostile people with these codes, both sides if it has two."""
    design = ready.get_ready(code).design
    width, height = design.cell
    file = io.BytesIO()
    about = About(title="Badges", author="Team", language="de", created_at=clock.now())
    document = Document(file, size=(width * MM, height * MM), about=about)
    for number, token in enumerate(tokens):
        face = face_of(CASES[number % (len(CASES) - 1)])
        page = Page(document)
        for panel in design.panels:
            told = Face(words=face.words, token=token, role_colour="#7a1f5f", roles=face.roles)
            composed = compose(design, panel.side, told, OCCASION)
            paint(page, composed, at=(panel.x, panel.y), turned=panel.turned)
        document.add(page)
    document.close()
    return file.getvalue()


def fronts(code: str, pdf: bytes) -> list[Image.Image]:
    """Return what a scanner at 150 dots an inch sees of each front."""
    design = ready.get_ready(code).design
    left = next(panel.x for panel in design.panels if panel.side == "front")
    document = pypdfium2.PdfDocument(pdf)
    try:
        pictures = [page.render(scale=DOTS / 72).to_pil().convert("L") for page in document]
    finally:
        document.close()
    return [
        picture.crop((round(left / 25.4 * DOTS), 0, picture.width, picture.height))
        for picture in pictures
    ]


def read_nearer(picture: Image.Image) -> str:
    """Return what OpenCV reads at first sight or, about once in ten thousand, from nearer by."""
    larger = (picture.width * 2, picture.height * 2)
    return read_by_opencv(picture) or read_by_opencv(
        picture.resize(larger, Image.Resampling.BICUBIC)
    )


@pytest.mark.parametrize("code", ready.all_ready())
def test_every_code_reads_from_every_design(code: str) -> None:
    tokens = some_tokens(FEW)
    pictures = fronts(code, sheet_of(code, tokens))
    for decode in DECODERS.values():
        assert [decode(picture) for picture in pictures] == tokens


@pytest.mark.long
@pytest.mark.parametrize("code", ready.all_ready())
def test_ten_thousand_of_ten_thousand_codes_read_from_every_design(code: str) -> None:
    tokens = some_tokens(ALL)
    for begin in range(0, ALL, 100):
        part = tokens[begin : begin + 100]
        pictures = fronts(code, sheet_of(code, part))
        assert [read_by_zxing(picture) for picture in pictures] == part
        assert [read_nearer(picture) for picture in pictures] == part


def test_both_sides_of_a_folded_badge_have_the_code() -> None:
    (token,) = some_tokens(1)
    assert ("a5-folded", "back") in SIDES
    document = pypdfium2.PdfDocument(sheet_of("a5-folded", [token]))
    try:
        spread = document[0].render(scale=DOTS / 72).to_pil().convert("L")
    finally:
        document.close()
    half = spread.width // 2
    for side in ((0, 0, half, spread.height), (half, 0, spread.width, spread.height)):
        assert read_by_zxing(spread.crop(side)) == token

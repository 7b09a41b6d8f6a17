"""On every ready-made design nothing overlaps, nothing is cut off and the code stays free."""

import io
import random
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import msgspec
import pypdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from registration import clock
from registration.services.badges import codes
from registration.services.badges.designs import geometry, parsing, preview, ready
from registration.services.badges.designs.composing import Composed, compose
from registration.services.badges.designs.faces import Face, Occasion
from registration.services.badges.designs.geometry import POINT, Extent
from registration.services.badges.designs.marks import Modules, Words
from registration.services.badges.designs.model import Design, Side, Stack, Text
from registration.services.badges.designs.painting import paint
from registration.services.papers.documents import MM, About, Document, Page
from registration.services.papers.fonts import printable
from tests.services.test_codes import some_tokens

ASCENT, DESCENT = 0.74, 0.22
"""From a baseline to the top of an l and to the foot of a g, in sizes."""
LONGEST = {"given_name": 80, "family_name": 80, "title": 60, "organisation": 160, "room": 40}
OCCASION = Occasion(
    words={
        "event": printable(
            "Zukunftswerkstatt: Transformation in der Region – WIR! wirkt. Und wie!"
        ),
        "programme_line": printable("WIR! – Wandel durch Innovation in der Region"),
        "date": "Dienstag, 4. November 2025",
        "place": "Landesvertretung Thüringen, Berlin",
        "organiser": "Organisationsteam der Zukunftswerkstatt",
    }
)
PLAIN = {
    "given_name": "Änne",
    "family_name": "Groß",
    "title": "Prof. Dr.",
    "organisation": "Institut für Beispiele",
    "alliance": "MR4B",
    "role": "Delegierte:r",
    "theme": "Bioökonomie",
    "short_code": "K7WQ2MXA",
}
LONG = PLAIN | {
    "given_name": "Karl-Theodor Maria Nikolaus Johann Jacob Philipp Franz Joseph Sylvester Buhl",
    "family_name": "Prof. Dr. habil. Freiherr von und zu Guttenberg-Langenstein auf Neuburg",
    "title": "Prof. Dr. Dr. h. c. mult. Dipl.-Ing.",
    "organisation": "Forschungsinstitut für Bergbaufolgelandschaften und nachhaltige "
    "Regionalentwicklung in der Lausitz und im Mitteldeutschen Revier e. V.",
    "alliance": "TDG – Translationsregion für digitalisierte Gesundheitsversorgung",
    "role": "Ministerium / Projektträger",
    "further_roles": "Berichterstattung und Protokoll, Moderation der Werkstätten",
    "theme": "Soziale Projekte",
    "room": "Sitzungssaal 2.14, zweites Obergeschoss",
    "pronouns": "sie/ihr",
    "languages": "DE EN FR PL UK",
    "no_photo": "Bitte keine Fotos",
}
CASES: tuple[Mapping[str, str], ...] = (
    PLAIN,
    LONG,
    {"given_name": "J", "family_name": "Ó", "role": "Gast", "short_code": "22222222"},
    PLAIN | {"given_name": "Łukasz Şükrü", "family_name": "Ђорђевић", "alliance": "", "theme": ""},
    PLAIN | {"given_name": "🦄 علی‌رضا", "family_name": "משה בן מימון", "organisation": "山田"},
    PLAIN | {"given_name": "Maximiliane-Charlotte", "family_name": "von der Leyen-Oppenheimer"},
    PLAIN | {name: "W" * most for name, most in LONGEST.items()} | {"no_photo": "Foto"},
    dict.fromkeys(LONG, "W" * 200) | {"short_code": "WWWWWWWW"},
    dict.fromkeys(LONG, "Wil " * 50) | {"short_code": "WWWWWWWW"},
    {"role": "Gast"},
)
SIDES: list[tuple[str, Side]] = [
    (code, side)
    for code, made in ready.all_ready().items()
    for side in ("front", "back")
    if made.design.elements(side)
]
EACH_SIDE = pytest.mark.parametrize(("code", "side"), SIDES)


def names(count: int) -> Iterator[Mapping[str, str]]:
    """Return people with names of all lengths that the form takes, narrow and wide."""
    chance = random.Random(6)
    for _ in range(count):
        told = dict(LONG if chance.random() < 0.5 else PLAIN)
        for name, most in LONGEST.items():
            letters = chance.choice(["aeinrst -", "Wm", "il.", "ÄÖÜß Éø-", "abcdefgh ijkl-mnop"])
            length = chance.choice([1, 2, 8, 15, most // 2, most - 1, most])
            told[name] = "".join(chance.choices(letters, k=length)).strip(" -") or "X"
        yield told


def face_of(told: Mapping[str, str]) -> Face:
    words = {name: printable(word) for name, word in told.items()}
    if words.get("theme"):
        words["theme_label"] = "Themenfeld"
    token = some_tokens(1)[0] if "short_code" in told else ""
    return Face(words=words, token=token, role_colour="#1f5fa8", roles=("delegate",))


def composed_of(code: str, side: Side, told: Mapping[str, str]) -> Composed:
    return compose(ready.get_ready(code).design, side, face_of(told), OCCASION)


class Line(NamedTuple):
    """Words where they stand, in millimetres."""

    path: str
    text: str
    extent: Extent


def lines_of(composed: Composed) -> list[Line]:
    return [
        Line(
            mark.path,
            mark.text,
            Extent(
                mark.x,
                mark.y - ASCENT * mark.size * POINT,
                mark.x + mark.width,
                mark.y + DESCENT * mark.size * POINT,
            ),
        )
        for mark in composed.marks
        if isinstance(mark, Words)
    ]


def faults(design: Design, side: Side, composed: Composed) -> list[str]:
    """Return what is wrong with where things are."""
    page = Extent(-0.01, -0.01, composed.width + 0.01, composed.height + 0.01)
    lines = lines_of(composed)
    found = [
        f"{one.text} lies on {other.text}"
        for one, other in combinations(lines, 2)
        if one.extent.overlaps(other.extent)
    ]
    for line in lines:
        place = geometry.extent(design.elements(side)[number_in(line.path)])
        if not within(line.extent, place) or not within(line.extent, page):
            found.append(f"{line.text} leaves its place")
    for mark in composed.marks:
        if isinstance(mark, Words):
            found += [f"{mark.text} is tiny"] if mark.size < 6 else []
        elif isinstance(mark, Modules):
            module = mark.side / len(mark.matrix)
            zone = codes.QUIET_ZONE * module
            far = mark.side + zone
            free = Extent(mark.x - zone, mark.y - zone, mark.x + far, mark.y + far)
            found += [] if within(free, page) else ["the code leaves the badge"]
            found += [f"{line.text} is on the code" for line in lines if free.overlaps(line.extent)]
            found += ["the code is too small"] if module < codes.SMALLEST_MODULE else []
    return found


def number_in(path: str) -> int:
    return int(path.partition("[")[2].partition("]")[0])


def within(inner: Extent, outer: Extent, slack: float = 0.12) -> bool:
    return (
        inner.left >= outer.left - slack
        and inner.top >= outer.top - slack
        and inner.right <= outer.right + slack
        and inner.bottom <= outer.bottom + slack
    )


@EACH_SIDE
def test_nothing_overlaps_and_nothing_leaves_its_place(code: str, side: Side) -> None:
    design = ready.get_ready(code).design
    for told in (*CASES, *names(40)):
        assert faults(design, side, composed_of(code, side, told)) == []


def test_twin_a_design_that_is_drawn_carelessly_is_found_out() -> None:
    """So the test above can fail: a family name over the given name, and words over the code."""
    design = ready.get_ready("a6").design
    stack = next(each for each in design.front if isinstance(each, Stack))
    code = next(each for each in design.front if type(each).__name__ == "Code")
    given = Text(x=stack.x, y=stack.y, width=60, height=9, text="{family_name}", steps=((20.0, 1),))
    on_code = msgspec.structs.replace(given, x=code.x + 3, y=code.y + 3, width=30.0)
    for added, fault in ((given, "lies on"), (on_code, "is on the code")):
        careless = msgspec.structs.replace(design, front=(*design.front, added))
        found = faults(careless, "front", compose(careless, "front", face_of(PLAIN), OCCASION))
        assert any(fault in each for each in found)


@EACH_SIDE
def test_elements_with_words_have_rectangles_of_their_own(code: str, side: Side) -> None:
    assert geometry.findings(ready.get_ready(code).design, side) == []


@EACH_SIDE
def test_nothing_about_a_person_is_larger_than_the_given_name(code: str, side: Side) -> None:
    elements = ready.get_ready(code).design.elements(side)
    (stack,) = (
        f"{side}[{number}]."
        for number, element in enumerate(elements)
        if isinstance(element, Stack) and element.items[0].text == "{given_name}"
    )
    for told in CASES[:-1]:
        words = [mark for mark in composed_of(code, side, told).marks if isinstance(mark, Words)]
        sizes = [mark.size for mark in words if mark.path.startswith(stack)]
        assert sizes[0] == max(sizes)


@EACH_SIDE
def test_what_usual_people_are_called_is_never_cut(code: str, side: Side) -> None:
    usual = PLAIN | {"given_name": "Anna-Katharina", "family_name": "Schmidt-Hohenberg"}
    cases = [PLAIN, usual, usual | {"alliance": LONG["alliance"], "title": "Prof. Dr."}]
    cases += [PLAIN | {"no_photo": said} for said in ("Bitte keine Fotos", "No photos, please")]
    for told in cases:
        warnings = composed_of(code, side, told).warnings
        assert [warned.code for warned in warnings if warned.code == "cut"] == []


def test_every_letter_that_is_missing_or_cut_is_warned_about() -> None:
    for code, side in SIDES:
        for told in (*CASES, *names(10)):
            composed = composed_of(code, side, told)
            shown = "".join(line.text for line in lines_of(composed))
            warned = {each.code for each in composed.warnings}
            assert ("…" in shown) <= ("cut" in warned)
            assert ("\N{REPLACEMENT CHARACTER}" in shown) <= ("missing_letters" in warned)


SOLD = {
    "l4784": (3, 9, 63.5, 29.63, 7.21, 15.1, 66.04, 29.63),
    "l4785": (2, 5, 80, 50, 18, 13, 95, 55),
    "74459": (2, 3, 101.6, 76.2, 6.35, 25.4, 101.6, 76.2),
}
"""Columns, rows, width, height, left, top, across and down, as `ready` says whence."""


@pytest.mark.parametrize("code", ready.all_ready())
def test_what_is_printed_lies_in_the_middle_of_its_sheet(code: str) -> None:
    """Where all lies within its sheet, and nothing on anything else, see `test_print_runs`."""
    design = ready.get_ready(code).design
    sheet, (width, height) = design.sheet, design.cell
    right = sheet.left + (sheet.columns - 1) * (sheet.across or width) + width
    bottom = sheet.top + (sheet.rows - 1) * (sheet.down or height) + height
    assert right == pytest.approx(sheet.width - sheet.left, abs=0.3)
    assert bottom == pytest.approx(sheet.height - sheet.top, abs=0.3)


@pytest.mark.parametrize("code", SOLD)
def test_labels_lie_where_public_template_data_says(code: str) -> None:
    design = ready.get_ready(code).design
    sheet = design.sheet
    columns, rows, *lengths = SOLD[code]
    pitch = (sheet.across or design.width, sheet.down or design.height)
    assert (sheet.columns, sheet.rows) == (columns, rows)
    here = (design.width, design.height, sheet.left, sheet.top, *pitch)
    assert here == pytest.approx(lengths, abs=0.5)


@lru_cache
def pdf_of(code: str, side: Side) -> bytes:
    """Return a document with the badges of three people in a design."""
    design = ready.get_ready(code).design
    file = io.BytesIO()
    about = About(title="Badges", author="Team", language="de", created_at=clock.now())
    document = Document(file, size=(design.width * MM, design.height * MM), about=about)
    for told in CASES[:3]:
        page = Page(document)
        paint(page, composed_of(code, side, told))
        document.add(page)
    document.close()
    return file.getvalue()


@EACH_SIDE
def test_two_readers_open_every_design_and_find_its_words(code: str, side: Side) -> None:
    pdf = pdf_of(code, side)
    reader = pypdf.PdfReader(io.BytesIO(pdf), strict=True)
    document = pypdfium2.PdfDocument(pdf)
    try:
        for number, told in enumerate(CASES[:3]):
            by_pypdf = reader.pages[number].extract_text()
            by_pdfium = document[number].get_textpage().get_text_bounded()
            for text in (by_pypdf, by_pdfium):
                found = " ".join(text.split())
                assert told["given_name"].split()[0].split("-")[0] in found
                assert told["short_code"] in found
            embedded, missing = reader.pages[number]._get_fonts()
            assert embedded
            assert not missing
    finally:
        document.close()


@EACH_SIDE
def test_a_page_is_as_large_as_the_badge_and_shows_it_where_it_was_composed(
    code: str, side: Side
) -> None:
    """As PDFium measures it: what is a millimetre in the design is a millimetre on paper."""
    design = ready.get_ready(code).design
    composed = composed_of(code, side, LONG)
    (modules,) = (mark for mark in composed.marks if isinstance(mark, Modules))
    document = pypdfium2.PdfDocument(pdf_of(code, side))
    try:
        page = document[1]
        assert page.get_size() == pytest.approx((design.width * MM, design.height * MM), abs=0.02)
        shapes = [
            [edge / MM for edge in each.get_bounds()]
            for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH])
        ]
    finally:
        document.close()
    height = design.height
    wanted = (modules.x, height - modules.y - modules.side, modules.x + modules.side)
    assert any(shape[:3] == pytest.approx(wanted, abs=0.05) for shape in shapes)


def test_a_preview_has_the_same_words_and_no_style() -> None:
    for code, side in SIDES:
        composed = composed_of(code, side, LONG | {"family_name": '<b> & "Groß"'})
        svg = preview.svg(composed, label="A <badge>")
        assert "style" not in svg
        assert "<b>" not in svg
        assert svg.count("<text ") == len(lines_of(composed))
        assert f'viewBox="0 0 {composed.width:g} {composed.height:g}"' in svg


def test_every_ready_design_comes_back_from_its_data() -> None:
    for made in ready.all_ready().values():
        data = msgspec.json.decode(msgspec.json.encode(parsing.to_data(made.design)))
        assert parsing.parse(data) == made.design

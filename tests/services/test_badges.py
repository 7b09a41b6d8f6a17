"""A badge says who somebody is, reads at any size of name, and its code scans from paper."""

import io
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pypdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import zxingcpp
from PIL import Image

from registration import clock
from registration.database import transaction
from registration.errors import NotFound
from registration.models.badges import Badge
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import badges, events, registrations
from registration.services.badges import in_force, sheets, tokens
from registration.services.badges.designs import ready
from registration.services.badges.designs.composing import compose
from registration.services.badges.designs.faces import Face, Occasion
from registration.services.badges.designs.painting import paint
from registration.services.papers import colours
from registration.services.papers.documents import MM, About, Document, Page
from registration.services.papers.fonts import printable
from tests import factories
from tests.services.test_codes import read_by_opencv

WIDTH, HEIGHT = 105, 148
QUIET_ZONE = 4
A_TOKEN = "E1:" + "7" * 116

LONG: dict[str, str] = {
    "given_name": "Karl-Theodor Maria Nikolaus Johann Jacob Philipp Franz Joseph Sylvester Buhl",
    "family_name": "Prof. Dr. habil. Freiherr von und zu Guttenberg-Langenstein auf Neuburg",
    "title": "Prof. Dr. Dr. h. c. mult. Dipl.-Ing.",
    "organisation": "Forschungsinstitut für Bergbaufolgelandschaften und nachhaltige "
    "Regionalentwicklung in der Lausitz und im Mitteldeutschen Revier e. V. an der Universität",
    "alliance": "TDG – Translationsregion für digitalisierte Gesundheitsversorgung",
    "role": "Ministerium / Projektträger",
    "theme": "Soziale Projekte",
}

LONG_ROLES = ("Berichterstattung und Protokoll", "Moderation der Werkstätten", "Schirmherrschaft")


@dataclass(frozen=True)
class Part:
    """Something that is drawn on a page; edges in points from the lower left corner."""

    left: float
    bottom: float
    right: float
    top: float
    text: str = ""
    size: float = 0.0

    def overlaps(self, other: "Part") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )


@contextmanager
def opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        yield document
    finally:
        document.close()


def parts_of(pdf: bytes) -> list[Part]:
    """Return what the first page shows, as PDFium measures it."""
    with opened(pdf) as document:
        page = document[0]
        text_page = page.get_textpage()
        found = []
        for each in page.get_objects(textpage=text_page):
            is_text = each.type == pdfium.FPDF_PAGEOBJ_TEXT
            told = (each.extract(), each.get_font_size()) if is_text else ("", 0.0)
            found.append(Part(*each.get_bounds(), *told))
        return found


def picture_of(pdf: bytes, *, dots_per_inch: int = 150) -> Image.Image:
    with opened(pdf) as document:
        image: Image.Image = document[0].render(scale=dots_per_inch / 72).to_pil()
        return image.convert("L")


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def drawn(**told: object) -> bytes:
    """Return a badge with these words on it, as a PDF."""
    words: dict[str, object] = {
        "given_name": "Änne",
        "family_name": "Groß",
        "title": "Prof. Dr.",
        "organisation": "Institut für Beispiele",
        "alliance": "MR4B",
        "role": "Delegierte:r",
        "theme": "Bioökonomie",
        "short_code": "K7WQ2MXA",
        "no_photo": True,
    } | told
    further = cast("tuple[str, ...]", words.pop("further_roles", ()))
    shown = {name: printable(str(word)) for name, word in words.items() if name != "no_photo"}
    face = Face(
        words=shown
        | {
            "further_roles": printable(", ".join(further)),
            "theme_label": "Themenfeld",
            "no_photo": "Bitte keine Fotos" if words["no_photo"] else "",
        },
        token=A_TOKEN,
        role_colour="#1f5fa8",
        alliance_colour="#b68b35",
        roles=("delegate",),
    )
    occasion = Occasion(
        words={
            "event": printable(
                "Zukunftswerkstatt: Transformation in der Region – WIR! wirkt. Und wie!"
            ),
            "programme_line": printable("WIR! – Wandel durch Innovation in der Region"),
        }
    )
    about = About(title="Badge", author="Team", language="de", created_at=clock.now())
    file = io.BytesIO()
    document = Document(file, size=(WIDTH * MM, HEIGHT * MM), about=about)
    page = Page(document)
    paint(page, compose(ready.get_ready("a6").design, "front", face, occasion))
    document.add(page)
    document.close()
    return file.getvalue()


def badge_of(registration: Registration) -> Badge:
    assert registration.badge is not None
    return registration.badge


def test_a_badge_shows_who_somebody_is(event: Event) -> None:
    registration = factories.register(event, title="Dr.", photo_consent=False)
    pdf = sheets.badge_pdf(registration.id)
    text = text_of(pdf)
    for shown in ("Änne", "Groß", "Dr.", "Institut für Beispiele", "MR4B", "Delegierte:r"):
        assert shown in text
    assert registration.short_code in text
    assert "WIR! – Wandel durch Innovation in der Region" in text
    assert "Bitte keine Fotos" in text


def test_who_minds_no_photos_carries_no_mark(event: Event) -> None:
    for consent in (True, None):
        registration = factories.register(event, photo_consent=consent)
        assert "Foto" not in text_of(sheets.badge_pdf(registration.id))


def test_a_badge_speaks_its_owners_language(event: Event) -> None:
    registration = factories.register(event, locale="en", photo_consent=False)
    pdf = sheets.badge_pdf(registration.id)
    assert "Delegate" in text_of(pdf)
    assert "No photos, please" in text_of(pdf)
    assert pypdf.PdfReader(io.BytesIO(pdf)).root_object["/Lang"] == "en"  # type: ignore[comparison-overlap]  # a str, too


def test_the_code_on_paper_is_the_badges_token(event: Event) -> None:
    registration = factories.register(event)
    image = picture_of(sheets.badge_pdf(registration.id))
    (found,) = zxingcpp.read_barcodes(image)
    assert found.text == badges.token_of(badge_of(registration))
    assert read_by_opencv(image) == found.text


def test_a_badge_has_the_size_and_the_names_of_its_event(event: Event) -> None:
    reader = pypdf.PdfReader(io.BytesIO(sheets.badge_pdf(factories.register(event).id)))
    (page,) = reader.pages
    assert [round(float(edge) / MM) for edge in page.mediabox] == [0, 0, 105, 148]
    assert reader.metadata is not None
    assert reader.metadata.title == f"Badges: {event.title['de']}"
    assert reader.metadata.author == event.organiser_name


def test_only_badges_in_force_are_drawn(event: Event) -> None:
    asked = factories.register(event, role="guest")
    cancelled = factories.register(event)
    with transaction():
        registrations.cancel(registrations.get(cancelled.id))
    for registration_id in (asked.id, cancelled.id, uuid.uuid4()):
        with pytest.raises(NotFound):
            sheets.badge_pdf(registration_id)
    assert in_force.count(event.id) == 0


def test_all_badges_come_by_alliance_and_name(event: Event, tmp_path: Path) -> None:
    people = (
        ("Zander", "", "guest"),
        ("Özdemir", "MR4B", "delegate"),
        ("Ott", "MR4B", "delegate"),
        ("Groß", "BIOZ", "delegate"),
        ("Weiß", "BIOZ", "presenter"),
        ("Pauli", "MR4B", "delegate"),
    )
    for family_name, alliance, role in people:
        registration = factories.register(
            event, family_name=family_name, alliance=alliance, role=role
        )
        if role == "guest":
            with transaction():
                registrations.approve(registrations.get(registration.id), actor="command")
    steps: list[int] = []
    path = tmp_path / "badges.pdf"
    count = sheets.write_pdf(path, event_id=event.id, on_progress=steps.append)
    pages = pypdf.PdfReader(path).pages
    assert count == sum(steps) == len(pages) == len(people)
    order = ["Groß", "Weiß", "Ott", "Özdemir", "Pauli", "Zander"]
    for page, family_name in zip(pages, order, strict=True):
        assert family_name in page.extract_text()
    printed = [token for _code, token in in_force.list_tokens(event.id)]
    with opened(path.read_bytes()) as document:
        pictures = [page.render(scale=2).to_pil() for page in document]
    scanned = [zxingcpp.read_barcodes(picture)[0].text for picture in pictures]
    assert scanned == printed


def test_the_same_badges_make_the_same_file(event: Event, tmp_path: Path) -> None:
    factories.register(event)
    moment = clock.now()
    for name in ("one", "two"):
        sheets.write_pdf(
            tmp_path / name, event_id=event.id, on_progress=lambda _: None, as_of=moment
        )
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_event_without_badges_makes_a_page_that_says_so(event: Event, tmp_path: Path) -> None:
    path = tmp_path / "badges.pdf"
    assert sheets.write_pdf(path, event_id=event.id, on_progress=lambda _: None) == 0
    assert "Auf dieser Liste steht noch niemand." in text_of(path.read_bytes())


def some_names(count: int) -> Iterator[dict[str, object]]:
    """Return words of all lengths that the form takes, narrow and wide."""
    chance = random.Random(6)
    limits = {"given_name": 80, "family_name": 80, "title": 60, "organisation": 160}
    for _ in range(count):
        told: dict[str, object] = {"no_photo": chance.random() < 0.5}
        for name, most in limits.items():
            letters = chance.choice(["aeinrst -", "Wm", "il.", "ÄÖÜß Éø-", "abcdefgh ijkl-mnop"])
            length = chance.choice([1, 2, 8, 15, most // 2, most - 1, most])
            word = "".join(chance.choices(letters, k=length)).strip(" -") or "X"
            told[name] = word if name.endswith("name") or chance.random() < 0.8 else ""
        yield told


CASES: list[dict[str, object]] = [
    {},
    {"given_name": "J", "family_name": "Ó", "title": "", "organisation": "", "alliance": ""},
    {**LONG},
    {name: "W" * len(word) for name, word in LONG.items()},
    {**dict.fromkeys(LONG, "W" * 200), "given_name": "W" * 80, "family_name": "W" * 80},
    {"given_name": "Maximiliane-Charlotte", "family_name": "von der Leyen-Oppenheimer"},
    {"further_roles": ("Delegierte:r",)},
    {"further_roles": LONG_ROLES, "role": LONG["role"]},
    {**LONG, "further_roles": LONG_ROLES, "no_photo": True},
    {"further_roles": ("W" * 200, "W" * 200, "W" * 200)},
    *some_names(8),
]


def code_of(parts: list[Part]) -> Part:
    """Return the code: the largest shape that is about square."""
    squares = [
        part
        for part in parts
        if not part.text and abs((part.right - part.left) - (part.top - part.bottom)) < 0.5
    ]
    return max(squares, key=lambda part: part.right - part.left)


@pytest.mark.parametrize("told", CASES)
def test_nothing_overlaps_and_nothing_leaves_the_badge(told: dict[str, object]) -> None:
    parts = parts_of(drawn(**told))
    texts = [part for part in parts if part.text.strip()]
    for part in parts:
        assert part.left >= -0.01
        assert part.bottom >= -0.01
        assert part.right <= WIDTH * MM + 0.01
        assert part.top <= HEIGHT * MM + 0.01
    for number, text in enumerate(texts):
        assert text.size >= 6
        assert [other.text for other in texts[number + 1 :] if text.overlaps(other)] == []


@pytest.mark.parametrize("told", CASES)
def test_the_code_is_large_and_its_quiet_zone_is_free(told: dict[str, object]) -> None:
    parts = parts_of(drawn(**told))
    code = code_of(parts)
    side = code.right - code.left
    assert side / MM >= 30
    quiet = side / 45 * QUIET_ZONE
    zone = Part(code.left - quiet, code.bottom - quiet, code.right + quiet, code.top + quiet)
    assert [part for part in parts if part != code and part.overlaps(zone)] == []
    assert zone.right <= WIDTH * MM
    assert zone.bottom >= 0


@pytest.mark.parametrize("told", CASES)
def test_the_given_name_comes_first_and_is_never_smaller_than_the_rest(
    told: dict[str, object],
) -> None:
    parts = parts_of(drawn(**told))
    who = [part for part in parts if part.text.strip() and 71 * MM < part.bottom < 122 * MM]
    first = max(who, key=lambda part: part.top)
    assert str(told.get("given_name", "Änne")).startswith(first.text.strip()[:1])
    assert first.size == max(part.size for part in who)


def test_a_long_name_is_on_the_badge_to_its_last_letter() -> None:
    text = " ".join(text_of(drawn(**LONG)).split())
    for word in " ".join([LONG["given_name"], LONG["family_name"], LONG["title"]]).split():
        assert word.split("-")[-1] in text
    assert "…" not in text


def test_all_roles_are_on_the_badge_and_the_leading_one_is_largest() -> None:
    pdf = drawn(role="Vortragende", further_roles=LONG_ROLES)
    text = " ".join(text_of(pdf).split())
    assert "…" not in text
    for word in " ".join(LONG_ROLES).split():
        assert word in text
    sizes = {part.text.strip(): part.size for part in parts_of(pdf) if part.text.strip()}
    below = next(size for text, size in sizes.items() if text.startswith("Berichterstattung"))
    assert sizes["Vortragende"] > below


def test_a_person_with_several_roles_has_one_badge_in_the_leading_role(
    event: Event, tmp_path: Path
) -> None:
    registration = factories.register(event, role="delegate")
    with transaction():
        row = registrations.get(registration.id)
        prospectus = events.get_prospectus(event.slug)
        wanted = [role for role in prospectus.roles if role.code in {"delegate", "presenter"}]
        registrations.change_roles(row, wanted, actor="command")
    leading = next(role for role in wanted if role.code == "presenter")
    badge = badge_of(registrations.get(registration.id))
    text = text_of(sheets.badge_pdf(registration.id))
    assert leading.title["de"] in text
    assert "Delegierte:r" in text
    (_, token), *others = in_force.list_tokens(event.id)
    assert others == []
    assert token == badges.token_of(badge)
    assert tokens.decode(token).payload.badge_class == leading.badge_class


def test_letters_that_we_cannot_draw_leave_a_visible_gap() -> None:
    text = text_of(drawn(given_name="Ольга", family_name="Παπαδοπούλου", organisation="山田 🦄 A"))
    assert "Ольга" in text
    assert "Παπαδοπούλου" in text
    assert "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}" in text
    blank = np.array(picture_of(drawn(organisation="")))
    missing = np.array(picture_of(drawn(organisation="山田")))
    assert (blank != missing).any()


def test_a_role_is_readable_on_its_colour_also_without_colour(event: Event) -> None:
    for number in range(0, 0xFFFFFF, 65_537):
        colour = colours.parse(f"#{number:06x}")
        text = colours.readable_on(colour)
        assert contrast(colour, text) >= 4.5


def contrast(one: colours.Colour, other: colours.Colour) -> float:
    """WCAG 2.2's ratio, written down a second time."""
    lights = sorted(
        0.05
        + sum(
            share * (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4)
            for share, part in zip((0.2126, 0.7152, 0.0722), colour, strict=True)
        )
        for colour in (one, other)
    )
    return lights[1] / lights[0]

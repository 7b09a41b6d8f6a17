"""Logos are what their bytes say, written anew; what cannot be drawn is refused by name."""

import io
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from unittest.mock import ANY

import pypdfium2
import pytest
from PIL import Image, PngImagePlugin

from registration import clock
from registration.database import transaction
from registration.errors import Conflict, Invalid, NotFound
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.services.badges.designs import artwork, logos, parsing, ready, storing, vectors
from registration.services.badges.designs.composing import compose
from registration.services.badges.designs.faces import Artwork, Face, Occasion
from registration.services.badges.designs.marks import Image as Shown
from registration.services.badges.designs.painting import paint
from registration.services.badges.designs.preview import svg as preview
from registration.services.papers.documents import About, Document, Page
from tests import factories

RED, GREEN, WHITE = (255, 0, 0), (0, 128, 0), (255, 255, 255)


def png(size: tuple[int, int] = (40, 20), **saved: object) -> bytes:
    file = io.BytesIO()
    picture = Image.new("RGBA", size, (*RED, 255))
    picture.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    picture.save(file, "PNG", **saved)
    return file.getvalue()


def jpeg(mode: str = "RGB", **saved: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (40, 20), RED if mode == "RGB" else None).save(file, "JPEG", **saved)
    return file.getvalue()


def svg(inside: str, told: str = 'viewBox="0 0 40 20"') -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {told}>{inside}</svg>'.encode()


def refused(content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        logos._check(content)
    return str(caught.value.details["content"])


def art_of(content: bytes) -> Artwork:
    return Artwork(id=1, title="Logo", **logos._check(content)._asdict())


def painted(content: bytes) -> Image.Image:
    """Return a page of 40 × 20 points that the logo fills, twice as large."""
    file = io.BytesIO()
    about = About(title="Logo", author="Team", language="de", created_at=clock.now())
    document = Document(file, size=(40, 20), about=about)
    page = Page(document)
    page.picture(0, 0, 40, 20, artwork.picture(art_of(content)))
    document.add(page)
    document.close()
    opened = pypdfium2.PdfDocument(file.getvalue())
    try:
        picture: Image.Image = opened[0].render(scale=2).to_pil().convert("RGB")
    finally:
        opened.close()
    return picture


def test_a_picture_is_kept_as_points_and_nothing_else() -> None:
    about = PngImagePlugin.PngInfo()
    about.add_text("Comment", "taken at home")
    kept = logos._check(png(pnginfo=about, dpi=(300, 300)))
    assert (kept.media_type, kept.width, kept.height) == ("image/png", 40, 20)
    assert b"home" not in kept.content
    turned = Image.Exif()
    turned[0x0112] = 6
    kept = logos._check(jpeg(exif=turned))
    assert (kept.media_type, kept.width, kept.height) == ("image/jpeg", 20, 40)
    assert b"Exif" not in kept.content
    assert Image.open(io.BytesIO(logos._check(jpeg("CMYK")).content)).mode == "RGB"


def bomb(width: int, height: int) -> bytes:
    """Return a PNG that says it is so large, in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "kind"),
        (b"GIF89a" + bytes(50), "kind"),
        (b"%PDF-1.7", "kind"),
        (b"\0" * (logos.MOST_BYTES + 1), "too_large"),
        (png()[:60], "broken"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "broken"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "broken"),
        (bomb(2001, 10), "too_many_points"),
        (bomb(60_000, 60_000), "too_many_points"),
        (bomb(1000, 1000), "broken"),
        (b"<html><body/></html>", "kind"),
        (b"<svg", "broken"),
        (b"\xff\xfe<\0s\0v\0g\0", "kind"),
        (b"<svg>\xff</svg>", "broken"),
        (svg("<path d='M0 0L1 1z'/>", ""), "svg_size"),
        (svg("", 'viewBox="0 0 0 20"'), "svg_size"),
        (svg("", 'viewBox="0 0 1e999 20"'), "svg_size"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg viewBox="0 0 1 1"/>', "svg_unsafe"),
        (svg("<script>alert(1)</script>"), "svg_unsafe"),
        (svg("<foreignObject/>"), "svg_unsafe"),
        (svg("<text>Änne</text>"), "svg_text"),
        (svg('<image href="https://example.org/a.png"/>'), "svg_image"),
        (svg('<rect width="9" height="9" fill="url(#a)"/>'), "svg_gradient"),
        (svg('<rect width="9" height="9" opacity=".5"/>'), "svg_opacity"),
        (svg('<g filter="url(#a)"/>'), "svg_effect"),
        (svg('<use href="#a"/>'), "svg_unknown"),
        (svg('<path d="M0 0 what"/>'), "broken"),
        (svg('<path d="M1e400 0L1 1z"/>'), "broken"),
        (svg('<rect width="9" height="9" fill="no-colour"/>'), "broken"),
        (svg('<g transform="rotate()"><rect width="9" height="9"/></g>'), "broken"),
        (svg("<g>" * 60 + "</g>" * 60), "broken"),
        (svg('<path d="M0 0h1z"/>' * (vectors.MOST_SHAPES + 1)), "too_large"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(content: bytes, code: str) -> None:
    assert refused(content) == code


@pytest.mark.parametrize(
    "inside",
    [
        f"<style>{'/*' * 900_000}</style>",
        f"<style>{'a' * 1_800_000}</style>",
        f'<g transform="{"a" * 1_800_000}"/>',
        f'<path d="{"M0" * 900_000}"/>',
    ],
    ids=["comments", "selector", "transform", "path"],
)
def test_two_megabytes_that_mean_nothing_take_no_time(inside: str) -> None:
    """Any of these would take hours if it were searched again from each letter."""
    try:
        logos._check(svg(inside))
    except Invalid as error:
        assert error.details["content"] in {"broken", "too_large"}  # or taken


DRAWN_ALIKE = [
    '<rect x="20" width="20" height="20" fill="red"/>',
    '<path d="M20 0h20v20h-20z" fill="#f00"/>',
    '<g transform="translate(20)"><path style="fill:rgb(255,0,0)" d="m0 0 20 0 0 20-20 0"/></g>',
    '<g fill="red"><polygon points="20,0 40,0 40,20 20,20"/></g>',
    '<style>.a{fill:#f00;/* x */}</style><rect class="a" x="20" width="20" height="20"/>',
    '<line x1="30" y1="0" x2="30" y2="20" stroke="red" stroke-width="20"/>',
    '<path transform="matrix(0 1 -1 0 40 0)" d="M0 0H20V20H0Z" fill="red"/>',
    '<path fill="red" d="M20 0H40V20H20Z"/><rect display="none" width="40" height="40"/>',
    '<path fill="red" fill-rule="evenodd" d="M0 0H40V20H0ZM0 0H20V20H0Z"/>',
]


@pytest.mark.parametrize("inside", DRAWN_ALIKE)
def test_an_svg_is_drawn_as_it_says_however_it_says_it(inside: str) -> None:
    """Left half empty, right half red, on paper and on screen."""
    content = svg(inside)
    picture = painted(content)
    assert picture.getpixel((20, 20)) == WHITE
    assert picture.getpixel((60, 20)) == RED
    kept = logos._check(content).content.decode()
    assert re.sub(r"[^<]*<path[^>]*/>", "", kept.partition(">")[2]) == "</svg>"
    assert {each.tag.rpartition("}")[2] for each in ET.fromstring(kept).iter()} == {"svg", "path"}


def test_circles_curves_and_arcs_keep_their_shape() -> None:
    for inside in (
        '<circle cx="20" cy="10" r="8" fill="green"/>',
        '<ellipse cx="20" cy="10" rx="8" ry="8" fill="green"/>',
        '<path fill="green" d="M12 10a8 8 0 0 1 16 0a8 8 0 0 1-16 0z"/>',
        '<path fill="green" d="M12 10q0-8 8-8t8 8-8 8-8-8"/>',
    ):
        picture = painted(svg(inside))
        assert picture.getpixel((40, 20)) == GREEN
        assert picture.getpixel((26, 20)) == GREEN
        assert picture.getpixel((26, 7)) == WHITE


@pytest.mark.parametrize("content", [png(), jpeg(), svg('<rect width="40" height="20"/>')])
def test_a_logo_fits_its_place_in_its_true_proportions(content: bytes) -> None:
    data = parsing.to_data(ready.get_ready("a6").design)
    data["front"] = [{"type": "logo", "logo": 1, "x": 10, "y": 10, "width": 30, "height": 30}]
    occasion = Occasion(words={}, logos={1: art_of(content)})
    face = Face(words={}, token="")
    composed = compose(parsing.parse(data), "front", face, occasion)
    (shown,) = composed.marks
    assert isinstance(shown, Shown)
    assert (shown.width, shown.height) == pytest.approx((30, 15), abs=0.1)
    assert (shown.x, shown.y) == pytest.approx((10, 17.5), abs=0.1)
    assert ("data:image" in preview(composed)) == (not content.startswith(b"<"))
    missing = compose(parsing.parse(data), "front", face, Occasion(words={}))
    assert [warned.code for warned in missing.warnings] == ["no_logo"]


def test_a_see_through_picture_shows_what_is_below() -> None:
    picture = painted(png())
    assert picture.getpixel((20, 20)) == WHITE
    assert picture.getpixel((60, 20)) == RED


def test_a_picture_is_in_a_document_once_and_has_a_description() -> None:
    file = io.BytesIO()
    about = About(title="Logo", author="Team", language="de", created_at=clock.now())
    document = Document(file, size=(300, 420), about=about)
    data = parsing.to_data(ready.get_ready("a6").design)
    data["front"] = [{"type": "logo", "logo": 1, "x": 10, "y": 10, "width": 30, "height": 30}]
    occasion = Occasion(words={}, logos={1: art_of(png())})
    for _ in range(3):
        page = Page(document)
        composed = compose(parsing.parse(data), "front", Face(words={}, token=""), occasion)
        paint(page, composed)
        document.add(page)
    document.close()
    pdf = file.getvalue()
    assert pdf.count(b"/ColorSpace/DeviceRGB") == 1
    assert pdf.count(b"/S/Figure") == 3
    assert pdf.count("Logo".encode("utf-16-be").hex().upper().encode()) == 4


def test_a_logo_in_use_is_kept_and_is_nobody_elses(event: Event) -> None:
    other = factories.make_event("andere")
    with transaction() as session:
        logo = logos.add(event.id, title=" Haus ", content=png(), actor="command")
        data = parsing.to_data(storing.get_design(event.id, "a7"))
        data["front"].insert(
            0, {"type": "logo", "logo": logo.id, "x": 60, "y": 16, "width": 9, "height": 6}
        )
        storing.save(event.id, "a7", title="A7", data=data, revision=0, actor="command")
        logo_id = logo.id
        done = session.query(AuditEntry.action, AuditEntry.subject).filter_by(event_id=event.id)
        assert ("logo.added", f"logo:{logo_id}") in [tuple(row) for row in done]
    assert [each.title for each in logos.list_logos(event.id)] == ["Haus"]
    assert logos.list_logos(other.id) == []
    with pytest.raises(NotFound):
        logos.get_logo(other.id, logo_id)
    with pytest.raises(Invalid) as caught, transaction():
        storing.save(other.id, "a7", title="A7", data=data, revision=0, actor="command")
    assert caught.value.details == {"front[0].logo": "logo"}
    with pytest.raises(Conflict) as kept, transaction():
        logos.remove(event.id, logo_id, actor="command")
    assert kept.value.details == {"noun": "logo", "designs": ["a7"]}
    with transaction():
        storing.restore(event.id, "a7", actor="command")
        logos.remove(event.id, logo_id, actor="command")
    assert logos.list_logos(event.id) == []


def test_only_the_logos_of_a_design_are_read_for_it(event: Event) -> None:
    with transaction():
        logo = logos.add(event.id, title="Haus", content=png(), actor="command")
        assert logos.artworks(event.id) == {logo.id: ANY}
        assert logos.artworks(event.id, ready.get_ready("a6").design) == {}
        with pytest.raises(Invalid):
            logos.add(event.id, title=" ", content=png(), actor="command")

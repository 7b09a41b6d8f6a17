"""A PDF that is written as it grows: a finished page goes to the file and is forgotten.

PDF 1.7 (ISO 32000-1), only what our papers need: text in embedded fonts, lines, filled shapes and
pictures, with tags that say what is text and what decoration. A library's canvas keeps every page
until the end (reportlab: 13 KB each, 1.3 GB for 100,000 badges); this keeps some 50 bytes. The same
pages make the same file, byte for byte, whichever process made each of them.
"""

import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from registration.services.papers import embedding, fonts
from registration.services.papers.pages import COMPRESSION, MM, Block, Made, Page, Size
from registration.services.papers.pictures import Picture

__all__ = ["MM", "About", "Document", "Made", "Page", "Size"]

CATALOG, PAGES, RESOURCES, INFO, TAGS, TAG_LOOKUP, WHOLE = range(1, 8)
FIRST_FREE = 8
PAGES_IN_NODE = 100


@dataclass(frozen=True, kw_only=True)
class About:
    """What a document says of itself."""

    title: str
    author: str
    language: str
    created_at: datetime


class Document:
    """A PDF on its way to a file."""

    def __init__(self, file: BinaryIO, *, size: tuple[float, float], about: About) -> None:
        """Begin a document on a file open for writing; ``size`` in points is most pages' size."""
        self.width, self.height = size
        self.count = 0
        self._letters: dict[str, set[str]] = {}
        self._pictures: dict[str, int] = {}
        self._file = file
        self._about = about
        self._at = 0
        self._offsets = array("Q", [0] * FIRST_FREE)
        self._nodes: list[int] = []
        self._kids: list[int] = []
        self._sections: list[int] = []
        self._section = 0
        self._blocks: list[int] = []
        self._lookups: list[int] = []
        self._owners: list[str] = []
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add(self, page: Page) -> None:
        """Write one page."""
        self.add_made(page.made(), pictures=page.pictures.values())

    def add_made(self, made: Made, *, pictures: Iterable[Picture] = ()) -> None:
        """Write a page that another process may have made.

        Args:
            made: the page.
            pictures: those that it shows; each is needed with the first page that shows it.

        Raises:
            KeyError: a picture is missing.
        """
        for picture in pictures:
            if picture.name not in self._pictures:
                self._pictures[picture.name] = self._add_picture(picture)
        for name in made.pictures:
            self._pictures[name]
        for name, letters in made.letters.items():
            self._letters.setdefault(name, set()).update(letters)
        if not self._kids:
            self._nodes.append(self._reserve())
            self._section = self._reserve()
        self._kids.append(self._add_page(made))
        self.count += 1
        if len(self._kids) == PAGES_IN_NODE:
            self._write_node()

    def close(self) -> None:
        """Write what all pages share, and the table of contents for readers of the file."""
        if self._kids:
            self._write_node()
        self._write_object(
            PAGES,
            f"<</Type/Pages/Kids[{_references(self._nodes)}]/Count {self.count}"
            f"/MediaBox[0 0 {self.width:.2f} {self.height:.2f}]"
            f"/Resources {RESOURCES} 0 R>>".encode(),
        )
        shown_letters = set().union(*self._letters.values())
        unicode_map = self._add_stream(embedding.to_unicode(shown_letters))
        used = "".join(
            f"/{name} {self._add_font(fonts.by_name()[name], letters, unicode_map)} 0 R"
            for name, letters in sorted(self._letters.items())
        )
        shown = "".join(f"/{name} {number} 0 R" for name, number in self._pictures.items())
        self._write_object(RESOURCES, f"<</Font<<{used}>>/XObject<<{shown}>>>>".encode())
        self._write_tags()
        self._write_about()
        self._write_table()

    def _add_page(self, made: Made) -> int:
        stream = self._add_packed(made.stream, "/Filter/FlateDecode")
        number = self._reserve()
        own_size = made.size != (self.width, self.height)
        box = f"/MediaBox[0 0 {made.size.width:.2f} {made.size.height:.2f}]" if own_size else ""
        self._write_object(
            number,
            f"<</Type/Page/Parent {self._nodes[-1]} 0 R{box}/Contents {stream} 0 R"
            f"/StructParents {self.count}/Tabs/S>>".encode(),
        )
        owners: dict[int, int] = {}
        for block in made.blocks:
            written = self._add_block(block, page=number)
            self._blocks.append(written)
            owners |= dict.fromkeys(block.parts, written)
        self._owners.append(f"{self.count}[{_references([owners[at] for at in sorted(owners)])}]")
        return number

    def _add_block(self, block: Block, *, page: int) -> int:
        said = f"/Alt{text_string(block.alternative)}" if block.alternative else ""
        parts = " ".join(map(str, block.parts))
        return self._add_object(
            f"<</Type/StructElem/S/{block.tag}/P {self._section} 0 R/Pg {page} 0 R{said}"
            f"/K[{parts}]>>".encode()
        )

    def _write_node(self) -> None:
        """Write what a hundred pages share: their place in the order, and that of their tags."""
        self._write_object(
            self._nodes[-1],
            f"<</Type/Pages/Parent {PAGES} 0 R/Kids[{_references(self._kids)}]"
            f"/Count {len(self._kids)}>>".encode(),
        )
        self._write_object(
            self._section,
            f"<</Type/StructElem/S/Sect/P {WHOLE} 0 R/K[{_references(self._blocks)}]>>".encode(),
        )
        self._sections.append(self._section)
        limits = f"{self.count - len(self._kids)} {self.count - 1}"
        self._lookups.append(
            self._add_object(f"<</Limits[{limits}]/Nums[{''.join(self._owners)}]>>".encode())
        )
        for finished in (self._kids, self._blocks, self._owners):
            finished.clear()

    def _write_tags(self) -> None:
        self._write_object(TAG_LOOKUP, f"<</Kids[{_references(self._lookups)}]>>".encode())
        self._write_object(
            TAGS,
            f"<</Type/StructTreeRoot/K {WHOLE} 0 R/ParentTree {TAG_LOOKUP} 0 R"
            f"/ParentTreeNextKey {self.count}>>".encode(),
        )
        self._write_object(
            WHOLE,
            f"<</Type/StructElem/S/Document/P {TAGS} 0 R"
            f"/K[{_references(self._sections)}]>>".encode(),
        )

    def _add_font(self, font: fonts.Font, letters: Iterable[str], unicode_map: int) -> int:
        by_glyph = embedding.letters_by_glyph(font, letters)
        name = f"EINLAS+{font.shape.name}"
        descriptor = self._add_object(self._describe(font, name, by_glyph))
        widths = embedding.advances(font, list(by_glyph))
        descendant = self._add_object(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDToGIDMap/Identity"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/FontDescriptor {descriptor} 0 R/W[{widths}]>>".encode()
        )
        return self._add_object(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
            f"/DescendantFonts[{descendant} 0 R]/ToUnicode {unicode_map} 0 R>>".encode()
        )

    def _describe(self, font: fonts.Font, name: str, glyphs: Iterable[int]) -> bytes:
        data = embedding.font_file(font, glyphs)
        file = self._add_stream(data, f"/Length1 {len(data)}")
        shape = font.shape
        return (
            f"<</Type/FontDescriptor/FontName/{name}/Flags 4"
            f"/FontBBox[{' '.join(map(str, shape.box))}]/ItalicAngle 0"
            f"/Ascent {shape.ascent}/Descent {shape.descent}/CapHeight {shape.cap_height}"
            f"/StemV {shape.stem}/FontFile2 {file} 0 R>>".encode()
        )

    def _add_picture(self, picture: Picture) -> int:
        mask = ""
        if picture.mask:
            entries = (
                f"/Type/XObject/Subtype/Image/Width {picture.width:g}/Height {picture.height:g}"
                "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
            )
            mask = f"/SMask {self._add_packed(picture.mask, entries)} 0 R"
        return self._add_packed(picture.stream, picture.entries + mask)

    def _write_about(self) -> None:
        about = self._about
        moment = about.created_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
        self._write_object(
            INFO,
            f"<</Title{text_string(about.title)}/Author{text_string(about.author)}"
            f"/Producer(Einlass)/CreationDate({moment})>>".encode(),
        )
        self._write_object(
            CATALOG,
            f"<</Type/Catalog/Pages {PAGES} 0 R/Lang({about.language})/MarkInfo<</Marked true>>"
            f"/StructTreeRoot {TAGS} 0 R/ViewerPreferences<</DisplayDocTitle true>>>>".encode(),
        )

    def _write_table(self) -> None:
        start, count = self._at, len(self._offsets)
        self._write(f"xref\n0 {count}\n0000000000 65535 f \n".encode())
        for offset in self._offsets[1:]:
            self._write(b"%010d 00000 n \n" % offset)
        self._write(
            f"trailer\n<</Size {count}/Root {CATALOG} 0 R/Info {INFO} 0 R>>\n"
            f"startxref\n{start}\n%%EOF\n".encode()
        )

    def _reserve(self) -> int:
        self._offsets.append(0)
        return len(self._offsets) - 1

    def _add_object(self, body: bytes) -> int:
        number = self._reserve()
        self._write_object(number, body)
        return number

    def _add_stream(self, data: bytes, entries: str = "") -> int:
        return self._add_packed(zlib.compress(data, COMPRESSION), f"/Filter/FlateDecode{entries}")

    def _add_packed(self, packed: bytes, entries: str) -> int:
        head = f"<<{entries}/Length {len(packed)}>>\nstream\n".encode()
        return self._add_object(head + packed + b"\nendstream")

    def _write_object(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._at
        self._write(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._at += len(data)


def _references(numbers: Iterable[int]) -> str:
    return " ".join([f"{number} 0 R" for number in numbers])


def text_string(text: str) -> str:
    """Return any text as a PDF text string: UTF-16 with its mark, in hexadecimal."""
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"

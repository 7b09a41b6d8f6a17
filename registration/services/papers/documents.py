"""A PDF that is written as it grows: a finished page goes to the file and is forgotten.

PDF 1.7 (ISO 32000-1), only what our papers need: text in embedded fonts, lines and filled shapes.
A library's canvas keeps every page until the end (reportlab: 13 KB each, 1.3 GB for 100,000
badges); this keeps 16 bytes. The same pages make the same file, byte for byte.
"""

import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from registration.services.papers.fonts import Font, Subset, bold, regular, semibold

MM = 72 / 25.4
"""Points in a millimetre."""

CATALOG, PAGES, RESOURCES, INFO = 1, 2, 3, 4
FIRST_FREE = 5
PAGES_IN_NODE = 100
COMPRESSION = 6


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
        """Begin a document of pages of one size, in points, on a file open for writing."""
        self.width, self.height = size
        self.subsets = {font.name: Subset(font) for font in (regular(), semibold(), bold())}
        self.count = 0
        self._file = file
        self._about = about
        self._at = 0
        self._offsets = array("Q", [0] * FIRST_FREE)
        self._nodes: list[tuple[int, list[int]]] = []
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add(self, content: str) -> None:
        """Write one page, drawn by the operators in ``content`` (see `Page`)."""
        if self.count % PAGES_IN_NODE == 0:
            self._nodes.append((self._reserve(), []))
        node, kids = self._nodes[-1]
        stream = self._add_stream(content.encode("ascii"))
        kids.append(
            self._add_object(f"<</Type/Page/Parent {node} 0 R/Contents {stream} 0 R>>".encode())
        )
        self.count += 1
        if self.count % PAGES_IN_NODE == 0:
            self._write_node()

    def close(self) -> None:
        """Write what all pages share, and the table of contents for readers of the file."""
        if self.count % PAGES_IN_NODE:
            self._write_node()
        box = f"[0 0 {self.width:.2f} {self.height:.2f}]"
        kids = " ".join(f"{number} 0 R" for number, _ in self._nodes)
        self._write_object(
            PAGES,
            f"<</Type/Pages/Kids[{kids}]/Count {self.count}/MediaBox{box}"
            f"/Resources {RESOURCES} 0 R>>".encode(),
        )
        fonts = "".join(
            f"/{name} {self._add_font(subset)} 0 R" for name, subset in self.subsets.items()
        )
        self._write_object(RESOURCES, f"<</Font<<{fonts}>>>>".encode())
        self._write_about()
        self._write_table()

    def _write_node(self) -> None:
        number, kids = self._nodes[-1]
        refs = " ".join(f"{kid} 0 R" for kid in kids)
        self._write_object(
            number, f"<</Type/Pages/Parent {PAGES} 0 R/Kids[{refs}]/Count {len(kids)}>>".encode()
        )
        kids.clear()

    def _add_font(self, subset: Subset) -> int:
        font = subset.font
        name = f"EINLAS+{font.face.name.decode('ascii')}"
        descriptor = self._add_object(self._describe(font, name, subset.file()))
        advances = " ".join(str(advance) for advance in subset.advances())
        letters = self._add_object(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDToGIDMap/Identity"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/FontDescriptor {descriptor} 0 R/W[0[{advances}]]>>".encode()
        )
        unicode_map = self._add_stream(to_unicode(subset.codes))
        return self._add_object(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
            f"/DescendantFonts[{letters} 0 R]/ToUnicode {unicode_map} 0 R>>".encode()
        )

    def _describe(self, font: Font, name: str, data: bytes) -> bytes:
        face = font.face
        file = self._add_stream(data, f"/Length1 {len(data)}")
        box = " ".join(f"{edge:.0f}" for edge in face.bbox)
        return (
            f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[{box}]/ItalicAngle 0"
            f"/Ascent {face.ascent:.0f}/Descent {face.descent:.0f}"
            f"/CapHeight {face.capHeight:.0f}/StemV {face.stemV}/FontFile2 {file} 0 R>>".encode()
        )

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
            f"<</Type/Catalog/Pages {PAGES} 0 R/Lang({about.language})"
            "/ViewerPreferences<</DisplayDocTitle true>>>>".encode(),
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
        packed = zlib.compress(data, COMPRESSION)
        head = f"<</Filter/FlateDecode/Length {len(packed)}{entries}>>\nstream\n".encode()
        return self._add_object(head + packed + b"\nendstream")

    def _write_object(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._at
        self._write(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._at += len(data)


class Page:
    """What is drawn on one page; x and y in points from its lower left corner."""

    def __init__(self, document: Document) -> None:
        """Begin an empty page of the document."""
        self._subsets = document.subsets
        self._drawn: list[str] = []

    @property
    def content(self) -> str:
        """The page's operators, for `Document.add`."""
        return "\n".join(self._drawn)

    def text(self, x: float, y: float, text: str, font: Font, size: float) -> None:
        """Write a printable text from x on its baseline y, in the present ink."""
        if text:
            letters = self._subsets[font.name].encode(text)
            self._drawn.append(f"BT/{font.name} {size:g} Tf {x:.2f} {y:.2f} Td<{letters}>Tj ET")

    def ink(self, red: float, green: float, blue: float) -> None:
        """Choose the colour of text and shapes from here on; parts from 0 to 1."""
        self._drawn.append(f"{red:.3g} {green:.3g} {blue:.3g} rg")

    def pen(self, grey: float) -> None:
        """Choose the grey of lines and outlines from here on: 0 is black, 1 is white."""
        self._drawn.append(f"{grey:.3g} G")

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Fill a rectangle whose lower left corner is at x, y."""
        self._drawn.append(f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re f")

    def frame(self, x: float, y: float, width: float, height: float, thickness: float) -> None:
        """Draw a rectangle's outline."""
        self._drawn.append(f"{thickness:g} w {x:.2f} {y:.2f} {width:.2f} {height:.2f} re S")

    def line(self, x: float, y: float, to_x: float, to_y: float, thickness: float) -> None:
        """Draw a straight line."""
        self._drawn.append(f"{thickness:g} w {x:.2f} {y:.2f} m {to_x:.2f} {to_y:.2f} l S")

    def dot(self, x: float, y: float, radius: float, *, outline: float = 0.3) -> None:
        """Fill a circle about x, y, with a thin outline that shows where ink is pale."""
        self._drawn.append(_circle(x, y, radius) + f" {outline:g} w B")

    def draw(self, operators: str) -> None:
        """Draw by PDF operators, in ASCII."""
        self._drawn.append(operators)


def _circle(x: float, y: float, radius: float) -> str:
    """Return a circle's path: four Bézier curves, off by less than 0.03 % of the radius."""
    bend = 0.5523 * radius
    curves = [f"{x + radius:.2f} {y:.2f} m"]
    for cos, sin in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        first = (x + radius * cos - bend * sin, y + radius * sin + bend * cos)
        second = (x - radius * sin + bend * cos, y + radius * cos + bend * sin)
        last = (x - radius * sin, y + radius * cos)
        curves.append(" ".join(f"{part:.2f}" for point in (first, second, last) for part in point))
        curves.append("c")
    return " ".join(curves)


def text_string(text: str) -> str:
    """Return any text as a PDF text string: UTF-16 with its mark, in hexadecimal."""
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"


def to_unicode(codes: Sequence[int]) -> bytes:
    """Return the map by which readers copy and search text (ISO 32000-1 §9.10.3)."""
    pairs = ["<0000><FFFD>"] + [
        f"<{number:04X}><{chr(code).encode('utf-16-be').hex().upper()}>"
        for number, code in enumerate(codes, start=1)
    ]
    blocks = "".join(
        f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar\n"
        for block in (pairs[at : at + 100] for at in range(0, len(pairs), 100))
    )
    return (
        "/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
        "/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n"
        f"{blocks}endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n"
    ).encode("ascii")

"""Pages: what is drawn on them, and the form in which they go from one process to another."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from registration.services.papers.fonts import Font
from registration.services.papers.pictures import Picture

MM = 72 / 25.4
"""Points in a millimetre."""
COMPRESSION = 4
ARTIFACT = -1
"""The place of what only decorates: readers aloud pass it over."""


class Sized(Protocol):
    """What a page takes its size from: a document, or a `Size`."""

    @property
    def width(self) -> float:
        """Points from left to right."""

    @property
    def height(self) -> float:
        """Points from bottom to top."""


class Size(NamedTuple):
    """Of a page, in points."""

    width: float
    height: float


class Block(NamedTuple):
    """A paragraph, heading or figure of a page, as readers aloud see it."""

    tag: str
    alternative: str
    """What is said in place of a figure."""
    parts: list[int]
    """The numbers of the sequences of operators that it consists of."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """A finished page, as it goes into any document; see `Document.add_made`."""

    size: Size
    stream: bytes
    """Its operators, compressed."""
    letters: Mapping[str, str]
    """The letters that it shows, by the font's name."""
    pictures: tuple[str, ...]
    """The names of the pictures that it shows."""
    blocks: tuple[Block, ...]

    def pack(self) -> bytes:
        """Return the page as bytes, for a file between processes."""
        told = [self.size, self.letters, self.pictures, self.blocks]
        head = json.dumps(told, separators=(",", ":"), sort_keys=True).encode()
        return len(head).to_bytes(4, "big") + head + self.stream

    @classmethod
    def unpack(cls, data: bytes) -> "Made":
        """Return the page that `pack` packed."""
        at = 4 + int.from_bytes(data[:4], "big")
        size, letters, pictures, blocks = json.loads(data[4:at])
        return cls(
            size=Size(*size),
            stream=data[at:],
            letters=letters,
            pictures=tuple(pictures),
            blocks=tuple(Block(*block) for block in blocks),
        )


class Page:
    """What is drawn on one page; x and y in points from its lower left corner.

    Text belongs to the block that was begun last, else to a paragraph; shapes are decoration.
    """

    def __init__(self, size: Sized) -> None:
        """Begin an empty page as large as a document's pages, or of a `Size`."""
        self.size = Size(size.width, size.height)
        self.letters: dict[str, set[str]] = {}
        self.pictures: dict[str, Picture] = {}
        self._drawn: list[str] = []
        self._blocks = [Block("P", "", [])]
        self._block = 0
        self._inside: int | None = None
        self._parts = 0

    def begin(self, tag: str = "P", *, alternative: str = "") -> None:
        """Let text from here on be a block of its own.

        Args:
            tag: ``P``, ``H1`` to ``H6``, ``Figure`` …; empty: text that only decorates, such as
                the foot of each page (ISO 32000-1 §14.8.4).
            alternative: what is said in place of a figure.
        """
        self._leave()
        if tag:
            self._blocks.append(Block(tag, alternative, []))
        self._block = len(self._blocks) - 1 if tag else ARTIFACT

    def text(self, x: float, y: float, text: str, font: Font, size: float) -> None:
        """Write a printable text from x on its baseline y, in the present ink."""
        if text:
            self._enter(self._block)
            self.letters.setdefault(font.name, set()).update(text)
            self._drawn.append(
                f"BT/{font.name} {size:g} Tf {x:.2f} {y:.2f} Td<{font.encode(text)}>Tj ET"
            )

    def ink(self, red: float, green: float, blue: float) -> None:
        """Choose the colour of text and shapes from here on; parts from 0 to 1."""
        self._drawn.append(f"{red:.3g} {green:.3g} {blue:.3g} rg")

    def pen(self, grey: float) -> None:
        """Choose the grey of lines and outlines from here on: 0 is black, 1 is white."""
        self._drawn.append(f"{grey:.3g} G")

    def pen_colour(self, red: float, green: float, blue: float) -> None:
        """Choose the colour of lines and outlines from here on."""
        self._drawn.append(f"{red:.3g} {green:.3g} {blue:.3g} RG")

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Fill a rectangle whose lower left corner is at x, y."""
        self.draw(f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re f")

    def frame(self, x: float, y: float, width: float, height: float, thickness: float) -> None:
        """Draw a rectangle's outline."""
        self.draw(f"{thickness:g} w {x:.2f} {y:.2f} {width:.2f} {height:.2f} re S")

    def line(self, x: float, y: float, to_x: float, to_y: float, thickness: float) -> None:
        """Draw a straight line."""
        self.draw(f"{thickness:g} w {x:.2f} {y:.2f} m {to_x:.2f} {to_y:.2f} l S")

    def dot(self, x: float, y: float, radius: float, *, outline: float = 0.3) -> None:
        """Fill a circle about x, y, with a thin outline that shows where ink is pale."""
        self.draw(_circle(x, y, radius) + f" {outline:g} w B")

    def picture(self, x: float, y: float, width: float, height: float, picture: Picture) -> None:
        """Show a picture in the rectangle whose lower left corner is at x, y."""
        self.pictures[picture.name] = picture
        if self._block != ARTIFACT and self._blocks[self._block].tag == "Figure":
            self._enter(self._block)
        else:
            self._enter(ARTIFACT)
        self._drawn.append(f"q {width:.3f} 0 0 {height:.3f} {x:.2f} {y:.2f} cm/{picture.name} Do Q")

    def draw(self, operators: str) -> None:
        """Draw by PDF operators, in ASCII, what only decorates."""
        self._enter(ARTIFACT)
        self._drawn.append(operators)

    def state(self, operators: str) -> None:
        """Change by PDF operators what all that follows is drawn with; for ``q`` … ``Q``."""
        self._leave()
        self._drawn.append(operators)

    def made(self) -> Made:
        """Return the finished page."""
        self._leave()
        return Made(
            size=self.size,
            stream=zlib.compress("\n".join(self._drawn).encode("ascii"), COMPRESSION),
            letters={name: "".join(sorted(used)) for name, used in sorted(self.letters.items())},
            pictures=tuple(sorted(self.pictures)),
            blocks=tuple(block for block in self._blocks if block.parts),
        )

    def _enter(self, block: int) -> None:
        """Let what is drawn next belong to a block, or to decoration."""
        if self._inside == block:
            return
        self._leave()
        self._inside = block
        if block == ARTIFACT:
            self._drawn.append("/Artifact BMC")
            return
        tag, _, parts = self._blocks[block]
        self._drawn.append(f"/{tag}<</MCID {self._parts}>>BDC")
        parts.append(self._parts)
        self._parts += 1

    def _leave(self) -> None:
        if self._inside is not None:
            self._drawn.append("EMC")
            self._inside = None


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

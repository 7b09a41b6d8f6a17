"""The fonts of our papers: Source Sans in three weights, measured and written in glyph numbers.

A letter is written as its glyph's number in the whole font, so that a page's operators do not
depend on the other pages of its document: pages that several workers made go into one file.
"""

import struct
import unicodedata
from array import array
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import font_source_sans_pro

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

MISSING = "\N{REPLACEMENT CHARACTER}"
"""Drawn as the font's own empty box, so that a letter that we cannot draw is seen to be missing."""
SUBSTITUTES = {"\u2010": "-", "\u2011": "-", "\u2212": "−", "\u00ad": "", "\t": " ", "\n": " "}
UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me"})
"""Unicode categories that have no shape of their own: controls, joiners, stray accents."""
STEM_OF_WEIGHT = 65.0
"""Divides a weight class; 50 more than its square is the usual guess at a stem's width."""


class Shape(NamedTuple):
    """What a PDF says of a font as a whole, in thousandths of the size."""

    name: str
    box: tuple[int, int, int, int]
    ascent: int
    descent: int
    cap_height: int
    stem: int


class Font:
    """One weight: what it covers, how wide its letters are and what their glyphs are."""

    def __init__(self, name: str, file: str) -> None:
        """Read the weight called ``file`` in the package of the fonts; ``name`` is its PDF name."""
        from fontTools.ttLib import TTFont  # noqa: PLC0415  # keeps the web process light

        self.name = name
        with TTFont(font_source_sans_pro.font_files_ttf[file], lazy=True) as face:
            cmap, metrics = face.getBestCmap(), face["hmtx"].metrics
            scale = 1000 / face["head"].unitsPerEm
            self.widths: dict[str, float] = {
                chr(code): metrics[glyph][0] * scale for code, glyph in cmap.items()
            }
            self.glyphs = {chr(code): face.getGlyphID(glyph) for code, glyph in cmap.items()}
            self.widths[MISSING] = metrics[face.getGlyphName(0)][0] * scale
            self.glyphs[MISSING] = 0
            self.metrics = [metrics[glyph] for glyph in face.getGlyphOrder()]
            self.tables: Mapping[str, bytes] = {
                tag: face.reader[tag] for tag in ("head", "hhea", "maxp", "loca", "glyf")
            }
            self.shape = _shape(face, scale)
        self.scale: float = scale
        self._codes = {letter: f"{glyph:04X}" for letter, glyph in self.glyphs.items()}

    @cached_property
    def places(self) -> "array[int]":
        """Where each glyph's outline begins in the table of outlines, and where the last ends."""
        short = struct.unpack_from(">h", self.tables["head"], 50)[0] == 0
        found = array("H" if short else "I", self.tables["loca"])
        found.byteswap()
        return array("I", [place * 2 for place in found]) if short else found

    def width(self, text: str, size: float) -> float:
        """Return the width of a printable text in points."""
        widths = self.widths
        return sum([widths[letter] for letter in text]) * size / 1000

    def encode(self, text: str) -> str:
        """Return a printable text as the hexadecimal string of a PDF's text operator."""
        codes = self._codes
        return "".join([codes[letter] for letter in text])


def _shape(face: "TTFont", scale: float) -> Shape:
    head, heights, style = face["head"], face["hhea"], face["OS/2"]
    edges = (head.xMin, head.yMin, head.xMax, head.yMax)
    left, bottom, right, top = (round(edge * scale) for edge in edges)
    return Shape(
        name=str(face["name"].getDebugName(6)),
        box=(left, bottom, right, top),
        ascent=round(heights.ascent * scale),
        descent=round(heights.descent * scale),
        cap_height=round(style.sCapHeight * scale),
        stem=50 + int((style.usWeightClass / STEM_OF_WEIGHT) ** 2),
    )


@lru_cache(maxsize=1)
def regular() -> Font:
    """Return the weight for text."""
    return Font("R", "SourceSansPro")


@lru_cache(maxsize=1)
def semibold() -> Font:
    """Return the weight for what stands out."""
    return Font("S", "SourceSansProSemibold")


@lru_cache(maxsize=1)
def bold() -> Font:
    """Return the weight for names and headings."""
    return Font("B", "SourceSansProBold")


@lru_cache(maxsize=1)
def by_name() -> Mapping[str, Font]:
    """Return the three weights by their names on pages."""
    return {font.name: font for font in (regular(), semibold(), bold())}


@lru_cache(maxsize=1)
def _covered() -> frozenset[str]:
    covered = set(regular().widths) & set(semibold().widths) & set(bold().widths)
    return frozenset(covered - set(SUBSTITUTES))


def printable(text: str) -> str:
    """Return the text in letters that all weights have.

    What has an equivalent is replaced by it, what has no shape is left out, and any other letter
    becomes `MISSING`: nothing vanishes unseen.
    """
    text = unicodedata.normalize("NFC", text)
    if _covered().issuperset(text):
        return text
    return "".join([_printable_letter(letter) for letter in text])


def _printable_letter(letter: str) -> str:
    if letter in _covered():
        return letter
    if letter in SUBSTITUTES:
        return SUBSTITUTES[letter]
    equivalent = unicodedata.normalize("NFKC", letter)
    if equivalent != letter and _covered().issuperset(equivalent):
        return equivalent
    return "" if unicodedata.category(letter) in UNSEEN else MISSING

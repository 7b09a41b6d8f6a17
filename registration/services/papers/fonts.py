"""The fonts of our papers: Source Sans in three weights, measured and cut to what is used."""

import unicodedata
from functools import lru_cache

import font_source_sans_pro
from reportlab.pdfbase.ttfonts import TTFontFile

MISSING = "\N{REPLACEMENT CHARACTER}"
"""Drawn as the font's own empty box, so that a letter that we cannot draw is seen to be missing."""
SUBSTITUTES = {"\u2010": "-", "\u2011": "-", "\u2212": "−", "\u00ad": "", "\t": " ", "\n": " "}
UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me"})
"""Unicode categories that have no shape of their own: controls, joiners, stray accents."""


class Font:
    """One weight: what it covers and how wide its letters are."""

    def __init__(self, name: str, file: str) -> None:
        """Read the weight called ``file`` in the package of the fonts; ``name`` is its PDF name."""
        self.name = name
        self.face = TTFontFile(font_source_sans_pro.font_files_ttf[file])
        self.widths: dict[str, float] = {
            chr(code): self.face.charWidths[code] for code in self.face.charToGlyph
        }
        self.widths[MISSING] = self.face.hmetrics[0][0]

    def width(self, text: str, size: float) -> float:
        """Return the width of a printable text in points."""
        widths = self.widths
        return sum([widths[letter] for letter in text]) * size / 1000


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


class Subset(dict[str, str]):
    """The letters of one font that one document uses, each with its number in hexadecimal."""

    def __init__(self, font: Font) -> None:
        """Begin empty; letters are numbered as they are asked for."""
        super().__init__({MISSING: "0000"})
        self.font = font
        self.codes: list[int] = []
        self._by_glyph: dict[int, str] = {}

    def __missing__(self, letter: str) -> str:
        glyph = self.font.face.charToGlyph[ord(letter)]
        if glyph not in self._by_glyph:
            self.codes.append(ord(letter))
            self._by_glyph[glyph] = f"{len(self.codes):04X}"
        self[letter] = self._by_glyph[glyph]
        return self[letter]

    def encode(self, text: str) -> str:
        """Return a printable text as the hexadecimal string of a PDF's text operator."""
        return "".join([self[letter] for letter in text])

    def file(self) -> bytes:
        """Return a TrueType file of only these letters; a letter's number is its glyph's."""
        return bytes(self.font.face.makeSubset(self.codes))

    def advances(self) -> list[int]:
        """Return the widths by number, in thousandths of the size."""
        widths = self.font.widths
        return [round(widths[MISSING])] + [round(widths[chr(code)]) for code in self.codes]

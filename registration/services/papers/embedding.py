"""Fonts inside a document: cut to the letters that it shows, with a way back to its text."""

import struct
from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from registration.services.papers.fonts import Font, regular

IN_BLOCK = 100
"""Pairs that a block of a character map may have (Adobe Technical Note 5014)."""
WORD, WHOLE, WHOLE_AT = 0xFFFFFFFF, 0xB1B0AFBA, 8
"""What a font's words add up to, and where in its head stands what is added for that."""
ARE_WORDS, HAVE_SCALE, MORE, HAVE_XY_SCALE, HAVE_MATRIX, HAVE_HINTS = 1, 8, 32, 64, 128, 256
"""Flags of a part of a composite outline (OpenType, glyf)."""


def letters_by_glyph(font: Font, letters: Iterable[str]) -> dict[int, str]:
    """Return the letters by their glyphs' numbers; in our fonts no two share a glyph."""
    return dict(sorted((font.glyphs[each], each) for each in letters))


def font_file(font: Font, glyphs: Iterable[int]) -> bytes:
    """Return a TrueType file with only these outlines, unhinted, under their old numbers."""
    pieces = _with_parts(font, {0, *glyphs})
    used = sorted(pieces)
    count = used[-1] + 1
    metrics, metrics_sum, places, end = bytearray(4 * count), 0, array("I"), 0
    for glyph, following in pairwise([*used, count]):
        advance, bearing = font.metrics[glyph]
        struct.pack_into(">Hh", metrics, 4 * glyph, advance, bearing)
        metrics_sum += advance << 16 | bearing & 0xFFFF
        places.append(end)
        end += len(pieces[glyph].outline)
        places += array("I", [end]) * (following - glyph - 1)
    places.append(end)
    places_sum = sum(places)
    places.byteswap()
    shown = [pieces[glyph] for glyph in used]
    return _file_of(
        {
            "glyf": Table(b"".join([piece.outline for piece in shown]), sum(p.sum for p in shown)),
            "head": Table.of(_head(font)),
            "hhea": Table.of(font.tables["hhea"][:34] + struct.pack(">H", count)),
            "hmtx": Table(bytes(metrics), metrics_sum),
            "loca": Table(places.tobytes(), places_sum),
            "maxp": Table.of(
                font.tables["maxp"][:4] + struct.pack(">H", count) + font.tables["maxp"][6:]
            ),
        }
    )


def _head(font: Font) -> bytes:
    """Return the head of a font whose places are written in whole words."""
    head = font.tables["head"]
    return head[:8] + bytes(4) + head[12:50] + struct.pack(">hh", 1, 0)


def _with_parts(font: Font, glyphs: set[int]) -> "dict[int, Piece]":
    """Return the glyphs and all that they are put together from."""
    pieces: dict[int, Piece] = {}
    waiting = glyphs
    while waiting:
        glyph = waiting.pop()
        pieces[glyph] = _piece(font, glyph)
        waiting.update(part for part in pieces[glyph].parts if part not in pieces)
    return pieces


class Piece(NamedTuple):
    """A glyph's outline without its hints, in whole words."""

    outline: bytes
    sum: int
    """What its words add up to."""
    parts: tuple[int, ...]
    """The glyphs that it is made of."""


@lru_cache(maxsize=4096)
def _piece(font: Font, glyph: int) -> Piece:
    data, parts = _outline(font, glyph)
    whole = data + bytes(-len(data) % 4)
    return Piece(whole, _sum_of(whole), parts)


def _outline(font: Font, glyph: int) -> tuple[bytes, tuple[int, ...]]:
    """Return a glyph's outline without its hints, and the glyphs that it is made of."""
    begin, end = font.places[glyph], font.places[glyph + 1]
    data = font.tables["glyf"][begin:end]
    if not data:
        return b"", ()
    (contours,) = struct.unpack_from(">h", data)
    if contours < 0:
        return _composite(data)
    hints = 10 + 2 * contours
    (length,) = struct.unpack_from(">H", data, hints)
    return data[:hints] + b"\0\0" + data[hints + 2 + length :], ()


def _composite(data: bytes) -> tuple[bytes, tuple[int, ...]]:
    made, parts, at, flags = bytearray(data), [], 10, MORE
    while flags & MORE:
        flags, part = struct.unpack_from(">HH", data, at)
        struct.pack_into(">H", made, at, flags & ~HAVE_HINTS)
        parts.append(part)
        at += 8 if flags & ARE_WORDS else 6
        at += 2 * (flags & HAVE_SCALE > 0) + 4 * (flags & HAVE_XY_SCALE > 0)
        at += 8 * (flags & HAVE_MATRIX > 0)
    return bytes(made[:at]), tuple(parts)


class Table(NamedTuple):
    """A table of a font file, with what its words add up to (OpenType, "Calculating checksums")."""

    data: bytes
    sum: int

    @classmethod
    def of(cls, data: bytes) -> "Table":
        """Return a short table: adding up a long one takes longer than making it."""
        return cls(data, _sum_of(data))


def _file_of(tables: Mapping[str, Table]) -> bytes:
    """Return the tables as one file, with the sums by which readers know that it is whole."""
    count = len(tables)
    power = count.bit_length() - 1
    head = struct.pack(">I4H", 0x10000, count, 16 << power, power, (count - (1 << power)) * 16)
    start = 12 + 16 * count
    body = bytearray()
    for tag, (data, total) in tables.items():
        head += struct.pack(">4s3I", tag.encode(), total & WORD, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    at = tuple(tables).index("head")
    (offset,) = struct.unpack_from(">I", head, 12 + 16 * at + 8)
    whole = _sum_of(head) + sum(table.sum for table in tables.values())
    struct.pack_into(">I", body, offset - start + WHOLE_AT, WHOLE - whole & WORD)
    return head + bytes(body)


def _sum_of(data: bytes) -> int:
    words = array("I", data + bytes(-len(data) % 4))
    words.byteswap()
    return sum(words)


def advances(font: Font, glyphs: Sequence[int]) -> str:
    """Return how wide the glyphs are, as a PDF's array for them; ``glyphs`` rise."""
    starts = [0] + [at + 1 for at, (a, b) in enumerate(pairwise(glyphs)) if b != a + 1]
    runs = [glyphs[begin:end] for begin, end in pairwise([*starts, len(glyphs)])]
    return "".join(
        f"{run[0]}[{' '.join(f'{font.metrics[glyph][0] * font.scale:.0f}' for glyph in run)}]"
        for run in runs
    )


def to_unicode(letters: Iterable[str]) -> bytes:
    """Return the map by which readers copy and search text (ISO 32000-1 §9.10.3).

    It serves all weights of a document: they number their glyphs alike.
    """
    pairs = [
        f"<{glyph:04X}><{letter.encode('utf-16-be').hex().upper()}>"
        for glyph, letter in letters_by_glyph(regular(), letters).items()
    ]
    blocks = "".join(
        f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar\n"
        for block in (pairs[at : at + IN_BLOCK] for at in range(0, len(pairs), IN_BLOCK))
    )
    return (
        "/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
        "/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n"
        f"{blocks}endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n"
    ).encode("ascii")

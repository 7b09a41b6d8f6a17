"""Reading CSV as programs, and Excel in two countries, write it."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from registration.services.tables.cells import (
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_SIGNS,
    Row,
    Table,
    TableKind,
    trim,
)
from registration.services.tables.refusals import Refusal, refused

BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
SINGLE_BYTE = "cp1252"
"""What is not UTF-8 was written by Excel in western Europe."""
DELIMITERS = ";\t,"
"""In the order of trust: commas also stand in names."""
LOOKED_AT = 50
"""Records, to tell the delimiter."""
BINARY = frozenset(map(chr, range(32))) - frozenset("\t\n\r\f\v\x1a")
"""Control characters that no text file has."""
QUOTE = "'"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def read(content: bytes) -> Table:
    """Return the rows of a CSV file; all cells are texts.

    Encoding: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252. The delimiter is
    semicolon, tab or comma: whichever gives most of the first records, the header among them, the
    same number of cells. A line ``sep=;`` at the top settles it, as for Excel.

    Raises:
        TableRefused: the bytes are no text, or too many rows, columns or characters.
    """
    text = _decoded(content)
    declared, text = _declared(text)
    delimiter = declared or _sniffed(text)
    rows: list[Row] = []
    for number, cells in enumerate(_records(text, delimiter), start=1):
        row = Row(number, trim([_plain(cell) for cell in cells]))
        if not row.cells:
            continue
        if len(rows) > MOST_ROWS:
            raise refused(Refusal.TOO_MANY_ROWS)
        if len(row.cells) > MOST_COLUMNS:
            raise refused(Refusal.TOO_MANY_COLUMNS)
        rows.append(row)
    return Table(rows=tuple(rows), kind=TableKind.CSV)


def _decoded(content: bytes) -> str:
    encoding = next((name for mark, name in BOMS if content.startswith(mark)), "")
    for candidate in (encoding,) if encoding else ("utf-8", SINGLE_BYTE):
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError:
            continue
        if BINARY.isdisjoint(text):
            return text.rstrip("\x1a")
    raise refused(Refusal.ENCODING)


def _declared(text: str) -> tuple[str, str]:
    """Return the delimiter of a first line ``sep=x``, and the text without that line."""
    line, _, rest = text.partition("\n")
    stripped = line.rstrip("\r").strip('"')
    if stripped[:4].lower() == "sep=" and stripped[4:] in set(DELIMITERS):
        return stripped[4:], rest
    return "", text


def _sniffed(text: str) -> str:
    return max(DELIMITERS, key=lambda delimiter: _agreement(text, delimiter))


def _agreement(text: str, delimiter: str) -> tuple[int, int]:
    """Return how many of the first records have the same number of cells, and which number."""
    counted = Counter(
        len(record) for record in islice(_records(text, delimiter), LOOKED_AT) if len(record) > 1
    )
    return max(((records, cells) for cells, records in counted.items()), default=(0, 0))


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """Return the records; a line break inside quotes is a part of its cell (RFC 4180 §2.6)."""
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(len(cell) > MOST_SIGNS for cell in record):
                raise refused(Refusal.LONG_CELL)
            yield record
    except csv.Error as error:
        raise refused(Refusal.LONG_CELL) from error


def _plain(cell: str) -> str:
    """Return the cell without the quote that keeps spreadsheets from reading it as a formula."""
    if cell[:1] == QUOTE and cell[1:].startswith(FORMULA_SIGNS):
        return cell[1:]
    return cell

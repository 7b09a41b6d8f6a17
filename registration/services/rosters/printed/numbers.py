"""Counts as PDF: tables, and bars beside them that make them plain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from registration.services.papers import colours
from registration.services.papers.documents import Document
from registration.services.papers.fonts import Font, bold, printable, regular, semibold
from registration.services.papers.pages import MM, Page
from registration.services.papers.typesetting import fit, wrap
from registration.services.rosters.counts import Count, Section
from registration.services.rosters.printed import frame
from registration.services.rosters.printed.frame import FINE, HAIR, PALE, Wording
from registration.services.rosters.printed.layout import LEFT, Number, Sheet

HEADING, HEADS, ROW, LINE = 13.0, 7.0, 6.4, 4.2
"""Heights in millimetres: of a table's name, its columns' names, a row, and each line more."""
SIZE = 9.5
NUMBER = 17.0
"""The width of a column of numbers."""
BARS = 58.0
"""The width of the chart."""


@dataclass(frozen=True)
class Piece:
    """What stands together: a table's beginning, or one row of it."""

    height: float
    section: Section
    row: Count | None = None
    """None: the beginning."""
    lines: Sequence[str] = ()
    is_total: bool = False
    is_again: bool = False
    """Whether it is the beginning of a table that goes on."""


def draw(
    document: Document, sheet: Sheet, wording: Wording, sections: Sequence[Section], total: str
) -> None:
    """Draw the tables one after the other, in the present language."""
    pages = list(_pages(sheet, sections))
    for number, placed in enumerate(pages, start=1):
        page = Page(document)
        frame.draw(page, sheet, wording, number=Number(number, len(pages)), total=total)
        top = sheet.top
        for piece in placed:
            if piece.row is None:
                _draw_beginning(page, sheet, piece, top)
            else:
                _draw_row(page, sheet, piece, piece.row, top)
            top -= piece.height
        document.add(page)


def _pages(sheet: Sheet, sections: Sequence[Section]) -> Iterator[list[Piece]]:
    """Share the pieces out; a table that goes on on the next page begins there again."""
    page: list[Piece] = []
    room = sheet.top - sheet.bottom
    for section in sections:
        beginning = Piece(HEADING + HEADS, section)
        pieces = list(_rows(sheet, section))
        first = pieces[0].height if pieces else 0.0
        if page and room < beginning.height + first:
            yield page
            page, room = [], sheet.top - sheet.bottom
        page.append(beginning)
        room -= beginning.height
        for piece in pieces:
            if room < piece.height:
                yield page
                again = replace(beginning, is_again=True)
                page, room = [again], sheet.top - sheet.bottom - beginning.height
            page.append(piece)
            room -= piece.height
    yield page


def _rows(sheet: Sheet, section: Section) -> Iterator[Piece]:
    room = (_numbers_from(sheet, section) - LEFT) * MM - 6
    for row in (*section.rows, *section.totals):
        is_total = row in section.totals
        lines = wrap(printable(row.name), _font(is_total=is_total), SIZE, room) or [""]
        height = ROW + (len(lines) - 1) * LINE
        yield Piece(height, section, row, lines, is_total)


def _font(*, is_total: bool) -> Font:
    return semibold() if is_total else regular()


def _numbers_from(sheet: Sheet, section: Section) -> float:
    """Return where the numbers begin."""
    bars = BARS if section.has_bars else 0.0
    return sheet.right - bars - NUMBER * (len(section.heads) - 1)


def _draw_beginning(page: Page, sheet: Sheet, piece: Piece, top: float) -> None:
    section = piece.section
    page.begin("H2")
    page.ink(*colours.BLACK)
    name = printable(section.name)
    page.text(LEFT * MM, (top - 8.5) * MM, name, bold(), 12)
    if piece.is_again:
        x = LEFT * MM + bold().width(name, 12) + 5
        page.ink(*colours.MUTED)
        page.text(x, (top - 8.5) * MM, printable(_("(continued)")), regular(), 9)
    page.begin("P")
    page.ink(*colours.MUTED)
    y = top - HEADING - HEADS + 1.8
    page.text(LEFT * MM, y * MM, printable(section.heads[0][1]), regular(), 8)
    edge = _numbers_from(sheet, section)
    for _code, title in section.heads[1:]:
        edge += NUMBER
        lines, size = fit(printable(title), regular(), NUMBER * MM - 3, ((8, 1), (7, 1), (7, 2)))
        for number, line in enumerate(reversed(lines)):
            x = edge * MM - regular().width(line, size)
            page.text(x, y * MM + number * size, line, regular(), size)
    if section.has_bars:
        _draw_legend(page, sheet, y)
    page.pen(0)
    page.line(LEFT * MM, (y - 1.8) * MM, sheet.right * MM, (y - 1.8) * MM, FINE)
    page.ink(*colours.BLACK)


def _draw_legend(page: Page, sheet: Sheet, y: float) -> None:
    x = (sheet.right - BARS + 6) * MM
    for title, is_filled in ((_("Came"), True), (_("Registered"), False)):
        _draw_bar(page, x, y * MM, 7, 6, is_filled=is_filled)
        said = printable(title)
        page.ink(*colours.MUTED)
        page.text(x + 10, y * MM, said, regular(), 8)
        x += regular().width(said, 8) + 20


def _draw_row(page: Page, sheet: Sheet, piece: Piece, row: Count, top: float) -> None:
    font = _font(is_total=piece.is_total)
    page.begin("P")
    page.ink(*colours.BLACK)
    baseline = (top - ROW + 2.1) * MM
    for number, line in enumerate(piece.lines):
        page.text(LEFT * MM, baseline - number * LINE * MM, line, font, SIZE)
    edge = _numbers_from(sheet, piece.section)
    for value in row.numbers:
        edge += NUMBER
        said = f"{value}"
        page.text(edge * MM - font.width(said, SIZE), baseline, said, font, SIZE)
    if piece.section.has_bars and not piece.is_total:
        most = max((each.numbers[0] for each in piece.section.rows), default=1)
        _draw_bars(page, sheet, row, most, top)
    below = (top - piece.height) * MM
    page.pen(PALE)
    page.line(LEFT * MM, below, sheet.right * MM, below, HAIR)
    page.pen(0)


def _draw_bars(page: Page, sheet: Sheet, row: Count, most: int, top: float) -> None:
    """Draw who came as a filled part of who registered."""
    left, room = (sheet.right - BARS + 6) * MM, (BARS - 6) * MM
    registered, came = row.numbers[0], row.numbers[1]
    y, height = (top - ROW + 1.7) * MM, 3.2 * MM
    _draw_bar(page, left, y, room * registered / most, height, is_filled=False)
    if came:
        _draw_bar(page, left, y, room * came / most, height, is_filled=True)


def _draw_bar(
    page: Page, x: float, y: float, width: float, height: float, *, is_filled: bool
) -> None:
    page.pen(0)
    if is_filled:
        page.ink(0.25, 0.25, 0.25)
        page.box(x, y, width, height)
    page.frame(x, y, width, height, 0.5)
    page.ink(*colours.BLACK)

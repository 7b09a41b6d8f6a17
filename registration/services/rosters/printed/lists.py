"""A list of people as PDF: A4, by group, page after page as they are drawn."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask_babel import gettext as _
from sqlalchemy import Connection

from registration.services.papers import colours
from registration.services.papers.documents import Document
from registration.services.papers.fonts import bold, printable, regular
from registration.services.papers.pages import MM, Page
from registration.services.papers.typesetting import cut
from registration.services.rosters.columns import Column
from registration.services.rosters.people import Group
from registration.services.rosters.printed import closing, frame, rows, thumbs
from registration.services.rosters.printed.frame import HAIR, Wording
from registration.services.rosters.printed.layout import (
    LEFT,
    Number,
    Part,
    Place,
    Sheet,
    numbers,
    places,
)
from registration.services.rosters.reading import Progress, Reader
from registration.services.rosters.spec import Attendance, Layout, Spec
from registration.services.rosters.tables import Plain

INDENT = 8.0
"""Of a name beside the dot in its colour, in millimetres."""
ARRIVALS = frozenset({"arrived_at", "box", "in_box"})
"""Columns of lists that also say in numbers who has arrived."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list that is about to be drawn."""

    spec: Spec
    columns: Sequence[Column]
    sheet: Sheet
    wording: Wording
    groups: Sequence[Group]
    locale: str

    @property
    def has_arrivals(self) -> bool:
        """Whether it says who has arrived."""
        everybody = self.spec.filter.attendance == Attendance.ANY
        return everybody and bool(ARRIVALS & set(self.spec.on_paper))

    def in_numbers(self, groups: Sequence[Group]) -> str:
        """Say how many people are in these groups, in the present language."""
        people = sum(group.people for group in groups)
        arrived = sum(group.arrived for group in groups) if self.has_arrivals else None
        return frame.in_numbers(people, arrived, self.locale)


def draw(document: Document, listing: Listing, people: Iterator[Sequence[str]]) -> None:
    """Draw all pages of a list, in the present language."""
    strips = rows.strips(listing.columns, listing.sheet, listing.spec.layout)
    titles = [column.title(listing.locale) for column in listing.columns]
    sizes = [group.people for group in listing.groups]
    named = numbers(sizes, listing.sheet)
    for number, on_page in groupby(places(sizes, listing.sheet), key=lambda place: place.page):
        drawing = Drawing(Page(document), listing, strips)
        placed = list(on_page)
        drawing.draw_frame(titles, named[number - 1], {place.group for place in placed})
        drawing.draw_places(placed, people)
        document.add(drawing.page)
    if not sizes:
        drawing = Drawing(Page(document), listing, strips)
        drawing.draw_frame(titles, Number(1, 1), set())
        document.add(drawing.page)


@dataclass(frozen=True)
class Drawing:
    """One page of a list that is being drawn."""

    page: Page
    listing: Listing
    strips: Sequence[rows.Strip]

    def draw_frame(self, titles: Sequence[str], number: Number, groups: set[int]) -> None:
        """Draw what surrounds the rows; ``groups`` are those on this page."""
        listing, sheet = self.listing, self.listing.sheet
        shown = listing.groups
        if sheet.new_page:
            shown = [listing.groups[each] for each in groups]
        total = listing.in_numbers(shown) if shown else printable(_("Nobody is on this list yet."))
        frame.draw(self.page, sheet, listing.wording, number=number, total=total)
        rows.draw_heads(self.page, sheet, self.strips, titles)
        if listing.spec.layout == Layout.DOOR:
            here = {listing.groups[each].name for each in groups}
            thumbs.draw(self.page, sheet, here)

    def draw_places(self, placed: Iterable[Place], people: Iterator[Sequence[str]]) -> None:
        """Draw headings and rows: first their texts, then all lines and boxes."""
        drawn, is_whole = [], True
        for place in placed:
            if place.part == Part.ROW:
                texts = next(people)
                middle = (place.top - self.listing.sheet.row / 2) * MM
                is_whole &= rows.write_texts(self.page, self.strips, texts, middle)
                drawn.append((place.top, texts))
            elif place.part == Part.CLOSING:
                group = self.listing.groups[place.group]
                is_of_alliance = group.colour is not None
                closing.draw(
                    self.page, self.listing.sheet, place.top, is_of_alliance=is_of_alliance
                )
            elif self.listing.sheet.heading:
                self._draw_heading(place)
        if not is_whole:
            frame.draw_missing(self.page, self.listing.wording)
        self.page.pen(0)
        for top, texts in drawn:
            rows.draw_shapes(self.page, self.listing.sheet, self.strips, texts, top)

    def _draw_heading(self, place: Place) -> None:
        page, sheet, group = self.page, self.listing.sheet, self.listing.groups[place.group]
        baseline, x = (place.top - sheet.heading) * MM + 9, LEFT * MM
        page.begin("H2")
        page.pen(0)
        if group.colour:
            page.ink(*colours.parse(group.colour))
            page.dot(x + 4, baseline + 4, 4)
            x += INDENT * MM
        page.ink(*colours.MUTED)
        told = self.listing.in_numbers([group])
        room = sheet.right * MM - regular().width(told, 9) - x - 12
        continued = printable(_("(continued)")) if place.part == Part.CONTINUED else ""
        room -= regular().width(continued, 9) + 5
        name = cut(printable(group.name), bold(), 12, room)
        page.ink(*colours.BLACK)
        page.text(x, baseline, name, bold(), 12)
        page.ink(*colours.MUTED)
        page.text(x + bold().width(name, 12) + 5, baseline, continued, regular(), 9)
        frame.right(page, sheet, baseline / MM, told, 9)
        page.ink(*colours.BLACK)
        page.line(LEFT * MM, baseline - 6, sheet.right * MM, baseline - 6, HAIR)


def people_of(
    reader: Reader, connection: Connection, plain: Plain, on_progress: Progress
) -> Iterator[Sequence[str]]:
    """Return the texts of each person on paper, as they are read."""
    for chunk in reader.chunks(connection):
        for _id, cells in chunk:
            yield plain.texts(reader.columns, cells)
        on_progress(len(chunk))

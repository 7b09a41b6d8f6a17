"""Drawing: a part of a plan becomes pages, sheet by sheet, in a file for whoever merges them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from flask_babel import gettext as _

from registration.languages import force_locale
from registration.services.badges.designs.composing import Composed, Warned, compose
from registration.services.badges.designs.faces import Face, Occasion
from registration.services.badges.designs.model import Design, Side
from registration.services.badges.designs.painting import paint
from registration.services.badges.runs.imposing import Grid
from registration.services.badges.runs.planning import Item, Plan
from registration.services.jobs import records
from registration.services.papers.fonts import printable, regular
from registration.services.papers.pages import MM, Page, Size
from registration.services.papers.pictures import Picture

MARK_LINES = ((1.0, 1.25), (0.3, 0.25))
"""Grey and thickness in points: white below, so that a mark is seen on a coloured bar, too."""
MOST_WARNING = 200
SEPARATOR = "\n"


class Drawn(msgspec.Struct, kw_only=True):
    """The closing note of a part: how many pages each group has, and what they show."""

    pages: list[tuple[int, int]]
    """Group and pages, in order."""
    pictures: dict[str, Picture]
    warnings: list[tuple[int, str]]
    """A badge's position and what does not fit on it, a line each: a code and the words."""


@dataclass(frozen=True)
class Pair:
    """One badge's sides, composed."""

    front: Composed
    back: Composed | None

    @classmethod
    def of(cls, design: Design, face: Face, occasion: Occasion) -> "Pair":
        """Compose both sides of one badge."""
        back = compose(design, "back", face, occasion) if design.back is not None else None
        return cls(compose(design, "front", face, occasion), back)

    @property
    def warnings(self) -> Sequence[Warned]:
        """What does not fit, on either side."""
        return [*self.front.warnings, *(self.back.warnings if self.back else ())]


def write(path: Path, *, plan_path: Path, number: int, on_progress: Callable[[int], None]) -> Drawn:
    """Draw one part of a plan.

    Args:
        path: the file to write: a page a record.
        plan_path: the plan.
        number: which of its parts.
        on_progress: is told of each badge that is drawn: 1.
    """
    plan = records.note_of(plan_path, Plan)
    part = plan.parts[number]
    with path.open("wb") as file:
        press = _Sheets(plan, records.Writer(file))
        position = part.first
        for record in records.records(plan_path, at=part.at, count=part.count):
            press.add(position, msgspec.json.decode(record, type=Item))
            on_progress(1)
            position += 1
        if not plan.total:
            press.add_nobody()
        return press.close()


class _Sheets:
    """Fills sheets, and writes each as a page, or as two."""

    def __init__(self, plan: Plan, writer: records.Writer) -> None:
        self._plan, self._writer = plan, writer
        self._grid = Grid.of(plan.design, plan.order.layout)
        self._size = Size(self._grid.sheet.width * MM, self._grid.sheet.height * MM)
        self._group = -1
        self._sheet: list[Pair] = []
        self._drawn = Drawn(pages=[], pictures={}, warnings=[])

    def add(self, position: int, item: Item) -> None:
        """Put one badge onto the sheet, or onto the next."""
        if self._sheet and (item.group != self._group or len(self._sheet) == self._grid.places):
            self._write_sheet()
        self._group = item.group
        pair = Pair.of(self._plan.design, item.face, self._plan.occasion)
        if pair.warnings and item.face.token:
            self._drawn.warnings.append((position, told(pair.warnings)))
        self._sheet.append(pair)

    def add_nobody(self) -> None:
        """Write a page that says that there is nobody."""
        with force_locale(self._plan.order.locale):
            sentence = printable(_("Nobody is on this list yet."))
        page = Page(self._size)
        page.text(5 * MM, self._size.height / 2, sentence, regular(), 8)
        self._group = 0
        self._write_page(page)

    def close(self) -> Drawn:
        """Write the last sheet and the closing note."""
        if self._sheet:
            self._write_sheet()
        self._writer.close(self._drawn)
        return self._drawn

    def _write_sheet(self) -> None:
        design, layout = self._plan.design, self._plan.order.layout
        self._write_page(self._page(is_back=False))
        if layout.duplex and design.fold == "none":
            self._write_page(self._page(is_back=True))
        self._sheet.clear()

    def _page(self, *, is_back: bool) -> Page:
        layout = self._plan.order.layout
        page = Page(self._size)
        for place, pair in enumerate(self._sheet):
            x, y = self._grid.corner(place, is_back=is_back)
            for composed, at_x, at_y, turned in self._panels(pair, is_back=is_back):
                at = (x + at_x + layout.offset_x, y + at_y - layout.offset_y)
                paint(page, composed, at=at, turned=turned)
        if layout.cut_marks:
            self._mark_cuts(page, is_back=is_back)
        return page

    def _panels(
        self, pair: Pair, *, is_back: bool
    ) -> Iterator[tuple[Composed, float, float, bool]]:
        """Return what is printed in a cell: each side, where in it, and whether upside down."""
        if is_back:
            yield pair.back or pair.front, 0.0, 0.0, False
            return
        for panel in self._plan.design.panels:
            side: Side = panel.side
            composed = pair.front if side == "front" else pair.back
            if composed is not None:
                yield composed, panel.x, panel.y, panel.turned

    def _mark_cuts(self, page: Page, *, is_back: bool) -> None:
        layout, height = self._plan.order.layout, self._grid.sheet.height
        for mark in self._grid.cut_marks(is_back=is_back):
            x, to_x = mark.x + layout.offset_x, mark.to_x + layout.offset_x
            y, to_y = height - mark.y + layout.offset_y, height - mark.to_y + layout.offset_y
            for grey, thickness in MARK_LINES:
                page.pen(grey)
                page.line(x * MM, y * MM, to_x * MM, to_y * MM, thickness)

    def _write_page(self, page: Page) -> None:
        self._writer.add(page.made().pack())
        self._drawn.pictures.update(page.pictures)
        pages = self._drawn.pages
        if pages and pages[-1][0] == self._group:
            pages[-1] = (self._group, pages[-1][1] + 1)
        else:
            pages.append((self._group, 1))


def told(warnings: Sequence[Warned]) -> str:
    """Return warnings as they are stored: a line each, without those that do not fit."""
    lines = dict.fromkeys(f"{each.code}:{each.text}"[:MOST_WARNING] for each in warnings)
    written = ""
    for line in lines:
        longer = written + SEPARATOR + line if written else line
        written = longer if len(longer) <= MOST_WARNING else written
    return written

"""Imposing: where badges stand on a sheet, on its front and on its back, and where it is cut.

Lengths are in millimetres from the upper left corner of the sheet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from registration.services.badges.designs.model import Design, Sheet
from registration.services.badges.runs.orders import Layout, Paper

MARK_GAP = 2.0
"""Between a badge and its mark."""
MARK_LENGTH = 5.0
INNER_MARK = 3.0
"""Length of a mark that starts at the sheet's edge, where there is no margin for one."""
AT_EDGE = 1.0
"""A cut so near to the sheet's edge is none."""


class Mark(NamedTuple):
    """A line from one point to another."""

    x: float
    y: float
    to_x: float
    to_y: float


@dataclass(frozen=True)
class Grid:
    """How what is cut out, one or both sides of a badge, is spread over a sheet."""

    sheet: Sheet
    cell: tuple[float, float]
    """Width and height of what is cut out."""

    @classmethod
    def of(cls, design: Design, layout: Layout) -> "Grid":
        """Return the design's own sheet, or a page that is as large as one badge."""
        width, height = design.cell
        single = Sheet(width=width, height=height)
        return cls(design.sheet if layout.paper == Paper.SHEET else single, design.cell)

    @property
    def places(self) -> int:
        """How many a sheet has."""
        return self.sheet.columns * self.sheet.rows

    def corner(self, place: int, *, is_back: bool = False) -> tuple[float, float]:
        """Return the upper left corner of a place; places count along rows, from the top.

        A back is mirrored, so that it stands behind its front when the sheet is turned over
        along its long side.
        """
        sheet, (width, height) = self.sheet, self.cell
        row, column = divmod(place, sheet.columns)
        x = sheet.left + column * (sheet.across or width)
        y = sheet.top + row * (sheet.down or height)
        return (sheet.width - x - width if is_back else x), y

    def cut_marks(self, *, is_back: bool = False) -> Iterator[Mark]:
        """Return the marks at both ends of each cut.

        They stand in the margin, or on the cut itself where there is no margin for them. A cut
        that is the sheet's own edge has none.
        """
        corners = [self.corner(place, is_back=is_back) for place in range(self.places)]
        across = {edge for x, _ in corners for edge in (x, x + self.cell[0])}
        down = {edge for _, y in corners for edge in (y, y + self.cell[1])}
        width, height = self.sheet.width, self.sheet.height
        for x in _cuts(across, width):
            for begin, end in _ends(down, height):
                yield Mark(x, begin, x, end)
        for y in _cuts(down, height):
            for begin, end in _ends(across, width):
                yield Mark(begin, y, end, y)


def _cuts(edges: set[float], length: float) -> list[float]:
    """Return where to cut: once between badges that touch, and not at the sheet's own edges."""
    inner = {round(edge, 3) for edge in edges}
    return sorted(edge for edge in inner if AT_EDGE < edge < length - AT_EDGE)


def _ends(edges: set[float], length: float) -> Iterator[tuple[float, float]]:
    """Return where marks begin and end at both sides of a sheet that is so long."""
    begin, end = _mark(min(edges))
    yield begin, end
    begin, end = _mark(length - max(edges))
    yield length - begin, length - end


def _mark(margin: float) -> tuple[float, float]:
    """Return where a mark begins and ends, from the sheet's edge inwards."""
    if margin < MARK_GAP + AT_EDGE:
        return 0.0, INNER_MARK
    end = margin - MARK_GAP
    return max(0.0, end - MARK_LENGTH), end

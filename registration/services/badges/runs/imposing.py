"""Imposing: where badges stand on a sheet, on its front and on its back, and where it is cut.

Lengths are in millimetres from the lower left corner of the sheet, as it is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

MARK_GAP = 2.0
"""Between a badge and its mark."""
MARK_LENGTH = 5.0
INNER_MARK = 3.0
"""Length of a mark that starts at the sheet's edge, where there is no margin for one."""
AT_EDGE = 1.0
"""A cut so near to the sheet's edge is none."""
MARK_THICKNESS = 0.25
"""Points."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """How badges are spread over a sheet."""

    width: float
    height: float
    columns: int
    rows: int
    badge_width: float
    badge_height: float
    left: float = 0.0
    """From the sheet's left edge to the first badge."""
    top: float = 0.0
    """From the sheet's upper edge to the first badge."""
    gap_x: float = 0.0
    """Between two badges beside each other."""
    gap_y: float = 0.0

    @property
    def places(self) -> int:
        """How many badges a sheet has."""
        return self.columns * self.rows

    def corner(self, place: int, *, is_back: bool = False) -> tuple[float, float]:
        """Return the lower left corner of a place; places count along rows, from the top.

        A back is mirrored, so that it stands behind its front when the sheet is turned over
        along its long side.
        """
        column, row = place % self.columns, place // self.columns
        x = self.left + column * (self.badge_width + self.gap_x)
        y = self.height - self.top - (row + 1) * self.badge_height - row * self.gap_y
        return (self.width - x - self.badge_width if is_back else x), y


class Mark(NamedTuple):
    """A line from one point to another."""

    x: float
    y: float
    to_x: float
    to_y: float


def cut_marks(grid: Grid, *, is_back: bool = False) -> Iterator[Mark]:
    """Return the marks at both ends of each cut: in the margin, or on the cut where there is none.

    A cut that is the sheet's own edge needs no mark.
    """
    corners = [grid.corner(place, is_back=is_back) for place in range(grid.places)]
    lefts, bottoms = {x for x, _ in corners}, {y for _, y in corners}
    across = lefts | {x + grid.badge_width for x in lefts}
    upwards = bottoms | {y + grid.badge_height for y in bottoms}
    low, high = min(upwards), max(upwards)
    left, right = min(across), max(across)
    for x in _cuts(across, grid.width):
        begin, end = _mark(low)
        yield Mark(x, begin, x, end)
        begin, end = _mark(grid.height - high)
        yield Mark(x, grid.height - begin, x, grid.height - end)
    for y in _cuts(upwards, grid.height):
        begin, end = _mark(left)
        yield Mark(begin, y, end, y)
        begin, end = _mark(grid.width - right)
        yield Mark(grid.width - begin, y, grid.width - end, y)


def _cuts(edges: set[float], length: float) -> list[float]:
    return sorted(
        {round(edge, 3) for edge in edges if AT_EDGE < edge < length - AT_EDGE}
    )


def _mark(margin: float) -> tuple[float, float]:
    """Return where a mark begins and ends, from the sheet's edge inwards."""
    if margin < MARK_GAP + AT_EDGE:
        return 0.0, INNER_MARK
    end = margin - MARK_GAP
    return max(0.0, end - MARK_LENGTH), end

"""Where everything stands on a printed list; known before the first page is drawn.

Lengths are in millimetres, from the lower left corner of an A4 page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from registration.services.rosters import COUNTS
from registration.services.rosters.spec import Layout, Spec

SHORT, LONG = 210.0, 297.0
"""The sides of A4 (ISO 216)."""
LEFT = 20.0
"""More room than at the right, for a binder's holes."""
MARGIN, THUMB = 15.0, 21.0
"""At the right; with the alphabet at the edge."""
HEAD, COLUMNS, LINE = 37.0, 7.0, 4.6
"""From the upper edge to the first row, of this for the columns' names; a line more of the head."""
FOOT = 19.0


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A page of a list, before anything is on it."""

    width: float = SHORT
    height: float = LONG
    right: float = SHORT - MARGIN
    top: float = LONG - HEAD
    """Below it and above the bottom stand the groups and their rows."""
    bottom: float = FOOT
    row: float = 9.5
    heading: float = 14.0
    """0: groups have no heading."""
    closing: float = 0.0
    """What each group ends with."""
    new_page: bool = False
    """Whether each group begins a page; then its pages are numbered by themselves."""


def sheet(spec: Spec, *, lines_in_head: int = 0, lines_in_foot: int = 0) -> Sheet:
    """Return the sheet of a list whose head and foot have so many lines more than others."""
    is_wide = spec.layout == Layout.LANDSCAPE
    width, height = (LONG, SHORT) if is_wide else (SHORT, LONG)
    is_signed = spec.layout == Layout.SIGNATURE
    return Sheet(
        width=width,
        height=height,
        right=width - (THUMB if spec.layout == Layout.DOOR else MARGIN),
        top=height - HEAD - LINE * lines_in_head + (COLUMNS if spec.kind in COUNTS else 0.0),
        bottom=FOOT + LINE * lines_in_foot,
        row=11.0 if is_signed else 9.5,
        heading=14.0 if spec.group_by else 0.0,
        closing=34.0 if is_signed else 0.0,
        new_page=spec.new_page,
    )


class Part(StrEnum):
    """What stands in a place."""

    HEADING = "heading"
    CONTINUED = "continued"
    """The heading of a group that began on an earlier page."""
    ROW = "row"
    CLOSING = "closing"


class Place(NamedTuple):
    """Where one heading, one row or one closing stands."""

    page: int
    """From 1."""
    top: float
    group: int
    """The number of the group that it belongs to, from 0."""
    part: Part


def places(sizes: Sequence[int], sheet: Sheet) -> Iterator[Place]:
    """Return the places for groups of these sizes: each heading, followed by its rows.

    A heading is never the last on its page, and is repeated where its group goes on.
    """
    page, top = 1, sheet.top
    for group, size in enumerate(sizes):
        if group and (sheet.new_page or top - sheet.heading - sheet.row < sheet.bottom):
            page, top = page + 1, sheet.top
        yield Place(page, top, group, Part.HEADING)
        top -= sheet.heading
        parts = [(Part.ROW, sheet.row)] * size
        parts += [(Part.CLOSING, sheet.closing)] if sheet.closing else []
        for part, height in parts:
            if top - height < sheet.bottom:
                page, top = page + 1, sheet.top
                yield Place(page, top, group, Part.CONTINUED)
                top -= sheet.heading
            yield Place(page, top, group, part)
            top -= height


class Number(NamedTuple):
    """What a page is called: number ``page`` of ``pages``."""

    page: int
    pages: int


def numbers(sizes: Sequence[int], sheet: Sheet) -> list[Number]:
    """Return the numbers of all pages: through the list, or through each group's own sheets."""
    group_of: list[int] = []
    for place in places(sizes, sheet):
        if place.page > len(group_of):
            group_of.append(place.group)
    if not sheet.new_page:
        return [Number(page, len(group_of)) for page in range(1, len(group_of) + 1)]
    counts = [0] * len(sizes)
    for group in group_of:
        counts[group] += 1
    seen = [0] * len(sizes)
    found = []
    for group in group_of:
        seen[group] += 1
        found.append(Number(seen[group], counts[group]))
    return found

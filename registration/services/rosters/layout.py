"""Where everything stands on a printed roster; known before the first page is drawn.

Lengths are in millimetres, from the lower left corner of an A4 page.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT = 20.0, 195.0
"""More room at the left, for a binder's holes."""
TOP, BOTTOM = 260.0, 19.0
"""Between them stand the groups and their rows."""
HEADING, ROW = 14.0, 9.5


class Place(NamedTuple):
    """Where one heading or one row stands."""

    page: int
    """From 1."""
    top: float
    group: int
    """The number of the group that it belongs to, from 0."""
    is_heading: bool
    is_continued: bool
    """Whether the group began on an earlier page; only of headings."""


def places(sizes: Sequence[int]) -> Iterator[Place]:
    """Return the places for groups of these sizes: each heading, followed by its rows.

    A heading is never the last on its page, and is repeated where its group goes on.
    """
    page, top = 1, TOP
    for group, size in enumerate(sizes):
        if top - HEADING - ROW < BOTTOM:
            page, top = page + 1, TOP
        yield Place(page, top, group, is_heading=True, is_continued=False)
        top -= HEADING
        for _ in range(size):
            if top - ROW < BOTTOM:
                page, top = page + 1, TOP
                yield Place(page, top, group, is_heading=True, is_continued=True)
                top -= HEADING
            yield Place(page, top, group, is_heading=False, is_continued=False)
            top -= ROW


def count_pages(sizes: Sequence[int]) -> int:
    """Return the number of pages that `places` needs; at least one."""
    last = deque(places(sizes), maxlen=1)
    return last[0].page if last else 1

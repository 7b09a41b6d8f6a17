"""Texts as they fit: one in its rectangle, or several that shrink together."""

from collections.abc import Sequence
from functools import lru_cache
from math import inf
from typing import NamedTuple

from registration.services.badges.designs.geometry import LEADING, POINT
from registration.services.badges.designs.model import Item, Stack
from registration.services.papers.fonts import Font, bold, regular, semibold
from registration.services.papers.typesetting import ELLIPSIS, cut, fit

FONTS = {"regular": regular, "semibold": semibold, "bold": bold}
INDENT = 1.05
"""Words begin so far after the left edge of a dot before them, in sizes."""

ROUNDING = 1e-6

Steps = tuple[tuple[float, int], ...]


class Row(NamedTuple):
    """A text as it fits its place."""

    lines: tuple[str, ...]
    size: float
    cut: bool = False
    """Whether words are missing."""

    @property
    def height(self) -> float:
        """Return how high it is, in millimetres."""
        return len(self.lines) * self.size * LEADING * POINT


@lru_cache(maxsize=16384)
def fit_words(text: str, font: Font, width: float, steps: Steps) -> Row:
    """Return a text in the first of the steps in which it fits a width, in millimetres."""
    lines, size = fit(text, font, width / POINT, steps)
    is_cut = bool(lines) and lines[-1].endswith(ELLIPSIS) and not text.endswith(ELLIPSIS)
    return Row(tuple(lines), size, is_cut)


def stacked(stack: Stack, texts: Sequence[str]) -> list[tuple[int, tuple[Row, float]]]:
    """Return each text that says something: its number, how it fits and its top edge.

    All give up steps together, each at its own pace, until they fit the stack's height; what
    still does not fit then loses lines, from the last text on.
    """
    return _stacked(stack, tuple(texts))


@lru_cache(maxsize=2048)
def _stacked(stack: Stack, texts: tuple[str, ...]) -> list[tuple[int, tuple[Row, float]]]:
    shown = [number for number, text in enumerate(texts) if text]
    if not shown:
        return []
    items = [stack.items[number] for number in shown]
    said = [texts[number] for number in shown]
    gaps = sum(item.gap for item in items[1:])
    most = max(len(item.steps) * item.every for item in items)
    rows: list[Row] = []
    for skipped in range(most):
        rows = _rows(stack.width, items, said, skipped)
        if sum(row.height for row in rows) + gaps <= stack.height + ROUNDING:
            break
    else:
        rows = _shortened(stack, items, rows, gaps)
    tops = _tops(stack, items, rows)
    placed = zip(shown, rows, tops, strict=True)
    return [(number, (row, top)) for number, row, top in placed if row.lines]


def _rows(width: float, items: Sequence[Item], texts: Sequence[str], skipped: int) -> list[Row]:
    rows: list[Row] = []
    largest = inf
    for item, text in zip(items, texts, strict=True):
        rows.append(_row(width, item, text, skipped // item.every, largest))
        if item.leads:
            largest = rows[-1].size
    return rows


@lru_cache(maxsize=16384)
def _row(width: float, item: Item, text: str, skipped: int, largest: float) -> Row:
    """Fit a text in its steps without those given up, and in none larger than ``largest``."""
    steps = item.steps[min(skipped, len(item.steps) - 1) :]
    steps = tuple(step for step in steps if step[0] <= largest) or steps[-1:]
    font = FONTS[item.weight]()
    if not item.dot:
        return fit_words(text, font, width, steps)
    return _indented(text, font, width, steps)


def _indented(text: str, font: Font, width: float, steps: Steps) -> Row:
    """Fit a text after a dot, which grows with the text."""
    row = Row((), 0)
    for step in steps:
        row = fit_words(text, font, width - step[0] * POINT * INDENT, (step,))
        if not row.cut and all(word in " ".join(row.lines) for word in text.split()):
            break
    return row


def _shortened(stack: Stack, items: Sequence[Item], rows: Sequence[Row], gaps: float) -> list[Row]:
    """Take lines away until the rest fits; what is left of a text ends with an ellipsis."""
    kept = list(rows)
    over = sum(row.height for row in kept) + gaps - stack.height
    while over > ROUNDING and any(row.lines for row in kept):
        at = max(range(len(kept)), key=lambda number: (min(len(kept[number].lines), 2), number))
        row = kept[at]
        lines = row.lines[:-1]
        if lines:
            font = FONTS[items[at].weight]()
            indent = row.size * INDENT if items[at].dot else 0
            last = cut(lines[-1] + ELLIPSIS * 2, font, row.size, stack.width / POINT - indent)
            lines = (*lines[:-1], last.rstrip(ELLIPSIS) + ELLIPSIS)
        kept[at] = row._replace(lines=lines, cut=True)
        over -= row.size * LEADING * POINT
    return kept


def _tops(stack: Stack, items: Sequence[Item], rows: Sequence[Row]) -> list[float]:
    """Return each text's top edge: some stand from the top down, some from the bottom up."""
    tops = [0.0] * len(rows)
    y = stack.y
    first = True
    for at, (item, row) in enumerate(zip(items, rows, strict=True)):
        if item.dock == "top":
            tops[at] = y + (0 if first else item.gap)
            y, first = tops[at] + row.height, False
    y = stack.y + stack.height
    for at in reversed(range(len(rows))):
        if items[at].dock == "bottom":
            tops[at] = y - rows[at].height
            y = tops[at] - items[at].gap
    return tops

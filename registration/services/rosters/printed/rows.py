"""The rows of a printed list: its columns, and one person after the other in them."""

from collections.abc import Sequence
from typing import NamedTuple

from registration.services.papers import colours
from registration.services.papers.fonts import MISSING, Font, printable, regular, semibold
from registration.services.papers.pages import MM, Page
from registration.services.papers.typesetting import Steps, fit
from registration.services.rosters.columns import Column, Shape
from registration.services.rosters.printed.frame import FINE, HAIR, PALE
from registration.services.rosters.printed.layout import LEFT, Sheet
from registration.services.rosters.spec import Layout

BOX = 4.6
BOX_WIDTH = 8.0
SAFE_WIDTH = 18.0
"""Of a column to tick, without and with a name."""
BETWEEN = 5.0
"""Points between a text and the next column."""
LEADING = 1.12
NAMES = frozenset({"name", "family_name"})
NAME_STEPS = ((10.5, 1), (9.5, 1), (8.5, 2), (7, 3), (6, 3))
LARGE_STEPS = ((13, 1), (11.5, 1), (10, 1), (9, 2), (7, 3), (6, 3))
OTHER_STEPS = ((9, 1), (8, 2), (7, 3), (6, 3))
HEAD_STEPS = ((8, 1), (7, 1), (7, 2), (6, 2))
WEIGHTS = {Shape.MOMENT: 14, Shape.DAY: 14, Shape.SIGNATURE: 46}
"""On paper, where it differs from the workbook's."""
LEAST_WEIGHT = 10
TICK = "q 1 0 0 1 %.2f %.2f cm 0 G 1.6 w 1 J 2.6 6.6 m 5.4 3.4 l 10.8 10.4 l S Q"
"""A tick for the box whose lower left corner is given."""


class Strip(NamedTuple):
    """Where a column stands, in millimetres, and how it is written."""

    column: Column
    left: float
    right: float
    font: Font
    steps: Steps


def strips(columns: Sequence[Column], sheet: Sheet, layout: Layout) -> list[Strip]:
    """Return the columns side by side, in widths that fill the sheet."""
    weights = [
        0 if each.shape == Shape.BOX else max(LEAST_WEIGHT, WEIGHTS.get(each.shape, each.width))
        for each in columns
    ]
    boxes = [_box_width(each) for each in columns]
    unit = (sheet.right - LEFT - sum(boxes)) / (sum(weights) or 1)
    found, left = [], LEFT
    for column, weight, box in zip(columns, weights, boxes, strict=True):
        after = left + weight * unit + box
        is_name = column.code in NAMES
        large = LARGE_STEPS if layout == Layout.DOOR else NAME_STEPS
        found.append(
            Strip(
                column=column,
                left=left,
                right=after,
                font=semibold() if is_name else regular(),
                steps=large if is_name else OTHER_STEPS,
            )
        )
        left = after
    return found


def _box_width(column: Column) -> float:
    if column.shape != Shape.BOX:
        return 0.0
    return BOX_WIDTH if column.code != "safe" else SAFE_WIDTH


def draw_heads(page: Page, sheet: Sheet, strips: Sequence[Strip], titles: Sequence[str]) -> None:
    """Write the columns' names above the first row."""
    page.begin("P")
    page.ink(*colours.MUTED)
    for strip, title in zip(strips, titles, strict=True):
        room = (strip.right - strip.left) * MM - BETWEEN
        lines, size = fit(printable(title), regular(), room, HEAD_STEPS)
        for number, line in enumerate(reversed(lines)):
            y = (sheet.top + 1.6) * MM + number * size * LEADING
            page.text(strip.left * MM, y, line, regular(), size)
    page.ink(*colours.BLACK)
    page.pen(0)
    page.line(LEFT * MM, sheet.top * MM, sheet.right * MM, sheet.top * MM, FINE)


def write_texts(page: Page, strips: Sequence[Strip], texts: Sequence[str], middle: float) -> bool:
    """Write one person's texts, as one paragraph; ``middle`` is of the row, in points.

    Returns:
        Whether the fonts have all letters.
    """
    page.begin("P")
    is_whole = True
    for strip, text in zip(strips, texts, strict=True):
        if text and strip.column.shape != Shape.BOX:
            shown = printable(text)
            is_whole = is_whole and MISSING not in shown
            _write(page, strip, shown, middle)
    return is_whole


def _write(page: Page, strip: Strip, text: str, middle: float) -> None:
    """Write a text in its column, its lines about ``middle``."""
    room = (strip.right - strip.left) * MM - BETWEEN
    lines, size = fit(text, strip.font, room, strip.steps)
    baseline = middle + (len(lines) - 1) * size * LEADING / 2 - size * 0.33
    for number, line in enumerate(lines):
        page.text(strip.left * MM, baseline - number * size * LEADING, line, strip.font, size)


def draw_shapes(
    page: Page, sheet: Sheet, strips: Sequence[Strip], texts: Sequence[str], top: float
) -> None:
    """Draw one person's boxes to tick, and the line below the row."""
    middle = (top - sheet.row / 2) * MM
    for strip, text in zip(strips, texts, strict=True):
        if strip.column.shape == Shape.BOX:
            box = strip.left * MM, middle - BOX / 2 * MM
            page.frame(*box, BOX * MM, BOX * MM, FINE)
            if text:
                page.draw(TICK % box)
    below = (top - sheet.row) * MM
    page.pen(PALE)
    page.line(LEFT * MM, below, sheet.right * MM, below, HAIR)
    page.pen(0)
    for strip in strips:
        if strip.column.shape == Shape.SIGNATURE:
            page.line(strip.left * MM, below, strip.right * MM, below, FINE)

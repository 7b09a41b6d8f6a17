"""How a badge looks: A6 portrait, the given name first, the code at the lower right.

Lengths are in millimetres here, from the lower left corner; type sizes are in points.
"""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from registration.services.badges import codes
from registration.services.papers import colours
from registration.services.papers.colours import BLACK, MUTED
from registration.services.papers.documents import MM, Document, Page
from registration.services.papers.fonts import Font, bold, regular, semibold
from registration.services.papers.typesetting import Fitted, Steps, fit

WIDTH, HEIGHT = 105.0, 148.0
BAR = 8.0
"""The role's bar along the left edge."""
LEFT, RIGHT = 15.0, 97.0
MODULE = 0.86
"""Side of a code's module: the code is 31.8 mm wide, 38.7 mm with its quiet zone."""
CODE_RIGHT, CODE_BOTTOM = 97.5, 16.0
"""Where the dark part of the code ends."""
SIDE_WIDTH = 43.0
"""What is left of the code, beside its quiet zone."""
TAB_RIGHT, TAB_BOTTOM, TAB_HEIGHT = 61.0, 11.5, 13.0
TAB_RAISED = 3.3
"""By so much the tab stands higher when further roles stand below it."""
BETWEEN = ", "
"""Between further roles."""
LEADING = 1.08
"""From one baseline to the next, in sizes."""

GIVEN_STEPS = (
    *((52, 1), (46, 1), (40, 1), (35, 1), (30, 1), (30, 2), (26, 2)),
    *((22, 2), (18, 2), (14, 3), (11, 4)),
)
FAMILY_STEPS = ((26, 1), (23, 1), (20, 1), (20, 2), (17, 2), (14, 2), (11, 3), (9, 4))
TITLE_STEPS = ((13, 1), (11, 1), (9, 2), (8, 1))
ORGANISATION_STEPS = ((12, 1), (12, 2), (10, 2), (9, 3), (8, 3), (7, 3))
ALLIANCE_STEPS = ((13, 1), (12, 2), (10, 2), (9, 3), (8, 4))
THEME_STEPS = ((11, 1), (11, 2), (9, 2))
ROLE_STEPS = ((18, 1), (16, 1), (14, 1), (12, 2), (10, 2), (8, 3))
FURTHER_STEPS = ((12, 1), (10, 2), (9, 2), (8, 3), (7, 3))
EVENT_STEPS = ((9, 2), (8, 2), (7, 3))
"""Sizes, each with the lines it may take: the first that fits is used, the last one always."""

CAMERA = (
    "q %.2f 0 0 %.2f %.2f %.2f cm 1 J 1 j 0.9 w "
    "1 1.5 12 8 re S 4.5 9.5 m 5.5 11 l 8.5 11 l 9.5 9.5 l S "
    "9.4 5.5 m 9.4 6.83 8.33 7.9 7 7.9 c 5.67 7.9 4.6 6.83 4.6 5.5 c "
    "4.6 4.17 5.67 3.1 7 3.1 c 8.33 3.1 9.4 4.17 9.4 5.5 c h S "
    "1 G 3 w 0.2 0 m 13.8 12.2 l S 0 G 1.4 w 0.2 0 m 13.8 12.2 l S Q"
)
"""A camera, crossed out, 14 × 12 units."""


@dataclass(frozen=True)
class Occasion:
    """What all badges of one event in one language share, in printable letters."""

    title: str
    programme_line: str
    theme_label: str
    no_photo: str


@dataclass(frozen=True, kw_only=True)
class Face:
    """What one badge shows, in printable letters."""

    given_name: str
    family_name: str
    title: str
    organisation: str
    alliance: str
    alliance_colour: str
    role: str
    role_colour: str
    theme: str
    short_code: str
    no_photo: bool
    token: str
    further_roles: tuple[str, ...] = ()
    """By rank; the leading one is ``role``."""


class Block(NamedTuple):
    """A text that stands below another."""

    text: str
    font: Font
    steps: Steps
    gap: float
    """Points above it."""
    every: int
    """It gives up a step whenever the others have given up so many."""


def draw_badge(document: Document, occasion: Occasion, face: Face) -> None:
    """Add one badge to the document."""
    page = Page(document)
    _draw_role(page, face)
    page.ink(*BLACK)
    _draw_occasion(page, occasion)
    _draw_person(page, face, floor=_draw_alliance(page, face))
    _draw_theme(page, face, occasion)
    if face.no_photo:
        page.draw(CAMERA % (1.1, 1.1, LEFT * MM, 29.2 * MM))
        page.text((LEFT + 7.5) * MM, 30.6 * MM, occasion.no_photo, semibold(), 9)
    _draw_code(page, face)
    document.add(page)


def _draw_role(page: Page, face: Face) -> None:
    """Draw the leading role as a bar and a word on its colour, further ones as words below it."""
    bottom = TAB_BOTTOM + (TAB_RAISED if face.further_roles else 0)
    colour = colours.parse(face.role_colour)
    page.ink(*colour)
    page.box(0, 0, BAR * MM, HEIGHT * MM)
    page.box(BAR * MM, bottom * MM, (TAB_RIGHT - BAR) * MM, TAB_HEIGHT * MM)
    page.ink(*colours.readable_on(colour))
    lines = fit(face.role, bold(), SIDE_WIDTH * MM, ROLE_STEPS)
    middle = (bottom + TAB_HEIGHT / 2) * MM
    _draw_lines(page, lines, bold(), top=middle + _height(lines) / 2 + lines.size * 0.01)
    if face.further_roles:
        page.ink(*BLACK)
        words = fit(BETWEEN.join(face.further_roles), semibold(), SIDE_WIDTH * MM, FURTHER_STEPS)
        _draw_lines(page, words, semibold(), top=(bottom - 1.2) * MM)


def _draw_occasion(page: Page, occasion: Occasion) -> None:
    lines = fit(occasion.title, semibold(), (RIGHT - LEFT) * MM, EVENT_STEPS)
    y = _draw_lines(page, lines, semibold(), top=140 * MM)
    page.ink(*MUTED)
    lines = fit(occasion.programme_line, regular(), (RIGHT - LEFT) * MM, ((8, 1), (7, 2)))
    _draw_lines(page, lines, regular(), top=y - 1)
    page.ink(*BLACK)
    page.line(LEFT * MM, 125 * MM, RIGHT * MM, 125 * MM, 0.4)


def _draw_person(page: Page, face: Face, *, floor: float) -> None:
    """Draw who it is, in the largest steps that together stay above ``floor``."""
    blocks = (
        Block(face.given_name, bold(), GIVEN_STEPS, gap=0, every=1),
        Block(face.family_name, semibold(), FAMILY_STEPS, gap=3, every=1),
        Block(face.title, regular(), TITLE_STEPS, gap=3, every=3),
        Block(face.organisation, regular(), ORGANISATION_STEPS, gap=6, every=2),
    )
    top = 119 * MM
    for skipped in range(len(GIVEN_STEPS)):
        given = _fit_block(blocks[0], skipped)
        fitted = [given] + [_fit_block(each, skipped, most=given.size) for each in blocks[1:]]
        if sum(map(_height, fitted)) + sum(block.gap for block in blocks) <= top - floor:
            break
    for block, lines in zip(blocks, fitted, strict=True):
        if lines.lines:
            top = _draw_lines(page, lines, block.font, top=top - block.gap)


def _fit_block(block: Block, skipped: int, *, most: float = inf) -> Fitted:
    """Fit a text in its steps without those given up, and in none larger than ``most``."""
    steps = block.steps[min(skipped // block.every, len(block.steps) - 1) :]
    steps = [step for step in steps if step[0] <= most] or steps[-1:]
    return fit(block.text, block.font, (RIGHT - LEFT) * MM, steps)


def _draw_alliance(page: Page, face: Face) -> float:
    """Draw the alliance above the code; return where it ends, above."""
    bottom = 56.5 * MM
    if not face.alliance:
        return bottom
    indent = 5.5 * MM
    lines = fit(face.alliance, semibold(), (RIGHT - LEFT) * MM - indent, ALLIANCE_STEPS)
    top = bottom + _height(lines)
    page.ink(*colours.parse(face.alliance_colour))
    page.dot((LEFT + 1.9) * MM, top - lines.size * 0.57, 1.9 * MM)
    page.ink(*BLACK)
    _draw_lines(page, lines, semibold(), top=top, left=LEFT * MM + indent)
    return top + 3 * MM


def _draw_theme(page: Page, face: Face, occasion: Occasion) -> None:
    if not face.theme:
        return
    page.ink(*MUTED)
    page.text(LEFT * MM, 47.5 * MM, occasion.theme_label, regular(), 8)
    page.ink(*BLACK)
    lines = fit(face.theme, semibold(), SIDE_WIDTH * MM, THEME_STEPS)
    _draw_lines(page, lines, semibold(), top=46.6 * MM)


def _draw_code(page: Page, face: Face) -> None:
    modules = codes.matrix(face.token)
    side = len(modules) * MODULE
    rows = "".join(
        f"{x} {len(modules) - 1 - y} {length} 1 re\n" for x, y, length in codes.runs(modules)
    )
    left = CODE_RIGHT - side
    scale = MODULE * MM
    page.draw(f"q {scale:.4f} 0 0 {scale:.4f} {left * MM:.2f} {CODE_BOTTOM * MM:.2f} cm\n{rows}f Q")
    width = semibold().width(face.short_code, 13)
    middle = (left + side / 2) * MM
    page.text(middle - width / 2, 8 * MM, face.short_code, semibold(), 13)


def _height(fitted: Fitted) -> float:
    return len(fitted.lines) * fitted.size * LEADING


def _draw_lines(
    page: Page, fitted: Fitted, font: Font, *, top: float, left: float = LEFT * MM
) -> float:
    """Write lines from ``top`` downwards; return where they end, in points."""
    for number, line in enumerate(fitted.lines):
        page.text(left, top - fitted.size * (0.88 + number * LEADING), line, font, fitted.size)
    return top - _height(fitted)

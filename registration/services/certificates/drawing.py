"""How a certificate looks: A4, much white, the name largest, the way to verify it at the foot.

Lengths are in millimetres, from the lower left corner; type sizes are in points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from registration.services.badges import codes
from registration.services.papers import colours
from registration.services.papers.colours import BLACK, MUTED
from registration.services.papers.documents import MM, Page
from registration.services.papers.fonts import Font, bold, printable, regular, semibold
from registration.services.papers.pictures import Picture, drawing
from registration.services.papers.typesetting import Steps, fit

WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT = 28.0, 182.0
ACCENT = colours.parse("#5b2a6e")
LEADING = 1.14
"""From one baseline to the next, in sizes."""
NAME_STEPS = ((36, 1), (32, 1), (28, 1), (28, 2), (24, 2), (20, 3), (16, 4))
TITLE_STEPS = ((22, 1), (20, 2), (17, 2), (15, 3), (12, 4))
LINE_STEPS = ((12, 1), (12, 2), (10, 2), (9, 3))
HEAD_STEPS = ((13, 1), (11, 1), (11, 2), (9, 2))
WORD_STEPS = ((12, 1), (11, 2), (9, 3), (8, 4))
SMALL_STEPS = ((9, 1), (8, 2), (7, 2))
FACT_TOP, FACT_ROW, FACT_INDENT = 128.0, 9.0, 42.0
CODE_SIDE = 34.0
"""Of the picture, with its quiet zone."""
SIGNATURE_WIDTH = 74.0


@dataclass(frozen=True, kw_only=True)
class Words:
    """What all certificates of one event in one language share."""

    organiser: str
    programme_line: str
    headline: str
    we_certify: str
    attended: str
    event: str
    venue: str
    place_and_date: str
    signature: str
    verify: str
    address: str
    alternative: str


@dataclass(frozen=True, kw_only=True)
class Attested:
    """What one certificate says."""

    name: str
    organisation: str
    facts: Sequence[tuple[str, str]]
    """Such as the role, each with its name."""
    code: str
    link: str


def draw(page: Page, words: Words, attested: Attested) -> None:
    """Draw one certificate on an empty A4 page."""
    _draw_head(page, words)
    y = _write(page, "P", words.we_certify, 216.0, regular(), LINE_STEPS, MUTED)
    y = _write(page, "P", attested.name, y - 4.0, bold(), NAME_STEPS)
    if attested.organisation:
        y = _write(page, "P", attested.organisation, y - 1.0, regular(), LINE_STEPS)
    y = _write(page, "P", words.attended, y - 9.0, regular(), LINE_STEPS, MUTED)
    y = _write(page, "P", words.event, y - 3.5, semibold(), TITLE_STEPS)
    y = _write(page, "P", words.venue, y - 1.5, regular(), LINE_STEPS)
    _draw_facts(page, attested.facts, min(y - 12.0, FACT_TOP))
    _draw_signature(page, words)
    _draw_proof(page, words, attested)


def _draw_head(page: Page, words: Words) -> None:
    page.ink(*ACCENT)
    page.box(0, (HEIGHT - 5) * MM, WIDTH * MM, 5 * MM)
    y = _write(page, "P", words.organiser, 272.0, semibold(), HEAD_STEPS)
    if words.programme_line:
        _write(page, "P", words.programme_line, y - 0.5, regular(), SMALL_STEPS, MUTED)
    _write(page, "H1", words.headline, 247.0, bold(), ((30, 1), (26, 1), (22, 2)), ACCENT)
    page.pen_colour(*ACCENT)
    page.line(LEFT * MM, 228 * MM, (LEFT + 24) * MM, 228 * MM, 1.6)


def _draw_facts(page: Page, facts: Sequence[tuple[str, str]], top: float) -> None:
    page.pen(0.75)
    room = RIGHT - LEFT - FACT_INDENT
    for number, (label, value) in enumerate(facts):
        y = top - number * FACT_ROW
        page.line(LEFT * MM, y * MM, RIGHT * MM, y * MM, 0.3)
        page.begin("P")
        page.ink(*MUTED)
        page.text(LEFT * MM, (y - 6) * MM, printable(label), regular(), 10)
        page.ink(*BLACK)
        lines, size = fit(printable(value), semibold(), room * MM, WORD_STEPS)
        baseline = (y - 6) * MM + (len(lines) - 1) * size * 0.5
        for at, line in enumerate(lines):
            page.text((LEFT + FACT_INDENT) * MM, baseline - at * size, line, semibold(), size)
    y = top - len(facts) * FACT_ROW
    page.line(LEFT * MM, y * MM, RIGHT * MM, y * MM, 0.3)


def _draw_signature(page: Page, words: Words) -> None:
    room = SIGNATURE_WIDTH
    _write(page, "P", words.place_and_date, 78.0, regular(), WORD_STEPS, room=room)
    page.pen(0)
    page.line(LEFT * MM, 46 * MM, (LEFT + room) * MM, 46 * MM, 0.6)
    y = _write(page, "P", words.signature, 44.8, regular(), SMALL_STEPS, MUTED, room=room)
    _write(page, "P", words.organiser, y - 0.2, regular(), SMALL_STEPS, MUTED, room=room)


def _draw_proof(page: Page, words: Words, attested: Attested) -> None:
    """Draw the code to scan at the lower right, and what to type where nothing can scan."""
    page.begin("Figure", alternative=words.alternative)
    code, side = _code(attested.link), CODE_SIDE * MM
    left = RIGHT * MM - side * (1 - codes.QUIET_ZONE / code.width)
    page.picture(left, 46 * MM, side, side, code)
    room = 64.0
    y = 44.0
    for text, font, size, ink in (
        (words.verify, regular(), 9, MUTED),
        (words.address, regular(), 9, BLACK),
        (attested.code, semibold(), 11.5, BLACK),
    ):
        lines, fitted = fit(printable(text), font, room * MM, ((size, 1), (8, 2), (6.5, 3)))
        page.begin("P")
        page.ink(*ink)
        for line in lines:
            y -= fitted * LEADING / MM
            page.text(RIGHT * MM - font.width(line, fitted), y * MM, line, font, fitted)
        y -= 0.6


def _code(link: str) -> Picture:
    """Return an address as a QR code with its quiet zone."""
    modules = codes.matrix_of_text(link)
    side = len(modules) + 2 * codes.QUIET_ZONE
    rows = "".join(
        f"{x + codes.QUIET_ZONE} {side - 1 - codes.QUIET_ZONE - y} {length} 1 re\n"
        for x, y, length in codes.runs(modules)
    )
    return drawing(width=side, height=side, operators=f"0 g\n{rows}f")


def _write(  # a line of text has so many sides
    page: Page,
    tag: str,
    text: str,
    top: float,
    font: Font,
    steps: Steps,
    ink: colours.Colour = BLACK,
    *,
    room: float = RIGHT - LEFT,
) -> float:
    """Write a text from ``top`` downwards as large as fits; return where it ends."""
    lines, size = fit(printable(text), font, room * MM, steps)
    page.begin(tag)
    page.ink(*ink)
    for number, line in enumerate(lines):
        page.text(LEFT * MM, top * MM - size * (0.88 + number * LEADING), line, font, size)
    return top - len(lines) * size * LEADING / MM

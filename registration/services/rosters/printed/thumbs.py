"""The alphabet at the edge of a list from A to Z: those on the page stand out."""

from collections.abc import Collection
from string import ascii_uppercase

from registration.services.papers import colours
from registration.services.papers.fonts import bold, regular
from registration.services.papers.pages import MM, Page
from registration.services.rosters.printed.layout import Sheet

WIDTH, HEIGHT = 10.0, 8.0
"""Of a letter's place, in millimetres."""


def draw(page: Page, sheet: Sheet, here: Collection[str]) -> None:
    """Draw the alphabet down the right edge, the letters on this page white on black."""
    page.begin("")
    step = (sheet.top - sheet.bottom) / len(ascii_uppercase)
    left = sheet.width - WIDTH
    for number, letter in enumerate(ascii_uppercase):
        bottom = sheet.top - (number + 1) * step
        middle = (left + WIDTH / 2) * MM
        if letter in here:
            page.ink(*colours.BLACK)
            page.box(left * MM, bottom * MM, WIDTH * MM, min(step, HEIGHT) * MM)
            page.ink(*colours.WHITE)
            x = middle - bold().width(letter, 14) / 2
            page.text(x, (bottom + 2) * MM, letter, bold(), 14)
        else:
            page.ink(*colours.MUTED)
            x = middle - regular().width(letter, 9) / 2
            page.text(x, (bottom + 2.6) * MM, letter, regular(), 9)
    page.ink(*colours.BLACK)

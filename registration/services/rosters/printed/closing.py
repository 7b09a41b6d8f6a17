"""The end of a signature sheet: two people confirm that the others have signed themselves."""

from flask_babel import gettext as _

from registration.services.papers import colours
from registration.services.papers.fonts import printable, regular
from registration.services.papers.pages import MM, Page
from registration.services.papers.typesetting import cut
from registration.services.rosters.printed.frame import FINE
from registration.services.rosters.printed.layout import LEFT, Sheet

BETWEEN = 10.0
"""Between the two lines, in millimetres."""


def signed_by(is_of_alliance: bool) -> tuple[str, str]:  # noqa: FBT001  # a claim, not an option
    """Return what stands below each of the two lines, in the present language."""
    if is_of_alliance:
        return (
            _("Place, date, signature for the organising team"),
            _("Place, date, signature for the alliance"),
        )
    return (
        _("Place, date, first confirming signature"),
        _("Place, date, second confirming signature"),
    )


def draw(page: Page, sheet: Sheet, top: float, *, is_of_alliance: bool) -> None:
    """Draw the sentence and the two lines to sign on, below ``top``."""
    page.begin("P")
    page.ink(*colours.BLACK)
    width = (sheet.right - LEFT - BETWEEN) / 2
    said = printable(_("We confirm that the people above were there and have signed themselves."))
    said = cut(said, regular(), 9.5, (sheet.right - LEFT) * MM)
    page.text(LEFT * MM, (top - 9) * MM, said, regular(), 9.5)
    line = top - 26
    for left, who in zip((LEFT, LEFT + width + BETWEEN), signed_by(is_of_alliance), strict=True):
        page.begin("P")
        page.ink(*colours.MUTED)
        told = cut(printable(who), regular(), 8, width * MM)
        page.text(left * MM, (line - 4) * MM, told, regular(), 8)
        page.pen(0)
        page.line(left * MM, line * MM, (left + width) * MM, line * MM, FINE)
    page.ink(*colours.BLACK)

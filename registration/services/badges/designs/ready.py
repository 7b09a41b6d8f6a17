"""Ready-made designs for the formats in use, for events that have none of their own.

Where labels lie on the sheets that are sold, in millimetres, is from public template data:

- L4784: LibreOffice's labels.xml (7.4), "4784 Namens-Etiketten" of "Avery Zweckform".
- 74459: ibid., "5392 Name Tag Refill" and "74541 Name Badge Inserts" of "Avery Letter Size", the
  same sheet of 4 × 3 inches.
- L4785: gLabels' avery-iso-templates.xml (3.4.1) for size and pitch. Its margins, 18 and 13, are
  rounded and leave 17 and 14 at the other edges; here they are the same at both.
- Durable: neither has any. Ten of 54 × 90 touch as in Avery's L7417 of that size (labels.xml);
  eight of 60 × 90 touch, too. Both lie in the middle of the sheet.

A printer is off by as much as such data: a run's offsets move everything.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from registration.errors import NotFound
from registration.services.badges.designs import parsing
from registration.services.badges.designs.layouts import (
    Data,
    a6,
    a6_back,
    l4784,
    landscape,
    portrait,
)
from registration.services.badges.designs.model import Design

A4 = {"width": 210, "height": 297}
LETTER = {"width": 215.9, "height": 279.4}


class Ready(NamedTuple):
    """A ready-made design."""

    code: str
    title: str
    """What the trade calls the format: the same in every language."""
    design: Design


def _sheet(paper: Mapping[str, float], columns: int, rows: int, *more: float) -> Data:
    left, top, across, down = (*more, 0, 0, 0, 0)[:4]
    places = {"left": left, "top": top, "across": across, "down": down}
    return {**paper, "columns": columns, "rows": rows, **places}


def _made(  # what a ready-made design is
    code: str, title: str, width: float, height: float, sheet: Data, front: list[Data], **more: Any
) -> Ready:
    data = {"width": width, "height": height, "sheet": sheet, "front": front, **more}
    return Ready(code, title, parsing.parse(data))


@lru_cache(maxsize=1)
def all_ready() -> Mapping[str, Ready]:
    """Return the ready-made designs by their codes."""
    across = {"width": 297, "height": 210}
    made = (
        _made("a6", "A6", 105, 148, _sheet(A4, 2, 2, 0, 0.5), a6()),
        _made("a7", "A7", 74, 105, _sheet(across, 4, 2, 0.5), portrait(74, 105)),
        _made(
            *("l4784", "Avery L4784 (63.5 × 29.6 mm)", 63.5, 29.6),
            _sheet(A4, 3, 9, 7.21, 15.1, 66.04, 29.63),
            l4784(),
        ),
        _made(
            *("l4785", "Avery L4785 (80 × 50 mm)", 80, 50),
            _sheet(A4, 2, 5, 17.5, 13.5, 95, 55),
            landscape(80, 50, foot=7, factor=0.48, side=25),
        ),
        _made(
            *("74459", "Avery 74459 (4 × 3 in)", 101.6, 76.2),
            _sheet(LETTER, 2, 3, 6.35, 25.4),
            landscape(101.6, 76.2, foot=11, factor=0.72, side=30),
        ),
        _made(
            *("durable-54x90", "Durable 54 × 90 mm", 90, 54),
            _sheet(A4, 2, 5, 15, 13.5),
            landscape(90, 54, foot=8, factor=0.55, side=25),
        ),
        _made(
            *("durable-60x90", "Durable 60 × 90 mm", 90, 60),
            _sheet(A4, 2, 4, 15, 28.5),
            landscape(90, 60, foot=9, factor=0.6, side=25),
        ),
        _made(
            *("a5-folded", "A5 → A6", 105, 148, _sheet(A4, 1, 2, 0, 0.5), a6()),
            back=a6_back(),
            fold="book",
        ),
        _made(
            *("label", "62 × 100 mm", 62, 100, _sheet({"width": 62, "height": 100}, 1, 1)),
            portrait(62, 100, bar="ink"),
        ),
    )
    return {ready.code: ready for ready in made}


def get_ready(code: str) -> Ready:
    """Return a ready-made design.

    Raises:
        NotFound: there is none of that code.
    """
    found = all_ready().get(code)
    if found is None:
        raise NotFound(noun="design", code=code)
    return found

"""Where the elements of a design lie, before anybody's words are in them; in millimetres."""

from typing import NamedTuple

from registration.services.badges import codes
from registration.services.badges.designs.model import (
    AnyElement,
    Code,
    Design,
    Dot,
    Line,
    Mark,
    Side,
    Stack,
    Text,
)

POINT = 25.4 / 72
"""Millimetres in a point of type."""
LEADING = 1.08
"""From one baseline to the next, in sizes."""
MARK_HEIGHT = 6 / 7
"""Of a symbol, in widths."""


class Extent(NamedTuple):
    """A rectangle; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Extent") -> bool:
        """Return whether the two share more than an edge."""
        return (
            self.left < other.right - 1e-6
            and other.left < self.right - 1e-6
            and self.top < other.bottom - 1e-6
            and other.top < self.bottom - 1e-6
        )


class Finding(NamedTuple):
    """Something about a design that may be meant, and that its author should know."""

    path: str
    code: str


def module(side: float) -> float:
    """Return how wide a module of a code is whose dark part is so wide."""
    return side / codes.modules_at(side)


def extent(element: AnyElement) -> Extent:
    """Return the rectangle that an element fills; a code's is with its quiet zone."""
    if isinstance(element, Code):
        quiet = codes.QUIET_ZONE * module(element.side)
        far = element.side + quiet
        return Extent(element.x - quiet, element.y - quiet, element.x + far, element.y + far)
    if isinstance(element, Line):
        half = element.thickness / 2
        (left, right), (top, bottom) = (
            sorted((element.x, element.to_x)),
            sorted((element.y, element.to_y)),
        )
        flat, steep = (half, 0.0) if left == right else (0.0, half)
        return Extent(left - flat, top - steep, right + flat, bottom + steep)
    if isinstance(element, Dot):
        half = element.diameter / 2
        return Extent(element.x - half, element.y - half, element.x + half, element.y + half)
    if isinstance(element, Mark):
        height = element.width * MARK_HEIGHT
        return Extent(element.x, element.y, element.x + element.width, element.y + height)
    return Extent(element.x, element.y, element.x + element.width, element.y + element.height)


def covers_code(element: AnyElement, code: AnyElement) -> bool:
    """Return whether an element lies on a code or in its quiet zone, where both are shown."""
    if element is code or not isinstance(code, Code):
        return False
    return together(element, code) and extent(element).overlaps(extent(code))


def together(one: AnyElement, other: AnyElement) -> bool:
    """Return whether one badge may show both, as far as their conditions say."""
    for first, second in ((one, other), (other, one)):
        if first.needs and first.needs == second.lacks:
            return False
        if first.only and set(first.only) <= set(second.not_for):
            return False
    return True


def findings(design: Design, side: Side) -> list[Finding]:
    """Return which elements with words lie on each other: ``overlaps``, at the later one."""
    worded = [
        (number, element)
        for number, element in enumerate(design.elements(side))
        if isinstance(element, Text | Stack | Mark)
    ]
    return [
        Finding(f"{side}[{number}]", "overlaps")
        for at, (number, element) in enumerate(worded)
        if any(
            together(element, other) and extent(element).overlaps(extent(other))
            for _, other in worded[:at]
        )
    ]

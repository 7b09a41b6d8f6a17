"""Typesetting: the size and the lines in which a text fits its place."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from registration.services.papers.fonts import Font

ELLIPSIS = "…"
PARTS = re.compile(r"[^ ]+?(?:[-–/]+(?=[^ ])|(?= |$))| +")
"""Where a line may break: at spaces that allow it, and after hyphens, dashes and slashes."""


Steps = Sequence[tuple[float, int]]
"""Sizes in points, each with the number of lines that a text may take in it."""


class Fitted(NamedTuple):
    """A text as it fits: its lines and their size in points."""

    lines: list[str]
    size: float


def fit(text: str, font: Font, width: float, steps: Steps) -> Fitted:
    """Return the text in the first step that it fits: a size, and how many lines it may take.

    Words stay whole until the last step; there they are broken where they must be, and what is
    still too long is cut with an ellipsis.
    """
    natural = font.width(text, 1)
    longest = max((font.width(part.strip(), 1) for part in PARTS.findall(text)), default=0)
    for size, most in steps:
        if natural * size <= width:
            return Fitted([text] if text else [], size)
        if longest * size <= width and natural * size <= width * most:
            lines = wrap(text, font, size, width)
            if len(lines) <= most:
                return Fitted(lines, size)
    size, most = steps[-1]
    lines = wrap(text, font, size, width)
    if len(lines) > most:
        lines = [*lines[: most - 1], cut(" ".join(lines[most - 1 :]), font, size, width)]
    return Fitted(lines, size)


def wrap(text: str, font: Font, size: float, width: float) -> list[str]:
    """Return the text in lines of at most ``width``; a part too long for a line is broken."""
    lines: list[str] = []
    line = ""
    for part in PARTS.findall(text):
        if line and font.width((line + part).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        line = line + part if line else part.lstrip()
        while font.width(line.rstrip(), size) > width and len(line) > 1:
            head = _head(line, font, size, width)
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line.rstrip()] if line.strip() else lines


def cut(text: str, font: Font, size: float, width: float) -> str:
    """Return the text, or as much of it as fits with an ellipsis."""
    if font.width(text, size) <= width:
        return text
    room = width - font.width(ELLIPSIS, size)
    return _head(text, font, size, room).rstrip() + ELLIPSIS


def _head(text: str, font: Font, size: float, width: float) -> str:
    """Return the longest beginning that fits, at least one letter."""
    used = 0.0
    for at, letter in enumerate(text):
        used += font.width(letter, size)
        if used > width and at:
            return text[:at]
    return text

"""Composing: where each word, shape and code of one person's badge goes, in millimetres.

The result is a list of marks that painters draw: on a page (`painting`) or as SVG (`preview`).
"""

import re
from functools import lru_cache

from registration.services.badges import codes
from registration.services.badges.designs.faces import Face, Occasion
from registration.services.badges.designs.geometry import LEADING, MARK_HEIGHT, POINT
from registration.services.badges.designs.marks import (
    AnyMark,
    Composed,
    Image,
    Modules,
    Shape,
    Stroke,
    Symbol,
    Warned,
    Words,
)
from registration.services.badges.designs.model import (
    Align,
    AnyElement,
    Box,
    Code,
    Colour,
    Design,
    Dot,
    Line,
    Logo,
    Mark,
    Side,
    Stack,
    Text,
)
from registration.services.badges.designs.stacking import FONTS, INDENT, Row, fit_words, stacked
from registration.services.papers import colours
from registration.services.papers.fonts import MISSING, Font

__all__ = ["Composed", "Warned", "compose"]

PLACEHOLDER = re.compile(r"\{(\w+)\}")
BETWEEN = " · "
"""Stands in a template between parts, and on a badge only between those that say something."""
ASCENT = 0.88
"""From a line's top to its baseline, in sizes."""
UPRIGHT = {"top": 0.0, "middle": 0.5, "bottom": 1.0}
ALIGN = {"left": 0.0, "center": 0.5, "right": 1.0}
DOT = 0.76
"""A dot before words is so wide, in sizes."""


def compose(design: Design, side: Side, face: Face, occasion: Occasion) -> Composed:
    """Return what one side of a person's badge shows, and what is wrong with it."""
    composed = Composed(design.width, design.height, [], [])
    work = _Work(face, occasion, composed)
    for number, element in enumerate(design.elements(side)):
        if work.shows(element):
            work.place(element, f"{side}[{number}]")
    return composed


class _Work:
    """Places the elements of one side, one after another."""

    def __init__(self, face: Face, occasion: Occasion, composed: Composed) -> None:
        self.face, self.occasion = face, occasion
        self.marks, self.warnings = composed.marks, composed.warnings
        self._named: dict[str, colours.Colour] = {
            "ink": colours.BLACK,
            "muted": colours.MUTED,
            "white": colours.WHITE,
            "role": colours.parse(face.role_colour),
            "alliance": colours.parse(face.alliance_colour),
        }

    def shows(self, element: AnyElement) -> bool:
        """Return whether an element is for this person."""
        roles = self.face.roles
        if element.only and not set(element.only) & set(roles):
            return False
        if element.not_for and set(element.not_for) & set(roles):
            return False
        if element.needs and not self.word(element.needs):
            return False
        return not (element.lacks and self.word(element.lacks))

    def word(self, name: str) -> str:
        """Return what a field says."""
        return self.face.words.get(name, "") or self.occasion.words.get(name, "")

    def filled(self, template: str) -> str:
        """Return a template with its fields filled in, without what stands between empty ones."""
        if BETWEEN not in template:
            return self._filled(template)
        parts = (self._filled(part) for part in template.split(BETWEEN))
        return BETWEEN.join([part for part in parts if part])

    def _filled(self, template: str) -> str:
        """Return a template with its fields filled in; empty where all of them are."""
        said = [self.word(name) for name in PLACEHOLDER.findall(template)]
        if said and not any(said):
            return ""
        if len(said) == 1 and template[0] == "{" and template[-1] == "}":
            return said[0]
        words = iter(said)
        filled = PLACEHOLDER.sub(lambda _: next(words), template)
        return " ".join(word for word in filled.split(" ") if word)

    def colour(self, name: Colour, on: Colour | None = None) -> colours.Colour:
        """Return the colour that a design's name for it means on this badge."""
        if name == "auto":
            return colours.readable_on(self.colour(on) if on else colours.WHITE)
        return self._named.get(name) or colours.parse(name)

    def place(self, element: AnyElement, path: str) -> None:
        """Add the marks of one element."""
        match element:
            case Text():
                self._place_text(element, path)
            case Stack():
                self._place_stack(element, path)
            case Code() if self.face.token:
                matrix = codes.matrix(self.face.token, side=element.side)
                self.marks.append(Modules(path, element.x, element.y, element.side, matrix))
            case Logo():
                self._place_logo(element, path)
            case Mark() if self.face.no_photo:
                self.marks.append(self._symbol(element, path))
            case Box() | Line() | Dot():
                self.marks.append(self._shape(element, path))

    def _symbol(self, mark: Mark, path: str) -> Symbol:
        height = mark.width * MARK_HEIGHT
        return Symbol(path, mark.x, mark.y, mark.width, height, self.colour(mark.colour))

    def _shape(self, element: Box | Line | Dot, path: str) -> AnyMark:
        if isinstance(element, Line):
            colour = self.colour(element.colour)
            ends = (element.x, element.y, element.to_x, element.to_y)
            return Stroke(path, *ends, colour, element.thickness)
        if isinstance(element, Dot):
            middle = (element.x, element.y)
            return self._dot(path, *middle, element.diameter, self.colour(element.fill))
        fill = self.colour(element.fill) if element.fill else None
        outline = self.colour(element.outline) if element.outline else None
        box = (element.x, element.y, element.width, element.height)
        return Shape(path, *box, fill, outline, element.thickness)

    def _dot(self, path: str, x: float, y: float, diameter: float, fill: colours.Colour) -> Shape:
        corner = (x - diameter / 2, y - diameter / 2)
        outline = colours.BLACK
        return Shape(path, *corner, diameter, diameter, fill, outline, 0.1, round=True)

    def _place_logo(self, logo: Logo, path: str) -> None:
        artwork = self.occasion.logos.get(logo.logo)
        if artwork is None:
            self.warnings.append(Warned(path, "no_logo", ""))
            return
        scale = min(logo.width / artwork.width, logo.height / artwork.height)
        width, height = artwork.width * scale, artwork.height * scale
        x = logo.x + (logo.width - width) * ALIGN[logo.align]
        y = logo.y + (logo.height - height) * UPRIGHT[logo.upright]
        self.marks.append(Image(path, x, y, width, height, artwork))

    def _place_text(self, element: Text, path: str) -> None:
        text = self.filled(element.text)
        if not text:
            return
        if element.fill:
            box = (element.x, element.y, element.width, element.height)
            self.marks.append(Shape(path, *box, self.colour(element.fill), None, 0.0))
        width = element.width - 2 * element.pad
        font = FONTS[element.weight]()
        row = fit_words(text, font, width, _steps_within(element.steps, element.height))
        self._warn(path, text, row, element.warn_below)
        height = len(row.lines) * row.size * LEADING * POINT
        top = element.y + (element.height - height) * UPRIGHT[element.upright]
        left = element.x + element.pad
        colour = self.colour(element.colour, element.fill)
        self._write(path, row, font, (left, top, width), element.align, colour)

    def _place_stack(self, stack: Stack, path: str) -> None:
        texts = [self.filled(item.text) for item in stack.items]
        for number, (row, top) in stacked(stack, texts):
            item, here = stack.items[number], f"{path}.items[{number}]"
            self._warn(here, texts[number], row, item.warn_below)
            indent = row.size * POINT * INDENT if item.dot else 0.0
            if item.dot:
                size = row.size * POINT
                middle = (stack.x + size * DOT / 2, top + size * (ASCENT - 0.32))
                self.marks.append(self._dot(here, *middle, size * DOT, self.colour(item.dot)))
            place = (stack.x + indent, top, stack.width - indent)
            colour = self.colour(item.colour)
            self._write(here, row, FONTS[item.weight](), place, stack.align, colour)

    def _write(
        self,
        path: str,
        row: Row,
        font: Font,
        place: tuple[float, float, float],
        align: Align,
        colour: colours.Colour,
    ) -> None:
        """Write the lines of a row from its place: left edge, top and width."""
        left, top, room = place
        size = row.size * POINT
        for number, line in enumerate(row.lines):
            width = font.width(line, size)
            x = left + (room - width) * ALIGN[align]
            y = top + size * (ASCENT + number * LEADING)
            self.marks.append(Words(path, x, y, line, font, row.size, width, colour))

    def _warn(self, path: str, text: str, row: Row, least: float) -> None:
        if row.cut:
            self.warnings.append(Warned(path, "cut", text))
        elif row.size < least:
            self.warnings.append(Warned(path, "too_small", text))
        if MISSING in text:
            self.warnings.append(Warned(path, "missing_letters", text))


@lru_cache(maxsize=512)
def _steps_within(
    steps: tuple[tuple[float, int], ...], height: float
) -> tuple[tuple[float, int], ...]:
    """Return the steps with only so many lines as fit the height."""
    return tuple(
        (size, min(lines, room))
        for size, lines in steps
        if (room := int((height + 1e-6) / (size * LEADING * POINT)))
    )

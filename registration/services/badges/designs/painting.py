"""Composed badges on pages of a document."""

from functools import lru_cache

from registration.services.badges import codes
from registration.services.badges.designs import artwork
from registration.services.badges.designs.marks import (
    AnyMark,
    Composed,
    Image,
    Modules,
    Shape,
    Stroke,
    Symbol,
    Words,
)
from registration.services.papers.colours import Colour
from registration.services.papers.pages import MM, Page

CAMERA = (
    "q %.4f 0 0 %.4f %.3f %.3f cm 1 J 1 j 0.9 w "
    "1 1.5 12 8 re S 4.5 9.5 m 5.5 11 l 8.5 11 l 9.5 9.5 l S "
    "9.4 5.5 m 9.4 6.83 8.33 7.9 7 7.9 c 5.67 7.9 4.6 6.83 4.6 5.5 c "
    "4.6 4.17 5.67 3.1 7 3.1 c 8.33 3.1 9.4 4.17 9.4 5.5 c h S "
    "1 G 3 w 0.7 0.7 m 13.3 11.5 l S 0 G 1.4 w 0.7 0.7 m 13.3 11.5 l S Q"
)
"""A camera, crossed out, 14 × 12 units."""


def paint(
    page: Page,
    composed: Composed,
    *,
    at: tuple[float, float] = (0.0, 0.0),
    turned: bool = False,
) -> None:
    """Draw one side of a badge on a page.

    Args:
        page: a page of any size.
        composed: what to draw.
        at: where the badge's upper left corner comes to lie, in millimetres from the page's.
        turned: draw it upside down, in the same place.
    """
    x, y = at[0] * MM, page.size.height - at[1] * MM
    if turned:
        x, y = x + composed.width * MM, y - composed.height * MM
        page.state(f"q -1 0 0 -1 {x:.3f} {y:.3f} cm")
        x = y = 0.0
    painter = _Painter(page, x, y)
    page.begin("P")
    for mark in composed.marks:
        painter.draw(mark)
    if turned:
        page.state("Q")


class _Painter:
    """Draws marks from an upper left corner, in points of the page."""

    def __init__(self, page: Page, x: float, y: float) -> None:
        self.page, self.x, self.y = page, x, y
        self.ink: Colour | None = None

    def draw(self, mark: AnyMark) -> None:
        """Draw one mark."""
        match mark:
            case Words():
                self._colour(mark.colour)
                x, y = self._at(mark.x, mark.y)
                self.page.text(x, y, mark.text, mark.font, mark.size)
            case Shape():
                self._draw_shape(mark)
            case Stroke():
                self.page.pen_colour(*mark.colour)
                ends = (*self._at(mark.x, mark.y), *self._at(mark.to_x, mark.to_y))
                self.page.line(*ends, round(mark.thickness * MM, 3))
            case Modules():
                self._draw_modules(mark)
            case Symbol():
                unit = mark.width * MM / 14
                x, y = self._at(mark.x, mark.y + mark.height)
                self.page.pen_colour(*mark.colour)
                self.page.draw(CAMERA % (unit, unit, x, y))
            case Image():
                self._draw_image(mark)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self.x + x * MM, self.y - y * MM

    def _colour(self, colour: Colour) -> None:
        if colour != self.ink:
            self.page.ink(*colour)
            self.ink = colour

    def _draw_shape(self, shape: Shape) -> None:
        if shape.fill:
            self._colour(shape.fill)
        if shape.outline:
            self.page.pen_colour(*shape.outline)
        thickness = round(shape.thickness * MM, 3)
        if shape.round:
            half = shape.width / 2
            x, y = self._at(shape.x + half, shape.y + half)
            self.page.dot(x, y, half * MM, outline=thickness)
            return
        x, y = self._at(shape.x, shape.y + shape.height)
        size = (shape.width * MM, shape.height * MM)
        if shape.fill:
            self.page.box(x, y, *size)
        if shape.outline:
            self.page.frame(x, y, *size, thickness)

    def _draw_modules(self, code: Modules) -> None:
        self._colour((0.0, 0.0, 0.0))
        count = len(code.matrix)
        scale = code.side * MM / count
        x, y = self._at(code.x, code.y + code.side)
        rows = "".join(
            [f"{x} {count - 1 - y} {length} 1 re\n" for x, y, length in codes.runs(code.matrix)]
        )
        self.page.draw(f"q {scale:.5f} 0 0 {scale:.5f} {x:.2f} {y:.2f} cm\n{rows}f Q")

    def _draw_image(self, image: Image) -> None:
        picture = _picture(image.artwork)
        x, y = self._at(image.x, image.y + image.height)
        self.page.begin("Figure", alternative=image.artwork.title)
        self.page.picture(x, y, image.width * MM, image.height * MM, picture)
        self.page.begin("P")


_picture = lru_cache(maxsize=32)(artwork.picture)

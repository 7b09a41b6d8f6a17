"""What a composed badge consists of: marks with their places, in millimetres, and warnings."""

from typing import NamedTuple

from registration.services.badges.codes import Matrix
from registration.services.badges.designs.faces import Artwork
from registration.services.papers import colours
from registration.services.papers.fonts import Font


class Words(NamedTuple):
    """A line of text: x is where it begins, y its baseline, size in points."""

    path: str
    x: float
    y: float
    text: str
    font: Font
    size: float
    width: float
    colour: colours.Colour


class Shape(NamedTuple):
    """A rectangle, or a disc within it."""

    path: str
    x: float
    y: float
    width: float
    height: float
    fill: colours.Colour | None
    outline: colours.Colour | None
    thickness: float
    round: bool = False


class Stroke(NamedTuple):
    """A straight line."""

    path: str
    x: float
    y: float
    to_x: float
    to_y: float
    colour: colours.Colour
    thickness: float


class Modules(NamedTuple):
    """A QR code; x, y and side are those of its dark part."""

    path: str
    x: float
    y: float
    side: float
    matrix: Matrix


class Symbol(NamedTuple):
    """A camera, crossed out."""

    path: str
    x: float
    y: float
    width: float
    height: float
    colour: colours.Colour


class Image(NamedTuple):
    """A logo in its true proportions."""

    path: str
    x: float
    y: float
    width: float
    height: float
    artwork: Artwork


AnyMark = Words | Shape | Stroke | Modules | Symbol | Image


class Warned(NamedTuple):
    """Something that a person should see before this badge is printed.

    The code is ``cut`` (words are missing), ``too_small`` (smaller than the design
    wants),
    ``missing_letters`` (the fonts do not have them) or ``no_logo`` (it has been deleted).
    """

    path: str
    code: str
    text: str


class Composed(NamedTuple):
    """One side of one badge, ready to be painted."""

    width: float
    height: float
    marks: list[AnyMark]
    warnings: list[Warned]

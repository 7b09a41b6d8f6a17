"""What a design consists of. Lengths in millimetres from the upper left, type sizes in points."""

from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

MOST_ELEMENTS = 60
LARGEST = 420.0
"""Millimetres of a side: A3's longer one."""
SMALLEST_TYPE, LARGEST_TYPE = 6.0, 200.0

Length = Annotated[float, Meta(ge=0, le=LARGEST)]
Extent = Annotated[float, Meta(gt=0, le=LARGEST)]
Size = Annotated[float, Meta(ge=SMALLEST_TYPE, le=LARGEST_TYPE)]
Lines = Annotated[int, Meta(ge=1, le=20)]
Steps = Annotated[tuple[tuple[Size, Lines], ...], Meta(min_length=1, max_length=24)]
"""Sizes in points, each with the lines it may take; the first that fits is used."""
Codes = tuple[str, ...]
Weight = Literal["regular", "semibold", "bold"]
Align = Literal["left", "center", "right"]
Upright = Literal["top", "middle", "bottom"]
Colour = Annotated[str, Meta(pattern=r"^(ink|muted|white|role|alliance|auto|#[0-9a-f]{6})\Z")]
"""``role`` and ``alliance`` are the person's own; ``auto`` is black or white, as reads better."""
Template = Annotated[str, Meta(min_length=1, max_length=200)]
"""Words to show, with fields in braces: ``{given_name} {family_name}``.

Of parts between middle dots (``{pronouns} · {room}``) those without anything to say are left out.
"""


class Element(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all elements share: for whom they are shown."""

    only: Codes = ()
    """Shown only if one of the person's roles has one of these codes; empty: for all."""
    not_for: Codes = ()
    """Not shown if one of the person's roles has one of these codes."""
    needs: str = ""
    """Shown only if this field says something."""
    lacks: str = ""
    """Shown only if this field says nothing."""


class Placed(Element, frozen=True, kw_only=True):
    """An element that fills a rectangle."""

    x: Length
    y: Length
    width: Extent
    height: Extent


class Text(Placed, frozen=True, kw_only=True, tag="text"):
    """Words in a rectangle, as large as they fit."""

    text: Template
    steps: Steps
    weight: Weight = "regular"
    colour: Colour = "ink"
    align: Align = "left"
    upright: Upright = "top"
    warn_below: Annotated[float, Meta(ge=0, le=LARGEST_TYPE)] = 0.0
    """Words that must be smaller to fit are warned about; 0: only those that are cut."""
    fill: Colour | None = None
    """The rectangle's colour, if it has one."""
    pad: Annotated[float, Meta(ge=0, le=50)] = 0.0
    """Between the rectangle's left and right edges and the words."""


class Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One text of a stack."""

    text: Template
    steps: Steps
    weight: Weight = "regular"
    colour: Colour = "ink"
    gap: Annotated[float, Meta(ge=0, le=50)] = 0.0
    """Towards the item before it, or after it where it stands at the bottom."""
    every: Annotated[int, Meta(ge=1, le=24)] = 1
    """It gives up a step whenever the others have given up so many."""
    dock: Literal["top", "bottom"] = "top"
    leads: bool = False
    """No item after it is larger."""
    warn_below: Annotated[float, Meta(ge=0, le=LARGEST_TYPE)] = 0.0
    """Words that must be smaller to fit are warned about; 0: only those that are cut."""
    dot: Colour | None = None
    """The colour of a dot before the words, if there is one."""


class Stack(Placed, frozen=True, kw_only=True, tag="stack"):
    """Texts below each other that shrink together."""

    items: Annotated[tuple[Item, ...], Meta(min_length=1, max_length=12)]
    align: Align = "left"


class Box(Placed, frozen=True, kw_only=True, tag="box"):
    """A rectangle: filled, outlined or both."""

    fill: Colour | None = None
    outline: Colour | None = None
    thickness: Annotated[float, Meta(gt=0, le=10)] = 0.2


class Line(Element, frozen=True, kw_only=True, tag="line"):
    """A straight line."""

    x: Length
    y: Length
    to_x: Length
    to_y: Length
    colour: Colour = "ink"
    thickness: Annotated[float, Meta(gt=0, le=10)] = 0.15


class Dot(Element, frozen=True, kw_only=True, tag="dot"):
    """A disc with a thin outline; x and y are its centre."""

    x: Length
    y: Length
    diameter: Extent
    fill: Colour = "alliance"


class Logo(Placed, frozen=True, kw_only=True, tag="logo"):
    """A picture of the event's, as large as it fits without being bent."""

    logo: Annotated[int, Meta(ge=1)]
    """The id of a `models.badges.Logo`."""
    align: Align = "center"
    upright: Upright = "middle"


class Code(Element, frozen=True, kw_only=True, tag="code"):
    """The QR code: x, y and side are those of its dark part; its quiet zone lies around it."""

    x: Length
    y: Length
    side: Extent


class Mark(Element, frozen=True, kw_only=True, tag="mark"):
    """A symbol; shown only on the badges of those whom it is for."""

    kind: Literal["no_photo"]
    x: Length
    y: Length
    width: Extent
    """It is six sevenths of that high."""
    colour: Colour = "ink"


AnyElement = Text | Stack | Box | Line | Dot | Logo | Code | Mark
Elements = Annotated[tuple[AnyElement, ...], Meta(max_length=MOST_ELEMENTS)]
Side = Literal["front", "back"]
SIDES: tuple[Side, ...] = ("front", "back")


class Sheet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The paper that badges are printed on, and where on it."""

    width: Extent
    height: Extent
    columns: Annotated[int, Meta(ge=1, le=20)] = 1
    rows: Annotated[int, Meta(ge=1, le=40)] = 1
    left: Length = 0.0
    top: Length = 0.0
    across: Length = 0.0
    """From the left edge of one badge to that of the next; 0: they touch."""
    down: Length = 0.0
    """From the top edge of one badge to that of the next; 0: they touch."""


class Panel(NamedTuple):
    """Where one side lies in what is cut out of the sheet."""

    side: Side
    x: float
    y: float
    turned: bool = False
    """Printed upside down."""


class Design(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a badge looks on its sides, and how it lies on its sheet."""

    width: Annotated[float, Meta(ge=20, le=LARGEST)]
    height: Annotated[float, Meta(ge=20, le=LARGEST)]
    sheet: Sheet
    fold: Literal["none", "book", "tent"] = "none"
    """``book``: the back is printed left of the front and folded behind it; ``tent``: above it,
    upside down. ``none``: the back is on the back of the sheet."""
    front: Elements
    back: Elements | None = None

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of what is cut out of the sheet: both sides, where it is folded."""
        return (
            self.width * (2 if self.fold == "book" else 1),
            self.height * (2 if self.fold == "tent" else 1),
        )

    @property
    def panels(self) -> tuple[Panel, ...]:
        """What is printed on the front of the sheet, each from the cell's upper left corner."""
        if self.fold == "book":
            return Panel("back", 0, 0), Panel("front", self.width, 0)
        if self.fold == "tent":
            return Panel("back", 0, 0, turned=True), Panel("front", 0, self.height)
        return (Panel("front", 0, 0),)

    def elements(self, side: Side) -> tuple[AnyElement, ...]:
        """Return what is on a side; nothing where there is no back."""
        return self.front if side == "front" else self.back or ()

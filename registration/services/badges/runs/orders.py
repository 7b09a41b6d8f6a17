"""What is ordered: whose badges, in which design, and how they stand on their sheets."""

import math
import uuid
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from registration.errors import Invalid
from registration.languages import DEFAULT, LANGUAGES
from registration.services.events import Prospectus

MOST_BLANKS = 500
MOST_OFFSET = 20.0
"""Millimetres by which a sheet can be moved, to meet what a printer does."""
MOST_CHOSEN = 500
MOST_REASON = 200


class Which(StrEnum):
    """Which of the badges in force."""

    ALL = "all"
    NEW = "new"
    """Not yet printed, or issued anew since."""
    CHANGED = "changed"
    """Printed, and showing something else now."""


class Paper(StrEnum):
    """What the badges are printed on."""

    SHEET = "sheet"
    """As many on a sheet as the design says."""
    SINGLE = "single"
    """Each on a page of its own size."""


class Grouping(StrEnum):
    """What begins with each alliance."""

    NONE = "none"
    SHEETS = "sheets"
    """A new sheet."""
    FILES = "files"
    """A file of its own; all of them are in one ZIP."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Whose badges; "" and () leave a question open."""

    which: Which = Which.ALL
    alliance: str = ""
    """The code of one."""
    role: str = ""
    """The code of one: those who have it as their leading or a further role."""
    chosen: tuple[uuid.UUID, ...] = ()
    """Registrations."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the badges are laid out."""

    paper: Paper = Paper.SHEET
    grouping: Grouping = Grouping.NONE
    duplex: bool = False
    """Behind each page one for its back, mirrored so that both sides meet."""
    cut_marks: bool = False
    offset_x: float = 0.0
    offset_y: float = 0.0
    """Millimetres to the right and upwards, on both sides: they belong to the printer."""
    blanks: int = 0
    """Badges without a name and a code, for those who come without a registration."""
    blank_role: str = ""
    blank_alliance: str = ""


@dataclass(frozen=True, kw_only=True)
class Order:
    """Everything that a print run is asked for; stored with it."""

    design: str
    selection: Selection = Selection()
    layout: Layout = Layout()
    locale: str = DEFAULT
    """The language of the words on the badges."""

    def as_json(self) -> dict[str, object]:
        """Return it as it is stored."""
        told: dict[str, object] = msgspec.to_builtins(self)
        return told

    @classmethod
    def read(cls, told: object) -> "Order":
        """Return the order that was stored."""
        return msgspec.convert(told, cls)


FIRST = Order(design="a6", layout=Layout(paper=Paper.SINGLE))
"""What was made before there was a choice: everybody, a page of A6 each."""


def check(order: Order, prospectus: Prospectus) -> None:
    """Refuse an order that no event's badges can be made by.

    Raises:
        Invalid: names each field that is unknown or beyond its bounds.
    """
    wrong = _unknown(order, prospectus) | _beyond(order)
    if wrong:
        raise Invalid(fields=wrong)


def _unknown(order: Order, prospectus: Prospectus) -> dict[str, str]:
    told, layout = order.selection, order.layout
    wrong = {}
    for field, code in (("alliance", told.alliance), ("blank_alliance", layout.blank_alliance)):
        if code and prospectus.find_alliance(code) is None:
            wrong[field] = "unknown"
    for field, code in (("role", told.role), ("blank_role", layout.blank_role)):
        if code and prospectus.find_role(code) is None:
            wrong[field] = "unknown"
    if order.locale not in LANGUAGES:
        wrong["locale"] = "unknown"
    return wrong


def _beyond(order: Order) -> dict[str, str]:
    layout = order.layout
    wrong = {}
    for field, offset in (("offset_x", layout.offset_x), ("offset_y", layout.offset_y)):
        if not (math.isfinite(offset) and abs(offset) <= MOST_OFFSET):
            wrong[field] = "out_of_range"
    if not 0 <= layout.blanks <= MOST_BLANKS:
        wrong["blanks"] = "out_of_range"
    if len(order.selection.chosen) > MOST_CHOSEN:
        wrong["chosen"] = "too_many"
    return wrong

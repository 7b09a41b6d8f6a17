"""Planning: a print run's badges are read at one moment, and written down as what they show.

The plan is a file of records (see `services.jobs.records`): one badge each, whole, so that its
parts can be drawn by anybody at any time, and once more, and always look the same.
"""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Row, select

from registration.database import db
from registration.models.alliances import Alliance
from registration.models.roles import Role
from registration.services.badges.designs import storing
from registration.services.badges.designs.faces import Face, Occasion
from registration.services.badges.designs.model import Design
from registration.services.badges.press import Press
from registration.services.badges.runs import asking, choosing
from registration.services.badges.runs.imposing import Grid
from registration.services.badges.runs.orders import Grouping, Order, Which
from registration.services.jobs.records import Writer
from registration.services.papers.reading import chunks, streaming

PART = 500
"""Badges that a worker makes at a time; a part begins with a sheet."""
UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
BLANK = "blank"
"""The group of badges without a name."""

Rows = Sequence[Mapping[str, object]]
Note = Callable[[Rows], None]


class Item(msgspec.Struct, array_like=True):
    """One badge of a plan."""

    group: int
    face: Face


class Part(msgspec.Struct, array_like=True):
    """What one worker draws at a time."""

    first: int
    """The position of its first badge."""
    count: int
    at: int
    """Where its records begin."""


class Plan(msgspec.Struct, kw_only=True):
    """What all badges of a run share; the closing note of its plan."""

    order: Order
    design: Design
    occasion: Occasion
    title: str
    author: str
    groups: list[str]
    """What begins a new sheet or file: the codes of alliances; one for all if nothing does."""
    parts: list[Part]
    badges: int
    """Of people."""
    total: int
    """With blank ones."""


def write(
    path: Path, *, event_id: uuid.UUID, order: Order, run_id: uuid.UUID, on_badges: Note
) -> Plan:
    """Write the plan of a run.

    Reads on a connection of its own, at one moment, so that others can commit meanwhile.

    Args:
        path: the file to write.
        event_id: whose badges.
        order: which of them, and how.
        run_id: the run, for `on_badges`.
        on_badges: is given rows of `models.badges.Printed`, some hundred at a time.

    Raises:
        NotFound: there is no such design any more.
    """
    design = storing.get_design(event_id, order.design)
    press = Press.prepare(event_id, locale=order.locale, design=design)
    shown = choosing.Shown.of(event_id)
    codes = _codes(event_id)
    with path.open("wb") as file, streaming() as connection:
        book = _Book(file, order, design)
        for rows in chunks(connection, choosing.rows(event_id, order.selection)):
            noted = []
            for row in rows:
                digest = shown.digest(row)
                if order.selection.which == Which.CHANGED and digest == row.printed_digest:
                    continue
                noted.append(_printed(run_id, book.total, row, digest))
                book.add(codes[row.alliance_id], press.face(row))
            on_badges(noted)
        badges = book.total
        blank = _blank(event_id, order, press)
        for _ in range(order.layout.blanks):
            book.add(BLANK, blank)
        plan = Plan(
            order=order,
            design=design,
            occasion=press.occasion,
            title=press.title,
            author=press.organiser,
            groups=book.groups,
            parts=book.parts,
            badges=badges,
            total=book.total,
        )
        book.close(plan)
    return plan


def _printed(run_id: uuid.UUID, position: int, row: Row[Any], digest: str) -> Mapping[str, object]:
    return asking.row_of(
        run_id, position, badge_id=row.badge_id, generation=row.generation, digest=digest
    )


def _blank(event_id: uuid.UUID, order: Order, press: Press) -> Face:
    """Return a badge to write on by hand, for the role and the alliance that were asked for."""
    layout = order.layout
    role = select(Role.id).filter_by(event_id=event_id, code=layout.blank_role)
    alliance = select(Alliance.id).filter_by(event_id=event_id, code=layout.blank_alliance)
    face = press.blank(db.session.scalars(role).one_or_none())
    name, colour = press.alliances[db.session.scalars(alliance).one_or_none()]
    if not name:
        return face
    return replace(face, words={**face.words, "alliance": name}, alliance_colour=colour)


def _codes(event_id: uuid.UUID) -> Mapping[int | None, str]:
    """Return the code of each alliance by its id, fit for a file's name."""
    rows = db.session.execute(select(Alliance.id, Alliance.code).filter_by(event_id=event_id))
    return {None: ""} | {row.id: UNSAFE.sub("-", row.code) for row in rows}


class _Book:
    """A plan being written: its badges in order, cut into groups and parts."""

    def __init__(self, file: BinaryIO, order: Order, design: Design) -> None:
        self.total = 0
        self.groups: list[str] = []
        self.parts: list[Part] = []
        self._writer = Writer(file)
        self._encoder = msgspec.json.Encoder(order="deterministic")
        self._is_grouped = order.layout.grouping != Grouping.NONE
        self._places = Grid.of(design, order.layout).places
        self._on_sheet = 0
        self._group = ""

    def add(self, group: str, face: Face) -> None:
        """Write one badge; where groups are kept apart, another one begins a sheet."""
        begins = not self.groups or (self._is_grouped and group != self._group)
        if begins:
            self.groups.append(group if self._is_grouped else "")
            self._group = group
        if begins or self._on_sheet == self._places:
            self._begin_sheet()
        self._writer.add(self._encoder.encode(Item(len(self.groups) - 1, face)))
        self.parts[-1].count += 1
        self._on_sheet += 1
        self.total += 1

    def close(self, plan: Plan) -> None:
        """Write what all badges share; a plan of none has one empty part."""
        if not self.parts:
            self.groups.append("")
            self.parts.append(Part(0, 0, 0))
        self._writer.close(plan)

    def _begin_sheet(self) -> None:
        self._on_sheet = 0
        if not self.parts or self.parts[-1].count >= PART:
            self.parts.append(Part(self.total, 0, self._writer.at))

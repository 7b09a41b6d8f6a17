"""Checking: whose words a design cuts or makes too small, before anything is printed."""

import uuid
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from registration.languages import DEFAULT
from registration.services.badges import in_force
from registration.services.badges.designs.composing import Warned, compose
from registration.services.badges.designs.model import SIDES, Design
from registration.services.badges.designs.storing import get_design
from registration.services.badges.press import Press
from registration.services.papers.reading import chunks, streaming


class Checked(NamedTuple):
    """A badge that somebody should look at before it is printed."""

    registration_id: uuid.UUID
    name: str
    short_code: str
    warnings: tuple[Warned, ...]
    """See `composing.Warned`; an element that two sides share is named once a side."""


def check(
    event_id: uuid.UUID,
    code: str,
    *,
    design: Design | None = None,
    locale: str = DEFAULT,
    skip: int = 0,
    most: int | None = None,
) -> Iterator[Checked]:
    """Return the badges in force that do not look as the design means them to, as they are found.

    Reads on a connection of its own. Nothing is signed or drawn: a thousand badges take some tenths
    of a second.

    Args:
        event_id: whose badges.
        code: of the design.
        design: one that is not stored yet, to be checked in place of the stored one.
        locale: the language of the words on the badges.
        skip: so many of them are passed over.
        most: the iterator ends after so many; None: never before all badges are checked.

    Raises:
        NotFound: the event has no such design.
    """
    checked = design or get_design(event_id, code)
    press = Press.prepare(event_id, locale=locale, design=checked)
    found = _warned(event_id, checked, press)
    return islice(found, skip, None if most is None else skip + most)


def _warned(event_id: uuid.UUID, design: Design, press: Press) -> Iterator[Checked]:
    with streaming() as connection:
        for rows in chunks(connection, in_force.rows(event_id)):
            for row in rows:
                face = press.face(row, with_code=False)
                warnings = tuple(
                    warned
                    for side in SIDES
                    for warned in compose(design, side, face, press.occasion).warnings
                )
                if warnings:
                    name = face.words.get("name", "")
                    yield Checked(row.registration_id, name, row.short_code, warnings)

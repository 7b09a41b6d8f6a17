"""Whose badges are meant, what they show, and whether they were printed before."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, or_, select

from registration.database import db
from registration.models.alliances import Alliance
from registration.models.badges import Badge, Printed, PrintRun
from registration.models.events import Theme
from registration.models.registrations import FurtherRole, Registration
from registration.models.roles import Role
from registration.services.badges import in_force
from registration.services.badges.runs.orders import Selection, Which

SHOWN = (
    *("badge_id", "generation", "title", "given_name", "family_name", "organisation", "position"),
    *("badge_name", "badge_organisation", "pronouns", "languages", "room", "short_code"),
    "photo_consent",
)
"""The columns of a row that a badge may show, beside its alliance, roles and theme."""


def rows(event_id: uuid.UUID, selection: Selection) -> Select[*tuple[Any, ...]]:
    """Return the statement for the badges that are meant, by alliance and name.

    Of `Which.CHANGED` it has all that were printed; `Shown.has_changed` says which are meant.
    """
    statement = in_force.rows(event_id)
    known = set(statement.selected_columns.keys())
    statement = statement.add_columns(
        *(getattr(Registration, name) for name in SHOWN if name not in known),
        _last_digest().label("printed_digest"),
    )
    if selection.which == Which.NEW:
        statement = statement.where(~_is_printed())
    elif selection.which == Which.CHANGED:
        statement = statement.where(_last_digest().is_not(None))
    if selection.alliance:
        statement = statement.where(Alliance.code == selection.alliance)
    if selection.role:
        statement = statement.where(_has_role(event_id, selection.role))
    if selection.chosen:
        statement = statement.where(Registration.id.in_(selection.chosen))
    return statement


def _has_role(event_id: uuid.UUID, code: str) -> ColumnElement[bool]:
    role = select(Role.id).where(Role.event_id == event_id, Role.code == code).scalar_subquery()
    further = select(FurtherRole.registration_id).where(FurtherRole.role_id == role)
    return or_(Registration.role_id == role, Registration.id.in_(further))


def _is_printed() -> ColumnElement[bool]:
    """Return the condition: it was printed as it is issued now."""
    return (
        select(Printed.badge_id)
        .join(PrintRun, PrintRun.id == Printed.run_id)
        .where(
            Printed.badge_id == Badge.id,
            Printed.generation == Badge.generation,
            PrintRun.finished_at.is_not(None),
        )
        .correlate(Badge)
        .exists()
    )


def _last_digest() -> ScalarSelect[str]:
    """Return what the badge showed when it was printed last; ids of runs rise with time."""
    return (
        select(Printed.digest)
        .join(PrintRun, PrintRun.id == Printed.run_id)
        .where(Printed.badge_id == Badge.id, PrintRun.finished_at.is_not(None))
        .order_by(Printed.run_id.desc())
        .limit(1)
        .correlate(Badge)
        .scalar_subquery()
    )


def count(event_id: uuid.UUID, selection: Selection) -> int:
    """Return how many badges are meant; of `Which.CHANGED`, how many may be."""
    found = rows(event_id, selection).order_by(None)
    return db.session.scalar(found.with_only_columns(func.count(Badge.id))) or 0


def is_any_reprinted(event_id: uuid.UUID, selection: Selection) -> bool:
    """Return whether a badge is meant that was printed before and is not known to have changed."""
    if selection.which != Which.ALL:
        return False
    again = rows(event_id, selection).where(_is_printed()).order_by(None).limit(1)
    return db.session.execute(again).first() is not None


def people(event_id: uuid.UUID, chosen: Sequence[uuid.UUID]) -> Sequence[Registration]:
    """Return those of the chosen registrations that have a badge in force, in print order."""
    found = rows(event_id, Selection(chosen=tuple(chosen))).with_only_columns(Registration)
    return db.session.scalars(found).all()


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What badges of one event show beside the columns of a row, in all languages."""

    alliances: Mapping[int | None, str]
    roles: Mapping[int, str]
    themes: Mapping[int | None, str]

    @classmethod
    def of(cls, event_id: uuid.UUID) -> "Shown":
        """Read the names and colours of the event's alliances, roles and themes."""
        alliances = db.session.execute(
            select(Alliance.id, Alliance.name, Alliance.colour).filter_by(event_id=event_id)
        )
        roles = db.session.execute(
            select(Role.id, Role.title, Role.colour).filter_by(event_id=event_id)
        )
        themes = db.session.execute(select(Theme.id, Theme.title).filter_by(event_id=event_id))
        return cls(
            alliances={None: ""} | {row.id: f"{row.name} {row.colour}" for row in alliances},
            roles={row.id: f"{sorted(row.title.items())} {row.colour}" for row in roles},
            themes={None: ""} | {row.id: str(sorted(row.title.items())) for row in themes},
        )

    def digest(self, row: Row[Any]) -> str:
        """Return 32 letters that differ when the badge shows something else, in any language."""
        further = sorted(map(int, (row.further_role_ids or "").split()))
        told = [repr(getattr(row, name)) for name in SHOWN]
        told += [self.alliances[row.alliance_id], self.themes[row.theme_id]]
        told += [self.roles[role_id] for role_id in (row.role_id, *further)]
        return hashlib.blake2b("\n".join(told).encode(), digest_size=16).hexdigest()

    def has_changed(self, row: Row[Any]) -> bool:
        """Return whether a badge that was printed shows something else now."""
        return bool(row.printed_digest) and row.printed_digest != self.digest(row)

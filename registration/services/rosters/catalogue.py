"""The columns that a list may have."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from registration.services.rosters.columns import ANSWER, Column, Shape, of_questions
from registration.services.rosters.words import Cell, Words


def _called(_words: Words) -> Callable[..., Cell]:
    """Write a name as lists do: "Groß, Dr. Änne"."""
    return lambda family, title, given: (
        f"{family}, {title} {given}" if title else f"{family}, {given}"
    )


def _at_the_door(words: Words) -> Callable[..., Cell]:
    def said(leading: int, further: str | None, note: str) -> str:
        told = words.all_roles(leading, further)
        return f"{told} · {note}" if note else told

    return said


def _left(_words: Words) -> Callable[..., Cell]:
    return lambda is_inside, last_at: last_at if is_inside is False else None


def _whether(words: Words) -> Callable[..., Cell]:
    return lambda value: words.booleans[bool(value)]


def _if_inside(_words: Words) -> Callable[..., Cell]:
    return lambda is_inside: "x" if is_inside else None


def _nothing(_words: Words) -> Callable[..., Cell]:
    return lambda: None


def _precedence(_words: Words) -> Callable[..., Cell]:
    return lambda place: place or None


NAME = ("family_name", "title", "given_name")
ROLES = ("role_id", "further_roles")


def _column(code: str, header: Any, *reads: str, **more: Any) -> Column:
    return Column(code=code, header=header, reads=reads or (code,), **more)


COLUMNS: Mapping[str, Column] = {
    column.code: column
    for column in (
        _column(
            "alliance",
            _l("Alliance"),
            "alliance_id",
            make=lambda words: words.alliances.__getitem__,
            width=30,
        ),
        _column("family_name", _l("Family name"), width=22),
        _column("given_name", _l("Given name")),
        _column("name", _l("Name"), *NAME, make=_called, width=34),
        _column("title", _l("Academic title"), width=12),
        _column(
            "salutation",
            _l("Salutation"),
            make=lambda words: words.salutations.__getitem__,
            width=11,
        ),
        _column("organisation", _l("Organisation"), width=36),
        _column("position", _l("Position"), width=28),
        _column(
            "sector",
            _l("Sector"),
            "sector_id",
            make=lambda words: words.sectors.__getitem__,
            width=16,
        ),
        _column("role", _l("Role"), *ROLES, make=lambda words: words.all_roles, width=20),
        _column(
            "role_note",
            _l("Role and note"),
            *ROLES,
            "gate_note",
            make=_at_the_door,
            width=22,
            is_sensitive=True,
        ),
        _column("theme", _l("Theme"), "theme_id", make=lambda words: words.themes.__getitem__),
        _column("email", _l("Email"), width=32, is_sensitive=True),
        _column(
            "bounced",
            _l("Mail came back"),
            "bounced_at",
            width=17,
            shape=Shape.MOMENT,
            is_sensitive=True,
        ),
        _column("short_code", _l("Short code"), width=14),
        _column("state", _l("State"), make=lambda words: words.states.__getitem__, width=14),
        _column(
            "photo_consent",
            _l("Photos"),
            make=lambda words: words.booleans.__getitem__,
            width=8,
        ),
        _column(
            "diet",
            _l("Food"),
            make=lambda words: words.diets.__getitem__,
            width=14,
            is_sensitive=True,
        ),
        _column("support_needs", _l("Support needed"), width=36, is_sensitive=True),
        _column("badge_name", _l("Name on the badge"), width=28),
        _column("badge_organisation", _l("Organisation on the badge"), width=30),
        _column("pronouns", _l("Pronouns"), width=12),
        _column("languages", _l("Languages"), width=14),
        _column("room", _l("Room"), width=12),
        _column("precedence", _l("Precedence"), make=_precedence, width=11, shape=Shape.NUMBER),
        _column("gate_note", _l("Note for the door"), width=28, is_sensitive=True),
        _column("host_email", _l("Host"), width=32, is_sensitive=True),
        _column(
            "source",
            _l("Came by"),
            make=lambda words: words.sources.__getitem__,
            width=14,
            is_sensitive=True,
        ),
        _column("created_at", _l("Registered at"), width=17, shape=Shape.MOMENT),
        _column("arrived_at", _l("Arrived at"), "first_at", width=17, shape=Shape.MOMENT),
        _column("gate", _l("Gate"), "first_gate", make=lambda words: words.gate, width=16),
        _column("inside", _l("Inside"), "is_inside", make=_whether, width=8),
        _column(
            "left", _l("Left at"), "is_inside", "last_at", make=_left, width=17, shape=Shape.MOMENT
        ),
        Column(code="box", header="", reads=("first_at",), width=4, shape=Shape.BOX),
        Column(
            code="in_box",
            header=_l("In"),
            reads=("is_inside",),
            make=_if_inside,
            width=4,
            shape=Shape.BOX,
        ),
        Column(code="safe", header=_l("Safe"), reads=(), make=_nothing, width=6, shape=Shape.BOX),
        Column(
            code="signature",
            header=_l("Signature"),
            reads=(),
            make=_nothing,
            width=40,
            shape=Shape.SIGNATURE,
        ),
    )
}
"""Those that every event has, by code, in the order in which they are offered."""


def available(event_id: uuid.UUID) -> Mapping[str, Column]:
    """Return all columns that lists of the event may have, by code."""
    return {**COLUMNS, **{column.code: column for column in of_questions(event_id)}}


def chosen(event_id: uuid.UUID, codes: Iterable[str]) -> Sequence[Column]:
    """Return the columns of these codes, in their order; those that are gone are left out."""
    codes = list(codes)
    asks = any(code.startswith(ANSWER) for code in codes)
    found = available(event_id) if asks else COLUMNS
    return [found[code] for code in codes if code in found]

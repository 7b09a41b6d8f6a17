"""Which list is wanted, as what file, and for whom: what jobs, dispatches and commands say."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from registration.database import db
from registration.errors import Invalid, NotFound
from registration.languages import LANGUAGES
from registration.models.alliances import Alliance
from registration.models.events import Event
from registration.services.folding import fold
from registration.services.questions import day
from registration.services.rosters import (
    ENDINGS,
    RosterFormat,
    RosterKind,
    kinds,
    parsing,
    people,
    presets,
)
from registration.services.rosters.spec import Spec

PARAMETERS = frozenset(
    {"kind", "format", "locale", "preset", "spec", "alliance", "recipient", "purpose", "expires"}
    | {"outside"}
)
UNSAFE = re.compile(r"[^a-z0-9]+")
MOST_NAME = 60


@dataclass(frozen=True, kw_only=True)
class Handover:
    """Who gets a list from the organisers, what for, and until when they may keep it."""

    recipient: str = ""
    purpose: str = ""
    expires_on: date | None = None

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return bool(self.recipient or self.purpose or self.expires_on)

    def told(self, locale: str, *, most: int | None = None) -> str:
        """Say it in one line, in the present language; "" where there is nothing to say.

        Args:
            locale: the language of the day.
            most: signs; of a longer line the purpose is shortened, never the day.
        """
        told = self._told(locale)
        if most is None or len(told) <= most:
            return told
        room = max(len(self.purpose) - (len(told) - most) - 1, 0)
        return replace(self, purpose=f"{self.purpose[:room]}…")._told(locale)

    def _told(self, locale: str) -> str:
        told = []
        if self.recipient:
            told.append(_("For %(recipient)s", recipient=self.recipient))
        if self.purpose:
            told.append(_("Purpose: %(purpose)s", purpose=self.purpose))
        if self.expires_on:
            told.append(_("To be destroyed by %(day)s", day=day(self.expires_on, locale)))
        return " · ".join(told)


NOBODY = Handover()
"""The list stays with the organisers."""


def for_the_house(event: Event) -> dict[str, str]:
    """Return what is noted on a list for the event's house, in the present language.

    It is the house that gets it, for its own guest list, until the day after the event.
    """
    return {
        "recipient": event.venue_name,
        "purpose": _("Guest list of the house"),
        "expires": (event.held_on + timedelta(days=1)).isoformat(),
    }


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One list as one file."""

    event_id: uuid.UUID
    spec: Spec
    file_format: RosterFormat
    locale: str
    alliance_id: int | None = None
    """Only the people of this alliance."""
    alliance_code: str = ""
    handover: Handover = NOBODY

    @classmethod
    def of(cls, event_id: uuid.UUID, parameters: Mapping[str, str]) -> "Wanted":
        """Return what these parameters say; only ``kind``, ``format`` and ``locale`` are needed.

        Args:
            event_id: whose list.
            parameters: ``preset`` is the id of one, and goes before ``kind``; ``spec`` is a whole
                spec as JSON, and goes before both; ``alliance`` is a code; ``recipient``,
                ``purpose`` and ``expires`` (ISO date) are noted on the list; with ``outside``,
                it has nothing that only organisers need, see `parsing.for_others`.

        Raises:
            Invalid: ``details["fields"]`` says for each parameter what is wrong.
            NotFound: there is no such preset or alliance.
        """
        problems = dict.fromkeys(set(parameters) - PARAMETERS, "unknown")
        for name, among in (("kind", RosterKind), ("format", RosterFormat), ("locale", LANGUAGES)):
            if parameters.get(name) not in [*among]:
                problems[name] = "unknown"
        try:
            expires = parameters.get("expires")
            expires_on = date.fromisoformat(expires) if expires else None
        except ValueError:
            problems["expires"] = "unknown"
        if problems:
            raise Invalid(fields=problems)
        alliance = _alliance(event_id, parameters.get("alliance", ""))
        spec = _spec(event_id, parameters)
        return cls(
            event_id=event_id,
            spec=parsing.for_others(event_id, spec) if parameters.get("outside") else spec,
            file_format=RosterFormat(parameters["format"]),
            locale=parameters["locale"],
            alliance_id=alliance.id if alliance else None,
            alliance_code=alliance.code if alliance else "",
            handover=Handover(
                recipient=parameters.get("recipient", ""),
                purpose=parameters.get("purpose", ""),
                expires_on=expires_on,
            ),
        )

    def count(self) -> int:
        """Return how many people are on the list now."""
        return people.count(self.event_id, self.spec, self.alliance_id)

    def file_name(self, slug: str, day: date) -> str:
        """Return what a reader's copy is called: safe letters only, whatever the title says."""
        called = _safe(self.spec.title) or str(self.spec.kind)
        parts = (_safe(slug), called, _safe(self.alliance_code))
        return f"{'-'.join(part for part in parts if part)}-{day}.{ENDINGS[self.file_format]}"


def _safe(text: str) -> str:
    return UNSAFE.sub("-", fold(text))[:MOST_NAME].strip("-")


def _spec(event_id: uuid.UUID, parameters: Mapping[str, str]) -> Spec:
    if parameters.get("spec"):
        return _told(event_id, parameters["spec"])
    preset = parameters.get("preset", "")
    if not preset:
        return kinds.ready(event_id, RosterKind(parameters["kind"]))
    if not preset.isascii() or not preset.isdigit():
        raise NotFound(noun="preset", name=preset)
    return presets.spec_of(presets.get_preset(event_id, int(preset)))


def _told(event_id: uuid.UUID, text: str) -> Spec:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Invalid(fields={"spec": "unknown"})
    return parsing.parse(event_id, data)


def _alliance(event_id: uuid.UUID, code: str) -> Alliance | None:
    if not code:
        return None
    query = select(Alliance).filter_by(event_id=event_id, code=code)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(noun="alliance", name=code)
    return found

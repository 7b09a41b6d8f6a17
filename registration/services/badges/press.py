"""The press: what is read once for all badges of an event, and what each of them then says."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from registration.database import db
from registration.languages import force_locale, long_date
from registration.models.alliances import Alliance
from registration.models.events import Event, Theme
from registration.models.roles import Role
from registration.services import roles
from registration.services.badges.designs import logos
from registration.services.badges.designs.faces import Face, Occasion
from registration.services.badges.designs.model import Design
from registration.services.badges.in_force import Signer
from registration.services.papers.fonts import printable

ABBREVIATION = re.compile(r"(?<![^\W\d_])([^\W\d_]\.) (?=[^\W\d_]{1,2}\.)")
"""The first part of what is not broken at its space: "e. V.", "h. c."."""
BETWEEN = ", "
"""Between further roles."""


@dataclass(frozen=True, kw_only=True)
class Press:
    """What is read once for all badges of an event, in one language."""

    signer: Signer
    title: str
    """Of a document with these badges."""
    organiser: str
    locale: str
    occasion: Occasion
    alliances: Mapping[int | None, tuple[str, str]]
    roles: Mapping[int, tuple[str, str, str]]
    """Title, colour and code of each."""
    ranks: Mapping[int, int]
    themes: Mapping[int | None, str]
    theme_label: str
    no_photo: str

    @classmethod
    def prepare(cls, event_id: uuid.UUID, *, locale: str, design: Design | None = None) -> "Press":
        """Read what all badges of the event share.

        Args:
            event_id: whose badges.
            locale: the language of the words on them.
            design: whose logos are wanted; None: all of the event's.

        Raises:
            SettingRefused: the event's keys were sealed under another secret key.
        """
        session = db.session
        event = session.get_one(Event, event_id)
        alliances = session.execute(
            select(Alliance.id, Alliance.name, Alliance.colour).filter_by(event_id=event_id)
        )
        titles = session.execute(
            select(Role.id, Role.title, Role.colour, Role.code).filter_by(event_id=event_id)
        )
        themes = session.execute(select(Theme.id, Theme.title).filter_by(event_id=event_id))
        with force_locale(locale):
            words = _words_of(event, locale)
            title = _("Badges: %(event)s", event=words["event"])
            theme_label, no_photo = printable(_("Theme")), printable(_("No photos, please"))
        return cls(
            signer=Signer.of(event_id),
            title=title,
            organiser=event.organiser_name,
            locale=locale,
            occasion=Occasion(words=words, logos=logos.artworks(event_id, design)),
            alliances={None: ("", "#ffffff")}
            | {row.id: (printable(row.name), row.colour) for row in alliances},
            roles={
                row.id: (printable(row.title.in_locale(locale)), row.colour, row.code)
                for row in titles
            },
            ranks=roles.ranks_of(event_id),
            themes={None: ""} | {row.id: printable(row.title.in_locale(locale)) for row in themes},
            theme_label=theme_label,
            no_photo=no_photo,
        )

    def face(self, row: Any) -> Face:
        """Return what one person's badge shows.

        Args:
            row: one of `in_force.rows`, or an `in_force.row_of`.
        """
        ids = (row.role_id, *roles.in_order(row.further_role_ids, self.ranks))
        titles, colours, codes = zip(*(self.roles[each] for each in ids), strict=True)
        alliance, alliance_colour = self.alliances[row.alliance_id]
        theme = self.themes[row.theme_id]
        words = _names(row) | {
            "title": _unbroken(row.title),
            "organisation": _unbroken(row.badge_organisation or row.organisation),
            "position": row.position,
            "alliance": alliance,
            "role": titles[0],
            "further_roles": BETWEEN.join(titles[1:]),
            "theme": theme,
            "theme_label": self.theme_label if theme else "",
            "room": row.room,
            "pronouns": row.pronouns,
            "languages": row.languages,
            "short_code": row.short_code,
            "no_photo": self.no_photo if row.photo_consent is False else "",
        }
        return Face(
            words={field: printable(word) for field, word in words.items() if word},
            token=self.signer.token(row),
            role_colour=colours[0],
            alliance_colour=alliance_colour,
            roles=codes,
        )

    def blank(self, role_id: int | None = None) -> Face:
        """Return a badge to write on by hand: no name, no code, and a role if one is given."""
        title, colour, code = self.roles[role_id] if role_id else ("", "#000000", "")
        words = {"role": title} if title else {}
        return Face(words=words, token="", role_colour=colour, roles=(code,) if code else ())


def _words_of(event: Event, locale: str) -> dict[str, str]:
    """Return the words that all badges of an event share, in the present language."""
    words = {
        "event": event.title.in_locale(locale),
        "programme_line": event.programme_line,
        "date": long_date(event.held_on),
        "place": ", ".join(filter(None, (event.venue_name, event.venue_city))),
        "organiser": event.organiser_name,
    }
    return {field: printable(word) for field, word in words.items()}


def _unbroken(text: str) -> str:
    """Return the text with spaces inside abbreviations at which no line is broken."""
    return ABBREVIATION.sub("\\1\u00a0", text)


def _names(row: Any) -> dict[str, str]:
    """Return what the person is called: a name for the badge stands in place of both others."""
    if row.badge_name:
        return {"given_name": row.badge_name, "name": row.badge_name}
    return {
        "given_name": row.given_name,
        "family_name": row.family_name,
        "name": f"{row.given_name} {row.family_name}",
    }

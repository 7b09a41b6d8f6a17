"""Ask for a list as a file or as a page."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError

from registration import languages
from registration.forms.choices import Choice, ChoiceField
from registration.forms.text import Plain, Required, TextField
from registration.models.rosters import RosterPreset
from registration.services.events import Prospectus
from registration.services.rosters import RosterKind, kinds

OWN = "own-"
"""Begins the name of a list that organisers have put together, before its number."""

FORMATS = (
    Choice("xlsx", _l("Excel workbook (XLSX)"), _l("Typed cells, frozen header, filter.")),
    Choice("pdf", _l("PDF to print"), _l("With heads, page numbers, and when it was made.")),
    Choice(
        "csv-excel", _l("CSV for Excel"), _l("Semicolons and German dates; opens by double-click.")
    ),
    Choice("csv", _l("CSV for programs"), _l("Commas, UTF-8, ISO dates.")),
)

ABOUT: Mapping[RosterKind, Any] = {
    RosterKind.ATTENDANCE: _l("For yourselves: everybody who is confirmed, with all they told."),
    RosterKind.DOOR: _l("For the entrance, should all devices fail: A to Z, with who is in now."),
    RosterKind.SIGNATURE: _l("For the funder: to sign by hand, a sheet for each alliance."),
    RosterKind.SECURITY: _l("For the house’s own gate: only the names that it needs."),
    RosterKind.CATERING: _l("For the caterer: how many eat what, and what support is needed."),
    RosterKind.DELEGATION: _l("For coordinators: the people of their alliance, on its own page."),
    RosterKind.PRESS: _l("For the press desk: who comes, and who agrees to photos."),
    RosterKind.EVACUATION: _l("For the assembly point: who is inside now, to tick when safe."),
    RosterKind.PROTOCOL: _l("For whoever greets: by rank, in the order in which they are named."),
    RosterKind.REPORT: _l("For the funder: who registered, came and did not come, in numbers."),
    RosterKind.THEMES: _l("For those who lead workshops: the people of each theme."),
}
"""Whom each ready-made list is for, and what is on it."""

ASKED = _l("Choose one of these.")
NEEDED = _l("Needed on a list that leaves the house: it is printed on it and written down.")


class DayField(TextField):
    """A day as browsers send it (ISO 8601)."""

    def pre_validate(self, _form: object) -> None:
        """Refuse what is no day.

        Raises:
            ValidationError: it is none.
        """
        try:
            day = date.fromisoformat(self.data or "2000-01-01")
            self.data = day.isoformat() if self.data else ""  # Python knows shorter forms, too
        except ValueError as error:
            raise ValidationError(_("Enter a date, for instance 2026-11-30.")) from error


class RosterForm(FlaskForm):
    """Which list, as what, of whom; and for lists that leave the house, to whom and why."""

    kind = ChoiceField(_l("List"), [Required(ASKED)], default="attendance", unknown=ASKED)
    format = ChoiceField(_l("Format"), [Required(ASKED)], default="xlsx", unknown=ASKED)
    locale = ChoiceField(_l("Language of the list"), default=languages.current, unknown=ASKED)
    alliance = ChoiceField(_l("Alliance"), default="", unknown=ASKED)
    recipient = TextField(
        _l("Recipient"), [Plain(120)], default="", description=_l("Who gets this list.")
    )
    purpose = TextField(
        _l("Purpose"),
        [Plain(200)],
        default="",
        description=_l("What they need it for, for instance the guest list of the house."),
    )
    expires = DayField(
        _l("To be destroyed by"), default="", description=_l("Stands on the list, too.")
    )

    def offer(self, prospectus: Prospectus, presets: Sequence[RosterPreset]) -> None:
        """Fill the lists; the organisers' own are offered beside the ready-made ones."""
        ready = [Choice(kind, str(kinds.TITLES[kind])) for kind in RosterKind]
        own = [Choice(f"{OWN}{each.id}", each.title) for each in presets]
        self.kind.choices = [*ready, *own]
        self.format.choices = FORMATS
        self.locale.choices = [Choice(code, name) for code, name in languages.LANGUAGES.items()]
        alliances = [Choice(each.code, each.name) for each in prospectus.alliances]
        self.alliance.choices = [Choice("", _("All alliances")), *alliances]
        self._security = {RosterKind.SECURITY.value} | {
            f"{OWN}{each.id}" for each in presets if each.data.get("kind") == RosterKind.SECURITY
        }

    @property
    def leaves_the_house(self) -> bool:
        """Whether the list is for somebody outside, so that it must say for whom and why."""
        return self.kind.data in self._security

    def validate_recipient(self, field: Field) -> None:
        """Ask for it where it is needed; WTForms calls this.

        Raises:
            ValidationError: it is missing.
        """
        if self.leaves_the_house and not field.data:
            raise ValidationError(str(NEEDED))

    validate_purpose = validate_expires = validate_recipient

    def parameters(self) -> dict[str, str]:
        """Return what a job needs to know, once `validate` has agreed; what is empty is left out.

        The ``kind`` of an own list is its preset's business, see `views.rosters`.
        """
        optional = ("alliance", "recipient", "purpose", "expires")
        return {
            "format": self.format.data,
            "locale": self.locale.data or languages.current(),
            **{name: self[name].data for name in optional if self[name].data},
        }

"""Bringing a list of people, and saying what its columns hold."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from registration import languages
from registration.forms.choices import Choice, ChoiceField
from registration.models.alliances import Alliance
from registration.services.imports import Bounds, Column, Target, usual_role

UNKNOWN = _l("Please choose one of the entries that the list offers.")
COLUMN = "column-"
"""Begins the name of the field of a column; its number follows, from 0."""


class UploadForm(FlaskForm):
    """A list of people, and whose they are."""

    sheet = FileField(
        _l("List"),
        [FileRequired(_l("Choose a file first."))],
        description=_l("XLSX or CSV, at most 10 MB and 20,000 people."),
    )
    alliance = ChoiceField(
        _l("Alliance"),
        default="",
        unknown=UNKNOWN,
        description=_l("Choose one if all people on the list come for it."),
    )

    def offer(self, alliances: Sequence[Alliance]) -> None:
        """Fill the list of alliances."""
        self.alliance.choices = (
            Choice("", _("As the list says, or none")),
            *(Choice(each.code, each.name) for each in alliances),
        )


class ColumnsForm(FlaskForm):
    """What each column of a list holds, and the role of people who have none."""

    role = ChoiceField(_l("Role of people for whom the list has none"), default="", unknown=UNKNOWN)

    def offer(self, bounds: Bounds) -> None:
        """Fill the list of roles; what it says first is what happens if none is chosen."""
        usual = usual_role(bounds)
        usually = (
            _("%(role)s, unless the list has roles", role=languages.in_language(usual.title))
            if usual is not None
            else _("None: the list must say it")
        )
        self.role.choices = (
            Choice("", usually),
            *(Choice(each.code, languages.in_language(each.title)) for each in bounds.roles),
        )

    def chosen(
        self, sent: Mapping[str, Any], columns: Sequence[Column], targets: Sequence[Target]
    ) -> Mapping[int, str]:
        """Return what the columns hold by what was sent; of several for the same, the first."""
        known = {target.code for target in targets}
        found: dict[int, str] = {}
        for column in columns:
            code = str(sent.get(f"{COLUMN}{column.index}", ""))
            if code in known and code not in found.values():
                found[column.index] = code
        return found

"""Ask for a list as a file."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from registration.forms.choices import Choice, ChoiceField
from registration.forms.text import Required

KINDS = (Choice("attendance", _l("Attendance list")),)

FORMATS = (
    Choice("xlsx", _l("Excel workbook (XLSX)"), _l("Typed cells, frozen header, filter.")),
    Choice("pdf", _l("PDF to print"), _l("Attendance list by alliance, with page numbers.")),
    Choice(
        "csv-excel", _l("CSV for Excel"), _l("Semicolons and German dates; opens by double-click.")
    ),
    Choice("csv", _l("CSV for programs"), _l("Commas, UTF-8, ISO dates.")),
)

ASKED = _l("Choose one of these.")


class RosterForm(FlaskForm):
    """Which list, and in which format."""

    kind = ChoiceField(_l("List"), [Required(ASKED)], default=KINDS[0].code, unknown=ASKED)
    format = ChoiceField(_l("Format"), [Required(ASKED)], default="xlsx", unknown=ASKED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = KINDS
        self.format.choices = FORMATS

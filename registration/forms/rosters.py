"""Ask for a list as a file."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField

FORMATS = (
    ("xlsx", _l("Excel workbook (XLSX)"), _l("Typed cells, frozen header, filter.")),
    ("pdf", _l("PDF to print"), _l("Attendance list by alliance, with page numbers.")),
    ("csv-excel", _l("CSV for Excel"), _l("Semicolons and German dates; opens by double-click.")),
    ("csv", _l("CSV for programs"), _l("Commas, UTF-8, ISO dates.")),
)
"""Value, name and hint of each format."""


class RosterForm(FlaskForm):
    """Which list, and in which format."""

    kind = RadioField(
        _l("List"), choices=[("attendance", _l("Attendance list"))], default="attendance"
    )
    format = RadioField(
        _l("Format"),
        choices=FORMATS,
        default="xlsx",
    )

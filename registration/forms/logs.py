"""Bring the log that a scanner has saved as a file."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired


class LogForm(FlaskForm):
    """A file that the scanner wrote; what is in it is for the service to judge."""

    log = FileField(
        _l("Saved log"),
        [FileRequired(_l("Choose a file first."))],
        description=_l("The file that the scanner saved, as it is: JSON, at most 10 MB."),
    )

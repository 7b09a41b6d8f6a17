"""Bring a logo."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from registration.forms.text import Plain, Required, TextField
from registration.services.badges.designs.logos import MOST_BYTES, MOST_TITLE


class LogoForm(FlaskForm):
    """A picture, and what it shows."""

    title = TextField(
        _l("What the logo shows"),
        [Required(_l("Say what the logo shows.")), Plain(MOST_TITLE)],
        description=_l("For those who cannot see it, and for the list of logos."),
    )
    content = FileField(
        _l("File"),
        [FileRequired(_l("Please choose a file."))],
        description=_l("PNG, JPEG or SVG, at most 2 MB and 2000 pixels a side."),
    )

    def bytes(self) -> bytes:
        """Return the file, or of one that is too large as much as shows it."""
        with self.content.data.stream as stream:
            content: bytes = stream.read(MOST_BYTES + 1)
        return content

"""Make the file of a dispatch; imports what papers need, so only workers and commands import it."""

import io
import secrets
import tempfile
from datetime import datetime
from pathlib import Path

from pypdf import PdfReader, PdfWriter

from registration.database import db
from registration.models.events import Event
from registration.models.rosters import Dispatch
from registration.services.dispatches.keeping import folder
from registration.services.rosters import ENDINGS, MEDIA_TYPES, RosterFormat, making

ALGORITHM = "AES-256"
"""ISO 32000-2 §7.6.4.3.3, revision 6; what older readers cannot open is not offered."""


def write(path: Path, dispatch: Dispatch, *, as_of: datetime) -> int:
    """Write the list of a dispatch as it is now; return how many people are on it."""
    return making.write(
        path,
        event_id=dispatch.event_id,
        file_format=RosterFormat(dispatch.roster["format"]),
        locale=dispatch.roster["locale"],
        as_of=as_of,
        on_progress=_unseen,
    )


def _unseen(_steps: int) -> None:
    """Tell nobody how far it is."""


def content_of(dispatch: Dispatch, *, as_of: datetime) -> tuple[bytes, int]:
    """Return the list of a dispatch as it is now, and how many people are on it."""
    with tempfile.TemporaryDirectory(dir=folder()) as made:
        path = Path(made) / "list"
        people = write(path, dispatch, as_of=as_of)
        return path.read_bytes(), people


def encrypted(document: bytes, password: str) -> bytes:
    """Return a PDF that opens only with the password, and whose texts nobody else can read.

    The owner's password, with which a reader could lift restrictions, is forgotten at once: there
    are none to lift.
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(document)))
    writer.encrypt(
        user_password=password,
        owner_password=secrets.token_urlsafe(32),
        algorithm=ALGORITHM,
    )
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def file_name(dispatch: Dispatch, *, as_of: datetime, what: str = "list") -> str:
    """Return what the recipient's copy is called; it says nothing of who is on it."""
    event = db.session.get_one(Event, dispatch.event_id)
    day = as_of.astimezone(event.zone).date()
    return f"{event.slug}-{what}-{day}.{ENDINGS[RosterFormat(dispatch.roster['format'])]}"


def media_type(dispatch: Dispatch) -> str:
    """Return what its file is."""
    return MEDIA_TYPES[RosterFormat(dispatch.roster["format"])]

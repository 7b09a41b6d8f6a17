"""Make the file of a dispatch; imports what papers need, so only workers and commands import it."""

import io
import secrets
import tempfile
from datetime import datetime
from pathlib import Path

from pypdf import PdfReader, PdfWriter

from registration.models.rosters import Dispatch
from registration.services.dispatches import listing
from registration.services.dispatches.keeping import folder
from registration.services.rosters import making

ALGORITHM = "AES-256"
VERSION = "%PDF-2.0"
"""ISO 32000-2 §7.6.4.3.3, revision 6; what readers older than it can open is not offered."""


def _unseen(_steps: int) -> None:
    """Tell nobody how far it is."""


def content_of(dispatch: Dispatch, *, as_of: datetime) -> tuple[bytes, int]:
    """Return the list of a dispatch as it is now, and how many people are on it."""
    with tempfile.TemporaryDirectory(dir=folder()) as made:
        path = Path(made) / "list"
        people = making.make(path, listing.wanted(dispatch), as_of=as_of, on_progress=_unseen)
        return path.read_bytes(), people


def encrypted(document: bytes, password: str) -> bytes:
    """Return a PDF that opens only with the password, and whose texts nobody else can read.

    The owner's password, with which a reader could lift restrictions, is forgotten at once: there
    are none to lift.
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(document)))
    writer.pdf_header = VERSION
    writer.encrypt(
        user_password=password,
        owner_password=secrets.token_urlsafe(32),
        algorithm=ALGORITHM,
    )
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()

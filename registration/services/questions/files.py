"""Files as answers: what a file is, is judged by its content, never by its name."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from registration.models.questions import Question
from registration.services.questions.reading import refused
from registration.services.text import find_hidden, tidy

MOST_BYTES = 5_000_000
MEGABYTE = 1_000_000
LONGEST_NAME = 100
SIGNATURES = (
    (b"%PDF-", "application/pdf", (".pdf",)),
    (b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
)
"""How a file begins, what it then is, and how its name ends."""


@dataclass(frozen=True)
class Upload:
    """A file that may be kept: its name made safe, and what it really is."""

    name: str
    media_type: str
    content: bytes


def accept(question: Question, name: str, content: bytes) -> Upload:
    """Return the file as it may be kept.

    Raises:
        Invalid: it is larger than `MOST_BYTES`, or neither PDF nor PNG nor JPEG.
    """
    if len(content) > MOST_BYTES:
        raise refused(question, "file_too_large", limit=MOST_BYTES // MEGABYTE)
    for begin, media_type, endings in SIGNATURES:
        if content.startswith(begin):
            return Upload(_safe_name(name, endings), media_type, content)
    raise refused(question, "file_kind")


def _safe_name(name: str, endings: tuple[str, ...]) -> str:
    """Return the last part of a name, without what nobody sees, ending as the content is."""
    last = PurePosixPath(tidy(name).replace("\\", "/")).name
    while hidden := find_hidden(last):
        last = last.replace(hidden, "")
    stem = last[: -len(PurePosixPath(last).suffix) or None].strip(". ") or "file"
    ending = PurePosixPath(last).suffix.lower()
    return stem[:LONGEST_NAME] + (ending if ending in endings else endings[0])

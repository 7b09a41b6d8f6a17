"""Checking: what should be looked at before one badge is printed at once, as print runs find it."""

import uuid
from hashlib import sha256

from registration.services.badges import sheets
from registration.services.badges.runs.drawing import Pair, told


def look_at(registration_id: uuid.UUID, *, design: str) -> str:
    """Return what does not fit on a badge, as it is written down; "" where all does.

    Args:
        registration_id: whose badge.
        design: the code of the design.

    Raises:
        NotFound: there is no such badge in force, or no such design.
    """
    ready = sheets.get_ready(registration_id, design=design)
    return told(Pair.of(ready.design, ready.face, ready.press.occasion).warnings)


def mark_of(warning: str) -> str:
    """Return what a form carries of a warning that was seen; "" of none."""
    return sha256(warning.encode()).hexdigest()[:16] if warning else ""

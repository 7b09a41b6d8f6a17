"""Answers: what the door is told about scans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from registration.database import Localised
from registration.models.gates import ScanState, Verdict


class Answer(Struct, frozen=True, kw_only=True):
    """What the door is told about one scan. The role is None where no badge is known."""

    id: str | None
    state: ScanState
    verdict: Verdict | None = None
    first_at: datetime | None = None
    first_gate: str | None = None
    name: str | None = None
    alliance: str | None = None
    role: Localised | None = None
    reason: str | None = None
    badge_id: str | None = None
    """Of a walk-in that was stored: the badge that they have now."""
    already: str | None = None
    """Of whoever was let in before and is not now: their badge."""


@dataclass(frozen=True)
class Receipt:
    """The answer to one request: one for each scan, in the order asked; then for what was none."""

    answers: Sequence[Answer]
    refused: Sequence[Answer]
    acknowledged: int
    """Every scan of the device up to this number is stored, or was refused for good."""

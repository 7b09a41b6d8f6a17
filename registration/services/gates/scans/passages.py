"""Passages: whether a badge's person is inside, and what one more scan makes of that."""

from dataclasses import dataclass, replace
from datetime import datetime

from registration.models.gates import ScanKind, Verdict


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Whether a badge's person is inside, and since when they are known at the gates."""

    inside: bool
    first_at: datetime
    first_gate: str
    last_at: datetime
    revision: int


def judge(
    passage: Passage | None, *, kind: ScanKind, at: datetime, gate: str
) -> tuple[Verdict, Passage | None]:
    """Decide one scan of a badge that is valid; return the verdict and the passage after it.

    Pure: an entry while inside is a duplicate, an exit while outside a stray.
    """
    inside = passage is not None and passage.inside
    if kind == ScanKind.EXIT:
        if passage is None or not inside:
            return Verdict.STRAY, passage
        return Verdict.ADMITTED, replace(passage, inside=False, last_at=at)
    if passage is None:
        return Verdict.ADMITTED, Passage(
            inside=True, first_at=at, first_gate=gate, last_at=at, revision=0
        )
    if inside:
        return Verdict.DUPLICATE, passage
    return Verdict.ADMITTED, replace(passage, inside=True, last_at=at)

"""Remarks: what a transaction's scans leave for people to look at, written beside them."""

import uuid
from datetime import datetime
from hashlib import blake2b
from typing import Any

from registration.models.gates import FindingKind
from registration.services.gates import findings
from registration.services.gates.scans.seen import Seen, Unreadable

MOST_RAW = 4000


class Remarks:
    """Findings to be written with the scans; each once, whoever writes it first."""

    def __init__(self, event_id: uuid.UUID, moment: datetime) -> None:
        self._event_id = event_id
        self._moment = moment
        self._noted: dict[tuple[FindingKind, str], dict[str, Any]] = {}

    def contradicted(
        self,
        scan_id: str,
        badge_id: str,
        *,
        told: str,
        verdict: str,
        gate: str,
        device: uuid.UUID | None,
    ) -> None:
        """The door was told one thing, and all scans together say another."""
        self._note(
            FindingKind.CONTRADICTED,
            scan_id,
            badge_id=badge_id,
            scan_id=uuid.UUID(scan_id),
            device_id=device,
            detail={"told": told, "verdict": verdict, "gate": gate},
        )

    def repeated(self, device_id: uuid.UUID, seen: Seen) -> None:
        """A device gave one number to two scans."""
        self._note(
            FindingKind.REPEATED,
            f"{device_id.hex}:{seen.seq}:{seen.id.hex}",
            device_id=device_id,
            scan_id=seen.id,
            detail={"seq": seen.seq},
        )

    def refused(self, device_id: uuid.UUID, unreadable: Unreadable) -> None:
        """What a device sent could not be taken; it is kept as it came."""
        # Neither of two scans without an id may hide the other.
        name = unreadable.id or blake2b(unreadable.raw.encode(), digest_size=16).hexdigest()
        self._note(
            FindingKind.REFUSED,
            f"{device_id.hex}:{unreadable.seq}:{name}"[:140],
            device_id=device_id,
            detail={
                "seq": unreadable.seq,
                "reason": unreadable.reason[:500],
                "raw": unreadable.raw[:MOST_RAW],
            },
        )

    def _note(self, kind: FindingKind, name: str, **about: object) -> None:
        self._noted[kind, name] = about

    def write(self) -> None:
        """Write what was noted; what was found before stays as it is."""
        for (kind, name), about in sorted(self._noted.items()):
            findings.note(kind, name, event_id=self._event_id, found_at=self._moment, **about)

"""People who stand at a gate with a scanner, and let others in and out as the program does."""

from datetime import datetime

from registration import clock
from registration.database import transaction, uuid7
from registration.errors import DeviceRevoked
from registration.models.events import Event
from registration.models.gates import ScanKind
from registration.models.registrations import Registration
from registration.services import events
from registration.services.gates import devices, scans


class Door:
    """A gate of an event with one enrolled scanner, whose scans are stored at once."""

    def __init__(self, event: Event, gate: str = "main") -> None:
        with transaction():
            device, token = devices.create_enrolled(
                event=events.get_event(event.slug), gate_code=gate, actor="command"
            )
            self.device_id = device.id
        self.gate = gate
        self.enrolled = devices.authenticate(token, slug=event.slug)
        self._seq = 0

    def scan(
        self,
        *people: Registration,
        kind: ScanKind = ScanKind.ENTRY,
        at: datetime | None = None,
        unsent: int | None = None,
    ) -> list[str]:
        """Scan each person's short code; return the verdicts."""
        seen = []
        for person in people:
            self._seq += 1
            seen.append(
                scans.Seen(
                    id=uuid7(),
                    seq=self._seq,
                    badge=person.short_code,
                    gate=self.gate,
                    kind=kind,
                    wall_at=at or clock.now(),
                )
            )
        batch = scans.prepare(self.enrolled, seen, report=scans.Report(unsent=unsent))
        with transaction():
            [receipt] = scans.store([batch])
        assert not isinstance(receipt, DeviceRevoked)
        return [str(answer.verdict) for answer in receipt.answers]

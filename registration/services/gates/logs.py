"""Logs: files of what a device could not send any more, brought by a person.

The device writes them (static/js/gate/files.js): the scans in the form in which they are sent,
and those that the server had refused. They go through the same ledger under the device's own
number and sequence, so that bringing one twice, or one of which a part was sent, stores each once.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import msgspec
from msgspec import Raw, Struct
from sqlalchemy import select

from registration.database import db
from registration.errors import DeviceRevoked, Invalid
from registration.models.events import Event
from registration.models.gates import Device, Gate, ScanState
from registration.services import audit
from registration.services.gates import scans
from registration.services.gates.devices import EnrolledDevice
from registration.services.gates.scans import reading

MOST_AT_A_TIME = 200


class Named(Struct):
    """A device as its file names it."""

    id: uuid.UUID


class Refused(Struct):
    """A scan that the server had refused, with the enrolment that made it."""

    device: Named
    scan: Raw


class Content(Struct):
    """The whole of a file."""

    format: Literal["einlass-scans"]
    version: Literal[1]
    event: str
    device: Named
    scans: list[Raw]
    refused: list[Refused] = []


_read = msgspec.json.Decoder(Content).decode


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a file's scans."""

    stored: int = 0
    already: int = 0
    refused: int = 0
    """Each has a finding that says why."""

    def plus(self, other: "Outcome") -> "Outcome":
        """Return both together."""
        return Outcome(
            stored=self.stored + other.stored,
            already=self.already + other.already,
            refused=self.refused + other.refused,
        )


def read(event: Event, data: bytes, *, actor: str) -> Sequence[scans.Batch]:
    """Return a device's file as parts for `store`, each for a transaction of its own.

    That it was brought is written to the audit log, in the caller's transaction.

    Raises:
        Invalid: it is no such file, or one of another event; ``fields["file"]`` says which.
    """
    try:
        content = _read(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid(fields={"file": "malformed"}) from error
    if content.event != event.slug:
        raise Invalid(fields={"file": "other_event"})
    by_device: dict[uuid.UUID, list[Raw]] = {content.device.id: list(content.scans)}
    for each in content.refused:
        by_device.setdefault(each.device.id, []).append(each.scan)
    devices = _devices(event, by_device)
    audit.record(
        "scans.imported",
        actor=actor,
        subject=f"device:{content.device.id}",
        event_id=event.id,
        count=sum(map(len, by_device.values())),
    )
    return [
        _batch(devices[device_id], part)
        for device_id, raws in by_device.items()
        for part in _parts(raws)
    ]


def _devices(event: Event, ids: Mapping[uuid.UUID, object]) -> Mapping[uuid.UUID, EnrolledDevice]:
    rows = db.session.execute(
        select(Device.id, Gate.code)
        .join(Gate, Gate.id == Device.gate_id)
        .where(Device.event_id == event.id, Device.id.in_(ids))
    )
    found = {
        device_id: EnrolledDevice(device_id, event.id, event.slug, code) for device_id, code in rows
    }
    if set(ids) - set(found):
        raise Invalid(fields={"file": "other_device"})
    return found


def _parts(raws: Sequence[Raw]) -> Iterator[Sequence[Raw]]:
    left = iter(raws)
    while part := list(islice(left, MOST_AT_A_TIME)):
        yield part


def _batch(device: EnrolledDevice, raws: Sequence[Raw]) -> scans.Batch:
    """Verify what the scans name, which needs no transaction."""
    items = [reading.read(raw) for raw in raws]
    seen = [item for item in items if isinstance(item, scans.Seen)]
    unreadable = [item for item in items if isinstance(item, scans.Unreadable)]
    return replace(scans.prepare(device, seen, unreadable=unreadable), is_brought=True)


def store(batches: Sequence[scans.Batch], /, *, again: bool) -> Sequence[Outcome]:
    """Store parts of a file; the work of a `registration.combiner.Combiner`.

    Raises:
        Again: another process has just stored one of these scans.
    """
    return [_outcome(receipt) for receipt in scans.store(batches, again=again)]


def _outcome(receipt: scans.Receipt | DeviceRevoked) -> Outcome:
    if isinstance(receipt, DeviceRevoked):  # it has just been deleted with its event
        raise receipt
    states = [answer.state for answer in (*receipt.answers, *receipt.refused)]
    return Outcome(
        stored=states.count(ScanState.STORED),
        already=states.count(ScanState.ALREADY),
        refused=states.count(ScanState.REFUSED),
    )

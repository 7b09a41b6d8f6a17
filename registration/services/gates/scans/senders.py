"""Senders: the devices of a transaction, and which of their numbers have arrived."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, Update, bindparam, select, update

from registration.models.gates import Device
from registration.prepared import Among, Prepared, given_rows
from registration.services.gates import sequences
from registration.services.gates.devices import SEEN_EVERY
from registration.services.gates.scans.seen import Report

DEVICE = cast(Table, Device.__table__)


@dataclass
class Sender:
    """One device that sends: what has arrived of it, before and with this transaction."""

    id: uuid.UUID
    is_supervisor: bool
    is_revoked: bool
    last_seen_at: datetime | None
    before: str
    unsent: int
    offset_ms: int | None
    ranges: list[sequences.Range] = field(init=False)

    def __post_init__(self) -> None:
        self.ranges = sequences.parse(self.before)

    def has(self, seq: int) -> bool:
        """Return whether a scan of this number has arrived."""
        if not self.ranges or seq > self.ranges[-1][1]:  # as almost always: it is a later one
            return False
        return sequences.contains(self.ranges, seq)

    def receive(self, seq: int) -> None:
        """Note that a scan of this number has arrived."""
        if self.ranges and self.ranges[-1][1] == seq - 1:  # as almost always: the next one
            self.ranges[-1] = (self.ranges[-1][0], seq)
        elif not self.has(seq):
            self.ranges = sequences.joined(self.ranges, [seq])

    def hear(self, report: Report) -> None:
        """Note what it says of itself."""
        if report.unsent is not None:
            self.unsent = report.unsent
        if report.offset_ms is not None:
            self.offset_ms = report.offset_ms

    @property
    def acknowledged(self) -> int:
        """The number up to which everything has arrived: what the device may forget."""
        return sequences.acknowledged(self.ranges)

    def row(self, moment: datetime) -> Mapping[str, object] | None:
        """Return what is to be written of it; None if nothing new is worth writing."""
        received = sequences.written(self.ranges)
        seen_lately = self.last_seen_at is not None and moment - self.last_seen_at < SEEN_EVERY
        if received == self.before and seen_lately:
            return None
        return {
            "device_id": self.id,
            "before": self.before,
            "received": received,
            "acknowledged": self.acknowledged,
            "last_seen_at": moment,
            "unsent": self.unsent,
            "offset_ms": self.offset_ms,
        }


_READ = Prepared(
    lambda _: select(
        DEVICE.c.id,
        DEVICE.c.is_supervisor,
        DEVICE.c.revoked_at,
        DEVICE.c.last_seen_at,
        DEVICE.c.received,
        DEVICE.c.unsent,
        DEVICE.c.offset_ms,
    ).where(Among(DEVICE.c.id, "ids"))
)

WRITTEN = ("received", "acknowledged", "last_seen_at", "unsent", "offset_ms")


def _write(dialect: str) -> Update:
    types = {"device_id": DEVICE.c.id.type, "before": DEVICE.c.received.type}
    types |= {name: DEVICE.c[name].type for name in WRITTEN}
    given: Mapping[str, ColumnElement[Any]] = (
        dict(given_rows(types).c)
        if dialect == "postgresql"
        else {name: bindparam(name, type_=kind) for name, kind in types.items()}
    )
    is_as_read = (DEVICE.c.id == given["device_id"], DEVICE.c.received == given["before"])
    return update(DEVICE).where(*is_as_read).values({name: given[name] for name in WRITTEN})


WRITE = Prepared(_write)
"""Fenced by what had arrived: of two transactions of one device that overlap, one does it again."""


def query(ids: Iterable[uuid.UUID]) -> tuple[Prepared, Mapping[str, object]]:
    """Return what to ask to learn of the devices with these ids; `found` takes the answer."""
    return _READ, {"ids": list(ids)}


def found(rows: Iterable[Any]) -> dict[uuid.UUID, Sender]:
    """Return the devices as they are now."""
    return {row.id: _sender(row) for row in rows}


def _sender(row: Any) -> Sender:
    return Sender(
        row.id,
        row.is_supervisor,
        row.revoked_at is not None,
        row.last_seen_at,
        row.received,
        row.unsent,
        row.offset_ms,
    )


def rows(senders: Iterable[Sender], moment: datetime) -> Sequence[Mapping[str, object]]:
    """Return what is to be written of some devices, by id, so that no two writers deadlock."""
    ordered = sorted(senders, key=lambda each: each.id)
    return [row for row in (each.row(moment) for each in ordered) if row is not None]

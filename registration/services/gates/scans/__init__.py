"""Scans: store what devices saw, exactly once each, and answer what the door is told.

A batch costs three statements however many requests share it. Nothing is locked: what is decided
on is read, decided in memory by `judge`, and written only if it is still so; if another process
was faster, `Again` has the batch done once more on what is there now.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from registration import clock
from registration.database import db
from registration.errors import DeviceRevoked
from registration.models.gates import Scan
from registration.services.gates.devices import check, touch
from registration.services.gates.scans.bearers import Known
from registration.services.gates.scans.ledger import Answer, Ledger
from registration.services.gates.scans.passages import judge
from registration.services.gates.scans.seen import Batch, Seen, prepare

__all__ = ["Answer", "Batch", "Seen", "judge", "prepare", "store"]


def store(
    batches: Sequence[Batch], *, again: bool = False
) -> Sequence[Sequence[Answer] | DeviceRevoked]:
    """Store the scans of some requests and answer each, in the order asked.

    Args:
        batches: what `prepare` returned; the caller holds a transaction.
        again: whether the work is done once more because of `Again`.

    Returns:
        For each request its answers, or the reason why its device is not answered.

    Raises:
        Again: another process has just stored one of these scans, or let in one of these badges.
    """
    known = Known.read(batches)
    ledger = Ledger(known.bearers, _stored(batches) if again else {}, clock.now())
    ids = {batch.device.id for batch in batches}
    enrolled = dict.fromkeys(ids, False) if known.devices_in_order == len(ids) else check(ids)
    answers = [
        [ledger.enter(batch.device, seen, named) for seen, named in batch.scans]
        if batch.device.id in enrolled
        else DeviceRevoked(device=str(batch.device.id))
        for batch in batches
    ]
    ledger.write()
    for device_id in sorted(device_id for device_id, due in enrolled.items() if due):
        touch(device_id)  # last, since a device's other requests wait for it from here on
    return answers


def _stored(batches: Sequence[Batch]) -> dict[uuid.UUID, Scan]:
    ids = [seen.id for batch in batches for seen, _ in batch.scans]
    scans = db.session.scalars(
        select(Scan).where(Scan.id.in_(ids)).execution_options(populate_existing=True)
    )
    return {scan.id: scan for scan in scans}

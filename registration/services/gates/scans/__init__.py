"""Scans: store what devices saw, exactly once each, and answer what the door is told.

A batch costs a few statements however many requests share it. What is decided on is read once it
is this transaction's turn (`turns`), decided in memory, and written only if it is still so; if
another process was faster, `Again` has the batch done once more on what is there now.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from msgspec import structs
from sqlalchemy import select

from registration import clock, strokes
from registration.database import db
from registration.errors import DeviceRevoked
from registration.models.gates import Scan, ScanKind
from registration.services.gates.scans import bearers, senders, turns
from registration.services.gates.scans.answers import Answer, Receipt
from registration.services.gates.scans.ledger import Ledger
from registration.services.gates.scans.naming import prepare
from registration.services.gates.scans.seen import (
    Batch,
    Named,
    Report,
    Seen,
    Unreadable,
    WalkIn,
)
from registration.services.gates.scans.senders import Sender
from registration.strokes import Write

__all__ = [
    "Answer",
    "Batch",
    "Receipt",
    "Report",
    "Seen",
    "Unreadable",
    "WalkIn",
    "prepare",
    "store",
]


def store(batches: Sequence[Batch], *, again: bool = False) -> Sequence[Receipt | DeviceRevoked]:
    """Store the scans of some requests and answer each, in the order asked.

    Args:
        batches: what `prepare` returned; the caller holds a transaction.
        again: whether the work is done once more because of `Again`.

    Returns:
        For each request its receipt, or the reason why its device is not answered.

    Raises:
        Again: another process has just stored one of these scans, or let in one of these badges.
    """
    batches = [_with_walk_ins(batch) for batch in batches]
    known = _stored(batches) if again else {}
    named = [named for batch in batches for _, named in batch.scans]
    stroke = strokes.present()
    first = turns.queries(stroke.connection, named)
    answers = stroke.ask(
        *first,
        senders.query({batch.device.id for batch in batches}),
        *bearers.queries(named),
    )
    sent_by, *told = answers[len(first) :]
    devices, people = senders.found(sent_by), bearers.found(told)
    moment = clock.now()
    if not again:
        known = _stored(_repeated(batches, devices))
    ledgers = {
        event_id: Ledger(event_id, people, known, moment)
        for event_id in dict.fromkeys(batch.device.event_id for batch in batches)
    }
    for event_id, ledger in ledgers.items():
        theirs = [batch for batch in batches if batch.device.event_id == event_id]
        ledger.look_back([scan for batch in theirs for scan in batch.scans])
    heard = {batch.device.id for batch in batches if _is_heard(batch, devices)}
    receipts = [
        _enter(batch, ledgers[batch.device.event_id], devices.get(batch.device.id))
        for batch in batches
    ]
    writes: list[Write] = []
    for event_id, ledger in sorted(ledgers.items()):
        of_event = {batch.device.id for batch in batches if batch.device.event_id == event_id}
        writes += ledger.write(devices[each] for each in of_event & heard)
    stroke.write(*writes)
    return receipts


def _repeated(batches: Sequence[Batch], devices: Mapping[uuid.UUID, Sender]) -> Sequence[Batch]:
    """Return those of the scans that have arrived before, going by their numbers.

    After an outage every device sends again what it got no answer for: to learn of that only from
    `Again` would cost twice the work just when there is most of it.
    """
    return [
        replace(batch, scans=scans)
        for batch in batches
        if (sender := devices.get(batch.device.id))
        and (scans := [scan for scan in batch.scans if sender.has(scan[0].seq)])
    ]


def _is_heard(batch: Batch, devices: Mapping[uuid.UUID, Sender]) -> bool:
    sender = devices.get(batch.device.id)
    return sender is not None and (batch.is_brought or not sender.is_revoked)


def _enter(batch: Batch, ledger: Ledger, sender: Sender | None) -> Receipt | DeviceRevoked:
    if sender is None or (sender.is_revoked and not batch.is_brought):
        return DeviceRevoked(device=str(batch.device.id))
    sender.hear(batch.report)
    answers = [ledger.enter(sender, seen, named) for seen, named in batch.scans]
    refused = [ledger.refuse(sender, each) for each in batch.unreadable]
    return Receipt(answers, refused, sender.acknowledged)


def _with_walk_ins(batch: Batch) -> Batch:
    """Give those who came without a registration one, so that what follows knows their badges."""
    if not any(named.walk_in for _, named in batch.scans):
        return batch
    return replace(
        batch, scans=[(seen, _walked_in(batch, seen, named)) for seen, named in batch.scans]
    )


def _walked_in(batch: Batch, seen: Seen, named: Named) -> Named:
    from registration.services.gates import walk_ins  # noqa: PLC0415  # it needs what is here

    if named.walk_in is None:
        return named
    if seen.kind == ScanKind.WALK_IN and seen.walk_in is not None:
        badge_id = walk_ins.admit(
            batch.device, seen.walk_in, scan_id=named.walk_in, is_brought=batch.is_brought
        )
    else:
        badge_id = walk_ins.find_badge(named.walk_in)
    return structs.replace(named, badge_id=badge_id)


def _stored(batches: Sequence[Batch]) -> dict[uuid.UUID, Scan]:
    ids = [seen.id for batch in batches for seen, _ in batch.scans]
    if not ids:
        return {}
    scans = db.session.scalars(
        select(Scan).where(Scan.id.in_(ids)).execution_options(populate_existing=True)
    )
    return {scan.id: scan for scan in scans}

"""Firsts: with which device somebody was let in first, for whom the door turns away to be told."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from registration.database import snapshot
from registration.models.gates import Device, Scan, ScanKind
from registration.services.gates.scans.answers import Answer

COMES_IN = (ScanKind.ENTRY, ScanKind.WALK_IN)
FEW = 10
"""So many answers are waited for by people; more are of scans made without a network."""


def name_devices(event_id: uuid.UUID, answers: Sequence[Answer]) -> Mapping[str, str]:
    """Return by badge the name of the device that let its bearer in first, if it has one.

    Read after the scans are stored, and only if somebody of them is in already: no scan that lets
    somebody in waits for it. Nor does a device that catches up: it knows of the others' scans
    from its manifest.
    """
    if len(answers) > FEW:
        return {}
    first = {each.already: (each.first_at, each.first_gate) for each in answers if each.already}
    if not first:
        return {}
    entries = (
        select(Scan.badge_id, Scan.scanned_at, Scan.gate, Device.name)
        .join(Device, Device.id == Scan.device_id)
        .where(Scan.event_id == event_id, Scan.badge_id.in_(first), Scan.kind.in_(COMES_IN))
        .where(Scan.scanned_at.in_({at for at, _gate in first.values()}), Device.name != "")
        .order_by(Scan.id.desc())  # of two at one moment the first counts, as in merging
    )
    with snapshot() as session:
        rows = session.execute(entries).all()
    return {badge: name for badge, at, gate, name in rows if badge and first[badge] == (at, gate)}

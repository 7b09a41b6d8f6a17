"""Scans: store what devices saw, exactly once each, and answer what the door is told.

A batch costs three statements however many requests share it. Nothing is locked: what is decided
on is read, decided in memory by `judge`, and written only if it is still so; if another process
was faster, `Again` has the batch done once more on what is there now.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, select, update

from registration import clock
from registration.combiner import Again
from registration.database import Localised, Moment, db, new_row
from registration.errors import DeviceRevoked, TokenRefused
from registration.models.alliances import Alliance
from registration.models.badges import Badge
from registration.models.events import Event
from registration.models.gates import Presence, Scan, ScanKind, ScanState, Verdict
from registration.models.registrations import CODE_LETTERS, Registration
from registration.models.roles import Role
from registration.prepared import Among, Prepared
from registration.services import keys
from registration.services.badges import tokens
from registration.services.gates.devices import DEVICE, SEEN_EVERY, EnrolledDevice, check, touch

MOST_TEXT = 200
BADGE = cast(Table, Badge.__table__)
REGISTRATION = cast(Table, Registration.__table__)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One scan as a device sent it, checked for form."""

    id: uuid.UUID
    seq: int
    badge: str
    gate: str
    kind: ScanKind
    wall_at: datetime


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a scanned text names: a badge of this event, or the reason why not."""

    badge_id: str | None = None
    generation: int | None = None
    short_code: str | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
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


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Whether a badge's person is inside, and since when they are known at the gates."""

    inside: bool
    first_at: datetime
    first_gate: str
    last_at: datetime
    revision: int


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """The person of a badge, as the gate may see them, with their passage so far."""

    badge_id: str
    event_id: uuid.UUID
    generation: int
    revoked: bool
    name: str
    alliance: str | None
    role: Localised
    passage: Passage | None


@dataclass(frozen=True)
class Batch:
    """The scans of one request, with what each names; see `prepare`."""

    device: EnrolledDevice
    scans: Sequence[tuple[Seen, Named]]


def prepare(device: EnrolledDevice, scans: Iterable[Seen]) -> Batch:
    """Verify signatures, which needs no transaction, and return what `store` takes."""
    return Batch(device, [(scan, _named(scan.badge, device)) for scan in scans])


def _named(text: str, device: EnrolledDevice) -> Named:
    if not text.startswith(tokens.PREFIX):
        code = text.replace("-", "").replace(" ", "").upper()
        if len(code) == 8 and set(code) <= set(CODE_LETTERS):  # noqa: PLR2004  # a short code's
            return Named(short_code=code)
        return Named(verdict=Verdict.UNKNOWN)
    try:
        signed = tokens.decode(text)
    except TokenRefused:
        return Named(verdict=Verdict.FORGED)
    payload = signed.payload
    if _is_genuine(signed, device.event_id):
        return Named(badge_id=payload.badge_id, generation=payload.generation)
    others = db.session.scalars(
        select(Event.id).where(Event.tag == payload.event_tag, Event.id != device.event_id)
    )
    genuine = any(_is_genuine(signed, event_id) for event_id in others)
    return Named(verdict=Verdict.OTHER_EVENT if genuine else Verdict.FORGED)


def _is_genuine(signed: tokens.Signed, event_id: uuid.UUID) -> bool:
    public_key = keys.find_public_key(event_id, signed.payload.key_slot)
    return public_key is not None and tokens.verify(signed, public_key, event_id)


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
    known = _Known.read(batches)
    ledger = _Ledger(known.bearers, _stored(batches) if again else {}, clock.now())
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


class _Ledger:
    """The scans and passages of one transaction: decided in memory, then written at once."""

    def __init__(
        self,
        bearers: Mapping[str, Bearer],
        known: Mapping[uuid.UUID, Scan],
        moment: datetime,
    ) -> None:
        self._bearers = bearers
        self._known = known
        self._moment = moment
        self._before = {bearer.badge_id: bearer.passage for bearer in bearers.values()}
        self._after = dict(self._before)
        self._rows: dict[uuid.UUID, dict[str, Any]] = {}

    def enter(self, device: EnrolledDevice, seen: Seen, named: Named) -> Answer:
        """Decide one scan, note it, and return what the door is told."""
        bearer = self._bearers.get(named.badge_id or named.short_code or "")
        if bearer is not None and bearer.event_id != device.event_id:
            bearer = None
        verdict = self._repeated(device, seen)
        if verdict is None and (seen.id in self._known or seen.id in self._rows):
            return Answer(id=str(seen.id), state=ScanState.REFUSED, reason="id_taken")
        state = ScanState.STORED if verdict is None else ScanState.ALREADY
        if verdict is None:
            verdict = self._decide(seen, named, bearer)
            self._rows[seen.id] = self._row(device, seen, named, bearer, verdict)
        passage = self._after.get(bearer.badge_id) if bearer else None
        return Answer(
            id=str(seen.id),
            state=state,
            verdict=verdict,
            first_at=passage.first_at if passage else None,
            first_gate=passage.first_gate if passage else None,
            name=bearer.name if bearer else None,
            alliance=bearer.alliance if bearer else None,
            role=bearer.role if bearer else None,
        )

    def _repeated(self, device: EnrolledDevice, seen: Seen) -> Verdict | None:
        """Return the verdict that this very scan got before, if it was stored before."""
        if seen.id in self._known:
            before = self._known[seen.id]
            same = (before.device_id, before.badge_text) == (device.id, seen.badge[:MOST_TEXT])
            return Verdict(before.verdict) if same else None
        row = self._rows.get(seen.id)
        if row and (row["device_id"], row["badge_text"]) == (device.id, seen.badge[:MOST_TEXT]):
            return Verdict(row["verdict"])
        return None

    def _decide(self, seen: Seen, named: Named, bearer: Bearer | None) -> Verdict:
        if named.verdict is not None:
            return named.verdict
        if bearer is None:
            return Verdict.UNKNOWN
        outdated = named.generation is not None and named.generation < bearer.generation
        if bearer.revoked or outdated:
            return Verdict.REVOKED
        verdict, self._after[bearer.badge_id] = judge(
            self._after[bearer.badge_id],
            kind=seen.kind,
            at=min(seen.wall_at, self._moment),
            gate=seen.gate,
        )
        return verdict

    def _row(
        self,
        device: EnrolledDevice,
        seen: Seen,
        named: Named,
        bearer: Bearer | None,
        verdict: Verdict,
    ) -> dict[str, Any]:
        return {
            "id": seen.id,
            "event_id": device.event_id,
            "device_id": device.id,
            "seq": seen.seq,
            "badge_text": seen.badge[:MOST_TEXT],
            "badge_id": bearer.badge_id if bearer else named.badge_id,
            "generation": named.generation,
            "gate": seen.gate,
            "kind": seen.kind,
            "wall_at": seen.wall_at,
            "scanned_at": min(seen.wall_at, self._moment),
            "stored_at": self._moment,
            "verdict": verdict,
        }

    def write(self) -> None:
        """Write passages, then scans, each in the order of its key so that no two writers deadlock.

        Raises:
            Again: somebody was faster.
        """
        connection = db.session.connection()
        changed = sorted(
            badge_id for badge_id, after in self._after.items() if after != self._before[badge_id]
        )
        events = {bearer.badge_id: bearer.event_id for bearer in self._bearers.values()}
        first = [badge_id for badge_id in changed if self._before[badge_id] is None]
        for badge_id in changed:
            before = self._before[badge_id]
            if before is not None:
                self._pass_again(badge_id, before)
        passages = [
            {"badge_id": each, "event_id": events[each], **_columns(self._after, each)}
            for each in first
        ]
        scans = [self._rows[scan_id] for scan_id in sorted(self._rows)]
        writes = [
            (statement, rows)
            for statement, rows in ((_NEW_PRESENCE, passages), (_NEW_SCAN, scans))
            if rows
        ]
        if writes and sum(Prepared.write_all(connection, *writes)) < len(passages) + len(scans):
            raise Again

    def _pass_again(self, badge_id: str, before: Passage) -> None:
        columns = _columns(self._after, badge_id) | {"revision": before.revision + 1}
        moved = db.session.execute(
            update(Presence)
            .where(Presence.badge_id == badge_id, Presence.revision == before.revision)
            .values(columns)
            .returning(Presence.badge_id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if moved is None:
            raise Again


_NEW_PRESENCE = Prepared(partial(new_row, Presence), *Presence.__table__.columns.keys())
_NEW_SCAN = Prepared(partial(new_row, Scan), *Scan.__table__.columns.keys())


def _columns(passages: Mapping[str, Passage | None], badge_id: str) -> dict[str, Any]:
    passage = passages[badge_id]
    assert passage is not None  # noqa: S101  # a passage never goes away once it began
    return {
        "inside": passage.inside,
        "first_at": passage.first_at,
        "first_gate": passage.first_gate,
        "last_at": passage.last_at,
        "revision": passage.revision,
    }


def _stored(batches: Sequence[Batch]) -> dict[uuid.UUID, Scan]:
    ids = [seen.id for batch in batches for seen, _ in batch.scans]
    scans = db.session.scalars(
        select(Scan).where(Scan.id.in_(ids)).execution_options(populate_existing=True)
    )
    return {scan.id: scan for scan in scans}


@dataclass(frozen=True)
class _Known:
    """What the database knows of a transaction's scans, read in one query."""

    bearers: Mapping[str, Bearer]
    """Whom the scans name, by badge id, and by the short code where one was typed."""
    devices_in_order: int
    """How many of the devices are enrolled and were seen lately; 0 if that was not read."""

    @classmethod
    def read(cls, batches: Sequence[Batch]) -> "_Known":
        named = [each for batch in batches for _, each in batch.scans]
        about = {
            "devices": list({batch.device.id for batch in batches}),
            "lately": clock.now() - SEEN_EVERY,
        }
        connection = db.session.connection()
        bearers: dict[str, Bearer] = {}
        in_order = 0
        for statement, names in (
            (_BY_BADGE, {each.badge_id for each in named if each.badge_id}),
            (_BY_CODE, {each.short_code for each in named if each.short_code}),
        ):
            if names:
                for row in statement.rows(connection, about | {"names": list(names)}):
                    bearers[row.name] = _bearer(row)
                    in_order = row.devices_in_order
        return cls(bearers, in_order)


_IN_ORDER = (
    select(func.count())
    .where(
        Among(DEVICE.c.id, "devices"),
        DEVICE.c.revoked_at.is_(None),
        DEVICE.c.last_seen_at > bindparam("lately", type_=Moment),
    )
    .scalar_subquery()
    .label("devices_in_order")
)
_BEARERS = (
    select(
        _IN_ORDER,
        Badge.id.label("badge_id"),
        Badge.event_id,
        Badge.generation,
        Badge.revoked_at,
        Registration.title,
        Registration.given_name,
        Registration.family_name,
        Alliance.name.label("alliance"),
        Role.title.label("role"),
        Presence.inside,
        Presence.first_at,
        Presence.first_gate,
        Presence.last_at,
        Presence.revision,
    )
    .join(Registration, Registration.id == Badge.registration_id)
    .join(Role, Role.id == Registration.role_id)
    .outerjoin(Alliance, Alliance.id == Registration.alliance_id)
    .outerjoin(Presence, Presence.badge_id == Badge.id)
)
_BY_BADGE = Prepared(
    lambda _: _BEARERS.add_columns(Badge.id.label("name")).where(Among(BADGE.c.id, "names"))
)
_BY_CODE = Prepared(
    lambda _: _BEARERS.add_columns(Registration.short_code.label("name")).where(
        Among(REGISTRATION.c.short_code, "names")
    )
)


def _bearer(row: Any) -> Bearer:
    passage = None
    if row.inside is not None:
        passage = Passage(
            inside=row.inside,
            first_at=row.first_at,
            first_gate=row.first_gate,
            last_at=row.last_at,
            revision=row.revision,
        )
    names = (row.title, row.given_name, row.family_name)
    return Bearer(
        badge_id=row.badge_id,
        event_id=row.event_id,
        generation=row.generation,
        revoked=row.revoked_at is not None,
        name=" ".join(part for part in names if part),
        alliance=row.alliance,
        role=row.role,
        passage=passage,
    )

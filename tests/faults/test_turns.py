"""Two web processes that store scans of one badge at once decide as one would."""

import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import pytest
from flask import Flask

from registration import clock
from registration.database import db, transaction, uuid7
from registration.models.events import Event
from registration.models.gates import Presence, ScanKind, Verdict
from registration.services import badges, events
from registration.services.gates import devices, scans
from registration.services.gates.devices import EnrolledDevice
from registration.services.gates.scans import Seen, ledger, turns
from registration.services.gates.scans.seen import Named
from tests import factories

IN_VAIN = 1.0
"""Seconds that the first waits for the second to read, which must wait its turn."""
SURELY = 60.0
"""The same where nobody must wait: it ends as soon as the second has read."""

Store = Callable[[ScanKind, datetime], Verdict]


def make_door(event: Event) -> Store:
    """Return what stores one scan of one person, as a device of its own, and says the verdict."""
    badge = factories.register(event).badge
    assert badge is not None
    token = badges.token_of(badge)

    def store(kind: ScanKind, at: datetime) -> Verdict:
        device = _enrol(event)
        seen = Seen(id=uuid7(), seq=1, badge=token, gate="main", kind=kind, wall_at=at)
        with transaction():
            (receipt,) = scans.store([scans.prepare(device, [seen])])
        assert isinstance(receipt, scans.Receipt)
        assert receipt.answers[0].verdict is not None
        return receipt.answers[0].verdict

    return store


def _enrol(event: Event) -> EnrolledDevice:
    with transaction():
        _, token = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
    return devices.authenticate(token, slug=event.slug)


def leave_while_coming_back(
    app: Flask, store: Store, monkeypatch: pytest.MonkeyPatch, *, patience: float
) -> Verdict:
    """Let somebody who is inside leave, and come back on another door that is just as slow.

    Whoever comes back reads, if they may, before it is written that they left.

    Returns:
        What the door at which they come back is told.
    """
    begun = clock.now() - timedelta(minutes=5)
    assert store(ScanKind.ENTRY, begun) == Verdict.ADMITTED
    one_read, other_read, one_done = (threading.Event() for _ in range(3))
    look_back = ledger.Ledger.look_back

    def slow(self: ledger.Ledger, given: Collection[tuple[Seen, Named]]) -> None:
        look_back(self, given)
        if threading.current_thread().name == "leaving":
            one_read.set()
            other_read.wait(patience)
        else:
            other_read.set()
            assert one_done.wait(SURELY)

    def leave() -> None:
        with app.app_context():
            verdicts.append(store(ScanKind.EXIT, begun + timedelta(minutes=1)))
        one_done.set()

    verdicts: list[Verdict] = []
    monkeypatch.setattr(ledger.Ledger, "look_back", slow)
    leaving = threading.Thread(target=leave, name="leaving")
    leaving.start()
    assert one_read.wait(SURELY)
    verdict = store(ScanKind.ENTRY, begun + timedelta(minutes=2))
    leaving.join()
    assert verdicts == [Verdict.ADMITTED]
    return verdict


def is_inside() -> bool:
    db.session.rollback()
    return bool(db.session.query(Presence.inside).scalar())


def test_whoever_leaves_and_comes_back_at_once_is_inside(
    app_on_postgresql: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_door(factories.make_event())
    verdict = leave_while_coming_back(app_on_postgresql, store, monkeypatch, patience=IN_VAIN)
    assert (verdict, is_inside()) == (Verdict.ADMITTED, True)


def test_without_turns_the_second_door_is_told_what_was(
    app_on_postgresql: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin without the guard."""
    store = make_door(factories.make_event())
    monkeypatch.setattr(turns, "queries", lambda *_: ())
    verdict = leave_while_coming_back(app_on_postgresql, store, monkeypatch, patience=SURELY)
    assert (verdict, is_inside()) == (Verdict.DUPLICATE, False)

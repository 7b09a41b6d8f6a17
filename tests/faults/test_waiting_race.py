"""Many people join, leave, decide and hand over at once: places stay exact, turns are kept."""

import random
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from registration.database import db, transaction
from registration.errors import Conflict
from registration.models.events import Event
from registration.models.registrations import (
    HOLDS_PLACE,
    IS_OPEN,
    Registration,
    RegistrationState,
    Source,
)
from registration.services import events, quotas, registrations
from registration.services.events import Prospectus
from registration.services.quotas import Scope
from registration.services.registrations import Terms, Wish, changing, waiting
from tests import factories

WORKERS = 16
ALLIANCES = ("MR4B", "BIOZ", "VOGTLAND")
ROLES = ("delegate", "presenter", "guest")
WAITING = RegistrationState.WAITING


class Bustle:
    """Workers that do anything to anybody until all operations are used up."""

    def __init__(self, app: Flask, prospectus: Prospectus, operations: int) -> None:
        self._app = app
        self._prospectus = prospectus
        self._left = operations
        self._guard = threading.Lock()
        self._people: list[uuid.UUID] = []
        self.faults: list[BaseException] = []
        self.done: Counter[str] = Counter()

    def run(self) -> None:
        threads = [threading.Thread(target=self._work, args=(n,)) for n in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, number: int) -> None:
        chance = random.Random(number)
        acts: Sequence[Callable[[random.Random], None]] = (
            *[self._join] * 5,
            *[self._register] * 3,
            *[self._cancel] * 4,
            self._decline,
            self._approve,
            self._replace,
            self._change_roles,
            self._resize,
        )
        while self._take():
            act = chance.choice(acts)
            with self._app.app_context():
                try:
                    act(chance)
                    self.done[act.__name__] += 1
                except Conflict:
                    self.done["refused"] += 1
                except BaseException as error:
                    self.faults.append(error)
                    raise

    def _take(self) -> bool:
        with self._guard:
            self._left -= 1
            return self._left >= 0

    def _wish(self, chance: random.Random) -> Wish:
        alliance = self._prospectus.find_alliance(chance.choice(ALLIANCES))
        roles = [role for role in self._prospectus.roles if role.code in ROLES]
        chosen = chance.sample(roles, k=chance.choice((1, 1, 1, 2)))
        assert alliance is not None
        return Wish(
            person=factories.person(),
            role=chosen[0],
            further_roles=tuple(chosen[1:]),
            alliance_id=alliance.id,
            idempotency_key=uuid.uuid4().hex,
        )

    def _anybody(self, chance: random.Random) -> Registration:
        with self._guard:
            found = chance.choice(self._people) if self._people else uuid.uuid4()
        try:
            return registrations.get(found)
        except Exception as error:
            raise Conflict from error

    def _join(self, chance: random.Random) -> None:
        wishes = [self._wish(chance) for _ in range(chance.choice((1, 1, 2, 3)))]
        with transaction():
            receipts = registrations.register_or_wait(self._prospectus, wishes)
        with self._guard:
            self._people += [receipt.registration_id for receipt in receipts]

    def _register(self, chance: random.Random) -> None:
        wish = self._wish(chance)
        with transaction():
            receipt = registrations.register(
                self._prospectus,
                wish.person,
                role=wish.role,
                further_roles=wish.further_roles,
                alliance_id=wish.alliance_id,
                idempotency_key=wish.idempotency_key,
            )
        with self._guard:
            self._people.append(receipt.registration_id)

    def _cancel(self, chance: random.Random) -> None:
        with transaction():
            registrations.cancel(self._anybody(chance), actor="command")

    def _decline(self, chance: random.Random) -> None:
        with transaction():
            registrations.decline(self._anybody(chance), reason="", actor="command")

    def _approve(self, chance: random.Random) -> None:
        with transaction():
            registrations.approve(self._anybody(chance), actor="command")

    def _replace(self, chance: random.Random) -> None:
        with transaction():
            receipt = registrations.replace(
                self._anybody(chance),
                factories.person(),
                idempotency_key=uuid.uuid4().hex,
                terms=Terms(source=Source.TRANSFER, has_consented=False, actor="command"),
            )
        with self._guard:
            self._people.append(receipt.registration_id)

    def _change_roles(self, chance: random.Random) -> None:
        roles = [role for role in self._prospectus.roles if role.code in ROLES]
        wanted = chance.sample(roles, k=chance.choice((1, 2)))
        with transaction():
            registrations.change_roles(self._anybody(chance), wanted, actor="command")

    def _resize(self, chance: random.Random) -> None:
        alliance = self._prospectus.find_alliance(chance.choice(ALLIANCES))
        with transaction():
            quotas.set_quota(
                event_id=self._prospectus.event.id,
                places=chance.randint(4, 12),
                alliance_id=alliance.id if alliance else None,
                actor="command",
            )


def bustle(app: Flask, event: Event, operations: int) -> Bustle:
    slug, event_id = event.slug, event.id
    for alliance in ALLIANCES:
        factories.set_places(event, 8, alliance=alliance)
    factories.set_places(event, 20)
    factories.set_places(event, 9, role="presenter")
    factories.set_places(event, 3, alliance="MR4B", role="delegate")
    crowd = Bustle(app, events.get_prospectus(slug), operations)
    db.session.rollback()
    crowd.run()
    db.session.rollback()
    assert event_id
    return crowd


def scope_of(registration: Registration) -> Scope:
    return registration.alliance_id, [role.id for role in registration.roles]


def find_who_should_not_wait(event_id: uuid.UUID) -> list[Registration]:
    """Return those who wait although every quota of all their party has room."""
    rows = db.session.query(Registration).filter_by(event_id=event_id, state=WAITING).all()
    parties: dict[uuid.UUID, list[Registration]] = defaultdict(list)
    for row in rows:
        parties[row.party_id or row.id].append(row)
    return [
        party[0]
        for party in parties.values()
        if quotas.hold_room(event_id).take_all([scope_of(each) for each in party]) is None
    ]


def find_split_parties(event_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the parties of whom some have places and others wait."""
    standing: dict[uuid.UUID, set[bool]] = defaultdict(set)
    for row in db.session.query(Registration).filter_by(event_id=event_id):
        if row.party_id is not None and row.state in IS_OPEN:
            standing[row.party_id].add(row.state in HOLDS_PLACE)
    return [party for party, kinds in standing.items() if len(kinds) > 1]


@pytest.mark.parametrize("operations", [2000, pytest.param(20_000, marks=pytest.mark.long)])
def test_in_all_the_bustle_places_stay_exact(app: Flask, event: Event, operations: int) -> None:
    event_id = event.id
    crowd = bustle(app, event, operations)
    assert not crowd.faults
    assert sum(crowd.done.values()) == operations
    assert len(crowd.done) > 7, "something was never done"
    assert not quotas.reconcile(event_id)
    assert not find_who_should_not_wait(event_id)
    assert not find_split_parties(event_id)


@dataclass
class Turns:
    """What has happened, where the order of two who race is told."""

    looked: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)


def leave_while_joining(app: Flask, event: Event, turns: Turns | None = None) -> None:
    """One gives the only place up while another joins; with turns, after that one has looked."""
    factories.set_places(event, 1)
    prospectus = events.get_prospectus(event.slug)
    holder = factories.register(event).id
    db.session.rollback()

    def join() -> None:
        wish = Wish(
            person=factories.person(),
            role=prospectus.roles[0],
            alliance_id=prospectus.alliances[0].id,
            idempotency_key=uuid.uuid4().hex,
        )
        with app.app_context(), transaction():
            registrations.register_or_wait(prospectus, [wish])

    joining = threading.Thread(target=join)
    joining.start()
    assert turns is None or turns.looked.wait(timeout=60)
    with transaction():
        registrations.cancel(registrations.get(holder), actor="command")
    if turns is not None:
        turns.left.set()
    joining.join()
    db.session.rollback()


def test_whoever_joins_while_a_place_comes_free_has_it(app: Flask, event: Event) -> None:
    event_id = event.id
    leave_while_joining(app, event)
    assert not find_who_should_not_wait(event_id)


def test_without_taking_turns_somebody_waits_beside_a_free_place(
    postgresql_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin without the guard; SQLite lets only one write at a time anyhow."""
    turns, here = Turns(), threading.get_ident()

    def look_only(event_id: uuid.UUID) -> quotas.Room:
        """Return the room as it looks now, held by nobody; who joins is then slow to write."""
        found = quotas.list_quotas(event_id)
        room = quotas.Room({(row.alliance_key, row.role_key): (row.id, row.free) for row in found})
        if threading.get_ident() != here:
            turns.looked.set()
            assert turns.left.wait(timeout=60)
        return room

    with postgresql_app.app_context():
        event = factories.make_event(f"twin-{uuid.uuid4().hex[:8]}")
        event_id = event.id
        with monkeypatch.context() as unguarded:
            unguarded.setattr(quotas, "hold_queue", quotas.hold_event)
            unguarded.setattr(quotas, "hold_room", look_only)
            leave_while_joining(postgresql_app, event, turns)
        assert find_who_should_not_wait(event_id)
        db.session.rollback()


WAITS = 60


def change_roles_while_replaced(
    app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch, *, most: float
) -> None:
    """Let somebody be replaced once the places of their other role are chosen, not yet written.

    Args:
        app: the application.
        event: has the quota of one of the roles.
        monkeypatch: of the test.
        most: seconds that the change of roles waits for the other to be done.
    """
    factories.set_places(event, 9, role="presenter")
    person = factories.register(event, role="presenter").id
    guest = events.get_prospectus(event.slug).find_role("guest")
    assert guest is not None
    chosen, replaced = threading.Event(), threading.Event()
    move_places = quotas.shift

    def slowly(*args: Any, **kwargs: Any) -> None:
        chosen.set()
        replaced.wait(timeout=most)
        move_places(*args, **kwargs)

    def replace() -> None:
        assert chosen.wait(timeout=WAITS)
        with app.app_context(), transaction():
            registrations.replace(
                registrations.get(person),
                factories.person(),
                idempotency_key=uuid.uuid4().hex,
                terms=Terms(source=Source.TRANSFER, has_consented=False, actor="command"),
            )
        replaced.set()

    db.session.rollback()
    monkeypatch.setattr(quotas, "shift", slowly)
    replacing = threading.Thread(target=replace)
    replacing.start()
    with transaction():
        registrations.change_roles(registrations.get(person), [guest], actor="command")
    replacing.join()
    db.session.rollback()


def test_whoever_is_replaced_while_their_roles_change_hands_on_the_places_they_have(
    app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = event.id
    change_roles_while_replaced(app, event, monkeypatch, most=0.5)
    assert not quotas.reconcile(event_id)


def test_twin_without_holding_the_person_a_place_is_counted_in_the_wrong_quota(
    postgresql_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite lets only one write at a time anyhow."""
    monkeypatch.setattr(changing, "_hold", db.session.refresh)
    with postgresql_app.app_context():
        event = factories.make_event(f"twin-{uuid.uuid4().hex[:8]}")
        event_id = event.id
        change_roles_while_replaced(postgresql_app, event, monkeypatch, most=WAITS)
        (difference,) = quotas.reconcile(event_id)
        assert (difference.taken, difference.counted) == (0, 1)
        db.session.rollback()


CLIENTS = 32


@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.long)])
def test_the_last_place_has_one_winner_each_time(app: Flask, event: Event, rounds: int) -> None:
    event_id, slug = event.id, event.slug
    factories.set_places(event, 0, role="delegate")
    prospectus = events.get_prospectus(slug)
    for number in range(rounds):
        with transaction():
            quotas.set_quota(
                event_id=event_id,
                places=number + 1,
                role_id=next(role.id for role in prospectus.roles if role.code == "delegate"),
                actor="command",
            )
        winners = race_once(app, prospectus)
        assert winners == 1, f"round {number}"
    assert not quotas.reconcile(event_id)
    db.session.rollback()
    assert [quota.taken for quota in quotas.list_quotas(event_id)] == [rounds]


def race_once(app: Flask, prospectus: Prospectus) -> int:
    role = next(role for role in prospectus.roles if role.code == "delegate")
    won = []
    start = threading.Barrier(CLIENTS)

    def one() -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    registrations.register(
                        prospectus,
                        factories.person(),
                        role=role,
                        alliance_id=prospectus.alliances[0].id,
                        idempotency_key=uuid.uuid4().hex,
                    )
            except Conflict:
                return
            won.append(1)

    threads = [threading.Thread(target=one) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(won)


def test_a_party_is_split_when_each_is_promoted_alone(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of parties: those who wait together, taken one by one."""
    event_id = event.id
    together = waiting._units

    def one_by_one(event_id: uuid.UUID, room: quotas.Room) -> list[waiting.Unit]:
        return [
            waiting.Unit((each,), (scope,))
            for unit in together(event_id, room)
            for each, scope in zip(unit.ids, unit.scopes, strict=True)
        ]

    monkeypatch.setattr(waiting, "_units", one_by_one)
    factories.set_places(event, 0)
    prospectus = events.get_prospectus(event.slug)
    wishes = [
        Wish(
            person=factories.person(),
            role=prospectus.roles[0],
            alliance_id=prospectus.alliances[0].id,
            idempotency_key=uuid.uuid4().hex,
        )
        for _ in range(2)
    ]
    with transaction():
        registrations.register_or_wait(prospectus, wishes)
    factories.set_places(event, 1)
    assert find_split_parties(event_id)

"""Whatever happens in whatever order: places are exact, and those who wait get their turn.

A simple model of the rules, in plain Python, does everything that the services do; after each
step both must agree on who stands where. Hypothesis looks for a story in which they don't.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from registration import clock
from registration.database import db, transaction
from registration.errors import Conflict, OfferExpired, QuotaExhausted, TransitionRefused
from registration.models.events import Event, Promotion
from registration.models.registrations import (
    HOLDS_PLACE,
    IS_OPEN,
    Registration,
    RegistrationState,
    Source,
)
from registration.services import events, quotas, registrations
from registration.services.registrations import Receipt, Terms, Wish, waiting
from tests import factories

State = RegistrationState
ALLIANCES: tuple[str | None, ...] = ("MR4B", "BIOZ", None)
ROLES = ("delegate", "presenter", "guest")
OFFER_HOURS = 24
LIST = Terms(source=Source.IMPORT, skips_approval=True, has_consented=False, actor="command")

Key = tuple[str | None, str | None]
"""Of a quota: (alliance or any, role or any)."""


KEYS = st.tuples(
    st.sampled_from((None, *(each for each in ALLIANCES if each))), st.sampled_from((None, *ROLES))
)


@dataclass
class Somebody:
    """One person, as the model sees them."""

    alliance: str | None
    roles: tuple[str, ...]
    state: State
    turn: int = 0
    party: int | None = None
    is_approved: bool = False
    offered_until: float = 0.0


@dataclass
class Rules:
    """The rules of the house, without a database."""

    promotion: Promotion
    places: dict[Key, int] = field(default_factory=dict)
    people: dict[uuid.UUID, Somebody] = field(default_factory=dict)
    turns: int = 0
    hours: float = 0.0

    def counts(self, alliance: str | None, roles: Sequence[str]) -> set[Key]:
        return set(product({None, alliance}, {None, *roles})) & set(self.places)

    def taken(self, key: Key) -> int:
        return sum(
            each.state in HOLDS_PLACE and key in self.counts(each.alliance, each.roles)
            for each in self.people.values()
        )

    def fits(self, *group: Somebody) -> bool:
        keys = [key for each in group for key in self.counts(each.alliance, each.roles)]
        return all(self.taken(key) + keys.count(key) <= self.places[key] for key in set(keys))

    def first_state(self, somebody: Somebody) -> State:
        asks = "guest" in somebody.roles and not somebody.is_approved
        return State.REQUESTED if asks else State.CONFIRMED

    def units(self) -> list[list[Somebody]]:
        """Those who wait, in turn; a party together."""
        line = sorted(
            (each for each in self.people.values() if each.state == State.WAITING),
            key=lambda each: each.turn,
        )
        units: dict[tuple[int, int | None], list[Somebody]] = {}
        for each in line:
            units.setdefault((each.turn, each.party), []).append(each)
        return list(units.values())

    def promote(self) -> None:
        for unit in self.units():
            if not self.fits(*unit):
                continue
            for each in unit:
                offered = self.promotion == Promotion.OFFER
                each.state = State.OFFERED if offered else self.first_state(each)
                each.offered_until = self.hours + OFFER_HOURS


class Story(RuleBasedStateMachine):
    """Everything that people, coordinators, organisers and the clock do to registrations."""

    def __init__(self) -> None:
        super().__init__()
        self.traveller = time_machine.travel(clock.now(), tick=False)
        self.time = self.traveller.start()
        self.event = factories.make_event(f"story-{uuid.uuid4().hex[:12]}")
        self.event_id = self.event.id
        self.prospectus = events.get_prospectus(self.event.slug)
        self._lowered: dict[int, int] = {}

    def teardown(self) -> None:
        db.session.rollback()
        self.traveller.stop()

    @initialize(
        promotion=st.sampled_from([Promotion.AUTOMATIC, Promotion.OFFER]),
        total=st.integers(0, 4),
        data=st.data(),
    )
    def open(self, promotion: Promotion, total: int, data: st.DataObject) -> None:
        self.house = Rules(promotion)
        with transaction():
            event = db.session.get_one(Event, self.event_id)
            event.promotion = promotion
            event.offer_hours = OFFER_HOURS
            event.revision += 1
        self.prospectus = events.get_prospectus(self.event.slug)
        self._resize((None, None), total)
        for key in data.draw(st.lists(KEYS, max_size=3, unique=True)):
            self._resize(key, data.draw(st.integers(0, 3)))

    # What happens

    @rule(alliance=st.sampled_from(ALLIANCES), roles=st.sampled_from(ROLES).map(lambda r: (r,)))
    def register(self, alliance: str | None, roles: tuple[str, ...]) -> None:
        """By the public form, which asks before it puts anybody in the queue."""
        somebody = Somebody(alliance, roles, State.WAITING)
        (wish,) = self._wishes([somebody])
        fits = self.house.fits(somebody)
        try:
            with transaction():
                receipt = self._register(wish, registrations.PUBLIC)
        except QuotaExhausted:
            assert not fits
            return
        assert fits
        somebody.state = self.house.first_state(somebody)
        self.house.people[receipt.registration_id] = somebody

    @rule(
        wanted=st.lists(
            st.tuples(st.sampled_from(ALLIANCES), st.sets(st.sampled_from(ROLES), min_size=1)),
            min_size=1,
            max_size=3,
        )
    )
    def register_or_wait(self, wanted: list[tuple[str | None, set[str]]]) -> None:
        """Alone or as a party, with one role or several."""
        self._join(
            [Somebody(alliance, tuple(sorted(roles)), State.WAITING) for alliance, roles in wanted]
        )

    @rule(alliance=st.sampled_from(ALLIANCES[:2]), count=st.integers(1, 3))
    def import_list(self, alliance: str, count: int) -> None:
        """All rows of a list, or none of them."""
        rows = [
            Somebody(alliance, ("delegate",), State.CONFIRMED, is_approved=True)
            for _ in range(count)
        ]
        fits = self.house.fits(*rows)
        try:
            with transaction():
                quotas.hold_room(self.event_id)
                receipts = [self._register(wish, LIST) for wish in self._wishes(rows)]
        except QuotaExhausted:
            assert not fits
            return
        assert fits
        for receipt, row in zip(receipts, rows, strict=True):
            self.house.people[receipt.registration_id] = row

    @precondition(lambda self: self.house.people)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self._decide(data, registrations.cancel, State.CANCELLED, IS_OPEN)

    @precondition(lambda self: self.house.people)
    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        self._decide(data, registrations.approve, State.CONFIRMED, {State.REQUESTED})

    @precondition(lambda self: self.house.people)
    @rule(data=st.data())
    def decline(self, data: st.DataObject) -> None:
        def work(row: Registration, *, actor: str) -> None:
            registrations.decline(row, reason="", actor=actor)

        self._decide(data, work, State.DECLINED, {State.REQUESTED, State.WAITING})

    @precondition(lambda self: self.house.people)
    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        registration_id, somebody = self._anybody(data)
        late = somebody.state == State.OFFERED and self.house.hours >= somebody.offered_until
        try:
            with transaction():
                registrations.accept(registrations.get(registration_id))
        except OfferExpired:
            assert late
            return
        except TransitionRefused:
            assert somebody.state != State.OFFERED
            return
        assert not late
        for each in self.house.people.values():
            same_party = each.party is not None and each.party == somebody.party
            if each.state == State.OFFERED and (each is somebody or same_party):
                each.state = self.house.first_state(each)

    @rule()
    def expire(self) -> None:
        with transaction():
            registrations.expire_offers()
        for each in self.house.people.values():
            if each.state == State.OFFERED and each.offered_until <= self.house.hours:
                each.state = State.EXPIRED
        self.house.promote()

    @rule()
    def promote(self) -> None:
        """A promotion that nothing called for changes nothing."""
        with transaction():
            waiting.hold(self.event_id)
            assert registrations.promote(self.event_id) == 0

    @rule(key=KEYS, places=st.integers(0, 5))
    def resize(self, key: Key, places: int) -> None:
        self._resize(key, places)

    @precondition(lambda self: len(self.house.places) > 1)
    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        """A limit is taken away altogether."""
        key = data.draw(st.sampled_from(sorted(self.house.places, key=str)))
        self._set(key, None)
        del self.house.places[key]
        self.house.promote()

    @precondition(lambda self: self.house.people)
    @rule(data=st.data())
    def replace(self, data: st.DataObject) -> None:
        registration_id, somebody = self._anybody(data)
        try:
            with transaction():
                receipt = registrations.replace(
                    registrations.get(registration_id),
                    factories.person(given_name="Jörg"),
                    idempotency_key=uuid.uuid4().hex,
                    terms=Terms(source=Source.TRANSFER, has_consented=False),
                )
        except TransitionRefused:
            assert somebody.state not in {State.REQUESTED, State.CONFIRMED}
            return
        successor = Somebody(somebody.alliance, somebody.roles, State.CONFIRMED)
        successor.state = self.house.first_state(successor)
        somebody.state = State.CANCELLED
        self.house.people[receipt.registration_id] = successor

    @precondition(lambda self: self.house.people)
    @rule(data=st.data(), codes=st.sets(st.sampled_from(ROLES), min_size=1))
    def change_roles(self, data: st.DataObject, codes: set[str]) -> None:
        registration_id, somebody = self._anybody(data)
        if somebody.alliance is None:  # the other roles are for those who come for one
            codes = {"guest"}
        moved = Somebody(somebody.alliance, tuple(sorted(codes)), somebody.state)
        before = self.house.counts(somebody.alliance, somebody.roles)
        new = self.house.counts(moved.alliance, moved.roles) - before
        fits = all(self.house.taken(key) < self.house.places[key] for key in new)
        holds = somebody.state in HOLDS_PLACE
        wanted = [role for role in self.prospectus.roles if role.code in codes]
        try:
            with transaction():
                row = registrations.get(registration_id)
                registrations.change_roles(row, wanted, actor="command")
        except QuotaExhausted:
            assert holds
            assert not fits
            return
        except TransitionRefused:
            assert somebody.state not in IS_OPEN
            return
        except Conflict as error:
            raise AssertionError from error
        assert fits or not holds
        somebody.roles = moved.roles
        self.house.promote()

    @rule(hours=st.integers(1, 30))
    def pass_time(self, hours: int) -> None:
        self.house.hours += hours
        self.time.shift(timedelta(hours=hours))

    # What must always be so

    @invariant()
    def both_agree_on_who_stands_where(self) -> None:
        if not hasattr(self, "house"):
            return
        db.session.rollback()
        rows = db.session.query(Registration).filter_by(event_id=self.event_id)
        told = {row.id: row.state for row in rows}
        assert told == {key: each.state for key, each in self.house.people.items()}

    @invariant()
    def counts_are_the_rows_and_within_the_places(self) -> None:
        if not hasattr(self, "house"):
            return
        assert not quotas.reconcile(self.event_id)
        db.session.rollback()
        for quota in quotas.list_quotas(self.event_id):
            assert quota.taken >= 0
            lowered = quota.id in self.lowered and quota.taken <= self.lowered[quota.id]
            assert quota.taken <= quota.places or lowered
            if quota.taken <= quota.places:
                self.lowered.pop(quota.id, None)
            elif quota.id in self.lowered:
                self.lowered[quota.id] = quota.taken

    @invariant()
    def nobody_waits_who_fits_and_no_party_is_split(self) -> None:
        if not hasattr(self, "house"):
            return
        assert not any(self.house.fits(*unit) for unit in self.house.units())
        parties: dict[int, set[bool]] = {}
        for each in self.house.people.values():
            if each.party is not None and each.state in IS_OPEN:
                parties.setdefault(each.party, set()).add(each.state == State.WAITING)
        assert all(len(standing) == 1 for standing in parties.values())

    # How it is done

    @property
    def lowered(self) -> dict[int, int]:
        """Quotas lowered below what was taken, and how much is; it may only sink."""
        return self._lowered

    def _wishes(self, people: Sequence[Somebody]) -> list[Wish]:
        by_code = {role.code: role for role in self.prospectus.roles}
        wishes = []
        for each in people:
            alliance = self.prospectus.find_alliance(each.alliance or "")
            wishes.append(
                Wish(
                    person=factories.person(),
                    role=by_code[each.roles[0]],
                    further_roles=tuple(by_code[code] for code in each.roles[1:]),
                    alliance_id=alliance.id if alliance else None,
                    idempotency_key=uuid.uuid4().hex,
                )
            )
        return wishes

    def _register(self, wish: Wish, terms: Terms) -> Receipt:
        return registrations.register(
            self.prospectus,
            wish.person,
            role=wish.role,
            alliance_id=wish.alliance_id,
            idempotency_key=wish.idempotency_key,
            terms=terms,
        )

    def _join(self, group: list[Somebody]) -> None:
        fits = self.house.fits(*group)
        with transaction():
            receipts = registrations.register_or_wait(self.prospectus, self._wishes(group))
        self.house.turns += 1
        for receipt, each in zip(receipts, group, strict=True):
            each.state = self.house.first_state(each) if fits else State.WAITING
            each.turn = self.house.turns
            each.party = self.house.turns if len(group) > 1 and not fits else None
            self.house.people[receipt.registration_id] = each

    def _anybody(self, data: st.DataObject) -> tuple[uuid.UUID, Somebody]:
        people: list[tuple[uuid.UUID, Somebody]] = list(self.house.people.items())
        return people[data.draw(st.integers(0, len(people) - 1))]

    def _decide(
        self,
        data: st.DataObject,
        work: Callable[..., None],
        state: State,
        before: set[State] | frozenset[State],
    ) -> None:
        registration_id, somebody = self._anybody(data)
        try:
            with transaction():
                work(registrations.get(registration_id), actor="command")
        except TransitionRefused:
            assert somebody.state not in before
            return
        assert somebody.state in before
        somebody.state = state
        if state != State.CONFIRMED:
            self.house.promote()

    def _resize(self, key: Key, places: int) -> None:
        self._set(key, places)
        self.house.places[key] = places
        self.house.promote()

    def _set(self, key: Key, places: int | None) -> None:
        alliance = self.prospectus.find_alliance(key[0] or "")
        role = self.prospectus.find_role(key[1] or "")
        with transaction():
            quota = quotas.set_quota(
                event_id=self.event_id,
                places=places,
                alliance_id=alliance.id if alliance else None,
                role_id=role.id if role else None,
                actor="command",
            )
            if quota is not None and quota.taken > quota.places:
                self.lowered[quota.id] = quota.taken


def run(*, stories: int, steps: int) -> None:
    """Let Hypothesis tell so many stories; making a bad one shorter would take minutes."""
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=stories,
            stateful_step_count=steps,
            deadline=None,
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.usefixtures("app")
def test_no_story_breaks_the_rules() -> None:
    run(stories=50, steps=60)


@pytest.mark.long
@pytest.mark.usefixtures("app")
def test_no_long_story_breaks_the_rules() -> None:
    run(stories=500, steps=60)


@pytest.fixture
def no_promotion(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Places come free, and nobody is told."""
    monkeypatch.setattr(waiting, "promote", lambda _event_id: 0)
    yield


@pytest.fixture
def no_limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Places are counted, but nobody looks how many there are."""
    monkeypatch.setattr(
        quotas, "take", lambda *scope: quotas.take_beyond(quotas.matching(*scope), 1)
    )
    yield


@pytest.fixture
def last_come_first_served(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The queue is read from its end."""
    in_turn = waiting._units

    def backwards(event_id: uuid.UUID, room: quotas.Room) -> Iterator[waiting.Unit]:
        yield from reversed(list(in_turn(event_id, room)))

    monkeypatch.setattr(waiting, "_units", backwards)
    yield


@pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("fault", ["no_promotion", "no_limit", "last_come_first_served"])
@pytest.mark.usefixtures("app")
def test_without_its_guard_a_story_breaks_the_rules(
    request: pytest.FixtureRequest, fault: str
) -> None:
    """The twins: each guard switched off is found."""
    request.getfixturevalue(fault)
    with pytest.raises(AssertionError):
        run(stories=300, steps=40)

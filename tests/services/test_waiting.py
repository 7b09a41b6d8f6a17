"""The waiting list: its order, its parties, its offers, and what a freed place does."""

import uuid
from datetime import timedelta

import pytest
import time_machine

from registration import clock
from registration.database import db, transaction
from registration.errors import (
    ChangesClosed,
    Duplicate,
    Invalid,
    OfferExpired,
    QuotaExhausted,
    TransitionRefused,
)
from registration.models.deliveries import Delivery
from registration.models.events import AddressPolicy, Event, Promotion
from registration.models.registrations import Registration, RegistrationState, Source
from registration.models.roles import RoleAccess
from registration.services import events, quotas, registrations
from registration.services.registrations import Receipt, Terms, Wish
from tests import factories
from tests.factories import set_places

State = RegistrationState


def wish(event: Event, *roles: str, alliance: str = "MR4B", key: str = "", **told: str) -> Wish:
    prospectus = events.get_prospectus(event.slug)
    found = [role for role in prospectus.roles if role.code in (roles or ("delegate",))]
    sender = prospectus.find_alliance(alliance)
    return Wish(
        person=factories.person(**told),
        role=found[0],
        further_roles=tuple(found[1:]),
        alliance_id=sender.id if sender else None,
        idempotency_key=key or uuid.uuid4().hex,
    )


def join(event: Event, *wishes: Wish, terms: Terms = registrations.PUBLIC) -> list[Registration]:
    with transaction():
        receipts = registrations.register_or_wait(
            events.get_prospectus(event.slug), wishes or [wish(event)], terms=terms
        )
    return [get(receipt) for receipt in receipts]


def get(receipt: Receipt | Registration) -> Registration:
    db.session.expire_all()
    found = receipt.registration_id if isinstance(receipt, Receipt) else receipt.id
    return registrations.get(found)


def cancel(registration: Registration) -> None:
    with transaction():
        registrations.cancel(registrations.get(registration.id), actor="command")


def set_event(event: Event, **columns: object) -> None:
    with transaction():
        row = db.session.get_one(Event, event.id)
        for name, value in columns.items():
            setattr(row, name, value)
        row.revision += 1


def mails(registration: Registration) -> list[str]:
    rows = db.session.query(Delivery).filter_by(registration_id=registration.id)
    return [row.kind for row in rows.order_by(Delivery.id)]


def taken(event: Event) -> list[int]:
    db.session.rollback()
    assert not quotas.reconcile(event.id)
    return [quota.taken for quota in quotas.list_quotas(event.id)]


def test_whoever_finds_places_free_needs_no_queue(event: Event) -> None:
    set_places(event, 1)
    (first,) = join(event)
    assert first.state == State.CONFIRMED
    assert mails(first) == ["confirmed"]
    (second,) = join(event)
    assert second.state == State.WAITING
    assert second.badge is None
    assert mails(second) == ["waiting"]
    assert taken(event) == [1]


def test_a_freed_place_goes_to_whoever_has_waited_longest(event: Event) -> None:
    set_places(event, 1)
    (holder,) = join(event)
    waiting = [join(event)[0] for _ in range(3)]
    assert [registrations.position(get(each)) for each in waiting] == [1, 2, 3]
    cancel(holder)
    assert [get(each).state for each in waiting] == [State.CONFIRMED, State.WAITING, State.WAITING]
    promoted = get(waiting[0])
    assert mails(promoted) == ["waiting", "promoted"]
    assert promoted.badge is not None
    assert registrations.position(promoted) is None
    assert registrations.position(get(waiting[1])) == 1
    assert taken(event) == [1]


def test_the_next_is_the_first_for_whom_every_quota_has_room(event: Event) -> None:
    set_places(event, 2)
    set_places(event, 1, alliance="MR4B")
    (ours,) = join(event, wish(event, alliance="MR4B"))
    (other,) = join(event, wish(event, alliance="BIOZ"))
    (blocked,) = join(event, wish(event, alliance="MR4B"))
    (lucky,) = join(event, wish(event, alliance="VOGTLAND"))
    cancel(other)
    assert get(blocked).state == State.WAITING
    assert get(lucky).state == State.CONFIRMED
    cancel(ours)
    assert get(blocked).state == State.CONFIRMED


def test_a_position_counts_only_those_who_wait_for_the_same(event: Event) -> None:
    set_places(event, 0, alliance="MR4B")
    set_places(event, 0, alliance="BIOZ")
    (first,) = join(event, wish(event, alliance="MR4B"))
    (elsewhere,) = join(event, wish(event, alliance="BIOZ"))
    (second,) = join(event, wish(event, alliance="MR4B"))
    assert registrations.position(get(first)) == 1
    assert registrations.position(get(elsewhere)) == 1
    assert registrations.position(get(second)) == 2


def test_a_party_comes_together_or_not_at_all(event: Event) -> None:
    set_places(event, 2)
    (holder,) = join(event)
    party = join(event, wish(event), wish(event))
    assert [each.state for each in party] == [State.WAITING, State.WAITING]
    assert taken(event) == [1]
    (single,) = join(event)
    assert single.state == State.CONFIRMED
    cancel(single)
    assert {get(each).state for each in party} == {State.WAITING}
    cancel(holder)
    assert {get(each).state for each in party} == {State.CONFIRMED}
    assert taken(event) == [2]


def test_a_party_that_shrinks_may_fit(event: Event) -> None:
    set_places(event, 1)
    party = join(event, wish(event), wish(event))
    cancel(party[0])
    assert get(party[1]).state == State.CONFIRMED


def test_a_party_has_the_turn_of_its_first(event: Event) -> None:
    set_places(event, 0)
    (first,) = join(event)
    party = join(event, wish(event), wish(event))
    (last,) = join(event)
    assert [registrations.position(get(each)) for each in (first, *party, last)] == [1, 2, 2, 4]


def test_a_party_sent_twice_is_one(event: Event) -> None:
    set_places(event, 0)
    wishes = [wish(event, key="one"), wish(event, key="two")]
    first, again = join(event, *wishes), join(event, *wishes)
    assert [each.id for each in first] == [each.id for each in again]


def test_without_a_waiting_list_a_full_event_refuses(event: Event) -> None:
    set_places(event, 0)
    set_event(event, promotion=Promotion.NONE)
    with pytest.raises(QuotaExhausted):
        join(event)
    assert db.session.query(Registration).count() == 0


def test_raising_a_quota_promotes(event: Event) -> None:
    set_places(event, 0)
    waiting = [join(event)[0] for _ in range(3)]
    set_places(event, 2)
    assert [get(each).state for each in waiting] == [
        State.CONFIRMED,
        State.CONFIRMED,
        State.WAITING,
    ]
    set_places(event, None)
    assert get(waiting[2]).state == State.CONFIRMED


def test_nobody_is_promoted_once_the_event_has_begun(event: Event) -> None:
    set_places(event, 0)
    (waiting,) = join(event)
    with time_machine.travel(event.starts_at + timedelta(minutes=1)):
        set_places(event, 5)
    assert get(waiting).state == State.WAITING


def test_in_a_role_with_approval_a_promotion_is_a_request(event: Event) -> None:
    set_places(event, 0)
    (waiting,) = join(event, wish(event, "guest", alliance=""))
    set_places(event, 1)
    assert get(waiting).state == State.REQUESTED
    with transaction():
        registrations.approve(registrations.get(waiting.id), actor="command")
    assert get(waiting).state == State.CONFIRMED
    assert mails(waiting) == ["waiting", "promoted", "approved"]


def test_waiting_is_not_approved_past_the_queue(event: Event) -> None:
    set_places(event, 0)
    (waiting,) = join(event)
    with pytest.raises(TransitionRefused), transaction():
        registrations.approve(registrations.get(waiting.id), actor="command")
    assert taken(event) == [0]


def make_offer(event: Event) -> Registration:
    set_event(event, promotion=Promotion.OFFER, offer_hours=24)
    set_places(event, 0)
    (waiting,) = join(event)
    set_places(event, 1)
    return get(waiting)


def test_an_offer_keeps_the_place_until_its_deadline(event: Event) -> None:
    offered = make_offer(event)
    assert offered.state == State.OFFERED
    assert offered.offer_expires_at is not None
    assert timedelta(hours=23) < offered.offer_expires_at - clock.now() <= timedelta(hours=24)
    assert taken(event) == [1]
    with transaction():
        registrations.accept(registrations.get(offered.id))
    accepted = get(offered)
    assert accepted.state == State.CONFIRMED
    assert accepted.badge is not None
    assert mails(accepted) == ["waiting", "offer", "confirmed"]


def test_an_offer_that_nobody_takes_goes_to_the_next(event: Event) -> None:
    offered = make_offer(event)
    (next_one,) = join(event)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        with pytest.raises(OfferExpired), transaction():
            registrations.accept(registrations.get(offered.id))
        assert registrations.is_any_offer_over()
        with transaction():
            assert registrations.expire_offers() == 1
        assert get(offered).state == State.EXPIRED
        assert get(next_one).state == State.OFFERED
        assert not registrations.is_any_offer_over()
    assert mails(offered) == ["waiting", "offer", "expired"]
    assert taken(event) == [1]


def test_an_offer_given_up_goes_to_the_next(event: Event) -> None:
    offered = make_offer(event)
    (next_one,) = join(event)
    cancel(offered)
    assert get(next_one).state == State.OFFERED


def test_one_of_a_party_accepts_for_all(event: Event) -> None:
    set_event(event, promotion=Promotion.OFFER)
    set_places(event, 0)
    party = join(event, wish(event), wish(event))
    set_places(event, 2)
    with transaction():
        registrations.accept(registrations.get(party[1].id))
    assert {get(each).state for each in party} == {State.CONFIRMED}


def test_somebody_with_two_roles_counts_once_in_what_matches_both(event: Event) -> None:
    set_places(event, 5)
    set_places(event, 5, role="delegate")
    set_places(event, 5, role="presenter")
    set_places(event, 5, alliance="MR4B")
    (both,) = join(event, wish(event, "delegate", "presenter"))
    assert [role.code for role in both.roles] == ["presenter", "delegate"]
    assert taken(event) == [1, 1, 1, 1]
    cancel(both)
    assert taken(event) == [0, 0, 0, 0]


def change_roles(registration: Registration, *codes: str) -> None:
    prospectus = events.get_prospectus(registration.event.slug)
    with transaction():
        registrations.change_roles(
            registrations.get(registration.id),
            [role for role in prospectus.roles if role.code in codes],
            actor="command",
        )


def test_a_change_of_role_moves_the_places_and_promotes(event: Event) -> None:
    set_places(event, 1, role="delegate")
    set_places(event, 1, role="presenter")
    (delegate,) = join(event)
    (waiting,) = join(event)
    generation = delegate.badge.generation if delegate.badge else None
    assert generation == 0
    change_roles(delegate, "presenter")
    changed = get(delegate)
    assert changed.role.code == "presenter"
    assert changed.badge is not None
    assert changed.badge.generation == 1
    assert get(waiting).state == State.CONFIRMED
    assert taken(event) == [1, 1]
    assert mails(changed) == ["confirmed", "changed"]


def test_a_change_to_a_full_role_changes_nothing(event: Event) -> None:
    set_places(event, 1, role="delegate")
    set_places(event, 0, role="presenter")
    (delegate,) = join(event)
    with pytest.raises(QuotaExhausted):
        change_roles(delegate, "presenter", "delegate")
    assert [role.code for role in get(delegate).roles] == ["delegate"]
    assert taken(event) == [1, 0]


def test_a_role_that_needs_an_alliance_is_refused_to_somebody_without(event: Event) -> None:
    (guest,) = join(event, wish(event, "guest", alliance=""))
    with pytest.raises(Invalid):
        change_roles(guest, "delegate")


COLLEAGUE = Terms(source=Source.TRANSFER, has_consented=False, actor="attendee")


def replace(
    registration: Registration, key: str = "colleague", terms: Terms = COLLEAGUE
) -> Receipt:
    with transaction():
        return registrations.replace(
            registrations.get(registration.id),
            factories.person(given_name="Jörg", email="joerg@buendnis.example"),
            idempotency_key=key,
            terms=terms,
        )


def test_a_place_is_handed_over_without_ever_being_free(event: Event) -> None:
    set_places(event, 1)
    (first,) = join(event, wish(event, "delegate", "presenter"))
    (waiting,) = join(event)
    second = get(replace(first))
    assert get(waiting).state == State.WAITING
    assert second.state == State.CONFIRMED
    assert second.replaces_id == first.id
    assert [role.code for role in second.roles] == ["presenter", "delegate"]
    assert second.badge is not None
    assert second.privacy_consent_at is None
    old = get(first)
    assert old.state == State.CANCELLED
    assert old.badge is not None
    assert old.badge.revoked_at is not None
    assert mails(old) == ["confirmed", "replaced"]
    assert mails(second) == ["confirmed"]
    assert taken(event) == [1]


def test_handing_over_twice_is_once(event: Event) -> None:
    (first,) = join(event)
    assert replace(first).registration_id == replace(first).registration_id
    with pytest.raises(TransitionRefused):
        replace(first, key="somebody else")


def test_whoever_takes_over_a_role_with_approval_needs_it_again(event: Event) -> None:
    (guest,) = join(event, wish(event, "guest", alliance=""))
    with transaction():
        registrations.approve(registrations.get(guest.id), actor="command")
    assert get(replace(guest)).state == State.REQUESTED
    assert taken(event) == []


def test_after_the_deadline_only_others_hand_over(event: Event) -> None:
    (first,) = join(event)
    with time_machine.travel(event.changes_close_at + timedelta(minutes=1)):
        with pytest.raises(ChangesClosed):
            replace(first)
        by_coordinator = Terms(source=Source.NOMINATION, has_consented=False, actor="account:1")
        assert get(replace(first, terms=by_coordinator)).state == State.CONFIRMED


def test_a_new_name_in_a_role_with_approval_asks_again(event: Event) -> None:
    (guest,) = join(event, wish(event, "guest", alliance=""))
    with transaction():
        registrations.approve(registrations.get(guest.id), actor="command")
    assert registrations.needs_approval_again(get(guest), factories.person(family_name="Anders"))
    assert not registrations.needs_approval_again(get(guest), factories.person(position="Leitung"))
    with transaction():
        registrations.correct(registrations.get(guest.id), factories.person(family_name="Anders"))
    asked = get(guest)
    assert asked.state == State.REQUESTED
    assert asked.badge is not None
    assert asked.badge.revoked_at is not None
    with transaction():
        registrations.approve(registrations.get(guest.id), actor="command")
    again = get(guest)
    assert again.state == State.CONFIRMED
    assert again.badge is not None
    assert (again.badge.revoked_at, again.badge.generation) == (None, 1)
    assert mails(again) == ["received", "approved", "received", "approved"]


@pytest.mark.parametrize("role", ["guest", "political"])
def test_whoever_was_let_in_without_a_request_does_not_become_another(
    event: Event, role: str
) -> None:
    terms = Terms(source=Source.IMPORT, skips_approval=True, actor="account:1")
    (first,) = join(event, wish(event, role, alliance=""), terms=terms)
    with transaction():
        registrations.correct(registrations.get(first.id), factories.person(family_name="Anders"))
    assert get(first).state == State.REQUESTED


def test_whom_a_coordinator_named_needs_no_approval(event: Event) -> None:
    terms = Terms(source=Source.NOMINATION, skips_approval=True, actor="account:1")
    set_places(event, 0)
    (named,) = join(event, wish(event, "guest", alliance=""), terms=terms)
    set_places(event, 1)
    assert get(named).state == State.CONFIRMED


def test_an_address_may_stand_for_one_person_only(event: Event) -> None:
    set_event(event, address_policy=AddressPolicy.ONE)
    (first,) = join(event, wish(event, email="One@buendnis.example"))
    (second,) = join(event, wish(event, email="one@buendnis.example", given_name="Other"))
    assert second.id == first.id
    assert second.given_name == first.given_name
    assert mails(first) == ["confirmed", "twice"]
    (other,) = join(event, wish(event, email="two@buendnis.example"))
    with pytest.raises(Duplicate), transaction():
        registrations.correct(
            registrations.get(other.id), factories.person(email="ONE@buendnis.example")
        )
    cancel(first)
    (anew,) = join(event, wish(event, email="one@buendnis.example"))
    assert anew.id != first.id


def test_a_known_address_and_an_unknown_one_are_refused_alike_when_full(event: Event) -> None:
    set_event(event, address_policy=AddressPolicy.ONE, promotion=Promotion.NONE)
    set_places(event, 1)
    factories.register(event, email="one@buendnis.example")
    for email in ("one@buendnis.example", "two@buendnis.example"):
        with pytest.raises(QuotaExhausted):
            factories.register(event, email=email)


def test_a_known_address_and_an_unknown_one_wait_alike_when_full(event: Event) -> None:
    set_event(event, address_policy=AddressPolicy.ONE)
    set_places(event, 1)
    known = factories.register(event, email="one@buendnis.example")
    receipts: list[Receipt] = []
    for email in ("one@buendnis.example", "two@buendnis.example"):
        with transaction():
            receipts += registrations.register_or_wait(
                events.get_prospectus(event.slug), [wish(event, email=email)]
            )
    assert [each.state for each in receipts] == [State.WAITING] * 2
    assert mails(get(known)) == ["confirmed", "twice"]


def test_without_the_consent_to_use_of_data_nobody_comes(event: Event) -> None:
    (person,) = join(event)
    with transaction():
        assert registrations.withdraw_privacy_consent(registrations.get(person.id))
    withdrawn = get(person)
    assert withdrawn.state == State.CANCELLED
    assert withdrawn.privacy_withdrawn_at is not None
    with transaction():
        assert not registrations.withdraw_privacy_consent(registrations.get(person.id))


def test_only_listed_roles_need_approval(prospectus: events.Prospectus) -> None:
    """The roles that these tests lean on are what they think they are."""
    access = {role.code: role.access for role in prospectus.roles}
    assert access["guest"] == RoleAccess.APPROVAL
    assert access["delegate"] == access["presenter"] == RoleAccess.OPEN

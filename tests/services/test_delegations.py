"""Delegations: who is short, what a signature is worth, and who is reminded."""

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction
from registration.models.accounts import Mandate
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import accounts, delegations, events, registrations
from registration.services.events import Prospectus
from tasks.delegations import remind
from tests import factories


@pytest.fixture
def alliance_id(prospectus: Prospectus) -> int:
    """The alliance whose delegation is looked at."""
    alliance = prospectus.find_alliance("MR4B")
    assert alliance is not None
    return alliance.id


def appoint(event: Event, code: str = "MR4B", email: str = "") -> Mandate:
    alliance = events.get_prospectus(event.slug).find_alliance(code)
    assert alliance is not None
    with transaction():
        return accounts.appoint(
            email=email or f"{code.lower()}@buendnis.example",
            name="Karla Koordination",
            locale="de",
            alliance=alliance,
            actor="command",
        )


def sign_off(event: Event, alliance_id: int) -> delegations.Standing:
    mandate = appoint(event)
    with transaction():
        return delegations.sign_off(event.id, alliance_id, account_id=mandate.account_id)


def standing(event: Event, alliance_id: int) -> delegations.Standing:
    db.session.rollback()
    return delegations.standing(event.id, alliance_id)


def cancel(registration: Registration) -> None:
    with transaction():
        registrations.cancel(registrations.get(registration.id))


def test_without_a_quota_of_its_own_an_alliance_is_never_short(
    event: Event, alliance_id: int
) -> None:
    factories.register(event)
    now = standing(event, alliance_id)
    assert (now.people, now.places, now.short) == (1, None, 0)
    assert not delegations.list_short(event.id)


def test_people_count_once_and_those_who_gave_up_do_not(event: Event, alliance_id: int) -> None:
    factories.set_places(event, 5, alliance="MR4B")
    factories.register(event)
    cancel(factories.register(event))
    factories.register(event, alliance="BIOZ")
    now = standing(event, alliance_id)
    assert (now.people, now.places, now.short) == (1, 5, 4)


@pytest.mark.parametrize(
    ("limits", "places", "short"),
    [
        # (alliance, role): places; one delegate is in
        ({("MR4B", "delegate"): 3}, 3, 2),
        ({("MR4B", "delegate"): 3, ("MR4B", "presenter"): 2}, 5, 4),
        ({("MR4B", ""): 4, ("MR4B", "delegate"): 3}, 4, 3),
        ({("MR4B", ""): 9, ("MR4B", "delegate"): 3, ("MR4B", "presenter"): 2}, 5, 4),
        ({("MR4B", ""): 4, ("MR4B", "delegate"): 1, ("", "presenter"): 1}, 4, 1),
        ({("MR4B", ""): 4, ("", ""): 3}, 4, 2),
        ({("MR4B", "delegate"): 3, ("", "delegate"): 1}, 3, 0),
        ({("BIOZ", ""): 4}, None, 0),
        ({("MR4B", ""): 0}, 0, 0),
    ],
)
def test_an_alliance_is_short_of_what_every_quota_leaves_it(
    event: Event,
    alliance_id: int,
    limits: dict[tuple[str, str], int],
    places: int | None,
    short: int,
) -> None:
    factories.register(event)
    for (alliance, role), count in limits.items():
        factories.set_places(event, count, alliance=alliance, role=role)
    now = standing(event, alliance_id)
    assert (now.places, now.short) == (places, short)


def test_what_is_said_of_all_is_what_is_said_of_each(event: Event, prospectus: Prospectus) -> None:
    factories.set_places(event, 3, alliance="MR4B")
    factories.register(event)
    factories.register(event, alliance="BIOZ")
    each = {one.id: delegations.standing(event.id, one.id) for one in prospectus.alliances}
    assert delegations.standings(event.id) == each


def test_a_signature_says_who_when_and_how_many(event: Event, alliance_id: int) -> None:
    factories.register(event)
    now = sign_off(event, alliance_id)
    assert now.is_signed_off
    assert now.sign_off is not None
    assert (now.sign_off.people, now.sign_off.name) == (1, "Karla Koordination")
    assert clock.now() - now.sign_off.signed_at < timedelta(minutes=1)


def test_signing_twice_keeps_the_first_signature(event: Event, alliance_id: int) -> None:
    first = sign_off(event, alliance_id)
    assert sign_off(event, alliance_id) == first


def test_a_signature_can_be_taken_back(event: Event, alliance_id: int) -> None:
    factories.register(event)
    account_id = appoint(event).account_id
    signed = sign_off(event, alliance_id)
    with transaction():
        now = delegations.withdraw(event.id, alliance_id, account_id=account_id)
    assert signed.is_signed_off
    assert now.sign_off is None
    assert sign_off(event, alliance_id).is_signed_off


@pytest.mark.parametrize("change", ["comes", "gives up", "corrects"])
def test_a_change_after_it_withdraws_the_signature_and_it_can_be_given_anew(
    event: Event, alliance_id: int, change: str
) -> None:
    registration = factories.register(event)
    signed = sign_off(event, alliance_id)
    if change == "comes":
        factories.register(event)
    elif change == "gives up":
        cancel(registration)
    else:
        with transaction():
            registrations.correct(
                registrations.get(registration.id), factories.person(organisation="Anderswo")
            )
    later = standing(event, alliance_id)
    assert not later.is_signed_off
    assert later.withdrawn_at is not None
    assert later.sign_off == signed.sign_off
    assert sign_off(event, alliance_id).is_signed_off


def test_a_change_of_another_alliance_withdraws_nothing(event: Event, alliance_id: int) -> None:
    sign_off(event, alliance_id)
    factories.register(event, alliance="BIOZ")
    assert standing(event, alliance_id).is_signed_off


def test_a_registration_that_began_before_the_signature_and_came_after_it_withdraws_it(
    event: Event, alliance_id: int
) -> None:
    early = clock.now() - timedelta(seconds=5)
    sign_off(event, alliance_id)
    with time_machine.travel(early, tick=False):
        factories.register(event)
    assert not standing(event, alliance_id).is_signed_off


def test_the_short_are_listed_by_name_unless_signed_off(event: Event, alliance_id: int) -> None:
    for code in ("VOGTLAND", "MR4B", "BIOZ"):
        factories.set_places(event, 2, alliance=code)
    codes = [alliance.code for alliance, _ in delegations.list_short(event.id)]
    assert sorted(codes) == ["BIOZ", "MR4B", "VOGTLAND"]
    sign_off(event, alliance_id)
    assert [a.code for a, _ in delegations.list_short(event.id)] == [
        code for code in codes if code != "MR4B"
    ]


def reminders() -> list[str]:
    """Return whom the reminders so far are promised to."""
    db.session.rollback()
    return sorted(
        db.session.scalars(
            select(Delivery.recipient).where(Delivery.kind == DeliveryKind.SHORT)
        ).all()
    )


def before_deadline(event: Event, **left: float) -> datetime:
    return delegations.deadline_of(event) - timedelta(**left)


def test_the_short_are_reminded_seven_days_and_one_day_before_and_once_each(
    event: Event,
) -> None:
    factories.set_places(event, 2, alliance="MR4B")
    appoint(event)
    appoint(event, email="second@buendnis.example")
    appoint(event, "BIOZ")
    both = ["mr4b@buendnis.example", "second@buendnis.example"]
    for left, expected in (
        ({"days": 7, "seconds": 5}, []),
        ({"days": 7}, both),
        ({"days": 3}, both),
        ({"days": 1, "seconds": 5}, both),
        ({"days": 1}, sorted(both * 2)),
        ({"seconds": 5}, sorted(both * 2)),
    ):
        with time_machine.travel(before_deadline(event, **left), tick=False):
            remind()
            remind()
        assert reminders() == expected, left


def test_after_the_deadline_nobody_is_reminded(event: Event) -> None:
    factories.set_places(event, 2, alliance="MR4B")
    appoint(event)
    with time_machine.travel(before_deadline(event, seconds=0), tick=False):
        remind()
    assert reminders() == []


def test_whoever_signed_off_is_not_reminded(event: Event, alliance_id: int) -> None:
    factories.set_places(event, 2, alliance="MR4B")
    sign_off(event, alliance_id)
    with time_machine.travel(before_deadline(event, days=5), tick=False):
        remind()
    assert reminders() == []


def test_whoever_was_just_invited_is_reminded_a_day_later(event: Event) -> None:
    factories.set_places(event, 2, alliance="MR4B")
    with time_machine.travel(before_deadline(event, days=5), tick=False):
        appoint(event)
        remind()
    assert reminders() == []
    with time_machine.travel(before_deadline(event, days=4), tick=False):
        remind()
    assert len(reminders()) == 1


def test_a_disabled_account_is_not_reminded(event: Event) -> None:
    factories.set_places(event, 2, alliance="MR4B")
    mandate = appoint(event)
    with transaction():
        accounts.disable(accounts.get(mandate.account.email))
    with time_machine.travel(before_deadline(event, days=5), tick=False):
        remind()
    assert reminders() == []


def test_a_deadline_that_is_put_off_reminds_anew(event: Event) -> None:
    factories.set_places(event, 2, alliance="MR4B")
    appoint(event)
    with time_machine.travel(before_deadline(event, days=5), tick=False):
        remind()
        with transaction():
            row = events.get_event(event.slug)
            row.nominations_close_at = before_deadline(event, days=-2)
        remind()
    assert len(reminders()) == 2

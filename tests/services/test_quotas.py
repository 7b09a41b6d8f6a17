"""Places are taken and freed exactly."""

import pytest

from registration.database import transaction
from registration.errors import QuotaExhausted, TransitionRefused
from registration.models.events import Event
from registration.services import quotas, registrations
from tests import factories


def taken(event: Event) -> list[int]:
    return [quota.taken for quota in quotas.list_quotas(event.id)]


def test_a_registration_takes_one_place_in_every_quota_that_matches(event: Event) -> None:
    factories.set_places(event, 10)
    factories.set_places(event, 5, alliance="MR4B")
    factories.set_places(event, 5, role="delegate")
    factories.set_places(event, 2, alliance="MR4B", role="delegate")
    factories.set_places(event, 5, alliance="BIOZ")
    factories.register(event)
    assert taken(event) == [1, 1, 1, 1, 0]


def test_a_full_quota_refuses_and_takes_nothing_elsewhere(event: Event) -> None:
    factories.set_places(event, 10)
    factories.set_places(event, 1, role="delegate")
    factories.register(event)
    with pytest.raises(QuotaExhausted):
        factories.register(event)
    assert taken(event) == [1, 1]
    assert quotas.count_holders(event.id, None, None) == 1


def test_a_cancelled_registration_frees_its_places_once(event: Event) -> None:
    factories.set_places(event, 1)
    registration = factories.register(event)
    with transaction():
        registrations.cancel(registrations.get(registration.id))
    with pytest.raises(TransitionRefused), transaction():
        registrations.cancel(registrations.get(registration.id))
    assert taken(event) == [0]


def test_a_new_quota_counts_those_who_are_in_already(event: Event) -> None:
    factories.register(event)
    factories.register(event, alliance="BIOZ")
    factories.set_places(event, 5, alliance="BIOZ")
    assert taken(event) == [1]


def test_lowering_below_what_is_taken_evicts_nobody_and_admits_nobody(event: Event) -> None:
    factories.set_places(event, 2)
    factories.register(event)
    factories.register(event)
    factories.set_places(event, 1)
    assert taken(event) == [2]
    with pytest.raises(QuotaExhausted):
        factories.register(event)


def test_the_reconciler_finds_and_repairs_a_wrong_count(event: Event) -> None:
    factories.set_places(event, 5)
    factories.register(event)
    with transaction():
        quotas.list_quotas(event.id)[0].taken = 3
    with transaction():
        assert quotas.reconcile(event.id, repair=True) == [
            quotas.Difference(quotas.list_quotas(event.id)[0].id, 3, 1)
        ]
    assert taken(event) == [1]


def test_one_form_sent_twice_is_one_registration(event: Event) -> None:
    factories.set_places(event, 5)
    first = factories.register(event, idempotency_key="one-form")
    second = factories.register(event, idempotency_key="one-form")
    assert first.id == second.id
    assert taken(event) == [1]

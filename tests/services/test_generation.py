"""People who are made up for trials."""

import pytest
from sqlalchemy import func, select

from registration.database import db, transaction
from registration.models.badges import Badge
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.models.registrations import Registration, RegistrationState, Source
from registration.services import events, generation, quotas, registrations
from registration.services.folding import fold
from tests import factories


def generate(event: Event, count: int, **options: bool) -> list[Registration]:
    with transaction():
        assert generation.generate(events.get_prospectus(event.slug), count, **options) == count  # type: ignore[arg-type]  # only flags are given
    return list(db.session.scalars(select(Registration)))


def test_they_are_confirmed_have_badges_and_get_no_mail(event: Event) -> None:
    people = generate(event, 25)
    assert {(person.state, person.source) for person in people} == {
        (RegistrationState.CONFIRMED, Source.GENERATED)
    }
    assert all(person.badge is not None and person.badge.event_id == event.id for person in people)
    assert db.session.scalar(select(func.count()).select_from(Delivery)) == 0


def test_each_is_promised_a_mail_when_asked(event: Event) -> None:
    people = generate(event, 5, mail=True)
    recipients = db.session.scalars(select(Delivery.recipient)).all()
    assert sorted(recipients) == sorted(person.email for person in people)


def test_they_come_from_every_alliance_and_for_every_role(event: Event) -> None:
    people = generate(event, 200)
    prospectus = events.get_prospectus(event.slug)
    assert {person.role_id for person in people} == {role.id for role in prospectus.roles}
    assert {person.alliance_id for person in people} >= {each.id for each in prospectus.alliances}
    needing = {role.id for role in prospectus.roles if role.needs_alliance}
    assert all((person.alliance_id is not None) == (person.role_id in needing) for person in people)


def test_their_places_are_counted_although_there_are_none(event: Event) -> None:
    factories.set_places(event, 3)
    factories.set_places(event, 1, alliance="MR4B")
    factories.set_places(event, 0, role="delegate")
    factories.set_places(event, 2, alliance="BIOZ", role="delegate")
    generate(event, 60)
    assert quotas.list_quotas(event.id)[0].taken == 60
    with transaction():
        assert quotas.reconcile(event.id) == []


def test_the_reconciler_sees_places_that_generation_forgot(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.set_places(event, 3)
    monkeypatch.setattr(generation, "_take_places", lambda *_arguments: None)
    generate(event, 5)
    with transaction():
        assert len(quotas.reconcile(event.id)) == 1


def test_they_can_be_found_and_sorted_and_their_addresses_reach_nobody(event: Event) -> None:
    for person in generate(event, 100):
        assert person.sort_name == fold(f"{person.family_name}, {person.given_name}")
        assert fold(person.family_name) in person.search_text
        assert person.email.isascii()
        assert person.email.endswith(".example")


def test_progress_is_told(event: Event) -> None:
    steps: list[int] = []
    with transaction():
        generation.generate(events.get_prospectus(event.slug), 7, on_progress=steps.append)
    assert sum(steps) == 7


def test_codes_are_never_given_twice(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = generate(event, 1)[0].short_code
    codes = iter([taken, "AAAAAAAA", "AAAAAAAA", taken, "BBBBBBBB"])
    monkeypatch.setattr(registrations, "new_short_code", lambda: next(codes))
    people = generate(event, 2)
    assert {person.short_code for person in people} == {taken, "AAAAAAAA", "BBBBBBBB"}
    assert db.session.scalar(select(func.count()).select_from(Badge)) == 3

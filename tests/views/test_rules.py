"""The rules of an event, set by the organiser: all of them or nothing."""

from datetime import timedelta

import pytest
from flask import Flask

from registration.database import db
from registration.models.events import AddressPolicy, Event, Promotion
from registration.models.roles import Coordination, Role, RoleAccess
from registration.services import events
from tests.console import Browser, faults_of, signed_in, text_of

HERE = "/organise/werkstatt/rules"


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    assert event
    return signed_in(app)


def local(event: Event, name: str, days: int = 0) -> str:
    moment = getattr(event, name) + timedelta(days=days)
    return str(moment.astimezone(event.zone).strftime("%Y-%m-%dT%H:%M"))


def told(event: Event, **changed: str) -> dict[str, str]:
    form = {
        name: local(event, name)
        for name in (
            "registration_opens_at",
            "registration_closes_at",
            "changes_close_at",
            "nominations_close_at",
        )
    }
    form |= {"promotion": "automatic", "offer_hours": "48", "address_policy": "free"}
    for role in events.get_prospectus(event.slug).roles:
        form[f"{role.code}-access"] = role.access
        form[f"{role.code}-coordination"] = role.coordination
    return form | changed


def now(event: Event) -> Event:
    db.session.rollback()
    return events.get_prospectus(event.slug).event


def role_of(event: Event, code: str) -> Role:
    db.session.rollback()
    found = events.get_prospectus(event.slug).find_role(code)
    assert found is not None
    return found


def test_the_page_shows_the_rules_as_they_are(organiser: Browser, event: Event) -> None:
    page = organiser.get(HERE)
    assert page.status_code == 200
    assert not faults_of(page)
    assert local(event, "registration_closes_at") in page.text


def test_what_is_entered_holds_from_then_on(organiser: Browser, event: Event) -> None:
    later = local(event, "registration_closes_at", days=2)
    form = told(
        event,
        registration_closes_at=later,
        nominations_close_at="",
        promotion="offer",
        offer_hours="12",
        address_policy="one",
    )
    form |= {"delegate-access": "approval", "delegate-coordination": "approve"}
    organiser.get(HERE)
    assert organiser.post(HERE, **form).status_code == 303
    changed = now(event)
    assert local(changed, "registration_closes_at") == later
    assert changed.nominations_close_at is None
    assert (changed.promotion, changed.offer_hours) == (Promotion.OFFER, 12)
    assert changed.address_policy == AddressPolicy.ONE
    delegate = role_of(event, "delegate")
    assert (delegate.access, delegate.coordination) == (RoleAccess.APPROVAL, Coordination.APPROVE)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"registration_closes_at": "2020-01-01T00:00"}, "must close after it opens"),
        ({"changes_close_at": "2099-01-01T00:00"}, "The event is over by then"),
        ({"changes_close_at": ""}, "Please enter a day and a time"),
        ({"changes_close_at": "tomorrow"}, "Please enter a day and a time"),
        ({"offer_hours": "0"}, "whole number"),
        ({"offer_hours": "5000"}, "between 1 and 672"),
        ({"promotion": "lottery"}, "Please choose one of the answers"),
        ({"guest-coordination": "approve"}, ""),
        ({"guest-access": "secret"}, "Please choose one of the answers"),
    ],
)
def test_what_cannot_hold_is_said_at_its_field_and_nothing_changes(
    organiser: Browser, event: Event, changed: dict[str, str], said: str
) -> None:
    before = vars(events.rules.rules_of(now(event)))
    organiser.get(HERE)
    answer = organiser.post(HERE, **(told(event, promotion="none") | changed))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert vars(events.rules.rules_of(now(event))) == before
    assert role_of(event, "guest").coordination == Coordination.NONE


def test_nothing_new_is_nothing_changed(organiser: Browser, event: Event) -> None:
    form = told(event)
    for name in ("registration_opens_at", "registration_closes_at", "changes_close_at"):
        assert form[name]
    organiser.get(HERE)
    revision, closes_at = event.revision, event.registration_closes_at
    assert closes_at.second == 59
    assert organiser.post(HERE, **form).status_code == 303
    assert (now(event).revision, now(event).registration_closes_at) == (revision, closes_at)


def test_a_role_may_come_in_once_a_day(organiser: Browser, event: Event) -> None:
    organiser.get(HERE)
    assert organiser.post(HERE, **told(event), **{"delegate-reentry": "once"}).status_code == 303
    assert (role_of(event, "delegate").reentry, role_of(event, "guest").reentry) == ("once", "free")
    organiser.post(HERE, **told(event))
    assert role_of(event, "delegate").reentry == "once", "what a form does not ask stays"
    assert organiser.post(HERE, **told(event), **{"guest-reentry": "twice"}).status_code == 422

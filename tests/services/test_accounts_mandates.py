"""Mandates: which events an account sees, and for which alliances it answers."""

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction
from registration.errors import Invalid, NotFound
from registration.models.accounts import Account, AccountRole, Mandate
from registration.models.alliances import Alliance
from registration.models.audit import AuditEntry
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.services import accounts, events
from tests import factories
from tests.console import make_account

EMAIL = "karla@buendnis.example"


@pytest.fixture
def other(event: Event) -> Event:
    """A second event with alliances of the same codes."""
    return factories.make_event("anderswo")


def alliance_of(event: Event, code: str = "MR4B") -> Alliance:
    alliance = events.get_prospectus(event.slug).find_alliance(code)
    assert alliance is not None
    return alliance


def appoint(event: Event, code: str = "MR4B", email: str = EMAIL) -> Mandate:
    with transaction():
        return accounts.appoint(
            email=email,
            name="Karla Koordination",
            locale="en",
            alliance=alliance_of(event, code),
            actor="command",
        )


def account_of(role: AccountRole, *seen: Event) -> Account:
    make_account(EMAIL, role=role)
    with transaction():
        for event in seen:
            accounts.grant(accounts.get(EMAIL), event_id=event.id, actor="command")
    return accounts.get(EMAIL)


def mails() -> list[tuple[str, int | None]]:
    db.session.rollback()
    rows = db.session.execute(select(Delivery.recipient, Delivery.mandate_id))
    return [(recipient, mandate_id) for recipient, mandate_id in rows]


@pytest.mark.parametrize("role", [AccountRole.ORGANISER, AccountRole.STAFF])
def test_without_a_mandate_organisers_and_staff_see_every_event_and_with_some_only_those(
    event: Event, other: Event, role: AccountRole
) -> None:
    account = account_of(role)
    assert [accounts.may_see_event(account, each.id) for each in (event, other)] == [True, True]
    assert {each.id for each in accounts.events_of(account)} == {event.id, other.id}
    with transaction():
        accounts.grant(accounts.get(EMAIL), event_id=other.id, actor="command")
    account = accounts.get(EMAIL)
    assert [accounts.may_see_event(account, each.id) for each in (event, other)] == [False, True]
    assert [each.id for each in accounts.events_of(account)] == [other.id]


def test_a_coordinator_without_a_mandate_sees_nothing(event: Event) -> None:
    account = account_of(AccountRole.COORDINATOR)
    assert not accounts.may_see_event(account, event.id)
    assert not accounts.events_of(account)
    assert not accounts.alliances_of(account, event.id)


def test_a_coordinator_answers_for_their_alliances_of_each_event(
    event: Event, other: Event
) -> None:
    for where, code in ((event, "VOGTLAND"), (event, "BIOZ"), (other, "MR4B")):
        appoint(where, code)
    account = accounts.get(EMAIL)
    names = [each.sort_name for each in accounts.alliances_of(account, event.id)]
    assert {each.code for each in accounts.alliances_of(account, event.id)} == {"VOGTLAND", "BIOZ"}
    assert names == sorted(names)
    assert [each.code for each in accounts.alliances_of(account, other.id)] == ["MR4B"]
    assert len(accounts.mandates_of(account)) == 3


def test_an_organiser_answers_for_all_alliances_of_their_events_and_staff_for_none(
    event: Event, other: Event
) -> None:
    organiser = account_of(AccountRole.ORGANISER, event)
    assert len(accounts.alliances_of(organiser, event.id)) == 3
    assert not accounts.alliances_of(organiser, other.id)
    with transaction():
        accounts.get(EMAIL).role = AccountRole.STAFF
    assert not accounts.alliances_of(accounts.get(EMAIL), event.id)


def test_whoever_is_appointed_has_an_account_without_a_password_and_a_mail(event: Event) -> None:
    mandate = appoint(event, email=" Karla@Buendnis.example")
    account = accounts.get(EMAIL)
    assert (account.role, account.password_hash, account.locale) == ("coordinator", "", "en")
    assert mandate.account_id == account.id
    assert mandate.invited_at is not None
    assert mails() == [(EMAIL, mandate.id)]


def test_appointing_twice_changes_nothing_and_mails_once(event: Event) -> None:
    first, second = appoint(event).id, appoint(event).id
    assert first == second
    assert len(mails()) == 1
    granted = select(AuditEntry).where(AuditEntry.action == "mandate.granted")
    assert len(db.session.scalars(granted).all()) == 1


def test_a_second_alliance_is_another_task_of_the_same_account(event: Event) -> None:
    first, second = appoint(event), appoint(event, "BIOZ")
    assert first.account_id == second.account_id
    assert len(mails()) == 2


@pytest.mark.parametrize("role", [AccountRole.ORGANISER, AccountRole.STAFF])
def test_an_organiser_or_staff_is_not_made_a_coordinator(event: Event, role: AccountRole) -> None:
    make_account(EMAIL, role=role)
    with pytest.raises(Invalid) as refused:
        appoint(event)
    assert refused.value.details["fields"] == {"email": "other_role"}
    assert not mails()
    assert accounts.get(EMAIL).role == role


def test_a_closed_account_is_not_appointed(event: Event) -> None:
    appoint(event)
    with transaction():
        accounts.disable(accounts.get(EMAIL))
    with pytest.raises(Invalid) as refused:
        appoint(event, "BIOZ")
    assert refused.value.details["fields"] == {"email": "disabled"}


def test_no_address_makes_no_account(event: Event) -> None:
    with pytest.raises(Invalid):
        appoint(event, email="nobody")
    assert not accounts.list_accounts()


@pytest.mark.parametrize(
    ("role", "code"), [(AccountRole.COORDINATOR, ""), (AccountRole.STAFF, "MR4B")]
)
def test_only_coordinators_have_an_alliance_and_all_of_them_have_one(
    event: Event, role: AccountRole, code: str
) -> None:
    make_account(EMAIL, role=role)
    alliance = alliance_of(event, code) if code else None
    with pytest.raises(Invalid), transaction():
        accounts.grant(accounts.get(EMAIL), event_id=event.id, alliance=alliance, actor="command")
    assert not accounts.mandates_of(accounts.get(EMAIL))


def test_whoever_is_dismissed_sees_nothing_and_gets_no_mail_any_more(event: Event) -> None:
    mandate_id = appoint(event).id
    kept = appoint(event, email="second@buendnis.example").id
    with transaction():
        accounts.dismiss(accounts.get_mandate(alliance_of(event), mandate_id), actor="command")
    assert not accounts.alliances_of(accounts.get(EMAIL), event.id)
    assert [mandate_id for _, mandate_id in mails()] == [kept]
    assert appoint(event).invited_at is not None


def test_a_mandate_is_found_only_by_its_own_alliance(event: Event) -> None:
    mandate_id = appoint(event).id
    assert accounts.get_mandate(alliance_of(event), mandate_id)
    with pytest.raises(NotFound):
        accounts.get_mandate(alliance_of(event, "BIOZ"), mandate_id)


def test_coordinators_are_listed_by_alliance(app: Flask, event: Event, other: Event) -> None:
    for code, email in (("MR4B", "b@x.example"), ("MR4B", "a@x.example"), ("BIOZ", "b@x.example")):
        appoint(event, code, email)
    appoint(other, "MR4B", "c@x.example")
    found = accounts.list_coordinators(event.id)
    assert {
        key: [mandate.account.email for mandate in mandates] for key, mandates in found.items()
    } == {
        alliance_of(event).id: ["a@x.example", "b@x.example"],
        alliance_of(event, "BIOZ").id: ["b@x.example"],
    }

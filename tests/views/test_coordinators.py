"""The console's page of coordinators: who answers for each alliance, and how far they are."""

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.accounts import AccountRole, Mandate
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.services import accounts, delegations, events
from tests import factories
from tests.console import Browser, faults_of, make_account, signed_in, text_of

LIST = "/organise/werkstatt/coordinators"
PAGE = f"{LIST}/MR4B"
EMAIL = "karla@buendnis.example"


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """An organiser who looks at the alliance's page."""
    browser = signed_in(app)
    browser.get(PAGE)
    return browser


def invite(organiser: Browser, email: str = EMAIL, page: str = PAGE, **told: str) -> int:
    """Invite somebody and return the answer's status."""
    return organiser.post(
        page, **{"email": email, "name": "Karla Koordination", "locale": "de", **told}
    ).status_code


def mandates(event: Event, code: str = "MR4B") -> list[Mandate]:
    db.session.rollback()
    alliance = events.get_prospectus(event.slug).find_alliance(code)
    assert alliance is not None
    return list(accounts.list_coordinators(event.id).get(alliance.id, ()))


def mailed() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Delivery.id)).all())


def test_somebody_is_invited_and_shown_with_what_is_known(organiser: Browser, event: Event) -> None:
    assert invite(organiser) == 303
    [mandate] = mandates(event)
    assert (mandate.account.email, mandate.account.locale) == (EMAIL, "de")
    assert mailed() == 1
    page = organiser.get(PAGE)
    told = text_of(page)
    assert f"The invitation to {EMAIL} is on its way." in told
    assert "Karla Koordination" in told
    assert "not signed in yet" in told
    assert not faults_of(page)


def test_when_somebody_last_signed_in_is_shown(organiser: Browser, event: Event) -> None:
    invite(organiser)
    assert "not here yet" in text_of(organiser.get(LIST))
    with transaction():
        password_hash = accounts.hash_password("correct horse battery")
        token = accounts.welcome_token(accounts.get(EMAIL))
        accounts.open_session(accounts.choose_password(token, password_hash))
    listed = text_of(organiser.get(LIST))
    assert "not here yet" not in listed
    assert "last here" in listed


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"email": "karla"}, "Please enter an address like name@example.org"),
        ({"email": ""}, "Enter the e-mail address."),
        ({"email": "organiser@orga.example"}, "belongs to an organiser or to staff"),
        ({"email": " KNOWN@buendnis.example"}, "coordinates the alliance already"),
        ({"email": "closed@buendnis.example"}, "has been closed"),
        ({"locale": "fr"}, "Please choose one of the answers"),
        ({"name": "x" * 161}, "Please shorten this"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field_and_kept(
    organiser: Browser, event: Event, told: dict[str, str], said: str
) -> None:
    invite(organiser, "known@buendnis.example")
    make_account("closed@buendnis.example", role=AccountRole.COORDINATOR)
    with transaction():
        accounts.disable(accounts.get("closed@buendnis.example"))
    refused = organiser.post(
        PAGE, **{"email": EMAIL, "name": "Karla Koordination", "locale": "de", **told}
    )
    assert refused.status_code == 422
    assert said in text_of(refused)
    assert not faults_of(refused)
    assert len(mandates(event)) == 1


def test_a_coordinator_is_mailed_again_but_not_twice_in_a_minute(
    organiser: Browser, event: Event
) -> None:
    invite(organiser)
    [mandate] = mandates(event)
    for _ in range(2):
        assert organiser.post(f"{PAGE}/{mandate.id}/invite").status_code == 303
    assert mailed() <= 2


def test_a_coordinator_is_removed_and_is_out_at_once(organiser: Browser, event: Event) -> None:
    invite(organiser)
    dismissal = f"{PAGE}/{mandates(event)[0].id}/dismiss"
    assert organiser.post(dismissal).status_code == 303
    assert not mandates(event)
    assert "does not coordinate this alliance any more" in text_of(organiser.get(PAGE))
    assert organiser.post(dismissal).status_code == 404


@pytest.mark.parametrize("verb", ["invite", "dismiss"])
def test_a_mandate_of_another_alliance_is_not_there(
    organiser: Browser, event: Event, verb: str
) -> None:
    invite(organiser)
    [mandate] = mandates(event)
    assert organiser.post(f"{LIST}/BIOZ/{mandate.id}/{verb}").status_code == 404
    assert mandates(event)


def test_an_unknown_alliance_is_not_there(organiser: Browser) -> None:
    assert organiser.get(f"{LIST}/NOBODY").status_code == 404
    assert organiser.post(f"{LIST}/NOBODY", email=EMAIL).status_code == 404


def test_the_office_address_is_set_shown_and_taken_away(organiser: Browser, event: Event) -> None:
    for address, kept in ((" buero@buendnis.example ", "buero@buendnis.example"), ("", "")):
        assert organiser.post(f"{PAGE}/office", office_email=address).status_code == 303
        db.session.rollback()
        alliance = events.get_prospectus(event.slug).find_alliance("MR4B")
        assert alliance is not None
        assert alliance.office_email == kept
        assert f'value="{kept}"' in organiser.get(PAGE).text


def test_an_office_without_an_address_is_told_so(organiser: Browser) -> None:
    refused = organiser.post(f"{PAGE}/office", office_email="Büro")
    assert refused.status_code == 422
    assert "name@example.org" in text_of(refused)
    assert not faults_of(refused)


def sign_off(event: Event, code: str) -> None:
    alliance = events.get_prospectus(event.slug).find_alliance(code)
    assert alliance is not None
    with transaction():
        delegations.sign_off(
            event.id, alliance.id, account_id=accounts.get("organiser@orga.example").id
        )


def test_the_list_says_who_is_short_and_who_signed_off(organiser: Browser, event: Event) -> None:
    for code in ("MR4B", "BIOZ", "VOGTLAND"):
        factories.set_places(event, 2, alliance=code)
    factories.register(event, alliance="BIOZ")
    sign_off(event, "BIOZ")
    sign_off(event, "VOGTLAND")
    factories.register(event, alliance="VOGTLAND")
    page = organiser.get(LIST)
    told = text_of(page)
    assert not faults_of(page)
    assert "2 places free" in told
    assert "1 place free changed after it was signed off" in told
    assert told.count("Signed off") == 2  # the filter's word, and BIOZ
    counts = {"": 3, "?show=without": 3, "?show=short": 2, "?show=signed-off": 1, "?show=x": 3}
    for query, expected in counts.items():
        listed = organiser.get(LIST + query)
        assert listed.text.count('<th scope="row">') == expected, query


def test_one_page_says_who_signed_off_and_that_it_was_changed_since(
    organiser: Browser, event: Event
) -> None:
    sign_off(event, "MR4B")
    assert "by Clara Vogt; people then: 0" in text_of(organiser.get(PAGE))
    factories.register(event)
    assert "to be signed off again" in text_of(organiser.get(PAGE))


def test_an_empty_list_leads_back_to_all(organiser: Browser) -> None:
    page = organiser.get(f"{LIST}?show=signed-off")
    assert "None at the moment" in text_of(page)
    assert not faults_of(page)

"""Welcome links: each works once, for two weeks, and for one account."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, true

from registration import clock
from registration.database import db, transaction
from registration.errors import LinkUsedUp, NotFound, SignInFailed
from registration.models.accounts import AccountRole
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.services import accounts, events
from registration.services.accounts import welcoming
from tests.console import PASSWORD, make_account

EMAIL = "karla@buendnis.example"


@pytest.fixture
def invited(event: Event) -> None:
    """Somebody who was invited to coordinate and has not chosen a password."""
    alliance = events.get_prospectus(event.slug).find_alliance("MR4B")
    assert alliance is not None
    with transaction():
        accounts.appoint(email=EMAIL, name="Karla", locale="de", alliance=alliance, actor="command")


def link() -> str:
    return accounts.welcome_token(accounts.get(EMAIL))


def choose(token: str, password: str = PASSWORD) -> str:
    password_hash = accounts.hash_password(password)
    with transaction():
        return accounts.open_session(accounts.choose_password(token, password_hash))


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_before_a_password_is_chosen_nobody_signs_in(
    app: Flask, invited: None, password: str
) -> None:
    with pytest.raises(SignInFailed), transaction():
        accounts.sign_in(EMAIL, password)


def test_whoever_chose_a_password_is_signed_in_and_can_sign_in(app: Flask, invited: None) -> None:
    assert accounts.get(EMAIL).signed_in_at is None
    session = accounts.find_session(choose(link()))
    assert session is not None
    assert session.account.email == EMAIL
    assert session.account.signed_in_at is not None
    assert accounts.verify(EMAIL, PASSWORD)


def test_a_link_works_once_and_so_do_those_sent_before_it(app: Flask, invited: None) -> None:
    first, second = link(), link()
    choose(second)
    for used in (first, second):
        with pytest.raises(LinkUsedUp):
            choose(used, "another horse battery")
    assert accounts.verify(EMAIL, PASSWORD)


def choose_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two choose by one link that each of them has checked before the other was done."""
    token, account = link(), accounts.get(EMAIL)
    db.session.expunge(account)
    with monkeypatch.context() as patched:
        patched.setattr(welcoming, "get_by_welcome", lambda _token: account)
        choose(token)
        choose(token, "another horse battery")


def test_of_two_who_use_a_link_at_once_the_second_is_refused(
    app: Flask, invited: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LinkUsedUp):
        choose_at_once(monkeypatch)
    assert accounts.verify(EMAIL, PASSWORD)


def test_without_the_guard_the_second_would_change_the_password_of_the_first(
    app: Flask, invited: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(welcoming, "_has_still", lambda _hash: true())
    choose_at_once(monkeypatch)
    with pytest.raises(SignInFailed):
        accounts.verify(EMAIL, PASSWORD)


def test_a_link_is_too_old_after_two_weeks(app: Flask, invited: None) -> None:
    token, now = link(), clock.now()
    with time_machine.travel(now + timedelta(days=14, seconds=-5), tick=False):
        assert accounts.get_by_welcome(token)
    with (
        time_machine.travel(now + timedelta(days=14, seconds=5), tick=False),
        pytest.raises(LinkUsedUp),
    ):
        accounts.get_by_welcome(token)


@pytest.mark.parametrize("change", ["", "x", "cut", "of another key"])
def test_a_link_that_we_never_made_opens_nothing(app: Flask, invited: None, change: str) -> None:
    token = link()
    if change == "of another key":
        kept = app.config["SECRET_KEY"]
        app.config["SECRET_KEY"] = "another secret of the tests"
        token = link()
        app.config["SECRET_KEY"] = kept
    else:
        token = {"": "", "x": token + "x", "cut": token[:-3]}[change]
    with pytest.raises(NotFound) as refused:
        accounts.get_by_welcome(token)
    assert not isinstance(refused.value, LinkUsedUp)


def test_a_link_to_a_registration_is_none_to_an_account(app: Flask, invited: None) -> None:
    from itsdangerous import URLSafeSerializer  # noqa: PLC0415  # only here, to forge

    forged = URLSafeSerializer(app.config["SECRET_KEY"], salt="registration-link").dumps([1, 2, ""])
    with pytest.raises(NotFound):
        accounts.get_by_welcome(str(forged))


def test_choosing_a_password_ends_the_sessions_opened_with_the_former_one(
    app: Flask, invited: None
) -> None:
    session = choose(link())
    choose(link(), "another horse battery")
    assert accounts.find_session(session) is None


def test_a_closed_account_chooses_no_password(app: Flask, invited: None) -> None:
    token = link()
    with transaction():
        accounts.disable(accounts.get(EMAIL))
    with pytest.raises(NotFound):
        choose(token)


def password_mails() -> Sequence[str]:
    db.session.rollback()
    return db.session.scalars(
        select(Delivery.recipient).where(Delivery.kind == DeliveryKind.PASSWORD)
    ).all()


def ask(email: str) -> None:
    with transaction():
        accounts.ask_for_password(email)


def test_whoever_forgot_is_mailed_once_an_hour(app: Flask, invited: None) -> None:
    now = clock.now().replace(minute=10)
    for minutes, expected in ((0, 1), (20, 1), (60, 2)):
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            ask(" KARLA@buendnis.example ")
        assert password_mails() == [EMAIL] * expected


def test_an_unknown_or_closed_or_unlimited_account_is_mailed_nothing(
    app: Flask, invited: None
) -> None:
    make_account("clara@orga.example", role=AccountRole.ORGANISER)
    with transaction():
        accounts.disable(accounts.get(EMAIL))
    for email in ("nobody@buendnis.example", EMAIL, "clara@orga.example", ""):
        ask(email)
    assert not password_mails()

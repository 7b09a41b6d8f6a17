"""Accounts: passwords, sessions and who is kept out."""

import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from flask import Flask
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction
from registration.errors import Duplicate, Invalid, SignInFailed
from registration.models.accounts import SignIn
from registration.services import accounts
from registration.services.accounts import hashing
from tasks.accounts import expire
from tests.console import PASSWORD, make_account

EMAIL = "clara@orga.example"
BY_ARGON2_CFFI = (
    "$argon2id$v=19$m=65536,t=3,p=4$//8u40sR8YIIWxiGD"
    "em58A$S8hzCp7I2P91UkF7qVWSuoeDn9gqLpo/zlY68nmyf6s"
)


def sign_in(email: str = EMAIL, password: str = PASSWORD) -> str:
    with transaction():
        return accounts.sign_in(email, password)


def disable() -> None:
    with transaction():
        accounts.disable(accounts.get(EMAIL))


def set_password(password: str) -> None:
    with transaction():
        accounts.set_password(accounts.get(EMAIL), password)


def test_whoever_knows_the_password_is_signed_in(app: Flask) -> None:
    account_id = make_account(EMAIL)
    session = accounts.find_session(sign_in())
    assert session is not None
    assert session.account_id == account_id


def test_an_address_is_the_same_in_any_case(app: Flask) -> None:
    make_account("Clara@Orga.Example")
    assert sign_in(" CLARA@orga.example ")
    with pytest.raises(Duplicate):
        make_account(EMAIL)


@pytest.mark.parametrize("password", ["", "wrong horse battery", PASSWORD + " ", "x" * 5000])
def test_a_wrong_password_signs_nobody_in(app: Flask, password: str) -> None:
    make_account(EMAIL)
    with pytest.raises(SignInFailed):
        sign_in(password=password)


def test_an_unknown_address_costs_the_same_work_as_a_known_one(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_account(EMAIL)
    checked: list[str] = []
    matches = hashing.matches

    def counted(stored: str, password: str) -> bool:
        checked.append(stored)
        return matches(stored, password)

    monkeypatch.setattr(hashing, "matches", counted)
    for email in (EMAIL, "nobody@orga.example"):
        with pytest.raises(SignInFailed):
            accounts.verify(email, "wrong horse battery")
    assert len(checked) == 2
    assert [stored.rsplit("$", 2)[0] for stored in checked] == [checked[0].rsplit("$", 2)[0]] * 2


def test_a_disabled_account_is_refused_and_signed_out(app: Flask) -> None:
    make_account(EMAIL)
    token = sign_in()
    disable()
    assert accounts.find_session(token) is None
    with pytest.raises(SignInFailed):
        sign_in()


def test_an_account_disabled_between_password_and_session_gets_none(app: Flask) -> None:
    make_account(EMAIL)
    verified = accounts.verify(EMAIL, PASSWORD)
    disable()
    with pytest.raises(SignInFailed), transaction():
        accounts.open_session(verified)


def test_another_password_ends_the_sessions_and_the_old_password(app: Flask) -> None:
    make_account(EMAIL)
    token = sign_in()
    set_password("another horse battery")
    assert accounts.find_session(token) is None
    with pytest.raises(SignInFailed):
        sign_in()
    assert sign_in(password="another horse battery")


@pytest.mark.parametrize(
    ("email", "password", "fields"),
    [
        ("no address", PASSWORD, {"email": "email"}),
        ("a@b@c.example", PASSWORD, {"email": "email"}),
        (EMAIL, "elevenchars", {"password": "too_short"}),
        (EMAIL, "x" * 1001, {"password": "too_long"}),
    ],
)
def test_what_cannot_be_taken_is_named_and_makes_no_account(
    app: Flask, email: str, password: str, fields: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        make_account(email, password=password)
    assert refused.value.details["fields"] == fields
    assert not accounts.list_accounts()


def test_a_password_is_stored_as_argon2id_and_never_as_itself(app: Flask) -> None:
    make_account(EMAIL)
    assert accounts.get(EMAIL).password_hash.startswith("$argon2id$v=19$")


def test_a_hash_of_former_parameters_is_renewed_at_sign_in(app: Flask) -> None:
    make_account(EMAIL)
    former = Argon2id(salt=bytes(16), length=32, iterations=1, lanes=1, memory_cost=8)
    with transaction():
        accounts.get(EMAIL).password_hash = former.derive_phc_encoded(PASSWORD.encode())
    assert not hashing.is_current(accounts.get(EMAIL).password_hash)
    sign_in()
    assert hashing.is_current(accounts.get(EMAIL).password_hash)
    assert sign_in()


def test_a_password_costs_what_the_standard_asks_for() -> None:
    """RFC 9106 §4, the second recommended choice; the tests themselves pay less."""
    code = "from registration.services.accounts.hashing import seal; print(seal('correct horse'))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_hash_of_another_library_is_known() -> None:
    """Made by argon2-cffi 25.1, which deployments used before."""
    assert hashing.matches(BY_ARGON2_CFFI, PASSWORD)
    assert not hashing.matches(BY_ARGON2_CFFI, PASSWORD + " ")
    assert not hashing.matches("no hash", PASSWORD)


def test_the_database_holds_no_token_that_signs_anybody_in(app: Flask) -> None:
    make_account(EMAIL)
    token = sign_in()
    stored = db.session.scalars(select(SignIn.token_hash)).one()
    assert stored == accounts.hash_of(token) != token
    assert accounts.find_session(stored) is None


def test_a_session_ends_when_nobody_uses_it_and_is_deleted(app: Flask) -> None:
    make_account(EMAIL)
    token = sign_in()
    hours = app.config["SESSION_HOURS"]
    with time_machine.travel(clock.now() + timedelta(hours=hours, seconds=-5), tick=False):
        assert accounts.find_session(token)
        expire()
        assert accounts.find_session(token)
    with time_machine.travel(clock.now() + timedelta(hours=hours, seconds=5), tick=False):
        assert accounts.find_session(token) is None
        expire()
    db.session.rollback()  # on SQLite, this session still reads what was there before the task
    assert not db.session.scalars(select(SignIn)).all()


def test_a_session_that_is_used_goes_on(app: Flask) -> None:
    make_account(EMAIL)
    token = sign_in()
    half = timedelta(hours=app.config["SESSION_HOURS"] * 0.6)
    with time_machine.travel(clock.now() + half, tick=False):
        session = accounts.find_session(token)
        assert session is not None
        assert accounts.is_due(session)
        with transaction():
            accounts.see(token)
        later = accounts.find_session(token)
        assert later is not None
        assert not accounts.is_due(later)
    with time_machine.travel(clock.now() + 2 * half, tick=False):
        assert accounts.find_session(token)


def test_signing_out_ends_one_session_and_twice_is_no_error(app: Flask) -> None:
    make_account(EMAIL)
    first, second = sign_in(), sign_in()
    for _ in range(2):
        with transaction():
            accounts.sign_out(first)
    assert accounts.find_session(first) is None
    assert accounts.find_session(second)

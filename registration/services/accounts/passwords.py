"""Accounts and their passwords."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import delete, select

from registration import clock
from registration.database import db
from registration.errors import Duplicate, Invalid, NotFound, SignInFailed
from registration.models.accounts import Account, AccountRole, SignIn
from registration.services import audit
from registration.services.accounts import hashing
from registration.services.text import usual_address

LEAST_PASSWORD = 12
MOST_PASSWORD = 1000
DUMMY_BYTES = 32


@dataclass(frozen=True)
class Verified:
    """Somebody who knew the password; `open_session` takes it."""

    account_id: int
    role: str
    better_hash: str | None
    """The password hashed anew, where the stored hash has parameters of former days."""


def create(*, email: str, name: str, role: AccountRole, password: str) -> Account:
    """Make an account.

    Raises:
        Invalid: the address or the password cannot be taken.
        Duplicate: the address has an account.
    """
    address = checked_email(email)
    password_hash = hash_password(password)
    if find(address) is not None:
        raise Duplicate(field="email", name=address)
    account = Account(
        email=address,
        name=name.strip()[:160],
        role=role,
        password_hash=password_hash,
        created_at=clock.now(),
    )
    db.session.add(account)
    db.session.flush()
    audit.record("account.created", actor="command", subject=f"account:{account.id}", role=role)
    return account


def checked_email(email: str) -> str:
    """Return the address as it is stored and compared: normalised, in small letters.

    Raises:
        Invalid: it is not an address.
    """
    address = usual_address(email.strip())
    if not address:
        raise Invalid(fields={"email": "email"})
    return address.lower()


def check_password(password: str) -> None:
    """Refuse a password that is too easily guessed, or too long to be one.

    Raises:
        Invalid: it has fewer than `LEAST_PASSWORD` or more than `MOST_PASSWORD` characters.
    """
    if len(password) < LEAST_PASSWORD:
        raise Invalid(fields={"password": "too_short"})
    if len(password) > MOST_PASSWORD:
        raise Invalid(fields={"password": "too_long"})


def hash_password(password: str) -> str:
    """Return what is stored of a password; takes tens of milliseconds.

    Raises:
        Invalid: the password cannot be taken.
    """
    check_password(password)
    return hashing.seal(password)


def find(email: str) -> Account | None:
    """Return the account with this address."""
    return db.session.scalars(
        select(Account).where(Account.email == email.strip().lower())
    ).one_or_none()


def get(email: str) -> Account:
    """Return the account with this address.

    Raises:
        NotFound: there is none.
    """
    account = find(email)
    if account is None:
        raise NotFound(noun="account", name=email)
    return account


def list_accounts() -> Sequence[Account]:
    """Return all accounts by address."""
    return db.session.scalars(select(Account).order_by(Account.email)).all()


def set_password(account: Account, password: str) -> None:
    """Give the account another password and end its sessions.

    Raises:
        Invalid: the password cannot be taken.
    """
    account.password_hash = hash_password(password)
    end_sessions(account)
    audit.record("account.password_set", actor="command", subject=f"account:{account.id}")


def disable(account: Account) -> None:
    """Let nobody sign in with this account any more, and end its sessions."""
    account.disabled_at = account.disabled_at or clock.now()
    end_sessions(account)
    audit.record("account.disabled", actor="command", subject=f"account:{account.id}")


def end_sessions(account: Account) -> None:
    """Sign the account out everywhere."""
    db.session.execute(delete(SignIn).where(SignIn.account_id == account.id))


def verify(email: str, password: str) -> Verified:
    """Check a password; an unknown address costs the same work as a known one.

    Raises:
        SignInFailed: address and password do not belong together, or the account is disabled or
            has no password yet.
    """
    dummy = _dummy_hash()
    account = find(email)
    stored = account.password_hash if account and account.password_hash else dummy
    is_right = hashing.matches(stored, password[: MOST_PASSWORD + 1])
    if not is_right or account is None or account.disabled_at is not None:
        raise SignInFailed
    better = None if hashing.is_current(stored) else hashing.seal(password)
    return Verified(account.id, account.role, better)


@lru_cache(maxsize=1)
def _dummy_hash() -> str:
    return hashing.seal(secrets.token_urlsafe(DUMMY_BYTES))

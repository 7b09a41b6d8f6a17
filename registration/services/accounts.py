"""Accounts: who may sign in, their passwords, and their sessions on the server.

A password check costs tens of milliseconds on purpose, so `verify` is apart from `open_session`:
views call it before their transaction, and no writer waits for it.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db
from registration.errors import Duplicate, Invalid, NotFound, SignInFailed
from registration.models.accounts import Account, AccountRole, SignIn
from registration.services import audit

LEAST_PASSWORD = 12
MOST_PASSWORD = 1000
TOKEN_BYTES = 32
SEEN_EVERY = timedelta(minutes=5)
"""A session's use is written down this often, so that reading pages stays reading."""

hasher = PasswordHasher()
"""argon2id with the library's parameters (RFC 9106, the low-memory choice)."""


@dataclass(frozen=True)
class Verified:
    """Somebody who knew the password; `open_session` takes it."""

    account_id: int
    better_hash: str | None
    """The password hashed anew, where the stored hash has parameters of former days."""


def create(*, email: str, name: str, role: AccountRole, password: str) -> Account:
    """Make an account.

    Raises:
        Invalid: the address or the password cannot be taken.
        Duplicate: the address has an account.
    """
    address = checked_email(email)
    check_password(password)
    if find(address) is not None:
        raise Duplicate(field="email", name=address)
    account = Account(
        email=address,
        name=name.strip()[:160],
        role=role,
        password_hash=hasher.hash(password),
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
    try:
        # reserved names like "test" pass: trials need them, and no mail goes to an account
        found = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Invalid(fields={"email": "email"}) from error
    return found.normalized.lower()


def check_password(password: str) -> None:
    """Refuse a password that is too easily guessed, or too long to be one.

    Raises:
        Invalid: it has fewer than `LEAST_PASSWORD` or more than `MOST_PASSWORD` characters.
    """
    if len(password) < LEAST_PASSWORD:
        raise Invalid(fields={"password": "too_short"})
    if len(password) > MOST_PASSWORD:
        raise Invalid(fields={"password": "too_long"})


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
    check_password(password)
    account.password_hash = hasher.hash(password)
    _end_sessions(account)
    audit.record("account.password_set", actor="command", subject=f"account:{account.id}")


def disable(account: Account) -> None:
    """Let nobody sign in with this account any more, and end its sessions."""
    account.disabled_at = account.disabled_at or clock.now()
    _end_sessions(account)
    audit.record("account.disabled", actor="command", subject=f"account:{account.id}")


def _end_sessions(account: Account) -> None:
    db.session.execute(delete(SignIn).where(SignIn.account_id == account.id))


def verify(email: str, password: str) -> Verified:
    """Check a password; an unknown address costs the same work as a known one.

    Raises:
        SignInFailed: address and password do not belong together, or the account is disabled.
    """
    dummy = _dummy_hash()
    account = find(email)
    stored = account.password_hash if account else dummy
    try:
        hasher.verify(stored, password[: MOST_PASSWORD + 1])
    except (VerificationError, InvalidHashError) as error:
        raise SignInFailed from error
    if account is None or account.disabled_at is not None:
        raise SignInFailed
    better = hasher.hash(password) if hasher.check_needs_rehash(stored) else None
    return Verified(account.id, better)


@lru_cache(maxsize=1)
def _dummy_hash() -> str:
    return hasher.hash(secrets.token_urlsafe(TOKEN_BYTES))


def open_session(verified: Verified) -> str:
    """Sign in and return the session's secret token; only its hash is stored.

    Raises:
        SignInFailed: the account has been disabled in the meantime.
    """
    account = db.session.get(Account, verified.account_id)
    if account is None or account.disabled_at is not None:
        raise SignInFailed
    if verified.better_hash:
        account.password_hash = verified.better_hash
    token = secrets.token_urlsafe(TOKEN_BYTES)
    moment = clock.now()
    db.session.add(
        SignIn(
            token_hash=hash_of(token), account_id=account.id, created_at=moment, last_seen_at=moment
        )
    )
    db.session.flush()
    audit.record(
        "account.signed_in", actor=f"account:{account.id}", subject=f"account:{account.id}"
    )
    return token


def sign_in(email: str, password: str) -> str:
    """Check the password and return a new session's token, all in the caller's transaction.

    Raises:
        SignInFailed: see `verify`.
    """
    return open_session(verify(email, password))


def hash_of(token: str) -> str:
    """Return what is stored of a session's token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_session(token: str) -> SignIn | None:
    """Return the session, with its account, that this token opens now."""
    return db.session.scalars(
        select(SignIn)
        .join(SignIn.account)
        .where(
            SignIn.token_hash == hash_of(token),
            SignIn.last_seen_at > _oldest_use(),
            Account.disabled_at.is_(None),
        )
        .options(joinedload(SignIn.account))
    ).one_or_none()


def _oldest_use() -> datetime:
    return clock.now() - timedelta(hours=current_app.config["SESSION_HOURS"])


def is_due(session: SignIn) -> bool:
    """Return whether the session's use should be written down now."""
    return session.last_seen_at < clock.now() - SEEN_EVERY


def see(token: str) -> None:
    """Write down that the session is in use."""
    db.session.execute(
        update(SignIn).where(SignIn.token_hash == hash_of(token)).values(last_seen_at=clock.now())
    )


def sign_out(token: str) -> None:
    """End the session; a token that opens none is no error."""
    db.session.execute(delete(SignIn).where(SignIn.token_hash == hash_of(token)))


def expire() -> int:
    """Delete the sessions that nobody has used for `SESSION_HOURS`; return how many."""
    ended = db.session.scalars(
        delete(SignIn).where(SignIn.last_seen_at <= _oldest_use()).returning(SignIn.token_hash)
    )
    return len(ended.all())

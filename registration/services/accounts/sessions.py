"""Sessions: on the server, while the browser holds only a secret token."""

import hashlib
import secrets
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db
from registration.errors import SignInFailed
from registration.models.accounts import Account, SignIn
from registration.services import audit
from registration.services.accounts.passwords import Verified, verify

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(minutes=5)
"""A session's use is written down this often, so that reading pages stays reading."""


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
    moment = account.signed_in_at = clock.now()
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

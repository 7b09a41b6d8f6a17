"""Welcome links: whoever was invited, or forgot, chooses a password by mail.

A link is a signed text that names the account, an end, and a mark of the password that the account
had when the link was made. Choosing a password changes that mark, so each link works once.
"""

import hashlib
import hmac
from datetime import timedelta

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import ColumnElement, update

from registration import clock
from registration.database import db
from registration.errors import LinkUsedUp, NotFound
from registration.models.accounts import Account
from registration.models.deliveries import DeliveryKind
from registration.services import audit, deliveries
from registration.services.accounts.mandates import mandates_of
from registration.services.accounts.passwords import Verified, end_sessions, find

WELCOME_LASTS = timedelta(days=14)
MARK_LETTERS = 16


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="account-welcome")


def _mark(password_hash: str) -> str:
    """Return a short text that another password would not have, and that tells nothing of it."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, password_hash.encode(), hashlib.sha256).hexdigest()[:MARK_LETTERS]


def welcome_token(account: Account) -> str:
    """Return the last part of the link by which the account chooses a password, once.

    It works for `WELCOME_LASTS` from now, and until the account's password changes.
    """
    ends_at = int((clock.now() + WELCOME_LASTS).timestamp())
    return str(_serializer().dumps([account.id, ends_at, _mark(account.password_hash)]))


def get_by_welcome(token: str) -> Account:
    """Return the account that may choose a password by this link.

    Raises:
        NotFound: we never made this link, or its account is gone or disabled.
        LinkUsedUp: it has been used, or is too old.
    """
    try:
        account_id, ends_at, mark = _serializer().loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise NotFound(noun="account") from error
    account = db.session.get(Account, account_id)
    if account is None or account.disabled_at is not None:
        raise NotFound(noun="account")
    if clock.now().timestamp() >= ends_at or not hmac.compare_digest(
        mark, _mark(account.password_hash)
    ):
        raise LinkUsedUp
    return account


def choose_password(token: str, password_hash: str) -> Verified:
    """Give the link's account this password (see `hash_password`), and end its sessions.

    Of two who use a link at the same time, one is told that it has been used.

    Raises:
        NotFound, LinkUsedUp: see `get_by_welcome`.
    """
    account = get_by_welcome(token)
    changed = db.session.scalars(
        update(Account)
        .where(Account.id == account.id, _has_still(account.password_hash))
        .values(password_hash=password_hash)
        .returning(Account.id)
    ).one_or_none()
    if changed is None:
        raise LinkUsedUp
    end_sessions(account)
    who = f"account:{account.id}"
    audit.record("account.password_set", actor=who, subject=who)
    return Verified(account.id, account.role, None)


def _has_still(password_hash: str) -> ColumnElement[bool]:
    return Account.password_hash == password_hash


def ask_for_password(email: str) -> None:
    """Promise somebody who forgot the password a mail with a welcome link, once an hour at most.

    Nobody is told whether the address has an account. Accounts without a mandate get no mail:
    whoever runs the server sets their passwords.
    """
    account = find(email)
    mandates = mandates_of(account) if account and account.disabled_at is None else ()
    if mandates:
        deliveries.promise_to_account(
            mandates[0], DeliveryKind.PASSWORD, reason=f"{clock.now():%Y%m%d%H}"
        )
